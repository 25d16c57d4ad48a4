//! What a read is asked for.
//! Here as the typed form of the ABI's request document.
//! In: JSON with defaults for everything but `stream`. Out: `ReadRequest`.
//! Not here: enforcing the limits (`ffi::stream` cuts rows and columns).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows per batch unless the hub says otherwise: small enough to stay in the cache, large enough to amortise.
pub const BATCH_ROWS: usize = 8192;
/// Bytes per batch unless the hub says otherwise.
pub const BATCH_BYTES: usize = 2 << 20;

/// How to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// Everything the source has.
    #[default]
    Full,
    /// What came after the state.
    Incremental,
}

/// One request to read a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReadRequest {
    /// The stream's name.
    pub stream: String,
    /// Columns wanted, in this order; a hint, the SDK cuts the rest. `None` means all.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// The last durable checkpoint's state.
    #[serde(default)]
    pub state: Option<Value>,
    /// Full or incremental.
    #[serde(default)]
    pub mode: Mode,
    /// Rows a batch should not exceed.
    #[serde(default = "batch_rows")]
    pub batch_rows: usize,
    /// Bytes a batch should not exceed.
    #[serde(default = "batch_bytes")]
    pub batch_bytes: usize,
    /// Stop after so many rows (previews). Checkpoints are not forwarded then: a cut batch cannot be resumed.
    #[serde(default)]
    pub max_rows: Option<u64>,
    /// Give up after so many milliseconds.
    #[serde(default)]
    pub deadline_ms: Option<u64>,
}

impl ReadRequest {
    /// A full read of all columns.
    pub fn new(stream: impl Into<String>) -> ReadRequest {
        ReadRequest {
            stream: stream.into(),
            columns: None,
            state: None,
            mode: Mode::Full,
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
            max_rows: None,
            deadline_ms: None,
        }
    }
}

fn batch_rows() -> usize {
    BATCH_ROWS
}

fn batch_bytes() -> usize {
    BATCH_BYTES
}
