//! Certificate numbers of one side, and how two of them differ when one is masked, cut or mistyped.
//! Here because what can be said of two numbers depends on what the list's number shows.
//! In: cells. Out: eighteen characters, which of them are shown, what kind of evidence they are.
//! Not here: reading the cell (hub-model), what agreement is worth (cells.rs).

use hub_model::values::{IdKind, id_shown};

/// Characters of a number.
const LENGTH: usize = 18;
const BIRTH: u32 = 0b11_1111_1100_0000;
const YEAR: u32 = 0b11_1100_0000;
const REGION: u32 = 0b11_1111;
const ENDING: u32 = 0b11_1100_0000_0000_0000;
const SEX: u32 = 1 << 16;
/// How a number ends that a spreadsheet has cut.
const CUT: &[u8] = b"000";
const ALL: u32 = (1 << LENGTH) - 1;

/// A number, or what is left of it.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) characters: [u8; LENGTH],
    pub(super) shown: u32,
    pub(super) kind: Evidence,
}

/// What kind of evidence a list's number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// No number.
    None,
    /// A valid number.
    Valid,
    /// Eighteen characters or nearly, but no valid number.
    Broken,
    /// Masked or cut; birth and ending are shown.
    BirthAndEnding,
    /// Masked or cut; the birth is shown.
    Birth,
    /// Masked; the ending is shown.
    Ending,
    /// Masked or cut; little is shown.
    Little,
}

impl Number {
    pub(super) const NONE: Self = Self {
        characters: [b'*'; LENGTH],
        shown: 0,
        kind: Evidence::None,
    };

    pub(super) fn read(cell: &str) -> Self {
        let Some(seen) = id_shown(cell) else {
            return Self::NONE;
        };
        let kind = match seen.kind {
            // One cut number in eleven passes the checksum; one whole number in a thousand ends so.
            IdKind::Resident if seen.characters.ends_with(CUT) => return Self::cut(seen.characters),
            IdKind::Resident | IdKind::DisabilityCard | IdKind::Upgraded15 => Evidence::Valid,
            IdKind::Malformed => Evidence::Broken,
            IdKind::Masked | IdKind::Truncated | IdKind::Scientific | IdKind::Surrogate999999 => {
                part(seen.shown)
            }
        };
        Self {
            characters: seen.characters,
            shown: seen.shown,
            kind,
        }
    }

    fn cut(mut characters: [u8; LENGTH]) -> Self {
        let safe = LENGTH - CUT.len();
        for lost in characters.iter_mut().skip(safe) {
            *lost = b'*';
        }
        let shown = (1 << safe) - 1;
        Self {
            characters,
            shown,
            kind: part(shown),
        }
    }

    /// A hash of the characters shown; 0 when there is no number.
    pub(super) fn hash(&self) -> u64 {
        if self.kind == Evidence::None {
            return 0;
        }
        super::hash::text(std::str::from_utf8(&self.characters).unwrap_or_default())
    }

    /// Eight digits of birth; `None` when they are not all shown.
    pub(super) fn birth(&self) -> Option<[u8; 8]> {
        let birth = self.characters.get(6..14)?;
        (self.shown & BIRTH == BIRTH).then(|| birth.try_into().ok())?
    }

    /// Whether the digit that tells the sex is odd: a man's.
    pub(super) fn is_male(&self) -> Option<bool> {
        let digit = self.characters.get(16)?;
        (self.shown & SEX != 0 && digit.is_ascii_digit()).then_some(digit % 2 == 1)
    }

    /// The last four characters; `None` when they are not all shown.
    pub(super) fn ending(&self) -> Option<&[u8]> {
        (self.shown & ENDING == ENDING).then(|| self.characters.get(14..))?
    }

    /// How many of the first six characters are shown.
    pub(super) const fn region_shown(&self) -> u32 {
        (self.shown & REGION).count_ones()
    }

    pub(super) const fn year_shown(&self) -> bool {
        self.shown & YEAR == YEAR
    }

    pub(super) const fn birth_shown(&self) -> bool {
        self.shown & BIRTH == BIRTH
    }

    /// How many of the last four characters are shown.
    pub(super) const fn ending_shown(&self) -> u32 {
        (self.shown & ENDING).count_ones()
    }

