//! Workbooks: xlsx with what people put around a table: titles, units, grouped headers, footers, sheets by town, merged cells.
//! Here because that is how rolls arrive; a plain table is the special case.
//! In: headers, rows. Out: one file, or parts when a sheet is full; constant memory but where cells are merged.
//! Not here: text formats (text.rs).

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::{Header, Pending, Table, Written, is_number};
use crate::Error;
use crate::departments::row::Row;
use crate::departments::rows::Tag;

/// Data rows per file; a sheet holds 1,048,576 rows in all.
pub(crate) const ROWS_MAX: u32 = 1_000_000;
/// Data rows per file with merged cells, which is held in memory.
pub(crate) const MERGED_ROWS_MAX: u32 = 20_000;

/// What stands around the table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheets {
    /// A merged title above the headers.
    pub(crate) title: Option<String>,
    /// A row of units or notes between title and headers.
    pub(crate) note: Option<&'static str>,
    /// Groups over the headers: name, first column, last column.
    pub(crate) groups: Vec<(&'static str, u16, u16)>,
    /// Rows 合计 and 填报人 below.
    pub(crate) footers: bool,
    /// A sheet for each town, one of its columns and its first row hidden.
    pub(crate) by_town: bool,
    /// Columns merged over the rows of a block.
    pub(crate) merged: Vec<u16>,
    /// A column printed again at the end under the same header.
    pub(crate) doubled: Option<usize>,
}

/// A workbook that takes rows.
pub(crate) struct WorkbookTable {
    path: PathBuf,
    headers: Vec<Header>,
    around: Sheets,
    open: Option<Open>,
    written: Vec<Written>,
}

struct Open {
    workbook: Workbook,
    sheet: usize,
    town: String,
    /// Next row of the sheet.
    next: u32,
    rows: u32,
    /// Block and first row of the block that is being written.
    block: Option<(u64, u32)>,
    /// Texts of the block's merged cells.
    merged: Vec<String>,
}

impl WorkbookTable {
    pub(crate) fn create(path: &Path, headers: Vec<Header>, around: Sheets) -> Self {
        Self {
            path: path.to_path_buf(),
            headers,
            around,
            open: None,
            written: Vec::new(),
        }
    }

    fn start(&self) -> Result<Open, Error> {
        let mut workbook = Workbook::new();
        // A fixed date of creation: the same rows are the same file, byte for byte.
        let created = ExcelDateTime::from_ymd(2023, 10, 31)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        if let Some(folder) = self.path.parent() {
            workbook.set_tempdir(folder)?;
        }
        Ok(Open {
            workbook,
            sheet: 0,
            town: String::new(),
            next: 0,
            rows: 0,
            block: None,
            merged: Vec::new(),
        })
    }

    fn new_sheet(&self, open: &mut Open, town: &str, first: bool) -> Result<(), Error> {
        let sheet = if self.around.merged.is_empty() {
            open.workbook.add_worksheet_with_constant_memory()?
        } else {
            open.workbook.add_worksheet()
        };
        if self.around.by_town && !town.is_empty() {
            sheet.set_name(town)?;
        }
        open.sheet = if first { 0 } else { open.sheet + 1 };
        open.town = town.to_owned();
        open.next = self.head(sheet)?;
        if self.around.by_town {
            sheet.set_column_hidden(6)?;
            sheet.set_row_hidden(open.next)?;
        }
        Ok(())
    }

