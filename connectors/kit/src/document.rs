//! Opens a file for what it is and reads every table in it: one path for all formats and for what they are packed in.
//! Here because a department sends the same table as a workbook, as a web page called a workbook, or zipped.
//! In: an open file and its name. Out: documents, their sheets and rows; the sentence for a file nobody can read.
//! Not here: the formats themselves, headers, batches. Names within archives are shown, never used as paths.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::read::MultiGzDecoder;
use plugin_api::{Category, Error};

use crate::guard::{self, Content, Hidden, Limits, Metered};
use crate::rows::{Sheets, Stop};
use crate::sniff::{self, Format, HEAD_BYTES};
use crate::{archive, delimited, html, xls, xlsx};

/// Deepest packing: a table in a zip in a gzip.
const DEPTH_MAX: u32 = 2;

/// Takes the documents of a file.
pub(crate) trait Documents: Sheets {
    /// A document begins; its rows' locators begin with `name`.
    fn begin(&mut self, name: &str) -> Result<(), Stop>;
    /// The document is over.
    fn end(&mut self) -> Result<(), Stop>;
    /// Reads a document of named records.
    fn records(&mut self, format: Format, input: &mut dyn Read) -> Result<(), Stop>;
    /// Whether a file of this name is one of the stream's.
    fn is_ours(&self, name: &str) -> bool;
    /// A sign of life, with the bytes worked through since the last batch.
    fn tick(&mut self, bytes: u64) -> Result<(), Error>;
    /// A sentence about the open document for the record of the run.
    fn remark(&mut self, said: &str);
    /// A parser panicked on this file; that has been dealt with.
    fn panicked(&mut self);
}

/// Reads every table of a file.
pub(crate) fn read(
    name: &str,
    file: &mut File,
    limits: &Limits,
    out: &mut dyn Documents,
) -> Result<(), Stop> {
    if file.metadata()?.len() > limits.file_bytes {
        return Err(Error::data("超过单个文件的大小上限，请按县拆分后报送").into());
    }
    match open(name, file, limits, 0, out) {
        // Beside others in an archive such a file is passed over; alone it is the department's mistake.
        Err(Stop::Failed(error)) if error.category() == Category::Unsupported => {
            Err(Error::data(error.message()).into())
        }
        result => result,
    }
}

/// Reads a file that is on disk.
fn open(
    name: &str,
    file: &mut File,
    limits: &Limits,
    depth: u32,
    out: &mut dyn Documents,
) -> Result<(), Stop> {
    let head = head(file)?;
    match sniff::format(&head) {
        Format::Zip => {
            let content = guard::zip(file, limits, &mut |bytes| out.tick(bytes))?;
            file.rewind()?;
            match content {
                Content::Workbook(hidden) => document(name, out, |out| {
                    report(name, hidden, out);
                    let from_1904 = unpanicked(out, |out| xlsx::read(&*file, out))?;
                    report_days(name, from_1904, out);
                    Ok(())
                }),
                Content::Files if depth < DEPTH_MAX => archive::read(name, file, limits, depth, out),
                Content::Files => Err(too_deep().into()),
            }
        }
        Format::Gzip if depth >= DEPTH_MAX => Err(too_deep().into()),
        Format::Gzip => {
            let packed = file.metadata()?.len();
            let inflated = || Metered::new(MultiGzDecoder::new(&*file), packed, limits);
            // Inflated once to nowhere: a broken end is found before any row is out.
            sink(&mut inflated(), out)?;
            file.rewind()?;
            inner(
                name,
                &mut Metered::new(MultiGzDecoder::new(&*file), packed, limits),
                limits,
                depth + 1,
                out,
            )
        }
        Format::Ole => {
            let workbook = xls::inspect(file, limits)?;
            document(name, out, |out| {
                let from_1904 = unpanicked(out, |out| xls::read(workbook, out))?;
                report_days(name, from_1904, out);
                Ok(())
            })
        }
        format @ (Format::Html
        | Format::Xml
        | Format::Json
        | Format::Text
        | Format::Empty
        | Format::Unknown) => stream(name, format, &head, file, out),
    }
}

