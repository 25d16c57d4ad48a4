//! A list as a workbook: a note, a header, rows of text, in one sheet.
//! Here because reports and ledgers are read, sorted and sent on in spreadsheets.
//! In: rows, one by one. Out: a new `.xlsx` that its owner alone may read; memory stays that of a row.
//! Not here: what the rows say; workbooks that come back (returned).

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rust_xlsxwriter::{Format, Workbook};

use crate::{Error, Result};

/// Most rows of a workbook: what a sheet holds, less its head.
pub const ROWS_MAX: usize = 1_000_000;
/// Longest text a cell can hold, characters; a little below what spreadsheets take.
const CELL_CHARS_MAX: usize = 32_000;
/// Who may read the file: its owner.
const MODE: u32 = 0o600;

/// Writes `rows` under `header` (names and widths in characters) into a new file; `notes` stand above.
///
/// # Errors
/// When there is such a file already, there are more than [`ROWS_MAX`] rows, or the disk refuses.
pub fn write(
    path: &Path,
    sheet: &str,
    notes: &[String],
    header: &[(&str, f64)],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<usize> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)
        .map_err(io)?;
    // Text stays text: a number of eighteen digits would lose its last ones.
    let text = Format::new().set_num_format("@").set_text_wrap();
    let bold = text.clone().set_bold();
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet_with_constant_memory()?;
    page.set_name(sheet)?;
    let mut at = 0;
    for note in notes {
        page.write_string(at, 0, note)?;
        at += 1;
    }
    for (column, (name, width)) in (0_u16..).zip(header) {
        page.set_column_width(column, *width)?;
        page.write_string_with_format(at, column, *name, &bold)?;
    }
    page.set_freeze_panes(at + 1, 0)?;
    let mut written = 0;
    for row in rows {
        if written == ROWS_MAX {
            return Err(io(std::io::Error::other(format!("more than {ROWS_MAX} rows"))));
        }
        at += 1;
        written += 1;
        for (column, cell) in (0_u16..).zip(row) {
            let cell: String = cell.chars().take(CELL_CHARS_MAX).collect();
            page.write_string_with_format(at, column, cell, &text)?;
        }
    }
    workbook.save_to_writer(&mut file)?;
    file.sync_all().map_err(io)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_list_is_its_owners_alone_and_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.xlsx");
        let make = || {
            write(
                &path,
                "清单",
                &["说明".to_owned()],
                &[("户编号", 20.0)],
                [vec!["341221001".to_owned()]],
            )
        };
        assert_eq!(make().unwrap(), 1);
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(make().is_err());
    }
}
