//! Looks a zip archive through before it is read: how big it really is, whether its parts are what they claim.
//! Here because a two-kilobyte file can make a parser ask for a hundred gigabytes, which no error handling survives.
//! In: an open file, limits. Out: what the archive is, or the sentence that says what is wrong. Every part is inflated once,
//! to nowhere. Not here: parsing. Declared sizes are never believed; a broken part (checksum, cut off) is found here, before
//! any row is out.

mod metered;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use plugin_api::Error;
use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

pub(crate) use metered::{Metered, said};

/// What a file may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Parts in the archive.
    pub entries: u64,
    /// Bytes of all parts together once inflated.
    pub inflated_bytes: u64,
    /// Bytes of the shared strings once inflated; the parser holds them all in memory.
    pub shared_bytes: u64,
    /// Bytes of any part that is neither a sheet nor the shared strings.
    pub other_bytes: u64,
    /// Inflated over compressed bytes, for parts above `ratio_from_bytes`.
    pub ratio: u64,
    /// Smaller parts may shrink as much as they like.
    pub ratio_from_bytes: u64,
    /// Shared strings declared; the parser reserves room for so many at once.
    pub shared_strings: u64,
    /// Bytes without the beginning of a tag: the parser holds the longest text in memory.
    pub text_bytes: u64,
    /// Bytes of an `.xls`, which its parser holds in memory several times over.
    pub xls_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 30,
            entries: 2_000,
            inflated_bytes: 4 << 30,
            shared_bytes: 512 << 20,
            other_bytes: 64 << 20,
            ratio: 200,
            ratio_from_bytes: 1 << 20,
            shared_strings: 8_000_000,
            text_bytes: 1 << 20,
            xls_bytes: 64 << 20,
        }
    }
}

/// A shared string takes at least so many bytes in its part: `<si>` alone is four.
const SHARED_STRING_BYTES_MIN: u64 = 4;
pub(crate) const CHUNK_BYTES: usize = 64 << 10;
/// The inflater keeps the last 32 kB of what it hands out: the larger the piece, the less is copied for that.
const PIECE_BYTES: usize = 256 << 10;
/// The root element must begin within so many bytes of an XML part.
const PROLOG_BYTES: usize = 4 << 10;
/// A sign of life and a look at the cancel flag after so many inflated bytes.
pub(crate) const TICK_BYTES: u64 = 32 << 20;
/// Longest end-of-archive record: 22 bytes and a comment.
const ARCHIVE_END_BYTES: u64 = 22 + 65_535;

/// The attribute that hides a row, with its first letter.
const HIDES: (u8, &[u8]) = (b'h', b" hidden=\"");
/// A hidden row's tag is looked for so far before the attribute that hides it.
const TAG_BYTES_MAX: usize = 256;

/// What a zip archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// An `.xlsx`, with what its author hid.
    Workbook(Hidden),
    /// Files of any format.
    Files,
}

/// Rows and runs of columns that are hidden in a workbook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    pub(crate) rows: u64,
    pub(crate) columns: u64,
}

/// Refuses an archive that is broken or could harm its reader.
///
/// # Errors
/// `data` with a Chinese sentence that begins after the file's name; whatever `tick` says.
pub(crate) fn zip(
    file: &mut File,
    limits: &Limits,
    tick: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<Content, Error> {
    let bytes = file.metadata()?.len();
    let declared = declared_entries(file, bytes)?.ok_or_else(broken)?;
    if declared > limits.entries {
        return Err(refuse("内部部件过多，不像正常的工作簿或压缩包，请重新导出后报送"));
    }
    file.rewind()?;
    let mut archive =
        ZipArchive::new(BufReader::with_capacity(CHUNK_BYTES, &mut *file)).map_err(|error| of_zip(&error))?;
    let names: Vec<Vec<u8>> = archive.file_names_raw().map(<[u8]>::to_ascii_lowercase).collect();
    let distinct: BTreeSet<&[u8]> = names.iter().map(Vec::as_slice).collect();
    // The archive's index keeps one of two equal names: then it is shorter than the archive says.
    if archive.len() as u64 != declared || distinct.len() != archive.len() {
        return Err(refuse("内部有重名部件，请重新导出后报送"));
    }
    let workbook = is_workbook(&distinct)?;
    let mut whole = Whole {
        limits,
        workbook,
        inflated: 0,
        tick_at: TICK_BYTES,
        tick,
        hidden: Hidden::default(),
        piece: vec![0; PIECE_BYTES],
    };
    let mut places = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let method = archive
            .by_index_raw(index)
            .map_err(|error| of_zip(&error))?
            .compression();
        if ![CompressionMethod::Stored, CompressionMethod::Deflated].contains(&method) {
            return Err(unusual());
        }
        let part = archive.by_index(index).map_err(|error| of_zip(&error))?;
        let begin = part.header_start();
        places.push((
            begin,
            part.data_start()
                .unwrap_or(begin)
                .saturating_add(part.compressed_size()),
        ));
        whole.part(&String::from_utf8_lossy(name), part)?;
    }
    // The same bytes told twice would be the same rows twice, and a few kilobytes without end.
    places.sort_unstable();
    if places.array_windows().any(|[(_, end), (begin, _)]| begin < end) {
        return Err(refuse(
            "内部部件相互重叠，不像正常的工作簿或压缩包，请重新导出后报送",
        ));
    }
    Ok(if workbook {
        Content::Workbook(whole.hidden)
    } else {
        Content::Files
    })
}

