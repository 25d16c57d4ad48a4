//! Doors for fuzzing: the readers of foreign bytes, each as one function of bytes.
//! Here because the fuzz targets (tests/fuzz) are a crate of their own, and what they try is nobody else's to call.
//! In: any bytes. Out: nothing; a promise that was not kept is a panic.
//! Not here: an interface. It may change with any commit, and is hidden from the documentation.

use std::io::{BufReader, Read, Seek, Write};

use plugin_api::{Category, Error};

use crate::delimited::RECORD_BYTES_MAX;
use crate::document::{self, Documents};
use crate::guard::{self, Limits};
use crate::header::Column;
use crate::http::paths;
use crate::record::json::{self, Pointer};
use crate::record::xml::{self, RowPath};
use crate::record::{Fields, Flaw, Sink};
use crate::rows::{Cells, Sheets, Stop};
use crate::sniff::Format;
use crate::xls;

/// A file of a few kilobytes may become this at most.
const LIMITS: Limits = Limits {
    file_bytes: 1 << 20,
    entries: 200,
    inflated_bytes: 16 << 20,
    shared_bytes: 8 << 20,
    other_bytes: 4 << 20,
    ratio: 200,
    ratio_from_bytes: 1 << 20,
    shared_strings: 1 << 20,
    text_bytes: 1 << 20,
    xls_bytes: 1 << 20,
};

/// What stands between a file and its parsers: whatever the bytes are, they are passed or refused with a sentence.
///
/// # Panics
/// When they are refused without one.
pub fn guard(bytes: &[u8]) {
    let Ok(mut file) = tempfile::tempfile() else {
        return;
    };
    let written = file.write_all(bytes).and_then(|()| file.rewind());
    if written.is_err() {
        return;
    }
    said(guard::zip(&mut file, &LIMITS, &mut |_| Ok(())).map(drop));
    said(xls::inspect(&mut file, &LIMITS).map(drop));
}

/// Whether the guard lets a whole file pass, within the usual limits: for benches, which weigh it alone.
pub fn passes(file: &mut std::fs::File) -> bool {
    guard::zip(file, &Limits::default(), &mut |_| Ok(())).is_ok()
}

/// A file as it is read, whatever it is: workbook, page, text, archive.
///
/// # Panics
/// When it is refused without a sentence, or a cell is longer than cells are.
pub fn file(bytes: &[u8]) {
    let Ok(mut file) = tempfile::tempfile() else {
        return;
    };
    let written = file.write_all(bytes).and_then(|()| file.rewind());
    if written.is_err() {
        return;
    }
    match document::read("f", &mut file, &LIMITS, &mut Looked) {
        Ok(()) | Err(Stop::Gone) => {}
        Err(Stop::Failed(error)) => said(Err(error)),
    }
}

/// JSON by every door: what is taken is JSON to the parser they use, and what that parser can hold is taken.
///
/// # Panics
/// When a door differs.
pub fn json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut records = json::Records::new(fields());
    let mut longest = 0;
    let Ok(root) = Pointer::parse("") else { return };
    let whole = json::walk(text.as_bytes(), &root, &mut |raw| {
        longest = longest.max(raw.len());
        records.record(raw, &mut Counted);
        Ok::<(), Error>(())
    });
    let answer = paths::read(&text, Some(&[]), &[paths::steps("/a/b"), paths::steps("/a")]);
    let plain = serde_json::from_str::<serde::de::IgnoredAny>(&text);
    assert!(
        longest <= json::RECORD_BYTES_MAX,
        "a record was held that is too long"
    );
    if bytes.len() <= json::RECORD_BYTES_MAX {
        // A number no float can hold is digits in a record; where no record is, it may be refused.
        let held = serde_json::from_str::<serde_json::Value>(&text);
        for (read, what) in [(whole.is_ok(), "an array"), (answer.is_ok(), "an answer")] {
            assert!(!read || plain.is_ok(), "{what} is taken that is no JSON");
            assert!(read || held.is_err(), "{what} is refused that is JSON");
        }
    }
    said(whole.map(drop));
    let lines = json::lines(bytes, &mut |raw| {
        records.record(raw, &mut Counted);
        Ok::<(), Error>(())
    });
    said(lines.map(drop));
}

/// XML, taken as it stands and a byte at a time.
///
/// # Panics
/// When the two differ.
pub fn xml(bytes: &[u8]) {
    let Ok(path) = RowPath::parse("list/row") else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let read = |capacity: usize| {
        let input = BufReader::with_capacity(capacity, text.as_bytes());
        let mut told = Told::default();
        let read = xml::read(input, &path, &mut xml::Records::new(fields()), &mut told);
        (read.map_err(|error| error.message().to_owned()), told)
    };
    let (whole, in_pieces) = (read(bytes.len().max(1)), read(1));
    assert_eq!(whole.0.is_ok(), in_pieces.0.is_ok(), "only one way reads it");
    if whole.0.is_ok() {
        assert_eq!(whole, in_pieces, "the two ways read something else");
    }
}

fn fields() -> Fields {
    Fields::new(&[
        Column::new("a").required(),
        Column::new("b").also(["/c/d", "c/d"]),
        Column::new("e").also(["@f"]),
    ])
}

/// A refusal has a sentence, and is the file's fault.
fn said(result: Result<(), Error>) {
    if let Err(error) = result {
        let of_the_file = [Category::Data, Category::Schema, Category::Unsupported];
        assert!(of_the_file.contains(&error.category()), "{error}");
        assert!(!error.message().is_empty(), "refused without a word");
    }
}

/// Takes no rows and remembers none.
struct Counted;

impl Sink for Counted {
    type Stop = Error;

    fn row(&mut self, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn text(&mut self, _: usize, _: &str) {}

    fn flaw(&mut self, _: Flaw, _: Option<usize>) {}
}

/// Remembers what it was told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told(Vec<(u32, usize, String)>);

impl Sink for Told {
    type Stop = Error;

    fn row(&mut self, number: u32) -> Result<(), Error> {
        self.0.push((number, usize::MAX, String::new()));
        Ok(())
    }

    fn text(&mut self, column: usize, text: &str) {
        self.0.push((0, column, text.to_owned()));
    }

    fn flaw(&mut self, flaw: Flaw, column: Option<usize>) {
        self.0
            .push((1, column.unwrap_or(usize::MAX), flaw.code().to_owned()));
    }
}

/// Looks at the cells of a file.
struct Looked;

impl Sheets for Looked {
    fn sheet(&mut self, _: &str, _: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn row(&mut self, _: u32, cells: Cells<'_>) -> Result<(), Stop> {
        for column in 0..cells.spans.len() {
            assert!(cells.get(column).len() <= RECORD_BYTES_MAX, "a cell without end");
        }
        Ok(())
    }
}

impl Documents for Looked {
    fn begin(&mut self, name: &str) -> Result<(), Stop> {
        assert!(!name.contains(".."), "a name that leads out");
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        Ok(())
    }

    fn records(&mut self, _: Format, input: &mut dyn Read) -> Result<(), Stop> {
        std::io::copy(input, &mut std::io::sink()).map_err(|_| guard::broken())?;
        Ok(())
    }

    fn is_ours(&self, _: &str) -> bool {
        true
    }

    fn tick(&mut self, _: u64) -> Result<(), Error> {
        Ok(())
    }

    fn remark(&mut self, _: &str) {}

    fn panicked(&mut self) {}
}
