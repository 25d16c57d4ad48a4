//! Identity: ID numbers, disability cards, names and phones of people who do not exist.
//! Here because an ID number must be unique over the whole county and yet be made without remembering the others.
//! In: unit, the person's ordinal within the unit, sex, the earliest birth year. Out: a birth year, an 18-character number with a true check digit.
//! Not here: who lives with whom (member.rs). No list of real people was used.

use super::dice::{Dice, Purpose};
use super::place::COUNTIES;

/// Slots an ID number may fall into per prefix: 365 days, 500 ordinals per sex, 8 birth years.
const SLOTS_PER_PREFIX: u64 = DAYS * ORDINALS * YEARS;
const DAYS: u64 = 365;
const ORDINALS: u64 = 500;
/// A person is born in one of so many years from the earliest on; which one is decided by the slot.
pub(crate) const YEARS: u64 = 8;
/// Coprime with `SLOTS_PER_PREFIX`, so that neighbours get slots far apart and no slot twice.
const STRIDE: u64 = 1_000_003;

const DAYS_IN_MONTH: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Sex as digit 17 of the ID number tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Odd digit 17.
    Male,
    /// Even digit 17.
    Female,
}

impl Sex {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Male => Self::Female,
            Self::Female => Self::Male,
        }
    }
}

/// Where a person's number falls among those of a prefix.
struct Slot {
    /// Prefixes used up before.
    round: u64,
    day: u64,
    serial: u64,
    year_digit: u64,
}

#[inline]
fn slot(seed: u64, ordinal: u64) -> Slot {
    let (round, within) = (ordinal / SLOTS_PER_PREFIX, ordinal % SLOTS_PER_PREFIX);
    let slot = (within * STRIDE + seed % SLOTS_PER_PREFIX) % SLOTS_PER_PREFIX;
    let (day, rest) = (slot % DAYS, slot / DAYS);
    Slot {
        round,
        day,
        serial: rest % ORDINALS,
        year_digit: rest / ORDINALS,
    }
}

/// The year of birth that goes with the number of the person `ordinal` of a unit: one of `YEARS` from `earliest` on.
#[inline]
pub(crate) fn birth_year(seed: u64, ordinal: u64, earliest: u64) -> u64 {
    earliest + (slot(seed, ordinal).year_digit + YEARS - earliest % YEARS) % YEARS
}

/// Whether the number of the person `ordinal` of a unit begins with a code that only this county uses besides its own.
///
/// Those of the first round are mixed; later rounds need a code of their own, and nothing is thrown.
pub(crate) fn throws_other_prefix(ordinal: u64, dice: &mut Dice) -> bool {
    ordinal < SLOTS_PER_PREFIX && dice.chance(100)
}

/// Appends the ID number of the person `ordinal` of unit `unit_no`, born in the year of `birth_year`.
pub(crate) fn push_id_number(
    id: &mut String,
    seed: u64,
    unit_no: usize,
    ordinal: u64,
    sex: Sex,
    year: u64,
    other_prefix: bool,
) {
    let Slot {
        round, day, serial, ..
    } = slot(seed, ordinal);
    let serial = serial * 2 + u64::from(sex == Sex::Male);
    let unit = &COUNTIES[unit_no];
    let prefix = match usize::try_from(round).unwrap_or(usize::MAX) {
        0 if other_prefix => unit.other_prefixes[0],
        0 => unit.code,
        round => unit.other_prefixes[round.min(unit.other_prefixes.len() - 1)],
    };
    let (month, day) = month_and_day(day);
    let mut digits = [0; 17];
    digits[..6].copy_from_slice(prefix.as_bytes());
    for (place, number) in [(6..10, year), (10..12, month), (12..14, day), (14..17, serial)] {
        write_digits(&mut digits[place], number);
    }
    let first_17 = std::str::from_utf8(&digits).unwrap_or_default();
    id.push_str(first_17);
    id.push(check_digit(first_17));
}

/// Check character of GB 11643 for the first 17 digits.
pub fn check_digit(first_17: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 = first_17
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    CHECKS[(sum % 11) as usize]
}

