//! Workbooks that go back to a department: its rows under its headers, the offending cells coloured, the reason beside them.
//! Here because a clerk corrects a cell in a spreadsheet, not in a list of codes, and must be able to send just that back.
//! In: sheets and rows, one by one. Out: a new `.xlsx` that its owner alone may read; memory stays that of a row.
//! Not here: which rows (store), their values (engine), reading the workbook when it returns (connectors).

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hub_model::{RETURNED_NUMBER, RETURNED_PLACE, RETURNED_REASON, RETURNED_SHEET, RETURNED_SUGGESTION};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet};

use crate::{Error, Result};

/// Most rows of a workbook.
pub const ROWS_MAX: u32 = 20_000;
/// Most sheets of a workbook.
pub const SHEETS_MAX: usize = 100;
/// Most columns of a sheet, beside those that are added.
const COLUMNS_MAX: usize = 500;
/// Longest text a cell can hold, characters; a little below what spreadsheets take.
const CELL_CHARS_MAX: usize = 32_000;
/// Characters of a part in a sheet's name, which has 31.
const PART_CHARS_MAX: usize = 20;
/// Who may read the file: its owner.
const MODE: u32 = 0o600;
/// What to do, above the header.
const NOTES: [&str; 2] = [
    "以下各行未被采用：请改正标黄的单元格，原因见右侧“退回原因”。不要改动表头和“退回编号”；不在此表中的行不必再报。",
    "改好后另存为 .xlsx（文件名保留“退回”二字），放回原来的报送文件夹。Correct the coloured cells, keep the header and 退回编号, and drop the file back.",
];
/// The columns added beside the department's.
const ADDED: [(&str, f64); 4] = [
    (RETURNED_REASON, 48.0),
    (RETURNED_SUGGESTION, 28.0),
    (RETURNED_PLACE, 36.0),
    (RETURNED_NUMBER, 44.0),
];
const COLUMN_WIDTH: f64 = 20.0;

/// A row that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReturnedRow {
    /// Its cells, a value for each of the sheet's headers.
    pub cells: Vec<String>,
    /// Positions of the offending ones.
    pub blamed: Vec<usize>,
    /// Why, in a clerk's words.
    pub reason: String,
    /// What may have been meant; empty where nothing safe is known.
    pub suggestion: String,
    /// Where it came from: `file!sheet!row`.
    pub place: String,
    /// Its number with what it belongs to.
    pub number: String,
}

/// A workbook being written.
pub struct ReturnedWorkbook {
    path: PathBuf,
    file: File,
    workbook: Workbook,
    sheets: usize,
    columns: usize,
    next: u32,
    text: Format,
    blamed: Format,
    added: Format,
}

impl ReturnedWorkbook {
    /// Begins a workbook in a new file.
    ///
    /// # Errors
    /// When there is such a file already, or the disk refuses.
    pub fn create(path: &Path) -> Result<Self> {
        let io = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(path)
            .map_err(io)?;
        let text = Format::new().set_num_format("@");
        Ok(Self {
            path: path.to_owned(),
            file,
            workbook: Workbook::new(),
            sheets: 0,
            columns: 0,
            next: 0,
            blamed: text.clone().set_background_color(Color::RGB(0xFF_EB_3B)),
            added: text.clone().set_font_color(Color::RGB(0x60_60_60)),
            text,
        })
    }

