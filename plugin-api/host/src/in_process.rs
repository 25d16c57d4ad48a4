//! Runs a plugin in this very process.
//! Here for plugins the organisation builds itself: no copy, no child, and no protection from crashes and hangs.
//! In: a checked file, the job. Out: the same answers as a child gives.
//! Not here: limits and the watchdog; a process cannot set them for a part of itself.

use crate::calls::{self, Reading};
use crate::ffi::load;
use crate::log::Journal;
use crate::{Cause, Checkpoint, Fault, Launch, Progress, ReadReport, Verified};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use plugin_abi::ffi::{Callbacks, Failure, OpenInstance, Plugin};
use plugin_abi::{Category, FLAG_CHILD_ONLY};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The plugin behind these bytes, loaded once a process and never unloaded.
pub(crate) fn plugin(verified: &Verified) -> Result<Plugin, Fault> {
    static LOADED: Mutex<Option<HashMap<String, Plugin>>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let loaded = loaded.get_or_insert_default();
    if let Some(plugin) = loaded.get(verified.sha256()) {
        return Ok(*plugin);
    }
    if verified.program().is_some() {
        return Err(Fault::load(format!(
            "plugin {:?} is a program, which runs in a process of its own: take isolation = \"in-process\" out",
            verified.name()
        )));
    }
    let file = verified
        .descriptor()
        .try_clone_to_owned()
        .map_err(|error| Fault::load(error.to_string()))?;
    // Never closed: the loader recognises files by path, and this path holds the descriptor's number.
    let file = Box::leak(Box::new(file));
    let plugin = load(std::os::fd::AsFd::as_fd(file)).map_err(Fault::load)?;
    if plugin.flags() & FLAG_CHILD_ONLY != 0 {
        return Err(Fault::load(format!(
            "plugin {:?} asks for a process of its own",
            verified.name()
        )));
    }
    loaded.insert(verified.sha256().to_owned(), plugin);
    Ok(plugin)
}

/// What the plugin tells, kept for whoever holds the session.
#[derive(Clone)]
pub(crate) struct Shared {
    journal: Journal,
    secrets: Arc<BTreeMap<String, Zeroizing<String>>>,
    told: Arc<Mutex<Told>>,
    asked: Arc<AtomicBool>,
}

#[derive(Default)]
struct Told {
    checkpoints: Vec<Checkpoint>,
    progress: Progress,
}

impl Shared {
    pub(crate) fn new(launch: &Launch, asked: Arc<AtomicBool>) -> Shared {
        let secrets = launch
            .secrets
            .iter()
            .map(|(name, text)| (name.clone(), Zeroizing::new(text.clone())));
        Shared {
            journal: Journal::new(Arc::clone(&launch.log)),
            secrets: Arc::new(secrets.collect()),
            told: Arc::default(),
            asked,
        }
    }

    pub(crate) fn fault(&self, failure: Failure) -> Fault {
        let mut fault = Fault::from(failure);
        fault.log_tail = self.journal.tail();
        fault
    }

    /// Opens an instance; the caller cancels by the flag and by the handle given to `opened`.
    pub(crate) fn open(
        &self,
        launch: &Launch,
        opened: impl FnOnce(plugin_abi::ffi::Canceller),
    ) -> Result<OpenInstance, Fault> {
        let plugin = plugin(&launch.plugin)?;
        calls::open(&plugin, &launch.config, Box::new(self.clone()), opened)
            .map_err(|failure| self.fault(failure))
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Callbacks for Shared {
    fn log(&self, level: i32, target: String, message: String) {
        self.journal.line(level, target, &message);
    }

    fn progress(&self, rows: u64, bytes: u64, total: u64) {
        self.told().progress = Progress { rows, bytes, total };
    }

    fn checkpoint(&self, stream: String, after_batch: u64, state_json: String) -> Result<(), Category> {
        let state = serde_json::from_str(&state_json).map_err(|_| Category::Internal)?;
        let mut told = self.told();
        if told.checkpoints.len() == crate::limits::CHECKPOINTS_MAX {
            told.checkpoints.remove(0);
        }
        told.checkpoints.push(Checkpoint {
            stream,
            after_batch,
            state,
        });
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name).map(|text| text.to_string())
    }
}

/// A read in this process.
pub(crate) struct Running {
    /// `None` after the end: the stream is released and the instance closed at once.
    reading: Option<Reading>,
    schema: SchemaRef,
    shared: Shared,
}

impl Running {
    pub(crate) fn new(reading: Reading, shared: Shared) -> Running {
        let schema = Arc::clone(reading.schema());
        Running {
            reading: Some(reading),
            schema,
            shared,
        }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(crate) fn next(&mut self, report: &mut ReadReport) -> Result<Option<RecordBatch>, Fault> {
        let Some(reading) = &mut self.reading else {
            return Ok(None);
        };
        let next = reading.next();
        if !matches!(next, Ok(Some(_))) {
            self.reading = None;
        }
        match next {
            Ok(Some(batch)) => Ok(Some(batch)),
            Ok(None) => {
                let batches = report.batches;
                if let Some(early) = self
                    .checkpoints()
                    .iter()
                    .find(|point| point.after_batch > batches)
                {
                    let message = format!(
                        "a checkpoint after batch {}, but {batches} came",
                        early.after_batch
                    );
                    return Err(Fault::new(Category::Internal, Cause::Protocol, message));
                }
                report.complete = true;
                Ok(None)
            }
            Err(failure) => Err(self.shared.fault(failure)),
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.shared.told().progress
    }

    pub(crate) fn checkpoints(&self) -> Vec<Checkpoint> {
        self.shared.told().checkpoints.clone()
    }

    pub(crate) fn log_tail(&self) -> Vec<String> {
        self.shared.journal.tail()
    }
}
