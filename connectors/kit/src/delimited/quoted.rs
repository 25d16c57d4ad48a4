//! One record with quotes or lone carriage returns in it, through the state machine of csv-core.
//! Here because quotes hold delimiters and line ends, and only a state machine gets all of them right.
//! In: text that begins with a record. Out: its cells, its length, the line ends within its quotes.
//! Not here: the many records without quotes (mod.rs).

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::rows::{Cells, Span, span};

/// Room for cells and their ends to begin with.
const ROOM: usize = 1_024;

pub(super) struct Quoted {
    reader: Reader,
    out: Vec<u8>,
    ends: Vec<usize>,
    text: String,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// So many bytes of the text, with so many line ends inside.
    Whole { used: usize, lines: u64 },
    /// It goes on behind the text.
    Unfinished,
    /// The text is at its end and a quote is still open.
    Unclosed,
}

impl Quoted {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            out: vec![0; ROOM],
            ends: vec![0; ROOM],
            text: String::new(),
            spans: Vec::new(),
        }
    }

    /// The cells of the record last read.
    pub(super) fn cells(&self) -> Cells<'_> {
        Cells {
            text: &self.text,
            spans: &self.spans,
        }
    }

    /// Reads the record `text` begins with.
    pub(super) fn record(&mut self, text: &str, last: bool) -> Record {
        self.reader.reset();
        let (mut used, mut written, mut cells) = (0, 0, 0);
        let bytes = text.as_bytes();
        // At the end of the text one more line end closes its record, unless a quote is open: then it is swallowed.
        let mut closing: &[u8] = if last { b"\n" } else { b"" };
        loop {
            let input = bytes.get(used..).filter(|input| !input.is_empty());
            let at_end = input.is_none();
            let input = input.unwrap_or(closing);
            if at_end && input.is_empty() {
                return if last {
                    Record::Unclosed
                } else {
                    Record::Unfinished
                };
            }
            let out = self.out.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(cells..).unwrap_or_default();
            let (result, read, wrote, ended) = self.reader.read_record(input, out, ends);
            written += wrote;
            cells += ended;
            if at_end {
                closing = closing.get(read..).unwrap_or_default();
            } else {
                used += read;
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.out.resize(self.out.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        // A carriage return ends a record; the line feed behind it is still the same line end.
        let after = bytes.get(used..).unwrap_or_default();
        if used > 0 && bytes.get(used - 1) == Some(&b'\r') {
            match after.first() {
                Some(b'\n') => used += 1,
                None if !last => return Record::Unfinished,
                Some(_) | None => {}
            }
        }
        self.keep(written, cells);
        let record = bytes.get(..used).unwrap_or_default();
        let body = record.strip_suffix(b"\n").unwrap_or(record);
        let lines = memchr::memchr_iter(b'\n', body).count() as u64;
        Record::Whole { used, lines }
    }

    fn keep(&mut self, written: usize, cells: usize) {
        self.text.clear();
        self.spans.clear();
        // Quotes and delimiters are ASCII: what is left between them is text, as it was before.
        let text = self.out.get(..written).map(std::str::from_utf8);
        self.text.push_str(text.and_then(Result::ok).unwrap_or_default());
        let mut start = 0;
        for end in self.ends.iter().take(cells) {
            self.spans.push(span(start, *end));
            start = *end;
        }
    }
}
