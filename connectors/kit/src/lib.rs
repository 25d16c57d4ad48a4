//! What the connectors share: the dirt of the real world, handled once.
//! Here because every department sends the same broken files; a connector only names its columns.
//! In: the definition of streams, a site's options. Out: batches of text as it was read, each row with its locator, part and header.
//! Not here: a household, the hub, the meaning of a column (that is the mapping's), numbers and dates as types.
//!
//! One path for all files: `document` opens a file for what it is (workbook, web page, delimited text, records, zip or gzip of
//! them), a reader per format makes `rows` of it, [`header`] finds the stream's columns in them and `table` the batches. What is
//! fetched (`http`, `database`) goes by way of a `spool` into the same table. `source` puts transport and streams together.
//! What a foreign program or driver reads comes from a `worker` and is held (`held`) until it is whole.

mod archive;
mod cell;
pub mod database;
mod decode;
mod delimited;
mod document;
mod documents;
mod feed;
pub mod files;
#[doc(hidden)]
pub mod fuzzing;
mod guard;
pub mod header;
pub mod held;
mod html;
pub mod http;
mod layout;
mod macros;
pub mod masked;
pub mod offered;
mod ole;
pub mod options;
pub mod period;
mod record;
mod remark;
mod remote;
mod rows;
mod sniff;
mod source;
mod spool;
pub mod streams;
mod table;
mod version;
pub mod worker;
mod xls;
mod xlsx;

#[cfg(test)]
mod sample;

pub use feed::{FILES_REMEMBERED_MAX, Feed, Taken};
pub use files::{DropFolder, Pattern};
pub use guard::Limits;
pub use header::{Column, Members};
pub use options::Transport;
pub use source::{Definition, Source};
