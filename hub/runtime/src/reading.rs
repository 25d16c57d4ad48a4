//! Reads one connector: discover, read every stream, land its rows.
//! Here because a plugin's fault must end as this run's record and nothing else.
//! In: a connector's settings, its cursors. Out: landed streams with their new cursors, or a `RunFault`.
//! Not here: meaning (normalise) and truth (commit). Everything that touches a plugin runs on a blocking thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::guard::Profile;
use hub_model::{RunFault, RunId, StreamId};
use plugin_host::{DiscoveredStream, Fault, Host, Launch, Level, LogLine, ReadRequest, ReadSession};

use crate::port::{Engine, EngineError, Landed, LandedParts, Landing};
use crate::remarks::Remarks;
use crate::settings::Connector;
use crate::stop::Stop;
use crate::under_way::Counting;

/// A stream that was read to its end.
#[derive(Debug)]
pub(crate) struct ReadStream {
    pub(crate) landed: Landed,
    pub(crate) rows: u64,
    pub(crate) cursor: Option<String>,
    pub(crate) elapsed: Duration,
    /// What each part looks like.
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// A connector that was read to its end.
#[derive(Debug)]
pub(crate) struct ReadConnector {
    pub(crate) streams: Vec<ReadStream>,
    pub(crate) peak_child_bytes: u64,
}

/// What a connector asks to be remembered though no row of a run is kept, by stream: requests it spent of a daily limit.
pub(crate) type Spent = BTreeMap<String, String>;

/// What to read, and what with.
pub(crate) struct Reading {
    pub(crate) host: Host,
    pub(crate) launch: Launch,
    pub(crate) connector: Connector,
    pub(crate) run: RunId,
    pub(crate) cursors: BTreeMap<String, String>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) stop: Stop,
    pub(crate) counting: Counting,
}

impl Reading {
    /// Reads every stream of the connector. Blocking.
    pub(crate) fn read(&self) -> (Result<ReadConnector, RunFault>, Spent) {
        let mut spent = Spent::new();
        (self.streams(&mut spent), spent)
    }

    fn streams(&self, spent: &mut Spent) -> Result<ReadConnector, RunFault> {
        let streams = self
            .host
            .discover(&self.launch)
            .map_err(|fault| run_fault(&fault))?;
        if let Some(message) = self.connector.guards.unknown(&streams) {
            return Err(RunFault {
                category: "config".to_owned(),
                cause: "guard".to_owned(),
                message: format!("{}: {message}", self.connector.file.display()),
                log_tail: Vec::new(),
            });
        }
        let mut out = ReadConnector {
            streams: Vec::with_capacity(streams.len()),
            peak_child_bytes: 0,
        };
        for stream in streams {
            if self.stop.asked().is_some() {
                return Err(stopped());
            }
            let (read, peak) = self.stream(stream, spent)?;
            out.peak_child_bytes = out.peak_child_bytes.max(peak);
            out.streams.push(read);
        }
        Ok(out)
    }

    fn stream(&self, stream: DiscoveredStream, spent: &mut Spent) -> Result<(ReadStream, u64), RunFault> {
        let Self {
            host,
            launch,
            connector,
            run,
            cursors,
            engine,
            stop,
            counting,
        } = self;
        counting.stream(&stream.spec.name);
        let started = Instant::now();
        let id = StreamId::new(&connector.id, &stream.spec.name);
        let (mapping, origin) = mapping_of(connector, &stream)?;
        let request = ReadRequest {
            state: cursors
                .get(&stream.spec.name)
                .map(|text| serde_json::from_str(text))
                .transpose()
                .map_err(|error| internal(&error))?,
            mode: if stream.spec.modes.iter().any(|mode| mode == "incremental") {
                "incremental"
            } else {
                "full"
            }
            .to_owned(),
            batch_rows: connector.batch_rows,
            ..ReadRequest::new(&stream.spec.name)
        };
        let mut session = host.read(launch, request).map_err(|fault| run_fault(&fault))?;
        stop.reads(session.canceller());
        let schema = session.schema();
        let mut landing = engine.landing(*run, id.clone(), Arc::clone(&schema));
        let taken = take_in(&mut session, landing.as_mut(), counting);
        let before_any_batch = session
            .checkpoints()
            .into_iter()
            .rfind(|checkpoint| checkpoint.stream == stream.spec.name && checkpoint.after_batch == 0);
        spent.extend(before_any_batch.map(|said| (said.stream, said.state.to_string())));
        taken?;
        let report = session.finish().map_err(|fault| run_fault(&fault))?;
        let rows = landing.rows();
        if rows != report.rows {
            return Err(internal(&format!(
                "{id}: {} rows reported, {rows} arrived",
                report.rows
            )));
        }
        let cursor = report
            .checkpoints
            .iter()
            .rfind(|checkpoint| {
                checkpoint.stream == stream.spec.name && checkpoint.after_batch <= report.batches
            })
            .map(|checkpoint| checkpoint.state.to_string());
        let LandedParts { files, profiles } = landing.finish().map_err(engine_fault)?;
        tracing::info!(
            event = "run.read",
            run = %run,
            stream = id.stream,
            rows,
            files = files.len(),
            elapsed_ms = millis(started.elapsed()),
            "a stream was read to its end"
        );
        let landed = Landed {
            run: *run,
            stream: id,
            schema,
            mapping,
            origin,
            files,
        };
        Ok((
            ReadStream {
                landed,
                rows,
                cursor,
                elapsed: started.elapsed(),
                profiles,
            },
            report.peak_rss_bytes.unwrap_or_default(),
        ))
    }
}

