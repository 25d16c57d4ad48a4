//! Answers that departments leave somewhere: looked for at intervals, done as if they had been asked, and answered where they lay.
//! Here because a department that can make no call must still be able to end a case.
//! In: channels with `answers`. Out: deeds, results in files and tables, a report of each round.
//! Not here: what an answer may say and whose cases it may be about (desk), sending events (relay).
//!
//! At least once, with the line's key: a hub that dies between a deed and its result finds the line again and does it once.

mod files;
mod letter;
mod sheets;
mod tables;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hub_model::case::Role;
use hub_store::Store;
use plugin_host::Host;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::channels::{AnswerFiles, Answers, Channel, Kind};
use crate::clock::{Clock, SystemClock};
use crate::desk::{Desk, Line, Refusal};
use crate::relay::no_endpoint;
use crate::rota::Rota;
use crate::settings::Settings;
use crate::{Acted, Result};
use sheets::Sheets;
use tables::TableAnswers;

/// What a round over one channel came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Collected {
    /// The channel.
    pub endpoint: String,
    /// Files that were taken.
    pub files: u64,
    /// Files that were refused as a whole.
    pub files_refused: u64,
    /// Answers that were done now.
    pub done: u64,
    /// Answers that had been done before, under the same key.
    pub repeated: u64,
    /// Answers that were refused, each with its reason where it lay.
    pub refused: u64,
    /// Why the round could not be made, or not to its end; what is left is taken by the next.
    pub trouble: Option<String>,
}

/// Takes answers of every channel that has some.
pub struct Collector {
    desk: Arc<Desk>,
    store: Store,
    boxes: Rota<Letterbox>,
    clock: Arc<dyn Clock>,
}

/// Where one channel's answers lie.
pub(crate) struct Letterbox {
    id: String,
    answers: Answers,
    kind: Lies,
    /// One round at a time: the service's, or one that a person asked for. Handed on to the box in its place.
    turn: Arc<Mutex<()>>,
}

enum Lies {
    Files(AnswerFiles),
    Table(Box<TableAnswers>),
    Sheets(Box<Sheets>),
}

/// What became of one answer.
enum Became {
    Done(Acted),
    Refused(Refusal),
}

