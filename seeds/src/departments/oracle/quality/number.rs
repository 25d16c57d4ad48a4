//! Oracle of identity numbers: what is wrong with one, and what a right one tells.
//! Here because most that is known of a person hangs on the number.
//! In: numbers as the register has them. Out: what each tells, and the truth of the rules about single numbers.
//! Not here: numbers that come up twice (mod.rs).

use super::{DATA_DAY, Day, Seen, Teller};
use crate::county::check_digit;

/// What a number is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// Right: the 18 characters, whether in the old form of 15, kind and grade of a disability card.
    Right {
        whole: String,
        old: bool,
        card: Option<(u32, u32)>,
    },
    None,
    Masked,
    Cut,
    Length,
    Character,
    Date,
    Check,
}

const DAYS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Reading {
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() || text.starts_with("999999") {
            return Self::None;
        }
        if text.contains('*') {
            return Self::Masked;
        }
        let characters: Vec<char> = text.chars().collect();
        let old = characters.len() == 15;
        let (whole, added): (String, &[char]) = match (characters.len(), characters.split_at_checked(18)) {
            (18 | 20, Some((whole, added))) => (whole.iter().collect(), added),
            (15, _) => (upgraded(text), &[]),
            _ => return Self::Length,
        };
        let Some(first) = whole
            .get(..17)
            .filter(|first| first.bytes().all(|b| b.is_ascii_digit()))
        else {
            return Self::Character;
        };
        let (_, month, day) = born(&whole);
        let days = usize::try_from(month - 1).ok().and_then(|month| DAYS.get(month));
        if !days.is_some_and(|days| (1..=*days).contains(&day)) {
            return Self::Date;
        }
        if !whole.ends_with(check_digit(first)) {
            return if whole.ends_with("000") {
                Self::Cut
            } else {
                Self::Check
            };
        }
        let mut codes = added.iter().filter_map(|code| code.to_digit(10));
        let card = codes.next().zip(codes.next());
        Self::Right { whole, old, card }
    }

    pub(super) fn whole(&self) -> Option<&str> {
        if let Self::Right { whole, .. } = self {
            Some(whole)
        } else {
            None
        }
    }

    pub(super) fn born(&self) -> Option<Day> {
        self.whole().map(born)
    }

    pub(super) fn male(&self) -> Option<bool> {
        let seventeenth = self.whole()?.chars().nth(16)?.to_digit(10)?;
        Some(seventeenth % 2 == 1)
    }

    /// Kind and grade on a disability card.
    pub(super) fn card(&self) -> Option<(u32, u32)> {
        if let Self::Right { card, .. } = self {
            *card
        } else {
            None
        }
    }

    fn is_old(&self) -> bool {
        matches!(self, Self::Right { old: true, .. })
    }
}

/// The 18 characters of 15.
fn upgraded(text: &str) -> String {
    let (division, rest) = text.split_at_checked(6).unwrap_or((text, ""));
    let first = [division, "19", rest].concat();
    let check = first
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| check_digit(&first));
    first.chars().chain(check).collect()
}

fn born(whole: &str) -> Day {
    let number = |from: usize, to: usize| {
        whole
            .get(from..to)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0)
    };
    (number(6, 10), number(10, 12), number(12, 14))
}

/// Nobody is older.
const AGE_MOST: i64 = 120;

pub(super) fn tell(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let any = |wanted: &dyn Fn(&Seen<'_>) -> bool| people.iter().any(wanted);
    for (rule, reading) in [
        ("H-id-none", Reading::None),
        ("H-id-masked", Reading::Masked),
        ("H-id-cut", Reading::Cut),
        ("H-id-length", Reading::Length),
        ("H-id-character", Reading::Character),
        ("H-id-date", Reading::Date),
        ("H-id-checksum", Reading::Check),
    ] {
        teller.blank(rule, any(&|seen| seen.number == reading));
    }
    teller.blank("H-id-old", any(&|seen| seen.number.is_old()));
    teller.wrong("H-id-age", any(&|seen| seen.aged(|age| age > AGE_MOST)));
    teller.wrong(
        "H-id-unborn",
        any(&|seen| seen.number.born().is_some_and(|born| born > DATA_DAY)),
    );
}
