//! The connector's way to the world: cancel flag, progress, checkpoints, secrets, and a runtime for async clients.
//! Here so that an author needs no global state and no runtime of their own.
//! In: calls of the connector, from any of its threads. Out: calls of the host; `Error::cancelled` within 50 ms.
//! Not here: HTTP, files; those are libraries of the connector.

use crate::host::Host;
use crate::{Error, panics};
use plugin_abi::{Category, EXPLAIN_TARGET, REMARK_TARGET, level};
use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

/// How often a waiting `block_on` or `sleep` looks at the cancel flag.
const CANCEL_POLL: Duration = Duration::from_millis(20);

/// Longest remark, in characters.
pub(crate) const REMARK_CHARS_MAX: usize = 500;

/// Handed to every call; cheap to clone and to keep.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    host: Arc<dyn Host>,
    cancelled: AtomicBool,
    preview: AtomicBool,
    panics: panics::Ledger,
    runtime: OnceLock<Runtime>,
}

impl Context {
    pub(crate) fn new(host: Arc<dyn Host>) -> Context {
        Context {
            inner: Arc::new(Inner {
                host,
                cancelled: AtomicBool::new(false),
                preview: AtomicBool::new(false),
                panics: panics::Ledger::start(),
                runtime: OnceLock::new(),
            }),
        }
    }

    /// Whether the work should stop. Look at it at least every few hundred milliseconds.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Relaxed) || self.inner.host.is_cancelled()
    }

    /// `Err(cancelled)` when the work should stop, for use with `?`.
    ///
    /// # Errors
    /// `cancelled`.
    pub fn ensure_running(&self) -> Result<(), Error> {
        if self.is_cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }

    /// Tells how far the read is. Also the heartbeat that keeps a slow source from being taken for a hung one.
    pub fn progress(&self, rows: u64, bytes: u64, total_rows: Option<u64>) {
        self.inner.host.progress(rows, bytes, total_rows.unwrap_or(0));
    }

    /// Tells a person something about this read though nothing failed: columns nobody asked for, hidden rows, a file left
    /// out. One sentence in Chinese, cut at 500 characters; never a name, an ID number or a cell's value.
    /// It travels as a log line whose target is `plugin_abi::REMARK_TARGET`, so that a host may keep it with the run.
    pub fn remark(&self, sentence: &str) {
        self.say(level::INFO, REMARK_TARGET, sentence);
    }

    /// Tells how the source was read, for whoever looks into it: which row was taken for the header. As [`Context::remark`],
    /// but kept with no run, and shown to those who ask (`hub connector preview --explain`).
    pub fn explain(&self, sentence: &str) {
        self.say(level::DEBUG, EXPLAIN_TARGET, sentence);
    }

    fn say(&self, level: i32, target: &str, sentence: &str) {
        let sentence: String = sentence.chars().take(REMARK_CHARS_MAX).collect();
        self.inner.host.log(level, target, &sentence);
    }

    /// Says that `state` may be saved once the first `after_batch` batches of this read are durable; the count
    /// starts at 1 with the first batch returned. A later read gets the state back. After no batch (0) it is saved even when
    /// the read fails: for what was spent rather than read, such as requests of a daily limit.
    ///
    /// # Errors
    /// `internal` when the state is not JSON; the host's category when it cannot take it.
    pub fn checkpoint(&self, stream: &str, after_batch: u64, state: &impl Serialize) -> Result<(), Error> {
        if self.inner.preview.load(Ordering::Relaxed) {
            return Ok(());
        }
        let state = serde_json::to_string(state)
            .map_err(|error| Error::internal(format!("the checkpoint of {stream:?} is not JSON: {error}")))?;
        self.inner
            .host
            .checkpoint(stream, after_batch, &state)
            .map_err(|category| Error::new(category, format!("the host refused a checkpoint of {stream:?}")))
    }

    /// A secret the operator granted to this connector.
    ///
    /// # Errors
    /// `auth` when it was not granted.
    pub fn secret(&self, name: &str) -> Result<Secret, Error> {
        match self.inner.host.secret(name) {
            Ok(text) => Ok(Secret(Zeroizing::new(text))),
            Err(Category::NotFound) => Err(Error::auth(format!("secret {name:?} was not granted"))),
            Err(category) => Err(Error::new(category, format!("secret {name:?} was not granted"))),
        }
    }

    /// Runs a future on this instance's own single-threaded runtime until it ends or the work is cancelled.
    ///
    /// # Errors
    /// `cancelled`; `internal` when the runtime cannot start.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        self.runtime()?.block_on(async {
            tokio::pin!(future);
            loop {
                if self.is_cancelled() {
                    return Err(Error::cancelled());
                }
                if let Ok(output) = tokio::time::timeout(CANCEL_POLL, &mut future).await {
                    return Ok(output);
                }
            }
        })
    }

    /// Waits, but not past a cancel.
    ///
    /// # Errors
    /// `cancelled`.
    pub fn sleep(&self, duration: Duration) -> Result<(), Error> {
        self.block_on(async move { tokio::time::sleep(duration).await })
    }

    /// Declares panics of this plugin's own threads as dealt with. Otherwise a stream in whose time a thread
    /// panicked ends with an error, because its rows may be missing.
    pub fn acknowledge_panics(&self) {
        self.inner.panics.acknowledge();
    }

    fn runtime(&self) -> Result<&Runtime, Error> {
        if let Some(runtime) = self.inner.runtime.get() {
            return Ok(runtime);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("the runtime did not start: {error}")))?;
        Ok(self.inner.runtime.get_or_init(|| runtime))
    }

    pub(crate) fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn set_preview(&self, preview: bool) {
        self.inner.preview.store(preview, Ordering::Relaxed);
    }

    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        &self.inner.host
    }

    pub(crate) fn panics(&self) -> &panics::Ledger {
        &self.inner.panics
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Context")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// A secret's text: wiped when dropped, never printed.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(***)")
    }
}
