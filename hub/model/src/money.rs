//! Money, in fen.
//! Here because a float must never carry money: 0.1 + 0.2 has cost clerks whole evenings.
//! In: text as departments write it. Out: `Fen(i64)`, exact.
//! Not here: unit prices (millionths of a yuan) and 万元, which a connector's mapping states explicitly.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in fen; negative amounts are corrections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// Reads yuan as text (`1,234.5`, `１２３`, `¥ -3.00`); thousands separators, full-width digits and a
    /// yuan sign are accepted. More than two decimals are accepted only when the rest are zeros, or when the
    /// text is a float's rendering of an exact fen amount (`2341.6700000000001`, as spreadsheets store it).
    /// `None` when the text is no amount; nothing is guessed.
    #[must_use]
    pub fn parse_yuan(text: &str) -> Option<Self> {
        let mut negative = false;
        let mut whole: i64 = 0;
        let mut digits = 0_usize;
        let mut decimals: Option<String> = None;
        for c in text.trim().chars().map(half_width) {
            match c {
                '-' if digits == 0 && !negative && decimals.is_none() => negative = true,
                '+' | '¥' | '￥' | ' ' if digits == 0 => {}
                ',' if digits > 0 && decimals.is_none() => {}
                '元' => {}
                '.' if decimals.is_none() => decimals = Some(String::new()),
                '0'..='9' => {
                    digits += 1;
                    match decimals.as_mut() {
                        Some(text) => text.push(c),
                        None => whole = whole.checked_mul(10)?.checked_add(i64::from(c.to_digit(10)?))?,
                    }
                }
                _ => return None,
            }
        }
        if digits == 0 {
            return None;
        }
        let fen = whole
            .checked_mul(100)?
            .checked_add(decimal_fen(&decimals.unwrap_or_default())?)?;
        Some(Self(if negative { -fen } else { fen }))
    }
}

/// The fen a decimal part stands for; `None` when it names a fraction of a fen.
fn decimal_fen(decimals: &str) -> Option<i64> {
    let two: i64 = format!("{decimals:0<2}")
        .chars()
        .take(2)
        .collect::<String>()
        .parse()
        .ok()?;
    let rest: String = decimals.chars().skip(2).collect();
    if rest.chars().all(|c| c == '0') {
        return Some(two);
    }
    // A double holds about 15 significant digits: a long run of zeros or nines is its rounding, not a fraction.
    const FLOAT_NOISE_ZEROS: usize = 6;
    let zeros = rest.chars().take_while(|&c| c == '0').count();
    let nines = rest.chars().take_while(|&c| c == '9').count();
    match (zeros >= FLOAT_NOISE_ZEROS, nines >= FLOAT_NOISE_ZEROS) {
        (true, _) => Some(two),
        (_, true) => Some(two + 1),
        _ => None,
    }
}

/// Full-width digits and punctuation as their ASCII counterparts.
fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{A0}' => ' ',
        _ => c,
    }
}

impl fmt::Display for Fen {
    /// Yuan with separators and two decimals: `8,000.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fen = self.0.unsigned_abs();
        let yuan = (fen / 100).to_string();
        let mut grouped = String::with_capacity(yuan.len() + yuan.len() / 3);
        for (position, digit) in yuan.chars().enumerate() {
            if position > 0 && (yuan.len() - position).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{grouped}.{:02}", fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_departments_write_them() {
        let table = [
            ("1,234.50", Some(123_450)),
            ("１２３．４５", Some(12_345)),
            ("¥ 8000", Some(800_000)),
            ("8000元", Some(800_000)),
            ("-3.00", Some(-300)),
            ("0", Some(0)),
            (".5", Some(50)),
            ("2341.6700000000001", Some(234_167)),
            ("2341.6699999999996", Some(234_167)),
            ("12.345", None),
            ("", None),
            ("-", None),
            ("八千", None),
            ("1e5", None),
            ("12.3.4", None),
            ("99999999999999999999", None),
        ];
        for (text, fen) in table {
            assert_eq!(Fen::parse_yuan(text).map(|f| f.0), fen, "{text}");
        }
    }

    #[test]
    fn an_amount_prints_in_yuan() {
        assert_eq!(Fen(800_000).to_string(), "8,000.00");
        assert_eq!(Fen(-123_456_789).to_string(), "-1,234,567.89");
        assert_eq!(Fen(5).to_string(), "0.05");
    }
}