/// Whether the parts are those of an `.xlsx`; those of other office documents are refused.
fn is_workbook(names: &BTreeSet<&[u8]>) -> Result<bool, Error> {
    let begins = |start: &[u8]| names.iter().any(|name| name.starts_with(start));
    let holds = |name: &[u8]| names.contains(name);
    if holds(b"xl/workbook.bin") {
        return Err(refuse("是二进制工作簿（.xlsb），请另存为 .xlsx 后重新报送"));
    }
    if begins(b"xl/") {
        return Ok(true);
    }
    if begins(b"word/") || begins(b"ppt/") {
        let said = "是文字或演示文档，不是表格，请从业务系统导出表格后报送";
        return Err(Error::unsupported(said));
    }
    if holds(b"mimetype") && holds(b"content.xml") {
        return Err(refuse("是开放文档格式（.ods 等），请另存为 .xlsx 后重新报送"));
    }
    Ok(holds(b"[content_types].xml"))
}

/// How many parts the archive says it has; none when it has no end record.
fn declared_entries(file: &mut File, bytes: u64) -> Result<Option<u64>, Error> {
    let tail = bytes.min(ARCHIVE_END_BYTES);
    file.seek(SeekFrom::Start(bytes - tail))?;
    let mut end = Vec::new();
    file.take(tail).read_to_end(&mut end)?;
    let found = end
        .windows(22)
        .rposition(|window| window.starts_with(b"PK\x05\x06"));
    Ok(found.map(|at| u64::from(u16::from_le_bytes([end[at + 10], end[at + 11]]))))
}

/// The parts of one archive counted together.
struct Whole<'a> {
    limits: &'a Limits,
    workbook: bool,
    inflated: u64,
    tick_at: u64,
    tick: &'a mut dyn FnMut(u64) -> Result<(), Error>,
    hidden: Hidden,
    /// What is inflated at a time; the same for all parts.
    piece: Vec<u8>,
}

