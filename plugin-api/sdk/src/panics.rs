//! Panics: every entry catches its own, and none on another thread goes unnoticed.
//! Here because a swallowed panic of a worker thread looks like the end of a stream, and its rows are lost silently.
//! In: the panic hook of this plugin's copy of the standard library. Out: `Result`s and a ledger per instance.
//! Not here: what the host does about it.

use crate::Error;
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// Panics of threads that were not inside one of our entries, since the plugin was loaded.
static ELSEWHERE: AtomicU64 = AtomicU64::new(0);
static ELSEWHERE_LAST: Mutex<String> = Mutex::new(String::new());

thread_local! {
    /// Panics seen on this thread during the current entry; `None` outside of entries.
    static IN_CALL: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Puts the noticing hook before the standard one, once.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let standard = take_hook();
        set_hook(Box::new(move |info| {
            notice(info);
            standard(info);
        }));
    });
}

fn notice(info: &PanicHookInfo<'_>) {
    let text = payload_text(info.payload());
    let text = match info.location() {
        Some(place) => format!("{text} at {place}"),
        None => text,
    };
    let outside = IN_CALL.try_with(|calls| match calls.try_borrow_mut() {
        Ok(mut calls) => match calls.as_mut() {
            Some(calls) => {
                calls.push(text.clone());
                false
            }
            None => true,
        },
        Err(_) => true,
    });
    if outside.unwrap_or(true) {
        *ELSEWHERE_LAST.lock().unwrap_or_else(PoisonError::into_inner) = text;
        ELSEWHERE.fetch_add(1, Ordering::SeqCst);
    }
}

/// Runs one entry. A panic becomes an error flagged as such; panics the connector itself caught go to the ledger.
pub(crate) fn guard<T>(
    ledger: Option<&Ledger>,
    entry: &str,
    call: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let outer = IN_CALL.with(|calls| calls.replace(Some(Vec::new())));
    let result = catch_unwind(AssertUnwindSafe(call));
    let seen = IN_CALL.with(|calls| calls.replace(outer)).unwrap_or_default();
    match result {
        Ok(result) => {
            if let (Some(ledger), false) = (ledger, seen.is_empty()) {
                ledger
                    .swallowed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(seen);
            }
            result
        }
        Err(payload) => {
            let text = payload_text(payload.as_ref());
            // Dropping a payload runs the connector's code once more, which may panic again.
            std::mem::forget(payload);
            let mut error = Error::internal(format!("plugin panicked: {text} in {entry}"));
            error.panicked = true;
            Err(error)
        }
    }
}

fn payload_text(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "(no text)".to_owned(),
    }
}

/// What one instance has seen and dealt with.
pub(crate) struct Ledger {
    elsewhere_known: AtomicU64,
    swallowed: Mutex<Vec<String>>,
}

impl Ledger {
    pub(crate) fn start() -> Ledger {
        Ledger {
            elsewhere_known: AtomicU64::new(ELSEWHERE.load(Ordering::SeqCst)),
            swallowed: Mutex::default(),
        }
    }

    pub(crate) fn acknowledge(&self) {
        self.elsewhere_known
            .store(ELSEWHERE.load(Ordering::SeqCst), Ordering::SeqCst);
        self.swallowed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        IN_CALL.with(|calls| {
            if let Some(calls) = calls.borrow_mut().as_mut() {
                calls.clear();
            }
        });
    }

    /// An error when a panic happened that nobody acknowledged.
    pub(crate) fn verdict(&self) -> Result<(), Error> {
        let swallowed = self
            .swallowed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last()
            .cloned();
        let elsewhere = ELSEWHERE.load(Ordering::SeqCst) > self.elsewhere_known.load(Ordering::SeqCst);
        let text = match (swallowed, elsewhere) {
            (Some(text), _) => text,
            (None, true) => ELSEWHERE_LAST
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            (None, false) => return Ok(()),
        };
        let mut error = Error::internal(format!(
            "a thread of the plugin panicked, rows may be missing: {text}"
        ));
        error.panicked = true;
        Err(error)
    }
}
