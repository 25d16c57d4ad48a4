//! One sheet: its first rows are held until the header is found among them, the rows below go to the table.
//! Here because the header may stand in any of the first ten rows, and a sheet can be walked only once.
//! In: cells in the order of the file. Out: rows of the stream's columns; the sentence for the department when columns are missing.
//! Not here: which header means which column (header.rs), batches (table.rs).

use plugin_api::{Error, tracing};

use super::reading::{Reading, Stop};
use crate::header::{HEADER_ROWS_MAX, Header, Missing, Row, SHEET_COLUMNS_MAX};
use crate::table::Origin;
use crate::xlsx::Cells;

/// A look at the cancel flag after so many cells.
const CELLS_PER_LOOK: u32 = 20_000;

/// Reads one sheet: holds its first rows until the header is found among them, then passes rows on.
pub(super) struct SheetReader<'a> {
    reading: &'a mut Reading,
    sheet: &'a str,
    origin: Origin,
    first_rows: Vec<Row>,
    header: Option<Header>,
    cells: u32,
}

impl Cells for SheetReader<'_> {
    type Stop = Stop;

    fn cell(&mut self, row: u32, column: u32, text: &str) -> Result<(), Stop> {
        self.cells += 1;
        if self.cells.is_multiple_of(CELLS_PER_LOOK) {
            self.reading.ctx.ensure_running()?;
        }
        if self.header.is_none() {
            let number = row + 1;
            if self.first_rows.last().is_none_or(|last| last.number != number) {
                if self.first_rows.len() == HEADER_ROWS_MAX {
                    self.settle()?;
                    return self.pass(row, column, text);
                }
                self.first_rows.push(Row {
                    number,
                    cells: Vec::new(),
                });
            }
            if let Some(last) = self.first_rows.last_mut().filter(|_| column < SHEET_COLUMNS_MAX) {
                last.cells.push((column, text.to_owned()));
            }
            return Ok(());
        }
        self.pass(row, column, text)
    }
}

impl<'a> SheetReader<'a> {
    pub(super) fn new(reading: &'a mut Reading, sheet: &'a str, origin: Origin) -> Self {
        Self {
            reading,
            sheet,
            origin,
            first_rows: Vec::new(),
            header: None,
            cells: 0,
        }
    }

    /// The sheet is over. False when it has no header: then it is another table or a note.
    pub(super) fn end(mut self) -> Result<bool, Stop> {
        if self.header.is_none() && !self.first_rows.is_empty() {
            self.settle()?;
        }
        let batch = self.reading.table.finish()?;
        self.reading.batch(batch)?;
        Ok(self.header.is_some_and(|header| !header.found.is_empty()))
    }

    /// Finds the header among the first rows and passes on those below it.
    fn settle(&mut self) -> Result<(), Stop> {
        let rows = std::mem::take(&mut self.first_rows);
        let header = match self.reading.dictionary.find(&rows) {
            Ok(header) => header,
            Err(Missing::Header) => {
                tracing::warn!(stream = %self.reading.feed.stream, "sheet without header skipped");
                // No column of the sheet is one of ours: its cells go nowhere.
                Header {
                    row: rows.len(),
                    columns: Vec::new(),
                    found: String::new(),
                    extra: 0,
                    repeated: Vec::new(),
                }
            }
            Err(missing) => return Err(sentence(self.sheet, &missing).into()),
        };
        if !header.repeated.is_empty() {
            let error = header.repeated.join("、");
            tracing::warn!(stream = %self.reading.feed.stream, %error, "header repeated, leftmost column read");
        }
        self.origin.header.clone_from(&header.found);
        self.reading.table.start(self.origin.clone());
        let below = rows.into_iter().skip(header.row + 1);
        self.header = Some(header);
        for row in below {
            for (column, text) in row.cells {
                self.pass(row.number - 1, column, &text)?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, row: u32, column: u32, text: &str) -> Result<(), Stop> {
        let Some(header) = self.header.as_ref().filter(|header| !header.found.is_empty()) else {
            return Ok(());
        };
        let column = header.columns.get(column as usize).copied().flatten();
        // The row counts even when the cell is in a column that is not read: no row gets lost silently.
        let batch = self.reading.table.row(row)?;
        self.reading.batch(batch)?;
        if let Some(column) = column {
            self.reading.table.text(column, text);
        }
        Ok(())
    }
}

/// What to send back to the department.
fn sentence(sheet: &str, missing: &Missing) -> Error {
    Error::schema(match missing {
        Missing::Header => format!("工作表“{sheet}”没有表头"),
        Missing::Columns { row, names } => format!(
            "工作表“{sheet}”（第 {row} 行为表头）缺少必需列：{}。请重新导出并勾选这些列后再报送",
            names.join("、")
        ),
        Missing::Unit { header } => {
            format!("工作表“{sheet}”的列“{header}”单位不符，金额应以元为单位，请换算后重新报送")
        }
    })
}
