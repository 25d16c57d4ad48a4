//! Finds the header row of a sheet and which sheet column holds which column of the stream.
//! Here because titles, notes and reordered or added columns are normal; only a missing required column stops a file.
//! In: the first rows of a sheet as text, the stream's columns with their synonyms. Out: `Header`, or the sentence to send back.
//! Not here: grouped headers over two rows (to come), data rows, the meaning of columns.

use std::collections::BTreeMap;

/// The header is looked for in so many rows that hold anything.
pub const HEADER_ROWS_MAX: usize = 10;
/// Columns of a sheet looked at; the widest known export has 177.
pub const SHEET_COLUMNS_MAX: u32 = 2_000;
/// A row is a header when it names at least so many of the stream's columns.
const HITS_MIN: usize = 2;
/// Brackets behind a header that say the column is in another unit than yuan, months or heads: reading it would be wrong by
/// a factor. Anything else in brackets (`县(市、区、旗)`, `人均纯收入（元）`) changes nothing.
const OTHER_UNITS: [&str; 8] = ["万", "千元", "百元", "亿", "角", "美元", "小时", "天"];

/// A column of a stream: its name, other headers it goes by, and whether a file without it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in the stream, and the first header looked for.
    pub name: String,
    /// Other headers for the same column.
    pub synonyms: Vec<String>,
    /// A sheet without it is refused.
    pub required: bool,
}

impl Column {
    /// An optional column without synonyms.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            synonyms: Vec::new(),
            required: false,
        }
    }

    /// Makes the column required.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Adds other headers for the column.
    #[must_use]
    pub fn also<T: Into<String>>(mut self, synonyms: impl IntoIterator<Item = T>) -> Self {
        self.synonyms.extend(synonyms.into_iter().map(Into::into));
        self
    }
}

/// A row of a sheet before the header is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As the spreadsheet shows it: from 1.
    pub number: u32,
    /// Sheet column (from 0) and text, left to right.
    pub cells: Vec<(u32, String)>,
}

/// Where the columns are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Index of the header among the rows given.
    pub row: usize,
    /// By sheet column: the stream's column found there.
    pub columns: Vec<Option<usize>>,
    /// JSON object from stream column to `F:纯收入`: the sheet column's letter and its header as found.
    pub found: String,
    /// Headers that name no column of the stream; their cells are not read.
    pub extra: usize,
    /// Columns whose header stands there more than once; the leftmost is read.
    pub repeated: Vec<String>,
}

/// Why a sheet cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// No row looks like the header.
    Header,
    /// The header is there, but not these required columns.
    Columns {
        /// The header's row as the spreadsheet shows it.
        row: u32,
        /// Names of the columns, in the stream's order.
        names: Vec<String>,
    },
    /// A column is there, but not in yuan.
    Unit {
        /// The header as found.
        header: String,
    },
}

/// The columns of a stream, ready to be looked up by header.
#[derive(Debug, Clone)]
pub struct Dictionary {
    by_header: BTreeMap<String, usize>,
    names: Vec<String>,
    required: Vec<usize>,
}

impl Dictionary {
    /// A dictionary of all names and synonyms; of two equal ones the first column's counts.
    pub fn new(columns: &[Column]) -> Self {
        let mut by_header = BTreeMap::new();
        for (index, column) in columns.iter().enumerate() {
            for header in std::iter::once(&column.name).chain(&column.synonyms) {
                by_header.entry(plain(header).0).or_insert(index);
            }
        }
        Self {
            by_header,
            names: columns.iter().map(|column| column.name.clone()).collect(),
            required: (0..columns.len())
                .filter(|index| columns[*index].required)
                .collect(),
        }
    }

    /// Finds the header among the first rows of a sheet: the row that names the most columns, the first of equals.
    ///
    /// # Errors
    /// What is missing.
    pub fn find(&self, rows: &[Row]) -> Result<Header, Missing> {
        let hits = |row: &Row| {
            row.cells
                .iter()
                .filter(|(_, text)| self.by_header.contains_key(&plain(text).0))
                .count()
        };
        let mut best = None;
        for (index, row) in rows.iter().enumerate().take(HEADER_ROWS_MAX) {
            let hits = hits(row);
            if hits >= HITS_MIN && best.is_none_or(|(_, most)| hits > most) {
                best = Some((index, hits));
            }
        }
        let (row, _) = best.ok_or(Missing::Header)?;
        self.read(row, &rows[row])
    }

    fn read(&self, index: usize, row: &Row) -> Result<Header, Missing> {
        let mut columns: Vec<Option<usize>> = Vec::new();
        let mut found = BTreeMap::new();
        let (mut extra, mut repeated) = (0, Vec::new());
        for (sheet_column, text) in row.cells.iter().filter(|(column, _)| *column < SHEET_COLUMNS_MAX) {
            let (header, unit) = plain(text);
            let Some(&column) = self.by_header.get(&header) else {
                extra += 1;
                continue;
            };
            if unit.is_some_and(|unit| OTHER_UNITS.iter().any(|other| unit.contains(other))) {
                return Err(Missing::Unit {
                    header: text.trim().to_owned(),
                });
            }
            let name = &self.names[column];
            if found.contains_key(name) {
                repeated.push(name.clone());
                continue;
            }
            found.insert(
                name.clone(),
                format!("{}:{}", letters(*sheet_column), text.trim()),
            );
            let at = *sheet_column as usize;
            columns.resize(columns.len().max(at + 1), None);
            columns[at] = Some(column);
        }
        let missing = self
            .required
            .iter()
            .filter(|column| !found.contains_key(&self.names[**column]));
        let names: Vec<String> = missing.map(|column| self.names[*column].clone()).collect();
        if !names.is_empty() {
            return Err(Missing::Columns {
                row: row.number,
                names,
            });
        }
        let found = serde_json::Value::from_iter(found).to_string();
        Ok(Header {
            row: index,
            columns,
            found,
            extra,
            repeated,
        })
    }

