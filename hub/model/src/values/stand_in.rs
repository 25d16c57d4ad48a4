//! Stand-ins: what takes the place of personal values where rows leave the county, such as in a recording to test against.
//! Here because a recording must behave like the data it was made of: valid stays valid, dirt stays dirt, equal stays equal.
//! In: a value, how it would be masked. Out: another value of the same form; the way back is lost with the key.
//! Not here: which columns are personal (tables), what is shown on screens (masks).

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::id_number::{IdNumber, check_character};
use crate::tables::Mask;

/// Characters of names that nobody has for certain.
const SURNAMES: [char; 20] = [
    '赵', '钱', '孙', '李', '周', '吴', '郑', '王', '冯', '陈', '褚', '卫', '蒋', '沈', '韩', '杨', '朱',
    '秦', '许', '何',
];
const GIVEN: [char; 40] = [
    '安', '伯', '昌', '德', '恩', '方', '光', '和', '佳', '康', '兰', '明', '宁', '平', '清', '荣', '善',
    '泰', '文', '祥', '信', '雅', '义', '永', '元', '正', '志', '忠', '子', '宗', '春', '夏', '秋', '冬',
    '松', '竹', '梅', '石', '林', '江',
];
/// A run of so many digits tells who somebody is, wherever it stands.
const LONG_RUN: usize = 11;
/// Characters of a number that say where and when, not who: division and year of birth.
const DIVISION: usize = 6;
const YEAR_TO: usize = 10;
/// Tries to find a number that no other one got.
const TRIES_MAX: usize = 100;

/// Gives stand-ins; equal values get equal ones, and nobody else can tell which.
#[derive(Debug, Default)]
pub struct StandIns {
    key: RandomState,
    /// Numbers given: two people must not become one.
    given: HashMap<String, String>,
    taken: HashSet<String>,
}

impl StandIns {
    /// In place of a value that is masked as `mask`.
    #[must_use]
    pub fn personal(&mut self, mask: Mask, text: &str) -> String {
        match mask {
            Mask::Number => self.number(text),
            Mask::Name if text.chars().any(|c| c.is_ascii_digit()) => self.number(text),
            Mask::Name => self.name(text),
            Mask::Phone => self.phone(text),
            Mask::Day => self.day(text),
            Mask::Hidden => self.shape(text),
        }
    }

    /// In place of a value nobody called personal: long numbers only.
    #[must_use]
    pub fn plain(&mut self, text: &str) -> String {
        runs(text, |run| match run.len() {
            0..LONG_RUN => run.iter().collect(),
            LONG_RUN if run.first() == Some(&'1') => self.phone(&run.iter().collect::<String>()),
            _ => self.number_run(run),
        })
    }

    /// A document number of the same division, year of birth and sex: valid where it was valid.
    fn number(&mut self, text: &str) -> String {
        // What a spreadsheet made a figure of has lost what told people apart.
        if text.contains(['E', 'e']) && text.contains('+') {
            return text.to_owned();
        }
        runs(text, |run| self.number_run(run))
    }

    fn number_run(&mut self, run: &[char]) -> String {
        let text: String = run.iter().collect();
        if let Some(number) = IdNumber::parse(&text) {
            let stand_in = self.unlike_others(number.reveal(), Self::valid);
            return match run.len() {
                // The old form leaves out the century and the check.
                15 => stand_in
                    .char_indices()
                    .filter_map(|(at, c)| (!(6..8).contains(&at) && at < 17).then_some(c))
                    .collect(),
                _ => {
                    let rest: String = run.iter().skip(18).collect();
                    let lower = run.get(17) == Some(&'x');
                    let stand_in = if lower {
                        stand_in.to_ascii_lowercase()
                    } else {
                        stand_in
                    };
                    format!("{stand_in}{rest}")
                }
            };
        }
        self.unlike_others(&text, Self::broken)
    }

    /// What `make` makes of `text`, and nobody else got.
    fn unlike_others(&mut self, text: &str, make: impl Fn(&Self, &str, usize) -> String) -> String {
        if let Some(known) = self.given.get(text) {
            return known.clone();
        }
        let mut tries = (0..TRIES_MAX).map(|nth| make(self, text, nth));
        let fresh = tries.find(|made| !self.taken.contains(made));
        // Of a run with few digits to change there may be no other.
        let stand_in = fresh.unwrap_or_else(|| make(self, text, 0));
        self.taken.insert(stand_in.clone());
        self.given.insert(text.to_owned(), stand_in.clone());
        stand_in
    }