impl Whole<'_> {
    fn part<R: Read>(&mut self, name: &str, mut part: ZipFile<'_, R>) -> Result<(), Error> {
        let sheet = name.contains("worksheets/");
        let part_limit = match (self.workbook, name.ends_with("sharedstrings.xml")) {
            (true, true) => self.limits.shared_bytes,
            (true, false) if !sheet => self.limits.other_bytes,
            (true | false, _) => self.limits.inflated_bytes,
        };
        let compressed = part.compressed_size().max(1);
        let mut piece = std::mem::take(&mut self.piece);
        let mut head = Vec::new();
        let (mut size, mut without_tag) = (0_u64, 0_u64);
        loop {
            let read = part.read(&mut piece).map_err(|error| said(&error))?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            if head.len() < PROLOG_BYTES {
                head.extend(bytes.iter().take(PROLOG_BYTES - head.len()));
            }
            size += read as u64;
            self.inflated += read as u64;
            without_tag = if bytes.contains(&b'<') {
                0
            } else {
                without_tag + read as u64
            };
            let too_dense = size > self.limits.ratio_from_bytes && size / compressed > self.limits.ratio;
            if size > part_limit || self.inflated > self.limits.inflated_bytes || too_dense {
                return Err(too_large());
            }
            if self.workbook && without_tag > self.limits.text_bytes && is_xml(&head) {
                return Err(refuse("含有超长的单元格文本，请核对后重新报送"));
            }
            if self.workbook && sheet {
                self.count_hidden(bytes);
            }
            if self.inflated > self.tick_at {
                self.tick_at = self.inflated + TICK_BYTES;
                (self.tick)(self.inflated)?;
            }
        }
        self.piece = piece;
        if self.workbook && (is_xml(&head) || name.ends_with(".xml") || name.ends_with(".rels")) {
            self.prolog(&head, size)?;
        }
        Ok(())
    }

    /// Counts what is hidden, for the report: a tag cut by the end of a chunk may be missed.
    fn count_hidden(&mut self, bytes: &[u8]) {
        // No letter of the attribute stands in a sheet's usual tags: one of them is found faster than all.
        for at in memchr::memchr_iter(HIDES.0, bytes) {
            let Some(at) = at.checked_sub(1).filter(|at| {
                let from = bytes.get(*at..).unwrap_or_default();
                from.starts_with(HIDES.1)
            }) else {
                continue;
            };
            let hidden = bytes
                .get(at + HIDES.1.len())
                .is_some_and(|value| b"1tT".contains(value));
            let before = bytes
                .get(at.saturating_sub(TAG_BYTES_MAX)..at)
                .unwrap_or_default();
            let tag = memchr::memrchr(b'<', before).and_then(|tag| before.get(tag + 1..));
            match tag {
                Some(tag) if hidden && tag.starts_with(b"row") => self.hidden.rows += 1,
                Some(tag) if hidden && tag.starts_with(b"col") => self.hidden.columns += 1,
                Some(_) | None => {}
            }
        }
    }

    /// The beginning of an XML part: no document type, and no more shared strings than it has room for.
    fn prolog(&self, head: &[u8], size: u64) -> Result<(), Error> {
        let text = String::from_utf8_lossy(head).to_ascii_lowercase();
        if text.contains("<!doctype") {
            return Err(refuse("含有文档类型声明，不是正常的工作簿，请重新导出后报送"));
        }
        let root = text.match_indices('<').any(|(at, _)| {
            text.get(at + 1..)
                .and_then(|rest| rest.chars().next())
                .is_some_and(char::is_alphabetic)
        });
        if size > 0 && !root {
            return Err(broken());
        }
        let most = self.limits.shared_strings.min(size / SHARED_STRING_BYTES_MIN);
        let declared = text.match_indices("uniquecount").filter_map(|(at, word)| {
            let digits = text
                .get(at + word.len()..)?
                .trim_start_matches(['=', '"', '\'', ' ', '\t', '\r', '\n', '+']);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let digits = digits.get(..end).filter(|digits| !digits.is_empty())?;
            // More digits than a u64 holds are more than any limit.
            Some(digits.parse::<u64>().unwrap_or(u64::MAX))
        });
        if declared.max().is_some_and(|count| count > most) {
            return Err(refuse(
                "共享字符串数与内容不符，不是正常的工作簿，请重新导出后报送",
            ));
        }
        Ok(())
    }
}

fn is_xml(head: &[u8]) -> bool {
    head.strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start()
        .starts_with(b"<")
}

/// What to say of an archive that cannot be opened.
pub(crate) fn of_zip(error: &ZipError) -> Error {
    if matches!(
        error,
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword
    ) {
        return refuse("设有解压密码，请取消密码后重新报送");
    }
    if matches!(
        error,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)
    ) {
        return unusual();
    }
    if let ZipError::Io(error) = error {
        return said(error);
    }
    broken()
}

fn refuse(sentence: &str) -> Error {
    Error::data(sentence)
}

fn unusual() -> Error {
    refuse("用了不常见的压缩方法，请用普通 zip 格式压缩后重新报送")
}

fn too_large() -> Error {
    refuse("解压后过大，不像正常的表格，请按县拆分或重新导出后报送")
}

/// A file that ends too early or contradicts itself.
pub(crate) fn broken() -> Error {
    refuse("已损坏或不完整，无法打开，请重新导出后报送")
}
