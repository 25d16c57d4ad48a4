//! Catalogues as taps write them, and the same with one stream selected.
//! Here because what is not selected must not be read, and a type misread is a column lost.
//! In: one catalogue. Out: streams, kinds, the selection, refusals.
//! Not here: a tap that prints it (protocol, end-to-end).

use super::*;

fn catalog() -> Catalog {
    let text = json!({"streams": [{
        "tap_stream_id": "public-v", "stream": "v",
        "schema": {"properties": {
            "id": {"type": ["integer"]}, "amount": {"type": ["null", "number"]}, "ok": {"type": "boolean"},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["null", "string"]}]},
            "tags": {"type": ["null", "array"]}, "mixed": {"type": ["string", "integer"]}, "deep": {"$ref": "#/d"},
        }},
        "metadata": [{"breadcrumb": [], "metadata": {"table-key-properties": ["id"], "valid-replication-keys": ["at"]}},
            {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}}],
    }]});
    Catalog::parsed(text.to_string().as_bytes()).unwrap()
}

fn options(stream: Value) -> Options {
    serde_json::from_value(json!({"tap": "/opt/tap", "stream": [stream]})).unwrap()
}

#[test]
fn types_follow_the_schema_and_nobody_asked_for_means_all() {
    let options: Options = serde_json::from_value(json!({"tap": "/opt/tap"})).unwrap();
    let streams = catalog().streams(&options).unwrap();
    let kinds: Vec<_> = streams[0]
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("amount", Kind::Number),
            ("at", Kind::Text),
            ("deep", Kind::Any),
            ("id", Kind::Integer),
            ("mixed", Kind::Any),
            ("ok", Kind::Boolean),
            ("tags", Kind::Any),
        ]
    );
    assert_eq!(
        (streams[0].method, &streams[0].key[..]),
        (Method::FullTable, &["id".to_owned()][..])
    );
}

#[test]
fn only_what_is_asked_for_is_selected() {
    let asked = json!({"name": "expenses", "tap_stream": "public-v", "columns": [["金额", "amount"]],
        "replication": "incremental"});
    let stream = catalog().streams(&options(asked)).unwrap().remove(0);
    assert_eq!(stream.replication_key.as_deref(), Some("at"));
    assert!(stream.key.is_empty(), "the key is not read");
    let catalog = stream.selected();
    let list = catalog["streams"][0]["metadata"].as_array().unwrap();
    let selected = |name: &str| {
        let at = json!(["properties", name]);
        list.iter().find(|one| one["breadcrumb"] == at).unwrap()["metadata"]["selected"].as_bool()
    };
    assert_eq!(
        (selected("amount"), selected("at"), selected("id")),
        (Some(true), Some(true), Some(false))
    );
    let own = &list[0]["metadata"];
    assert_eq!(own["replication-method"], "INCREMENTAL");
    assert_eq!(
        (&own["selected"], &own["replication-key"]),
        (&json!(true), &json!("at"))
    );
}

#[test]
fn what_the_tap_does_not_have_is_refused_with_what_it_has() {
    for (asked, path, said) in [
        (json!({"name": "v"}), "stream.v.tap_stream", "public-v"),
        (
            json!({"name": "v", "tap_stream": "public-v", "columns": ["x"]}),
            "stream.v.columns",
            "amount",
        ),
        (
            json!({"name": "v", "tap_stream": "public-v", "replication_key": "x"}),
            "stream.v.replication_key",
            "x",
        ),
    ] {
        let error = catalog().streams(&options(asked)).unwrap_err();
        assert!(
            error.message().contains(path) && error.message().contains(said),
            "{error}"
        );
    }
    for text in ["", "usage: tap", "[]", "{\"streams\": []}"] {
        assert!(Catalog::parsed(text.as_bytes()).is_err(), "{text}");
    }
}
