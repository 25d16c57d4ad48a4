//! Reads the configuration anew for a service that runs.
//! Here because only the binary knows files, rules and runtime together, and all of them must be right before one holds.
//! In: who asks. Out: what holds now; or every reason why the one before goes on.
//! Not here: what goes by it (runtime), the doors it is asked through (web, serve).

use std::path::PathBuf;
use std::sync::{Arc, Mutex as Quick, PoisonError};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_engine::Engine;
use hub_runtime::clock;
use hub_runtime::reload::{LastReload, NotReloaded, Reason, ReloadAsked, Reloaded, Reloads, Running};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::app::{self, App};
use crate::book::Book;
use crate::settings::{self, Loaded};
use crate::{exit, log};

/// Reads configurations for a service.
pub(crate) struct Reloader {
    dir: PathBuf,
    engine: Engine,
    threads: Handle,
    running: Running,
    /// What holds; one reload after the other.
    held: Mutex<Held>,
    /// How the last one went; never locked over a wait.
    last: Quick<LastReload>,
    /// Told before files are read, and after.
    told: Box<dyn Fn(Stage) + Send + Sync>,
}

/// How far a reload is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage {
    /// It begins.
    Begins,
    /// It is over, and so many rules hold.
    Over(usize),
}

struct Held {
    loaded: Loaded,
    book: Arc<Book>,
}

impl Reloader {
    /// For the service that `app` was opened for; `told` hears of every reload.
    pub(crate) fn new(app: &App, running: Running, told: Box<dyn Fn(Stage) + Send + Sync>) -> Arc<Self> {
        Arc::new(Self {
            dir: app.loaded.dir.clone(),
            engine: app.engine.clone(),
            threads: app.threads.clone(),
            running,
            held: Mutex::new(Held {
                loaded: app.loaded.clone(),
                book: app.book_as_used(),
            }),
            last: Quick::new(LastReload {
                taken: true,
                taken_ms: clock::now_ms(),
            }),
            told,
        })
    }

    /// Remembers how it went.
    fn went(&self, taken: bool) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.taken = taken;
        if taken {
            last.taken_ms = clock::now_ms();
        }
    }

    async fn read_anew(&self, asked: &ReloadAsked, held: &mut Held) -> Result<Reloaded, Refused> {
        let began = Instant::now();
        let dir = self.dir.clone();
        let reading = tokio::task::spawn_blocking(move || settings::load_whole(&dir));
        let (loaded, book) = reading.await.map_err(ours)?.map_err(|error| written(&error))?;
        settings::unchangeable(&held.loaded, &loaded).map_err(|error| written(&error))?;
        let book = Book::of(book);
        let (trying, engine, before) = (Arc::clone(&book), self.engine.clone(), Arc::clone(&held.book));
        let work = async move { trying.admitted_beside(&engine, &before).await };
        let admitted = self.threads.spawn(work).await.map_err(ours)?.map_err(ours)?;
        if !admitted.refused.is_empty() {
            let reasons = admitted.refused.iter().map(|refused| reason(&refused.why));
            return Err(Refused {
                reasons: reasons.collect(),
                written: true,
            });
        }
        let sources =
            app::sources(&loaded, &book, &self.engine, &self.threads).map_err(|error| written(&error))?;
        let before = held.loaded.files.hash.clone();
        let going = self.running.goes_by(sources, &loaded.files, (asked, &before));
        going.await.map_err(|error| written(&error.into()))?;
        log::level(&loaded.log.0);
        let settings = &loaded.settings;
        let reloaded = Reloaded {
            configuration: loaded.files.hash.clone(),
            changed: before != loaded.files.hash,
            before,
            connectors: settings.connectors.len(),
            channels: settings.channels.len(),
            schedules: settings.schedules.definitions().len(),
            rules: admitted.rules.len(),
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        *held = Held { loaded, book };
        Ok(reloaded)
    }
}

impl Reloads for Reloader {
    fn last(&self) -> LastReload {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reload(&self, asked: ReloadAsked) -> BoxFuture<'_, Result<Reloaded, NotReloaded>> {
        async move {
            let mut held = self.held.lock().await;
            (self.told)(Stage::Begins);
            let done = self.read_anew(&asked, &mut held).await;
            self.went(done.is_ok());
            (self.told)(Stage::Over(held.book.loaded.rules.len()));
            match &done {
                Ok(reloaded) => tracing::info!(
                    event = "configuration.reloaded",
                    configuration = reloaded.configuration,
                    from = reloaded.before,
                    elapsed_ms = reloaded.took_ms,
                    "the configuration was read anew and holds"
                ),
                Err(refused) => {
                    for reason in &refused.reasons {
                        tracing::error!(
                            event = "configuration.refused",
                            configuration = held.loaded.files.hash,
                            why = reason.message,
                            "the configuration was not taken; the one before goes on"
                        );
                    }
                }
            }
            done.map_err(|refused| NotReloaded {
                configuration: held.loaded.files.hash.clone(),
                reasons: refused.reasons,
                written: refused.written,
            })
        }
        .boxed()
    }
}

/// Why it was not taken.
struct Refused {
    reasons: Vec<Reason>,
    /// Whether the fault lies in what is written.
    written: bool,
}

/// What is written, or what it speaks of, is wrong.
fn written(error: &anyhow::Error) -> Refused {
    Refused {
        reasons: vec![reason(&exit::told(error))],
        written: exit::is_configuration(error),
    }
}

/// Something of ours refused.
fn ours(error: impl Into<anyhow::Error>) -> Refused {
    Refused {
        reasons: vec![reason(&exit::told(&error.into()))],
        written: false,
    }
}

/// A reason, with the place its text begins with.
fn reason(message: &str) -> Reason {
    let place = || {
        let (place, _) = message.split_once(": ")?;
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some((parts.next()?.to_owned(), line, column))
    };
    let place = place();
    Reason {
        file: place.as_ref().map(|(file, _, _)| file.clone()),
        line: place.as_ref().map(|(_, line, _)| *line),
        column: place.map(|(_, _, column)| column),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_knows_the_place_it_begins_with() {
        let told = reason("/etc/hub/hub.toml:3:14: log.level: no such level");
        assert_eq!(
            (told.file.as_deref(), told.line, told.column),
            (Some("/etc/hub/hub.toml"), Some(3), Some(14))
        );
        assert_eq!(told.message, "/etc/hub/hub.toml:3:14: log.level: no such level");
        for placeless in ["no file", "12: x", "a:b:c: d"] {
            assert_eq!(reason(placeless).file, None, "{placeless}");
        }
    }
}
