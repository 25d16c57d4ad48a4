//! Decimal numbers in text, read exactly and scaled to whole units.
//! Here because money, energy and shares must never pass through a float.
//! In: text as it came, read character by character. Out: whole numbers of a smaller unit, half a unit rounded up.
//! Not here: which units there are (amount.rs).

use std::str::Chars;

use super::chars::{half_width, is_blank};

/// Digits of a number at most; what is longer is no amount.
const DIGITS_MAX: u32 = 30;
/// Digits between two thousands separators.
const GROUP: u32 = 3;

/// A place in a text that is read from left to right.
#[derive(Clone)]
pub(super) struct Cursor<'a>(Chars<'a>);

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.chars())
    }

    /// The next character, blanks included, in half width.
    fn peek_raw(&self) -> Option<char> {
        self.0.clone().next().map(half_width)
    }

    /// The next character that is no blank, in half width, ASCII letters small.
    pub(super) fn peek(&self) -> Option<char> {
        let next = self.0.clone().find(|c| !is_blank(*c));
        next.map(|c| half_width(c).to_ascii_lowercase())
    }

    /// Takes the character that `peek` shows.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.0.find(|c| !is_blank(*c));
        next.map(|c| half_width(c).to_ascii_lowercase())
    }

    /// Takes `word` when it stands next; `word` is in half width and small letters.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let all = word.chars().all(|c| ahead.next() == Some(c));
        if all {
            *self = ahead;
        }
        all
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// Takes a sign: minus is true. A plus is no more than decoration.
    pub(super) fn sign(&mut self) -> bool {
        match self.peek() {
            Some('-' | '−' | '–') => {
                self.next();
                true
            }
            Some('+') => {
                self.next();
                false
            }
            _ => false,
        }
    }

    /// Takes an unsigned number: digits, thousands separators in groups of three, a decimal point.
    pub(super) fn number(&mut self) -> Option<Decimal> {
        self.peek()?;
        while self.peek_raw().is_some_and(is_blank) {
            self.0.next();
        }
        let mut number = Decimal {
            mantissa: 0,
            scale: 0,
        };
        let (mut digits, mut group, mut grouped, mut point) = (0, 0, false, false);
        while let Some(c) = self.peek_raw() {
            match c {
                '0'..='9' => {
                    number.mantissa = number
                        .mantissa
                        .checked_mul(10)?
                        .checked_add(u128::from(c.to_digit(10)?))?;
                    digits += 1;
                    group += 1;
                    number.scale += u32::from(point);
                }
                ',' if !point
                    && (if grouped {
                        group == GROUP
                    } else {
                        (1..=GROUP).contains(&group)
                    }) =>
                {
                    (grouped, group) = (true, 0);
                }
                '.' if !point && (!grouped || group == GROUP) => {
                    (point, grouped) = (true, false);
                }
                _ => break,
            }
            self.0.next();
        }
        (digits > 0 && digits <= DIGITS_MAX && (!grouped || group == GROUP)).then_some(number)
    }
}

/// A number as it is written: `mantissa` × 10^−`scale`, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: u128,
    scale: u32,
}

impl Decimal {
    /// The number × 10^`power`, half a unit rounded up; `None` when it does not fit.
    pub(super) fn scaled(self, power: u32) -> Option<i64> {
        let value = match power.checked_sub(self.scale) {
            Some(up) => self.mantissa.checked_mul(10_u128.checked_pow(up)?)?,
            None => {
                let divisor = 10_u128.checked_pow(self.scale - power)?;
                self.mantissa / divisor + u128::from(self.mantissa % divisor >= divisor / 2)
            }
        };
        i64::try_from(value).ok()
    }

    /// The number when it is whole.
    pub(super) fn whole(self) -> Option<i64> {
        let divisor = 10_u128.checked_pow(self.scale)?;
        self.mantissa
            .is_multiple_of(divisor)
            .then(|| i64::try_from(self.mantissa / divisor).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(u128, u32)> {
        let mut cursor = Cursor::new(text);
        let number = cursor.number()?;
        cursor.is_at_end().then_some((number.mantissa, number.scale))
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let table = [
            ("12", Some((12, 0))),
            (" 12.50 ", Some((1250, 2))),
            (".5", Some((5, 1))),
            ("5.", Some((5, 0))),
            ("1,234,567.8", Some((12_345_678, 1))),
            ("１，２３４", Some((1234, 0))),
            ("0012", Some((12, 0))),
            ("1,23", None),
            ("1234,567", None),
            ("1,2345", None),
            (",123", None),
            ("1,,234", None),
            ("1 234", None),
            ("1.2.3", None),
            (".", None),
            ("", None),
            ("1234567890123456789012345678901", None),
        ];
        for (text, read) in table {
            assert_eq!(number(text), read, "{text}");
        }
    }

    #[test]
    fn scaling_is_exact_and_rounds_half_a_unit_up() {
        let scaled = |text: &str, power| Cursor::new(text).number().and_then(|n| n.scaled(power));
        let table = [
            ("12.345", 2, Some(1235)),
            ("12.344999", 2, Some(1234)),
            ("0.005", 2, Some(1)),
            ("0.0716", 6, Some(71_600)),
            ("2341.6699999999996", 2, Some(234_167)),
            ("9223372036854775807", 0, Some(i64::MAX)),
            ("9223372036854775808", 0, None),
            ("99999999999999999999", 2, None),
        ];
        for (text, power, value) in table {
            assert_eq!(scaled(text, power), value, "{text}");
        }
    }
}