    /// Title, notes, groups and headers; gives the first data row.
    fn head(&self, sheet: &mut Worksheet) -> Result<u32, Error> {
        let mut row = 0;
        if let Some(title) = &self.around.title {
            sheet.write_string(row, 0, title)?;
            row += 1;
        }
        if let Some(note) = self.around.note {
            sheet.write_string(row, 0, note)?;
            row += 1;
        }
        if !self.around.groups.is_empty() {
            for (name, first, _) in &self.around.groups {
                sheet.write_string(row, *first, *name)?;
            }
            row += 1;
        }
        let doubled = self.around.doubled.and_then(|column| self.headers.get(column));
        for (column, header) in (0..).zip(self.headers.iter().chain(doubled)) {
            sheet.write_string(row, column, &header.name)?;
        }
        Ok(row + 1)
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        open.end_block(&self.around.merged)?;
        if self.around.footers {
            let sheet = open.workbook.worksheet_from_index(open.sheet)?;
            sheet.write_string(open.next, 0, "合计")?;
            sheet.write_number(open.next, 1, open.rows)?;
            sheet.write_string(open.next + 1, 0, "填报人：周文")?;
            sheet.write_string(open.next + 1, 3, "审核人：钱正")?;
        }
        let part = self.written.len() + 1;
        let path = match (part, self.path.file_stem()) {
            (1, _) | (_, None) => self.path.clone(),
            (_, Some(stem)) => self
                .path
                .with_file_name(format!("{}-part{part}.xlsx", stem.to_string_lossy())),
        };
        let pending = Pending::new(&path);
        open.workbook.save(&pending.unfinished)?;
        self.written.push((pending.done()?, u64::from(open.rows)));
        Ok(())
    }

    fn rows_max(&self) -> u32 {
        if self.around.merged.is_empty() {
            ROWS_MAX
        } else {
            MERGED_ROWS_MAX
        }
    }

    /// Takes a row's cells; `town` and `block` place them.
    pub(crate) fn cells<'c>(
        &mut self,
        cells: impl Iterator<Item = &'c str>,
        town: &str,
        block: u64,
    ) -> Result<(), Error> {
        let (full, same_block) = match &self.open {
            Some(open) => (
                open.rows >= self.rows_max(),
                open.block.is_some_and(|(last, _)| last == block),
            ),
            None => (false, false),
        };
        if full && !same_block {
            self.close()?;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => {
                let mut open = self.start()?;
                self.new_sheet(&mut open, town, true)?;
                open
            }
        };
        if self.around.by_town && open.town != town {
            open.end_block(&self.around.merged)?;
            self.new_sheet(&mut open, town, false)?;
        }
        let continues = open.block.is_some_and(|(last, _)| last == block);
        if !continues {
            open.end_block(&self.around.merged)?;
            open.block = Some((block, open.next));
            open.merged.clear();
        }
        let doubled = self.around.doubled;
        let sheet = open.workbook.worksheet_from_index(open.sheet)?;
        let mut again = None;
        let mut column = 0;
        for (position, cell) in cells.enumerate() {
            if Some(position) == doubled {
                again = Some(cell);
            }
            let is_merged = self.around.merged.contains(&column);
            if is_merged && !continues {
                open.merged.push(cell.to_owned());
            }
            let hidden_by_merge = is_merged && continues;
            let number = self.headers.get(position).is_some_and(|header| header.number);
            if !hidden_by_merge {
                write_cell(sheet, open.next, column, cell, number)?;
            }
            column += 1;
        }
        if let Some(cell) = again {
            write_cell(sheet, open.next, column, cell, false)?;
        }
        open.next += 1;
        open.rows += 1;
        self.open = Some(open);
        Ok(())
    }
}

fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &str, number: bool) -> Result<(), Error> {
    if cell.is_empty() {
        return Ok(());
    }
    match cell.parse::<f64>() {
        Ok(value) if number && is_number(cell) => sheet.write_number(row, column, value)?,
        Ok(_) | Err(_) => sheet.write_string(row, column, cell)?,
    };
    Ok(())
}

impl Open {
    /// Merges the cells of the block that ends here.
    fn end_block(&mut self, columns: &[u16]) -> Result<(), Error> {
        let (Some((_, first)), last) = (self.block.take(), self.next.saturating_sub(1)) else {
            return Ok(());
        };
        if columns.is_empty() || last <= first {
            return Ok(());
        }
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        for (column, text) in columns.iter().zip(&self.merged) {
            sheet.merge_range(first, *column, last, *column, text, &Format::new())?;
        }
        Ok(())
    }
}

impl Table for WorkbookTable {
    fn row(&mut self, row: &Row, tag: &Tag<'_>) -> Result<(), Error> {
        self.cells(row.cells(), tag.town, tag.block)
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<Written>, Error> {
        if self.open.is_none() && self.written.is_empty() {
            let mut open = self.start()?;
            self.new_sheet(&mut open, "", true)?;
            self.open = Some(open);
        }
        self.close()?;
        Ok(self.written)
    }
}