    /// The names of the first few required columns, for the sentence that says what a header should hold.
    pub fn expected(&self) -> String {
        let names: Vec<&str> = self
            .required
            .iter()
            .map(|column| self.names[*column].as_str())
            .collect();
        names.join("、")
    }
}

/// A header without spaces, in half width, and what stood in brackets at its end.
fn plain(header: &str) -> (String, Option<String>) {
    let mut text = String::with_capacity(header.len());
    for c in header.chars() {
        match c {
            // A full-width form is its ASCII twin, moved.
            '！'..='～' => {
                text.extend(char::from_u32(u32::from(c) - 0xFEE0).map(|c| c.to_ascii_lowercase()))
            }
            '\u{200B}'..='\u{200D}' | '\u{FEFF}' => {}
            c if c.is_whitespace() => {}
            '〔' | '【' => text.push('('),
            '〕' | '】' => text.push(')'),
            c => text.push(c.to_ascii_lowercase()),
        }
    }
    if let Some((name, unit)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('('))
        && !name.is_empty()
    {
        return (name.to_owned(), Some(unit.to_owned()));
    }
    (text, None)
}

/// A sheet column's letters: 0 is A, 25 is Z, 26 is AA.
pub fn letters(mut column: u32) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    reversed.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> Dictionary {
        Dictionary::new(&[
            Column::new("户编号").required().also(["户编码"]),
            Column::new("姓名").required(),
            Column::new("纯收入"),
            Column::new("务工时间(月)"),
            Column::new("县"),
        ])
    }

    fn rows(texts: &[&[&str]]) -> Vec<Row> {
        let row = |(number, texts): (u32, &&[&str])| {
            let cells = (0..).zip(texts.iter()).filter(|(_, text)| !text.is_empty());
            Row {
                number,
                cells: cells.map(|(column, text)| (column, (*text).to_owned())).collect(),
            }
        };
        (1..).zip(texts).map(row).collect()
    }

    #[test]
    fn the_header_is_found_below_titles_and_in_any_order_with_other_columns_between() {
        let header = dictionary()
            .find(&rows(&[
                &["全国防返贫监测信息系统导出"],
                &["单位：元"],
                &[
                    "备注",
                    "纯收入（元）",
                    "姓 名",
                    "",
                    "户编码",
                    "务工时间（月）",
                    "县(市、区、旗)",
                ],
                &["", "1", "张三", "", "2", "3"],
            ]))
            .unwrap();
        assert_eq!((header.row, header.extra), (2, 1));
        assert_eq!(
            header.columns,
            [None, Some(2), Some(1), None, Some(0), Some(3), Some(4)]
        );
        assert_eq!(
            header.found,
            r#"{"务工时间(月)":"F:务工时间（月）","县":"G:县(市、区、旗)","姓名":"C:姓 名","户编号":"E:户编码","纯收入":"B:纯收入（元）"}"#
        );
    }

    #[test]
    fn a_missing_required_column_is_named_and_a_missing_optional_one_is_not() {
        let error = dictionary()
            .find(&rows(&[&["标题"], &["户编号", "纯收入"]]))
            .unwrap_err();
        assert_eq!(
            error,
            Missing::Columns {
                row: 2,
                names: vec!["姓名".to_owned()]
            }
        );
        assert!(dictionary().find(&rows(&[&["户编号", "姓名"]])).is_ok());
    }

    #[test]
    fn no_header_among_the_first_ten_rows_is_said_so() {
        let mut texts: Vec<&[&str]> = vec![&["张三", "1"]; 10];
        assert_eq!(dictionary().find(&rows(&texts)).unwrap_err(), Missing::Header);
        texts.push(&["户编号", "姓名"]);
        assert_eq!(dictionary().find(&rows(&texts)).unwrap_err(), Missing::Header);
    }

    #[test]
    fn an_amount_that_is_not_in_yuan_stops_the_sheet() {
        let error = dictionary()
            .find(&rows(&[&["户编号", "姓名", "纯收入(万元)"]]))
            .unwrap_err();
        assert_eq!(
            error,
            Missing::Unit {
                header: "纯收入(万元)".to_owned()
            }
        );
    }

    #[test]
    fn of_a_repeated_header_the_leftmost_is_read_and_the_repetition_told() {
        let header = dictionary().find(&rows(&[&["户编号", "姓名", "姓名"]])).unwrap();
        assert_eq!(header.columns, [Some(0), Some(1)]);
        assert_eq!(header.repeated, ["姓名"]);
    }

    #[test]
    fn sheet_columns_have_the_letters_excel_gives_them() {
        for (column, expect) in [
            (0, "A"),
            (5, "F"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(letters(column), expect);
        }
    }
}
