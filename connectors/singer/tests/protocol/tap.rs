//! Taps of a few lines of shell: what a tap may say, and what it must not.
//! Here because no honest tap can be made to break the protocol, and a broken one must not break the hub.
//! In: a script for the reading. Out: what the connector made of it.
//! Not here: a real tap (the hub's end-to-end tests).

use std::path::{Path, PathBuf};

use plugin_api::arrow::array::cast::AsArray;
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{Array, RecordBatch, StringArray};
use plugin_api::testing::{self, Recorder};
use plugin_api::{Error, Mode, ReadRequest};
use serde_json::{Value, json};
use singer::hub_descriptor;

/// What every tap here offers.
const CATALOG: &str = r#"{"streams": [{"tap_stream_id": "people", "stream": "people", "schema": {"properties": {
    "id": {"type": "integer"}, "name": {"type": ["null", "string"]}, "updated": {"type": "string", "format": "date-time"}}},
    "metadata": [{"breadcrumb": [], "metadata": {"table-key-properties": ["id"]}}]}]}"#;
pub(crate) const SCHEMA: &str = r#"echo '{"type":"SCHEMA","stream":"people","schema":{"properties":{"id":{},"name":{},"updated":{}}},"key_properties":["id"]}'"#;

/// A tap in a folder of its own.
pub(crate) struct Tap {
    folder: tempfile::TempDir,
}

impl Tap {
    /// One whose reading is `script`; `$here` is its folder, `$state` the file of the state, if there is one.
    pub(crate) fn new(script: &str) -> Self {
        let tap = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        tap.write("catalog.json", CATALOG);
        tap.says(script);
        tap
    }

    pub(crate) fn says(&self, script: &str) {
        let here = self.folder.path().display();
        self.write(
            "tap.sh",
            &format!(
                "here={here}\nstate=\ncase \"$*\" in *--discover*) cat $here/catalog.json; exit 0;; esac\n\
                 case \"$*\" in *--state*) state=${{6}};; esac\n{script}\n"
            ),
        );
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn told(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Options that run it, with `more` in them.
    pub(crate) fn options(&self, more: Value) -> Value {
        let mut options =
            json!({"tap": "/bin/sh", "args": [self.path("tap.sh")], "stream": [{"name": "people"}]});
        for (key, value) in more.as_object().unwrap() {
            options[key] = value.clone();
        }
        options
    }

    /// Reads the stream after `state`.
    pub(crate) fn read(
        &self,
        more: Value,
        state: Option<Value>,
        host: &Recorder,
    ) -> Result<Vec<RecordBatch>, Error> {
        let mut request = ReadRequest::new("people");
        request.mode = Mode::Incremental;
        request.state = state;
        testing::read(hub_descriptor(), &self.options(more), &request, host).map(|outcome| outcome.batches)
    }

    /// Why it cannot be read.
    pub(crate) fn fault(&self, more: Value) -> Error {
        self.read(more, None, &Recorder::default()).unwrap_err()
    }
}

/// One row as text: columns, locator, part, flaw.
pub(crate) fn rows(batches: &[RecordBatch]) -> Vec<String> {
    let mut rows = Vec::new();
    for batch in batches {
        let dictionary = |name: &str, row: usize| {
            let array = batch.column_by_name(name).unwrap().as_dictionary::<Int32Type>();
            let texts = array.downcast_dict::<StringArray>().unwrap();
            texts.into_iter().nth(row).unwrap().unwrap().to_owned()
        };
        for row in 0..batch.num_rows() {
            let name = batch.column_by_name("name").unwrap().as_string::<i32>();
            let name = if name.is_null(row) { "-" } else { name.value(row) };
            let header: Value = serde_json::from_str(&dictionary("_header", row)).unwrap();
            let flaw = header["_flaw"].as_str().unwrap_or("ok");
            let locator = batch
                .column_by_name("_locator")
                .unwrap()
                .as_string::<i32>()
                .value(row);
            rows.push(format!("{name} {locator} {} {flaw}", dictionary("_part", row)));
        }
    }
    rows
}

/// A line of the shell that sends a record.
pub(crate) fn record(id: u32, name: &str, updated: &str) -> String {
    format!(
        "echo '{{\"type\":\"RECORD\",\"stream\":\"people\",\"record\":{{\"id\":{id},\"name\":\"{name}\",\"updated\":\"{updated}\"}}}}'\n"
    )
}

/// Whether a process still is.
pub(crate) fn lives(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}
