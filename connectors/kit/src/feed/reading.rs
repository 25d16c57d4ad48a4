//! The reading side of a feed: file after file, sheet after sheet, batches and checkpoints into a bounded channel.
//! Here because the parser borrows its workbook, so it must live on one stack: that of a thread of its own.
//! In: the folder's files, what was taken before. Out: `Item`s in order. One bad file does not lose the others.
//! Not here: rows (sheet.rs), the hub's end of the channel (mod.rs).

use std::collections::BTreeSet;
use std::sync::mpsc::SyncSender;

use plugin_api::arrow::array::RecordBatch;
use plugin_api::{Context, Error, Mode, ReadRequest, tracing};

use super::choose::{Choice, Found, about, is_of_the_file};
use super::sheet::SheetReader;
use super::told::Told;
use super::{FILES_REMEMBERED_MAX, Feed, Item, Taken, TakenFile};
use crate::document;
use crate::files::Opened;
use crate::header::{Dictionary, HEADER_ROWS_MAX};
use crate::rows::Stop;
use crate::table::Table;

/// Batches of a look at a file's period.
const BATCH_ROWS: usize = 8_192;
const BATCH_BYTES: usize = 2 << 20;
/// Bad files named in one error.
const BAD_FILES_NAMED_MAX: usize = 5;

/// Where batches go.
pub(super) enum Out {
    /// To the hub.
    Hub(SyncSender<Item>),
    /// Nowhere: only the period they tell is looked at.
    Told(Told),
}

pub(super) struct Reading {
    pub(super) feed: Feed,
    pub(super) dictionary: Dictionary,
    pub(super) table: Table,
    pub(super) ctx: Context,
    pub(super) out: Out,
    taken: Taken,
    full: bool,
    batches: u64,
    rows: u64,
    bytes: u64,
}

impl Reading {
    pub(super) fn new(
        feed: Feed,
        request: &ReadRequest,
        taken: Taken,
        ctx: Context,
        sender: SyncSender<Item>,
    ) -> Self {
        let taken = Taken {
            quota: feed.quota,
            ..taken
        };
        Self {
            dictionary: feed.dictionary(),
            table: Table::new(&feed.columns, request.batch_rows, request.batch_bytes),
            feed,
            ctx,
            out: Out::Hub(sender),
            taken,
            full: request.mode == Mode::Full,
            batches: 0,
            rows: 0,
            bytes: 0,
        }
    }

    /// One that hands nothing over.
    pub(super) fn looking(feed: Feed, told: Told, ctx: Context) -> Self {
        Self {
            dictionary: feed.dictionary(),
            table: Table::new(&feed.columns, BATCH_ROWS, BATCH_BYTES),
            feed,
            ctx,
            out: Out::Told(told),
            taken: Taken::default(),
            full: false,
            batches: 0,
            rows: 0,
            bytes: 0,
        }
    }

    /// Reads everything there is to read and says so through the channel.
    pub(super) fn run(mut self) {
        if let Err(Stop::Failed(error)) = self.files() {
            // When nobody receives, nobody wants to know.
            let _gone = self.send(Item::Failed(error));
        }
    }

    fn files(&mut self) -> Result<(), Stop> {
        let choice = Choice::of(&self.feed, &self.taken, self.full, &self.ctx)?;
        let Choice {
            read,
            superseded,
            done,
            mut bad,
        } = choice;
        let all = [&read, &superseded, &done];
        let here: BTreeSet<&String> = all.into_iter().flatten().map(|file| &file.digest).collect();
        if self.taken.files.len() + here.len() > FILES_REMEMBERED_MAX {
            self.taken.files.retain(|digest, _| here.contains(digest));
        }
        self.put_away(&done);
        let mut incomplete = BTreeSet::new();
        for file in read {
            let before = self.batches;
            let (name, part) = (file.candidate.name.clone(), file.part.clone());
            match self.file(file) {
                Ok(()) => {}
                Err(Stop::Failed(error)) if self.batches == before && is_of_the_file(&error) => {
                    self.table.discard();
                    bad.push(about(&name, error));
                    incomplete.insert(part);
                }
                Err(Stop::Failed(error)) => return Err(Stop::Failed(about(&name, error))),
                Err(Stop::Gone) => return Err(Stop::Gone),
            }
        }
        self.remember_superseded(superseded, &incomplete)?;
        if self.feed.quota.is_some() && self.batches == 0 {
            // No new file is no reason to forget what was asked of the source.
            self.send(Item::Checkpoint(0, self.taken.clone()))?;
        }
        match together(bad) {
            Some(error) => Err(Stop::Failed(error)),
            None => Ok(()),
        }
    }

