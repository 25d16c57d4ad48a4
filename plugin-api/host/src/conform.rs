//! The conformance run of a plugin file, each call in the isolation of the launch.
//! Here so that operators test a library before they trust it, without an SDK and without its author.
//! In: a launch with a configuration that works. Out: plugin-abi's `Report`.
//! Not here: the list of checks (plugin-abi).

use crate::{Category, Cause, Fault, Host, Launch, ReadRequest};
use arrow_schema::Schema;
use plugin_abi::conformance::{self, Ask, Configuration, ReadFacts, Report, SpecFacts, StreamFacts, Subject};
use plugin_abi::ffi::Failure;
use serde_json::Value;

impl Host {
    /// Runs every check. `max_rows` bounds the long reads, for sources that are large; checkpoints are then not seen.
    pub fn conform(&self, launch: &Launch, max_rows: Option<u64>) -> Report {
        conformance::run(&mut Launched { host: self, launch }, max_rows)
    }
}

struct Launched<'a> {
    host: &'a Host,
    launch: &'a Launch,
}

impl Subject for Launched<'_> {
    fn spec(&mut self) -> Result<SpecFacts, Failure> {
        let document = self.host.spec(self.launch).map_err(failure_of)?;
        let name = document["name"].as_str().unwrap_or_default().to_owned();
        Ok(SpecFacts {
            name,
            config_schema: document["config_schema"].is_object(),
        })
    }

    fn check(&mut self, configuration: Configuration) -> Result<(), Failure> {
        let mut launch = self.launch.clone();
        if configuration == Configuration::NotAnObject {
            launch.config = Value::String("not an object".into());
        }
        self.host.check(&launch).map_err(failure_of)
    }

    fn discover(&mut self) -> Result<Vec<StreamFacts>, Failure> {
        let streams = self.host.discover(self.launch).map_err(failure_of)?;
        let facts = streams.into_iter().map(|stream| StreamFacts {
            columns: stream
                .schema
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect(),
            schema: schema_text(&stream.schema),
            key_columns: [
                stream.spec.primary_key,
                stream.spec.cursor.unwrap_or_default().fields,
            ]
            .concat(),
            name: stream.spec.name,
        });
        Ok(facts.collect())
    }

    fn read(&mut self, ask: &Ask) -> Result<ReadFacts, Failure> {
        let mut request = ReadRequest::new(&ask.stream);
        request.columns.clone_from(&ask.columns);
        request.max_rows = ask.max_rows;
        let mut session = self.host.read(self.launch, request).map_err(failure_of)?;
        let mut facts = ReadFacts {
            schema: schema_text(&session.schema()),
            ..ReadFacts::default()
        };
        if ask.cancel {
            session.canceller().cancel();
        }
        while ask.stop_after.is_none_or(|most| facts.batches < most) {
            match session.next() {
                Ok(Some(batch)) => {
                    facts.batches += 1;
                    facts.rows += batch.num_rows() as u64;
                }
                Ok(None) => break,
                Err(fault) => {
                    facts.failure = Some(failure_of(fault));
                    break;
                }
            }
        }
        facts.checkpoints = session
            .checkpoints()
            .iter()
            .map(|checkpoint| checkpoint.after_batch)
            .collect();
        if let Err(fault) = session.finish()
            && facts.failure.is_none()
        {
            facts.failure = Some(failure_of(fault));
        }
        Ok(facts)
    }
}

fn schema_text(schema: &Schema) -> String {
    let columns: Vec<String> = schema.fields().iter().map(|field| format!("{field}")).collect();
    columns.join(", ")
}

fn failure_of(fault: Fault) -> Failure {
    // A watchdog's cancel was not asked for by the check, and a refused file is no refused configuration.
    let category = if fault.cause == Cause::Hung {
        Category::Internal
    } else if fault.cause == Cause::Load {
        Category::Unsupported
    } else {
        fault.category
    };
    Failure::new(category, format!("{} ({})", fault.message, fault.cause))
}
