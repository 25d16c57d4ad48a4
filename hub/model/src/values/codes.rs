//! 民族, 文化程度 and 健康状况: codes and words, in the national system's wording.
//! Here because the same code means different things in different systems, and one wording must come out.
//! In: a code or a word as it came. Out: the national system's word; none when the text says none, or could say two.
//! Not here: 与户主关系 (relation.rs), and the code tables of one source only; a mapping translates those.

use std::borrow::Cow;

use super::chars::compact;
use super::text::split_values;

/// The peoples by their code of GB/T 3304, from 01.
const PEOPLES: [&str; 56] = [
    "汉族",
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
];

/// The people's name, 汉族, of a word with or without 族, or of a code of GB/T 3304 (01–56, 97, 98, also without
/// leading zero). The codes of the older poverty registers differ (02 is 满族 there, 蒙古族 here) and must not come
/// this way: their mapping gives the words.
#[must_use]
pub fn ethnicity(text: &str) -> Option<&'static str> {
    let text = compact(text);
    if let Some(code) = code(&text) {
        return match code {
            97 => Some("其他"),
            98 => Some("外国血统中国籍人士"),
            _ => PEOPLES.get(code.checked_sub(1)?).copied(),
        };
    }
    let bare = match text.strip_suffix('族').unwrap_or(&text) {
        "维" => "维吾尔",
        "崩龙" => "德昂",
        "毛难" => "毛南",
        "僮" => "壮",
        "彜" => "彝",
        "其他" | "其它" | "未识别" | "未识别民" | "穿青人" => return Some("其他"),
        "外国血统中国籍人士" | "外国血统" => return Some("外国血统中国籍人士"),
        bare => bare,
    };
    PEOPLES
        .into_iter()
        .find(|people| people.strip_suffix('族') == Some(bare))
}

/// 文盲或半文盲, 小学, 初中, 高中, 大专 or 本科及以上, of a word or of a code of GB/T 4658 (10 to 80 and their
/// subdivisions). Vocational schools of the upper secondary level are 高中. Code 90 is 文盲或半文盲 in the edition of
/// 1984 and 其他 in that of 2006, hence `None`; so is somebody still at school (在校生状况 is another column).
#[must_use]
pub fn education(text: &str) -> Option<&'static str> {
    let text = compact(text);
    if let Some(code) = code(&text) {
        return Some(match code {
            10..=29 => "本科及以上",
            30..=39 => "大专",
            40..=69 => "高中",
            70..=79 => "初中",
            80..=89 => "小学",
            _ => return None,
        });
    }
    let bare = text.strip_suffix("学历").unwrap_or(&text);
    let bare = ["毕业", "肄业", "文化", "教育"]
        .iter()
        .find_map(|end| bare.strip_suffix(end))
        .unwrap_or(bare);
    Some(match bare {
        "文盲或半文盲" | "文盲" | "半文盲" | "文盲半文盲" | "文盲及半文盲" | "文盲/半文盲" | "不识字" => {
            "文盲或半文盲"
        }
        "小学" => "小学",
        "初中" | "初级中学" | "普通初中" => "初中",
        "高中" | "普通高中" | "普通高级中学" | "高级中学" | "中专" | "中职" | "职高" | "职业高中"
        | "技校" | "技工学校" | "中技" | "中等专业学校" | "中等职业" | "高中/中专" | "高中或中专"
        | "中专或高中" => "高中",
        "大专" | "专科" | "大学专科" | "高职" | "高职高专" | "高职(专科)" | "高等职业" => {
            "大专"
        }
        "本科及以上"
        | "本科"
        | "大学本科"
        | "大学"
        | "研究生"
        | "硕士"
        | "硕士研究生"
        | "硕士研究生及以上"
        | "博士"
        | "博士研究生"
        | "研究生及以上" => "本科及以上",
        _ => return None,
    })
}

/// The states of health by their code, from 01.
const HEALTH: [&str; 4] = ["健康", "长期慢性病", "患有大病", "残疾"];

