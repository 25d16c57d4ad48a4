//! A character that lost its first byte in GBK (D13): what the text may have been, for a person to choose from.
//! Here because one `?` for a lead byte shifts all that follows it, and the clerk sees a company nobody can look up.
//! In: a text as it came. Out: readings that are words of Chinese, the likeliest first; never applied by anything.
//! Not here: texts decoded in a wrong encoding (the reader refuses the file, D14), and where a suggestion is shown.
//!
//! The `?` is followed by characters that are each the end of one character and the beginning of the next, until an ASCII
//! character is swallowed as a second byte, or a half is left over at the end. Two bytes that are no character together are
//! a `?` as well. All 126 first bytes are tried, for a half all second ones, for what is wholly gone the characters of the
//! field; what a reading is worth is how likely its words are, by jieba's dictionary and the words of the field.

use std::sync::LazyLock;

use encoding_rs::GBK;
use jieba_rs::Jieba;

use super::chars::is_han;
use super::variants::simplified;

/// A longer text is not looked at.
const TEXT_CHARS_MAX: usize = 200;
/// Most readings told.
const READINGS_MAX: usize = 3;
/// Most characters of a text that are to be found.
const UNKNOWN_MAX: usize = 12;
/// Readings that are kept while the rest of the text is read, and characters around one that tell which it is.
const KEPT: usize = 24;
const NEAR_CHARS: usize = 4;
/// By how much (natural logarithm) the first reading must be likelier than the second, and than the text as it stands for
/// each character that is to be found.
const CLEARLY: f64 = 3.0;
/// Words the dictionary counts in all, how often a word of the field counts, its beginning, and a character it does not know.
const WORDS: f64 = 6e7;
const WORD_OF_THE_FIELD: usize = 20_000;
const BEGUN: usize = 1_000;
const UNKNOWN: f64 = 0.2;
/// How often a question mark that is meant counts.
const QUESTION: f64 = 300_000.0;
/// The words of the field.
const FIELD: &str = include_str!("lost_byte_words.txt");
/// First bytes of two-byte characters; second ones.
const LEADS: std::ops::RangeInclusive<u8> = 0x81..=0xFE;
const TRAILS: std::ops::RangeInclusive<u8> = 0x40..=0xFE;

/// What a damaged text may have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostByte {
    /// One to three, the likeliest first.
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
    let best = scored.first()?.0;
    // The more there is to choose, the more likely something fits by chance.
    let by_chance = damaged.unknown().map(|_| CLEARLY).sum::<f64>();
    if best < likelihood(text) + by_chance {
        return None;
    }
    let clear = scored.get(1).is_none_or(|second| best >= second.0 + CLEARLY);
    let readings = scored
        .into_iter()
        .take(READINGS_MAX)
        .map(|(_, text)| text)
        .collect();
    Some(LostByte { readings, clear })
}

/// A damaged text, piece by piece.
struct Damaged(Vec<Piece>);

