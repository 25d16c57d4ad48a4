//! A character that lost its first byte in GBK (D13): what the text may have been, for a person to choose from.
//! Here because one `?` for a lead byte shifts all that follows it, and the clerk sees a company nobody can look up.
//! In: a text as it came. Out: readings that are words of Chinese, the likeliest first; never applied by anything.
//! Not here: texts decoded in a wrong encoding (the reader refuses the file, D14), and where a suggestion is shown.
//!
//! The `?` is followed by characters that are each the end of one character and the beginning of the next, until an ASCII
//! character is swallowed as a second byte, or a half is left over at the end. All 126 first bytes are tried, and for a half
//! all second ones; what a reading is worth is how likely its words are, by jieba's dictionary and the words of the field.

use std::sync::LazyLock;

use encoding_rs::GBK;
use jieba_rs::Jieba;

use super::chars::is_han;
use super::variants::simplified;

/// A longer text is not looked at.
const TEXT_CHARS_MAX: usize = 200;
/// Most readings told.
const READINGS_MAX: usize = 3;
/// Ends of a damaged run that are tried with every beginning.
const ENDS_MAX: usize = 16;
/// By how much (natural logarithm) the first reading must be likelier than the second, and than the text as it stands.
const CLEARLY: f64 = 3.0;
/// Words the dictionary counts in all, how often a word of the field counts, and a character it does not know.
const WORDS: f64 = 6e7;
const WORD_OF_THE_FIELD: usize = 20_000;
const UNKNOWN: f64 = 0.2;
/// First bytes of two-byte characters; second ones.
const LEADS: std::ops::RangeInclusive<u8> = 0x81..=0xFE;
const TRAILS: std::ops::RangeInclusive<u8> = 0x40..=0xFE;

/// What a damaged text may have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostByte {
    /// At most three, the likeliest first; may be empty.
    pub readings: Vec<String>,
    /// Whether the first is much likelier than any other.
    pub clear: bool,
}

/// What `text` may have been when it has a `?` with a shifted run behind it; `None` when nothing says so.
#[must_use]
pub fn lost_byte(text: &str) -> Option<LostByte> {
    if !text.contains('?') {
        return None;
    }
    let damaged = Damaged::find(text)?;
    let scored = damaged.readings();
    let (best, second) = (scored.first().map(|one| one.0), scored.get(1).map(|one| one.0));
    let as_it_stands = likelihood(text);
    if best.is_some_and(|best| best < as_it_stands + CLEARLY) {
        return None;
    }
    let clear = best.is_some_and(|best| second.is_none_or(|second| best >= second + CLEARLY));
    let readings = scored
        .into_iter()
        .take(READINGS_MAX)
        .map(|(_, text)| text)
        .collect();
    Some(LostByte { readings, clear })
}

/// A text around a lost byte.
struct Damaged {
    before: String,
    /// The second byte whose first is lost.
    trail: u8,
    /// Whole characters behind it.
    middle: String,
    /// A first byte at the end whose second is lost.
    half: Option<u8>,
    after: String,
}

impl Damaged {
    /// The first `?` of `text` behind which characters are shifted.
    fn find(text: &str) -> Option<Self> {
        if text.chars().nth(TEXT_CHARS_MAX).is_some() {
            return None;
        }
        let characters: Vec<char> = text.chars().collect();
        (0..characters.len()).find_map(|at| Self::at(&characters, at))
    }

    fn at(characters: &[char], at: usize) -> Option<Self> {
        let (before, rest) = characters.split_at_checked(at)?;
        let ('?', rest) = rest.split_first()? else {
            return None;
        };
        let mut bytes = Vec::new();
        let mut count = 0;
        for pair in rest.iter().map_while(|character| pair(*character)) {
            bytes.extend(pair);
            count += 1;
        }
        if count == 0 {
            return None;
        }
        // An ASCII letter was a second byte, or a half stands at the end; a text that simply goes on is not shifted.
        let left_over = match *rest.get(count)? {
            swallowed @ '\x40'..='\x7E' => {
                bytes.push(u8::try_from(swallowed).ok()?);
                false
            }
            '?' | char::REPLACEMENT_CHARACTER => true,
            _ => return None,
        };
        let (trail, shifted) = bytes.split_first()?;
        let whole = shifted.chunks_exact(2);
        let half = whole.remainder().first().copied();
        let middle = whole
            .map(|pair| character(*pair.first()?, *pair.get(1)?))
            .collect::<Option<String>>()?;
        (half.is_some() == left_over).then(|| Self {
            before: before.iter().collect(),
            trail: *trail,
            middle,
            half,
            after: rest.iter().skip(count + 1).collect(),
        })
    }

    /// Every reading with its likelihood, the likeliest first.
    fn readings(&self) -> Vec<(f64, String)> {
        let begins = LEADS.filter_map(|lead| character(lead, self.trail));
        let ends: Vec<String> = match self.half {
            None => vec![String::new()],
            Some(lead) => TRAILS
                .filter_map(|trail| Some(character(lead, trail)?.to_string()))
                .collect(),
        };
        // With whole characters between, the end does not depend on the beginning.
        let ends = if self.middle.is_empty() {
            ends
        } else {
            let ends = ranked(ends.into_iter().map(|end| {
                let said = format!("{}{end}{}", self.middle, self.after);
                (likelihood(&said), end)
            }));
            ends.into_iter().take(ENDS_MAX).map(|(_, end)| end).collect()
        };
        ranked(begins.flat_map(|begin| {
            ends.iter().map(move |end| {
                let text = format!("{}{begin}{}{end}{}", self.before, self.middle, self.after);
                (likelihood(&text), text)
            })
        }))
    }
}