/// Appends a number with at least `digits` digits; several times faster than `format!`, which counts over millions of people.
pub(crate) fn push_padded(text: &mut String, number: u64, digits: usize) {
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    let mut left = number;
    while left > 0 || buffer.len() - at < digits {
        at -= 1;
        buffer[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    push_ascii(text, &buffer[at..]);
}

/// Appends the digits and signs of `bytes`.
pub(crate) fn push_ascii(text: &mut String, bytes: &[u8]) {
    text.push_str(std::str::from_utf8(bytes).unwrap_or_default());
}

/// Fills `digits` with the last digits of a number.
#[inline]
pub(crate) fn write_digits(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

fn month_and_day(mut day: u64) -> (u64, u64) {
    for (month, days) in (1..).zip(DAYS_IN_MONTH) {
        if day < days {
            return (month, day + 1);
        }
        day -= days;
    }
    (12, 31)
}

/// A surname, about as frequent as in Anhui.
pub(crate) fn surname(dice: &mut Dice) -> &'static str {
    dice.weighted(&SURNAMES, SURNAMES_TOTAL)
}

/// Of given names, those of two characters.
const MIDDLE_PER_MILLE: u32 = 780;

/// Appends a given name of one or two characters to `name`.
pub(crate) fn push_given_name(name: &mut String, sex: Sex, dice: &mut Dice) {
    let pool: &[&str] = match sex {
        Sex::Male => &MALE,
        Sex::Female => &FEMALE,
    };
    if dice.chance(MIDDLE_PER_MILLE) {
        name.push_str(dice.pick_early(&MIDDLE));
    }
    name.push_str(dice.pick_early(pool));
}

/// Throws what `push_given_name` throws.
pub(crate) fn skip_given_name(dice: &mut Dice) {
    let two = dice.chance(MIDDLE_PER_MILLE);
    dice.skip(if two { 4 } else { 2 });
}

/// Appends a phone number of the made-up range 154, one per household.
pub(crate) fn push_phone(phone: &mut String, seed: u64, household_index: u64) {
    const RANGE: u64 = 100_000_000;
    // The factor is coprime with the range, so no two households share a number.
    phone.push_str("154");
    push_padded(phone, (household_index * 30_000_061 + seed % RANGE) % RANGE, 8);
}

/// Of a thousand households: only a number of a landline is known.
const LANDLINE_PER_MILLE: u32 = 2;
/// Of so many villages, in one five households give one telephone, in the next one three.
const VILLAGES_SHARING: u64 = 12;
/// The rank in the village of the household whose telephone they give.
const SHARED_RANK: u64 = 20;

/// Appends the telephone that household `index` of `village` gives: its own, that of another, or one of a landline.
pub(crate) fn push_given_phone(phone: &mut String, seed: u64, village: (u64, u64), index: u64) {
    let (number, first) = village;
    let shared = first + SHARED_RANK - 1;
    let sharing = match (number + seed % VILLAGES_SHARING) % VILLAGES_SHARING {
        0 => 5,
        1 => 3,
        _ => 0,
    };
    if (shared..shared + sharing).contains(&index) {
        push_phone(phone, seed, shared);
    } else if Dice::new(seed, index, Purpose::PhoneCases).chance(LANDLINE_PER_MILLE) {
        phone.push_str("05582");
        push_padded(phone, index % 1_000_000, 6);
    } else {
        push_phone(phone, seed, index);
    }
}

const SURNAMES_TOTAL: u32 = {
    let mut total = 0;
    let mut i = 0;
    while i < SURNAMES.len() {
        total += SURNAMES[i].1;
        i += 1;
    }
    total
};

const SURNAMES: [(&str, u32); 72] = [
    ("王", 780),
    ("李", 770),
    ("张", 760),
    ("刘", 560),
    ("陈", 420),
    ("杨", 330),
    ("赵", 240),
    ("吴", 210),
    ("周", 200),
    ("徐", 180),
    ("孙", 180),
    ("朱", 170),
    ("马", 165),
    ("胡", 150),
    ("郭", 150),
    ("高", 120),
    ("林", 90),
    ("何", 90),
    ("罗", 80),
    ("郑", 80),
    ("梁", 75),
    ("谢", 70),
    ("宋", 70),
    ("唐", 65),
    ("许", 65),
    ("韩", 65),
    ("邓", 60),
    ("冯", 60),
    ("曹", 58),
    ("彭", 55),
    ("曾", 50),
    ("肖", 50),
    ("田", 50),
    ("董", 48),
    ("潘", 46),
    ("袁", 45),
    ("蔡", 42),
    ("蒋", 42),
    ("余", 40),
    ("于", 40),
    ("杜", 40),
    ("叶", 38),
    ("程", 60),
    ("魏", 36),
    ("苏", 35),
    ("吕", 34),
    ("丁", 34),
    ("任", 33),
    ("卢", 32),
    ("姚", 32),
    ("沈", 31),
    ("钟", 30),
    ("姜", 30),
    ("崔", 30),
    ("谭", 28),
    ("陆", 27),
    ("范", 40),
    ("汪", 50),
    ("廖", 24),
    ("石", 24),
    ("金", 24),
    ("韦", 20),
    ("贾", 24),
    ("夏", 26),
    ("付", 30),
    ("方", 40),
    ("邹", 20),
    ("熊", 18),
    ("白", 20),
    ("孟", 22),
    ("秦", 22),
    ("欧阳", 6),
];

const MIDDLE: [&str; 40] = [
    "建", "文", "国", "秀", "玉", "志", "春", "永", "德", "桂", "红", "海", "金", "明", "小", "家", "子",
    "晓", "俊", "思", "光", "学", "新", "成", "立", "雨", "佳", "传", "兰", "振", "云", "士", "一", "梓",
    "若", "庆", "克", "允", "景", "广",
];

const MALE: [&str; 44] = [
    "军", "伟", "强", "勇", "平", "华", "明", "杰", "涛", "超", "刚", "辉", "鹏", "飞", "龙", "林", "峰",
    "亮", "斌", "波", "宇", "轩", "浩", "宁", "民", "生", "才", "福", "贵", "山", "良", "友", "义", "诚",
    "昊", "博", "凯", "旭", "东", "锋", "利", "喜", "柱", "田",
];

const FEMALE: [&str; 44] = [
    "英", "芳", "兰", "梅", "丽", "敏", "静", "霞", "燕", "玲", "娟", "艳", "红", "萍", "莲", "珍", "花",
    "琴", "云", "凤", "荣", "雪", "婷", "欣", "怡", "萱", "涵", "琳", "洁", "慧", "蓉", "香", "翠", "侠",
    "菊", "平", "华", "环", "美", "秀", "妮", "悦", "月", "瑶",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::county::dice::Purpose;
    use std::collections::HashSet;

    #[test]
    fn the_check_digit_is_the_published_one() {
        assert_eq!(check_digit("11010519491231002"), 'X');
    }

    #[test]
    fn id_numbers_do_not_repeat_and_keep_to_the_years_asked_for() {
        let mut seen = HashSet::new();
        let mut dice = Dice::new(1, 1, Purpose::Members);
        for ordinal in (0..200_000).chain(SLOTS_PER_PREFIX - 5..SLOTS_PER_PREFIX + 5) {
            let sex = if ordinal % 3 == 0 { Sex::Male } else { Sex::Female };
            let mut id = String::new();
            let year = birth_year(9, ordinal, 1960);
            let other = throws_other_prefix(ordinal, &mut dice);
            push_id_number(&mut id, 9, 3, ordinal, sex, year, other);
            assert!((1960..1968).contains(&year) && id.len() == 18, "{ordinal}");
            assert!(seen.insert(id), "{ordinal}");
        }
    }

    #[test]
    fn phones_do_not_repeat() {
        let phone = |index| {
            let mut phone = String::new();
            push_phone(&mut phone, 5, index);
            phone
        };
        let all: HashSet<_> = (0..100_000).map(phone).collect();
        assert_eq!(all.len(), 100_000);
    }
}
