//! Which files of the folder a run reads: what is new, what belongs to the same part, which version counts.
//! Here because rows of one part are replaced together: with one new file all its files are read, and no version twice.
//! In: the folder, its archive, what was taken before. Out: files to read, in order; files superseded; files to put away.
//! Not here: reading them.

use std::collections::BTreeSet;

use plugin_api::{Category, Context, Error, tracing};

use super::{Feed, Taken, returned, told};
use crate::files::{self, Candidate};
use crate::period;
use crate::version::{self, Version};

/// A file that may be read.
pub(super) struct Found {
    pub(super) candidate: Candidate,
    /// sha256 of the content and the part: what tells one taking from another.
    pub(super) digest: String,
    pub(super) part: String,
}

/// What a run does with the files.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) read: Vec<Found>,
    /// Versions a later one takes the place of.
    pub(super) superseded: Vec<Found>,
    /// Taken by an earlier run and not needed in this one.
    pub(super) done: Vec<Found>,
    pub(super) bad: Vec<Error>,
}

impl Choice {
    pub(super) fn of(feed: &Feed, taken: &Taken, full: bool, ctx: &Context) -> Result<Self, Error> {
        let mut chooser = Chooser {
            feed,
            taken,
            ctx,
            digests: BTreeSet::new(),
            choice: Self::default(),
        };
        let mut here = chooser.look_through(feed.folder.list(ctx)?)?;
        let archive = feed.archive.as_deref();
        let mut all = match (archive, full) {
            (Some(archive), true) => chooser.look_through(feed.folder.archived(archive)?)?,
            (Some(_), false) => {
                chooser.archived(&parts(here.iter().filter(|file| !chooser.was_taken(file))))?
            }
            (None, _) => Vec::new(),
        };
        all.append(&mut here);
        all.sort_by(|one, other| one.candidate.name.cmp(&other.candidate.name));
        chooser.choose(all);
        Ok(chooser.choice)
    }
}

struct Chooser<'a> {
    feed: &'a Feed,
    taken: &'a Taken,
    ctx: &'a Context,
    digests: BTreeSet<String>,
    choice: Choice,
}

