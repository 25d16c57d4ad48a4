//! A host in memory.
//! Here so that unit tests of a connector can call it directly, without the ABI.
//! In: secrets, a cancel. Out: a `Context`, and afterwards what was logged, reported and checkpointed.
//! Not here: any check.

use crate::Context;
use crate::host::Host;
use plugin_abi::Category;
use plugin_abi::ffi::Callbacks;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One checkpoint as the connector left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The stream.
    pub stream: String,
    /// Batches of this read that must be durable first.
    pub after_batch: u64,
    /// The connector's own.
    pub state: Value,
}

/// Records what a connector tells its host.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Inner>);

#[derive(Default)]
struct Inner {
    secrets: BTreeMap<String, String>,
    cancelled: AtomicBool,
    log: Mutex<Vec<String>>,
    progress: Mutex<Option<(u64, u64, u64)>>,
    checkpoints: Mutex<Vec<Checkpoint>>,
}

impl Recorder {
    /// A host that grants these secrets.
    pub fn new<K: Into<String>, V: Into<String>>(secrets: impl IntoIterator<Item = (K, V)>) -> Recorder {
        let secrets = secrets
            .into_iter()
            .map(|(name, text)| (name.into(), text.into()))
            .collect();
        Recorder(Arc::new(Inner {
            secrets,
            ..Inner::default()
        }))
    }

    /// A context whose calls are recorded here.
    pub fn context(&self) -> Context {
        let inner = Arc::clone(&self.0);
        Context::new(inner)
    }

    pub(crate) fn callbacks(&self) -> Box<dyn Callbacks> {
        Box::new(Recorder(Arc::clone(&self.0)))
    }

    /// Forgets what was told, and any cancel.
    pub fn reset(&self) {
        self.0.cancelled.store(false, Ordering::Relaxed);
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0
            .checkpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Asks the connector to stop.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Log lines so far, as `level target: message`.
    pub fn log(&self) -> Vec<String> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last progress: rows, bytes, total rows or 0.
    pub fn progress(&self) -> Option<(u64, u64, u64)> {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checkpoints so far, in order.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        self.0
            .checkpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Host for Inner {
    fn log(&self, level: i32, target: &str, message: &str) {
        let line = format!("{level} {target}: {message}");
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn progress(&self, rows: u64, bytes: u64, total: u64) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some((rows, bytes, total));
    }

    fn checkpoint(&self, stream: &str, after_batch: u64, state: &str) -> Result<(), Category> {
        let state = serde_json::from_str(state).map_err(|_| Category::Internal)?;
        let checkpoint = Checkpoint {
            stream: stream.to_owned(),
            after_batch,
            state,
        };
        self.checkpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(checkpoint);
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn secret(&self, name: &str) -> Result<String, Category> {
        self.secrets.get(name).cloned().ok_or(Category::NotFound)
    }
}

impl Callbacks for Recorder {
    fn log(&self, level: i32, target: String, message: String) {
        Host::log(&*self.0, level, &target, &message);
    }

    fn progress(&self, rows: u64, bytes: u64, total: u64) {
        Host::progress(&*self.0, rows, bytes, total);
    }

    fn checkpoint(&self, stream: String, after_batch: u64, state_json: String) -> Result<(), Category> {
        Host::checkpoint(&*self.0, &stream, after_batch, &state_json)
    }

    fn is_cancelled(&self) -> bool {
        Host::is_cancelled(&*self.0)
    }

    fn secret(&self, name: &str) -> Option<String> {
        Host::secret(&*self.0, name).ok()
    }
}
