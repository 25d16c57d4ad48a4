//! Output: the clothes rows come in: CSV, NDJSON, XML, HTML named .xls, workbooks; in UTF-8, GBK or UTF-16.
//! Here because a stream's rows are the same whatever the format.
//! In: headers and rows one by one. Out: a file under its final name once it is whole, so that a watcher never sees half of it.
//! Not here: which file gets which layout (files/).

mod across;
mod text;
mod workbook;

use std::fs;
use std::path::{Path, PathBuf};

use super::row::Row;
use super::rows::Tag;
use super::stream::{Column, Stream};
use crate::Error;

pub(crate) use across::Across;
pub(crate) use text::{Shape, TextTable, push_json, push_xml};
pub(crate) use workbook::{Sheets, WorkbookTable};

/// Formats a feed can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A header and rows separated by commas.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// An element a row.
    Xml,
    /// A workbook.
    Xlsx,
}

/// Encodings of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Encoding {
    /// UTF-8.
    #[value(name = "utf-8")]
    Utf8,
    /// UTF-8 with a byte order mark, as workbooks save it.
    #[value(name = "utf-8-sig")]
    Utf8Bom,
    /// GBK, as Chinese offices save it.
    Gbk,
    /// UTF-16, little end first, with a mark.
    #[value(name = "utf-16")]
    Utf16,
}

/// A header and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) number: bool,
}

impl Header {
    pub(crate) fn of(column: &Column) -> Self {
        Self {
            name: column.name.to_owned(),
            number: column.kind.is_number(),
        }
    }

    pub(crate) fn text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            number: false,
        }
    }

    pub(crate) fn all(stream: Stream) -> Vec<Self> {
        stream.columns().iter().map(Self::of).collect()
    }
}

/// Column names of the grid company's XML: the initials of the Chinese names in pinyin.
pub const SETTLEMENT_ELEMENTS: [(&str, &str); 15] = [
    ("发电户号", "fdhh"),
    ("结算年月", "jsny"),
    ("上月示数", "syss"),
    ("本月示数", "byss"),
    ("倍率", "bl"),
    ("上网电量(kWh)", "swdl"),
    ("上网电价(元/kWh)", "swdj"),
    ("上网电费(元)", "swdf"),
    ("补贴单价", "btdj"),
    ("补贴电量", "btdl"),
    ("补贴金额", "btje"),
    ("应付合计", "yfhj"),
    ("税额", "se"),
    ("实付金额", "sfje"),
    ("付款日期", "fkrq"),
];

/// The element a column is in: the grid's own, else the name without what XML does not allow in one.
pub(crate) fn element(column: &str) -> String {
    match SETTLEMENT_ELEMENTS.iter().find(|(name, _)| *name == column) {
        Some((_, element)) => (*element).to_owned(),
        None => column
            .chars()
            .filter(|character| !matches!(character, '(' | ')' | '/' | '%'))
            .collect(),
    }
}

/// Whether text is a number as JSON and workbooks write one.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    !digits.is_empty()
        && !leading_zero
        && digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A file: its name and its data rows.
pub(crate) type Written = (String, u64);

/// A file, or several parts of one, that take rows.
pub(crate) trait Table {
    fn row(&mut self, row: &Row, tag: &Tag<'_>) -> Result<(), Error>;

    /// Closes it under its final name.
    fn finish(self: Box<Self>) -> Result<Vec<Written>, Error>;
}

/// A file that is not whole yet.
pub(crate) struct Pending {
    pub(crate) unfinished: PathBuf,
    path: PathBuf,
}

impl Pending {
    pub(crate) fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            unfinished: path.with_file_name(format!(".{name}.writing")),
            path: path.to_path_buf(),
        }
    }

    /// Gives it its name, which is returned.
    pub(crate) fn done(&self) -> Result<String, Error> {
        fs::rename(&self.unfinished, &self.path).map_err(|source| Error::io(&self.path, source))?;
        Ok(self
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_json_calls_so() {
        for yes in ["0", "-1", "0.3844", "716.00", "12"] {
            assert!(is_number(yes), "{yes}");
        }
        for no in ["", "-", "007", "1,234.50", "716元", "1.", ".5", "1.2.3", "７１６"] {
            assert!(!is_number(no), "{no}");
        }
    }

    #[test]
    fn every_column_has_an_element_name_xml_allows() {
        for stream in Stream::ALL {
            for column in stream.columns() {
                assert!(
                    element(column.name)
                        .chars()
                        .all(|c| c.is_alphanumeric() || c == '_'),
                    "{}",
                    column.name
                );
            }
        }
    }
}
