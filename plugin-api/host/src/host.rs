//! The calls a hub makes to a connector: spec, check, discover, read.
//! Here as the front door of this crate; each call is one child process, or a call into this one.
//! In: `Launch`. Out: answers or `Fault`s.
//! Not here: caching answers, retrying, scheduling.

use crate::calls::{self, Reading};
use crate::ffi::Checked;
use crate::frame::Decoder;
use crate::in_process::{self, Running, Shared};
use crate::limits::PROGRAM_BYTES_MAX;
use crate::log::Journal;
use crate::parent::{Control, Process, Pump, Turn};
use crate::session::Canceller;
use crate::wire::{Become, Down, Job, Op, WIRE_VERSION};
use crate::{DiscoveredStream, Fault, Isolation, Launch, ReadRequest, ReadSession, StreamSpec};
use arrow_schema::SchemaRef;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How children are started: `exe args…`, which must call [`crate::child_main`] or speak the protocol of PROTOCOL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The executable, usually the hub's own.
    pub exe: PathBuf,
    /// Its arguments, usually `connector-host`.
    pub args: Vec<String>,
}

impl Host {
    /// The connector's description of itself, with the JSON Schema of its configuration.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn spec(&self, launch: &Launch) -> Result<Value, Fault> {
        match launch.isolation {
            Isolation::Child => {
                let mut pump = self.start(launch, Op::Spec, &Arc::default())?.0;
                expect_end(&mut pump)?;
                pump.said
                    .spec
                    .take()
                    .ok_or_else(|| Fault::protocol("no answer to 'spec'"))
            }
            Isolation::InProcess => {
                let shared = Shared::new(launch, Arc::default());
                calls::spec(&in_process::plugin(&launch.plugin)?).map_err(|failure| shared.fault(failure))
            }
        }
    }

    /// Whether the source is there and the credentials work.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn check(&self, launch: &Launch) -> Result<(), Fault> {
        match launch.isolation {
            Isolation::Child => expect_end(&mut self.start(launch, Op::Check, &Arc::default())?.0),
            Isolation::InProcess => {
                let shared = Shared::new(launch, Arc::default());
                shared
                    .open(launch, |_| {})?
                    .check()
                    .map_err(|failure| shared.fault(failure))
            }
        }
    }

    /// The streams with their schemas.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn discover(&self, launch: &Launch) -> Result<Vec<DiscoveredStream>, Fault> {
        match launch.isolation {
            Isolation::Child => {
                let mut pump = self.start(launch, Op::Discover, &Arc::default())?.0;
                let mut schemas = Vec::new();
                while let Turn::Frame(frame) = pump.turn()? {
                    if schemas.len() == crate::limits::STREAMS_MAX {
                        return Err(pump.fail(Fault::protocol("more schemas than streams are allowed")));
                    }
                    schemas.push(schema_of(frame).map_err(|reason| pump.fail(Fault::protocol(reason)))?);
                }
                let streams = pump.said.streams.take();
                join(streams, schemas).map_err(|reason| pump.fail(Fault::protocol(reason)))
            }
            Isolation::InProcess => {
                let shared = Shared::new(launch, Arc::default());
                let mut instance = shared.open(launch, |_| {})?;
                calls::discover(&mut instance).map_err(|failure| shared.fault(failure))
            }
        }
    }

    /// Starts a read; it is under way when this returns.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(&self, launch: &Launch, request: ReadRequest) -> Result<ReadSession, Fault> {
        let asked = Arc::new(AtomicBool::new(false));
        match launch.isolation {
            Isolation::Child => {
                let (pump, control) = self.start(launch, Op::Read { request }, &asked)?;
                let decoder = Decoder::new(launch.limits.frame_bytes);
                ReadSession::in_child(pump, decoder, Canceller::child(asked, control))
            }
            Isolation::InProcess => {
                let shared = Shared::new(launch, Arc::clone(&asked));
                let mut handle = None;
                let instance = shared.open(launch, |canceller| handle = Some(canceller))?;
                let reading = Reading::start(instance, &request, Checked::InFull)
                    .map_err(|failure| shared.fault(failure))?;
                let handle = handle.ok_or_else(|| Fault::load("the instance cannot be cancelled"))?;
                let canceller = Canceller::in_process(asked, handle);
                Ok(ReadSession::in_process(Running::new(reading, shared), canceller))
            }
        }
    }

    fn start(&self, launch: &Launch, op: Op, asked: &Arc<AtomicBool>) -> Result<(Pump, Control), Fault> {
        let hub_pid = i32::try_from(std::process::id()).unwrap_or_default();
        let program = program_of(launch, hub_pid)?;
        let (process, channels) = Process::start(&self.exe, &self.args)
            .map_err(|error| Fault::spawn(format!("{} did not start: {error}", self.exe.display())))?;
        let down = channels
            .control
            .try_clone()
            .map_err(|error| Fault::spawn(error.to_string()))?;
        let down = Control::new(down);
        let job = Down::Job(Box::new(Job {
            wire: WIRE_VERSION,
            hub_pid,
            plugin: launch.plugin.name().to_owned(),
            config: launch.config.clone(),
            secrets: launch.secrets.clone(),
            limits: launch.limits.clone(),
            access: launch.access.clone(),
            op,
        }));
        let file = launch.plugin.descriptor();
        let sent = match &program {
            None => down.send_with(&job, file),
            Some(program) => down.send_with(program, file).and_then(|()| down.send(&job)),
        };
        let journal = Journal::new(Arc::clone(&launch.log));
        let limits = launch.limits.clone();
        let mut pump = Pump::new(
            process,
            channels,
            down.clone(),
            journal,
            limits,
            Arc::clone(asked),
        );
        if let Err(error) = sent {
            // A child that ended at once tells more by its end than the failed write does.
            return match pump.turn() {
                Err(fault) => Err(fault),
                Ok(_) => Err(pump.fail(Fault::spawn(format!("the job could not be handed over: {error}")))),
            };
        }
        Ok((pump, down))
    }
}

