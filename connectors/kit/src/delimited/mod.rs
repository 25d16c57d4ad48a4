//! Delimited text: lines of cells, with a comma, tab, semicolon or bar between them.
//! Here because this is what systems export when nobody looks, and the one format that reaches millions of rows.
//! In: bytes of a text in any encoding. Out: rows. A line is cut where its delimiters are; only one with quotes that are more
//! than the ends of a cell goes through the state machine.
//! Not here: encodings (decode.rs), headers. Short rows are rows; how many cells a row should have is not known here.

mod quoted;
mod split;
#[cfg(test)]
mod tests;

use std::io::Read;

use memchr::{memchr, memchr2};
use plugin_api::Error;

use crate::decode::Text;
use crate::rows::{Block, BlockRow, Sheets, Span, Stop};
use quoted::{Quoted, Record};

/// Longest record in bytes: an unclosed quote must not swallow the file.
pub(crate) const RECORD_BYTES_MAX: usize = 1 << 20;
/// Most line ends within the quotes of one record: Excel allows 253 in a cell. A quote that is closed by the next one, a
/// thousand rows further down, must not swallow those rows.
pub(crate) const RECORD_LINES_MAX: u64 = 300;
/// Name of the one sheet of a text.
pub(crate) const SHEET: &str = "-";
/// What may stand between cells.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Lines looked at to tell which does.
const SNIFFED_LINES_MAX: usize = 40;

/// What a text was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadAs {
    pub(crate) encoding: &'static str,
    pub(crate) delimiter: char,
}

impl std::fmt::Display for ReadAs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {:?}", self.encoding, self.delimiter)
    }
}

/// Reads a text to its end.
pub(crate) fn read<S: Sheets + ?Sized>(input: &mut dyn Read, sheets: &mut S) -> Result<ReadAs, Stop> {
    sheets.sheet(SHEET, false)?;
    let mut text = Text::new(input);
    let mut pending = String::new();
    let mut more = true;
    // Short first lines may be all of the first piece.
    while more && pending.lines().nth(SNIFFED_LINES_MAX).is_none() && pending.len() < RECORD_BYTES_MAX {
        more = text.next(&mut pending)?;
    }
    let delimiter = delimiter(&pending);
    let mut lines = Lines {
        quoted: Quoted::new(delimiter),
        delimiter,
        spans: Vec::new(),
        block: Vec::new(),
        row: 0,
        inner_lines: 0,
    };
    loop {
        let used = lines.rows(&pending, !more, sheets)?;
        pending.drain(..used);
        if !more {
            break;
        }
        if pending.len() > RECORD_BYTES_MAX {
            return Err(lines.too_long().into());
        }
        more = text.next(&mut pending)?;
    }
    Ok(ReadAs {
        encoding: text.encoding(),
        delimiter: char::from(delimiter),
    })
}

struct Lines {
    quoted: Quoted,
    delimiter: u8,
    /// Rows cut and not passed on yet, and their cells in the text at hand.
    block: Vec<BlockRow>,
    spans: Vec<Span>,
    /// Records so far, blank ones too: a spreadsheet would show them as rows.
    row: u32,
    /// Line ends within quotes so far.
    inner_lines: u64,
}

impl Lines {
    /// Passes on the rows that end within `text` and returns the bytes they took.
    fn rows(&mut self, text: &str, last: bool, sheets: &mut (impl Sheets + ?Sized)) -> Result<usize, Stop> {
        let mut rest = text;
        if self.row == 0 {
            // Excel's own way of saying which delimiter follows; it has been heard.
            if let Some(after) = separator_line(rest).and_then(|(_, length)| rest.get(length..)) {
                rest = after;
                self.row = 1;
            }
        }
        while !rest.is_empty() {
            let Some((end, next)) = line_end(rest.as_bytes(), last) else {
                break;
            };
            let line = rest.get(..end).unwrap_or_default();
            if !self.line(line, text.len() - rest.len()) {
                self.pass(text, sheets)?;
                let Some(used) = self.quoted(rest, last, sheets)? else {
                    break;
                };
                rest = rest.get(used..).unwrap_or_default();
                continue;
            }
            if line.len() > RECORD_BYTES_MAX {
                return Err(self.too_long().into());
            }
            self.row = self.row.saturating_add(1);
            rest = rest.get(next..).unwrap_or_default();
        }
        self.pass(text, sheets)?;
        Ok(text.len() - rest.len())
    }

