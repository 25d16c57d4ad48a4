//! What one child may use, and the bounds of everything it sends.
//! Here as the one place where each number stands with its unit.
//! In: per-connector settings. Out: `Limits`, constants.
//! Not here: enforcing them (`child::setup`, `parent`, `frame`).

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The control channel's longest line in bytes: a catalogue with its mappings, a state, a configuration.
pub(crate) const LINE_BYTES_MAX: usize = 4 << 20;
/// Size asked for the data pipe in bytes; about one batch, so that reader and writer overlap.
pub(crate) const PIPE_BYTES: i32 = 1 << 20;
/// Bytes read from a channel at a time.
pub(crate) const READ_BYTES: usize = 64 << 10;
/// How often a waiting reader looks at the cancel flag and at the child.
pub(crate) const TICK: Duration = Duration::from_millis(50);
/// How long a child may take to read its job.
pub(crate) const JOB_WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of the message that tells a child to become a program: one piece for the kernel, so that its receiver, who reads no
/// further than a piece with a descriptor, leaves the job behind it to the program.
pub(crate) const PROGRAM_BYTES_MAX: usize = 16 << 10;
/// Bytes at the beginning of a script in which it says that it is a connector.
pub(crate) const SCRIPT_HEAD_BYTES: usize = 4 << 10;
/// Checkpoints kept of one read; the oldest go first.
pub(crate) const CHECKPOINTS_MAX: usize = 1024;
/// Columns a stream may have.
pub(crate) const COLUMNS_MAX: usize = 4096;
/// Rows of one batch; a column of nulls costs no bytes, so bytes alone do not bound them.
pub(crate) const BATCH_ROWS_MAX: i64 = 1 << 24;
/// Streams a connector may list.
pub(crate) const STREAMS_MAX: usize = 4096;
/// Live dictionaries of one stream may use so many frames' worth of bytes.
pub(crate) const DICTIONARY_FRAMES_MAX: usize = 4;
/// Bytes of one log line.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 8 << 10;
/// Log lines handed on per second; the rest is counted and dropped.
pub(crate) const LOG_LINES_PER_SECOND: u32 = 500;
/// Lines kept for a fault's report.
pub(crate) const LOG_TAIL_LINES: usize = 40;
/// Least time between two progress messages of a child.
pub(crate) const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// Bytes of a plugin file.
pub(crate) const PLUGIN_BYTES_MAX: u64 = 1 << 30;

/// What one plugin may use. Memory, CPU time and files are limited in child mode only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Private writable memory in bytes (RLIMIT_DATA).
    pub memory_bytes: u64,
    /// CPU time in seconds (RLIMIT_CPU).
    pub cpu_seconds: u64,
    /// Open files (RLIMIT_NOFILE).
    pub open_files: u64,
    /// Without a batch or a message for so long, the plugin is asked to stop.
    pub stall_ms: u64,
    /// Having been asked to stop, it is killed after so long.
    pub grace_ms: u64,
    /// Bytes of one frame: one encoded batch with its dictionaries.
    pub frame_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory_bytes: 1 << 30,
            cpu_seconds: 3600,
            open_files: 256,
            stall_ms: 120_000,
            grace_ms: 10_000,
            frame_bytes: 64 << 20,
        }
    }
}

impl Limits {
    pub(crate) fn stall(&self) -> Duration {
        Duration::from_millis(self.stall_ms)
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }
}
