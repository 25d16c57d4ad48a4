//! What a file really is, by its first bytes.
//! Here because a file's extension is what somebody typed: web pages and old workbooks come as `.xlsx` every month.
//! In: the beginning of a file. Out: `Kind`, and for what cannot be read the sentence that says what to send instead.
//! Not here: whether the file is whole (guard.rs).

/// Bytes of a file's beginning that are looked at.
pub(crate) const HEAD_BYTES: usize = 8_192;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A zip archive: an `.xlsx`, as far as the first bytes tell.
    Zip,
    /// An OLE container: an old `.xls`, a WPS `.et`, or an `.xlsx` with a password.
    Ole,
    Html,
    Xml,
    Text,
    Empty,
    Unknown,
}

pub(crate) fn kind(head: &[u8]) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    if head.starts_with(b"PK\x03\x04") {
        return Kind::Zip;
    }
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Kind::Ole;
    }
    let start = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    let start: Vec<u8> = start.iter().take(256).map(u8::to_ascii_lowercase).collect();
    if start.starts_with(b"<?xml") {
        return Kind::Xml;
    }
    if [
        b"<html".as_slice(),
        b"<!doctype html",
        b"<table",
        b"<head",
        b"<meta",
    ]
    .iter()
    .any(|tag| start.starts_with(tag))
    {
        return Kind::Html;
    }
    // UTF-16 begins with its mark; in any other text, GBK included, there is no NUL.
    let utf16 = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    if utf16 || !head.contains(&0) {
        Kind::Text
    } else {
        Kind::Unknown
    }
}

impl Kind {
    /// What to tell the department; none for the kind that is read.
    pub(crate) fn refusal(self, password: bool) -> Option<&'static str> {
        match self {
            Self::Zip => None,
            Self::Ole if password => Some("设有打开密码，请取消密码、另存为 .xlsx 后重新报送"),
            Self::Ole => Some("是旧版 .xls 或 WPS 表格，请另存为 .xlsx 后重新报送"),
            Self::Html => Some("实际是网页（HTML）表格，请用 Excel 或 WPS 打开后另存为 .xlsx 再报送"),
            Self::Xml => Some("实际是 XML 文件，请另存为 .xlsx 后重新报送"),
            Self::Text => Some("实际是文本（如 CSV），请用 Excel 或 WPS 打开后另存为 .xlsx 再报送"),
            Self::Empty => Some("是空文件，请重新报送"),
            Self::Unknown => Some("不是 Excel 工作簿，请重新导出为 .xlsx 后报送"),
        }
    }
}

/// Whether an OLE container holds an encrypted workbook: the stream's name in UTF-16.
pub(crate) fn has_password(ole: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    ole.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_content() {
        for (head, expect) in [
            (b"PK\x03\x04rest".as_slice(), Kind::Zip),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", Kind::Ole),
            (b"\xEF\xBB\xBF \r\n<HTML xmlns", Kind::Html),
            (b"<!DOCTYPE html>", Kind::Html),
            (b"<?xml version=\"1.0\"?>", Kind::Xml),
            (b"\xBB\xA7\xB1\xE0\xBA\xC5,1", Kind::Text),
            (b"\xFF\xFEa\0", Kind::Text),
            (b"", Kind::Empty),
            (b"\x7FELF\0\0", Kind::Unknown),
        ] {
            assert_eq!(kind(head), expect);
            assert_eq!(kind(head).refusal(false).is_none(), expect == Kind::Zip);
        }
    }
}