    /// Cuts a line that begins at `base` into the block. False when it takes more than cutting.
    #[inline]
    fn line(&mut self, line: &str, base: usize) -> bool {
        let (first, bytes) = (self.spans.len(), line.as_bytes());
        let blank = if memchr(b'"', bytes).is_none() {
            split::plain(bytes, base, self.delimiter, &mut self.spans);
            // Nothing but delimiters: no cell holds anything.
            self.spans.len() - first == bytes.len() + 1
        } else if split::quoted(bytes, base, self.delimiter, &mut self.spans) {
            let mut cells = self.spans.iter().skip(first);
            cells.all(|(start, end)| start == end)
        } else {
            self.spans.truncate(first);
            return false;
        };
        if blank {
            self.spans.truncate(first);
        } else {
            self.block.push(BlockRow {
                number: self.row.saturating_add(1),
                first,
                end: self.spans.len(),
            });
        }
        true
    }

    /// Passes on the rows cut so far.
    fn pass(&mut self, text: &str, sheets: &mut (impl Sheets + ?Sized)) -> Result<(), Stop> {
        if !self.block.is_empty() {
            sheets.block(&Block {
                text,
                spans: &self.spans,
                rows: &self.block,
            })?;
        }
        self.block.clear();
        self.spans.clear();
        Ok(())
    }

    /// A record that begins with `text` and has a quote in its first line. None when it does not end within `text`.
    fn quoted(
        &mut self,
        text: &str,
        last: bool,
        sheets: &mut (impl Sheets + ?Sized),
    ) -> Result<Option<usize>, Stop> {
        match self.quoted.record(text, last) {
            Record::Unfinished => Ok(None),
            Record::Unclosed => Err(self.unclosed().into()),
            Record::Whole { lines, .. } if lines > RECORD_LINES_MAX => Err(self.unclosed().into()),
            Record::Whole { used, lines } => {
                self.row = self.row.saturating_add(1);
                self.inner_lines += lines;
                let cells = self.quoted.cells();
                if !cells.is_blank() {
                    sheets.row(self.row, cells)?;
                }
                Ok(Some(used))
            }
        }
    }

    /// The line on which the next record begins.
    fn line_number(&self) -> u64 {
        u64::from(self.row) + self.inner_lines + 1
    }

    fn unclosed(&self) -> Error {
        let line = self.line_number();
        Error::data(format!(
            "第 {line} 行有未闭合的引号，其后的内容无法分行，请更正后重新报送"
        ))
    }

    fn too_long(&self) -> Error {
        let line = self.line_number();
        let most = RECORD_BYTES_MAX >> 20;
        Error::data(format!(
            "第 {line} 行起的一条记录超过 {most} MB，可能有未闭合的引号，请更正后重新报送"
        ))
    }
}

/// Where the first line ends and the next begins; none when the line may go on.
#[inline]
fn line_end(text: &[u8], last: bool) -> Option<(usize, usize)> {
    let Some(end) = memchr2(b'\n', b'\r', text) else {
        return last.then_some((text.len(), text.len()));
    };
    if text.get(end) == Some(&b'\n') {
        return Some((end, end + 1));
    }
    match text.get(end + 1) {
        Some(b'\n') => Some((end, end + 2)),
        // The line feed may be the first byte of the next piece.
        None if !last => None,
        Some(_) | None => Some((end, end + 1)),
    }
}

/// `sep=;` on the first line: the delimiter, and the line's length with its end.
fn separator_line(text: &str) -> Option<(u8, usize)> {
    let rest = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP="))?;
    let delimiter = *rest.as_bytes().first().filter(|byte| byte.is_ascii())?;
    let end = rest.get(1..)?;
    let end = end
        .strip_prefix("\r\n")
        .or_else(|| end.strip_prefix('\n'))
        .or_else(|| end.strip_prefix('\r'))?;
    Some((delimiter, text.len() - end.len()))
}

/// The delimiter by which the most of the first lines fall into the same number of cells; of equals the one with more cells.
fn delimiter(text: &str) -> u8 {
    if let Some((delimiter, _)) = separator_line(text) {
        return delimiter;
    }
    let lines = text.split(['\n', '\r']).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.take(SNIFFED_LINES_MAX).collect();
    let score = |delimiter: u8| {
        let mut counts: Vec<usize> = lines.iter().map(|line| count(line, delimiter)).collect();
        counts.sort_unstable();
        let runs = counts.chunk_by(|one, other| one == other);
        let runs = runs.filter(|run| run.first().is_some_and(|count| *count > 0));
        runs.map(|run| (run.len(), run[0])).max().unwrap_or_default()
    };
    let scores = DELIMITERS.map(|delimiter| (score(delimiter), delimiter));
    let best = scores.iter().rev().max_by_key(|(score, _)| *score);
    best.filter(|(score, _)| score.0 > 0)
        .map_or(b',', |(_, delimiter)| *delimiter)
}

/// How often a delimiter stands outside of quotes.
fn count(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    let outside = line.bytes().filter(|byte| {
        quoted ^= *byte == b'"';
        *byte == delimiter && !quoted
    });
    outside.count()
}
