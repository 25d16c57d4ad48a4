//! Runs connector plugins: checks the file, starts it in a child process (or in this one), and hands out batches.
//! Here so that a plugin's crash, hang, leak or lie becomes a `Fault` with a category, never the hub's end.
//! In: a plugin file, its pinned hash, configuration, secrets, limits. Out: specs, streams, batches, `Fault`s.
//! Not here: what the batches mean, when to run, whether to retry. Everything blocks; nothing here is async.

mod access;
mod calls;
mod child;
mod conform;
mod error;
#[allow(
    unsafe_code,
    reason = "the one room where files become code and C structs become Arrow arrays"
)]
mod ffi;
mod file;
mod frame;
#[doc(hidden)]
pub mod fuzzing;
mod host;
mod in_process;
mod limits;
mod lock;
mod log;
mod parent;
mod session;
mod trust;
mod types;
mod wire;

pub use access::Access;
pub use child::child_main;
pub use error::{Cause, Fault, PluginError};
pub use file::{Kind, PluginFile};
pub use host::Host;
pub use limits::Limits;
pub use lock::{Entry, Lock, Verified};
pub use log::{Level, LogLine, LogSink, discard_logs};
pub use plugin_abi::conformance::{Check, Report};
pub use plugin_abi::{Category, EXPLAIN_TARGET, REMARK_TARGET, columns};
pub use session::{Canceller, ReadSession};
pub use trust::Trust;
pub use types::{
    Checkpoint, Cursor, DiscoveredStream, Isolation, Launch, Progress, ReadReport, ReadRequest, StreamSpec,
};
