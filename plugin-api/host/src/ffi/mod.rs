//! The unsafe room of the host: loading code, importing Arrow structs, filling buffers, leaving at once.
//! Here so that the rest of the crate is ordinary Rust.
//! In: checked files, raw structs, descriptors. Out: `Plugin`, schemas, batches, bytes.
//! Not here: calling plugins; plugin-abi's client does that.

mod import;
mod load;
mod system;

pub(crate) use import::{Checked, import_batch, import_schema};
pub(crate) use load::load;
pub(crate) use system::{adopt, leave, read_spare};
