//! The seam for documents of named records (XML, JSON) among the files of a folder.
//! Here because such a document has no header row: its reader finds columns by name, and fills rows field by field.
//! In: whatever implements [`Records`]. Out: rows in the feed's table, batches on their way as they fill.
//! Not here: any parser.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::Read;

use super::reading::Reading;
use crate::record::{Flaw, Sink};
use crate::rows::Stop;
use crate::sniff::Format;

/// Reads documents of records of one stream.
pub(crate) trait Records: Debug + Send + Sync {
    /// Reads a document to its end; its rows are numbered from 1 in their locators.
    fn read(&self, format: Format, input: &mut dyn Read, rows: &mut Rows<'_>) -> Result<(), Stop>;
}

/// Takes the rows of a document, field by field.
pub(crate) struct Rows<'a> {
    reading: &'a mut Reading,
    document: &'a str,
}

impl<'a> Rows<'a> {
    pub(super) fn new(reading: &'a mut Reading, document: &'a str) -> Self {
        Self { reading, document }
    }

    /// A sentence about this document for the record of the run.
    pub(crate) fn remark(&self, said: &str) {
        self.reading.remark(&format!("文件“{}”：{said}", self.document));
    }

    /// Says by which field each column of the stream was found; rows so far must have been none.
    #[allow(
        dead_code,
        reason = "a reader that knows its fields only afterwards has none to give"
    )]
    pub(crate) fn header(&mut self, found: BTreeMap<String, String>) {
        let header = serde_json::Value::from_iter(found).to_string();
        self.reading.table.reheader(header);
    }
}

impl Sink for Rows<'_> {
    type Stop = Stop;

    fn row(&mut self, number: u32) -> Result<(), Stop> {
        let batch = self.reading.table.row(number)?;
        self.reading.batch(batch)
    }

    fn text(&mut self, column: usize, text: &str) {
        self.reading.table.text(column, text);
    }

    fn flaw(&mut self, flaw: Flaw, _: Option<usize>) {
        self.reading.table.flaw(flaw.code());
    }
}
