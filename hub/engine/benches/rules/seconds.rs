//! How long each rule took, as the engine logs it.
//! Here because rules share what they read, and one measured alone tells nothing about it among others.
//! In: the engine's debug events. Out: rules with their seconds.
//! Not here: what is printed of it.

use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

/// The event that tells of a rule.
const TARGET: &str = "hub_engine::cross_check";

/// Rules with their seconds.
#[derive(Clone, Default)]
pub(crate) struct Seconds(Arc<Mutex<Vec<(String, f64)>>>);

impl Seconds {
    /// Begins to listen, once for the whole process.
    pub(crate) fn listen() -> Self {
        let seconds = Self::default();
        tracing::subscriber::set_global_default(seconds.clone()).unwrap();
        seconds
    }

    pub(crate) fn take(&self) -> Vec<(String, f64)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Subscriber for Seconds {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == TARGET
    }

    fn event(&self, event: &Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        self.0.lock().unwrap().push((told.rule, told.seconds));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Told {
    rule: String,
    seconds: f64,
}

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "elapsed_ms" {
            self.seconds = value as f64 / 1000.0;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "rule" {
            self.rule = format!("{value:?}");
        }
    }
}
