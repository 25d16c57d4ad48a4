//! What a site may write and what it may not: every refusal names the option by its path.
//! Here because whoever reads the refusal has the file open and looks for the line.
//! In: options, each with one mistake; the examples that are shipped. Out: the path and the words of the refusal.
//! Not here: unknown keys and wrong types, which are told by the SDK before the kit sees them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::Path;

use connector_kit::options::Options;
use connector_kit::{Definition, Source, Transport};
use plugin_api::Category;
use serde_json::{Value, json};

use support::BARE;

const SHIPPED: Definition = Definition {
    streams: r#"
        [[stream]]
        name = "members"
        columns = ["姓名", "月份"]
        period = "月份"
        [stream.http]
        path = "/members"
    "#,
    ..BARE
};

/// What is wrong with these options.
fn refusal(definition: &Definition, options: &Value) -> String {
    let options: Options = serde_json::from_value(options.clone()).unwrap();
    let error = Source::open(definition, options).err();
    let error = error.unwrap();
    assert_eq!(error.category(), Category::Config, "{error}");
    error.message().to_owned()
}

fn http(change: Value) -> Value {
    let mut options = json!({"transport": "http", "http": {"base": "http://10.0.0.1"}});
    merge(&mut options, change);
    options
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

#[test]
fn options_of_a_site_over_shipped_streams_are_refused_by_their_path() {
    let signing = json!({"secret": "s", "fields": ["{secret}"], "hash": "md5", "put": {"sign": "{sign}"}});
    let signed = |change: Value| {
        let mut signing = signing.clone();
        merge(&mut signing, change);
        http(json!({"http": {"signing": signing}}))
    };
    for (options, path) in [
        (json!({}), "inbox：transport"),
        (json!({"inbox": "in"}), "inbox：应为绝对路径"),
        (json!({"inbox": "/in", "archive": "a"}), "archive：应为绝对路径"),
        (json!({"inbox": "/in", "batch_rows": 0}), "batch_rows：应在"),
        (json!({"inbox": "/in", "settle_ms": 99_999}), "settle_ms：应在"),
        (
            json!({"inbox": "/in", "stream": [{"name": "x", "columns": ["a"]}]}),
            "stream：这个连接器自带",
        ),
        (
            json!({"inbox": "/in", "streams": {"mambers": {}}}),
            "streams.mambers：没有这个数据流",
        ),
        (
            json!({"inbox": "/in", "streams": {"members": {"skip": true}}}),
            "transport：没有可以",
        ),
        (
            json!({"inbox": "/in", "streams": {"members": {"files": []}}}),
            "streams.members.files：不能为空",
        ),
        (
            json!({"inbox": "/in", "streams": {"members": {"files": ["a/b"]}}}),
            "streams.members.files：文件名模式",
        ),
        (
            json!({"inbox": "/in", "streams": {"members": {"names": {"性别": ["x"]}}}}),
            "streams.members.names.性别：不是",
        ),
        (
            json!({"inbox": "/in", "streams": {"members": {"xml": "//"}}}),
            "streams.members.xml：",
        ),
        (
            json!({"inbox": "/in", "streams": {"members": {"json": "data"}}}),
            "streams.members.json：",
        ),
        (json!({"transport": "http"}), "http.base：transport"),
        (http(json!({"http": {"base": "ftp://x"}})), "http.base：应形如"),
        (http(json!({"http": {"per_second": 0}})), "http.per_second：应在"),
        (http(json!({"http": {"per_day": 0}})), "http.per_day：应在"),
        (
            http(json!({"http": {"headers": {"a b": "x"}}})),
            "http.headers.a b：不是",
        ),
        (signed(json!({"fields": []})), "http.signing.fields：应有"),
        (
            signed(json!({"put": {"sign": "x"}})),
            "http.signing.put：没有 {sign}",
        ),
        (
            signed(json!({"put": {"key": "{secret}"}})),
            "http.signing.put：不能放 {secret}",
        ),
        (
            http(json!({"streams": {"members": {"http": {"paging": "pages"}}}})),
            "streams.members.http.paging：unknown variant",
        ),
        (
            http(json!({"streams": {"members": {"http": {"success": {"pointer": 1}}}}})),
            "streams.members.http.success.pointer：",
        ),
        (
            http(json!({"streams": {"members": {"http": {"pahts": "/x"}}}})),
            "streams.members.http.pahts：unknown field",
        ),
        (
            http(json!({"streams": {"members": {"http": {"path": "x"}}}})),
            "streams.members.http.path：应以",
        ),
        (
            http(json!({"streams": {"members": {"http": {"size": 0}}}})),
            "streams.members.http.size：应在",
        ),
        (
            http(json!({"streams": {"members": {"http": {"paging": "page"}}}})),
            "streams.members.http.page_param：按页",
        ),
        (
            http(json!({"streams": {"members": {"http": {"paging": "cursor"}}}})),
            "streams.members.http.next：按游标",
        ),
        (
            http(json!({"streams": {"members": {"http": {"months": 999}}}})),
            "streams.members.http.months：应在",
        ),
        (
            http(json!({"streams": {"members": {"http": {"from": "2023-10"}}}})),
            "streams.members.http.from：应形如",
        ),
        (
            http(json!({"streams": {"members": {"http": {"records": "data"}}}})),
            "streams.members.http.records：",
        ),
        (
            http(json!({"streams": {"members": {"http": {"per_day": 0}}}})),
            "streams.members.http.per_day：应大于",
        ),
        (
            http(json!({"http": {"per_day": 5}, "streams": {"members": {"http": {"per_day": 9}}}})),
            "http.per_day：5 次不够",
        ),
        (json!({"transport": "database"}), "database.url：transport"),
        (
            json!({"transport": "database", "database": {"url": "oracle://x"}}),
            "database.url：应以",
        ),
        (
            json!({"transport": "database", "database": {"url": "sqlite:/x", "total_seconds": 0}}),
            "database.total_seconds：应在",
        ),
        (
            json!({"transport": "database", "database": {"url": "sqlite:/x"}, "streams": {"members": {"database": {}}}}),
            "streams.members.database：应填写",
        ),
        (
            json!({"transport": "database", "database": {"url": "sqlite:/x"}, "streams": {"members": {"database": {"view": "a b"}}}}),
            "streams.members.database.view：应为",
        ),
        (
            json!({"transport": "database", "database": {"url": "sqlite:/x"}, "streams": {"members": {"database": {"query": "DELETE FROM x"}}}}),
            "streams.members.database.query：应为",
        ),
        (
            json!({"transport": "database", "database": {"url": "sqlite:/x"}, "streams": {"members": {"database": {"view": "v", "cursor": "n"}}}}),
            "streams.members.database.cursor：不能与 period",
        ),
    ] {
        let said = refusal(&SHIPPED, &options);
        assert!(said.starts_with(path), "{path}: {said}");
    }
}

#[test]
fn streams_a_site_defines_itself_are_refused_by_their_path() {
    let stream = |change: Value| {
        let mut stream = json!({"name": "visits", "columns": ["姓名"]});
        merge(&mut stream, change);
        json!({"inbox": "/in", "stream": [stream]})
    };
    for (options, path) in [
        (json!({"inbox": "/in"}), "stream：没有定义"),
        (stream(json!({"name": "Visits"})), "stream.name：“Visits”"),
        (stream(json!({"columns": []})), "stream.visits.columns：应有"),
        (
            stream(json!({"columns": ["a", "a"]})),
            "stream.visits.columns：列“a”定义了两次",
        ),
        (
            stream(json!({"columns": ["_row"]})),
            "stream.visits.columns：列名",
        ),
        (
            stream(json!({"required": ["性别"]})),
            "stream.visits.required：“性别”",
        ),
        (stream(json!({"period": "月份"})), "stream.visits.period：“月份”"),
        (
            stream(json!({"members": {"prefix": "成员", "columns": ["性别"]}})),
            "stream.visits.members.columns：“性别”",
        ),
        (
            stream(json!({"http": {"path": "x"}})),
            "stream.visits.http.path：应以",
        ),
    ] {
        let said = refusal(&BARE, &options);
        assert!(said.starts_with(path), "{path}: {said}");
    }
}

#[test]
fn the_examples_that_are_shipped_are_what_a_site_may_write() {
    let connectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tried = 0;
    for (name, transport) in [
        ("tabular", Transport::Files),
        ("rest", Transport::Http),
        ("database", Transport::Database),
    ] {
        for file in std::fs::read_dir(connectors.join(name).join("example")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let file: toml::Table = toml::from_str(&text).unwrap();
            let options = file["connector"]["options"].clone();
            let options: Options = options
                .try_into()
                .unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let definition = Definition { transport, ..BARE };
            let opened = Source::open(&definition, options);
            assert!(opened.is_ok(), "{path:?}: {:?}", opened.err());
            tried += 1;
        }
    }
    assert!(tried >= 3, "{tried}");
}
