//! Names, each kept once: its characters and syllables as they are compared, and how two of them differ.
//! Here because a million people share some hundred thousand names, and comparing is done on small numbers.
//! In: names as they came. Out: entries; how alike two are, from the same to nothing in common.
//! Not here: how frequent a name is (index.rs), what a likeness is worth (cells.rs).

use hub_model::values::{cn_name_key, pinyin_key};

use super::hash::{self, Map};

/// Characters of a name that are looked at one by one; longer names are compared whole as well.
const LENGTH_MAX: usize = 6;
/// Characters of a cell that can still be a name.
const TEXT_MAX: usize = 64;
/// What covers a character.
const COVER: char = '*';
/// The entry of no name.
pub(super) const NO_NAME: u32 = 0;

/// One name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Name {
    /// Hash of the comparison key; 0 for no name and for a name with covered characters.
    pub(super) key: u64,
    /// Hash of the pinyin; 0 likewise.
    pub(super) sound: u64,
    /// Hash of the first syllable; 0 when it is covered.
    pub(super) surname: u64,
    characters: [char; LENGTH_MAX],
    syllables: [u32; LENGTH_MAX],
    length: u8,
    covered: bool,
}

/// How alike two names are, the likest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same characters, once traditional, variant and invisible ones are folded.
    Same,
    /// The same syllables in other characters.
    Sound,
    /// Some characters are covered; the others are the same.
    Covered,
    /// One syllable is nearly the same to the ear.
    NearSound,
    /// One given character of several is another.
    OneCharacter,
    /// A given character more or less, or two exchanged.
    Rearranged,
    /// The surname only.
    Surname,
    /// Nothing.
    Different,
}

impl Name {
    fn new(text: &str) -> Self {
        let Some(key) = cn_name_key(text) else {
            return Self::default();
        };
        let Some(sound) = pinyin_key(text) else {
            return Self::default();
        };
        let mut name = Self {
            key: hash::text(&key),
            sound: hash::text(&sound),
            ..Self::default()
        };
        name.covered = key.contains([COVER, '?', '×', '某']);
        for (place, character) in name.characters.iter_mut().zip(key.chars()) {
            *place = character;
            name.length += 1;
        }
        for (place, syllable) in name.syllables.iter_mut().zip(sound.split(' ')) {
            *place = syllable_code(syllable);
        }
        if name.covered {
            (name.key, name.sound) = (0, 0);
        }
        name.surname = match name.characters.first() {
            Some(c) if !is_cover(*c) => u64::from(name.syllables.first().copied().unwrap_or(0)) + 2,
            _ => 0,
        };
        name
    }

    /// How alike two names are; `None` when one of them is missing.
    pub(super) fn likeness(&self, other: &Self) -> Option<Likeness> {
        if self.length == 0 || other.length == 0 {
            return None;
        }
        if self.covered || other.covered {
            return Some(self.under_covers(other));
        }
        if self.key == other.key {
            return Some(Likeness::Same);
        }
        if self.sound == other.sound {
            return Some(Likeness::Sound);
        }
        if self.surname != other.surname {
            return Some(self.without_surname(other));
        }
        let (one, two) = (self.given(), other.given());
        if one.len() == two.len() {
            let differing = || one.iter().zip(two).filter(|(a, b)| a != b);
            if differing().count() == 1 {
                let near = differing().all(|(a, b)| near(*a, *b));
                return Some(match (near, one.len()) {
                    (true, _) => Likeness::NearSound,
                    (false, 1) => Likeness::Surname,
                    (false, _) => Likeness::OneCharacter,
                });
            }
            if let ([a, b], [c, d]) = (one, two)
                && (a, b) == (d, c)
            {
                return Some(Likeness::Rearranged);
            }
        } else {
            let (short, long) = if one.len() < two.len() {
                (one, two)
            } else {
                (two, one)
            };
            if long.len() == short.len() + 1 && !short.is_empty() && is_part(short, long) {
                return Some(Likeness::Rearranged);
            }
        }
        Some(Likeness::Surname)
    }

    /// Names with another surname: the given names may be the same, or the surname nearly so.
    fn without_surname(&self, other: &Self) -> Likeness {
        let first = |name: &Self| name.syllables.first().copied().unwrap_or(0);
        if self.given() == other.given() && near(first(self), first(other)) {
            Likeness::NearSound
        } else {
            Likeness::Different
        }
    }

    fn under_covers(&self, other: &Self) -> Likeness {
        let (one, two) = (self.shown(), other.shown());
        let fits = one.len() == two.len()
            && one
                .iter()
                .zip(two)
                .all(|(a, b)| a == b || is_cover(*a) || is_cover(*b));
        let surname = self.surname != 0 && self.surname == other.surname;
        // `张**` may stand for any given name when the mask does not keep the length.
        let open = |name: &Self| name.shown().iter().skip(1).all(|c| is_cover(*c));
        match (fits, surname) {
            (true, _) => Likeness::Covered,
            (false, true) if open(self) || open(other) => Likeness::Covered,
            (false, true) => Likeness::Surname,
            (false, false) => Likeness::Different,
        }
    }

