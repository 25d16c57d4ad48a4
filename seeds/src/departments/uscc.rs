//! Unified social credit codes of employers, village collectives, budget units and suppliers that do not exist.
//! Here because readers check both check characters: of the code and of the organisation number within it.
//! In: kind (91 a business, N2 a village collective, 12 an institution), division, a number. Out: 18 characters.
//! Not here: names of the organisations.

use super::row::push_padded;

const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// By byte: its place among the characters.
const VALUES: [usize; 256] = {
    let mut values = [0; 256];
    let mut at = 0;
    while at < CHARACTERS.len() {
        values[CHARACTERS[at] as usize] = at;
        at += 1;
    }
    values
};
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Appends the code: two characters of kind, six of division, the number as organisation number, the check character.
pub(crate) fn push(text: &mut String, kind: &str, division: &str, number: u64) {
    let start = text.len();
    text.push_str(kind);
    text.push_str(division);
    let digits = text.len();
    push_padded(text, i64::try_from(number % 100_000_000).unwrap_or(0), 8);
    let organisation = text.get(digits..).unwrap_or_default().bytes();
    let sum: u32 = organisation
        .zip(ORGANISATION_WEIGHTS)
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    text.push(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        check => char::from(b'0' + u8::try_from(check).unwrap_or(0)),
    });
    let check = check(text.get(start..).unwrap_or_default());
    text.push(check);
}

/// Check character of GB 32100 for the first 17.
pub fn check(first_17: &str) -> char {
    let value = |byte: u8| VALUES[usize::from(byte)];
    let sum: usize = first_17
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    char::from(CHARACTERS[(31 - sum % 31) % 31])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_characters_are_the_published_ones() {
        assert_eq!(check("91350100M000100Y4"), '3');
        let mut text = String::new();
        push(&mut text, "91", "350100", 12);
        assert_eq!(text.len(), 18);
        let (first_17, last) = text.split_at(17);
        assert!(last.starts_with(check(first_17)));
    }
}
