//! Walks the sheets of an `.xlsx` cell by cell, never holding more of a sheet than one row.
//! Here because the parser's convenient form holds a whole sheet, which one stray cell at the far corner makes 500 GB.
//! In: a file the guard has passed. Out: sheets and rows in the order of the file.
//! Not here: guarding (guard.rs), headers (header). The parser's own messages are dropped: they may quote a cell.

use std::io::{BufReader, Read, Seek};

use calamine::{Reader, Sheet, SheetType, SheetVisible, Xlsx, XlsxError};
use plugin_api::Error;

use crate::cell;
use crate::header::letters;
use crate::rows::{Gather, Sheets, Stop};

/// Most sheets of a workbook that are read.
pub(crate) const SHEETS_MAX: usize = 200;
/// Longest text of a cell, in bytes: Excel's own limit is 32,767 characters.
pub(crate) const CELL_BYTES_MAX: usize = 128 << 10;
const BUFFER_BYTES: usize = 128 << 10;

/// Reads every worksheet, hidden ones too: what is hidden was often filtered away by mistake. Returns whether the workbook
/// counts its days from 1904.
pub(crate) fn read<R: Read + Seek>(file: R, sheets: &mut dyn Sheets) -> Result<bool, Stop> {
    let reader = BufReader::with_capacity(BUFFER_BYTES, file);
    // The shared strings are read into memory here.
    let mut xlsx = Xlsx::new(reader).map_err(|error| said(&error))?;
    for sheet in worksheets(xlsx.sheets_metadata())? {
        sheets.sheet(&sheet.name, sheet.visible != SheetVisible::Visible)?;
        walk(&mut xlsx, &sheet.name, sheets)?;
    }
    Ok(xlsx.has_1904_epoch())
}

/// The sheets with cells.
pub(crate) fn worksheets(all: &[Sheet]) -> Result<Vec<Sheet>, Error> {
    let sheets = all.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let sheets: Vec<Sheet> = sheets.cloned().collect();
    if sheets.len() > SHEETS_MAX {
        return Err(Error::data(format!(
            "工作表超过 {SHEETS_MAX} 个，请拆分后重新报送"
        )));
    }
    Ok(sheets)
}

fn walk<R: Read + Seek>(
    xlsx: &mut Xlsx<BufReader<R>>,
    sheet: &str,
    sheets: &mut dyn Sheets,
) -> Result<(), Stop> {
    let mut reader = xlsx.worksheet_cells_reader(sheet).map_err(|error| said(&error))?;
    let mut scratch = String::with_capacity(64);
    let mut gather = Gather::default();
    while let Some(cell) = reader.next_cell().map_err(|error| said(&error))? {
        let Some(text) = cell::text(cell.get_value(), &mut scratch) else {
            continue;
        };
        let (row, column) = cell.get_position();
        if text.len() > CELL_BYTES_MAX {
            return Err(too_long(sheet, row, column).into());
        }
        gather.cell(row.saturating_add(1), column, text, sheets)?;
    }
    gather.end(sheets)
}

pub(crate) fn too_long(sheet: &str, row: u32, column: u32) -> Error {
    let place = format!("{}{}", letters(column), u64::from(row) + 1);
    Error::data(format!(
        "工作表“{sheet}”的单元格 {place} 文本过长，请核对后重新报送"
    ))
}

fn said(error: &XlsxError) -> Error {
    if matches!(error, XlsxError::Io(_)) {
        return Error::transient("暂时无法读取");
    }
    Error::data("内容已损坏，无法读取，请重新导出后报送")
}
