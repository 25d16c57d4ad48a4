//! The unsafe room: a `Connector` becomes the C descriptor, its calls become C calls, its batches a C stream.
//! Here so that nothing outside this folder touches a pointer, in the SDK or in a connector.
//! In: `Connector` types, C arguments. Out: `Descriptor`, C results.
//! Not here: loading plugins (plugin-host).

mod convert;
mod entry;
mod export;
mod host;
mod import;
mod stream;

pub(crate) use import::{import_batch, import_schema};

pub use export::{__Cell, __build, Descriptor};
