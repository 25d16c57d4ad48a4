//! Text formats: CSV, tab-separated, NDJSON, XML, and the HTML table that systems name .xls.
//! Here because all of them are lines built in one buffer and encoded on the way out.
//! In: headers, rows. Out: bytes in the encoding wanted; XML may be wrapped in a zip.
//! Not here: workbooks (workbook.rs).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Encoding, Header, Pending, Table, Written, element, is_number};
use crate::Error;
use crate::departments::gbk;
use crate::departments::row::Row;
use crate::departments::rows::Tag;

/// Bytes kept back before they are written.
const BUFFER_BYTES: usize = 1 << 18;

/// The shapes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Csv,
    Tabs,
    Ndjson,
    Xml,
    Html,
}

enum Target {
    Plain(BufWriter<File>),
    Zipped(Box<ZipWriter<BufWriter<File>>>),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Zipped(zip) => zip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Zipped(zip) => zip.flush(),
        }
    }
}

/// A text file that takes rows.
pub(crate) struct TextTable {
    pending: Pending,
    target: Target,
    shape: Shape,
    encoding: Encoding,
    headers: Vec<Header>,
    /// Element or key of each column.
    keys: Vec<String>,
    /// Names of the root element and of a row's.
    elements: (String, String),
    line: String,
    bytes: Vec<u8>,
    rows: u64,
}

impl TextTable {
    /// A file at `path`; rows are elements named `row` in the singular when it is XML.
    pub(crate) fn create(
        path: &Path,
        shape: Shape,
        encoding: Encoding,
        headers: Vec<Header>,
        row: &str,
    ) -> Result<Self, Error> {
        Self::with(path, shape, encoding, headers, row, None)
    }

    /// The same inside a zip, as the entry `entry`.
    pub(crate) fn create_zipped(
        path: &Path,
        entry: &str,
        headers: Vec<Header>,
        row: &str,
    ) -> Result<Self, Error> {
        Self::with(path, Shape::Xml, Encoding::Utf8, headers, row, Some(entry))
    }

    fn with(
        path: &Path,
        shape: Shape,
        encoding: Encoding,
        headers: Vec<Header>,
        row: &str,
        entry: Option<&str>,
    ) -> Result<Self, Error> {
        let pending = Pending::new(path);
        let failed = |source| Error::io(path, source);
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::create(&pending.unfinished).map_err(failed)?);
        let target = match entry {
            None => Target::Plain(file),
            Some(entry) => {
                let mut zip = ZipWriter::new(file);
                // The default time of a zip entry is fixed, so the same rows are the same bytes.
                zip.start_file(entry, SimpleFileOptions::default())
                    .map_err(|error| failed(io::Error::other(error)))?;
                Target::Zipped(Box::new(zip))
            }
        };
        let keys = headers.iter().map(|header| {
            if shape == Shape::Xml {
                element(&header.name)
            } else {
                header.name.clone()
            }
        });
        let mut table = Self {
            pending,
            target,
            shape,
            encoding,
            keys: keys.collect(),
            headers,
            elements: (row.to_owned(), row.trim_end_matches('s').to_owned()),
            line: String::with_capacity(4096),
            bytes: Vec::with_capacity(8192),
            rows: 0,
        };
        table.opening();
        table.write_line().map_err(failed)?;
        Ok(table)
    }

    fn opening(&mut self) {
        let Self {
            line,
            headers,
            elements,
            ..
        } = self;
        match self.shape {
            Shape::Csv => push_csv(line, headers.iter().map(|header| header.name.as_str()), ','),
            Shape::Tabs => push_csv(line, headers.iter().map(|header| header.name.as_str()), '\t'),
            Shape::Ndjson => {}
            Shape::Xml => {
                let name = if self.encoding == Encoding::Gbk {
                    "GBK"
                } else {
                    "UTF-8"
                };
                line.push_str(&format!(
                    "<?xml version=\"1.0\" encoding=\"{name}\"?>\n<{}>\n",
                    elements.0
                ));
            }
            Shape::Html => {
                let name = if self.encoding == Encoding::Gbk {
                    "gb2312"
                } else {
                    "utf-8"
                };
                line.push_str(&format!(
                    "<html>\n<head><meta http-equiv=\"Content-Type\" content=\"text/html; charset={name}\"></head>\n<body><table border=\"1\">\n"
                ));
                push_html(line, headers.iter().map(|header| header.name.as_str()), "th");
            }
        }
    }

    fn closing(&mut self) {
        match self.shape {
            Shape::Csv | Shape::Tabs | Shape::Ndjson => {}
            Shape::Xml => self.line.push_str(&format!("</{}>\n", self.elements.0)),
            Shape::Html => self.line.push_str("</table></body>\n</html>\n"),
        }
    }

    fn write_line(&mut self) -> io::Result<()> {
        let first = self.rows == 0;
        match self.encoding {
            Encoding::Utf8 => self.target.write_all(self.line.as_bytes())?,
            Encoding::Utf8Bom => {
                if first && !self.line.is_empty() {
                    self.target.write_all("\u{FEFF}".as_bytes())?;
                }
                self.target.write_all(self.line.as_bytes())?;
            }
            Encoding::Gbk => {
                self.bytes.clear();
                gbk::encode(&self.line, &mut self.bytes);
                self.target.write_all(&self.bytes)?;
            }
            Encoding::Utf16 => {
                self.bytes.clear();
                if first && !self.line.is_empty() {
                    self.bytes.extend([0xFF, 0xFE]);
                }
                self.bytes
                    .extend(self.line.encode_utf16().flat_map(u16::to_le_bytes));
                self.target.write_all(&self.bytes)?;
            }
        }
        self.line.clear();
        Ok(())
    }
}

