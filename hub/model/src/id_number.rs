//! 公民身份号码: the number that identifies a person, read and checked, and never shown.
//! Here because its checksum (GB 11643-1999) and its masking must be the same everywhere.
//! In: text with 15, 18, 20 or 22 characters. Out: the 18-character form, masked when printed.
//! Not here: whether the division in the first six digits exists today (it is where a person was first
//! registered), and the blind index under which a person is stored.

use std::fmt;

/// A checked 18-character identity number, upper-cased. Prints masked; `reveal` is the only way to the digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber([u8; 18]);

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: [u8; 11] = *b"10X98765432";

impl IdNumber {
    /// Reads a number: 18 characters, a disability card's 20 or 22 (whose first 18 are the number), or the old 15
    /// which are upgraded. `None` when the form, the date or the check character is wrong; nothing is repaired.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: Vec<u8> = text.trim().bytes().map(|b| b.to_ascii_uppercase()).collect();
        let digits: [u8; 18] = match bytes.len() {
            15 => upgrade(&bytes)?,
            18 | 20 | 22 => bytes.get(..18)?.try_into().ok()?,
            _ => return None,
        };
        let (last, body) = digits.split_last()?;
        let dated = body.iter().all(u8::is_ascii_digit) && is_date(body.get(6..14)?);
        (dated && *last == check_character(body)).then_some(Self(digits))
    }

    /// The 18 characters. For the link stage and for storage, never for logs, URLs, metrics or error text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn upgrade(fifteen: &[u8]) -> Option<[u8; 18]> {
    let century: &[u8] = match fifteen.get(12..15)? {
        b"996" | b"997" | b"998" | b"999" => b"18",
        _ => b"19",
    };
    let mut digits = [0; 18];
    let body = [fifteen.get(..6)?, century, fifteen.get(6..)?].concat();
    digits.get_mut(..17)?.copy_from_slice(&body);
    if !body.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *digits.last_mut()? = check_character(&body);
    Some(digits)
}

fn check_character(body: &[u8]) -> u8 {
    let sum: u32 = body
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    CHECK[(sum % 11) as usize]
}

fn is_date(yyyymmdd: &[u8]) -> bool {
    let number = |digits: &[u8]| digits.iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'));
    let [y1, y2, y3, y4, m1, m2, d1, d2] = *yyyymmdd else {
        return false;
    };
    let date = (number(&[y1, y2, y3, y4]), number(&[m1, m2]), number(&[d1, d2]));
    (1850..=2100).contains(&date.0)
        && i32::try_from(date.0)
            .ok()
            .and_then(|y| chrono::NaiveDate::from_ymd_opt(y, date.1, date.2))
            .is_some()
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
    fn a_wrong_number_is_refused_never_repaired() {
        for wrong in [
            "110105194912310021",
            "11010519491331002X",
            "1.10105E+17",
            "1101051949123100",
            "",
            "张三",
        ] {
            assert!(IdNumber::parse(wrong).is_none(), "{wrong}");
        }
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
