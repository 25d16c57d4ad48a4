//! Characters as cells hold them: blanks that are not seen, and full-width forms.
//! Here because every reader of a cell begins by not being fooled by them (D02, D09).
//! In: text as it came. Out: half-width text without blanks, borrowed when it was so already.
//! Not here: traditional and variant characters (variants.rs).

use std::borrow::Cow;

/// Whether a character shows nothing: spaces of any width, line breaks, zero-width and direction marks, controls.
#[inline]
pub(super) fn is_blank(c: char) -> bool {
    // Nearly every character is one of these, and millions of cells are looked through.
    if matches!(c, '!'..='~' | '\u{4E00}'..='\u{9FFF}') {
        return false;
    }
    let unseen = matches!(
        c,
        '\u{AD}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
    );
    unseen || c.is_whitespace() || c.is_control()
}

/// A full-width letter, digit or sign as its ASCII counterpart; anything else as it is.
#[inline]
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Whether a character is Chinese, the rare ones and those of the private area of GBK included.
pub(super) fn is_han(c: char) -> bool {
    matches!(
        c,
        '\u{3007}' | '\u{3400}'..='\u{9FFF}' | '\u{E000}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'
    )
}

/// `text` in half-width characters, without any blank.
pub(super) fn compact(text: &str) -> Cow<'_, str> {
    let plain = |text: &str| text.chars().all(|c| !is_blank(c) && half_width(c) == c);
    if text.bytes().all(|byte| byte.is_ascii_graphic()) || plain(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_blank(*c)).map(half_width).collect())
}

/// `text` without the blanks at its ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The part of `whole` that `part` picks: borrowed where the whole is.
pub(super) fn part_of<'a>(whole: Cow<'a, str>, part: impl Fn(&str) -> Option<&str>) -> Option<Cow<'a, str>> {
    match whole {
        Cow::Borrowed(text) => part(text).map(Cow::Borrowed),
        Cow::Owned(text) => part(&text).map(|part| Cow::Owned(part.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_borrowed_and_dirty_text_is_cleaned() {
        assert!(matches!(compact("张三12"), Cow::Borrowed("张三12")));
        let table = [
            (" 张\u{3000}三 ", "张三"),
            ("１２３Ｘ", "123X"),
            ("王\n五\u{200B}", "王五"),
            ("\u{FEFF}a\u{A0}b", "ab"),
            ("（元）", "(元)"),
            ("\u{3000}", ""),
        ];
        for (dirty, clean) in table {
            assert_eq!(compact(dirty), clean, "{dirty:?}");
        }
        assert_eq!(trim("\u{200B} 甲 乙\t"), "甲 乙");
    }

    #[test]
    fn rare_and_private_characters_are_chinese() {
        for c in ['张', '䶮', '㛃', '〇', '\u{E863}', '\u{20087}'] {
            assert!(is_han(c), "{c:?}");
        }
        for c in ['a', '1', '·', '，', 'ǎ'] {
            assert!(!is_han(c), "{c:?}");
        }
    }
}