/// 健康, 长期慢性病, 患有大病 or 残疾, of words or of the national system's codes 01 to 04 (also without leading zero);
/// several are joined by 、 in the order of the codes. `None` as soon as one of the values is none of these: codes of
/// GB/T 2261.3 differ and must not come this way. 健康 beside an illness is kept as said, for a rule to find.
#[must_use]
pub fn health(text: &str) -> Option<Cow<'static, str>> {
    let mut said = [false; HEALTH.len()];
    let mut any = false;
    for value in split_values(text) {
        let at = match code(&compact(value)) {
            Some(code) => code.checked_sub(1)?,
            None => state_of_health(&compact(value))?,
        };
        *said.get_mut(at)? = true;
        any = true;
    }
    let mut words = HEALTH
        .iter()
        .zip(said)
        .filter(|(_, said)| *said)
        .map(|(word, _)| *word);
    let first = words.next().filter(|_| any)?;
    Some(words.fold(Cow::Borrowed(first), |joined, word| {
        Cow::Owned(format!("{joined}、{word}"))
    }))
}

/// The position in `HEALTH` of a word.
fn state_of_health(word: &str) -> Option<usize> {
    Some(match word {
        "健康" | "良好" | "健康或良好" => 0,
        "长期慢性病" | "慢性病" | "患有长期慢性病" | "患长期慢性病" | "慢病" => 1,
        "患有大病" | "大病" | "患大病" | "重病" | "患有重病" => 2,
        "残疾" | "残疾人" | "有残疾" => 3,
        _ => return None,
    })
}

/// One or two digits, perhaps a number cell's.
fn code(text: &str) -> Option<usize> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let short = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    short.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peoples_by_code_and_word() {
        let table = [
            ("汉族", Some("汉族")),
            ("汉", Some("汉族")),
            (" 汉 族 ", Some("汉族")),
            ("01", Some("汉族")),
            ("1", Some("汉族")),
            ("1.0", Some("汉族")),
            ("02", Some("蒙古族")),
            ("03", Some("回族")),
            ("11", Some("满族")),
            ("15", Some("土家族")),
            ("22", Some("畲族")),
            ("29", Some("柯尔克孜族")),
            ("56", Some("基诺族")),
            ("97", Some("其他")),
            ("98", Some("外国血统中国籍人士")),
            ("满", Some("满族")),
            ("崩龙族", Some("德昂族")),
            ("穿青人", Some("其他")),
            ("57", None),
            ("00", None),
            ("0", None),
            ("阜阳", None),
            ("族", None),
            ("", None),
        ];
        for (text, people) in table {
            assert_eq!(ethnicity(text), people, "{text}");
        }
    }

    #[test]
    fn education_by_code_and_word() {
        let table = [
            ("初中", Some("初中")),
            ("初中毕业", Some("初中")),
            ("小学肄业", Some("小学")),
            ("文盲", Some("文盲或半文盲")),
            ("文盲或半文盲", Some("文盲或半文盲")),
            ("中专", Some("高中")),
            ("职高", Some("高中")),
            ("大学专科", Some("大专")),
            ("本科", Some("本科及以上")),
            ("大学本科学历", Some("本科及以上")),
            ("硕士研究生", Some("本科及以上")),
            ("本科及以上", Some("本科及以上")),
            ("10", Some("本科及以上")),
            ("21", Some("本科及以上")),
            ("30", Some("大专")),
            ("40", Some("高中")),
            ("61", Some("高中")),
            ("70", Some("初中")),
            ("80", Some("小学")),
            ("90", None),
            ("03", None),
            ("七年级", None),
            ("不详", None),
            ("", None),
        ];
        for (text, level) in table {
            assert_eq!(education(text), level, "{text}");
        }
    }

    #[test]
    fn health_may_have_several_values() {
        let table = [
            ("健康", Some("健康")),
            ("01", Some("健康")),
            ("2", Some("长期慢性病")),
            ("03", Some("患有大病")),
            ("残疾", Some("残疾")),
            ("02,04", Some("长期慢性病、残疾")),
            ("残疾、长期慢性病", Some("长期慢性病、残疾")),
            ("慢性病；残疾", Some("长期慢性病、残疾")),
            ("患有大病 残疾", Some("患有大病、残疾")),
            ("残疾、残疾", Some("残疾")),
            ("05", None),
            ("0", None),
            ("残疾、不详", None),
            ("无", None),
            ("", None),
        ];
        for (text, state) in table {
            assert_eq!(health(text).as_deref(), state, "D35 {text}");
        }
    }
}