    fn shown(&self) -> &[char] {
        self.characters
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    fn given(&self) -> &[u32] {
        self.syllables
            .get(1..usize::from(self.length))
            .unwrap_or_default()
    }

    /// Whether only part of the name is shown.
    pub(super) const fn is_covered(&self) -> bool {
        self.covered
    }
}

fn is_cover(c: char) -> bool {
    matches!(c, COVER | '?' | '×' | '某')
}

/// Whether `short` is `long` without one element.
fn is_part(short: &[u32], long: &[u32]) -> bool {
    (0..long.len()).any(|left_out| {
        let rest = long
            .iter()
            .zip(0..)
            .filter(|(_, at)| *at != left_out)
            .map(|(s, _)| s);
        rest.eq(short.iter())
    })
}

/// A syllable as initial, final and the rest, in one number: the ear confuses some initials and some finals.
fn syllable_code(syllable: &str) -> u32 {
    let initials = [
        "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z",
        "c", "s", "y", "w",
    ];
    let initial = initials.iter().position(|initial| syllable.starts_with(initial));
    let rest = initial
        .and_then(|at| syllable.strip_prefix(*initials.get(at)?))
        .unwrap_or(syllable);
    let initial = initial.map_or(0, |at| at + 1);
    let rest = u32::try_from(hash::text(rest) >> 40).unwrap_or(0) & 0xFF_FFFF;
    rest << 8 | u32::try_from(initial).unwrap_or(0)
}

/// Whether two syllables are alike to the ear: zh z, ch c, sh s, n l, h f, and finals with n or ng.
fn near(one: u32, other: u32) -> bool {
    let (a, b) = (one & 0xFF, other & 0xFF);
    let initial = |n: u32| match n {
        19 => 1,  // z: zh
        20 => 2,  // c: ch
        21 => 3,  // s: sh
        11 => 10, // l: n
        14 => 7,  // h: f
        n => n,
    };
    let same_final = one >> 8 == other >> 8 || nasal(one >> 8) == nasal(other >> 8);
    initial(a) == initial(b) && same_final
}

/// The code of the final without the g that is not heard; itself for others.
fn nasal(rest: u32) -> u32 {
    const PAIRS: [(&str, &str); 5] = [
        ("in", "ing"),
        ("en", "eng"),
        ("an", "ang"),
        ("uan", "uang"),
        ("ian", "iang"),
    ];
    thread_local! {
        static CODES: [(u32, u32); 5] = PAIRS.map(|(short, long)| {
            (syllable_code(short) >> 8, syllable_code(long) >> 8)
        });
    }
    CODES.with(|codes| {
        codes
            .iter()
            .find(|(_, long)| *long == rest)
            .map_or(rest, |(short, _)| *short)
    })
}

/// The names of one side, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    entries: Vec<Name>,
    known: Map<u64, u32>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            entries: vec![Name::default()],
            known: Map::default(),
        }
    }

    /// The entry of `text`, `NO_NAME` when there is no name in it.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        if text.is_empty() || text.len() > TEXT_MAX * 4 {
            return NO_NAME;
        }
        let entries = &mut self.entries;
        *self.known.entry(hash::text(text)).or_insert_with(|| {
            let name = Name::new(text);
            if name.length == 0 {
                return NO_NAME;
            }
            entries.push(name);
            u32::try_from(entries.len() - 1).unwrap_or(NO_NAME)
        })
    }

    pub(super) fn get(&self, entry: u32) -> &Name {
        const NOBODY: Name = Name {
            key: 0,
            sound: 0,
            surname: 0,
            characters: ['\0'; LENGTH_MAX],
            syllables: [0; LENGTH_MAX],
            length: 0,
            covered: false,
        };
        self.entries.get(entry as usize).unwrap_or(&NOBODY)
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(0)
    }

    /// Forgets the texts; no name can be added any more.
    pub(super) fn seal(&mut self) {
        self.known = Map::default();
        self.entries.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_alike_as_people_would_say() {
        use Likeness::{Covered, Different, NearSound, OneCharacter, Rearranged, Same, Sound, Surname};
        let table = [
            ("王秀兰", "王秀蘭", Same),
            ("王秀兰", "王秀蓝", Sound),
            ("王秀兰", "王*兰", Covered),
            ("王秀兰", "王**", Covered),
            ("王秀", "王**", Covered),
            ("王秀兰", "李*兰", Different),
            ("王志平", "王自平", NearSound),
            ("王林", "王玲", NearSound),
            ("陈静", "程静", NearSound),
            ("王秀兰", "王秀英", OneCharacter),
            ("王兰", "王英", Surname),
            ("王秀兰", "王兰秀", Rearranged),
            ("王秀兰", "王兰", Rearranged),
            ("王秀兰", "王建国", Surname),
            ("王秀兰", "李秀兰", Different),
        ];
        for (one, other, likeness) in table {
            let (a, b) = (Name::new(one), Name::new(other));
            assert_eq!(a.likeness(&b), Some(likeness), "{one} {other}");
            assert_eq!(b.likeness(&a), Some(likeness), "{other} {one}");
        }
        assert_eq!(Name::new("").likeness(&Name::new("王")), None);
    }

    #[test]
    fn a_name_has_one_entry_and_no_name_has_none() {
        let mut names = Names::new();
        let one = names.add("王秀兰");
        assert_eq!(names.add("王秀兰"), one);
        assert_eq!(names.add(" "), NO_NAME);
        assert_eq!(names.add(&"长".repeat(100)), NO_NAME);
        assert_eq!(names.get(NO_NAME).key, 0);
    }
}
