//! The log: to stderr for whoever runs the hub, and to a file for each run.
//! Here because there is one place where a line is made, and nothing else may be in it than is listed (fields).
//! In: events of `tracing`, and its spans. Out: lines for people on a terminal, JSON elsewhere, or as the settings say; spans for a collector.
//! Not here: what is logged.

mod fields;
mod line;
#[cfg(feature = "otel")]
mod otel;
mod runs;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

pub(crate) use line::said;

use crate::settings::Collector;
use line::Line;
use runs::RUNS;

/// How lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// As text on a terminal, as JSON elsewhere.
    #[default]
    Auto,
    /// As text.
    Text,
    /// As JSON.
    Json,
}

/// Changes what goes to stderr from now on.
static CHANGE: OnceLock<Handle<EnvFilter, Registry>> = OnceLock::new();

/// Begins to log to stderr, by the filter `level`.
pub(crate) fn start(level: &str, format: Format) {
    start_told(level, format, None);
}

/// The same, and tells spans to `collector`.
pub(crate) fn start_told(level: &str, format: Format, collector: Option<&Collector>) {
    let (filter, change) = reload::Layer::new(filter(level));
    let terminal = std::io::stderr().is_terminal();
    let stderr = Stderr {
        json: match format {
            Format::Auto => !terminal,
            Format::Text => false,
            Format::Json => true,
        },
        coloured: crate::out::coloured(terminal),
    };
    let kept = Kept.with_filter(LevelFilter::INFO);
    let layers = Registry::default().with(stderr.with_filter(filter)).with(kept);
    #[cfg(feature = "otel")]
    let layers = layers.with(otel::layer(collector));
    // Settings that name one are refused by a binary that cannot tell it anything.
    #[cfg(not(feature = "otel"))]
    debug_assert!(collector.is_none(), "a collector, and nobody to tell it");
    match layers.try_init() {
        Ok(()) => drop(CHANGE.set(change)),
        Err(error) => eprintln!("logging: {error}"),
    }
}

/// Logs to stderr by the filter `level` from now on; the files of runs are not filtered by it.
pub(crate) fn level(level: &str) {
    if let Some(change) = CHANGE.get() {
        // There is nothing to change any more only when the process ends.
        let _ = change.reload(filter(level));
    }
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Tells what waits to be told, for a moment: whoever ends the process calls it last.
pub(crate) fn finish() {
    #[cfg(feature = "otel")]
    otel::finish();
}

/// Keeps a log of each run below `data_dir`, whose lease this process holds.
pub(crate) fn keep_runs(data_dir: &Path) {
    RUNS.keep_in(data_dir);
}

struct Stderr {
    json: bool,
    coloured: bool,
}

impl<S: Subscriber> Layer<S> for Stderr {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let line = Line::of(event);
        let text = if self.json {
            line.json()
        } else {
            line.text(self.coloured)
        };
        crate::progress::beside(|| {
            // Whoever closed it does not want to know.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        });
    }
}

struct Kept;

impl<S: Subscriber> Layer<S> for Kept {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Most events name no run.
        if event.fields().any(|field| field.name() == "run") {
            RUNS.keep(&Line::of(event));
        }
    }
}
