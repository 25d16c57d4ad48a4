//! What a cell shows of a certificate number that may be masked, cut or mistyped: which characters, at which places.
//! Here because a broken number is still evidence: a masked one rules out most people, a mistyped one nearly names one.
//! In: text as it came. Out: up to eighteen characters, each known or not, and the kind of number.
//! Not here: whose number it is; what is shown is compared by record linkage and never taken for a number.

use super::document::{COVER, Cell, IdKind, KEPT_DIGITS, read, without_decimals};

/// Characters of an identity number.
const LENGTH: usize = 18;
/// All eighteen places.
const ALL: u32 = (1 << LENGTH) - 1;

/// The characters a cell shows of a number, each at its place in the eighteen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IdShown {
    /// What kind of number the cell holds.
    pub kind: IdKind,
    /// The characters; what is not shown is `*`.
    pub characters: [u8; LENGTH],
    /// Bit `n` is set where character `n` is shown.
    pub shown: u32,
}

/// What the cell shows of a number; `None` when it is empty, or shows nothing at a known place: 999999… stands for
/// nobody, and of a number in scientific notation only the digits before the last can be trusted, which is rounded.
#[must_use]
pub fn id_shown(text: &str) -> Option<IdShown> {
    let cell = Cell::new(text);
    let (kind, characters, shown) = match read(&cell)? {
        Ok((kind, number)) => {
            let mut characters = [0; LENGTH];
            characters.copy_from_slice(number.reveal().as_bytes().get(..LENGTH)?);
            (kind, characters, ALL)
        }
        Err((kind, _)) => {
            let bytes = cell.bytes();
            let (characters, shown) = match kind {
                IdKind::Surrogate999999 => return None,
                IdKind::Masked => uncovered(bytes),
                IdKind::Truncated => left(without_decimals(bytes).iter().take(KEPT_DIGITS)),
                IdKind::Scientific => mantissa(bytes),
                IdKind::Resident | IdKind::DisabilityCard | IdKind::Upgraded15 | IdKind::Malformed => {
                    left(bytes.iter().take(LENGTH))
                }
            };
            (kind, characters, shown)
        }
    };
    (shown != 0).then_some(IdShown {
        kind,
        characters,
        shown,
    })
}

/// What stands before the first cover and behind the last. A cell of another length shows its beginning and its end.
fn uncovered(bytes: &[u8]) -> ([u8; LENGTH], u32) {
    let whole = match bytes.len() {
        20 | 22 => bytes.get(..LENGTH).unwrap_or_default(),
        _ => bytes,
    };
    let covers = |at: usize| {
        let last = at + 1 == whole.len();
        whole.get(at).is_none_or(|b| *b == COVER || *b == b'X' && !last)
    };
    let first = (0..whole.len()).find(|at| covers(*at)).unwrap_or_default();
    let last = (0..whole.len()).rev().find(|at| covers(*at)).unwrap_or_default();
    let mut characters = [COVER; LENGTH];
    let mut shown = 0;
    let behind = whole.len().saturating_sub(last + 1);
    if first + behind > LENGTH {
        return (characters, 0);
    }
    let head = whole.iter().take(first).zip(0..);
    let tail = whole.iter().skip(last + 1).zip(LENGTH - behind..);
    for (byte, at) in head.chain(tail) {
        put(&mut characters, &mut shown, at, *byte);
    }
    (characters, shown)
}

/// The digits before the exponent but the last one, which is rounded.
fn mantissa(bytes: &[u8]) -> ([u8; LENGTH], u32) {
    let end = bytes.iter().position(|b| *b == b'E').unwrap_or_default();
    let digits = bytes
        .get(..end)
        .unwrap_or_default()
        .iter()
        .filter(|b| **b != b'.');
    let count = digits.clone().count();
    left(digits.take(count.saturating_sub(1).min(KEPT_DIGITS)))
}

fn left<'a>(bytes: impl Iterator<Item = &'a u8>) -> ([u8; LENGTH], u32) {
    let mut characters = [COVER; LENGTH];
    let mut shown = 0;
    for (byte, at) in bytes.zip(0..) {
        put(&mut characters, &mut shown, at, *byte);
    }
    (characters, shown)
}

fn put(characters: &mut [u8; LENGTH], shown: &mut u32, at: usize, byte: u8) {
    if let Some(place) = characters.get_mut(at)
        && (byte.is_ascii_digit() || byte == b'X')
    {
        *place = byte;
        *shown |= 1 << at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let shown = id_shown(text)?;
        assert_eq!(
            shown.characters.iter().filter(|b| **b != COVER).count(),
            shown.shown.count_ones() as usize
        );
        Some(String::from_utf8(shown.characters.to_vec()).unwrap())
    }

    #[test]
    fn every_kind_of_number_shows_what_is_left_of_it() {
        let table = [
            ("11010519491231002x", Some("11010519491231002X")),
            ("110105491231002", Some("11010519491231002X")),
            ("11010519491231002X43", Some("11010519491231002X")),
            ("1101**********002X", Some("1101**********002X")),
            ("110105********002Ｘ", Some("110105********002X")),
            ("1101****002X", Some("1101**********002X")),
            ("11010519491231****", Some("11010519491231****")),
            ("1101XXXXXXXXXX0021", Some("1101**********0021")),
            ("1****************X", Some("1****************X")),
            ("110105194912310000", Some("110105194912310***")),
            ("110105194912310000.0", Some("110105194912310***")),
            ("1.10105E+17", Some("11010*************")),
            ("110105194912310021", Some("110105194912310021")),
            ("11010519491331002X", Some("11010519491331002X")),
            ("1101051949123100?X", Some("1101051949123100*X")),
            ("99999919491231002X", None),
            ("", None),
            ("******", None),
            ("张三", None),
        ];
        for (text, seen) in table {
            assert_eq!(shown(text).as_deref(), seen, "{text}");
        }
    }
}
