//! Spelling: the ways in which ID numbers, names, dates, amounts and places are written wrongly.
//! Here because each of them has been met in departments' files; a reader has to know them all.
//! In: a clean text. Out: a dirty one, or none when the text does not lend itself to it.
//! Not here: which cell is spoilt and how often (spoil.rs).

use crate::county::check_digit;
use crate::county::dice::Dice;

use super::calendar::Month;
use super::dirt::DirtCode;
use super::gbk;

/// What stands where a number should be.
pub(crate) const NO_NUMBER: [&str; 6] = ["-", "/", "无", "暂无", "#N/A", "#REF!"];

/// A character of an area of Unicode that no font agrees on, rare ones, and what is left of them in GBK.
const RARE: [char; 5] = ['\u{E5F1}', '\u{E863}', '㛃', '䶮', '?'];

#[rustfmt::skip]
pub(crate) const TRADITIONAL: [(char, char); 42] = [
    ('张', '張'), ('刘', '劉'), ('陈', '陳'), ('杨', '楊'), ('赵', '趙'), ('吴', '吳'), ('孙', '孫'), ('马', '馬'),
    ('罗', '羅'), ('郑', '鄭'), ('谢', '謝'), ('许', '許'), ('韩', '韓'), ('邓', '鄧'), ('冯', '馮'), ('蒋', '蔣'),
    ('叶', '葉'), ('苏', '蘇'), ('吕', '呂'), ('卢', '盧'), ('钟', '鍾'), ('谭', '譚'), ('陆', '陸'), ('贾', '賈'),
    ('国', '國'), ('军', '軍'), ('伟', '偉'), ('强', '強'), ('华', '華'), ('杰', '傑'), ('涛', '濤'), ('刚', '剛'),
    ('辉', '輝'), ('龙', '龍'), ('丽', '麗'), ('静', '靜'), ('兰', '蘭'), ('凤', '鳳'), ('荣', '榮'), ('红', '紅'),
    ('学', '學'), ('东', '東'),
];

#[rustfmt::skip]
const HOMOPHONES: [(char, char); 24] = [
    ('兰', '蓝'), ('英', '瑛'), ('芳', '方'), ('丽', '莉'), ('军', '君'), ('伟', '玮'), ('华', '花'), ('明', '铭'),
    ('平', '萍'), ('秀', '绣'), ('玉', '钰'), ('建', '健'), ('志', '智'), ('文', '雯'), ('红', '宏'), ('国', '果'),
    ('春', '椿'), ('永', '勇'), ('桂', '贵'), ('海', '亥'), ('金', '今'), ('静', '净'), ('霞', '侠'), ('燕', '艳'),
];

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other codes are no dirt of ID numbers"
)]
pub(crate) fn id(code: DirtCode, old: &str, dice: &mut Dice) -> Option<String> {
    let part = |from: usize, to: usize| old.get(from..to);
    if old.len() != 18 {
        return None;
    }
    match code {
        DirtCode::D01 if part(6, 8)? == "19" => Some(format!("{}{}", part(0, 6)?, part(8, 17)?)),
        DirtCode::D02 => Some(match old.strip_suffix('X') {
            Some(digits) => format!("{digits}{}", dice.pick(&['x', 'Ｘ', 'ｘ', '×'])),
            None => format!("{}{}{}", part(0, 10)?, full_width(part(10, 14)?), part(14, 18)?),
        }),
        DirtCode::D03 => Some(format!("{}.{}E+17", part(0, 1)?, part(1, 6)?)),
        DirtCode::D04 => {
            let cut = format!("{}000", part(0, 15)?);
            let by_chance = cut.get(..17).is_some_and(|digits| check_digit(digits) == '0');
            (!by_chance).then_some(cut)
        }
        DirtCode::D05 if dice.chance(500) => Some(format!("=\"{old}\"")),
        DirtCode::D05 => Some(format!("'{old}")),
        DirtCode::D06 => Some(format!("{}**********{}", part(0, 4)?, part(14, 18)?)),
        DirtCode::D08 => Some(format!("999999{}", part(6, 18)?)),
        _other => None,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other codes are no dirt of names"
)]
pub(crate) fn name(code: DirtCode, old: &str, dice: &mut Dice) -> Option<String> {
    let mut characters = old.chars();
    match code {
        DirtCode::D09 => {
            let first = characters.next()?;
            let rest = characters.as_str();
            Some(match dice.below(6) {
                0 => format!("{first} {rest}"),
                1 => format!("{first}\u{A0}{rest}"),
                2 => format!("{first}\u{200B}{rest}"),
                3 => format!("{first}\n{rest}"),
                4 => format!("{first}\u{3000}{rest}"),
                _ => format!(" {old} "),
            })
        }
        DirtCode::D10 => {
            characters.next_back()?;
            Some(format!("{}{}", characters.as_str(), dice.pick(&RARE)))
        }
        DirtCode::D11 => replaced(old, &TRADITIONAL),
        DirtCode::D27 => replaced(old, &HOMOPHONES),
        _other => None,
    }
}

