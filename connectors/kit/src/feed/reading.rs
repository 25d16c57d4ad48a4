//! The reading side of a feed: file after file, sheet after sheet, batches and checkpoints into a bounded channel.
//! Here because the parser borrows its workbook, so it must live on one stack: that of a thread of its own.
//! In: the folder's files, what was taken before. Out: `Item`s in order. One bad file does not lose the others.
//! Not here: rows (sheet.rs), the hub's end of the channel (mod.rs).

use std::collections::BTreeSet;
use std::sync::mpsc::SyncSender;

use plugin_api::arrow::array::RecordBatch;
use plugin_api::{Category, Context, Error, ReadRequest, tracing};

use super::sheet::SheetReader;
use super::{FILES_REMEMBERED_MAX, Feed, Item, Taken, TakenFile};
use crate::document;
use crate::files::{Candidate, Opened};
use crate::header::{Dictionary, HEADER_ROWS_MAX};
use crate::period;
use crate::rows::Stop;
use crate::table::Table;

/// Bad files named in one error.
const BAD_FILES_NAMED_MAX: usize = 5;

pub(super) struct Reading {
    pub(super) feed: Feed,
    pub(super) dictionary: Dictionary,
    pub(super) table: Table,
    pub(super) ctx: Context,
    sender: SyncSender<Item>,
    taken: Taken,
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
        Self {
            dictionary: feed.dictionary(),
            table: Table::new(&feed.columns, request.batch_rows, request.batch_bytes),
            feed,
            ctx,
            sender,
            taken,
            batches: 0,
            rows: 0,
            bytes: 0,
        }
    }

    /// Reads everything there is to read and says so through the channel.
    pub(super) fn run(mut self) {
        if let Err(Stop::Failed(error)) = self.files() {
            // When nobody receives, nobody wants to know.
            let _gone = self.sender.send(Item::Failed(error));
        }
    }

    fn files(&mut self) -> Result<(), Stop> {
        let candidates = self.feed.folder.list(&self.ctx)?;
        let mut bad: Vec<Error> = Vec::new();
        let found = self.look_through(candidates, &mut bad)?;
        // Rows of one part are replaced together, so a part with one new file is read with all its files.
        let parts: BTreeSet<String> = found
            .iter()
            .filter(|file| !self.was_taken(file))
            .map(|file| file.part.clone())
            .collect();
        if self.taken.files.len() + found.len() > FILES_REMEMBERED_MAX {
            let here: BTreeSet<&String> = found.iter().map(|file| &file.digest).collect();
            self.taken.files.retain(|digest, _| here.contains(digest));
        }
        for file in found.into_iter().filter(|file| parts.contains(&file.part)) {
            let before = self.batches;
            let name = file.candidate.name.clone();
            match self.file(file) {
                Ok(()) => {}
                Err(Stop::Failed(error)) if self.batches == before && is_of_the_file(&error) => {
                    self.table.discard();
                    bad.push(about(&name, error));
                }
                Err(Stop::Failed(error)) => return Err(Stop::Failed(about(&name, error))),
                Err(Stop::Gone) => return Err(Stop::Gone),
            }
        }
        match together(bad) {
            Some(error) => Err(Stop::Failed(error)),
            None => Ok(()),
        }
    }

    /// The digest and the part of every file; of two files with the same content the first by name counts.
    fn look_through(&self, candidates: Vec<Candidate>, bad: &mut Vec<Error>) -> Result<Vec<Found>, Stop> {
        let mut found: Vec<Found> = Vec::with_capacity(candidates.len());
        let mut digests = BTreeSet::new();
        for candidate in candidates {
            self.ctx.ensure_running()?;
            let Some(part) = period::of(&candidate.name) else {
                let said = "文件名中没有数据期次，请在文件名中写明，如 202310 或 2023年10月";
                bad.push(about(&candidate.name, Error::schema(said)));
                continue;
            };
            match candidate.digest(&self.ctx) {
                Ok(digest) if digests.insert(digest.clone()) => found.push(Found {
                    candidate,
                    digest,
                    part,
                }),
                Ok(_) => {
                    tracing::warn!(stream = %self.feed.stream, "file skipped, another one has the same content")
                }
                Err(error) if is_of_the_file(&error) => bad.push(about(&candidate.name, error)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }

    fn was_taken(&self, file: &Found) -> bool {
        self.taken
            .files
            .get(&file.digest)
            .is_some_and(|taken| taken.part == file.part)
    }

    fn file(
        &mut self,
        Found {
            candidate,
            digest,
            part,
        }: Found,
    ) -> Result<(), Stop> {
        self.ctx.ensure_running()?;
        let mut opened = candidate.open()?;
        self.documents(&candidate.name, &part, &mut opened)?;
        opened.unchanged()?;
        self.taken.files.insert(
            digest,
            TakenFile {
                name: candidate.name,
                part,
            },
        );
        // A file without rows before the first batch needs no checkpoint: it is read again in no time.
        if self.batches > 0 {
            self.send(Item::Checkpoint(self.batches, self.taken.clone()))?;
        }
        Ok(())
    }

    fn documents(&mut self, name: &str, part: &str, opened: &mut Opened) -> Result<(), Stop> {
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
        self.send(Item::Batch(batch))?;
        self.batches += 1;
        Ok(())
    }

    fn send(&self, item: Item) -> Result<(), Stop> {
        self.sender.send(item).map_err(|_| Stop::Gone)
    }
}

/// A file of the folder that may be read.
struct Found {
    candidate: Candidate,
    digest: String,
    part: String,
}

fn about(name: &str, error: Error) -> Error {
    error.while_doing(format!("文件“{name}”"))
}

/// Whether an error says something about one file only, so that the others can still be read.
fn is_of_the_file(error: &Error) -> bool {
    use Category::{Data, NotFound, Permission, Schema, Transient};
    [Data, NotFound, Permission, Schema, Transient].contains(&error.category())
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
