//! 统一社会信用代码: the number of an enterprise, an office or a village collective.
//! Here because its checksum (GB 32100-2015) tells a typed number from a real one.
//! In: text as it came. Out: the 18 characters, upper-cased, when they check.
//! Not here: whether such a unit is registered, and the old nine-character codes.

use std::borrow::Cow;

use super::chars::{compact, part_of};

/// The characters of a code, each standing for its position; I, O, S, V and Z are not among them.
const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// By byte: its position among the characters.
const POSITIONS: [Option<usize>; 256] = {
    let mut positions = [None; 256];
    let mut at = 0;
    while at < CHARACTERS.len() {
        positions[CHARACTERS[at] as usize] = Some(at);
        at += 1;
    }
    positions
};
const LENGTH: usize = 18;
const MODULUS: usize = 31;

/// The code in the text: 18 characters, upper-cased, the division in characters 3 to 8 of digits, the check character
/// right. `None` otherwise; letters that look like digits are not exchanged.
#[must_use]
pub fn uscc(text: &str) -> Option<Cow<'_, str>> {
    let clean = part_of(compact(text), |text| Some(text.trim_matches(['\'', '"', '='])))?;
    if clean.bytes().any(|b| b.is_ascii_lowercase()) {
        let upper = clean.to_ascii_uppercase();
        return is_valid(&upper).then_some(Cow::Owned(upper));
    }
    part_of(clean, |text| Some(text).filter(|text| is_valid(text)))
}

fn is_valid(code: &str) -> bool {
    let code = code.as_bytes();
    let Some((check, body)) = code.split_last().filter(|_| code.len() == LENGTH) else {
        return false;
    };
    let position = |character: &u8| POSITIONS[usize::from(*character)];
    let mut weight = 1;
    let mut sum = 0;
    for character in body {
        let Some(position) = position(character) else {
            return false;
        };
        sum += position * weight;
        weight = weight * 3 % MODULUS;
    }
    // No registrar has 0; a row of zeros would check otherwise.
    let registered = code.first() != Some(&b'0');
    let divided = body
        .get(2..8)
        .is_some_and(|division| division.iter().all(u8::is_ascii_digit));
    registered && divided && position(check) == Some((MODULUS - sum % MODULUS) % MODULUS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked_and_upper_cased() {
        let valid = Some("91350100M000100Y43");
        let table = [
            ("91350100M000100Y43", valid),
            ("91350100m000100y43", valid),
            (" 91350100 M000100Y43 ", valid),
            ("９１３５０１００Ｍ０００１００Ｙ４３", valid),
            ("'91350100m000100Y43", valid),
            ("=\"91350100M000100Y43\"", valid),
            ("91350100M000100Y44", None),
            ("91350100M000100Y34", None),
            ("9135O100M000100Y43", None),
            ("91350100M000100Y4", None),
            ("91350100M000100Y433", None),
            ("91350100M000100S43", None),
            ("000000000000000000", None),
            ("11010519491231002X", None),
            ("9.135E+17", None),
            ("无", None),
            ("", None),
        ];
        for (text, code) in table {
            assert_eq!(uscc(text).as_deref(), code, "{text}");
        }
    }
}