    /// Characters shown by both that differ.
    pub(super) fn differing(&self, other: &Self) -> u32 {
        let both = self.shown & other.shown;
        let pairs = self.characters.iter().zip(&other.characters).zip(0..);
        pairs
            .filter(|((a, b), at)| a != b && both & (1 << at) != 0)
            .map(|_| 1)
            .sum()
    }

    /// Whether two numbers differ by one character, or by two neighbours exchanged.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        let differing = self.differing(other);
        differing == 1 || differing == 2 && self.is_exchanged(other)
    }

    fn is_exchanged(&self, other: &Self) -> bool {
        let (a, b) = (&self.characters, &other.characters);
        let first = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or_default();
        match (a.get(first..first + 2), b.get(first..first + 2)) {
            (Some([a, b]), Some([c, d])) => (a, b) == (d, c),
            _ => false,
        }
    }

    /// Whether the digits of birth are shown by both and the same.
    pub(super) fn same_birth(&self, other: &Self) -> bool {
        matches!((self.birth(), other.birth()), (Some(a), Some(b)) if a == b)
    }

    /// Whether region and birth are the same: twins, or neighbours of one day.
    pub(super) fn same_origin(&self, other: &Self) -> bool {
        self.same_birth(other) && self.characters.get(..6) == other.characters.get(..6)
    }

    /// What this number would show if it were damaged as `like` is: the rest is covered, a broken one has a wrong digit.
    pub(super) fn damaged(&self, like: &Self, chance: u64) -> Self {
        let mut characters = [b'*'; LENGTH];
        let shown = self.shown & like.shown;
        for ((place, own), at) in characters.iter_mut().zip(&self.characters).zip(0..) {
            if shown & (1 << at) != 0 {
                *place = *own;
            }
        }
        if like.kind == Evidence::Broken {
            let at = super::hash::below(chance, LENGTH - 1);
            if let Some(digit) = characters.get_mut(at).filter(|digit| digit.is_ascii_digit()) {
                let other = (*digit - b'0' + 1 + u8::try_from(chance % 9).unwrap_or(0)) % 10;
                *digit = b'0' + other;
            }
        }
        Self {
            characters,
            shown,
            kind: like.kind,
        }
    }
}

/// What kind of evidence the shown characters of a masked or cut number are.
fn part(shown: u32) -> Evidence {
    match (shown & BIRTH == BIRTH, shown & ENDING == ENDING) {
        _ if shown == ALL => Evidence::Broken,
        (true, true) => Evidence::BirthAndEnding,
        (true, false) => Evidence::Birth,
        (false, true) => Evidence::Ending,
        (false, false) if shown != 0 => Evidence::Little,
        (false, false) => Evidence::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "11010519491231002X";

    #[test]
    fn what_is_shown_decides_what_can_be_said() {
        let table = [
            ("11010519491231002X", Evidence::Valid),
            ("110105491231002", Evidence::Valid),
            ("110105194912310021", Evidence::Broken),
            ("1101051949****002X", Evidence::Ending),
            ("11010519491231****", Evidence::Birth),
            ("110105194912310000", Evidence::Birth),
            ("341202194411072000", Evidence::Birth),
            ("1.10105E+17", Evidence::Little),
            ("1****************X", Evidence::Little),
            ("", Evidence::None),
            ("没有", Evidence::None),
        ];
        for (cell, kind) in table {
            assert_eq!(Number::read(cell).kind, kind, "{cell}");
        }
    }

    #[test]
    fn damage_is_seen_through() {
        let whole = Number::read(WHOLE);
        let (typed, exchanged) = (
            Number::read("11010519491231003X"),
            Number::read("11010519491213002X"),
        );
        assert!(whole.is_near(&typed) && whole.is_near(&exchanged));
        assert!(!whole.is_near(&Number::read("11010519491231013X")));
        let masked = Number::read("110105********002X");
        assert_eq!(whole.differing(&masked), 0);
        let like = whole.damaged(&masked, 7);
        assert_eq!((like.shown, like.kind), (masked.shown, masked.kind));
        let broken = whole.damaged(&typed, 7);
        assert_eq!(whole.differing(&broken), 1);
        assert!(whole.same_birth(&typed) && whole.same_origin(&typed) && !whole.same_birth(&exchanged));
    }
}
