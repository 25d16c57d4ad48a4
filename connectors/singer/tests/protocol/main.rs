//! The Singer protocol, kept and broken: what arrives, what is refused, what is remembered.
//! Here because a tap is somebody else's program, and everything it may do has to be tried once.
//! In: small taps. Out: rows with their places, states, errors that say what to do.
//! Not here: types of values (columns), a real tap in a real hub (end-to-end).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod tap;

use std::time::{Duration, Instant};

use plugin_api::testing::{Recorder, conform, discover};
use plugin_api::{Category, Connector, ReadRequest};
use serde_json::{Value, json};
use singer::{Singer, hub_descriptor};

use tap::{SCHEMA, Tap, lives, record, rows};

const DAY: &str = "2023-10-01T00:00:00+00:00";
const NEXT_DAY: &str = "2023-10-02T00:00:00+00:00";

fn last_state(host: &Recorder) -> Option<Value> {
    host.checkpoints().pop().map(|checkpoint| checkpoint.state)
}

fn incremental() -> Value {
    json!({"stream": [{"name": "people", "replication_key": "updated"}]})
}

#[test]
fn the_contract_is_kept() {
    let script = format!("{SCHEMA}\n{}{}", record(1, "甲", DAY), record(2, "乙", DAY));
    let tap = Tap::new(&script);
    for more in [json!({}), incremental()] {
        let report = conform(hub_descriptor(), &tap.options(more), &Recorder::default());
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn without_streams_in_the_configuration_all_of_the_tap_are_listed_with_their_types() {
    let tap = Tap::new("");
    let streams = discover(
        hub_descriptor(),
        &tap.options(json!({"stream": []})),
        &Recorder::default(),
    )
    .unwrap();
    let (spec, schema) = &streams[0];
    assert_eq!(
        (spec.name.as_str(), &spec.primary_key[..]),
        ("people", &["id".to_owned()][..])
    );
    let types: Vec<String> = schema
        .fields()
        .iter()
        .take(3)
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    assert_eq!(types, ["id Int64", "name Utf8", "updated Utf8"]);
}

#[test]
fn a_whole_table_comes_when_it_is_whole_and_only_when_it_changed() {
    let two = format!("{SCHEMA}\n{}{}", record(1, "甲", DAY), record(2, "乙", DAY));
    let tap = Tap::new(&two);
    let host = Recorder::default();
    let first = tap.read(json!({}), None, &host).unwrap();
    assert_eq!(rows(&first), ["甲 people#1 all ok", "乙 people#2 all ok"]);
    let state = last_state(&host);
    assert!(state.is_some());
    assert!(tap.read(json!({}), state.clone(), &host).unwrap().is_empty());
    tap.says(&format!("{two}exit 3"));
    assert!(tap.read(json!({}), state.clone(), &host).is_err(), "half a table");
    tap.says(&format!("{two}{}", record(3, "丙", DAY)));
    assert_eq!(
        tap.read(json!({}), state.clone(), &host).unwrap()[0].num_rows(),
        3
    );
    // An empty table replaces nothing, and says so.
    tap.says(SCHEMA);
    let host = Recorder::default();
    assert!(tap.read(json!({}), state, &host).unwrap().is_empty() && last_state(&host).is_none());
    assert!(
        host.log().iter().any(|line| line.contains("原有数据不变")),
        "{:?}",
        host.log()
    );
}

#[test]
fn an_increment_goes_on_where_the_tap_left_off_and_no_row_comes_twice() {
    let state_line = |day: &str| format!("echo '{{\"type\":\"STATE\",\"value\":{{\"at\":\"{day}\"}}}}'\n");
    let tap = Tap::new(&format!(
        "{SCHEMA}\n{}{}{}",
        record(1, "甲", DAY),
        record(2, "乙", NEXT_DAY),
        state_line(NEXT_DAY)
    ));
    let host = Recorder::default();
    let first = tap.read(incremental(), None, &host).unwrap();
    assert_eq!(rows(&first).len(), 2);
    let state = last_state(&host).unwrap();
    assert_eq!(
        (&state["singer"]["at"], &state["readings"]),
        (&json!(NEXT_DAY), &json!(1))
    );
    // As real taps do, this one begins with the last value again.
    let again = format!("{SCHEMA}\ncat $state >$here/given\n{}", record(2, "乙", NEXT_DAY));
    tap.says(&format!("{again}{}", state_line(NEXT_DAY)));
    let host = Recorder::default();
    assert!(
        tap.read(incremental(), Some(state.clone()), &host)
            .unwrap()
            .is_empty()
    );
    assert_eq!(tap.told("given"), format!("{{\"at\":\"{NEXT_DAY}\"}}"));
    let state = last_state(&host).unwrap();
    tap.says(&format!(
        "{again}{}{}",
        record(3, "丙", NEXT_DAY),
        record(4, "丁", "2023-10-03")
    ));
    let host = Recorder::default();
    let second = tap.read(incremental(), Some(state), &host).unwrap();
    assert_eq!(
        rows(&second),
        ["丙 people#1 more-000001 ok", "丁 people#2 more-000001 ok"]
    );
    assert!(
        host.log().iter().any(|line| line.contains("taken before")),
        "{:?}",
        host.log()
    );
    assert_eq!(last_state(&host).unwrap()["readings"], 2);
}

#[test]
fn lines_that_are_no_messages_are_rows_to_be_refused() {
    let tap = Tap::new(&format!(
        "{SCHEMA}\n{}echo hello\nprintf '\\377\\n'\necho '{{\"type\":\"RECORD\",\"stream\":\"people\",\"record\":[1]}}'\necho",
        record(1, "甲", DAY)
    ));
    let batches = tap.read(json!({}), None, &Recorder::default()).unwrap();
    assert_eq!(
        rows(&batches),
        [
            "甲 people#1 all ok",
            "- people#2 all D16",
            "- people#3 all D14",
            "- people#4 all D16"
        ]
    );
}

#[test]
fn secrets_are_in_a_file_only_the_owner_reads_and_nowhere_else() {
    let tap = Tap::new(&format!(
        "config=$2\nstat -c %a $config >$here/mode\ncp $config $here/config\nenv >$here/told\necho \"$@\" >>$here/told\n{SCHEMA}"
    ));
    let more = json!({"config": {"host": "db"}, "secrets": {"password": "db", "auth.token": "db"}});
    let host = Recorder::new([("db", "very-secret")]);
    tap.read(more.clone(), None, &host).unwrap();
    let config: Value = serde_json::from_str(&tap.told("config")).unwrap();
    assert_eq!(
        config,
        json!({"host": "db", "password": "very-secret", "auth": {"token": "very-secret"}})
    );
    assert_eq!(tap.told("mode").trim(), "600");
    assert!(!tap.told("told").contains("very-secret"));
    let error = tap.fault(more);
    assert_eq!(error.category(), Category::Auth, "not granted: {error}");
    let error = tap.fault(json!({"config": {"password": "x"}}));
    assert!(error.message().contains("secrets = { password"), "{error}");
}

#[test]
fn faults_of_a_tap_say_what_is_wrong_and_what_to_do() {
    let long = "head -c 5000000 /dev/zero | tr '\\0' 'x'";
    for (script, category, said) in [
        ("echo 'KeyError: x' >&2; exit 1".to_owned(), Category::Transient, "退出码 1"),
        ("kill -9 $$".to_owned(), Category::Transient, "信号 9"),
        (format!("{SCHEMA}\necho 'FATAL: password authentication failed' >&2; exit 1"), Category::Auth, "口令"),
        (record(1, "甲", DAY), Category::Schema, "SCHEMA 之前"),
        (String::new(), Category::Schema, "catalog_argument"),
        (format!("{SCHEMA}\necho '{{\"type\":\"BATCH\",\"stream\":\"people\"}}'"), Category::Unsupported, "batch_config"),
        ("yes no".to_owned(), Category::Schema, "不是 Singer 消息"),
        (format!("{SCHEMA}\n{long}"), Category::Data, "超过 4 MB"),
        (
            "echo '{\"type\":\"SCHEMA\",\"stream\":\"people\",\"schema\":{\"properties\":{\"id\":{},\"name\":{}}}}'".to_owned(),
            Category::Schema,
            "不再有字段：updated",
        ),
    ] {
        let tap = Tap::new(&script);
        let error = tap.fault(json!({}));
        assert_eq!(error.category(), category, "{script}: {error}");
        assert!(error.message().contains(said), "{script}: {error}");
    }
    let tap = Tap::new(&format!(
        "{SCHEMA}\necho '{{\"type\":\"ACTIVATE_VERSION\",\"stream\":\"people\",\"version\":2}}'"
    ));
    let state = json!({"version": 1, "readings": 1});
    let error = tap
        .read(incremental(), Some(state), &Recorder::default())
        .unwrap_err();
    assert!(error.message().contains("版本号"), "{error}");
}

#[test]
fn a_tap_that_cannot_be_started_is_told_with_the_line_that_would_let_it() {
    let tap = Tap::new("");
    let missing = tap.fault(json!({"tap": "/nowhere/bin/tap"}));
    assert_eq!(missing.category(), Category::NotFound, "{missing}");
    // A file that may not be run.
    let refused = tap.fault(json!({"tap": tap.path("catalog.json"), "args": []}));
    assert_eq!(refused.category(), Category::Permission);
    assert!(refused.message().contains("execute = ["), "{refused}");
    for tap_says in ["usage: tap", "{}"] {
        std::fs::write(tap.path("catalog.json"), tap_says).unwrap();
        let error = discover(hub_descriptor(), &tap.options(json!({})), &Recorder::default()).unwrap_err();
        assert_eq!(error.category(), Category::Schema, "{error}");
    }
}

#[test]
fn a_silent_tap_is_stopped_and_a_cancelled_one_is_gone() {
    let tap = Tap::new(&format!("{SCHEMA}\necho $$ >$here/pid\nexec sleep 1000"));
    let error = tap.fault(json!({"silent_seconds": 1}));
    assert!(
        error.category() == Category::Transient && error.message().contains("silent_seconds"),
        "{error}"
    );
    assert!(!lives(&tap.told("pid")));
    std::fs::remove_file(tap.path("pid")).unwrap();
    let host = Recorder::default();
    let config = serde_json::from_value(tap.options(json!({}))).unwrap();
    let mut connector = Singer::open(config, &host.context()).unwrap();
    let mut batches = connector
        .read(&ReadRequest::new("people"), &host.context())
        .unwrap();
    let began = Instant::now();
    while !tap.path("pid").exists() {
        assert!(began.elapsed() < Duration::from_secs(20), "the tap did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    host.cancel();
    let began = Instant::now();
    assert_eq!(
        batches.next().unwrap().unwrap_err().category(),
        Category::Cancelled
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(!lives(&tap.told("pid")));
}