/// Reads a file that comes out of a container, by way of a temporary file when its format needs to jump about.
pub(crate) fn inner(
    name: &str,
    input: &mut dyn Read,
    limits: &Limits,
    depth: u32,
    out: &mut dyn Documents,
) -> Result<(), Stop> {
    let mut head = Vec::new();
    input
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|_| guard::broken())?;
    let format = sniff::format(&head);
    if !matches!(format, Format::Zip | Format::Gzip | Format::Ole) {
        let mut whole = head.as_slice().chain(input);
        return stream(name, format, &head, &mut whole, out);
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&head)?;
    std::io::copy(input, &mut file).map_err(|_| guard::broken())?;
    file.rewind()?;
    open(name, &mut file, limits, depth, out)
}

/// Reads a document from beginning to end.
fn stream(
    name: &str,
    format: Format,
    head: &[u8],
    input: &mut dyn Read,
    out: &mut dyn Documents,
) -> Result<(), Stop> {
    let said = match format {
        Format::Text => return document(name, out, |out| text(name, input, out)),
        Format::Html => return document(name, out, |out| html::read(input, out)),
        Format::Xml | Format::Json => return document(name, out, |out| out.records(format, input)),
        Format::Empty => "是空文件，请重新报送",
        Format::Zip | Format::Gzip | Format::Ole | Format::Unknown => sniff::refusal(head),
    };
    Err(Error::unsupported(said).into())
}

fn document(
    name: &str,
    out: &mut dyn Documents,
    read: impl FnOnce(&mut dyn Documents) -> Result<(), Stop>,
) -> Result<(), Stop> {
    out.begin(name)?;
    read(out)?;
    out.end()
}

fn text(name: &str, input: &mut dyn Read, out: &mut dyn Documents) -> Result<(), Stop> {
    let read_as = delimited::read(input, out)?;
    out.remark(&format!("文件“{name}”：按 {read_as} 读取"));
    Ok(())
}

/// Runs a parser that may panic on a broken file.
fn unpanicked(
    out: &mut dyn Documents,
    read: impl FnOnce(&mut dyn Documents) -> Result<bool, Stop>,
) -> Result<bool, Stop> {
    match catch_unwind(AssertUnwindSafe(|| read(out))) {
        Ok(result) => result,
        Err(_) => {
            out.panicked();
            Err(guard::broken().into())
        }
    }
}

fn head(file: &mut File) -> Result<Vec<u8>, Error> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    (&mut *file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head)
}

/// Inflates to nowhere.
fn sink(input: &mut impl Read, out: &mut dyn Documents) -> Result<(), Stop> {
    let mut chunk = vec![0; guard::CHUNK_BYTES];
    let (mut bytes, mut tick_at) = (0, guard::TICK_BYTES);
    loop {
        let read = input.read(&mut chunk).map_err(|error| guard::said(&error))?;
        if read == 0 {
            return Ok(());
        }
        bytes += read as u64;
        if bytes > tick_at {
            tick_at = bytes + guard::TICK_BYTES;
            out.tick(bytes)?;
        }
    }
}

fn report(name: &str, hidden: Hidden, out: &mut dyn Documents) {
    let Hidden { rows, columns } = hidden;
    if rows + columns > 0 {
        out.remark(&format!(
            "文件“{name}”：隐藏了 {rows} 行、{columns} 组列，与其他行列一样读取"
        ));
    }
}

fn report_days(name: &str, from_1904: bool, out: &mut dyn Documents) {
    if from_1904 {
        out.remark(&format!(
            "文件“{name}”：日期从1904年算起，已换算；其中若有写成普通数字的日期，会差四年，请在原表中设为日期格式"
        ));
    }
}

fn too_deep() -> Error {
    Error::data("压缩包中还有多层压缩包，请解压后重新报送")
}
