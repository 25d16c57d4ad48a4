//! The calls of one job, from a loaded plugin to typed answers.
//! Here because a child and an in-process run make exactly the same ones.
//! In: a plugin, configuration, callbacks. Out: documents, schemas, validated batches, `Failure`.
//! Not here: what carries them away.

use crate::ffi::{Checked, import_batch, import_schema};
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
    /// The request's `max_rows`, kept here too, since a plugin may take it for a hint.
    rows_left: Option<u64>,
    checked: Checked,
}

impl Reading {
    pub(crate) fn start(
        instance: OpenInstance,
        request: &ReadRequest,
        checked: Checked,
    ) -> Result<Reading, Failure> {
        let rows_left = request.max_rows;
        let request = serde_json::to_string(request).map_err(|error| internal(&error.to_string()))?;
        let mut stream = instance.read(&request).map_err(|(_, failure)| failure)?;
        let schema = bounded(import_schema(stream.schema()?)?)?;
        Ok(Reading {
            stream,
            schema,
            rows_left,
            checked,
        })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next batch, validated.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if self.rows_left == Some(0) {
            return Ok(None);
        }
        let Some(array) = self.stream.next_array()? else {
            return Ok(None);
        };
        let batch = import_batch(array, &self.schema, self.checked)?;
        let Some(left) = &mut self.rows_left else {
            return Ok(Some(batch));
        };
        let rows = batch.num_rows().min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= rows as u64;
        Ok(Some(batch.slice(0, rows)))
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
