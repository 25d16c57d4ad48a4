//! Workbooks that were sent back with refused rows and return corrected: how they are known, and whose each row is.
//! Here because such a workbook holds a few rows of a period, whatever it is called, and must never pass for the period.
//! In: a file's first bytes, the first rows of a sheet, the cell with a row's number. Out: stream, part, number.
//! Not here: what becomes of the row that is corrected (the hub), ordinary columns (header).
//!
//! The hub writes these workbooks; this is its form. A sheet's name begins with 退回. Under the header 退回编号 stands
//! `stream/part/` and twenty hexadecimal digits: sixteen that number the row and four that check the whole. Under 原位置
//! stands where the row first came from, `file!sheet!row`. The columns of the department stand under their own headers.

use std::io::{BufReader, Read};

use plugin_api::Error;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::files::{Candidate, RETURNED};
use crate::header::Row;
use crate::layout::Layout;

/// Header of the column with a row's number.
const NUMBER: &str = "退回编号";
/// Header of the column with a row's first place.
const PLACE: &str = "原位置";
/// The list of sheets in a workbook, and how many bytes of it are looked at.
const SHEETS: (&str, u64) = ("xl/workbook.xml", 256 << 10);
/// Digits that number a row, and those that check them.
const DIGITS: usize = 16;
const CHECK_DIGITS: usize = 4;

/// The part a workbook is filed under; its rows have their own. Each workbook is one: none is a version of another.
pub(super) fn part(content: &str) -> String {
    let digest: String = content.chars().take(DIGITS).collect();
    format!("{RETURNED}-{digest}")
}

/// Whether `part` is one of [`part`].
pub(super) fn is_part(part: &str) -> bool {
    part.starts_with(RETURNED)
}

/// Whether a file is such a workbook: one of its sheets is called so. What cannot be opened is none; reading it will tell why.
pub(super) fn is_one(candidate: &Candidate) -> Result<bool, Error> {
    if !candidate.name.to_ascii_lowercase().ends_with(".xlsx") {
        return Ok(false);
    }
    let opened = candidate.open()?;
    let Ok(mut archive) = ZipArchive::new(BufReader::new(opened.file)) else {
        return Ok(false);
    };
    let (name, bytes_max) = SHEETS;
    let Ok(sheets) = archive.by_name(name) else {
        return Ok(false);
    };
    let mut text = Vec::new();
    if sheets.take(bytes_max).read_to_end(&mut text).is_err() {
        return Ok(false);
    }
    Ok(String::from_utf8_lossy(&text).contains(&format!("name=\"{RETURNED}")))
}

/// A row's number with what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) stream: String,
    pub(super) part: String,
    pub(super) digits: String,
}

impl Number {
    /// Reads what stands in the cell; none when a character of it was changed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rest, last) = text.trim().rsplit_once('/')?;
        let (stream, part) = rest.split_once('/')?;
        let (digits, check) = last.split_at_checked(DIGITS)?;
        let sum = hex::encode(Sha256::digest(format!("{stream}/{part}/{digits}")));
        let holds = check.len() == CHECK_DIGITS && sum.starts_with(check);
        holds.then(|| Self {
            stream: stream.to_owned(),
            part: part.to_owned(),
            digits: digits.to_owned(),
        })
    }
}

/// A sheet of refused rows.
#[derive(Debug)]
pub(super) struct Returned {
    number_at: usize,
    place_at: Option<usize>,
    /// What the first number begins with.
    pub(super) stream: Option<String>,
    /// Part and file of the rows being read.
    reading: Option<(String, String)>,
    pub(super) layout: Layout,
    /// Rows without a number.
    pub(super) unnumbered: u64,
}

