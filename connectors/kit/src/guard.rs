//! Looks a workbook through before it is parsed: how big it really is, whether its parts are what they claim.
//! Here because a two-kilobyte file can make the parser ask for a hundred gigabytes, which no error handling survives.
//! In: an open file, limits. Out: nothing, or the sentence that says what is wrong. Every part is inflated once, to nowhere.
//! Not here: parsing. Declared sizes are never believed; a broken part (checksum, cut off) is found here, before any row is out.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use plugin_api::Error;
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::sniff::{self, HEAD_BYTES, Kind};

/// What a workbook may hold.
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
        }
    }
}

/// A shared string takes at least so many bytes in its part: `<si>` alone is four.
const SHARED_STRING_BYTES_MIN: u64 = 4;
const CHUNK_BYTES: usize = 64 << 10;
/// The root element must begin within so many bytes of an XML part.
const PROLOG_BYTES: usize = 4 << 10;
/// An OLE container is searched so far for the mark of a password.
const OLE_SEARCH_BYTES: u64 = 8 << 20;
/// A sign of life and a look at the cancel flag after so many inflated bytes.
const TICK_BYTES: u64 = 32 << 20;
/// Longest end-of-archive record: 22 bytes and a comment.
const ARCHIVE_END_BYTES: u64 = 22 + 65_535;

/// Refuses a file that is no workbook or could harm the reader; leaves the file at its beginning.
///
/// # Errors
/// `data` with a Chinese sentence that begins after the file's name; whatever `tick` says.
pub(crate) fn inspect(
    file: &mut File,
    limits: &Limits,
    tick: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let bytes = file.metadata()?.len();
    if bytes > limits.file_bytes {
        return Err(refuse("超过单个文件的大小上限，请按县拆分后报送"));
    }
    let mut head = Vec::new();
    file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let kind = sniff::kind(&head);
    if let Some(sentence) = kind.refusal(kind == Kind::Ole && has_password(file)?) {
        return Err(refuse(sentence));
    }
    let declared = declared_entries(file, bytes)?.ok_or_else(broken)?;
    if declared > limits.entries {
        return Err(refuse("内部部件过多，不像正常的工作簿，请重新导出后报送"));
    }
    file.rewind()?;
    let mut archive = ZipArchive::new(BufReader::new(&mut *file)).map_err(|_| broken())?;
    let names: Result<BTreeSet<String>, _> = archive
        .file_names()
        .map(|name| name.map(|name| name.to_lowercase()))
        .collect();
    let names = names.map_err(|_| broken())?;
    // The archive's index keeps one of two equal names: then it is shorter than the archive says.
    if archive.len() as u64 != declared || names.len() != archive.len() {
        return Err(refuse("内部有重名部件，请重新导出后报送"));
    }
    let mut whole = Whole {
        limits,
        inflated: 0,
        tick_at: TICK_BYTES,
        tick,
    };
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| broken())?;
        whole.part(part)?;
    }
    file.rewind()?;
    Ok(())
}

fn has_password(file: &mut File) -> Result<bool, Error> {
    file.rewind()?;
    let mut start = Vec::new();
    file.take(OLE_SEARCH_BYTES).read_to_end(&mut start)?;
    Ok(sniff::has_password(&start))
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

/// The parts of one workbook counted together.
struct Whole<'a> {
    limits: &'a Limits,
    inflated: u64,
    tick_at: u64,
    tick: &'a mut dyn FnMut(u64) -> Result<(), Error>,
}

impl Whole<'_> {
    fn part<R: Read>(&mut self, mut part: ZipFile<'_, R>) -> Result<(), Error> {
        let name = part.name().map_err(|_| broken())?.to_lowercase();
        let shared = name.ends_with("sharedstrings.xml");
        let part_limit = match (shared, name.contains("worksheets/")) {
            (true, _) => self.limits.shared_bytes,
            (false, true) => self.limits.inflated_bytes,
            (false, false) => self.limits.other_bytes,
        };
        let compressed = part.compressed_size().max(1);
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut head = Vec::new();
        let (mut size, mut without_tag) = (0_u64, 0_u64);
        loop {
            let read = part.read(&mut chunk).map_err(|_| broken())?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
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
                return Err(refuse("解压后过大，不像正常的工作簿，请按县拆分或重新导出后报送"));
            }
            if without_tag > self.limits.text_bytes && is_xml(&head) {
                return Err(refuse("含有超长的单元格文本，请核对后重新报送"));
            }
            if self.inflated > self.tick_at {
                self.tick_at = self.inflated + TICK_BYTES;
                (self.tick)(self.inflated)?;
            }
        }
        if is_xml(&head) || name.ends_with(".xml") || name.ends_with(".rels") {
            self.prolog(&head, size)?;
        }
        Ok(())
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

fn refuse(sentence: &str) -> Error {
    Error::data(sentence)
}

