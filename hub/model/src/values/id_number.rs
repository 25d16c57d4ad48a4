//! 公民身份号码: the number that identifies a person, read and checked, and never shown.
//! Here because its checksum (GB 11643-1999) and its masking must be the same everywhere.
//! In: text with 15, 18, 20 or 22 characters. Out: the 18-character form, masked when printed.
//! Not here: how a number is dirtied in a cell (document.rs), whether the division in the first six digits exists
//! today (it is where a person was first registered), and the blind index under which a person is stored.

use std::fmt;

use super::calendar::civil_days;

/// A checked 18-character identity number, upper-cased. Prints masked; `reveal` is the only way to the digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber([u8; 18]);

/// What is wrong with a text that is no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not 15, 18, 20 or 22 characters.
    Length,
    /// A character where a digit should be.
    Character,
    /// No such day in the calendar.
    Date,
    /// The last character does not fit the others.
    Checksum,
    /// 999999…: stands for a person without a number.
    Surrogate,
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: [u8; 11] = *b"10X98765432";
/// Years of birth that a number may carry.
const YEARS: std::ops::RangeInclusive<i32> = 1850..=2100;
/// How the number given to a person without one begins (D08).
pub(super) const SURROGATE: &[u8] = b"999999";

impl IdNumber {
    /// Reads a number: 18 characters, a disability card's 20 or 22 (whose first 18 are the number), or the old 15
    /// which are upgraded. `None` when the form, the date or the check character is wrong, or when it is 999999…,
    /// which is nobody's number; nothing is repaired.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text.trim().as_bytes()).ok()
    }

    /// The same, telling what is wrong.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let first = match bytes.len() {
            15 => upgrade(bytes)?,
            18 | 20 | 22 => bytes
                .get(..18)
                .and_then(|first| first.try_into().ok())
                .ok_or(Fault::Length)?,
            _ => return Err(Fault::Length),
        };
        let mut number: [u8; 18] = first;
        number.make_ascii_uppercase();
        let (last, body) = number.split_last().ok_or(Fault::Length)?;
        if !body.iter().all(u8::is_ascii_digit) || !CHECK.contains(last) {
            return Err(Fault::Character);
        }
        if body.starts_with(SURROGATE) {
            return Err(Fault::Surrogate);
        }
        birth_days(body).ok_or(Fault::Date)?;
        if *last == check_character(body) {
            Ok(Self(number))
        } else {
            Err(Fault::Checksum)
        }
    }

    /// The 18 characters. For the link stage and for storage, never for logs, URLs, metrics or error text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The day of birth in digits 7 to 14, days since 1970-01-01. It may lie ahead: there is no clock here.
    #[must_use]
    pub fn birth_date(&self) -> Option<i32> {
        birth_days(&self.0)
    }

    /// 男 or 女, by digit 17.
    #[must_use]
    pub fn sex(&self) -> &'static str {
        let [.., seventeenth, _] = self.0;
        if seventeenth % 2 == 1 { "男" } else { "女" }
    }
}

fn upgrade(fifteen: &[u8]) -> Result<[u8; 18], Fault> {
    if !fifteen.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Character);
    }
    let (division, rest) = fifteen.split_at(6);
    let century: &[u8] = match rest {
        [.., b'9', b'9', b'6'..=b'9'] => b"18",
        _ => b"19",
    };
    let mut number = [0; 18];
    for (to, from) in number.iter_mut().zip(division.iter().chain(century).chain(rest)) {
        *to = *from;
    }
    let check = check_character(number.get(..17).unwrap_or_default());
    let [.., last] = &mut number;
    *last = check;
    Ok(number)
}

/// The check character of 17 digits.
pub(super) fn check_character(body: &[u8]) -> u8 {
    let terms = body
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight);
    CHECK[(terms.sum::<u32>() % 11) as usize]
}

/// The day in characters 7 to 14 of a number whose first 17 characters are digits.
fn birth_days(number: &[u8]) -> Option<i32> {
    let part = |from: usize, to: usize| {
        let digits = number.get(from..to)?;
        Some(digits.iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0')))
    };
    let year = i32::try_from(part(6, 10)?)
        .ok()
        .filter(|year| YEARS.contains(year))?;
    civil_days(year, part(10, 12)?, part(12, 14)?)
}

impl fmt::Display for IdNumber {
    /// `341221********001X`: enough to recognise a known number, too little to learn an unknown one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.reveal();
        write!(
            f,
            "{}********{}",
            text.get(..6).unwrap_or_default(),
            text.get(14..).unwrap_or_default()
        )
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_vector_and_what_departments_send() {
        let id = IdNumber::parse("11010519491231002x").unwrap();
        assert_eq!(id.reveal(), "11010519491231002X");
        assert_eq!(
            IdNumber::parse("11010519491231002X43").unwrap(),
            id,
            "disability card, 20 characters"
        );
        assert_eq!(
            IdNumber::parse("11010519491231002X43B1").unwrap(),
            id,
            "re-issued card, 22 characters"
        );
        assert_eq!(
            IdNumber::parse("110105491231002").unwrap(),
            id,
            "old form, 15 digits"
        );
    }

    #[test]
    fn old_numbers_of_the_very_old_carry_the_century_in_their_last_digits() {
        let id = IdNumber::parse("110105901231997").unwrap();
        assert_eq!(id.reveal().get(6..14), Some("18901231"));
    }

    #[test]
    fn a_wrong_number_is_refused_never_repaired() {
        for (wrong, fault) in [
            ("110105194912310021", Fault::Checksum),
            ("11010519491331002X", Fault::Date),
            ("1.10105E+17", Fault::Length),
            ("1101051949123100", Fault::Length),
            ("", Fault::Length),
            ("张三", Fault::Length),
            ("张三李四王五", Fault::Character),
            ("1101051949123100?X", Fault::Character),
            ("11010549123100A", Fault::Character),
            ("99999919491231002X", Fault::Surrogate),
            ("999999194912310020", Fault::Surrogate),
        ] {
            assert!(IdNumber::parse(wrong).is_none(), "{wrong}");
            assert_eq!(IdNumber::read(wrong.as_bytes()), Err(fault), "{wrong}");
        }
    }

    #[test]
    fn it_tells_birth_and_sex() {
        let id = IdNumber::parse("11010519491231002X").unwrap();
        assert_eq!((id.birth_date(), id.sex()), (civil_days(1949, 12, 31), "女"));
    }

    #[test]
    fn it_prints_masked() {
        let id = IdNumber::parse("11010519491231002X").unwrap();
        assert_eq!(
            format!("{id} {id:?}"),
            "110105********002X IdNumber(110105********002X)"
        );
    }
}