/// The last character that has a counterpart is replaced by it.
fn replaced(old: &str, pairs: &[(char, char)]) -> Option<String> {
    let counterpart = |character: char| pairs.iter().find(|pair| pair.0 == character).map(|pair| pair.1);
    let (at, character, new) = old
        .char_indices()
        .filter_map(|(at, character)| counterpart(character).map(|new| (at, character, new)))
        .next_back()?;
    Some(format!(
        "{}{new}{}",
        old.get(..at)?,
        old.get(at + character.len_utf8()..)?
    ))
}

pub(crate) fn full_width(text: &str) -> String {
    let wide = |character: char| match character {
        '!'..='~' => char::from_u32(character as u32 + 0xFEE0).unwrap_or(character),
        _ => character,
    };
    text.chars().map(wide).collect()
}

/// `YYYY-MM-DD` or `YYYYMM` in another spelling of the same precision.
pub(crate) fn date(old: &str, dice: &mut Dice) -> Option<String> {
    if old.len() == 6 {
        let month = Month::parse(old)?;
        let (y, m) = (month.year(), month.month());
        return Some(match dice.below(6) {
            0 => format!("{y}.{m}"),
            1 => format!("{y}-{m:02}"),
            2 => format!("{y}年{m}月"),
            3 => format!("{y}/{m}"),
            4 => format!("{y}年{m:02}月"),
            _ => format!("{}年{}月", chinese_digits(y), CHINESE_MONTHS[month_index(m)]),
        });
    }
    let y: i32 = old.get(0..4)?.parse().ok()?;
    let m: i32 = old.get(5..7)?.parse().ok()?;
    let d: i32 = old.get(8..10)?.parse().ok()?;
    Some(match dice.below(7) {
        0 => format!("{y}.{m}.{d}"),
        1 => format!("{y}/{m}/{d}"),
        2 => format!("{y}{m:02}{d:02}"),
        3 => format!("{y}年{m}月{d}日"),
        4 => format!("{old}T00:00:00"),
        5 => format!("{old} 00:00:00"),
        _ => excel_serial(y, m, d).to_string(),
    })
}

const CHINESE_MONTHS: [&str; 12] = [
    "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二",
];

fn month_index(month: i32) -> usize {
    usize::try_from(month - 1).unwrap_or(0) % 12
}

fn chinese_digits(number: i32) -> String {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digit = |byte: u8| DIGITS[usize::from(byte.saturating_sub(b'0')) % 10];
    number.to_string().bytes().map(digit).collect()
}

/// Days as a workbook of the 1900 system counts them.
pub(crate) fn excel_serial(year: i32, month: i32, day: i32) -> i64 {
    // Days since 1970-01-01 by the civil calendar, then the workbook's own zero.
    let (y, m) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * m + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    i64::from(era) * 146_097 + i64::from(of_era) - 719_468 + 25_569
}

/// An amount with two decimals in another spelling of the same amount.
pub(crate) fn money(old: &str, in_yuan: bool, dice: &mut Dice) -> Option<String> {
    let (whole, cents) = old.split_once('.')?;
    let number: i64 = whole.parse().ok()?;
    if number < 0 || cents.len() != 2 {
        return None;
    }
    Some(match dice.below(if in_yuan { 6 } else { 2 }) {
        0 if number >= 1000 => format!("{},{:03}.{cents}", number / 1000, number % 1000),
        0 | 1 => full_width(old),
        2 => format!("￥{old}"),
        3 => format!("{old}元"),
        4 => format!(" {old} "),
        _ => format!("{}.{:04}{cents}万元", number / 10_000, number % 10_000),
    })
}

