//! The SDK for connectors in Rust: implement [`Connector`], call [`export_connector!`], build a `cdylib`.
//! Here so that an author writes one trait and never meets a pointer; the macro erases the type behind the C ABI.
//! In: configuration and requests as JSON. Out: Arrow batches in the source's own terms, checkpoints, log lines.
//! Not here: any source, any household, any hub; whether the plugin runs in a child or in the hub is not visible.
//!
//! `../templates/rust/src/lib.rs` is a whole connector; `hub connector new` begins with it.

mod connector;
mod context;
mod error;
#[allow(
    unsafe_code,
    reason = "the one room where Rust values become C pointers and back"
)]
pub mod ffi;
mod host;
mod log;
mod panics;
mod request;
mod spec;
pub mod testing;

pub use connector::{Batches, Connector};
pub use context::{Context, Secret};
pub use error::Error;
pub use ffi::Descriptor;
pub use plugin_abi::{Category, columns};
pub use request::{BATCH_BYTES, BATCH_ROWS, Mode, ReadRequest};
pub use spec::{Cursor, Spec, StreamSpec};

/// The Arrow crates this SDK was built with: use these, so that batches and schemas are the same types.
pub mod arrow {
    pub use arrow_array as array;
    pub use arrow_schema as schema;
}
/// For `record_batch!`, which looks for this name where it is called.
#[doc(hidden)]
pub use arrow_schema;
pub use schemars;
pub use serde;
pub use serde_json;
pub use tracing;

/// Name of this SDK as it appears in the descriptor and in the file's note.
pub const SDK: &str = concat!("rust-", env!("CARGO_PKG_VERSION"));

#[doc(hidden)]
pub use plugin_abi::note::note as __note;
