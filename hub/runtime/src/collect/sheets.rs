//! Filled worksheets in a folder: taken, put aside, what could not be taken sent back.
//! Here because an office answers by saving a file, and must see what became of it without asking.
//! In: workbooks nobody writes to any more. Out: deeds; the files in `taken`; a workbook of what was refused beside the worksheets.
//! Not here: what a line asks, and doing it (worksheet).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hub_model::case::Role;
use tokio_util::sync::CancellationToken;

use super::{Collected, Collector};
use crate::channels::SheetAnswers;
use crate::worksheet::{Refusal, Taken, write_refused};
use crate::{Error, Result, clock, whole};

/// A file that was written to so lately may still be on its way.
const SETTLE: Duration = Duration::from_secs(2);
/// Most files taken in a round.
const FILES_MAX: usize = 100;
/// Where files go that were read, below the folder they came back to.
const TAKEN: &str = "taken";
/// What spreadsheets end with.
const ENDING: &str = "xlsx";
/// What a spreadsheet program leaves beside a workbook that is open begins with.
const LOCK: &str = "~$";

/// Where worksheets come back, and where what was refused is told.
pub(super) struct Sheets {
    pub(super) back: SheetAnswers,
    pub(super) told: PathBuf,
    /// As whom they act.
    pub(super) role: Role,
}

impl Collector {
    /// Takes what came back; one that cannot be read is told and costs no other.
    pub(super) async fn take_sheets(
        &self,
        sheets: &Sheets,
        collected: &mut Collected,
        stop: &CancellationToken,
    ) -> Result<()> {
        let folder = &sheets.back.folder;
        let io = |source| Error::Io {
            path: folder.clone(),
            source,
        };
        for file in settled(folder).map_err(io)? {
            if stop.is_cancelled() {
                break;
            }
            self.take_sheet(sheets, &file, collected).await?;
        }
        Ok(())
    }

    async fn take_sheet(&self, sheets: &Sheets, file: &Path, collected: &mut Collected) -> Result<()> {
        let from = &sheets.back.answers.from;
        let taken = match self.desk.take_sheet(from, sheets.role, file).await {
            Ok(taken) => taken,
            // Of the file: what is wrong with it goes back to whoever sent it.
            Err(Error::Connector { fault, .. }) => unread(file, &fault.to_string()),
            Err(Error::Io { source, .. }) => unread(file, &source.to_string()),
            Err(error) => return Err(error),
        };
        let at_ms = clock::now_ms();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !taken.refused.is_empty() {
            let told = sheets.told.join(format!("未采用-{at_ms}-{name}"));
            write_refused(&told, &taken.refused)?;
        }
        let folder = &sheets.back.folder;
        let aside = folder.join(TAKEN);
        let io = |source| Error::Io {
            path: aside.clone(),
            source,
        };
        fs::create_dir_all(&aside).map_err(io)?;
        whole::shift(folder, &name, &aside, &format!("{at_ms}-{name}")).map_err(io)?;
        let whole_refused = taken.done + taken.repeated + taken.blank == 0 && taken.refused.len() == 1;
        *if whole_refused {
            &mut collected.files_refused
        } else {
            &mut collected.files
        } += 1;
        collected.done += taken.done;
        collected.repeated += taken.repeated;
        collected.refused += u64::try_from(taken.refused.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}

/// A file of which no line could be read.
fn unread(file: &Path, why: &str) -> Taken {
    let refusal = Refusal {
        place: file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        column: String::new(),
        outcome: String::new(),
        why: format!("整份未采用：{why}"),
    };
    Taken {
        refused: vec![refusal],
        ..Taken::default()
    }
}

/// Workbooks in `folder` that nobody writes to any more, the oldest first.
fn settled(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(clock::now_ms().unsigned_abs());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_workbook = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
        // Not what a link leads to.
        let about = entry.metadata()?;
        let Some(name) = name.to_str() else { continue };
        if !is_workbook || !about.is_file() || name.starts_with('.') || name.starts_with(LOCK) {
            continue;
        }
        let changed = about.modified()?;
        // A clock that is ahead of ours: long ago enough when it cannot be told.
        let age = now.duration_since(changed).unwrap_or(SETTLE);
        if age >= SETTLE {
            files.push((changed, path));
        }
    }
    files.sort();
    files.truncate(FILES_MAX);
    Ok(files.into_iter().map(|(_, path)| path).collect())
}
