//! What is read: the seeds' feeds in folders of their own, made once and removed at the end.
//! Here because figures are only worth something over data as dirty and as varied as a department's.
//! In: stream, format, encoding. Out: a folder with one file named as its stream expects it.
//! Not here: the workbook with shared strings, which the kit's bench writes (peers.rs).

use std::path::PathBuf;

use seeds::departments::{Dirt, Encoding, FeedOptions, Format, Stream, feed};
use tempfile::TempDir;

/// Rows of a feed unless `HUB_BENCH_ROWS` says otherwise.
const ROWS: u64 = 1_000_000;

/// Rows of a feed.
pub(crate) fn rows() -> u64 {
    setting("HUB_BENCH_ROWS").map_or(ROWS, |rows| rows.parse().unwrap())
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "a bench has no settings loader")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A folder with one file.
pub(crate) struct Inbox {
    pub(crate) folder: TempDir,
    pub(crate) file: PathBuf,
}

impl Inbox {
    /// An empty one, for `file`.
    pub(crate) fn empty(file: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            file: folder.path().join(file),
            folder,
        }
    }

    /// One with a feed of `stream`.
    pub(crate) fn feed(stream: Stream, format: Format, encoding: Encoding, rows: u64) -> Self {
        let ending = match format {
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Xml => "xml",
            Format::Xlsx => "xlsx",
        };
        let inbox = Self::empty(&format!("{}-202310.{ending}", stream.name()));
        let options = FeedOptions {
            stream,
            rows,
            format,
            encoding,
            seed: 1,
            dirt: Dirt::DEFAULT,
        };
        feed(&inbox.file, options).unwrap();
        inbox
    }
}
