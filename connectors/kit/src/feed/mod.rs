//! Feed: a stream whose rows lie in the files of a drop folder, read in full or only what has not been taken yet.
//! Here because this is what most connectors are: a list of columns and a folder.
//! In: columns, folder, a read request with the state of the last one. Out: batches, a checkpoint after each whole file.
//! Not here: which columns (the connector). A file that cannot be read is reported after the others have been; a period
//! with one new file is read with all its files, because its rows are replaced together.

mod choose;
mod reading;
mod records;
mod returned;
mod sheet;
#[cfg(test)]
mod tests;
mod told;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use plugin_api::arrow::array::RecordBatch;
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::{Batches, Context, Error, Mode, ReadRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files::DropFolder;
use crate::guard::Limits;
use crate::header::{Column, Dictionary, Members};
use crate::http::client::Quota;
use crate::table;
use reading::Reading;
pub(crate) use records::{Records, Rows};

/// Files a state remembers; beyond that those that have left the folder are forgotten.
pub const FILES_REMEMBERED_MAX: usize = 10_000;
/// Batches read ahead of the hub.
const READ_AHEAD: usize = 2;

/// A stream over the files of a folder.
#[derive(Debug, Clone)]
pub struct Feed {
    stream: String,
    columns: Arc<[Column]>,
    fills: Vec<String>,
    members: Option<Members>,
    folder: DropFolder,
    limits: Limits,
    records: Option<Arc<dyn Records>>,
    period_default: Option<String>,
    period_column: Option<String>,
    archive: Option<PathBuf>,
    quota: Option<Quota>,
}

/// State of a stream: the files taken, by digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// sha256 of the content with the part, to what it was called and covered.
    pub files: BTreeMap<String, TakenFile>,
    /// Requests of the day, of files that are fetched within a daily limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quota: Option<Quota>,
}

impl Taken {
    /// The day's requests a state remembers.
    pub(crate) fn quota_of(state: Option<&Value>) -> Quota {
        let quota = state.and_then(|state| state.get("quota"));
        quota
            .and_then(|quota| Quota::deserialize(quota).ok())
            .unwrap_or_default()
    }
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenFile {
    /// Its name then.
    pub name: String,
    /// The period it covers.
    pub part: String,
    /// A later version took its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
}

impl Feed {
    /// A stream of these columns from this folder.
    pub fn new(stream: impl Into<String>, columns: Vec<Column>, folder: DropFolder) -> Self {
        Self {
            stream: stream.into(),
            fills: columns
                .iter()
                .filter(|column| column.fill)
                .map(|column| column.name.clone())
                .collect(),
            columns: columns.into(),
            members: None,
            folder,
            limits: Limits::default(),
            records: None,
            period_default: None,
            period_column: None,
            archive: None,
            quota: None,
        }
    }

    /// The same with a part for files whose names tell no period.
    #[must_use]
    pub fn period_default(mut self, part: impl Into<String>) -> Self {
        self.period_default = Some(part.into());
        self
    }

    /// The same with a column that tells the period of files whose names do not: all rows of a file must tell the same one.
    /// A name counts before the column: a month's roll may hold payments made good for months before, which must not take the
    /// place of those months.
    #[must_use]
    pub fn period_column(mut self, column: impl Into<String>) -> Self {
        self.period_column = Some(column.into());
        self
    }

    /// The same with the day's requests to be remembered: its files were fetched.
    pub(crate) fn quota(mut self, quota: Quota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// The same with a folder into which files are moved once a state says that they were taken. Files of a part that is read
    /// again are read from there, too. Without one, files stay where they are.
    #[must_use]
    pub fn archive(mut self, folder: impl Into<PathBuf>) -> Self {
        self.archive = Some(folder.into());
        self
    }

    /// The same with these columns required, beside those that are already.
    #[must_use]
    pub fn required<T: AsRef<str>>(mut self, names: &[T]) -> Self {
        let mut columns = self.columns.to_vec();
        for column in &mut columns {
            column.required |= names.iter().any(|name| name.as_ref() == column.name);
        }
        self.columns = columns.into();
        self
    }

    /// The same with these columns' merged cells filled down, outermost first, instead of those declared one by one.
    #[must_use]
    pub fn fill<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.fills = names.into_iter().map(Into::into).collect();
        self
    }

    /// The same with members that stand side by side in a row, each to become a row of its own.
    #[must_use]
    pub fn members(mut self, members: Members) -> Self {
        self.members = Some(members);
        self
    }

    /// The same with a reader for documents of records; without one such files are refused.
    #[must_use]
    #[allow(dead_code, reason = "the seam for the record readers")]
    pub(crate) fn records(mut self, records: Arc<dyn Records>) -> Self {
        self.records = Some(records);
        self
    }

    fn dictionary(&self) -> Dictionary {
        let dictionary = Dictionary::new(&self.columns).fills(&self.fills);
        match &self.members {
            Some(members) => dictionary.members(members),
            None => dictionary,
        }
    }

    /// The same with other limits on workbooks.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The schema of its batches.
    pub fn schema(&self) -> SchemaRef {
        table::schema(&self.columns)
    }

    /// The folder can be listed.
    ///
    /// # Errors
    /// `not_found`, `permission`.
    pub fn check(&self) -> Result<(), Error> {
        self.folder.check()
    }

    /// Starts reading on a thread of its own, which ends with the batches or when they are dropped.
    ///
    /// # Errors
    /// `config` when the state is not one of this feed; `internal` when there is no thread to be had.
    pub fn read(&self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        let taken = match (&request.state, request.mode) {
            (Some(state), Mode::Incremental) => serde_json::from_value(state.clone())
                .map_err(|_| Error::config(format!("流 {} 的状态无法识别", self.stream)))?,
            _ => Taken::default(),
        };
        let (sender, receiver) = sync_channel(READ_AHEAD);
        let reading = Reading::new(self.clone(), request, taken, ctx.clone(), sender);
        let name = format!("read {}", self.stream);
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || reading.run())?;
        let (stream, ctx) = (self.stream.clone(), ctx.clone());
        Ok(Box::new(Handed {
            receiver: Some(receiver),
            thread: Some(thread),
            stream,
            ctx,
        }))
    }
}

enum Item {
    Batch(RecordBatch),
    /// The files of `Taken` are whole within the first so many batches.
    Checkpoint(u64, Taken),
    Failed(Error),
}

/// The hub's end: batches as they come, checkpoints passed on in between.
struct Handed {
    receiver: Option<Receiver<Item>>,
    thread: Option<JoinHandle<()>>,
    stream: String,
    ctx: Context,
}

impl Iterator for Handed {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.receiver.as_ref()?.recv() {
                Ok(Item::Batch(batch)) => return Some(Ok(batch)),
                Ok(Item::Checkpoint(after_batch, taken)) => {
                    if let Err(error) = self.ctx.checkpoint(&self.stream, after_batch, &taken) {
                        return Some(Err(error));
                    }
                }
                Ok(Item::Failed(error)) => return Some(Err(error)),
                Err(_) => {
                    self.receiver = None;
                    let panicked = self.thread.take().is_some_and(|thread| thread.join().is_err());
                    return panicked.then(|| Err(Error::internal("the reading thread panicked")));
                }
            }
        }
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        // The thread stops at its next batch once nobody receives; only then is joining it short.
        self.receiver = None;
        if let Some(thread) = self.thread.take() {
            // A panic was reported through the SDK's hook; there is nobody left to tell.
            let _panicked = thread.join();
        }
    }
}