impl Table for TextTable {
    fn row(&mut self, row: &Row, _tag: &Tag<'_>) -> Result<(), Error> {
        match self.shape {
            Shape::Csv => push_csv_row(&mut self.line, row, ','),
            Shape::Tabs => push_csv_row(&mut self.line, row, '\t'),
            Shape::Ndjson => {
                push_json(&mut self.line, &self.headers, row);
                self.line.push('\n');
            }
            Shape::Xml => push_xml(&mut self.line, &self.elements.1, &self.keys, row),
            Shape::Html => push_html(&mut self.line, row.cells(), "td"),
        }
        self.rows += 1;
        self.write_line()
            .map_err(|source| Error::io(&self.pending.unfinished, source))
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<Written>, Error> {
        self.closing();
        let path = self.pending.unfinished.clone();
        let failed = |source| Error::io(&path, source);
        // The mark belongs before the first line only, even when there was no row.
        let rows = self.rows;
        self.rows = rows.max(1);
        self.write_line().map_err(failed)?;
        match self.target {
            Target::Plain(mut file) => file.flush().map_err(failed)?,
            Target::Zipped(zip) => {
                let mut file = zip.finish().map_err(|error| failed(io::Error::other(error)))?;
                file.flush().map_err(failed)?;
            }
        }
        Ok(vec![(self.pending.done()?, rows)])
    }
}

fn push_csv<'a>(line: &mut String, cells: impl Iterator<Item = &'a str>, separator: char) {
    for (position, cell) in cells.enumerate() {
        if position > 0 {
            line.push(separator);
        }
        if is_plain(cell) {
            line.push_str(cell);
        } else {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        }
    }
    line.push_str("\r\n");
}

/// A row in which hardly ever a cell needs quotes is looked through once, not cell by cell.
fn push_csv_row(line: &mut String, row: &Row, separator: char) {
    if !is_plain(row.text()) {
        push_csv(line, row.cells(), separator);
        return;
    }
    for (position, cell) in row.cells().enumerate() {
        if position > 0 {
            line.push(separator);
        }
        line.push_str(cell);
    }
    line.push_str("\r\n");
}

fn is_plain(text: &str) -> bool {
    // Without a way out in the middle the compiler looks at many bytes at a time.
    let special = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r' | b'\t');
    !text.bytes().fold(false, |found, byte| found | special(byte))
}

/// Appends a row as a JSON object; empty cells are null, numbers are numbers.
pub(crate) fn push_json(line: &mut String, headers: &[Header], row: &Row) {
    line.push('{');
    for (position, (header, cell)) in headers.iter().zip(row.cells()).enumerate() {
        if position > 0 {
            line.push(',');
        }
        line.push('"');
        line.push_str(&header.name);
        line.push_str("\":");
        if cell.is_empty() {
            line.push_str("null");
        } else if header.number && is_number(cell) {
            line.push_str(cell);
        } else {
            push_json_text(line, cell);
        }
    }
    line.push('}');
}

fn push_json_text(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            other if other.is_control() => line.push(' '),
            other => line.push(other),
        }
    }
    line.push('"');
}

/// Appends a row as an element with an element for each cell; empty cells are empty elements.
pub(crate) fn push_xml(line: &mut String, element: &str, keys: &[String], row: &Row) {
    line.push('<');
    line.push_str(element);
    line.push('>');
    for (key, cell) in keys.iter().zip(row.cells()) {
        line.push('<');
        line.push_str(key);
        if cell.is_empty() {
            line.push_str("/>");
            continue;
        }
        line.push('>');
        push_escaped(line, cell);
        line.push_str("</");
        line.push_str(key);
        line.push('>');
    }
    line.push_str("</");
    line.push_str(element);
    line.push_str(">\n");
}

fn push_html<'a>(line: &mut String, cells: impl Iterator<Item = &'a str>, element: &str) {
    line.push_str("<tr>");
    for cell in cells {
        line.push_str(&format!("<{element}>"));
        push_escaped(line, cell);
        line.push_str(&format!("</{element}>"));
    }
    line.push_str("</tr>\n");
}

fn push_escaped(line: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => line.push_str("&lt;"),
            '>' => line.push_str("&gt;"),
            '&' => line.push_str("&amp;"),
            other => line.push(other),
        }
    }
}
