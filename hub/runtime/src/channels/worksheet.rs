//! Worksheets (交办单) in a folder: when there is news of a town, a workbook of everything its office has to do.
//! Here because most offices live in spreadsheets, and nobody should have to run a command for them.
//! In: what waits. Out: a new workbook for each town there is news of, whole under its name or not there.
//! Not here: the workbook's form (worksheet), reading it when it comes back (returns).

use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::NaiveDate;
use futures::FutureExt;
use futures::future::BoxFuture;
use hub_store::{Store, Waiting};

use super::file::{no_room, refused, writable};
use super::offices::{Due, Offices};
use super::{Answer, GatherChannel, WorksheetDrop};
use crate::whole::{self, HIDDEN};
use crate::worksheet::{Seal, write};
use crate::{Error, Result, clock};

/// Most events that one round of workbooks is about.
const EVENTS_MAX: u32 = 10_000;

/// A folder an office takes its worksheets from.
pub(super) struct Channel {
    settings: WorksheetDrop,
    offices: Offices,
}

impl Channel {
    pub(super) fn new(id: &str, settings: &WorksheetDrop, seal: &Seal) -> Result<Self> {
        Ok(Self {
            settings: settings.clone(),
            offices: Offices::new(id, &settings.office, seal)?,
        })
    }

    /// Writes a workbook for each of `towns`; whether there was room for them.
    async fn write(&self, store: &Store, towns: &[String], upto: i64, at_ms: i64) -> Result<Answer> {
        let (folder, day) = (&self.settings.folder, clock::day(at_ms));
        for town in towns {
            if let Some(answer) = no_room(folder, self.settings.files_max) {
                return Ok(answer);
            }
            let Some(due) = self.offices.due(store, town, day, upto).await? else {
                continue;
            };
            match tokio::task::block_in_place(|| self.put(&due, day)) {
                Ok(()) => {}
                Err(Error::Io { source, .. }) => return Ok(refused(folder, &source)),
                Err(error) => return Err(error),
            }
        }
        Ok(Answer::taken(None, None))
    }

    fn put(&self, due: &Due, day: NaiveDate) -> Result<()> {
        let folder = &self.settings.folder;
        let hidden = folder.join(format!("{HIDDEN}{}", due.name));
        // What a hub that died left of it.
        let _ = fs::remove_file(&hidden);
        let office = &self.offices.office;
        let about = (office.department.as_str(), day);
        let written = write(&hidden, about, &due.rows, &self.offices.seal, office.closes).and_then(|()| {
            let io = |source| Error::Io {
                path: hidden.clone(),
                source,
            };
            let hidden_name = format!("{HIDDEN}{}", due.name);
            whole::shift(folder, &hidden_name, folder, &due.name).map_err(io)
        });
        if written.is_err() {
            let _ = fs::remove_file(&hidden);
        }
        written
    }

    fn probe(&self) -> Answer {
        let returns = self
            .settings
            .returns
            .iter()
            .map(|returns| (&returns.folder, list(&returns.folder)));
        let folders =
            std::iter::once((&self.settings.folder, writable(&self.settings.folder))).chain(returns);
        for (folder, works) in folders {
            if let Err(error) = works {
                return refused(folder, &error);
            }
        }
        Answer::taken(None, None)
    }
}

/// Whether what lies in `folder` can be seen.
fn list(folder: &Path) -> std::io::Result<()> {
    fs::read_dir(folder).map(drop)
}

impl GatherChannel for Channel {
    fn send<'a>(
        &'a self,
        store: &'a Store,
        waiting: &'a Waiting,
        at_ms: i64,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Answer>> {
        async move {
            let towns = self.offices.towns(store, endpoint, waiting).await?;
            self.write(store, &towns, waiting.upto, at_ms).await
        }
        .boxed()
    }

    fn ping(&self, _: i64) -> BoxFuture<'_, Answer> {
        futures::future::ready(self.probe()).boxed()
    }

    fn window(&self) -> Duration {
        self.settings.window
    }

    fn events_max(&self) -> u32 {
        EVENTS_MAX
    }
}
