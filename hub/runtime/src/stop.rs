//! Asking a run to stop, from wherever it is decided.
//! Here because whoever decides does not know where in its reading a run is.
//! In: a reason; the reading's own handle, as soon as there is one. Out: the first reason that was given.
//! Not here: when to ask (scheduler), how a plugin is stopped (plugin host).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plugin_host::Canceller;
use tokio_util::sync::CancellationToken;

/// Why a run is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It took longer than it may.
    Timeout,
    /// The window in which it may run ended.
    Window,
    /// A later one takes its place.
    Superseded,
    /// The service ends.
    Shutdown,
}

/// A wish that a run stops. It stops between two batches; what was read to the end is committed as ever.
#[derive(Clone, Default)]
pub struct Stop {
    inner: Arc<Mutex<Inner>>,
    told: CancellationToken,
}

#[derive(Default)]
struct Inner {
    asked: Option<StopReason>,
    reading: Option<Canceller>,
}

impl Stop {
    /// Asks; the first reason stands.
    pub fn ask(&self, reason: StopReason) {
        let mut inner = self.inner();
        inner.asked.get_or_insert(reason);
        if let Some(reading) = &inner.reading {
            reading.cancel();
        }
        drop(inner);
        self.told.cancel();
    }

    /// Why it was asked for, when it was.
    #[must_use]
    pub fn asked(&self) -> Option<StopReason> {
        self.inner().asked
    }

    /// Until it is asked for.
    pub async fn wait(&self) {
        self.told.cancelled().await;
    }

    /// What is read from now on is stopped by `reading`; at once, when that was asked for before.
    pub(crate) fn reads(&self, reading: Canceller) {
        let mut inner = self.inner();
        if inner.asked.is_some() {
            reading.cancel();
        }
        inner.reading = Some(reading);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
