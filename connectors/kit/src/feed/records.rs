//! The seam for documents of named records (XML, JSON) among the files of a folder.
//! Here because such a document has no header row: its reader finds columns by name, and fills rows field by field.
//! In: whatever implements [`Records`]. Out: rows in the feed's table, batches on their way as they fill.
//! Not here: any parser.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::Read;

use super::reading::Reading;
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
}

impl<'a> Rows<'a> {
    pub(super) fn new(reading: &'a mut Reading) -> Self {
        Self { reading }
    }

    /// Says by which field each column of the stream was found; rows so far must have been none.
    pub(crate) fn header(&mut self, found: BTreeMap<String, String>) {
        let header = serde_json::Value::from_iter(found).to_string();
        self.reading.table.reheader(header);
    }

    /// Opens the row numbered from 0 within its document.
    pub(crate) fn row(&mut self, number: u32) -> Result<(), Stop> {
        let batch = self.reading.table.row(number)?;
        self.reading.batch(batch)
    }

    /// Sets a column of the open row; the first text of a column counts.
    pub(crate) fn text(&mut self, column: usize, text: &str) {
        self.reading.table.text(column, text);
    }

    /// Says by a reason code that the open row cannot be trusted.
    pub(crate) fn flaw(&mut self, code: &'static str) {
        self.reading.table.flaw(code);
    }
}
