//! Records of a tap into batches: what the connector adds to the tap.
//! Here because a tap in Python costs tens of microseconds a row, and reading it must not be noticed beside that.
//! In: 200 000 records of twelve fields, printed by `cat`. Out: rows a second, whole (held until the end) and by increment.
//! Not here: a real tap; `time` tells its own cost.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use plugin_api::testing::{self, Recorder};
use plugin_api::{Mode, ReadRequest};
use serde_json::{Value, json};
use singer::hub_descriptor;

const ROWS: usize = 200_000;
const FIELDS: usize = 12;

fn main() {
    divan::main();
}

/// A tap that has everything ready, in `folder`.
fn tap(folder: &Path) -> PathBuf {
    let field = |name: usize| {
        (
            format!("field_{name}"),
            json!({"type": ["null", if name == 0 { "integer" } else { "string" }]}),
        )
    };
    let properties: serde_json::Map<String, Value> = (0..FIELDS).map(field).collect();
    let schema = json!({ "properties": properties });
    let catalog = json!({"streams": [{"tap_stream_id": "people", "stream": "people", "schema": schema}]});
    std::fs::write(folder.join("catalog.json"), catalog.to_string()).unwrap();
    let mut lines =
        json!({"type": "SCHEMA", "stream": "people", "schema": schema, "key_properties": []}).to_string();
    for row in 0..ROWS {
        write!(
            lines,
            "\n{{\"type\": \"RECORD\", \"stream\": \"people\", \"record\": {{\"field_0\": {row}"
        )
        .unwrap();
        for name in 1..FIELDS {
            write!(lines, ", \"field_{name}\": \"南坪村第{}组\"", row % (name * 97)).unwrap();
        }
        lines.push_str("}, \"time_extracted\": \"2023-10-01T00:00:00.000000Z\"}");
    }
    std::fs::write(folder.join("lines"), lines).unwrap();
    let script = folder.join("tap.sh");
    std::fs::write(&script, format!("exec cat {}/lines", folder.display())).unwrap();
    script
}

fn read(bencher: Bencher<'_, '_>, stream: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let script = tap(folder.path());
    let bytes = std::fs::metadata(folder.path().join("lines")).unwrap().len();
    let options = json!({"tap": "/bin/sh", "args": [script], "catalog": folder.path().join("catalog.json"), "stream": [stream]});
    let mut request = ReadRequest::new("people");
    request.mode = Mode::Incremental;
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::new(bytes))
        .bench_local(|| {
            let outcome = testing::read(hub_descriptor(), &options, &request, &Recorder::default()).unwrap();
            let rows: usize = outcome.batches.iter().map(|batch| batch.num_rows()).sum();
            assert_eq!(rows, ROWS);
        });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn whole(bencher: Bencher<'_, '_>) {
    read(bencher, &json!({"name": "people"}));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn increment(bencher: Bencher<'_, '_>) {
    read(bencher, &json!({"name": "people", "replication_key": "field_0"}));
}