fn ranked(scored: impl Iterator<Item = (f64, String)>) -> Vec<(f64, String)> {
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    scored.dedup_by(|one, other| one.1 == other.1);
    scored
}

/// The natural logarithm of how likely the words of `text` are, in simplified characters.
fn likelihood(text: &str) -> f64 {
    let text: String = text.chars().map(simplified).collect();
    let words = DICTIONARY.cut(&text, false);
    let of = |word: &str| {
        let known = DICTIONARY.has_word(word);
        let count = if known { DICTIONARY.suggest_freq(word) } else { 0 };
        (f64::from(u32::try_from(count).unwrap_or(u32::MAX)).max(UNKNOWN) / WORDS).ln()
    };
    words.iter().map(|word| of(word.word)).sum()
}

/// Loaded when the first damaged text is seen: a tenth of a second, some ten megabytes.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(|| {
    let mut dictionary = Jieba::new();
    for word in include_str!("lost_byte_words.txt").split_whitespace() {
        dictionary.add_word(word, Some(WORD_OF_THE_FIELD), None);
    }
    dictionary
});

/// The two bytes of a character; `None` of one byte or four.
fn pair(character: char) -> Option<[u8; 2]> {
    if character.is_ascii() {
        return None;
    }
    let mut buffer = [0; 4];
    let (bytes, _, unknown) = GBK.encode(character.encode_utf8(&mut buffer));
    <[u8; 2]>::try_from(bytes.as_ref()).ok().filter(|_| !unknown)
}

/// A character of a Chinese text; rare and private ones are none.
fn character(lead: u8, trail: u8) -> Option<char> {
    let bytes = [lead, trail];
    let text = GBK.decode_without_bom_handling_and_without_replacement(&bytes)?;
    let mut characters = text.chars();
    let first = characters.next().filter(|_| characters.as_str().is_empty())?;
    let private = ('\u{E000}'..='\u{F8FF}').contains(&first);
    (!private && (is_han(first) || !first.is_alphanumeric())).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` as it comes out when the first byte of its character `at` became a question mark.
    fn damaged(text: &str, at: usize) -> String {
        let mut bytes = Vec::new();
        for (place, character) in text.chars().enumerate() {
            let mut pair = pair(character).unwrap();
            if place == at {
                pair[0] = b'?';
            }
            bytes.extend(pair);
        }
        let text = GBK.decode_without_bom_handling(&bytes).0;
        text.replace(char::REPLACEMENT_CHARACTER, "?")
    }

    #[test]
    fn a_swallowed_letter_ends_the_shift() {
        assert_eq!(damaged("防貧保”綜合", 2), "防貧?！本C合");
        let found = lost_byte("阜阳市防貧?！本C合").unwrap();
        assert_eq!(found.readings.len(), READINGS_MAX);
        assert!(!found.clear, "no word tells 保 from 常 here");
        assert!(found.readings.iter().all(|text| text.ends_with("”綜合")));
        let found = lost_byte("太和?厝嗣褚皆?").unwrap();
        assert_eq!(found.readings.first().unwrap(), "太和县人民医院");
        assert!(found.clear);
    }

    #[test]
    fn names_of_units_are_found_far_more_often_than_not() {
        let units = [
            "阜阳智慧人力资源有限公司",
            "颍州区民政局",
            "颍上县建筑劳务有限公司",
            "太和县人民医院",
            "安徽省阜阳市颍泉区中市街道办事处",
            "王家坝镇人民政府",
            "宁波市鄞州区环境卫生服务站",
            "利辛县城关镇扶贫车间",
        ];
        let (mut found, mut clear, mut wrong, mut all) = (0, 0, 0, 0);
        for unit in units {
            // Of the last character nothing is left that could be told.
            for at in 0..unit.chars().count() - 1 {
                all += 1;
                let Some(read) = lost_byte(&damaged(unit, at)) else {
                    continue;
                };
                let right = read.readings.first().is_some_and(|first| first == unit);
                found += usize::from(right);
                clear += usize::from(read.clear);
                wrong += usize::from(read.clear && !right);
            }
        }
        assert!(found * 100 >= all * 85, "{found} of {all} found first");
        assert!(
            clear * 100 >= all * 70 && wrong * 50 <= clear,
            "{clear} clear, {wrong} of them wrong, of {all}"
        );
    }

    #[test]
    fn what_is_only_asked_or_merely_missing_is_no_lost_byte() {
        for text in [
            "",
            "?",
            "阜阳市民政局",
            "是否在家?在家",
            "是否在家?A类",
            "是否属实?待核实",
            "王?",
            "王?琳",
            "防貧保”?C合",
            "甲?,乙",
            "电话?13900000000",
            "what? yes",
        ] {
            assert_eq!(lost_byte(text), None, "{text}");
        }
        let long = format!("{}?厝嗣褚皆?", "长".repeat(TEXT_CHARS_MAX));
        assert_eq!(lost_byte(&long), None);
    }
}