    /// Another run of as many characters, for one that is no valid number.
    fn broken(&self, text: &str, nth: usize) -> String {
        let length = text.chars().count();
        // Zeros at the end are what a spreadsheet writes for digits it lost.
        let to = text.trim_end_matches('0').chars().count();
        let from = YEAR_TO.min(DIVISION + length / 4);
        let stand_in = |(at, c): (usize, char)| {
            if at < from || at >= to || !c.is_ascii_digit() {
                c
            } else {
                self.digit("number", text, at + nth * length)
            }
        };
        text.chars().enumerate().map(stand_in).collect()
    }

    /// Another valid number, for one that is.
    fn valid(&self, number: &str, nth: usize) -> String {
        let pick = |salt: &str, below: u64| self.pick(salt, number, nth) % below;
        let head: String = number.chars().take(YEAR_TO).collect();
        let (month, day) = (1 + pick("month", 12), 1 + pick("day", 28));
        let odd = number
            .chars()
            .nth(16)
            .and_then(|c| c.to_digit(10))
            .unwrap_or_default()
            % 2;
        let serial = pick("serial", 500) * 2 + u64::from(odd);
        let body = format!("{head}{month:02}{day:02}{serial:03}");
        let check = char::from(check_character(body.as_bytes()));
        format!("{body}{check}")
    }

    /// A name of as many characters; spaces, dots and damage stay where they are.
    fn name(&self, text: &str) -> String {
        let known: String = text.chars().filter(|c| is_han(*c)).collect();
        let mut nth = 0;
        let stand_in = |c: char| {
            if !is_han(c) {
                return if c.is_ascii_alphabetic() {
                    self.letter(text, c, nth)
                } else {
                    c
                };
            }
            let list: &[char] = if nth == 0 { &SURNAMES } else { &GIVEN };
            nth += 1;
            self.of(list, "name", &known, nth)
        };
        text.chars().map(stand_in).collect()
    }

    /// A telephone number of the same network.
    fn phone(&self, text: &str) -> String {
        let mut nth = 0;
        let stand_in = |c: char| {
            if !c.is_ascii_digit() {
                return c;
            }
            nth += 1;
            if nth <= 3 {
                c
            } else {
                self.digit("phone", text, nth)
            }
        };
        text.chars().map(stand_in).collect()
    }

    /// Another day of the year, written the same way.
    fn day(&self, text: &str) -> String {
        let mut nth = 0;
        runs(text, |run| {
            let whole: String = run.iter().collect();
            nth += 1;
            let part = |salt: &str, below: u64| 1 + self.pick(salt, text, 0) % below;
            let width = run.len();
            match (nth, width) {
                (1, 8) => {
                    let year: String = run.iter().take(4).collect();
                    format!("{year}{:02}{:02}", part("month", 12), part("day", 28))
                }
                (1, 5) => {
                    // A spreadsheet's day number.
                    let head: String = run.iter().take(3).collect();
                    format!("{head}{:02}", self.pick("serial", text, 0) % 100)
                }
                (2, 1 | 2) => format!("{:0width$}", part("month", if width == 1 { 9 } else { 12 })),
                (3, 1 | 2) => format!("{:0width$}", part("day", if width == 1 { 9 } else { 28 })),
                _ => whole,
            }
        })
    }

    /// Anything of the same form.
    fn shape(&self, text: &str) -> String {
        let stand_in = |(at, c): (usize, char)| {
            if c.is_ascii_digit() {
                self.digit("shape", text, at)
            } else if c.is_ascii_alphabetic() {
                self.letter(text, c, at)
            } else if is_han(c) {
                self.of(&GIVEN, "shape", text, at)
            } else {
                c
            }
        };
        text.chars().enumerate().map(stand_in).collect()
    }

    fn pick(&self, salt: &str, text: &str, at: usize) -> u64 {
        self.key.hash_one((salt, text, at))
    }

    fn digit(&self, salt: &str, text: &str, at: usize) -> char {
        let digit = u32::try_from(self.pick(salt, text, at) % 10).unwrap_or_default();
        char::from_digit(digit, 10).unwrap_or('0')
    }

    fn letter(&self, text: &str, like: char, at: usize) -> char {
        let nth = u8::try_from(self.pick("letter", text, at) % 26).unwrap_or_default();
        let first = if like.is_ascii_uppercase() { b'A' } else { b'a' };
        char::from(first + nth)
    }

    fn of(&self, list: &[char], salt: &str, text: &str, at: usize) -> char {
        let below = list.len().max(1) as u64;
        let nth = usize::try_from(self.pick(salt, text, at) % below).unwrap_or_default();
        list.get(nth).copied().unwrap_or('某')
    }
}

