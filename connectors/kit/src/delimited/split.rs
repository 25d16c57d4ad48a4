//! Cuts one line into cells where they are, without copying.
//! Here because this loop sees every byte of every export: eight at a time is what makes millions of rows a second.
//! In: a line, and where it begins in its text. Out: spans of cells in that text.
//! Not here: records over several lines and quotes within quotes (quoted.rs).

use crate::rows::{Span, span};

const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;

/// Appends the cells of a line without quotes that begins at `base`.
#[inline]
pub(super) fn plain(line: &[u8], base: usize, delimiter: u8, spans: &mut Vec<Span>) {
    let pattern = u64::from_ne_bytes([delimiter; 8]);
    let (words, rest) = line.as_chunks::<8>();
    let (mut at, mut start) = (base, base);
    for word in words {
        let apart = u64::from_le_bytes(*word) ^ pattern;
        // The high bit of every byte that was the delimiter, and of no other.
        let mut hits = !(((apart & LOW) + LOW) | apart | LOW);
        while hits != 0 {
            let hit = at + hits.trailing_zeros() as usize / 8;
            spans.push(span(start, hit));
            start = hit + 1;
            hits &= hits - 1;
        }
        at += 8;
    }
    for byte in rest {
        if *byte == delimiter {
            spans.push(span(start, at));
            start = at + 1;
        }
        at += 1;
    }
    spans.push(span(start, at));
}

/// The same for a line whose quoted cells are quoted from end to end, with no quote within. False, with some spans added,
/// when it is another line: then the state machine is needed.
pub(super) fn quoted(line: &[u8], base: usize, delimiter: u8, spans: &mut Vec<Span>) -> bool {
    let mut at = 0;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let (from, to, next) = match rest.split_first() {
            Some((b'"', inner)) => {
                let Some(length) = memchr::memchr(b'"', inner) else {
                    return false;
                };
                (at + 1, at + 1 + length, at + 2 + length)
            }
            _ => {
                let length = memchr::memchr(delimiter, rest).unwrap_or(rest.len());
                (at, at + length, at + length)
            }
        };
        spans.push(span(base + from, base + to));
        match line.get(next) {
            Some(byte) if *byte == delimiter => at = next + 1,
            Some(_) => return false,
            None => return true,
        }
    }
}
