//! Turns the bytes of a text file into UTF-8, whatever encoding it is in.
//! Here because half of all exports are in GBK and none says so; and because one bad byte may cost one row, not the file.
//! In: bytes. Out: text, appended piece by piece; where bytes were no text stands U+FFFD, by which the table knows the row.
//! Not here: lines and cells. A zero byte becomes U+FFFD too; a long run of them is a file that was not copied whole.

mod gbk;

use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use plugin_api::Error;

use crate::sniff::{self, Utf16};

/// Bytes read at once: fits into the second-level cache together with the text made of them.
const CHUNK_BYTES: usize = 64 << 10;
/// Bytes looked at to tell the encoding, from the first chunk on that is not plain ASCII.
const EVIDENCE_BYTES_MAX: usize = 1 << 20;
/// Bytes above ASCII that are evidence enough.
const EVIDENCE_BYTES_MIN: usize = 400;
/// An encoding fits as long as so many characters above ASCII come with at most one bad byte. Chinese text in GBK taken for
/// UTF-8 has several bad bytes for every good character.
const GOOD_PER_BAD: usize = 4;
/// So many zero bytes in a row are no dirt but a file whose end was never written.
const ZEROS_MAX: usize = 512;

/// Decodes a text as it is read.
pub(crate) struct Text<R> {
    input: R,
    /// Bytes read and not decoded yet.
    raw: Vec<u8>,
    encoding: Option<&'static Encoding>,
    decoder: Option<Decoder>,
    /// UTF-8 made of GBK.
    made: Vec<u8>,
    begun: bool,
    ended: bool,
    zeros: usize,
}

