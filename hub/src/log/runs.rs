//! The log of each run, a file of its own.
//! Here because whoever asks why last night's run was slow has its id, and the service's log is full of others.
//! In: lines that name a run. Out: `DATA/logs/runs/RUN.jsonl`, at most so many bytes; who writes it holds the lease.
//! Not here: how long they are kept (runtime's retention), reading them (cmd).

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use hub_model::RunId;
use hub_runtime::run_log;
use serde_json::Map;
use tracing::Level;

use super::line::Line;

/// Largest file, bytes; what comes later is counted and not kept.
const BYTES_MAX: u64 = 4 << 20;
/// Files held open: more runs are seldom under way.
const OPEN_MAX: usize = 8;

/// The files.
pub(super) static RUNS: Runs = Runs {
    data_dir: OnceLock::new(),
    open: Mutex::new(Vec::new()),
};

pub(super) struct Runs {
    data_dir: OnceLock<PathBuf>,
    /// The one written to last stands last.
    open: Mutex<Vec<Open>>,
}

struct Open {
    run: RunId,
    file: File,
    bytes: u64,
    /// Whether nothing more is kept.
    full: bool,
}

impl Runs {
    /// From now on lines are kept below `data_dir`, whose lease this process holds.
    pub(super) fn keep_in(&self, data_dir: &Path) {
        // A process has one.
        let _ = self.data_dir.set(data_dir.to_owned());
    }

    /// Keeps `line` when it is about a run. A disk that refuses costs the line, not the run.
    pub(super) fn keep(&self, line: &Line) {
        let Some(data_dir) = self.data_dir.get() else {
            return;
        };
        let Some(run) = line.run().and_then(|run| RunId::parse(run).ok()) else {
            return;
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = match open.iter().position(|entry| entry.run == run) {
            Some(at) => open.remove(at),
            None => match Open::new(data_dir, run) {
                Ok(entry) => entry,
                Err(_) => return,
            },
        };
        if open.len() >= OPEN_MAX {
            open.remove(0);
        }
        entry.write(line);
        open.push(entry);
    }
}

impl Open {
    fn new(data_dir: &Path, run: RunId) -> std::io::Result<Self> {
        let path = run_log::file(data_dir, run);
        std::fs::create_dir_all(run_log::folder(data_dir))?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            run,
            file,
            bytes,
            full: bytes >= BYTES_MAX,
        })
    }

    fn write(&mut self, line: &Line) {
        if self.full {
            return;
        }
        let mut text = line.json();
        self.bytes += text.len() as u64;
        if self.bytes > BYTES_MAX {
            self.full = true;
            text = full(self.run).json();
        }
        // One call: a kill between two would leave half a line.
        let _ = self.file.write_all(text.as_bytes());
    }
}

/// The last line of a file that is full.
fn full(run: RunId) -> Line {
    let mut fields = Map::new();
    fields.insert("event".to_owned(), "run.log_full".into());
    fields.insert("run".to_owned(), run.to_string().into());
    fields.insert("bytes".to_owned(), BYTES_MAX.into());
    let message = "this file is full; later lines are in the service's log only";
    fields.insert("message".to_owned(), message.into());
    Line::new(Level::WARN, module_path!(), fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(run: RunId, message: &str) -> Line {
        let fields = json!({ "message": message, "run": run });
        Line::new(Level::INFO, "t", fields.as_object().unwrap().clone())
    }

    #[test]
    fn each_run_has_its_file_which_ends_where_it_is_full() {
        let dir = tempfile::tempdir().unwrap();
        let runs = Runs {
            data_dir: OnceLock::new(),
            open: Mutex::new(Vec::new()),
        };
        let ids: Vec<RunId> = (0..12).map(|n| RunId::new(n, 7)).collect();
        runs.keep(&line(ids[0], "before there is a place for it"));
        runs.keep_in(dir.path());
        // More than are held open: one that was put away is opened again and goes on.
        for round in ["one", "two"] {
            for id in &ids {
                runs.keep(&line(*id, round));
            }
        }
        for id in &ids {
            let text = std::fs::read_to_string(run_log::file(dir.path(), *id)).unwrap();
            assert_eq!(text.lines().count(), 2, "{text}");
        }
        let (full, long) = (ids[0], "x".repeat(1_000_000));
        for _ in 0..10 {
            runs.keep(&line(full, &long));
        }
        let text = std::fs::read_to_string(run_log::file(dir.path(), full)).unwrap();
        assert!(text.len() as u64 <= BYTES_MAX);
        assert!(
            text.lines().last().unwrap().contains("run.log_full"),
            "it says so"
        );
        assert!(runs.open.lock().unwrap().len() <= OPEN_MAX);
        // A line about something else, or what only looks like a run, goes nowhere.
        runs.keep(&Line::new(
            Level::INFO,
            "t",
            json!({ "run": "check" }).as_object().unwrap().clone(),
        ));
        assert_eq!(
            std::fs::read_dir(run_log::folder(dir.path())).unwrap().count(),
            ids.len()
        );
    }
}
