//! GBK: the encoding Chinese offices write CSV in, and what becomes of text that loses a byte in it.
//! Here because files must be spoilt as they are in life; a table of our own is a second opinion on the reader's decoder.
//! In: text. Out: GBK bytes (`?` for what GBK has not, as the old programs do), text of damaged bytes.
//! Not here: telling encodings apart. `codes/gbk.txt` has a line for each first byte from 0x81 and a character for each second byte.

use std::sync::OnceLock;

const TABLE: &str = include_str!("../../codes/gbk.txt");
const LEAD_FIRST: u8 = 0x81;
const LEAD_LAST: u8 = 0xFE;
const TRAILS: usize = 190;

/// By Unicode scalar of the basic plane: the two bytes, 0 for none.
fn codes() -> &'static [u16] {
    static CODES: OnceLock<Vec<u16>> = OnceLock::new();
    CODES.get_or_init(|| {
        let mut codes = vec![0; 1 << 16];
        for (line, lead) in TABLE.split('\n').zip(LEAD_FIRST..=LEAD_LAST) {
            for (character, trail) in line.chars().zip(trails()) {
                if character != ' '
                    && let Some(code) = codes.get_mut(character as usize)
                {
                    *code = u16::from_be_bytes([lead, trail]);
                }
            }
        }
        codes
    })
}

fn characters() -> &'static [char] {
    static CHARACTERS: OnceLock<Vec<char>> = OnceLock::new();
    CHARACTERS.get_or_init(|| TABLE.chars().filter(|character| *character != '\n').collect())
}

fn trails() -> impl Iterator<Item = u8> {
    (0x40..=0x7E).chain(0x80..=0xFE)
}

/// Appends `text` in GBK.
pub(crate) fn encode(text: &str, bytes: &mut Vec<u8>) {
    let codes = codes();
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(u8::try_from(character).unwrap_or(b'?'));
            continue;
        }
        match codes.get(character as usize).copied().unwrap_or(0) {
            0 => bytes.push(b'?'),
            code => bytes.extend(code.to_be_bytes()),
        }
    }
}

/// GBK bytes as text; U+FFFD for what is not GBK.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match *rest {
            [] => return text,
            [byte, ..] if byte.is_ascii() => {
                text.push(char::from(byte));
                rest = &rest[1..];
            }
            [lead, trail, ..] if (LEAD_FIRST..=LEAD_LAST).contains(&lead) && is_trail(trail) => {
                let column = usize::from(trail) - 0x40 - usize::from(trail > 0x7F);
                let at = usize::from(lead - LEAD_FIRST) * TRAILS + column;
                let found = characters().get(at).copied().filter(|found| *found != ' ');
                text.push(found.unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = &rest[2..];
            }
            [_, ..] => {
                text.push(char::REPLACEMENT_CHARACTER);
                rest = &rest[1..];
            }
        }
    }
}

fn is_trail(byte: u8) -> bool {
    (0x40..=0xFE).contains(&byte) && byte != 0x7F
}

/// `text` as it comes out when the first byte of its character `at` became a question mark in GBK.
pub(crate) fn lose_lead_byte(text: &str, at: usize) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    for (position, character) in text.chars().enumerate() {
        let start = bytes.len();
        encode(character.encode_utf8(&mut [0; 4]), &mut bytes);
        if position == at && bytes.len() == start + 2 {
            bytes[start] = b'?';
        }
    }
    decode(&bytes).replace(char::REPLACEMENT_CHARACTER, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_gbk_and_what_it_has_not_is_a_question_mark() {
        for text in ["阜阳市颍上县", "閆甯橋", "A1，。（）￥", "合计：1,234.50 元"] {
            let mut bytes = Vec::new();
            encode(text, &mut bytes);
            assert_eq!(decode(&bytes), text);
        }
        let mut bytes = Vec::new();
        encode("王㛃", &mut bytes);
        assert_eq!(bytes, [0xCD, 0xF5, b'?']);
    }

    #[test]
    fn a_lost_byte_shifts_what_follows() {
        assert_eq!(lose_lead_byte("防貧保”綜合", 2), "防貧?！本C合");
    }
}
