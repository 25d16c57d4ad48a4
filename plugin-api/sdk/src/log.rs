//! Sends this plugin's `tracing` events to the host.
//! Here because a plugin has its own copy of `tracing`, whose events would otherwise go nowhere.
//! In: events up to `LEVEL_MAX`. Out: `log(level, target, "message field=value")` of the calling thread's instance,
//! or of the latest one for threads the connector started itself. Not here: spans, formatting, rate limits (the host).

use crate::host::Host;
use plugin_abi::level;
use std::cell::RefCell;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The most detailed level that is forwarded.
const LEVEL_MAX: Level = Level::INFO;

static LATEST: Mutex<Option<Weak<dyn Host>>> = Mutex::new(None);

thread_local! {
    static CURRENT: RefCell<Option<Arc<dyn Host>>> = const { RefCell::new(None) };
}

/// Installs the subscriber of this plugin, once; a test binary that has its own keeps it.
pub(crate) fn install(host: &Arc<dyn Host>) {
    static ONCE: Once = Once::new();
    *LATEST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::downgrade(host));
    ONCE.call_once(|| {
        // Refused only when somebody else installed one first, who then wants the events.
        let _ = tracing::subscriber::set_global_default(ToHost);
    });
}

/// Makes `host` the receiver of this thread's events while `call` runs.
pub(crate) fn with_host<T>(host: &Arc<dyn Host>, call: impl FnOnce() -> T) -> T {
    let outer = CURRENT.with(|current| current.replace(Some(Arc::clone(host))));
    let result = call();
    CURRENT.with(|current| current.replace(outer));
    result
}

fn host() -> Option<Arc<dyn Host>> {
    let current = CURRENT.try_with(|current| current.try_borrow().ok().and_then(|host| host.clone()));
    match current {
        Ok(Some(host)) => Some(host),
        Ok(None) | Err(_) => LATEST
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()?
            .upgrade(),
    }
}

struct ToHost;

impl Subscriber for ToHost {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= LEVEL_MAX
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(LEVEL_MAX.into())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let Some(host) = host() else { return };
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        host.log(level_code(*metadata.level()), metadata.target(), &text.whole());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn level_code(level: Level) -> i32 {
    match level {
        Level::ERROR => level::ERROR,
        Level::WARN => level::WARN,
        Level::INFO => level::INFO,
        Level::DEBUG => level::DEBUG,
        Level::TRACE => level::TRACE,
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn whole(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            name => {
                let _ = write!(self.fields, " {name}={value}");
            }
        }
    }
}
