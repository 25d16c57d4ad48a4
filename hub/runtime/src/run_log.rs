//! Where the log of each run lies, and which of them are past keeping.
//! Here because who writes them, who reads them and who lets them go must mean the same files.
//! In: the data directory. Out: paths; files and their bytes.
//! Not here: lines (the binary's log), days (settings).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use hub_model::RunId;

/// What their names end in.
const ENDING: &str = "jsonl";

/// The folder they lie in.
#[must_use]
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("logs").join("runs")
}

/// The file of `run`.
#[must_use]
pub fn file(data_dir: &Path, run: RunId) -> PathBuf {
    folder(data_dir).join(format!("{run}.{ENDING}"))
}

/// Files nobody wrote to since `before_ms`, and those beyond the newest `most`, with their bytes.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn past(
    data_dir: &Path,
    before_ms: Option<i64>,
    most: Option<u32>,
) -> io::Result<Vec<(PathBuf, u64)>> {
    let folder = folder(data_dir);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let about = fs::symlink_metadata(&path)?;
        if about.is_file() && path.extension().is_some_and(|ending| ending == ENDING) {
            logs.push((about.modified()?, path, about.len()));
        }
    }
    // The newest first.
    logs.sort_unstable_by(|one, other| other.cmp(one));
    let before =
        before_ms.map(|ms| UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or_default()));
    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let past = logs
        .into_iter()
        .enumerate()
        .filter(|(nth, (modified, ..))| *nth >= most || before.is_some_and(|before| *modified < before));
    Ok(past.map(|(_, (_, path, bytes))| (path, bytes)).collect())
}