fn broken() -> Error {
    refuse("已损坏或不完整，无法打开，请重新导出后报送")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use std::io::Write;

    fn inspected(bytes: &[u8]) -> Result<(), String> {
        inspected_by(bytes, &Limits::default())
    }

    fn inspected_by(bytes: &[u8], limits: &Limits) -> Result<(), String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        inspect(&mut file, limits, &mut |_| Ok(())).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_plain_workbook_passes() {
        let sheet = sample::sheet(&[&["户编号", "姓名"], &["1", "张三"]]);
        assert_eq!(inspected(&sample::workbook(&[("成员", &sheet)])), Ok(()));
    }

    #[test]
    fn what_is_not_a_workbook_is_refused_with_what_to_do() {
        let mut password = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        password.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        for (bytes, expect) in [
            (b"".to_vec(), "空文件"),
            (b"<html><table>".to_vec(), "网页"),
            ("户编号,姓名\n".into(), "文本"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), "旧版"),
            (password, "密码"),
            (b"PK\x03\x04cut off".to_vec(), "已损坏"),
        ] {
            let said = inspected(&bytes).unwrap_err();
            assert!(said.contains(expect), "{said}");
        }
    }

    #[test]
    fn a_part_that_inflates_without_end_is_refused() {
        let blank = vec![b' '; 3 << 20];
        let said = inspected(&sample::archive(&[("xl/worksheets/sheet1.xml", &blank)])).unwrap_err();
        assert!(said.contains("解压后过大"), "{said}");
        let limits = Limits {
            inflated_bytes: 1_000,
            ..Limits::default()
        };
        let sheet = sample::sheet(&[["户编号"].as_slice(); 100]);
        assert!(
            inspected_by(&sample::workbook(&[("成员", &sheet)]), &limits)
                .unwrap_err()
                .contains("解压后过大")
        );
    }

    #[test]
    fn shared_strings_that_promise_more_than_they_hold_are_refused() {
        for count in ["4294967295", "99999999999999999999999", "300"] {
            let part = format!("<sst uniqueCount = '{count}'><si><t>a</t></si></sst>");
            let said = inspected(&sample::archive(&[("xl/sharedStrings.xml", part.as_bytes())])).unwrap_err();
            assert!(said.contains("共享字符串"), "{said}");
        }
        let honest = b"<sst uniqueCount=\"1\"><si><t>a</t></si></sst>";
        assert_eq!(
            inspected(&sample::archive(&[("xl/sharedStrings.xml", honest)])),
            Ok(())
        );
    }

    #[test]
    fn a_document_type_is_refused_and_so_is_a_hidden_root() {
        let part = b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><worksheet/>";
        assert!(
            inspected(&sample::archive(&[("xl/worksheets/sheet1.xml", part)]))
                .unwrap_err()
                .contains("文档类型")
        );
        let hidden = format!("<!--{}--><!DOCTYPE a><worksheet/>", "x".repeat(5_000));
        let hidden = sample::archive(&[("xl/worksheets/sheet1.xml", hidden.as_bytes())]);
        assert!(inspected(&hidden).unwrap_err().contains("已损坏"));
    }

    #[test]
    fn two_parts_of_one_name_and_too_many_parts_are_refused() {
        let mut twice = sample::archive(&[("xl/aaaa.xml", b"<a/>"), ("xl/bbbb.xml", b"<b/>")]);
        while let Some(at) = twice.windows(4).position(|bytes| bytes == b"bbbb") {
            twice[at..at + 4].copy_from_slice(b"aaaa");
        }
        assert!(inspected(&twice).unwrap_err().contains("重名"));
        let names: Vec<String> = (0..2_001).map(|index| format!("xl/{index}.xml")).collect();
        let parts: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), b"<a/>".as_slice()))
            .collect();
        assert!(
            inspected(&sample::archive(&parts))
                .unwrap_err()
                .contains("部件过多")
        );
    }

    #[test]
    fn a_text_longer_than_any_cell_is_refused() {
        // Not compressible, so that only its length gives it away.
        let mut state = 1_u32;
        let mut noise = Vec::from(*b"<worksheet><t>");
        noise.extend((0..2 << 20).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + u8::try_from(state >> 28).unwrap_or(0)
        }));
        assert!(
            inspected(&sample::archive(&[("xl/worksheets/sheet1.xml", &noise)]))
                .unwrap_err()
                .contains("超长")
        );
    }

    #[test]
    fn a_damaged_part_is_found_before_anything_is_read() {
        let sheet = sample::sheet(&[["户编号", "姓名"].as_slice(); 50]);
        let mut bytes = sample::workbook(&[("成员", &sheet)]);
        let at = bytes
            .windows(10)
            .position(|bytes| bytes == b"sheet1.xml")
            .unwrap()
            + 40;
        bytes[at] ^= 0x55;
        assert!(inspected(&bytes).unwrap_err().contains("已损坏"));
    }
}
