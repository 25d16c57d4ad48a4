//! The child's half of the control channel: what the plugin tells goes up, a cancel comes down.
//! Here as the plugin's callbacks in child mode.
//! In: callbacks from any thread, lines from the hub. Out: lines to the hub, the cancel flag.
//! Not here: the data.

use crate::limits::{LOG_LINE_BYTES_MAX, PROGRESS_INTERVAL};
use crate::wire::{Down, Up};
use crate::{Checkpoint, Progress};
use plugin_abi::Category;
use plugin_abi::ffi::{Callbacks, Canceller, Failure};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// The level of a warning.
const WARNING: i32 = 2;

#[derive(Clone)]
pub(super) struct ToParent(Arc<Inner>);

struct Inner {
    control: Mutex<UnixStream>,
    secrets: BTreeMap<String, String>,
    cancelled: AtomicBool,
    canceller: Mutex<Option<Canceller>>,
    last_progress: Mutex<Option<Instant>>,
}

impl ToParent {
    pub(super) fn new(control: UnixStream, secrets: BTreeMap<String, String>) -> ToParent {
        ToParent(Arc::new(Inner {
            control: Mutex::new(control),
            secrets,
            cancelled: AtomicBool::new(false),
            canceller: Mutex::new(None),
            last_progress: Mutex::new(None),
        }))
    }

    /// Waits for a cancel in a thread of its own; `rest` are bytes that came with the job.
    pub(super) fn listen(&self, rest: Vec<u8>) {
        let inner = Arc::clone(&self.0);
        let Ok(down) = inner
            .control
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_clone()
        else {
            return;
        };
        let run = move || {
            for line in BufReader::new(Cursor::new(rest).chain(down)).lines() {
                let Ok(line) = line else { break };
                if matches!(serde_json::from_str(&line), Ok(Down::Cancel)) {
                    inner.cancel();
                }
            }
            // The hub is gone: nobody wants the rest.
            inner.cancel();
        };
        // Without it the hub's watchdog kills instead of asking first.
        let _ = thread::Builder::new().name("control".into()).spawn(run);
    }

    /// Tells whom a cancel concerns; one that came earlier is passed on at once.
    pub(super) fn cancels(&self, canceller: Canceller) {
        if self.0.cancelled.load(Ordering::SeqCst) {
            canceller.cancel();
        }
        *self.0.canceller.lock().unwrap_or_else(PoisonError::into_inner) = Some(canceller);
    }

    /// Something of the hub's own to say in the plugin's log.
    pub(super) fn warn(&self, message: &str) {
        let warning = Up::Log {
            level: WARNING,
            target: "connector_host".to_owned(),
            message: message.to_owned(),
        };
        // A parent that is gone is noticed by the plugin's own messages.
        let _ = self.send(&warning);
    }

    pub(super) fn send(&self, message: &Up) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0
            .control
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&line)
    }

    pub(super) fn tell(&self, message: &Up) -> Result<(), Failure> {
        self.send(message)
            .map_err(|error| Failure::new(Category::Internal, format!("the hub does not read: {error}")))
    }
}

impl Inner {
    fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(canceller) = self
            .canceller
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
        {
            canceller.cancel();
        }
    }
}

impl Callbacks for ToParent {
    fn log(&self, level: i32, target: String, mut message: String) {
        if message.len() > LOG_LINE_BYTES_MAX {
            let end = (0..=LOG_LINE_BYTES_MAX)
                .rev()
                .find(|end| message.is_char_boundary(*end))
                .unwrap_or(0);
            message.truncate(end);
        }
        // A hub that does not read is noticed by the data.
        let _ = self.send(&Up::Log {
            level,
            target,
            message,
        });
    }

    fn progress(&self, rows: u64, bytes: u64, total: u64) {
        let mut last = self
            .0
            .last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= PROGRESS_INTERVAL) {
            *last = Some(Instant::now());
            drop(last);
            let _ = self.send(&Up::Progress(Progress { rows, bytes, total }));
        }
    }

    fn checkpoint(&self, stream: String, after_batch: u64, state_json: String) -> Result<(), Category> {
        let state = serde_json::from_str(&state_json).map_err(|_| Category::Internal)?;
        let checkpoint = Checkpoint {
            stream,
            after_batch,
            state,
        };
        self.send(&Up::Checkpoint(checkpoint))
            .map_err(|_| Category::Internal)
    }

    fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.0.secrets.get(name).cloned()
    }
}