impl<R: Read> Text<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            raw: Vec::with_capacity(CHUNK_BYTES),
            encoding: None,
            decoder: None,
            made: Vec::new(),
            begun: false,
            ended: false,
            zeros: 0,
        }
    }

    /// Appends the next piece of text. False when there is no more.
    ///
    /// # Errors
    /// What reading says; `data` when the encoding cannot be told or the file was not copied whole.
    pub(crate) fn next(&mut self, out: &mut String) -> Result<bool, Error> {
        if self.ended && self.raw.is_empty() {
            return Ok(false);
        }
        self.read()?;
        if !self.begun {
            self.begin();
        }
        if self.encoding.is_none() {
            if self.raw.is_ascii() {
                self.plain(out)?;
                return Ok(true);
            }
            self.decide()?;
        }
        self.no_long_zeros()?;
        let from = out.len();
        match self.encoding {
            Some(encoding) if encoding == UTF_8 => self.utf8(out),
            Some(encoding) if encoding == GB18030 => self.gb18030(out),
            Some(_) | None => self.other(out),
        }
        without_zeros(out, from);
        Ok(true)
    }

    /// The encoding as far as it is known: a text of ASCII alone is in all of them.
    pub(crate) fn encoding(&self) -> &'static str {
        self.encoding.map_or("ascii", Encoding::name)
    }

    fn read(&mut self) -> Result<(), Error> {
        let from = self.raw.len();
        (&mut self.input)
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut self.raw)?;
        self.ended = self.raw.len() - from < CHUNK_BYTES;
        Ok(())
    }

    /// A mark at the beginning decides at once.
    fn begin(&mut self) {
        self.begun = true;
        let marked = Encoding::for_bom(&self.raw);
        let bare = || match sniff::utf16(self.raw.get(..sniff::HEAD_BYTES).unwrap_or(&self.raw))? {
            Utf16::LittleEndian => Some((UTF_16LE, 0)),
            Utf16::BigEndian => Some((UTF_16BE, 0)),
        };
        if let Some((encoding, mark)) = marked.or_else(bare) {
            self.encoding = Some(encoding);
            self.raw.drain(..mark);
        }
    }

    fn plain(&mut self, out: &mut String) -> Result<(), Error> {
        self.no_long_zeros()?;
        let from = out.len();
        out.push_str(std::str::from_utf8(&self.raw).unwrap_or_default());
        self.raw.clear();
        without_zeros(out, from);
        Ok(())
    }

    fn decide(&mut self) -> Result<(), Error> {
        let high = |bytes: &[u8]| bytes.iter().filter(|byte| !byte.is_ascii()).count();
        while !self.ended && self.raw.len() < EVIDENCE_BYTES_MAX && high(&self.raw) < EVIDENCE_BYTES_MIN {
            self.read()?;
        }
        let encoding = guess(&self.raw, self.ended)
            .ok_or_else(|| Error::data("文字编码无法识别，请另存为 UTF-8 编码的 CSV 或 .xlsx 后重新报送"))?;
        self.encoding = Some(encoding);
        Ok(())
    }

    fn no_long_zeros(&mut self) -> Result<(), Error> {
        if self
            .encoding
            .is_some_and(|encoding| encoding == UTF_16LE || encoding == UTF_16BE)
        {
            return Ok(());
        }
        if memchr::memchr(0, &self.raw).is_none() {
            self.zeros = 0;
            return Ok(());
        }
        for byte in &self.raw {
            self.zeros = if *byte == 0 { self.zeros + 1 } else { 0 };
            if self.zeros > ZEROS_MAX {
                return Err(Error::data(
                    "含有大段空白字节，文件没有复制完整，请重新复制或导出后报送",
                ));
            }
        }
        Ok(())
    }

    fn utf8(&mut self, out: &mut String) {
        let mut end = self.raw.len();
        if !self.ended {
            end -= unfinished(&self.raw);
        }
        let whole = self.raw.get(..end).unwrap_or_default();
        match simdutf8::basic::from_utf8(whole) {
            Ok(text) => out.push_str(text),
            Err(_) => {
                for chunk in whole.utf8_chunks() {
                    out.push_str(chunk.valid());
                    if !chunk.invalid().is_empty() {
                        out.push(char::REPLACEMENT_CHARACTER);
                    }
                }
            }
        }
        self.raw.drain(..end);
    }

    /// Characters of two bytes by table; a line with anything else in it by the general decoder. A line end is never part of
    /// a character, so nothing is carried over from one line to the next.
    fn gb18030(&mut self, out: &mut String) {
        let mut from = 0;
        while let Some(rest) = self.raw.get(from..).filter(|rest| !rest.is_empty()) {
            let (read, wrote) = gbk::decode(rest, &mut self.made);
            let made = self.made.get(..wrote).map(simdutf8::basic::from_utf8);
            out.push_str(made.and_then(Result::ok).unwrap_or_default());
            from += read;
            let rest = rest.get(read..).unwrap_or_default();
            let line = memchr::memchr(b'\n', rest).map(|end| end + 1);
            let whole = self.ended || rest.len() > CHUNK_BYTES;
            let Some(line) = line.or_else(|| whole.then_some(rest.len())) else {
                break;
            };
            let line = rest.get(..line).unwrap_or_default();
            out.push_str(&GB18030.decode_without_bom_handling(line).0);
            from += line.len();
        }
        self.raw.drain(..from);
    }

    fn other(&mut self, out: &mut String) {
        let encoding = self.encoding.unwrap_or(UTF_8);
        let decoder = self
            .decoder
            .get_or_insert_with(|| encoding.new_decoder_without_bom_handling());
        let mut bytes = self.raw.as_slice();
        loop {
            let room = decoder.max_utf8_buffer_length(bytes.len());
            out.reserve(room.unwrap_or(CHUNK_BYTES));
            let (result, read, _) = decoder.decode_to_string(bytes, out, self.ended);
            bytes = bytes.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.raw.clear();
    }
}

/// Bytes at the end that are the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    for (back, byte) in bytes.iter().rev().take(3).enumerate() {
        let length = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => return 0,
        };
        return if back + 1 < length { back + 1 } else { 0 };
    }
    0
}

fn without_zeros(out: &mut String, from: usize) {
    let new = out.get(from..).unwrap_or_default();
    if memchr::memchr(0, new.as_bytes()).is_some() {
        let new = new.replace('\0', "\u{FFFD}");
        out.truncate(from);
        out.push_str(&new);
    }
}

/// The encoding of a text that has bytes above ASCII and no mark: UTF-8 when it fits, else what the statistics say.
fn guess(bytes: &[u8], ended: bool) -> Option<&'static Encoding> {
    let (mut good, mut bad) = (0, 0);
    let end = bytes.len() - if ended { 0 } else { unfinished(bytes) };
    for chunk in bytes.get(..end).unwrap_or(bytes).utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if bad == 0 || good >= bad * GOOD_PER_BAD {
        return Some(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, ended);
    let guessed = detector.guess(Some(b"cn"), Utf8Detection::Deny);
    // GB18030 is GBK with more characters, and both have one decoder. What the statistics take for something else, from too
    // few characters, is GB18030 all the same when every one of them is.
    let fits = fits(GB18030, bytes);
    (fits == Fit::Whole || fits == Fit::Good && [GBK, GB18030].contains(&guessed)).then_some(GB18030)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Whole,
    Good,
    Bad,
}

