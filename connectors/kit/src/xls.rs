//! Reads an `.xls` (BIFF), as Excel 97 wrote it and many systems still do.
//! Here because the parser holds such a file whole and trusts its counts; both are bounded before it is called.
//! In: an open file. Out: rows of every worksheet, or the sentence that says what to send instead.
//! Not here: the container (ole.rs). Passwords are told, not tried.

use std::fs::File;
use std::io::{Cursor, Read, Seek};

use calamine::{Reader, SheetVisible, Xls};
use plugin_api::Error;

use crate::cell;
use crate::guard::{Limits, broken};
use crate::ole::{Container, around};
use crate::rows::{Gather, Sheets, Stop};
use crate::xlsx::{CELL_BYTES_MAX, SHEETS_MAX, too_long, worksheets};

/// Cells of all sheets together, empty ones between them too: the parser takes up to a hundred bytes for each.
pub(crate) const XLS_CELLS_MAX: u64 = 4_000_000;
/// The sheets of a workbook may be walked so many times its length: several may begin at one place.
const WALKS_MAX: usize = 4;

const BOUND_SHEET: u16 = 0x0085;
const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00BD;
/// Records of one cell: its row and column come first.
const CELLS: [u16; 7] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x00FD, 0x0006];

/// Takes out the workbook of an OLE container and puts it into one the parser can trust.
pub(crate) fn inspect(file: &mut File, limits: &Limits) -> Result<Vec<u8>, Error> {
    if file.metadata()?.len() > limits.xls_bytes {
        return Err(Error::data("旧版 .xls 文件过大，请另存为 .xlsx 后重新报送"));
    }
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let container = Container::open(&bytes).ok_or_else(broken)?;
    if container.holds("encryptedpackage") {
        return Err(password());
    }
    let name = ["workbook", "book"]
        .into_iter()
        .find(|name| container.holds(name));
    let Some(name) = name else {
        let said = "是 WPS 表格（.et）、文字处理或其他文档，请另存为 .xlsx 后重新报送";
        return Err(Error::unsupported(said));
    };
    let mut stream = container.stream(name).ok_or_else(broken)?;
    drop(container);
    drop(bytes);
    bound(&mut stream)?;
    around(&stream).ok_or_else(broken)
}

/// Reads what [`inspect`] gave. Returns whether the workbook counts its days from 1904.
pub(crate) fn read(workbook: Vec<u8>, sheets: &mut dyn Sheets) -> Result<bool, Stop> {
    let mut xls = Xls::new(Cursor::new(workbook)).map_err(|_| broken())?;
    let mut scratch = String::with_capacity(64);
    for sheet in worksheets(xls.sheets_metadata())? {
        sheets.sheet(&sheet.name, sheet.visible != SheetVisible::Visible)?;
        let range = xls.worksheet_range(&sheet.name).map_err(|_| broken())?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        let mut gather = Gather::default();
        for (row, column, value) in range.used_cells() {
            let (row, column) = (place(first_row, row)?, place(first_column, column)?);
            let value = cell::borrowed(value);
            let Some(text) = cell::text(&value, &mut scratch) else {
                continue;
            };
            if text.len() > CELL_BYTES_MAX {
                return Err(too_long(&sheet.name, row, column).into());
            }
            gather.cell(row + 1, column, text, sheets)?;
        }
        gather.end(sheets)?;
    }
    Ok(xls.has_1904_epoch())
}

fn place(first: u32, offset: usize) -> Result<u32, Error> {
    let offset = u32::try_from(offset).ok();
    offset
        .and_then(|offset| first.checked_add(offset))
        .ok_or_else(broken)
}

fn password() -> Error {
    Error::data("设有打开密码，请取消密码、另存为 .xlsx 后重新报送")
}

/// A record of the stream: its kind, and where its content lies.
#[derive(Debug, Clone, Copy)]
struct Record {
    kind: u16,
    start: usize,
    end: usize,
}

/// The records from a place on, as far as they are whole.
fn records(stream: &[u8], mut at: usize) -> impl Iterator<Item = Record> {
    std::iter::from_fn(move || {
        let [k0, k1, l0, l1] = *stream.get(at..)?.first_chunk()?;
        let start = at + 4;
        let end = start + usize::from(u16::from_le_bytes([l0, l1]));
        at = end;
        (end <= stream.len()).then_some(Record {
            kind: u16::from_le_bytes([k0, k1]),
            start,
            end,
        })
    })
}

/// Refuses what would take too much memory, and takes away the sheets' own word for how large they are.
fn bound(stream: &mut [u8]) -> Result<(), Error> {
    let mut begins = Vec::new();
    for record in records(stream, 0) {
        let content = stream.get(record.start..record.end).unwrap_or_default();
        match record.kind {
            FILE_PASS if content.iter().take(2).any(|byte| *byte != 0) => return Err(password()),
            BOUND_SHEET => begins.push(content.first_chunk().map(|at| u32::from_le_bytes(*at))),
            EOF => break,
            _ => {}
        }
    }
    if begins.len() > SHEETS_MAX {
        return Err(Error::data(format!(
            "工作表超过 {SHEETS_MAX} 个，请拆分后重新报送"
        )));
    }
    let (mut cells, mut walked) = (0_u64, 0);
    for begin in begins {
        let begin = begin
            .and_then(|begin| usize::try_from(begin).ok())
            .ok_or_else(broken)?;
        if begin > stream.len() {
            return Err(broken());
        }
        let (area, bytes) = extent(stream, begin);
        cells += area;
        walked += bytes;
        if cells > XLS_CELLS_MAX {
            return Err(Error::data("表格过大，请另存为 .xlsx 后重新报送"));
        }
        if walked > stream.len() * WALKS_MAX {
            return Err(broken());
        }
    }
    let dimensions: Vec<Record> = records(stream, 0)
        .filter(|record| record.kind == DIMENSIONS)
        .collect();
    for record in dimensions {
        if let Some(content) = stream.get_mut(record.start..record.end) {
            content.fill(0);
        }
    }
    Ok(())
}

/// Cells of the rectangle around all cells of the sheet that begins here, and how far it reaches.
fn extent(stream: &[u8], begin: usize) -> (u64, usize) {
    let (mut rows, mut columns) = ((u16::MAX, 0), (u16::MAX, 0));
    let (mut depth, mut any, mut end) = (0_u32, false, begin);
    for record in records(stream, begin) {
        end = record.end;
        match record.kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            kind if kind == MUL_RK || CELLS.contains(&kind) => {
                let content = stream.get(record.start..record.end).unwrap_or_default();
                let Some([r0, r1, c0, c1]) = content.first_chunk().copied() else {
                    continue;
                };
                let (row, column) = (u16::from_le_bytes([r0, r1]), u16::from_le_bytes([c0, c1]));
                let last = match content.last_chunk() {
                    Some(last) if kind == MUL_RK => u16::from_le_bytes(*last).max(column),
                    Some(_) | None => column,
                };
                any = true;
                rows = (rows.0.min(row), rows.1.max(row));
                columns = (columns.0.min(column), columns.1.max(last));
            }
            _ => {}
        }
    }
    let side = |(first, last): (u16, u16)| u64::from(last.saturating_sub(first)) + 1;
    (if any { side(rows) * side(columns) } else { 0 }, end - begin)
}

#[cfg(test)]
mod tests;