enum Piece {
    Known(String),
    /// A character by its second byte.
    Lost(u8),
    /// A character by its first byte.
    Half(u8),
    /// A character of which neither is left.
    Gone,
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
        let ('?', mut rest) = rest.split_first()? else {
            return None;
        };
        let mut pieces = vec![Piece::Known(before.iter().collect())];
        // The first byte of the character that comes next; none when it is lost.
        let mut lead = None;
        // An ASCII letter was a second byte, or a half stands at the end; a text that simply goes on is not shifted.
        loop {
            let (next, behind) = rest.split_first()?;
            rest = behind;
            if let Some([trail, of_next]) = pair(*next) {
                pieces.push(piece(lead, trail)?);
                lead = Some(of_next);
            } else if let '\x40'..='\x7E' = *next {
                pieces.push(piece(lead, u8::try_from(*next).ok()?)?);
                break;
            } else if ['?', char::REPLACEMENT_CHARACTER].contains(next) {
                pieces.push(lead.map_or(Piece::Gone, Piece::Half));
                // Before a byte that could be a second one it is two bytes that are no character together.
                if rest.first().is_none_or(|next| ('\0'..'?').contains(next)) {
                    break;
                }
                lead = None;
            } else {
                return None;
            }
        }
        pieces.push(Piece::Known(rest.iter().collect()));
        let found = Self(pieces);
        // A letter behind the mark, or marks alone, tell nothing.
        let told = found.0.len() > 3 && found.unknown().any(|piece| matches!(piece, Piece::Lost(_)));
        (told && found.unknown().count() <= UNKNOWN_MAX).then_some(found)
    }

    fn unknown(&self) -> impl Iterator<Item = &Piece> {
        self.0.iter().filter(|piece| !matches!(piece, Piece::Known(_)))
    }

    /// The likeliest readings with their likelihood, the first first.
    fn readings(&self) -> Vec<(f64, String)> {
        let mut readings = vec![(0.0, String::new())];
        for (at, piece) in self.0.iter().enumerate() {
            let candidates: Vec<char> = match piece {
                Piece::Known(text) => {
                    readings
                        .iter_mut()
                        .for_each(|(_, reading)| reading.push_str(text));
                    continue;
                }
                Piece::Lost(trail) => LEADS.filter_map(|lead| character(lead, *trail)).collect(),
                Piece::Half(lead) => TRAILS.filter_map(|trail| character(*lead, trail)).collect(),
                Piece::Gone => FIELD.chars().filter(|c| is_han(*c)).collect(),
            };
            let behind = &self.known_behind(at);
            readings = best(readings.iter().flat_map(|(_, reading)| {
                let near = last(reading, NEAR_CHARS);
                let of_one = best(candidates.iter().map(|candidate| {
                    let said = format!("{near}{candidate}{behind}");
                    (likelihood(&said), candidate.to_string())
                }));
                of_one.into_iter().map(move |(_, candidate)| {
                    let reading = format!("{reading}{candidate}");
                    (likelihood(&format!("{reading}{behind}")), reading)
                })
            }));
        }
        best(
            readings
                .into_iter()
                .map(|(_, reading)| (likelihood(&reading), reading)),
        )
    }

    /// The first known characters behind the piece `at`.
    fn known_behind(&self, at: usize) -> String {
        let pieces = self.0.iter().skip(at + 1);
        let known = pieces.map_while(|piece| match piece {
            Piece::Known(text) => Some(text.as_str()),
            Piece::Lost(_) | Piece::Half(_) | Piece::Gone => None,
        });
        known.flat_map(str::chars).take(NEAR_CHARS).collect()
    }
}

/// The character of these bytes; a lost one when the first is not there.
fn piece(lead: Option<u8>, trail: u8) -> Option<Piece> {
    let Some(lead) = lead else {
        return Some(Piece::Lost(trail));
    };
    Some(Piece::Known(character(lead, trail)?.to_string()))
}

/// The last `count` characters of `text`.
fn last(text: &str, count: usize) -> String {
    let skipped = text.chars().count().saturating_sub(count);
    text.chars().skip(skipped).collect()
}

/// The likeliest ones, each once.
fn best(scored: impl Iterator<Item = (f64, String)>) -> Vec<(f64, String)> {
    let mut scored = ranked(scored);
    scored.truncate(KEPT);
    scored
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
        if word == "?" {
            return (QUESTION / WORDS).ln();
        }
        let known = DICTIONARY.has_word(word);
        let count = if known { DICTIONARY.suggest_freq(word) } else { 0 };
        (f64::from(u32::try_from(count).unwrap_or(u32::MAX)).max(UNKNOWN) / WORDS).ln()
    };
    words.iter().map(|word| of(word.word)).sum()
}

/// Loaded when the first damaged text is seen: a tenth of a second, some ten megabytes.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(|| {
    let mut dictionary = Jieba::new();
    for word in FIELD.split_whitespace() {
        dictionary.add_word(word, Some(WORD_OF_THE_FIELD), None);
    }
    // Of a word whose end is still to be found.
    for word in FIELD.split_whitespace() {
        let begun = word.char_indices().skip(2).filter_map(|(at, _)| word.get(..at));
        for begun in begun
            .filter(|begun| !dictionary.has_word(begun))
            .collect::<Vec<_>>()
        {
            dictionary.add_word(begun, Some(BEGUN), None);
        }
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
    fn pairs_that_are_no_character_are_question_marks_too() {
        // As converters without GBK's private area write 浙江省宁波市鑫源私人建筑工程有限公司 and the like.
        for (text, meant) in [
            ("江苏省无锡?性对捶?斡邢薰??", "江苏省无锡市"),
            ("浙??『贾菔屑卧次锪饔邢薰??", "杭州市嘉源物流有限公司"),
        ] {
            let found = lost_byte(text).unwrap();
            let first = found.readings.first().unwrap();
            assert!(first.contains(meant), "{text}: {first}");
        }
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
            "真的?对吧?",
            "真的??对吧?",
            "在家?务工?外出?",
        ] {
            assert_eq!(lost_byte(text), None, "{text}");
        }
        let long = format!("{}?厝嗣褚皆?", "长".repeat(TEXT_CHARS_MAX));
        assert_eq!(lost_byte(&long), None);
    }
}