fn fits(encoding: &'static Encoding, bytes: &[u8]) -> Fit {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bad = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let good = text.chars().filter(|c| !c.is_ascii()).count() - bad;
    // A character cut off at the end of the evidence is no fault.
    match bad.saturating_sub(1) {
        0 if good > 0 => Fit::Whole,
        bad if good >= bad * GOOD_PER_BAD => Fit::Good,
        _ => Fit::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<(String, &'static str), String> {
        let mut text = Text::new(bytes);
        let mut out = String::new();
        while text.next(&mut out).map_err(|error| error.message().to_owned())? {}
        Ok((out, text.encoding()))
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "户编号,姓名,村\n0012,张三,李庄村\n0013,欧阳·买买提,王店孜\n".repeat(9_000);
        let gb18030 = format!("{text}4,㛃䶮,㐂\n");
        for (expect, bytes, encoding) in [
            (&text, text.clone().into_bytes(), "UTF-8"),
            (&text, [b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8"),
            (
                &text,
                [b"\xFF\xFE".to_vec(), utf16(&text, u16::to_le_bytes)].concat(),
                "UTF-16LE",
            ),
            (
                &text,
                [b"\xFE\xFF".to_vec(), utf16(&text, u16::to_be_bytes)].concat(),
                "UTF-16BE",
            ),
            (&text, utf16(&text, u16::to_le_bytes), "UTF-16LE"),
            (&text, utf16(&text, u16::to_be_bytes), "UTF-16BE"),
            (&text, GBK.encode(&text).0.into_owned(), "gb18030"),
            (&gb18030, GB18030.encode(&gb18030).0.into_owned(), "gb18030"),
        ] {
            let (out, found) = decoded(&bytes).unwrap();
            assert_eq!(found, encoding);
            assert!(out == *expect, "{encoding}");
        }
        assert_eq!(
            decoded(b"a,b\n1,2\n").unwrap(),
            ("a,b\n1,2\n".to_owned(), "ascii")
        );
        let (out, _) = decoded(&GBK.encode("姓名\n张三\n").0).unwrap();
        assert_eq!(out, "姓名\n张三\n");
    }

    #[test]
    fn the_first_chinese_character_may_come_late() {
        let ascii = "aac003,aac002\n".repeat(30_000);
        let text = format!("{ascii}张三,1\n李四,2\n");
        let (out, found) = decoded(&GBK.encode(&text).0).unwrap();
        assert!(out == text);
        assert_eq!(found, "gb18030");
        let (out, found) = decoded(text.as_bytes()).unwrap();
        assert!(out == text);
        assert_eq!(found, "UTF-8");
    }

    #[test]
    fn a_bad_byte_costs_what_stands_around_it_and_no_more() {
        let text = "户编号,姓名\n0012,张三\n0013,李四\n0014,王五\n".repeat(10);
        let mut utf8 = text.clone().into_bytes();
        utf8[200] = 0xFF;
        let mut gbk = GBK.encode(&text).0.into_owned();
        gbk[100] = 0xFF;
        for bytes in [utf8, gbk] {
            let (out, _) = decoded(&bytes).unwrap();
            assert!(out.contains('\u{FFFD}'));
            let same = out.lines().zip(text.lines()).filter(|(one, other)| one == other);
            assert_eq!(same.count() + 1, text.lines().count());
        }
    }

    #[test]
    fn a_zero_byte_is_a_bad_one_and_many_are_half_a_file() {
        assert_eq!(decoded(b"a,b\0,c\n1,2,3\n").unwrap().0, "a,b\u{FFFD},c\n1,2,3\n");
        let half = [b"a,b\n1,2\n".to_vec(), vec![0; 4_096]].concat();
        assert!(decoded(&half).unwrap_err().contains("没有复制完整"));
    }

    #[test]
    fn what_fits_no_encoding_is_refused() {
        let noise: Vec<u8> = (0..4_000_u32)
            .map(|at| [0xFF, 0xFE, 0x80, b','][(at * 7 % 11 % 4) as usize])
            .collect();
        assert!(
            decoded(&[b"x".to_vec(), noise].concat())
                .unwrap_err()
                .contains("编码无法识别")
        );
    }
}