    /// Moves files of earlier runs into the archive, when there is one. What cannot be moved stays; that stops nothing.
    fn put_away(&self, done: &[Found]) {
        let Some(archive) = self.feed.archive.as_deref().filter(|_| !self.full) else {
            return;
        };
        for file in done {
            if let Err(error) = file.candidate.archive(archive, &file.digest) {
                let stream = &self.feed.stream;
                tracing::warn!(%stream, error = error.message(), "file could not be moved to the archive");
            }
        }
    }

    /// Earlier versions never count again, once all of their part has been read.
    fn remember_superseded(&mut self, files: Vec<Found>, incomplete: &BTreeSet<String>) -> Result<(), Stop> {
        let files: Vec<Found> = files
            .into_iter()
            .filter(|file| !incomplete.contains(&file.part))
            .collect();
        if files.is_empty() || self.batches == 0 {
            return Ok(());
        }
        for file in files {
            self.remember(file, true);
        }
        self.send(Item::Checkpoint(self.batches, self.taken.clone()))
    }

    fn remember(&mut self, file: Found, superseded: bool) {
        let name = file.candidate.name;
        self.taken.files.insert(
            file.digest,
            TakenFile {
                name,
                part: file.part,
                superseded,
            },
        );
    }

    fn file(&mut self, file: Found) -> Result<(), Stop> {
        self.ctx.ensure_running()?;
        let mut opened = file.candidate.open()?;
        let before = self.rows;
        self.documents(&file.candidate.name, &file.part, &mut opened)?;
        opened.unchanged()?;
        if self.rows == before {
            let name = &file.candidate.name;
            self.remark(&format!("文件“{name}”没有数据行，原有数据不变"));
        }
        self.remember(file, false);
        // A file without rows before the first batch needs no checkpoint: it is read again in no time.
        if self.batches > 0 {
            self.send(Item::Checkpoint(self.batches, self.taken.clone()))?;
        }
        Ok(())
    }

    pub(super) fn documents(&mut self, name: &str, part: &str, opened: &mut Opened) -> Result<(), Stop> {
        let limits = self.feed.limits.clone();
        let mut reader = SheetReader::new(self, part);
        document::read(name, &mut opened.file, &limits, &mut reader)?;
        reader.report();
        if reader.with_header == 0 {
            let expected = self.dictionary.expected();
            return Err(Error::schema(format!(
                "前 {HEADER_ROWS_MAX} 行中没有找到表头（应含：{expected}），请使用系统导出的原表，不要删改表头"
            ))
            .into());
        }
        Ok(())
    }

    /// Tells the hub that the work goes on, and looks whether it should.
    pub(super) fn sign_of_life(&self, bytes: u64) -> Result<(), Error> {
        self.ctx.progress(self.rows, self.bytes + bytes, None);
        self.ctx.ensure_running()
    }

    /// Hands a batch over, when there is one.
    pub(super) fn batch(&mut self, batch: Option<RecordBatch>) -> Result<(), Stop> {
        let Some(batch) = batch else { return Ok(()) };
        self.rows += batch.num_rows() as u64;
        self.bytes += batch.get_array_memory_size() as u64;
        self.ctx.progress(self.rows, self.bytes, None);
        self.ctx.ensure_running()?;
        match &mut self.out {
            Out::Told(told) => return told.look(&batch),
            Out::Hub(_) => self.send(Item::Batch(batch))?,
        }
        self.batches += 1;
        Ok(())
    }

    fn send(&self, item: Item) -> Result<(), Stop> {
        match &self.out {
            Out::Hub(sender) => sender.send(item).map_err(|_| Stop::Gone),
            Out::Told(_) => Ok(()),
        }
    }

    /// A sentence for the record of the run; said once, when the rows are handed over.
    pub(super) fn remark(&self, said: &str) {
        if matches!(self.out, Out::Hub(_)) {
            self.ctx.remark(said);
        }
    }

    /// How something was read, for whoever asks; said once, too.
    pub(super) fn explain(&self, said: &str) {
        if matches!(self.out, Out::Hub(_)) {
            self.ctx.explain(said);
        }
    }
}

/// One error for all bad files, of the first one's category.
fn together(bad: Vec<Error>) -> Option<Error> {
    let category = bad.first()?.category();
    let more = bad.len().saturating_sub(BAD_FILES_NAMED_MAX);
    let mut text: Vec<String> = bad
        .iter()
        .take(BAD_FILES_NAMED_MAX)
        .map(|error| error.message().to_owned())
        .collect();
    if more > 0 {
        text.push(format!("另有 {more} 个文件无法读取"));
    }
    Some(Error::new(category, text.join("；")))
}
