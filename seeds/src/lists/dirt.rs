//! Dirt of a list's cells: numbers, names and dates as departments get them wrong.
//! Here because each kind of damage leaves another kind of trace, and a matcher must know them all.
//! In: a true value, dice. Out: the cell as a department has it.
//! Not here: how often (profile.rs), which person a row is about (row.rs).

use crate::county::dice::Dice;
use crate::departments::spelling::TRADITIONAL;

use super::person::Birth;

/// What a masked number still shows: that many characters at the beginning and at the end.
const MASKS: [((usize, usize), u32); 6] = [
    ((4, 4), 30),
    ((6, 4), 25),
    ((10, 4), 15),
    ((14, 0), 15),
    ((3, 4), 10),
    ((1, 1), 5),
];

pub(super) fn masked(id: &str, dice: &mut Dice) -> String {
    let (shown, end) = dice.weighted(&MASKS, 100);
    let head = id.get(..shown).unwrap_or_default();
    let tail = id.get(18 - end..).unwrap_or_default();
    format!("{head}{}{tail}", "*".repeat(18 - shown - end))
}

/// The old form; as it is where it had none.
pub(super) fn fifteen(id: &str) -> String {
    match (id.get(..6), id.get(6..8), id.get(8..17)) {
        (Some(division), Some("19"), Some(rest)) => format!("{division}{rest}"),
        _ => id.to_owned(),
    }
}

