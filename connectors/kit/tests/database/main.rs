//! The database transport against real servers: SQLite always, PostgreSQL and MariaDB where they are installed.
//! Here because casts, cursors and read-only sessions are promises of a server, not of a driver.
//! In: a database made here. Out: rows, refusals, and what a second reading brings.
//! Not here: Oracle MySQL (MariaDB speaks its protocol and its numbers; Debian has no other).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod mariadb;
mod postgresql;
#[path = "../support/servers.rs"]
mod servers;
mod sqlite;

use connector_kit::options::Options;
use connector_kit::{Definition, Source, Transport};
use plugin_api::arrow::array::{Array, RecordBatch, StringArray};
use plugin_api::testing::Recorder;
use plugin_api::{Error, Mode, ReadRequest};
use serde_json::{Value, json};

const DATABASE: Definition = Definition {
    id: "database",
    version: "0",
    title: "",
    description: "",
    streams: "",
    mappings: &[],
    transport: Transport::Database,
};

pub(crate) fn source(url: &str, stream: Value) -> Result<Source, Error> {
    let mut stream = stream;
    stream["name"] = json!("visits");
    stream["columns"] = json!([
        ["证件号码", "id_no"],
        ["自付金额", "self_paid"],
        ["结算日期", "settled_on"]
    ]);
    stream["required"] = json!(["证件号码"]);
    let options: Options =
        serde_json::from_value(json!({"database": {"url": url, "total_seconds": 30}, "stream": [stream]}))
            .unwrap();
    Source::open(&DATABASE, options)
}

pub(crate) fn read(
    source: &Source,
    recorder: &Recorder,
    state: Option<Value>,
) -> Result<Vec<RecordBatch>, Error> {
    let mut request = ReadRequest::new("visits");
    request.mode = Mode::Incremental;
    request.state = state;
    source.read(&request, &recorder.context())?.collect()
}

pub(crate) fn column(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let texts = |batch: &RecordBatch| {
        let column = batch.column_by_name(name).unwrap();
        let column = column.as_any().downcast_ref::<StringArray>().unwrap();
        (0..column.len())
            .map(|row| column.is_valid(row).then(|| column.value(row).to_owned()))
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(texts).collect()
}

pub(crate) fn last_state(recorder: &Recorder) -> Option<Value> {
    recorder
        .checkpoints()
        .last()
        .map(|checkpoint| checkpoint.state.clone())
}
