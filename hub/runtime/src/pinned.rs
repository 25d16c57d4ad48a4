//! Whether every plugin that is wanted is pinned, and every pinned one is there and unchanged.
//! Here because a plugin that was replaced is refused at its next run, which may be tonight: somebody should know by day.
//! In: settings. Out: a sentence for each that is amiss.
//! Not here: loading; the bytes that run are checked again when they run (plugin host).

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plugin_host::Lock;

use crate::settings::Settings;

/// What is amiss with the plugins of `settings`, a sentence each. Reads every one of them whole.
///
/// # Errors
/// What is wrong with the lock file.
pub fn amiss(settings: &Settings) -> Result<Vec<String>, String> {
    let lock = Lock::load(&settings.plugins_lock).map_err(|error| error.to_string())?;
    let mut wrong: Vec<String> = lock
        .entries()
        .iter()
        .filter_map(|entry| {
            let verified = lock.verify(&entry.name, &settings.plugins_dir, &settings.trust);
            verified.err().map(|error| error.to_string())
        })
        .collect();
    let wanted = settings.connectors.iter().map(|connector| &connector.plugin);
    for plugin in wanted.chain(&settings.worksheet_plugin) {
        let message = format!("{plugin}：配置要用，但未登记 / {plugin} is configured and not pinned");
        if !lock.entries().iter().any(|entry| entry.name == *plugin) && !wrong.contains(&message) {
            wrong.push(message);
        }
    }
    Ok(wrong)
}

/// Looks at plugins again only when a file changed: reading them all takes a second, and somebody asks every few.
#[derive(Debug, Default)]
pub struct Watched {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// What `amiss` is of.
    stamp: Option<Vec<Stamp>>,
    amiss: Vec<String>,
    looking: bool,
}

/// By what a changed file is told without reading it: number, bytes, seconds and nanoseconds of its last change.
type Stamp = Option<(u64, u64, i64, i64)>;

impl Watched {
    /// What was amiss when it was last looked at; where files changed since, somebody begins to look.
    #[must_use]
    pub fn amiss(self: &Arc<Self>, settings: &Arc<Settings>) -> Vec<String> {
        let now = stamp(settings);
        let mut seen = self.seen();
        if seen.stamp.as_ref() != Some(&now) && !seen.looking {
            seen.looking = true;
            let (this, settings) = (Arc::clone(self), Arc::clone(settings));
            // Nobody waits for it: it ends by itself, and the next who asks is told.
            tokio::task::spawn_blocking(move || {
                let amiss = amiss(&settings).unwrap_or_else(|told| vec![told]);
                *this.seen() = Seen {
                    stamp: Some(now),
                    amiss,
                    looking: false,
                };
            });
        }
        seen.amiss.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock file and every plugin it pins, as the folder lists them.
fn stamp(settings: &Settings) -> Vec<Stamp> {
    let of = |path: &Path| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.ino(), about.size(), about.mtime(), about.mtime_nsec()))
    };
    let mut stamps = vec![of(&settings.plugins_lock)];
    // A lock that cannot be read is told when it is looked at.
    if let Ok(lock) = Lock::load(&settings.plugins_lock) {
        let files = lock.entries().iter();
        stamps.extend(files.map(|entry| of(&settings.plugins_dir.join(&entry.file))));
    }
    stamps
}
