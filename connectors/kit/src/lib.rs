//! What the connectors share: the dirt of the real world, handled once.
//! Here because every department sends the same broken workbooks; a connector only names its columns.
//! In: a drop folder, the columns of a stream. Out: batches of text as it was read, each row with its locator, part and header.
//! Not here: a household, the hub, the meaning of a column (that is the mapping's), numbers and dates as types.
//!
//! Clean `.xlsx` files are read today. The modules are cut so that other formats join beside `xlsx` and feed the same
//! [`header`] and `table` code: rows arrive there as (row, column, text), whatever they were.

mod cell;
mod feed;
pub mod files;
mod guard;
pub mod header;
pub mod http;
pub mod period;
mod record;
mod sniff;
mod spool;
mod table;
mod xlsx;

#[cfg(test)]
mod sample;

pub use feed::{FILES_REMEMBERED_MAX, Feed, Taken};
pub use files::{DropFolder, Pattern};
pub use guard::Limits;
pub use header::Column;