/// The text with each run of digits (and what belongs to a number: a final X, asterisks) replaced.
fn runs(text: &str, mut replace: impl FnMut(&[char]) -> String) -> String {
    let (mut out, mut run) = (String::with_capacity(text.len()), Vec::new());
    let mut flush = |run: &mut Vec<char>, out: &mut String| {
        if !run.is_empty() {
            out.push_str(&replace(run));
            run.clear();
        }
    };
    for c in text.chars() {
        let goes_on = c.is_ascii_digit() || (!run.is_empty() && matches!(c, '*' | 'X' | 'x'));
        if goes_on {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "341202196507041013";

    #[test]
    fn a_valid_number_stays_valid_with_its_division_year_and_sex_and_is_another() {
        let mut stand_ins = StandIns::default();
        let valid = IdNumber::parse(NUMBER).or_else(|| {
            let body = "34120219650704101";
            IdNumber::parse(&format!("{body}{}", char::from(check_character(body.as_bytes()))))
        });
        let valid = valid.unwrap();
        let stand_in = stand_ins.personal(Mask::Number, valid.reveal());
        let read = IdNumber::parse(&stand_in).unwrap();
        assert_ne!(read.reveal(), valid.reveal());
        assert_eq!(read.reveal().get(..10), valid.reveal().get(..10));
        assert_eq!(read.sex(), valid.sex());
        // Equal stays equal, also in the old form, with guards around it, and in a column nobody called personal.
        let old: String = valid
            .reveal()
            .char_indices()
            .filter(|(at, _)| !(6..8).contains(at) && *at < 17)
            .map(|(_, c)| c)
            .collect();
        let old = stand_ins.personal(Mask::Number, &old);
        assert_eq!(IdNumber::parse(&old), Some(read.clone()));
        assert_eq!(stand_ins.personal(Mask::Name, valid.reveal()), stand_in);
        assert_eq!(
            stand_ins.plain(&format!("备注 {}。", valid.reveal())),
            format!("备注 {stand_in}。")
        );
        assert_eq!(
            stand_ins.personal(Mask::Number, &format!("{}43", valid.reveal())),
            format!("{stand_in}43")
        );
        assert_ne!(
            StandIns::default().personal(Mask::Number, valid.reveal()),
            stand_in,
            "another key, another stand-in"
        );
    }

    #[test]
    fn dirt_stays_dirt() {
        let mut stand_ins = StandIns::default();
        for (mask, text) in [
            (Mask::Number, "341202196507041"),
            (Mask::Number, "341202196507041000"),
            (Mask::Number, "3.41221E+17"),
            (Mask::Number, "341202********1013"),
            (Mask::Number, "无"),
            (Mask::Name, "买买提·艾力"),
            (Mask::Name, "张 三"),
            (Mask::Name, "李?"),
            (Mask::Phone, "0558-2345678"),
            (Mask::Day, "1965.7.4"),
            (Mask::Day, "1965年07月04日"),
            (Mask::Hidden, "A座12号"),
        ] {
            let stand_in = stand_ins.personal(mask, text);
            let form = |text: &str| -> Vec<u8> {
                let kind = |c: char| match c {
                    c if c.is_ascii_digit() => b'9',
                    c if c.is_ascii_alphabetic() => b'a',
                    c if is_han(c) => b'h',
                    _ => b'-',
                };
                text.chars().map(kind).collect()
            };
            let is_form = form(&stand_in) == form(text) || text.contains('年');
            assert!(is_form, "{text} became {stand_in}");
            assert!(
                IdNumber::parse(&stand_in).is_none(),
                "{text} became valid: {stand_in}"
            );
        }
        let cut = stand_ins.personal(Mask::Number, "341202196507041000");
        assert!(cut.ends_with("000") && cut != "341202196507041000", "{cut}");
        assert!(stand_ins.personal(Mask::Day, "1965.7.4").starts_with("1965."));
    }

    #[test]
    fn what_tells_nobody_stays_and_long_numbers_do_not() {
        let mut stand_ins = StandIns::default();
        for text in ["", "农村低保", "500.00", "2023-10-31", "20231031", "3412"] {
            assert_eq!(stand_ins.plain(text), text);
        }
        for text in ["6217001234567890123", "13812345678"] {
            let stand_in = stand_ins.plain(text);
            assert!(
                stand_in != text && stand_in.len() == text.len(),
                "{text} became {stand_in}"
            );
        }
        let name = stand_ins.personal(Mask::Name, "欧阳无名");
        assert_eq!(name.chars().count(), 4);
        assert_eq!(stand_ins.personal(Mask::Name, "欧阳 无名").replace(' ', ""), name);
    }
}