impl Returned {
    /// The sheet that begins with these rows, when it is one.
    pub(super) fn find(rows: &[Row]) -> Option<Self> {
        let column = |row: &Row, header: &str| {
            let cell = row.cells.iter().find(|(_, text)| text.trim() == header);
            cell.map(|(at, _)| *at as usize)
        };
        let (index, number_at) = rows
            .iter()
            .enumerate()
            .find_map(|(index, row)| Some((index, column(row, NUMBER)?)))?;
        let cells = rows.iter().skip(index + 1).flat_map(|row| &row.cells);
        let mut numbers = cells.filter(|(at, _)| *at as usize == number_at);
        Some(Self {
            number_at,
            place_at: rows.get(index).and_then(|row| column(row, PLACE)),
            // Also of a number that was changed: only whoever reads the stream can say which row it is.
            stream: numbers
                .next()
                .and_then(|(_, text)| text.trim().split_once('/'))
                .map(|(stream, _)| stream.to_owned()),
            reading: None,
            layout: Layout::default(),
            unnumbered: 0,
        })
    }

    /// A layout as these sheets have it: a row is one row, and an empty cell is empty.
    pub(super) fn laid_out(&mut self, mut layout: Layout) {
        layout.fills.clear();
        layout.groups.truncate(1);
        self.layout = layout;
    }

    /// What stands in the cells of number and place.
    pub(super) fn cells<'c>(&self, cell: impl Fn(usize) -> &'c str) -> (&'c str, &'c str) {
        let place = self.place_at.map(&cell).unwrap_or_default();
        // Of a row that was sent back twice the file it first came in.
        let file = place.split('!').next().and_then(|file| file.rsplit('/').next());
        (cell(self.number_at).trim(), file.unwrap_or_default().trim())
    }

    /// Turns to the rows of a part that first came in `file`; whether it was not reading them already.
    pub(super) fn turn_to(&mut self, part: &str, file: &str) -> bool {
        let at_it = matches!(&self.reading, Some((of, from)) if of == part && from == file);
        if !at_it {
            self.reading = Some((part.to_owned(), file.to_owned()));
        }
        !at_it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the hub writes it.
    const WRITTEN: &str = "rolls/202310/0123456789abcdef";

    fn numbered() -> String {
        let sum = hex::encode(Sha256::digest(WRITTEN));
        format!("{WRITTEN}{}", sum.chars().take(4).collect::<String>())
    }

    #[test]
    fn a_number_that_was_changed_is_none() {
        let text = numbered();
        let number = Number::parse(&format!(" {text} ")).unwrap();
        assert_eq!(
            (number.stream.as_str(), number.part.as_str()),
            ("rolls", "202310")
        );
        assert_eq!(number.digits, "0123456789abcdef");
        for wrong in [
            text.replace("202310", "202311"),
            text.replace("rolls", "roll"),
            text.replace("abc", "abd"),
            WRITTEN.to_owned(),
            format!("{text}0"),
            "12".to_owned(),
            String::new(),
        ] {
            assert_eq!(Number::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sheet_is_known_by_its_header_and_its_stream_by_its_first_number() {
        let row = |number, cells: &[(u32, &str)]| Row {
            number,
            cells: cells.iter().map(|(at, text)| (*at, (*text).to_owned())).collect(),
        };
        let text = numbered();
        let rows = [
            row(1, &[(0, "请改正标色的单元格")]),
            row(2, &[(0, "姓名"), (3, "退回编号"), (5, "原位置")]),
            row(3, &[(0, "张三"), (3, &text), (5, "低保.xlsx!表!7")]),
        ];
        let mut found = Returned::find(&rows).unwrap();
        assert_eq!(found.stream.as_deref(), Some("rolls"));
        let cell = |at| ["张三", "", "", text.as_str(), "", "低保.xlsx!表!7"][at];
        assert_eq!(found.cells(cell), (text.as_str(), "低保.xlsx"));
        assert!(found.turn_to("202310", "低保.xlsx") && !found.turn_to("202310", "低保.xlsx"));
        assert!(Returned::find(&rows[..1]).is_none());
        assert!(is_part(&part(&"a".repeat(64))) && !is_part("202310"));
    }
}