impl Collector {
    /// A collector for the channels of `settings` that take answers, which `desk` does; plugins are started by `host`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, store: Store, settings: &Settings, host: &Host) -> Arc<Self> {
        Arc::new(Self {
            desk,
            store,
            boxes: Rota::new(boxes(settings, host)),
            clock: Arc::new(SystemClock),
        })
    }

    /// Looks where the channels of `settings` have answers, from now on; a round that is being made is ended first.
    pub(crate) fn goes_by(&self, settings: &Settings, host: &Host) {
        let (before, mut now) = (self.boxes.now(), boxes(settings, host));
        for letterbox in &mut now {
            if let Some(known) = before.iter().find(|known| known.id == letterbox.id) {
                letterbox.turn = Arc::clone(&known.turn);
            }
        }
        self.boxes.replace(now);
    }

    /// Looks for answers at the intervals of each channel until `stop`. What fails is logged and tried again by the next round.
    pub async fn serve(&self, stop: CancellationToken) {
        let rounds = move |letterbox: Arc<Letterbox>, ends: CancellationToken| async move {
            while !ends.is_cancelled() {
                let collected = self.round(&letterbox, &ends).await;
                tell(&collected);
                self.rest(letterbox.answers.every, &ends).await;
            }
            Ok::<(), Infallible>(())
        };
        let Ok(()) = self.boxes.serve(&stop, rounds).await;
    }

    /// One round now, over the channel `endpoint` or over all of them.
    ///
    /// # Errors
    /// [`Error::NoEndpoint`](crate::Error::NoEndpoint) when no channel of that name takes answers.
    pub async fn collect(&self, endpoint: Option<&str>) -> Result<Vec<Collected>> {
        let meant = |letterbox: &&Letterbox| endpoint.is_none_or(|asked| letterbox.id == asked);
        let all = self.boxes.now();
        let boxes: Vec<&Letterbox> = all.iter().map(|letterbox| &**letterbox).filter(meant).collect();
        if let Some(asked) = endpoint.filter(|_| boxes.is_empty()) {
            return Err(no_endpoint(asked, all.iter().map(|letterbox| &*letterbox.id)));
        }
        let stop = CancellationToken::new();
        let mut rounds = Vec::with_capacity(boxes.len());
        for letterbox in boxes {
            rounds.push(self.round(letterbox, &stop).await);
        }
        Ok(rounds)
    }

    async fn round(&self, letterbox: &Letterbox, stop: &CancellationToken) -> Collected {
        let _turn = letterbox.turn.lock().await;
        let mut collected = Collected {
            endpoint: letterbox.id.clone(),
            ..Collected::default()
        };
        let round = match &letterbox.kind {
            Lies::Files(files) => self.take_files(files, &mut collected, stop).await,
            Lies::Table(table) => self.take_rows(table, &mut collected, stop).await,
            Lies::Sheets(sheets) => self.take_sheets(sheets, &mut collected, stop).await,
        };
        if let Err(error) = round {
            collected.trouble = Some(error.to_string());
        }
        collected
    }

    /// Does what `line` says; counts what became of it.
    async fn take(&self, answers: &Answers, line: Line, collected: &mut Collected) -> Result<Became> {
        let done = self.desk.answer(&answers.from, line).await?;
        Ok(match done {
            Ok(acted) => {
                *if acted.repeated {
                    &mut collected.repeated
                } else {
                    &mut collected.done
                } += 1;
                Became::Done(acted)
            }
            Err(refusal) => collected.refuse(refusal),
        })
    }

    async fn rest(&self, wait: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = self.clock.sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Collected {
    fn refuse(&mut self, refusal: Refusal) -> Became {
        self.refused += 1;
        Became::Refused(refusal)
    }

    /// Whether anything was there.
    fn is_news(&self) -> bool {
        self.files + self.files_refused + self.done + self.repeated + self.refused > 0
    }
}

impl Became {
    /// The word for it.
    const fn word(&self) -> &'static str {
        match self {
            Self::Done(acted) if acted.repeated => "repeated",
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
        }
    }

    /// The status that the API would have answered with.
    fn status(&self) -> u16 {
        match self {
            Self::Done(_) => 200,
            Self::Refused(refusal) => refusal.code.meaning().status,
        }
    }

    /// What a clerk reads.
    fn chinese(&self) -> String {
        match self {
            Self::Done(acted) => format!(
                "{}：事项现为“{}”，版本 {}",
                if acted.repeated {
                    "此前已办理"
                } else {
                    "已办理"
                },
                acted.state.chinese(),
                acted.version
            ),
            Self::Refused(refusal) => format!("未采用：{}", refusal.chinese()),
        }
    }
}

/// Where the channels of `settings` have answers.
fn boxes(settings: &Settings, host: &Host) -> Vec<Letterbox> {
    let boxes = settings.channels.iter().filter_map(|channel| {
        let (answers, kind) = lies(channel, settings, host)?;
        Some(Letterbox {
            id: channel.id.clone(),
            answers,
            kind,
            turn: Arc::new(Mutex::new(())),
        })
    });
    boxes.collect()
}

fn lies(channel: &Channel, settings: &Settings, host: &Host) -> Option<(Answers, Lies)> {
    match &channel.kind {
        Kind::File(file) => {
            let files = file.answers.clone()?;
            Some((files.answers.clone(), Lies::Files(*files)))
        }
        Kind::Table(tables) => {
            let answers = tables.answers.clone()?;
            let table = TableAnswers::new(&channel.id, tables, &answers, (settings, host));
            Some((answers, Lies::Table(Box::new(table))))
        }
        Kind::Worksheet(drop) => {
            let back = drop.returns.clone()?;
            let sheets = Sheets {
                told: drop.folder.clone(),
                role: if drop.office.closes {
                    Role::County
                } else {
                    Role::Department
                },
                back: back.clone(),
            };
            Some((back.answers, Lies::Sheets(Box::new(sheets))))
        }
        Kind::Webhook(_) | Kind::Robot(_) | Kind::Email(_) => None,
    }
}

fn tell(collected: &Collected) {
    let Collected {
        endpoint: sink,
        files,
        files_refused,
        done,
        repeated,
        refused,
        trouble,
    } = collected;
    if let Some(error) = trouble {
        tracing::warn!(
            sink,
            error,
            "answers could not be taken; the next round tries again"
        );
    }
    if collected.is_news() {
        tracing::info!(
            sink,
            files,
            files_refused,
            done,
            repeated,
            refused,
            "took answers"
        );
    }
}
