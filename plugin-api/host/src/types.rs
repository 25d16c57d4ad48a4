//! The plain data of this crate's API: what to launch, what a stream is, what a read gave.
//! Here apart from the machinery, with the host's own forms of the ABI's JSON documents (the SDK has its own).
//! In/Out: values. Unknown JSON fields are ignored.
//! Not here: behaviour.

use crate::{Access, Limits, LogSink, Verified};
use arrow_schema::SchemaRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Where a plugin runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// In a child process of its own: it may crash, hang or leak.
    #[default]
    Child,
    /// In this process: a little faster, and its faults are ours. For plugins the organisation builds itself.
    InProcess,
}

/// Everything needed to run one call of a plugin.
#[derive(Clone)]
pub struct Launch {
    /// The checked file.
    pub plugin: Arc<Verified>,
    /// The connector's configuration.
    pub config: Value,
    /// The secrets granted to it, by name.
    pub secrets: BTreeMap<String, String>,
    /// Where it runs.
    pub isolation: Isolation,
    /// What it may use.
    pub limits: Limits,
    /// What it may reach, in child mode; `None` is all that the hub's user may.
    pub access: Option<Access>,
    /// Where its log lines go; called from the thread that reads, in-process also from the plugin's threads.
    pub log: LogSink,
}

impl fmt::Debug for Launch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither configuration nor secrets: this ends up in logs.
        out.debug_struct("Launch")
            .field("plugin", &self.plugin)
            .field("isolation", &self.isolation)
            .finish_non_exhaustive()
    }
}

/// One stream as the connector describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamSpec {
    /// Id within the connector.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Columns that identify a row in the source.
    pub primary_key: Vec<String>,
    /// How an incremental read finds its place.
    pub cursor: Option<Cursor>,
    /// `full`, `incremental`.
    pub modes: Vec<String>,
    /// A guess.
    pub estimated_rows: Option<u64>,
    /// SQL from this stream to the canonical tables, as shipped by the connector.
    pub mapping: Option<String>,
}

/// The columns by which an incremental read finds its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// Columns, most significant first.
    pub fields: Vec<String>,
    /// Whether a read without a state is refused.
    pub required: bool,
    /// Whether rows come in this order.
    pub ordered: bool,
}

/// A stream with the schema of its batches.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscoveredStream {
    /// As the connector describes it.
    pub spec: StreamSpec,
    /// All columns it can give.
    pub schema: SchemaRef,
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadRequest {
    /// The stream's name.
    pub stream: String,
    /// Columns wanted; `None` means all.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// The last durable checkpoint's state.
    #[serde(default)]
    pub state: Option<Value>,
    /// `full` or `incremental`.
    #[serde(default = "full")]
    pub mode: String,
    /// Rows a batch should not exceed.
    #[serde(default = "batch_rows")]
    pub batch_rows: usize,
    /// Bytes a batch should not exceed.
    #[serde(default = "batch_bytes")]
    pub batch_bytes: usize,
    /// Stop after so many rows; such a read leaves no checkpoints.
    #[serde(default)]
    pub max_rows: Option<u64>,
    /// Give up after so many milliseconds.
    #[serde(default)]
    pub deadline_ms: Option<u64>,
}

impl ReadRequest {
    /// A full read of all columns in batches of 8192 rows or 2 MiB.
    pub fn new(stream: impl Into<String>) -> ReadRequest {
        ReadRequest {
            stream: stream.into(),
            columns: None,
            state: None,
            mode: full(),
            batch_rows: batch_rows(),
            batch_bytes: batch_bytes(),
            max_rows: None,
            deadline_ms: None,
        }
    }
}

fn full() -> String {
    "full".into()
}

fn batch_rows() -> usize {
    8192
}

fn batch_bytes() -> usize {
    2 << 20
}

/// The connector's place in a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The stream.
    pub stream: String,
    /// So many batches of this read, counted from 1, must be durable before the state is saved.
    pub after_batch: u64,
    /// The connector's own.
    pub state: Value,
}

/// How far the plugin says it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Bytes read from the source.
    pub bytes: u64,
    /// Rows in all, 0 when unknown.
    pub total: u64,
}

/// What a finished read gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadReport {
    /// Batches handed out.
    pub batches: u64,
    /// Rows handed out.
    pub rows: u64,
    /// Whether the stream came to its own end; false when the caller stopped early.
    pub complete: bool,
    /// In order; the last one whose batches are durable counts.
    pub checkpoints: Vec<Checkpoint>,
    /// The child's high-water mark of resident memory; `None` in-process.
    pub peak_rss_bytes: Option<u64>,
    /// The last lines of the plugin's log.
    pub log_tail: Vec<String>,
}
