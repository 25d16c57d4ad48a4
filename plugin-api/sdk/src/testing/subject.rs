//! Calls a connector through its descriptor, in this process.
//! Here so that tests meet the same entries, checks and conversions as a hub does.
//! In: a descriptor, a configuration, a `Recorder` as the host. Out: typed answers.
//! Not here: what must hold (plugin-abi's list of checks).

use super::recorder::Recorder;
use crate::ffi::{Descriptor, import_batch, import_schema};
use crate::{Error, ReadRequest, StreamSpec};
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use plugin_abi::Category;
use plugin_abi::conformance::{self, Ask, Configuration, ReadFacts, Report, SpecFacts, StreamFacts, Subject};
use plugin_abi::ffi::{Failure, OpenInstance, Stream};
use serde_json::Value;
use std::time::Duration;

/// A whole read.
#[derive(Debug)]
pub struct Outcome {
    /// Schema of the batches.
    pub schema: SchemaRef,
    /// All batches.
    pub batches: Vec<RecordBatch>,
}

/// The spec document, as the hub sees it.
///
/// # Errors
/// What the connector says.
pub fn spec(descriptor: Descriptor) -> Result<Value, Error> {
    let text = descriptor.plugin()?.spec().map_err(error_of)?;
    Ok(serde_json::from_str(&text)?)
}

/// The streams with their schemas.
///
/// # Errors
/// What the connector says.
pub fn discover(
    descriptor: Descriptor,
    config: &Value,
    host: &Recorder,
) -> Result<Vec<(StreamSpec, SchemaRef)>, Error> {
    let mut instance = open(descriptor, &config.to_string(), host)?;
    let catalog = instance.discover().map_err(error_of)?;
    let specs: Vec<StreamSpec> = serde_json::from_str(&catalog)?;
    let mut streams = Vec::with_capacity(specs.len());
    for spec in specs {
        let schema = import_schema(instance.stream_schema(&spec.name).map_err(error_of)?)?;
        streams.push((spec, schema));
    }
    Ok(streams)
}

/// Reads a stream to its end. What the connector told meanwhile is in `host`.
///
/// # Errors
/// What the connector says.
pub fn read(
    descriptor: Descriptor,
    config: &Value,
    request: &ReadRequest,
    host: &Recorder,
) -> Result<Outcome, Error> {
    let (mut stream, schema) = start(descriptor, &config.to_string(), request, host)?;
    let mut batches = Vec::new();
    while let Some(array) = stream.next_array().map_err(error_of)? {
        batches.push(import_batch(array, &schema)?);
    }
    Ok(Outcome { schema, batches })
}

/// Runs every check of the conformance list against a connector with a configuration that works. `host` grants the
/// secrets; its log and checkpoints are those of the last call afterwards.
pub fn conform(descriptor: Descriptor, config: &Value, host: &Recorder) -> Report {
    let mut subject = InProcess {
        descriptor,
        config: config.to_string(),
        host: host.clone(),
    };
    conformance::run(&mut subject, None)
}

struct InProcess {
    descriptor: Descriptor,
    config: String,
    host: Recorder,
}

impl InProcess {
    fn fresh(&self) -> Recorder {
        self.host.reset();
        self.host.clone()
    }
}

impl Subject for InProcess {
    fn spec(&mut self) -> Result<SpecFacts, Failure> {
        let document = spec(self.descriptor).map_err(failure_of)?;
        let name = document["name"].as_str().unwrap_or_default().to_owned();
        Ok(SpecFacts {
            name,
            config_schema: document["config_schema"].is_object(),
        })
    }

    fn check(&mut self, configuration: Configuration) -> Result<(), Failure> {
        let config = match configuration {
            Configuration::Given => self.config.as_str(),
            Configuration::NotAnObject => "\"not an object\"",
        };
        open(self.descriptor, config, &self.fresh())
            .map_err(failure_of)?
            .check()
    }

    fn discover(&mut self) -> Result<Vec<StreamFacts>, Failure> {
        let config: Value = serde_json::from_str(&self.config).map_err(|error| failure_of(error.into()))?;
        let streams = discover(self.descriptor, &config, &self.fresh()).map_err(failure_of)?;
        let facts = streams.into_iter().map(|(spec, schema)| StreamFacts {
            columns: schema.fields().iter().map(|field| field.name().clone()).collect(),
            schema: schema_text(&schema),
            key_columns: spec
                .primary_key
                .into_iter()
                .chain(spec.cursor.unwrap_or_default().fields)
                .collect(),
            name: spec.name,
        });
        Ok(facts.collect())
    }

    fn read(&mut self, ask: &Ask) -> Result<ReadFacts, Failure> {
        let mut request = ReadRequest::new(&ask.stream);
        request.columns.clone_from(&ask.columns);
        request.max_rows = ask.max_rows;
        let host = self.fresh();
        let (mut stream, schema) =
            start(self.descriptor, &self.config, &request, &host).map_err(failure_of)?;
        let mut facts = ReadFacts {
            schema: schema_text(&schema),
            ..ReadFacts::default()
        };
        if ask.cancel {
            host.cancel();
            stream.canceller().cancel();
        }
        while ask.stop_after.is_none_or(|most| facts.batches < most) {
            let batch = match stream.next_array() {
                Ok(Some(array)) => import_batch(array, &schema).map_err(failure_of),
                Ok(None) => break,
                Err(failure) => Err(failure),
            };
            match batch {
                Ok(batch) => {
                    facts.batches += 1;
                    facts.rows += batch.num_rows() as u64;
                }
                Err(failure) => {
                    facts.failure = Some(failure);
                    break;
                }
            }
        }
        drop(stream);
        facts.checkpoints = host
            .checkpoints()
            .iter()
            .map(|checkpoint| checkpoint.after_batch)
            .collect();
        Ok(facts)
    }
}

fn open(descriptor: Descriptor, config: &str, host: &Recorder) -> Result<OpenInstance, Error> {
    descriptor
        .plugin()?
        .open(config, host.callbacks())
        .map_err(error_of)
}

fn start(
    descriptor: Descriptor,
    config: &str,
    request: &ReadRequest,
    host: &Recorder,
) -> Result<(Stream, SchemaRef), Error> {
    let request = serde_json::to_string(request)?;
    let started = open(descriptor, config, host)?.read(&request);
    let mut stream = started.map_err(|(_, failure)| error_of(failure))?;
    let schema = import_schema(stream.schema().map_err(error_of)?)?;
    Ok((stream, schema))
}

fn schema_text(schema: &Schema) -> String {
    let columns: Vec<String> = schema.fields().iter().map(|field| format!("{field}")).collect();
    columns.join(", ")
}

fn error_of(failure: Failure) -> Error {
    let wait = (failure.retry_after_ms > 0).then(|| Duration::from_millis(failure.retry_after_ms));
    let error = if failure.category == Category::RateLimited {
        Error::rate_limited(failure.message, wait)
    } else {
        Error::new(failure.category, failure.message)
    };
    let error = error.with_vendor_code(failure.vendor_code);
    match serde_json::from_str(&failure.detail_json) {
        Ok(detail) => error.with_detail(detail),
        Err(_) => error,
    }
}

fn failure_of(error: Error) -> Failure {
    Failure::new(error.category(), error.message())
}
