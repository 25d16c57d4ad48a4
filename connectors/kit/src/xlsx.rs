//! Walks the sheets of an `.xlsx` cell by cell, never holding more of a sheet than one cell.
//! Here because the parser's convenient form holds a whole sheet, which one stray cell at the far corner makes 500 GB.
//! In: a file the guard has passed. Out: sheets, and for each the cells as (row, column, text) in the order of the file.
//! Not here: guarding (guard.rs), headers (header.rs). The parser's own messages are dropped: they may quote a cell.

use std::fs::File;
use std::io::BufReader;

use calamine::{Reader, SheetType, Xlsx, XlsxError};
use plugin_api::Error;

use crate::cell;

/// Most sheets of a workbook that are read.
pub(crate) const SHEETS_MAX: usize = 200;
/// Longest text of a cell, in bytes: Excel's own limit is 32,767 characters.
pub(crate) const CELL_BYTES_MAX: usize = 128 << 10;
const BUFFER_BYTES: usize = 128 << 10;

pub(crate) struct Workbook {
    xlsx: Xlsx<BufReader<File>>,
}

/// Takes the cells of a sheet; rows and columns count from 0.
pub(crate) trait Cells {
    /// What stops the walk: the sheet's own fault, or the reader's wish.
    type Stop: From<Error>;

    /// One cell that holds something.
    fn cell(&mut self, row: u32, column: u32, text: &str) -> Result<(), Self::Stop>;
}

impl Workbook {
    /// Opens a workbook; the shared strings are read into memory here.
    pub(crate) fn open(file: File) -> Result<Self, Error> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(Self {
            xlsx: Xlsx::new(reader).map_err(|error| said(&error))?,
        })
    }

    /// Names of the worksheets, hidden ones too: what is hidden was often filtered away by mistake.
    pub(crate) fn sheets(&self) -> Result<Vec<String>, Error> {
        let sheets = self
            .xlsx
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
        if names.len() > SHEETS_MAX {
            return Err(Error::data(format!(
                "工作表超过 {SHEETS_MAX} 个，请拆分后重新报送"
            )));
        }
        Ok(names)
    }

    /// Hands every cell of a sheet that holds something to `cells`.
    pub(crate) fn walk<C: Cells>(&mut self, sheet: &str, cells: &mut C) -> Result<(), C::Stop> {
        let mut reader = self
            .xlsx
            .worksheet_cells_reader(sheet)
            .map_err(|error| said(&error))?;
        let mut scratch = String::with_capacity(64);
        while let Some(cell) = reader.next_cell().map_err(|error| said(&error))? {
            let Some(text) = cell::text(cell.get_value(), &mut scratch) else {
                continue;
            };
            let (row, column) = cell.get_position();
            if text.len() > CELL_BYTES_MAX {
                let place = format!("{}{}", crate::header::letters(column), row + 1);
                return Err(Error::data(format!(
                    "工作表“{sheet}”的单元格 {place} 文本过长，请核对后重新报送"
                ))
                .into());
            }
            cells.cell(row, column, text)?;
        }
        Ok(())
    }
}

fn said(error: &XlsxError) -> Error {
    if matches!(error, XlsxError::Io(_)) {
        return Error::transient("暂时无法读取");
    }
    Error::data("内容已损坏，无法读取，请重新导出后报送")
}
