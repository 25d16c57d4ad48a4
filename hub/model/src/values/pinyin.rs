//! How a name sounds: toneless pinyin, the key under which mishearings meet.
//! Here because 王秀兰 and 王秀蓝 are often one person, written down by ear (D27).
//! In: a name as it came. Out: its syllables, one blank between them.
//! Not here: dialects, and whether two that sound alike are one (link).

use std::sync::LazyLock;

use super::chars::is_han;
use super::name::cn_name_key;
use super::pinyin_table::{READINGS, SURNAMES};

/// The name's pinyin without tones, syllables parted by a blank: 单雄信 is `shan xiong xin`, a surname being read as a
/// surname. Characters whose reading is not known stay as they are, so do Latin letters and digits. `None` when
/// nothing is left of the name.
#[must_use]
pub fn pinyin_key(text: &str) -> Option<String> {
    let name = cn_name_key(text)?;
    let mut key = String::with_capacity(name.len() * 2);
    let mut rest = name.as_ref();
    if name.chars().nth(1).is_some_and(is_han)
        && let Some((surname, reading)) = SURNAMES.iter().find(|(surname, _)| name.starts_with(surname))
    {
        key.push_str(reading);
        rest = rest.strip_prefix(surname).unwrap_or(rest);
    }
    let mut within_word = false;
    for c in rest.chars() {
        let syllable = syllable(c);
        let joined = syllable.is_none() && !is_han(c) && within_word;
        if !key.is_empty() && !joined {
            key.push(' ');
        }
        match syllable {
            Some(syllable) => key.push_str(syllable),
            None => key.push(c),
        }
        within_word = syllable.is_none() && !is_han(c);
    }
    Some(key)
}

/// The reading of one character.
fn syllable(c: char) -> Option<&'static str> {
    let table: &[(char, &str)] = &TABLE;
    let at = table.binary_search_by_key(&c, |entry| entry.0).ok()?;
    table.get(at).map(|entry| entry.1)
}

/// Character and reading, in the order of the characters.
static TABLE: LazyLock<Vec<(char, &'static str)>> = LazyLock::new(|| {
    let mut table = Vec::with_capacity(READINGS.len() / 3);
    let mut rest = READINGS;
    while let Some(han) = rest.find(|c: char| !c.is_ascii_alphabetic()) {
        let (syllable, after) = rest.split_at_checked(han).unwrap_or((rest, ""));
        let end = after
            .find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (characters, next) = after.split_at_checked(end).unwrap_or((after, ""));
        table.extend(characters.chars().map(|c| (c, syllable)));
        rest = next;
    }
    table.sort_unstable();
    table
});

#[cfg(test)]
mod tests {
    use super::super::variants::simplified;
    use super::*;

    #[test]
    fn a_name_is_read_as_it_sounds() {
        let table = [
            ("王秀兰", "wang xiu lan"),
            ("王秀蓝", "wang xiu lan"),
            ("張麗", "zhang li"),
            ("张 丽", "zhang li"),
            ("单雄信", "shan xiong xin"),
            ("简单", "jian dan"),
            ("解晓东", "xie xiao dong"),
            ("查良镛", "zha liang yong"),
            ("仇英", "qiu ying"),
            ("区建国", "ou jian guo"),
            ("朴顺子", "piao shun zi"),
            ("任静", "ren jing"),
            ("曾国强", "zeng guo qiang"),
            ("翟志刚", "zhai zhi gang"),
            ("尉迟恭", "yu chi gong"),
            ("尉健", "wei jian"),
            ("长孙无忌", "zhang sun wu ji"),
            ("万俟卨", "mo qi 卨"),
            ("万里", "wan li"),
            ("吕绿女", "lv lv nv"),
            ("覃艳", "qin yan"),
            ("重阳", "chong yang"),
            ("买买提·艾力", "mai mai ti ai li"),
            ("王䶮", "wang yan"),
            ("王玥", "wang yue"),
            ("王\u{E5F1}", "wang \u{E5F1}"),
            ("J.Smith", "jsmith"),
            ("陽(yáng)光", "yang guang"),
            ("张*三", "zhang * san"),
            ("单", "dan"),
        ];
        for (name, sound) in table {
            assert_eq!(pinyin_key(name).as_deref(), Some(sound), "{name}");
        }
        assert_eq!(pinyin_key(" "), None);
    }

    #[test]
    fn the_table_holds_each_character_once_and_in_simplified_form() {
        let table: &[(char, &str)] = &TABLE;
        assert!(table.len() > 6_800, "{}", table.len());
        for (one, next) in table.iter().zip(table.iter().skip(1)) {
            assert!(one.0 < next.0, "{one:?} {next:?}");
        }
        for (_, syllable) in table {
            assert!((1..=6).contains(&syllable.len()), "{syllable}");
        }
        for (surname, reading) in SURNAMES {
            assert_eq!(surname.chars().count(), reading.split(' ').count(), "{surname}");
            assert!(surname.chars().all(|c| simplified(c) == c), "{surname}");
        }
    }
}
