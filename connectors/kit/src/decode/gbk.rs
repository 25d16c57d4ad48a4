//! GBK to UTF-8 by one table, for the two-byte characters and ASCII that a file in it consists of.
//! Here because the general decoder spends more time on a row than everything after it together.
//! In: bytes. Out: UTF-8 up to the first thing that is neither; that is left to the general decoder.
//! Not here: four-byte characters, bad bytes, telling the encoding.

use std::sync::OnceLock;

use encoding_rs::GB18030;

const LEADS: std::ops::RangeInclusive<u8> = 0x81..=0xFE;
const TRAILS: std::ops::RangeInclusive<u8> = 0x40..=0xFE;
const TRAILS_LEN: usize = 0xFE - 0x40 + 1;
/// The high bits of eight bytes: none is set where all are ASCII.
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Bytes a step may write beyond its own.
const SLACK: usize = 8;

/// By lead and trail byte: up to three bytes of UTF-8, and their number; 0 where there is no character.
fn table() -> &'static [[u8; 4]] {
    static TABLE: OnceLock<Vec<[u8; 4]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let pairs = LEADS.flat_map(|lead| TRAILS.map(move |trail| [lead, trail]));
        pairs.map(|pair| entry(pair).unwrap_or_default()).collect()
    })
}

fn entry(pair: [u8; 2]) -> Option<[u8; 4]> {
    let (text, bad) = GB18030.decode_without_bom_handling(&pair);
    let mut entry = [0; 4];
    let length = u8::try_from(text.len())
        .ok()
        .filter(|length| !bad && *length <= 3)?;
    entry.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    entry[3] = length;
    (text.chars().count() == 1).then_some(entry)
}

/// Decodes from the beginning of `bytes` as far as it is ASCII and two-byte characters. Returns how many bytes that were,
/// and how many bytes of `out` they became.
pub(super) fn decode(bytes: &[u8], out: &mut Vec<u8>) -> (usize, usize) {
    let table = table();
    // Two bytes become three at most, and one becomes one.
    out.resize(out.len().max(bytes.len() / 2 * 3 + 1 + SLACK), 0);
    let (mut read, mut wrote) = (0, 0);
    loop {
        let before = read;
        ascii(bytes, out, &mut read, &mut wrote);
        pairs(bytes, out, table, &mut read, &mut wrote);
        if read == before {
            return (read, wrote);
        }
    }
}

/// Copies a run of ASCII, eight bytes at a time.
#[inline]
fn ascii(bytes: &[u8], out: &mut [u8], read: &mut usize, wrote: &mut usize) {
    while let (Some(word), Some(to)) = (
        bytes.get(*read..).and_then(<[u8]>::first_chunk::<8>),
        out.get_mut(*wrote..*wrote + 8),
    ) {
        to.copy_from_slice(word);
        let high = u64::from_le_bytes(*word) & HIGH;
        if high != 0 {
            let run = high.trailing_zeros() as usize / 8;
            *read += run;
            *wrote += run;
            return;
        }
        *read += 8;
        *wrote += 8;
    }
    while let (Some(byte), Some(to)) = (
        bytes.get(*read).filter(|byte| byte.is_ascii()),
        out.get_mut(*wrote),
    ) {
        *to = *byte;
        *read += 1;
        *wrote += 1;
    }
}

/// Turns a run of two-byte characters into UTF-8.
#[inline]
fn pairs(bytes: &[u8], out: &mut [u8], table: &[[u8; 4]], read: &mut usize, wrote: &mut usize) {
    while let Some([lead, trail]) = bytes.get(*read..).and_then(<[u8]>::first_chunk::<2>) {
        if lead.is_ascii() {
            return;
        }
        let (row, column) = (
            lead.wrapping_sub(*LEADS.start()),
            trail.wrapping_sub(*TRAILS.start()),
        );
        if usize::from(column) >= TRAILS_LEN {
            return;
        }
        let entry = table.get(usize::from(row) * TRAILS_LEN + usize::from(column));
        let (Some(entry), Some(to)) = (entry, out.get_mut(*wrote..*wrote + 4)) else {
            return;
        };
        to.copy_from_slice(entry);
        // Nearly always three: said as a branch, the next character need not wait for the table.
        match entry[3] {
            3 => *wrote += 3,
            2 => *wrote += 2,
            _ => return,
        }
        *read += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_bytes_becomes_what_the_general_decoder_makes_of_it() {
        let mut out = Vec::new();
        for lead in 0..=0xFF_u8 {
            for trail in 0..=0xFF_u8 {
                for tail in [b"".as_slice(), b"a,b,c,d,e"] {
                    let bytes = [b"x,".as_slice(), &[lead, trail], tail].concat();
                    let (read, wrote) = decode(&bytes, &mut out);
                    let (expect, _) = GB18030.decode_without_bom_handling(&bytes[..read]);
                    assert_eq!(&out[..wrote], expect.as_bytes(), "{lead:x} {trail:x}");
                    // A lone 0x80 is a euro sign to the general decoder.
                    let euro = lead == 0x80 || lead.is_ascii() && trail == 0x80;
                    let simple = !GB18030.decode_without_bom_handling(&bytes).1 && !euro;
                    assert_eq!(read == bytes.len(), simple, "{lead:x} {trail:x}");
                }
            }
        }
    }
}
