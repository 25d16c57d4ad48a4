//! What a file really is, by its first bytes.
//! Here because a file's extension is what somebody typed: web pages and CSV come as `.xls` every month.
//! In: the beginning of a file. Out: `Format`, and for what nobody reads the sentence that says what to send instead.
//! Not here: whether the file is whole (guard.rs), which encoding a text is in (decode.rs).

/// Bytes of a file's beginning that are looked at.
pub(crate) const HEAD_BYTES: usize = 8_192;
/// Of a text so many bytes tell a web page from XML, JSON and CSV.
const MARK_BYTES: usize = 1_024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A zip archive: an `.xlsx`, or files of any format.
    Zip,
    /// One file, compressed.
    Gzip,
    /// An OLE container: an `.xls`, a WPS `.et`, or an `.xlsx` with a password.
    Ole,
    /// A web page with tables, and what Excel 2003 called an XML table.
    Html,
    /// A document of records.
    Xml,
    /// A document of records, or one record a line.
    Json,
    /// Delimited text.
    Text,
    Empty,
    Unknown,
}

/// Byte order of UTF-16 that says so by a mark or by its zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Utf16 {
    LittleEndian,
    BigEndian,
}

/// Beginnings of what is often sent and never a table, and what to send instead.
const KNOWN: [(&[u8], &str); 9] = [
    (b"Rar!", "是 rar 压缩包，请解压后直接报送，或改用 zip 格式压缩"),
    (
        b"7z\xBC\xAF",
        "是 7z 压缩包，请解压后直接报送，或改用 zip 格式压缩",
    ),
    (b"BZh", "是 bz2 压缩包，请解压后直接报送，或改用 zip 格式压缩"),
    (b"\xFD7zXZ", "是 xz 压缩包，请解压后直接报送，或改用 zip 格式压缩"),
    (b"%PDF", "是 PDF 文件，不是表格，请从业务系统导出表格后报送"),
    (b"\x89PNG", "是图片，不是表格，请从业务系统导出表格后报送"),
    (b"\xFF\xD8\xFF", "是图片，不是表格，请从业务系统导出表格后报送"),
    (b"{\\rtf", "是文字处理文档，不是表格，请从业务系统导出表格后报送"),
    (
        b"MIME-Version",
        "是单个文件网页（mht），请用 Excel 或 WPS 打开后另存为 .xlsx 再报送",
    ),
];

pub(crate) fn format(head: &[u8]) -> Format {
    if head.is_empty() {
        return Format::Empty;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Format::Zip;
    }
    if head.starts_with(b"\x1F\x8B") {
        return Format::Gzip;
    }
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Format::Ole;
    }
    let utf16 = utf16(head).is_some();
    if KNOWN.iter().any(|(mark, _)| head.starts_with(mark)) || !utf16 && is_binary(head) {
        return Format::Unknown;
    }
    of_text(&mark(head, utf16))
}

/// The beginning of a text in lower case, without its mark, leading spaces and the zeros of UTF-16.
fn mark(head: &[u8], utf16: bool) -> Vec<u8> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let bytes = head
        .iter()
        .filter(|byte| !utf16 || !matches!(byte, 0 | 0xFE | 0xFF))
        .skip_while(|byte| byte.is_ascii_whitespace());
    bytes.take(MARK_BYTES).map(u8::to_ascii_lowercase).collect()
}

fn of_text(start: &[u8]) -> Format {
    let holds = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
    if matches!(start.first(), Some(b'{' | b'[')) {
        return Format::Json;
    }
    if start.first() != Some(&b'<') {
        return Format::Text;
    }
    let page = [
        b"<html".as_slice(),
        b"<!doctype html",
        b"<table",
        b"<head",
        b"<meta",
        b"<body",
        b"<style",
        b"<div",
        b"<center",
        b"schemas-microsoft-com:office:spreadsheet",
    ];
    if page.iter().any(|part| holds(part)) {
        return Format::Html;
    }
    let element = start
        .get(1)
        .is_some_and(|byte| byte.is_ascii_alphabetic() || b"?!_".contains(byte) || *byte >= 0x80);
    if element { Format::Xml } else { Format::Text }
}

/// UTF-16, when the text says so: by its mark, or because every other byte of its commas, digits and line ends is zero.
pub(crate) fn utf16(head: &[u8]) -> Option<Utf16> {
    if head.starts_with(&[0xFF, 0xFE]) {
        return Some(Utf16::LittleEndian);
    }
    if head.starts_with(&[0xFE, 0xFF]) {
        return Some(Utf16::BigEndian);
    }
    let pairs = head.as_chunks::<2>().0;
    let (mut first, mut second) = (0, 0);
    for [one, other] in pairs {
        first += usize::from(*one == 0);
        second += usize::from(*other == 0);
    }
    // One cell in twenty characters: a header in Chinese has more commas than that.
    match (first, second) {
        (0, zeros) if zeros * 20 >= pairs.len() && zeros > 1 => Some(Utf16::LittleEndian),
        (zeros, 0) if zeros * 20 >= pairs.len() && zeros > 1 => Some(Utf16::BigEndian),
        _ => None,
    }
}

/// A stray zero is dirt; many, or other control characters, are no text.
fn is_binary(head: &[u8]) -> bool {
    let odd = |byte: &&u8| matches!(byte, 0..=8 | 14..=31 | 127);
    head.iter().filter(odd).count() * 10 > head.len()
}

/// What to tell the department about a file nobody reads.
pub(crate) fn refusal(head: &[u8]) -> &'static str {
    let known = KNOWN.iter().find(|(mark, _)| head.starts_with(mark));
    known.map_or(
        "不是可以识别的表格文件，请重新导出为 .xlsx 后报送",
        |(_, sentence)| sentence,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_content() {
        for (head, expect) in [
            (b"PK\x03\x04rest".as_slice(), Format::Zip),
            (b"\x1F\x8B\x08", Format::Gzip),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", Format::Ole),
            (b"\xEF\xBB\xBF \r\n<HTML xmlns", Format::Html),
            (b"<!DOCTYPE html>", Format::Html),
            (b"<?xml version=\"1.0\"?>", Format::Xml),
            ("<人口>".as_bytes(), Format::Xml),
            (
                b"<?xml?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                Format::Html,
            ),
            (b" [{\"a\":1}]", Format::Json),
            (b"{\"a\":1}\n", Format::Json),
            (b"\xBB\xA7\xB1\xE0\xBA\xC5,1", Format::Text),
            (b"a,b\0c,d efgh ijkl", Format::Text),
            (b"\xFF\xFEa\0", Format::Text),
            (b"<1000,2", Format::Text),
            (b"\xFF\xFE<\0h\0t\0m\0l\0>\0", Format::Html),
            (b"a\0,\0b\0\r\0\n\0", Format::Text),
            (b"", Format::Empty),
            (b"\x7FELF\0\0", Format::Unknown),
            (b"Rar!\x1A\x07", Format::Unknown),
            (b"%PDF-1.7", Format::Unknown),
        ] {
            assert_eq!(format(head), expect, "{}", String::from_utf8_lossy(head));
        }
        assert!(refusal(b"Rar!\x1A\x07").contains("rar"));
        assert!(refusal(b"\x7FELF").contains("不是可以识别的表格"));
    }
}
