//! People's names: as they are shown, and as they are compared.
//! Here because the same person is 張 三, 张三 and 张\u{200B}三 in three departments' lists.
//! In: a name as it came. Out: the name without what is not seen; a key that is the same for the same name.
//! Not here: whether two keys that differ are one person's (link), and how a name sounds (pinyin.rs).

use std::borrow::Cow;

use super::chars::{half_width, is_blank, is_han};
use super::text::text_clean;
use super::variants::{simplified, without_private};

/// The dot between the parts of a minority name.
const DOT: char = '·';
/// A note on how to read a character has no more letters: `zhuang`, or a letter and its tone apart.
const NOTE_MAX: usize = 8;

/// The name as it is shown: without blanks (D09), the dots of minority names all alike (D09), characters of GBK's private
/// area as Unicode knows them (D10). Its other characters stay as they are. `None` when nothing is left.
#[must_use]
pub fn cn_name(text: &str) -> Option<Cow<'_, str>> {
    let clean = text_clean(text)?;
    if clean
        .chars()
        .all(|c| without_private(c) == c && (c == DOT || !is_dot(c)))
    {
        return Some(clean);
    }
    let mut shown = String::with_capacity(clean.len());
    let mut characters = clean.chars();
    while let Some(c) = characters.next() {
        // A full stop is the dot only between Chinese characters: `J.Smith` keeps it.
        let between =
            shown.chars().next_back().is_some_and(is_han) && characters.clone().next().is_some_and(is_han);
        let dot = is_dot(c) && (between || !matches!(c, '.' | '．'));
        shown.push(if dot { DOT } else { without_private(c) });
    }
    Some(Cow::Owned(shown))
}

/// The name as it is compared: [`cn_name`] without dots and notes on reading (D12), in simplified (D11), half-width
/// and small characters. `None` when nothing is left. Never for showing.
#[must_use]
pub fn cn_name_key(text: &str) -> Option<Cow<'_, str>> {
    if text.chars().all(is_plain) {
        return (!text.is_empty()).then_some(Cow::Borrowed(text));
    }
    let mut key = String::with_capacity(text.len());
    push_key(text, &mut key);
    (!key.is_empty()).then_some(Cow::Owned(key))
}

/// Appends the key of `text`.
fn push_key(text: &str, key: &mut String) {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let c = half_width(c);
        if c == '('
            && key.chars().next_back().is_some_and(is_han)
            && let Some(after) = after_note(rest.as_str())
        {
            rest = after.chars();
            continue;
        }
        if !is_blank(c) && !is_dot(c) {
            key.extend(simplified(without_private(c)).to_lowercase());
        }
    }
}

/// Text without notes on reading, `陽(yáng)` (D12), else as it is.
pub(super) fn without_notes(text: &str) -> Cow<'_, str> {
    if !text.contains(['(', '（']) {
        return Cow::Borrowed(text);
    }
    let mut bare = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match after_note(rest.as_str()) {
            Some(after) if half_width(c) == '(' && bare.chars().next_back().is_some_and(is_han) => {
                rest = after.chars();
            }
            _ => bare.push(c),
        }
    }
    Cow::Owned(bare)
}

/// What follows `yáng)` when `text` begins with such a note: a few Latin letters, with or without tones, and a bracket.
fn after_note(text: &str) -> Option<&str> {
    let mut letters = 0;
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            c if is_blank(c) || is_dot(c) => {}
            c if is_pinyin(half_width(c)) && letters < NOTE_MAX => letters += 1,
            c => return (half_width(c) == ')' && letters > 0).then_some(rest.as_str()),
        }
    }
}

fn is_pinyin(c: char) -> bool {
    c.is_ascii_alphabetic() || "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ".contains(c.to_lowercase().next().unwrap_or(c))
}

/// The dots that stand between the parts of a name, in any of their forms.
fn is_dot(c: char) -> bool {
    matches!(
        c,
        DOT | '.'
            | '．'
            | '•'
            | '‧'
            | '∙'
            | '⋅'
            | '・'
            | '･'
            | '●'
            | '᛫'
            | '⸱'
            | '﹒'
            | '\u{387}'
            | '\u{2024}'
    )
}

/// Whether a character stands in a key as it stands in the text.
fn is_plain(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c) && simplified(c) == c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_what_is_not_seen() {
        let table = [
            ("D09", "张 三", Some("张三")),
            ("D09", "王\n五", Some("王五")),
            ("D09", "李\u{200B}四", Some("李四")),
            ("D09", "赵\u{A0}六 ", Some("赵六")),
            ("D09", "买买提•艾力", Some("买买提·艾力")),
            ("D09", "买买提.艾力", Some("买买提·艾力")),
            ("D09", "买买提．艾力", Some("买买提·艾力")),
            ("D09", "买买提・艾力", Some("买买提·艾力")),
            ("D09", "买买提 · 艾力", Some("买买提·艾力")),
            ("D09", "J.Smith", Some("J.Smith")),
            ("D10", "王\u{E863}", Some("王䶮")),
            ("D10", "王\u{E5F1}", Some("王\u{E5F1}")),
            ("D10", "王㛃", Some("王㛃")),
            ("D10", "王?", Some("王?")),
            ("D11", "閆三", Some("閆三")),
            ("D09", " ", None),
            ("", "", None),
        ];
        for (code, text, name) in table {
            assert_eq!(cn_name(text).as_deref(), name, "{code} {text:?}");
        }
        assert!(matches!(cn_name("张三"), Some(Cow::Borrowed("张三"))));
    }

    #[test]
    fn names_that_are_the_same_have_the_same_key() {
        let table: [(&str, &[&str]); 10] = [
            ("闫三", &["閆三", "闫 三", " 閆\u{200B}三"]),
            ("宁静", &["甯靜", "寧静", "甯静"]),
            ("陈桥", &["陳橋", "陈橋"]),
            ("阳光", &["陽(yáng)光", "阳（yang）光", "阳(yáng)光"]),
            ("吕丽", &["呂(lǚ)麗(lì)", "吕丽"]),
            (
                "买买提艾力",
                &["买买提·艾力", "买买提.艾力", "买买提•艾力", "买买提艾力"],
            ),
            ("王䶮", &["王\u{E863}", "王䶮"]),
            ("jsmith", &["J.Smith", "ｊ.SMITH", "J Smith"]),
            ("张*三", &["张*三", "张＊三"]),
            ("李国华", &["李國華", "李囯华"]),
        ];
        for (key, names) in table {
            for name in names {
                assert_eq!(cn_name_key(name).as_deref(), Some(key), "{name:?}");
            }
        }
        assert!(matches!(cn_name_key("张三"), Some(Cow::Borrowed("张三"))));
    }

    #[test]
    fn names_that_differ_keep_different_keys() {
        for (one, other) in [
            ("王秀兰", "王秀蓝"),
            ("张(大)三", "张三"),
            ("颍上", "颖上"),
            ("王乾", "王干"),
        ] {
            assert_ne!(cn_name_key(one), cn_name_key(other));
        }
        for nothing in ["", " ", "·", "\u{200B}"] {
            assert_eq!(cn_name_key(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn notes_on_reading_are_taken_out_of_any_text() {
        let table = [
            ("阜陽(yáng)市", "阜陽市"),
            ("阜(fù)南县", "阜南县"),
            ("村級(jí)光伏(PV)電站", "村級光伏電站"),
            ("乡(镇)", "乡(镇)"),
            ("A(b)", "A(b)"),
            ("没有", "没有"),
        ];
        for (text, bare) in table {
            assert_eq!(without_notes(text), bare, "{text}");
        }
    }
}