/// What a child is told before the job when its plugin is a program.
fn program_of(launch: &Launch, hub_pid: i32) -> Result<Option<Down>, Fault> {
    let Some(reach) = launch.plugin.program() else {
        return Ok(None);
    };
    let program = Down::Program(Box::new(Become {
        wire: WIRE_VERSION,
        hub_pid,
        plugin: launch.plugin.name().to_owned(),
        limits: launch.limits.clone(),
        access: launch.access.clone().map(|access| access.and(reach.clone())),
    }));
    let bytes = serde_json::to_vec(&program).map_or(usize::MAX, |line| line.len());
    if bytes <= PROGRAM_BYTES_MAX {
        return Ok(Some(program));
    }
    Err(Fault::load(format!(
        "what plugin {:?} may reach takes {bytes} bytes to write, at most {PROGRAM_BYTES_MAX}: name folders instead of the files in them",
        launch.plugin.name()
    )))
}

fn expect_end(pump: &mut Pump) -> Result<(), Fault> {
    match pump.turn()? {
        Turn::Finished(_) => Ok(()),
        Turn::Frame(_) => Err(pump.fail(Fault::protocol("data where none was asked for"))),
    }
}

fn schema_of(frame: Vec<u8>) -> Result<SchemaRef, String> {
    let mut decoder = Decoder::new(frame.len());
    match decoder.decode(frame)? {
        Some(_) => Err("a batch where a schema was expected".into()),
        None => decoder
            .schema()
            .cloned()
            .ok_or_else(|| "a frame without a schema".into()),
    }
}

fn join(streams: Option<Vec<StreamSpec>>, schemas: Vec<SchemaRef>) -> Result<Vec<DiscoveredStream>, String> {
    let Some(streams) = streams else {
        return Err("no answer to 'discover'".into());
    };
    if streams.len() != schemas.len() {
        return Err(format!(
            "{} streams, but {} schemas",
            streams.len(),
            schemas.len()
        ));
    }
    let both = streams.into_iter().zip(schemas);
    Ok(both
        .map(|(spec, schema)| DiscoveredStream { spec, schema })
        .collect())
}