impl Chooser<'_> {
    /// The digest and the part of every file; of two files of a part with the same content the first by name counts. The
    /// same content for another part is another file: nothing may have changed in a month, or the wrong file was sent, and
    /// which of the two it is cannot be told here.
    fn look_through(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Found>, Error> {
        let stream = &self.feed.stream;
        let mut found: Vec<Found> = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            self.ctx.ensure_running()?;
            match self.told(&candidate) {
                // Named like a workbook that was sent back, and neither that nor one of the stream's.
                Ok(None) => {}
                Ok(Some((digest, part))) if self.digests.insert(digest.clone()) => found.push(Found {
                    candidate,
                    digest,
                    part,
                }),
                Ok(Some((_, part))) => {
                    let name = &candidate.name;
                    self.ctx.remark(&format!(
                        "文件“{name}”与 {part} 期的另一个文件内容相同，没有重复读取"
                    ));
                }
                Err(error) if error.category() == Category::NotFound => {
                    let error = about(&candidate.name, error);
                    tracing::warn!(%stream, %error, "file gone before it was read");
                }
                Err(error) if is_of_the_file(&error) => self.choice.bad.push(about(&candidate.name, error)),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// What a file is remembered by, and its part: its name tells it, else its rows, else every file of the stream has the same.
    /// Rows of a workbook that was sent back tell each its own. `None` when the file is not the stream's.
    fn told(&self, candidate: &Candidate) -> Result<Option<(String, String)>, Error> {
        let content = candidate.digest(self.ctx)?;
        if self.is_returned(candidate, &content)? {
            let part = returned::part(&content);
            return Ok(Some((format!("{content}-{part}"), part)));
        }
        if !self.feed.folder.names(&candidate.name) {
            return Ok(None);
        }
        let mut part = period::of(&candidate.name);
        if part.is_none() && self.feed.period_column.is_some() {
            // Content that was taken before tells what it told then.
            let begins = format!("{content}-");
            let known = self.taken.files.range(begins.clone()..).next();
            part = match known.filter(|(digest, _)| digest.starts_with(&begins)) {
                Some((_, file)) => Some(file.part.clone()),
                None => told::period(self.feed, candidate, self.ctx)?,
            };
        }
        let part = part.or_else(|| self.feed.period_default.clone()).ok_or_else(|| {
            Error::schema(match &self.feed.period_column {
                Some(column) => {
                    format!("文件名和“{column}”列中都没有数据期次，请在文件名中写明，如 202310 或 2023年10月")
                }
                None => "文件名中没有数据期次，请在文件名中写明，如 202310 或 2023年10月".to_owned(),
            })
        })?;
        Ok(Some((format!("{content}-{part}"), part)))
    }

    /// Whether the file holds rows that were sent back. Of content that was taken before it is known.
    fn is_returned(&self, candidate: &Candidate, content: &str) -> Result<bool, Error> {
        let begins = format!("{content}-");
        let known = self.taken.files.range(begins.clone()..).next();
        match known.filter(|(digest, _)| digest.starts_with(&begins)) {
            Some((_, file)) => Ok(returned::is_part(&file.part)),
            None => returned::is_one(candidate),
        }
    }

    /// Files of these parts that an earlier run took and a later one put away.
    fn archived(&mut self, parts: &BTreeSet<String>) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        let Some(archive) = &self.feed.archive else {
            return Ok(found);
        };
        for (digest, file) in &self.taken.files {
            if !parts.contains(&file.part) || file.superseded || self.digests.contains(digest) {
                continue;
            }
            if let Some(candidate) = files::archived(archive, &file.name, digest)? {
                found.push(Found {
                    candidate,
                    digest: digest.clone(),
                    part: file.part.clone(),
                });
            }
        }
        Ok(found)
    }

    fn choose(&mut self, all: Vec<Found>) {
        let versions: Vec<Version<'_>> = all
            .iter()
            .map(|file| Version {
                name: &file.candidate.name,
                part: &file.part,
                modified: file.candidate.modified(),
            })
            .collect();
        let superseded = version::superseded(&versions);
        // What a later version took the place of in an earlier run stays out, even when that version has gone.
        let out = |file: &Found| {
            self.taken
                .files
                .get(&file.digest)
                .is_some_and(|taken| taken.superseded)
        };
        let (superseded, live): (Vec<_>, Vec<_>) = all
            .into_iter()
            .zip(superseded)
            .map(|(file, superseded)| (superseded || out(&file), file))
            .partition(|(superseded, _)| *superseded);
        let live: Vec<Found> = live.into_iter().map(|(_, file)| file).collect();
        let new = parts(live.iter().filter(|file| !self.was_taken(file)));
        for (_, file) in superseded {
            if self.was_taken(&file) && !new.contains(&file.part) {
                self.choice.done.push(file);
                continue;
            }
            let name = &file.candidate.name;
            self.ctx.remark(&format!("文件“{name}”已有更新的版本，没有读取"));
            self.choice.superseded.push(file);
        }
        let (read, done) = live.into_iter().partition(|file| new.contains(&file.part));
        self.choice.read = read;
        self.choice.done.extend::<Vec<Found>>(done);
    }

    fn was_taken(&self, file: &Found) -> bool {
        self.taken.files.contains_key(&file.digest)
    }
}

fn parts<'a>(files: impl Iterator<Item = &'a Found>) -> BTreeSet<String> {
    files.map(|file| file.part.clone()).collect()
}

pub(super) fn about(name: &str, error: Error) -> Error {
    error.while_doing(format!("文件“{name}”"))
}

/// Whether an error says something about one file only, so that the others can still be read.
pub(super) fn is_of_the_file(error: &Error) -> bool {
    use Category::{Data, NotFound, Permission, Schema, Transient};
    [Data, NotFound, Permission, Schema, Transient].contains(&error.category())
}
