//! Logs go to stderr: lines for people on a terminal, JSON elsewhere.
//! Here because which of them are written is a setting, and one that changes while a service runs.
//! In: a filter such as `info,sqlx=warn`. Out: lines.
//! Not here: what is logged.

use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;

/// Changes what is written from now on.
static CHANGE: OnceLock<Box<dyn Fn(EnvFilter) + Send + Sync>> = OnceLock::new();

/// Begins to log what `level` lets through.
pub(crate) fn begin(level: &str) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_writer(std::io::stderr);
    let (set, change): (_, Box<dyn Fn(EnvFilter) + Send + Sync>) = if std::io::stderr().is_terminal() {
        let builder = builder.with_filter_reloading();
        let handle = builder.reload_handle();
        (
            builder.try_init(),
            Box::new(move |filter| told(handle.reload(filter))),
        )
    } else {
        let builder = builder.json().with_filter_reloading();
        let handle = builder.reload_handle();
        (
            builder.try_init(),
            Box::new(move |filter| told(handle.reload(filter))),
        )
    };
    match set {
        Ok(()) => drop(CHANGE.set(change)),
        Err(error) => eprintln!("logging: {error}"),
    }
}

/// Logs what `level` lets through from now on.
pub(crate) fn level(level: &str) {
    if let Some(change) = CHANGE.get() {
        change(filter(level));
    }
}

fn told(changed: Result<(), tracing_subscriber::reload::Error>) {
    if let Err(error) = changed {
        eprintln!("logging: {error}");
    }
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}