/// One digit wrong, or two neighbours exchanged.
pub(super) fn mistyped(id: &str, dice: &mut Dice) -> String {
    let mut bytes = id.as_bytes().to_vec();
    for _ in 0..16 {
        let at = usize::try_from(dice.below(17)).unwrap_or(0);
        if dice.chance(350) && at + 1 < 17 && bytes[at] != bytes[at + 1] {
            bytes.swap(at, at + 1);
            break;
        }
        let digit = b'0' + u8::try_from(dice.below(10)).unwrap_or(0);
        if bytes[at] != digit {
            bytes[at] = digit;
            break;
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// What a spreadsheet leaves of it.
pub(super) fn cut(id: &str, dice: &mut Dice) -> String {
    if dice.chance(250) {
        let digit = |at: usize| id.get(at..at + 1).unwrap_or_default();
        return format!("{}.{}E+17", digit(0), id.get(1..6).unwrap_or_default());
    }
    format!("{}000", id.get(..15).unwrap_or_default())
}

/// A clean number in one of the forms that lose nothing.
pub(super) fn written(id: &str, dice: &mut Dice) -> String {
    match dice.below(100) {
        0..=2 => format!("'{id}"),
        3 | 4 => id.to_lowercase(),
        5 => format!("=\"{id}\""),
        6 | 7 => format!(" {id} "),
        8 => format!("{id}{}{}", 1 + dice.below(7), 1 + dice.below(4)),
        _ => id.to_owned(),
    }
}

/// Sounds that are the same, and some that are nearly the same to the ear of the region.
#[rustfmt::skip]
const BY_EAR: [&str; 76] = [
    "兰蓝岚澜", "英瑛莹颖", "芳方芬", "丽莉利力", "军君均俊", "伟玮炜维", "华花桦", "明铭鸣民", "平萍苹", "秀绣修",
    "玉钰裕育", "建健剑见", "志智治之", "文雯闻纹", "红宏洪鸿", "国果过", "春椿纯", "永勇咏涌", "桂贵", "海亥",
    "金今锦近", "静净敬晶", "霞侠夏", "燕艳雁彦", "云芸耘", "香湘祥", "梅美媚", "琴勤芹", "珍真贞", "凤奉丰",
    "荣容蓉融", "莲连廉", "月悦跃越", "梓紫子", "涵晗含寒", "萱轩宣", "欣馨新心", "怡宜仪", "雨宇羽语", "佳嘉家",
    "琪琦其奇", "思斯司", "诗时", "浩皓昊", "博波柏", "泽择", "睿瑞锐", "杰洁捷", "超潮", "刚钢岗", "辉晖挥",
    "鹏朋", "飞菲非", "龙隆", "林琳霖凌", "峰锋枫丰", "亮量", "斌彬宾冰", "磊蕾雷", "生声胜升", "才财材",
    "福富傅", "良梁", "友有又", "义艺益", "成诚城程", "学雪", "光广", "兴星", "世士仕", "传船", "庆清青",
    "德得", "长常", "保宝", "喜西希",
];
/// Characters that look alike.
#[rustfmt::skip]
const BY_EYE: [&str; 18] = [
    "未末", "土士", "千干于", "天夫", "侯候", "兰三", "王玉", "大太", "目日", "田由", "巳已己", "住佳", "辛幸", "令今",
    "兵乒", "人入", "刀力", "洋详",
];

pub(super) fn by_ear(name: &str, dice: &mut Dice) -> String {
    exchanged(name, &BY_EAR, dice)
}

/// One of the given characters written as another that looks like it, left out, or any other.
pub(super) fn one_wrong(name: &str, dice: &mut Dice) -> String {
    let alike = exchanged(name, &BY_EYE, dice);
    if alike != name {
        return alike;
    }
    let mut characters: Vec<char> = name.chars().collect();
    match dice.below(3) {
        0 if characters.len() > 2 => {
            characters.remove(1 + usize::try_from(dice.below(2)).unwrap_or(0));
        }
        1 if characters.len() > 2 => characters.swap(1, 2),
        _ => {
            let group = dice.pick(&BY_EAR);
            if let (Some(last), Some(other)) = (characters.last_mut(), group.chars().next()) {
                *last = other;
            }
        }
    }
    characters.into_iter().collect()
}

/// A given character exchanged for another of its group; as it is when it has no group.
fn exchanged(name: &str, groups: &[&str], dice: &mut Dice) -> String {
    let characters: Vec<char> = name.chars().collect();
    let given = characters.len().saturating_sub(1).max(1);
    let first = usize::try_from(dice.below(u32::try_from(given).unwrap_or(1))).unwrap_or(0);
    for step in 0..given {
        let at = 1 + (first + step) % given;
        let Some(&character) = characters.get(at) else {
            continue;
        };
        let others: Vec<char> = groups
            .iter()
            .filter(|group| group.contains(character))
            .flat_map(|group| group.chars())
            .filter(|other| *other != character)
            .collect();
        if !others.is_empty() {
            let mut changed = characters.clone();
            changed[at] = dice.pick(&others);
            return changed.into_iter().collect();
        }
    }
    name.to_owned()
}

pub(super) fn traditional(name: &str) -> String {
    let counterpart = |c: char| TRADITIONAL.iter().find(|pair| pair.0 == c).map(|pair| pair.1);
    name.chars().map(|c| counterpart(c).unwrap_or(c)).collect()
}

pub(super) fn blanks(name: &str, dice: &mut Dice) -> String {
    let blank = dice.pick(&[" ", "\u{3000}", "\u{A0}", "\u{200B}", "  "]);
    let mut characters = name.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    format!("{first}{blank}{}", characters.as_str())
}

/// `张*三`, `李*`, now and then `张**`.
pub(super) fn masked_name(name: &str, dice: &mut Dice) -> String {
    let length = name.chars().count();
    let all = length != 3 || dice.chance(200);
    let covered = |at: usize| if all { at > 0 } else { at == 1 };
    let shown = name.chars().zip(0..);
    shown.map(|(c, at)| if covered(at) { '*' } else { c }).collect()
}

/// A date of birth as it is written, now and then wrong or only a month or year.
pub(super) fn birth(birth: Birth, dice: &mut Dice) -> String {
    let Birth {
        mut year,
        mut month,
        mut day,
    } = birth;
    match dice.below(1000) {
        0..=7 => day = 1 + (day + 9) % 28,
        8..=13 => month = 1 + (month + 1) % 12,
        14..=19 => year += if dice.chance(500) { 1 } else { -1 },
        // A lunar birthday written as if it were not: three to seven weeks before.
        20..=34 => {
            day = 1 + (day + 6) % 28;
            month -= if day > 14 { 1 } else { 2 };
            if month < 1 {
                (month, year) = (month + 12, year - 1);
            }
        }
        35..=41 if day <= 12 => std::mem::swap(&mut day, &mut month),
        42..=80 => return format!("{year}{month:02}"),
        81..=90 => return format!("{year}年"),
        91..=110 => day = 1,
        _ => {}
    }
    match dice.below(8) {
        0 => format!("{year}.{month}.{day}"),
        1 => format!("{year}/{month}/{day}"),
        2 => format!("{year}年{month}月{day}日"),
        3 => crate::departments::spelling::excel_serial(year, month, day).to_string(),
        4 | 5 => format!("{year}{month:02}{day:02}"),
        _ => format!("{year}-{month:02}-{day:02}"),
    }
}

/// A relation to the head in a department's own words.
pub(super) fn relation(relation: &'static str, dice: &mut Dice) -> &'static str {
    match relation {
        "之子" => dice.pick(&["之子", "子", "长子", "儿子", "次子"]),
        "之女" => dice.pick(&["之女", "女", "长女", "女儿", "次女"]),
        "配偶" => dice.pick(&["配偶", "配偶", "爱人", "妻子"]),
        "之父" => dice.pick(&["之父", "父亲"]),
        "之母" => dice.pick(&["之母", "母亲"]),
        "之孙子" => dice.pick(&["之孙子", "孙子"]),
        "之孙女" => dice.pick(&["之孙女", "孙女"]),
        "之儿媳" => dice.pick(&["之儿媳", "儿媳"]),
        other => other,
    }
}

pub(super) fn village(name: &str, dice: &mut Dice) -> String {
    let stem = name.strip_suffix('村').unwrap_or(name);
    let ending = dice.weighted(
        &[
            ("村", 60),
            ("行政村", 15),
            ("村委会", 10),
            ("村民委员会", 5),
            ("", 7),
            ("社区", 3),
        ],
        100,
    );
    format!("{stem}{ending}")
}