    /// Begins a sheet for rows of `part` under these headers; whether there was room for one more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sheet(&mut self, part: &str, headers: &[String]) -> Result<bool> {
        if self.sheets == SHEETS_MAX || headers.len() > COLUMNS_MAX {
            return Ok(false);
        }
        self.sheets += 1;
        self.columns = headers.len();
        let name = sheet_name(self.sheets, part);
        let (text, bold) = (self.text.clone(), self.text.clone().set_bold());
        let sheet = self.workbook.add_worksheet_with_constant_memory();
        let sheet = sheet?;
        sheet.set_name(name)?;
        let mut row = 0;
        for note in NOTES {
            sheet.write_string(row, 0, note)?;
            row += 1;
        }
        let added = ADDED.iter().map(|(header, width)| (*header, *width));
        let all = headers
            .iter()
            .map(|header| (header.as_str(), COLUMN_WIDTH))
            .chain(added);
        for (column, (header, width)) in (0_u16..).zip(all) {
            // Whatever is typed below stays text: a number of eighteen digits would lose its last ones.
            sheet.set_column_format(column, &text)?;
            sheet.set_column_width(column, width)?;
            sheet.write_string_with_format(row, column, header, &bold)?;
        }
        sheet.set_freeze_panes(row + 1, 0)?;
        self.next = row + 1;
        Ok(true)
    }

    /// Writes a row into the sheet begun last.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, row: &ReturnedRow) -> Result<()> {
        let at = self.next;
        self.next += 1;
        let (text, blamed, added) = (self.text.clone(), self.blamed.clone(), self.added.clone());
        let columns = self.columns;
        let sheet: &mut Worksheet = self
            .workbook
            .worksheet_from_index(self.sheets.saturating_sub(1))?;
        for (position, (column, cell)) in (0_u16..).zip(&row.cells).take(columns).enumerate() {
            let format = if row.blamed.contains(&position) {
                &blamed
            } else {
                &text
            };
            sheet.write_string_with_format(at, column, cut(cell), format)?;
        }
        let first = u16::try_from(columns).unwrap_or(u16::MAX);
        let beside = [&row.reason, &row.suggestion, &row.place, &row.number];
        for (column, cell) in (first..).zip(beside) {
            sheet.write_string_with_format(at, column, cut(cell), &added)?;
        }
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<()> {
        self.workbook.save_to_writer(&mut self.file)?;
        self.file.sync_all().map_err(|source| Error::Io {
            path: self.path,
            source,
        })
    }
}

/// A name no other sheet has, of characters a sheet's name may have.
fn sheet_name(number: usize, part: &str) -> String {
    let shown = part.chars().map(|c| match c {
        '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'' => '_',
        c if c.is_control() => '_',
        c => c,
    });
    let part: String = shown.take(PART_CHARS_MAX).collect();
    format!("{RETURNED_SHEET}{number} {part}")
}

fn cut(text: &str) -> String {
    text.chars().take(CELL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_workbook_is_its_owners_alone_and_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("退回.xlsx");
        let mut workbook = ReturnedWorkbook::create(&path).unwrap();
        assert!(workbook.sheet("202310", &["姓名".to_owned()]).unwrap());
        let row = ReturnedRow {
            cells: vec!["=1+1".to_owned()],
            blamed: vec![0],
            ..ReturnedRow::default()
        };
        workbook.row(&row).unwrap();
        workbook.finish().unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, MODE);
        assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
        assert!(ReturnedWorkbook::create(&path).is_err());
    }

    #[test]
    fn there_is_room_for_so_many_sheets_and_columns_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut workbook = ReturnedWorkbook::create(&folder.path().join("退回.xlsx")).unwrap();
        let headers: Vec<String> = (0..=COLUMNS_MAX).map(|nth| nth.to_string()).collect();
        assert!(!workbook.sheet("202310", &headers).unwrap(), "too wide");
        for nth in 0..SHEETS_MAX {
            assert!(
                workbook.sheet("202310", &["姓名".to_owned()]).unwrap(),
                "sheet {nth}"
            );
        }
        assert!(
            !workbook.sheet("202310", &["姓名".to_owned()]).unwrap(),
            "one more"
        );
        workbook.finish().unwrap();
    }

    #[test]
    fn sheets_have_names_that_spreadsheets_take() {
        let long = "甲/乙:".repeat(20);
        let name = sheet_name(100, &long);
        assert!(name.chars().count() <= 31 && !name.contains(['/', ':']), "{name}");
        assert!(sheet_name(1, "202310").starts_with(RETURNED_SHEET));
    }
}