/// Whole milliseconds, for the log.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The fault of a run that was asked to stop between two streams.
fn stopped() -> RunFault {
    RunFault {
        category: "cancelled".to_owned(),
        cause: "stop".to_owned(),
        message: "应要求停止 / stopped as asked".to_owned(),
        log_tail: Vec::new(),
    }
}

/// Lands every batch.
fn take_in(
    session: &mut ReadSession,
    landing: &mut dyn Landing,
    counting: &Counting,
) -> Result<(), RunFault> {
    while let Some(batch) = session.next().map_err(|fault| run_fault(&fault))? {
        landing.write(&batch).map_err(engine_fault)?;
        counting.landed(batch.num_rows());
    }
    Ok(())
}

/// The site's mapping when there is one, else the one the plugin ships.
pub(crate) fn mapping_of(
    connector: &Connector,
    stream: &DiscoveredStream,
) -> Result<(String, String), RunFault> {
    let name = &stream.spec.name;
    if let Some((text, file)) = connector.mappings.get(name) {
        return Ok((text.clone(), file.clone()));
    }
    let origin = format!(
        "mapping of {}/{name} (shipped by plugin {})",
        connector.id, connector.plugin
    );
    match &stream.spec.mapping {
        Some(text) => Ok((text.clone(), origin)),
        None => Err(RunFault {
            category: "config".to_owned(),
            cause: "mapping".to_owned(),
            message: format!(
                "stream {name} ships no mapping and there is no config/mappings/{}/{name}.sql; write one",
                connector.id
            ),
            log_tail: Vec::new(),
        }),
    }
}

/// How a plugin's log lines enter ours.
pub(crate) fn log_sink(connector: &str, run: &str, remarks: &Remarks) -> plugin_host::LogSink {
    let (connector, run, remarks) = (connector.to_owned(), run.to_owned(), remarks.clone());
    Arc::new(move |line: LogLine| {
        remarks.hear(&line);
        let LogLine {
            level,
            target,
            message,
        } = line;
        match level {
            Level::Error => tracing::error!(
                connector,
                run,
                plugin_target = target,
                line = message,
                "plugin says"
            ),
            Level::Warn => tracing::warn!(
                connector,
                run,
                plugin_target = target,
                line = message,
                "plugin says"
            ),
            Level::Info => tracing::info!(
                connector,
                run,
                plugin_target = target,
                line = message,
                "plugin says"
            ),
            Level::Debug | Level::Trace => {
                tracing::debug!(
                    connector,
                    run,
                    plugin_target = target,
                    line = message,
                    "plugin says"
                );
            }
        }
    })
}

/// A plugin's fault as a run records it.
pub(crate) fn run_fault(fault: &Fault) -> RunFault {
    RunFault {
        category: fault.category.name().to_owned(),
        cause: fault.cause.to_string(),
        message: fault.message.clone(),
        log_tail: fault.log_tail.clone(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub(crate) fn engine_fault(error: EngineError) -> RunFault {
    RunFault {
        category: "internal".to_owned(),
        cause: "engine".to_owned(),
        message: error.to_string(),
        log_tail: Vec::new(),
    }
}

pub(crate) fn internal(message: &dyn std::fmt::Display) -> RunFault {
    RunFault {
        category: "internal".to_owned(),
        cause: "hub".to_owned(),
        message: message.to_string(),
        log_tail: Vec::new(),
    }
}
