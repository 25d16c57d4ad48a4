//! The connector ABI: the C structs both sides share, and the few words (categories, names, columns) they agree on.
//! Here, without any dependency, so that a hub and a plugin may be built from different Arrow or compiler versions.
//! In: nothing. Out: `ffi` (the structs of `include/hub_connector.h`), `Category`, `columns`, `note`.
//! Not here: how a plugin is written (plugin-api), how it is loaded or kept alive (plugin-host).

mod category;
pub mod columns;
pub mod conformance;
#[allow(
    unsafe_code,
    reason = "C structs, function pointers and buffers that carry their own release"
)]
pub mod ffi;
pub mod note;

pub use category::Category;

/// First four bytes of every descriptor: "HUBC" read as a little-endian number.
pub const MAGIC: u32 = u32::from_le_bytes(*b"HUBC");
/// Major version of this ABI. It is part of the symbol's name, so two majors can live in one file.
pub const ABI_MAJOR: u16 = 1;
/// Minor version: append-only additions, found through the `size` fields.
pub const ABI_MINOR: u16 = 0;
/// The only symbol a plugin exports.
pub const SYMBOL: &str = "hub_connector_v1";
/// `size` of the descriptor in ABI 1.0 on 64-bit machines; the least a host accepts.
pub const DESCRIPTOR_SIZE_MIN: u32 = 176;
/// Set in `HubConnector::flags` by plugins whose runtime must not share a process (Go): child mode only.
pub const FLAG_CHILD_ONLY: u32 = 1;
/// Set in `HubError::flags` when the error is a caught panic, so that the host need not guess from the text.
pub const ERROR_FLAG_PANIC: u32 = 1;

/// Target of log lines that are sentences for the record of the run: what a person should know though nothing failed.
pub const REMARK_TARGET: &str = "remark";
/// Target of the log lines that tell how a source was read, to whoever asked: where a header was found. Kept with no run.
pub const EXPLAIN_TARGET: &str = "explain";

/// Levels of `HubHost::log`, most urgent first.
pub mod level {
    /// A person must act.
    pub const ERROR: i32 = 1;
    /// Lost time, not data.
    pub const WARN: i32 = 2;
    /// What happened.
    pub const INFO: i32 = 3;
    /// For the author.
    pub const DEBUG: i32 = 4;
    /// For the author, in a loop.
    pub const TRACE: i32 = 5;
}
