//! A source read the way the hub reads it, for the tests that stand outside the kit.
//! Here because each of them opens a folder, reads batches and looks at columns.
//! In: streams as a site writes them, files. Out: batches, columns as texts, states.
//! Not here: servers, and what any test expects.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::Path;

use connector_kit::options::Options;
use connector_kit::{Definition, Source, Transport};
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{Array, DictionaryArray, RecordBatch, StringArray};
use plugin_api::testing::Recorder;
use plugin_api::{Error, Mode, ReadRequest};
use serde_json::{Value, json};

/// A connector whose streams are all the site's.
pub(crate) const BARE: Definition = Definition {
    id: "bare",
    version: "0",
    title: "",
    description: "",
    streams: "",
    mappings: &[],
    transport: Transport::Files,
};

/// A source of these options.
pub(crate) fn open(options: Value) -> Result<Source, Error> {
    let options: Options = serde_json::from_value(options).unwrap();
    Source::open(&BARE, options)
}

/// A source of one stream over the files of a folder.
pub(crate) fn folder(dir: &Path, stream: Value) -> Source {
    open(json!({"inbox": dir, "settle_ms": 0, "stream": [stream]})).unwrap()
}

/// Everything a stream brings, and the error it ends with.
pub(crate) fn read(
    source: &Source,
    stream: &str,
    state: Option<Value>,
    recorder: &Recorder,
) -> (Vec<RecordBatch>, Option<Error>) {
    let mut request = ReadRequest::new(stream);
    (request.mode, request.state) = (Mode::Incremental, state);
    let mut batches = Vec::new();
    let reading = match source.read(&request, &recorder.context()) {
        Ok(reading) => reading,
        Err(error) => return (batches, Some(error)),
    };
    for batch in reading {
        match batch {
            Ok(batch) => batches.push(batch),
            Err(error) => return (batches, Some(error)),
        }
    }
    (batches, None)
}

/// A column of all batches; an empty cell is an empty text.
pub(crate) fn column(batches: &[RecordBatch], name: &str) -> Vec<String> {
    let texts = |batch: &RecordBatch| -> Vec<String> {
        let array = batch.column_by_name(name).unwrap();
        match array.as_any().downcast_ref::<DictionaryArray<Int32Type>>() {
            Some(array) => {
                let array = array.downcast_dict::<StringArray>().unwrap();
                array.into_iter().map(|text| text.unwrap().to_owned()).collect()
            }
            None => {
                let array = array.as_any().downcast_ref::<StringArray>().unwrap();
                array
                    .iter()
                    .map(|text| text.unwrap_or_default().to_owned())
                    .collect()
            }
        }
    };
    batches.iter().flat_map(texts).collect()
}

/// The state the last checkpoint leaves.
pub(crate) fn last_state(recorder: &Recorder) -> Option<Value> {
    recorder
        .checkpoints()
        .last()
        .map(|checkpoint| checkpoint.state.clone())
}
