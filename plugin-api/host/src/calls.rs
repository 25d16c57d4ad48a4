//! The calls of one job, from a loaded plugin to typed answers.
//! Here because a child and an in-process run make exactly the same ones.
//! In: a plugin, configuration, callbacks. Out: documents, schemas, validated batches, `Failure`.
//! Not here: what carries them away.

use crate::ffi::{import_batch, import_schema};
use crate::limits::{COLUMNS_MAX, STREAMS_MAX};
use crate::{DiscoveredStream, ReadRequest, StreamSpec};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use plugin_abi::Category;
use plugin_abi::ffi::{Callbacks, Canceller, Failure, OpenInstance, Plugin, Stream};
use serde_json::{Value, json};

/// The spec document; a plugin without one gets the least that is known of it.
pub(crate) fn spec(plugin: &Plugin) -> Result<Value, Failure> {
    let least = || json!({ "name": plugin.name(), "version": plugin.version() });
    match plugin.spec() {
        Ok(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(document)) => Ok(Value::Object(document)),
            Ok(_) => Err(internal("spec: not a JSON object")),
            Err(error) => Err(internal(&format!("spec: not JSON: {error}"))),
        },
        Err(failure) if failure.category == Category::Unsupported => Ok(least()),
        Err(failure) => Err(failure),
    }
}

/// Opens an instance; `opened` learns how to cancel it.
pub(crate) fn open(
    plugin: &Plugin,
    config: &Value,
    callbacks: Box<dyn Callbacks>,
    opened: impl FnOnce(Canceller),
) -> Result<OpenInstance, Failure> {
    let instance = plugin.open(&config.to_string(), callbacks)?;
    opened(instance.canceller());
    Ok(instance)
}

/// The streams with their schemas.
pub(crate) fn discover(instance: &mut OpenInstance) -> Result<Vec<DiscoveredStream>, Failure> {
    let catalog = instance.discover()?;
    let specs: Vec<StreamSpec> = serde_json::from_str(&catalog)
        .map_err(|error| internal(&format!("discover: not a catalogue: {error}")))?;
    if specs.len() > STREAMS_MAX {
        return Err(internal(&format!(
            "discover: {} streams, allowed are {STREAMS_MAX}",
            specs.len()
        )));
    }
    let mut streams = Vec::with_capacity(specs.len());
    for spec in specs {
        let schema = bounded(import_schema(instance.stream_schema(&spec.name)?)?)?;
        streams.push(DiscoveredStream { spec, schema });
    }
    Ok(streams)
}

/// A read under way.
pub(crate) struct Reading {
    stream: Stream,
    schema: SchemaRef,
}

impl Reading {
    pub(crate) fn start(instance: OpenInstance, request: &ReadRequest) -> Result<Reading, Failure> {
        let request = serde_json::to_string(request).map_err(|error| internal(&error.to_string()))?;
        let mut stream = instance.read(&request).map_err(|(_, failure)| failure)?;
        let schema = bounded(import_schema(stream.schema()?)?)?;
        Ok(Reading { stream, schema })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next batch, validated in full.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        match self.stream.next_array()? {
            Some(array) => import_batch(array, &self.schema).map(Some),
            None => Ok(None),
        }
    }
}

fn bounded(schema: SchemaRef) -> Result<SchemaRef, Failure> {
    let columns = schema.flattened_fields().len();
    if columns > COLUMNS_MAX {
        let message = format!("{columns} columns, allowed are {COLUMNS_MAX}");
        return Err(Failure::new(Category::Schema, message));
    }
    Ok(schema)
}

fn internal(message: &str) -> Failure {
    Failure::new(Category::Internal, message)
}
