//! Mobile numbers in cells that hold several numbers, or a float.
//! Here because the people who visit a household need one number that can be called (D36).
//! In: text as it came. Out: the first mobile number, eleven digits; none when there is none.
//! Not here: landlines, and whose number it is; one number for several households is a rule's business.

use std::borrow::Cow;

use super::chars::{half_width, is_blank};

const LENGTH: usize = 11;

/// The first mobile number of the text (D36): `13800138000.0`, `138-0013-8000`, `+86 13800138000`, the first of
/// several, beside a landline or words. `None` when no run of digits is a mobile number.
#[must_use]
pub fn phone(text: &str) -> Option<Cow<'_, str>> {
    if text.len() == LENGTH && is_mobile(text.as_bytes()) {
        return Some(Cow::Borrowed(text));
    }
    // First numbers that stand by themselves, then numbers that are written in groups.
    first(text, is_blank)
        .or_else(|| first(text, |_| false))
        .map(Cow::Owned)
}

/// The first mobile number among the parts of `text`; `ends` says what ends a part besides what always does.
fn first(text: &str, ends: fn(char) -> bool) -> Option<String> {
    let within =
        |c: char| c.is_ascii_digit() || is_blank(c) || matches!(c, '-' | '+' | '.' | '(' | ')' | '—');
    text.split(|c| !within(half_width(c)) || ends(c)).find_map(mobile)
}

/// The mobile number that a part is, its groups joined.
fn mobile(part: &str) -> Option<String> {
    let part: String = part
        .chars()
        .map(half_width)
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let digits = part
        .split_once('.')
        .map_or(Some(part.as_str()), |(digits, decimals)| {
            decimals.bytes().all(|b| b == b'0').then_some(digits)
        })?;
    let digits = match digits.len().checked_sub(LENGTH)? {
        0 => digits,
        _ => ["0086", "86"]
            .iter()
            .find_map(|country| digits.strip_prefix(country))?,
    };
    is_mobile(digits.as_bytes()).then(|| digits.to_owned())
}

fn is_mobile(digits: &[u8]) -> bool {
    digits.len() == LENGTH
        && matches!(digits, [b'1', b'3'..=b'9', ..])
        && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mobile_number_is_taken() {
        let mobile = Some("13800138000");
        let table = [
            ("13800138000", mobile),
            ("13800138000.0", mobile),
            ("13800138000.00", mobile),
            ("１３８００１３８０００", mobile),
            (" 138 0013 8000 ", mobile),
            ("138-0013-8000", mobile),
            ("+86 13800138000", mobile),
            ("+86-138-0013-8000", mobile),
            ("8613800138000", mobile),
            ("008613800138000", mobile),
            ("13800138000、15400000001", mobile),
            ("13800138000/0558-2260000", mobile),
            ("0558-2260000/13800138000", mobile),
            ("13800138000 15400000001", mobile),
            ("13800138000\n15400000001", mobile),
            ("13800138000（儿子）", mobile),
            ("本人13800138000", mobile),
            ("'13800138000", mobile),
            ("0558-2260000", None),
            ("05582260000", None),
            ("12800138000", None),
            ("1380013800", None),
            ("138001380000", None),
            ("1.38E+10", None),
            ("13800138000.5", None),
            ("341221196805121216", None),
            ("无", None),
            ("-", None),
            ("", None),
        ];
        for (text, number) in table {
            assert_eq!(phone(text).as_deref(), number, "D36 {text:?}");
        }
        assert!(matches!(phone("13800138000"), Some(Cow::Borrowed(_))));
    }
}
