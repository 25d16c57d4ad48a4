//! A row of any table, as slices of one text, and what takes such rows.
//! Here because a workbook, a web page and a CSV file differ only in how their rows are come by.
//! In: a format's reader. Out: rows with their number and cells by sheet column, both as a spreadsheet shows them.
//! Not here: headers, the columns of a stream, batches.

use plugin_api::Error;

use crate::header::SHEET_COLUMNS_MAX;

/// Where a cell's text begins and ends within its row's text.
pub(crate) type Span = (u32, u32);

/// The cells of one row. A column without a span is an empty cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) text: &'a str,
    /// By sheet column.
    pub(crate) spans: &'a [Span],
}

impl<'a> Cells<'a> {
    /// The text of a cell, empty when there is none.
    #[inline]
    pub(crate) fn get(&self, column: usize) -> &'a str {
        self.spans
            .get(column)
            .and_then(|span| slice(self.text, *span))
            .unwrap_or_default()
    }

    /// Whether no cell holds anything.
    pub(crate) fn is_blank(&self) -> bool {
        self.spans.iter().all(|(start, end)| start == end)
    }
}

#[inline]
fn slice(text: &str, (start, end): Span) -> Option<&str> {
    text.get(start as usize..end as usize)
}

/// A span of bytes as far as they are counted here: a row is much shorter than four gigabytes.
#[inline]
pub(crate) fn span(start: usize, end: usize) -> Span {
    let count = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (count(start), count(end))
}

/// Many rows in one text, for formats that come by rows faster than one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) text: &'a str,
    /// Of all rows, one after the other.
    pub(crate) spans: &'a [Span],
    /// None of them blank.
    pub(crate) rows: &'a [BlockRow],
}

/// A row of a block: its number, and where its spans are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockRow {
    pub(crate) number: u32,
    pub(crate) first: usize,
    pub(crate) end: usize,
}

impl<'a> Block<'a> {
    #[inline]
    pub(crate) fn cells(&self, row: &BlockRow) -> Cells<'a> {
        Cells {
            text: self.text,
            spans: self.spans.get(row.first..row.end).unwrap_or_default(),
        }
    }
}

/// Why reading ends before its time.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody receives any more.
    Gone,
    /// It cannot go on.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes the sheets of a document, one after the other, each with its rows.
pub(crate) trait Sheets {
    /// A sheet begins; the one before is over. A hidden one is read like any other.
    fn sheet(&mut self, name: &str, hidden: bool) -> Result<(), Stop>;
    /// A row with at least one cell that holds something; numbers count from 1.
    fn row(&mut self, number: u32, cells: Cells<'_>) -> Result<(), Stop>;
    /// Many such rows.
    fn block(&mut self, block: &Block<'_>) -> Result<(), Stop> {
        for row in block.rows {
            self.row(row.number, block.cells(row))?;
        }
        Ok(())
    }
}

/// Gathers single cells into rows, for formats that give no more than that.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    text: String,
    spans: Vec<Span>,
    number: u32,
}

impl Gather {
    /// Adds a cell, passing the row before on when this is another. Of two cells of one place the first counts.
    pub(crate) fn cell(
        &mut self,
        number: u32,
        column: u32,
        text: &str,
        to: &mut dyn Sheets,
    ) -> Result<(), Stop> {
        if number != self.number {
            self.end(to)?;
            self.number = number;
        }
        if text.is_empty() {
            return Ok(());
        }
        let start = self.text.len();
        // The row counts even when the cell lies beyond the last column looked at: no row gets lost silently.
        let column = column.min(SHEET_COLUMNS_MAX) as usize;
        if column >= self.spans.len() {
            self.spans.resize(column + 1, span(start, start));
        }
        if let Some(free) = self.spans.get_mut(column).filter(|(start, end)| start == end) {
            self.text.push_str(text);
            *free = span(start, self.text.len());
        }
        Ok(())
    }

    /// Passes on the last row.
    pub(crate) fn end(&mut self, to: &mut dyn Sheets) -> Result<(), Stop> {
        if !self.text.is_empty() {
            let cells = Cells {
                text: &self.text,
                spans: &self.spans,
            };
            to.row(self.number, cells)?;
            self.text.clear();
        }
        self.spans.clear();
        Ok(())
    }
}

/// Takes sheets for tests: sheet names and each row's number and texts.
#[cfg(test)]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Collected {
    pub(crate) sheets: Vec<String>,
    pub(crate) rows: Vec<(u32, Vec<String>)>,
}

#[cfg(test)]
impl Sheets for Collected {
    fn sheet(&mut self, name: &str, _: bool) -> Result<(), Stop> {
        self.sheets.push(name.to_owned());
        Ok(())
    }

    fn row(&mut self, number: u32, cells: Cells<'_>) -> Result<(), Stop> {
        assert!(!cells.is_blank());
        let texts = (0..cells.spans.len()).map(|column| cells.get(column).to_owned());
        self.rows.push((number, texts.collect()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_in_any_order_become_rows_and_the_first_of_two_counts() {
        let mut rows = Collected::default();
        let mut gather = Gather::default();
        for (row, column, text) in [(2, 2, "丙"), (2, 0, "甲"), (2, 0, "又"), (5, 1, "乙"), (6, 0, "")] {
            gather.cell(row, column, text, &mut rows).unwrap();
        }
        gather.end(&mut rows).unwrap();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            rows.rows,
            [(2, texts(&["甲", "", "丙"])), (5, texts(&["", "乙"]))]
        );
    }
}