/// A county's name with a note on how to read its first character.
pub(crate) fn annotated(old: &str) -> Option<String> {
    const NOTES: [(char, &str); 5] = [
        ('颍', "yǐng"),
        ('临', "lín"),
        ('太', "tài"),
        ('阜', "fù"),
        ('界', "jiè"),
    ];
    let first = old.chars().next()?;
    let note = NOTES.iter().find(|note| note.0 == first)?.1;
    Some(format!("{first}({note}){}", old.get(first.len_utf8()..)?))
}

pub(crate) fn county_alias(old: &str, dice: &mut Dice) -> Option<String> {
    match old {
        "颍州区" => Some(
            dice.pick(&["阜合园区", "阜阳经济技术开发区", "阜阳市颍州区", "颍州"])
                .to_owned(),
        ),
        _ if dice.chance(500) => Some(format!("阜阳市{old}")),
        _ => {
            let mut short = old.to_owned();
            short.pop();
            Some(short)
        }
    }
}

pub(crate) fn village(old: &str, dice: &mut Dice) -> Option<String> {
    let stem = old.strip_suffix('村')?;
    let suffix = dice.pick(&["行政村", "村委会", "村民委员会", "村村委会", "村 ", ""]);
    Some(format!("{stem}{suffix}"))
}

pub(crate) fn yes_no(old: &str, dice: &mut Dice) -> &'static str {
    match old {
        "是" | "有" => dice.pick(&["有", "1", "Y", "√", "是 ", "Yes", ""]),
        _ => dice.pick(&["无", "0", "N", "×", "否 ", "No", ""]),
    }
}

pub(crate) fn phone(old: &str, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => format!("{old}.0"),
        1 => "0558-2260000".to_owned(),
        2 => format!("{old}、15400000001"),
        _ => format!("{old}/0558-2260000"),
    }
}

pub(crate) fn several(old: &str, other: &str, dice: &mut Dice) -> String {
    format!("{old}{}{other}", dice.pick(&['、', '，', '；', ';', '/', ' ']))
}

/// Text that lost a byte of one of its characters in GBK.
pub(crate) fn lost_byte(old: &str, dice: &mut Dice) -> Option<String> {
    let count = u32::try_from(old.chars().count()).ok()?;
    let at = usize::try_from(dice.below(count.max(1))).ok()?;
    let lost = gbk::lose_lead_byte(old, at);
    lost.contains('?').then_some(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::county::dice::Purpose;

    const ID: &str = "11010519491231002X";

    fn dice() -> Dice {
        Dice::new(1, 2, Purpose::Dirt)
    }

    #[test]
    fn id_numbers_are_spoilt_as_in_life() {
        let spoilt = |code| id(code, ID, &mut dice()).unwrap();
        assert_eq!(spoilt(DirtCode::D01), "110105491231002");
        assert_eq!(spoilt(DirtCode::D03), "1.10105E+17");
        assert_eq!(spoilt(DirtCode::D04), "110105194912310000");
        assert_eq!(spoilt(DirtCode::D06), "1101**********002X");
        assert_eq!(spoilt(DirtCode::D08), "99999919491231002X");
        assert_eq!(id(DirtCode::D01, "341221200501010016", &mut dice()), None);
        assert_eq!(id(DirtCode::D01, "短", &mut dice()), None);
    }

    #[test]
    fn amounts_and_dates_keep_their_meaning() {
        assert_eq!(excel_serial(2023, 9, 1), 45_170);
        assert_eq!(full_width("716.00"), "７１６．００");
        let mut dice = dice();
        for _ in 0..100 {
            let text = money("1234.50", true, &mut dice).unwrap();
            let known = [
                "1,234.50",
                "１２３４．５０",
                "￥1234.50",
                "1234.50元",
                " 1234.50 ",
                "0.123450万元",
            ];
            assert!(known.contains(&text.as_str()), "{text}");
            assert!(date("202309", &mut dice).unwrap() != "202309");
        }
    }

    #[test]
    fn names_and_places_are_spoilt_only_where_they_lend_themselves_to_it() {
        assert_eq!(
            name(DirtCode::D27, "王秀兰", &mut dice()).as_deref(),
            Some("王秀蓝")
        );
        assert_eq!(name(DirtCode::D11, "张丽", &mut dice()).as_deref(), Some("张麗"));
        assert_eq!(name(DirtCode::D11, "王一", &mut dice()), None);
        assert_eq!(annotated("阜南县").as_deref(), Some("阜(fù)南县"));
    }
}
