//! Names of places: the code of a county, and the key under which villages and towns are compared.
//! Here because 颍州, 阜阳市颍州区 and 潁(yǐng)州区 are one district, and 和平村委会 is 和平行政村.
//! In: the name as it came. Out: a division code, or a key for comparing within one town or county.
//! Not here: codes of towns and villages, which a gazetteer gives; when a place was renamed or merged.

use std::borrow::Cow;

use super::chars::{compact, half_width, part_of};
use super::name::without_notes;
use super::variants::{simplified, without_private};

/// Codes of GB/T 2260 for the city and its eight units, with the names each goes by when province and city are left
/// off. The functional zones go by the district they lie in (D32).
const DIVISIONS: [(&str, &[&str]); 9] = [
    ("341200", &["阜阳市", "阜阳", "市本级", "本级", "市直"]),
    (
        "341202",
        &[
            "颍州区",
            "颍州",
            "阜合园区",
            "阜合现代产业园区",
            "合肥现代产业园区",
            "经开区",
            "市经开区",
            "经济开发区",
            "经济技术开发区",
        ],
    ),
    ("341203", &["颍东区", "颍东"]),
    ("341204", &["颍泉区", "颍泉"]),
    ("341221", &["临泉县", "临泉"]),
    ("341222", &["太和县", "太和"]),
    ("341225", &["阜南县", "阜南"]),
    ("341226", &["颍上县", "颍上"]),
    ("341282", &["界首市", "界首", "界首县"]),
];

/// The code of the division that `place`, a county/town/village, is in; empty when it is not known.
#[must_use]
pub fn division_of(place: &str) -> String {
    let county = place.split('/').next().unwrap_or_default();
    division_code(county).map(Cow::into_owned).unwrap_or_default()
}

/// The division code in the text: its own 6 to 12 digits, or the code of Fuyang or one of its eight units when the
/// text is that unit's name, with or without province and city, in any characters, with or without 县/区/市 (D32).
/// `None` for any other place: a town's name is not taken for its county.
#[must_use]
pub fn division_code(text: &str) -> Option<Cow<'_, str>> {
    let clean = compact(text);
    let is_code =
        |t: &str| (6..=12).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()) && !t.starts_with('0');
    let own = part_of(clean, |text| {
        Some(text.strip_suffix(".0").unwrap_or(text)).filter(|text| is_code(text))
    });
    own.or_else(|| unit_code(text).map(Cow::Borrowed))
}

fn unit_code(text: &str) -> Option<&'static str> {
    let name = folded(text);
    // 颖 is what an input method offers for 颍.
    let name = if name.contains('颖') {
        Cow::Owned(name.replace('颖', "颍"))
    } else {
        name
    };
    let rest = ["安徽省", "安徽"]
        .iter()
        .find_map(|province| name.strip_prefix(province))
        .unwrap_or(&name);
    let bare = ["阜阳市", "阜阳"]
        .iter()
        .find_map(|city| rest.strip_prefix(city))
        .unwrap_or(rest);
    let named = |name: &str| {
        DIVISIONS
            .iter()
            .find(|(_, names)| names.contains(&name))
            .map(|(code, _)| *code)
    };
    named(rest).or_else(|| named(bare))
}

/// Endings that say what a place is, longest first. Behind each stands what a name of one character keeps.
const ENDINGS: [(&str, &str); 22] = [
    ("社区居民委员会", "社区"),
    ("街道办事处", "街道"),
    ("村民委员会", "村"),
    ("居民委员会", "社区"),
    ("镇人民政府", "镇"),
    ("乡人民政府", "乡"),
    ("社区村委会", "社区"),
    ("社区居委会", "社区"),
    ("行政村村委会", "村"),
    ("行政村", "村"),
    ("自然村", "村"),
    ("村委会", "村"),
    ("居委会", "社区"),
    ("街道办", "街道"),
    ("镇政府", "镇"),
    ("乡政府", "乡"),
    ("社区", "社区"),
    ("街道", "街道"),
    ("委会", "村"),
    ("村", "村"),
    ("镇", "镇"),
    ("乡", "乡"),
];

/// The key under which a village's or a town's name is compared within its town or county: what kind of place it is
/// falls away (村 行政村 村委会 村民委员会 社区 居委会, 镇 乡 街道 and their offices; D33), notes in brackets too, and the
/// characters are the simplified ones (D11, D12). At least two characters stay: 李村 is not 李. `None` when nothing is
/// left.
#[must_use]
pub fn village_key(text: &str) -> Option<Cow<'_, str>> {
    let folded = folded(text);
    let bare = part_of(folded, |name| {
        Some(name.split('(').next().unwrap_or(name)).filter(|n| !n.is_empty())
    })?;
    let mut stem: &str = &bare;
    while let Some((shorter, short_form)) = without_ending(stem) {
        match shorter.chars().count() {
            0 => break,
            1 => return Some(Cow::Owned(format!("{shorter}{short_form}"))),
            _ => stem = shorter,
        }
    }
    let length = stem.len();
    part_of(bare, |name| name.get(..length))
}

/// `name` without its longest ending, and what a single character keeps of it.
fn without_ending(name: &str) -> Option<(&str, &'static str)> {
    ENDINGS
        .iter()
        .find_map(|(ending, short)| Some((name.strip_suffix(ending)?, *short)))
}

/// A place's name in half-width, simplified characters, without blanks and notes on reading.
fn folded(text: &str) -> Cow<'_, str> {
    let plain = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c) && simplified(c) == c;
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let bare = without_notes(text);
    let clean = compact(&bare);
    Cow::Owned(
        clean
            .chars()
            .map(|c| simplified(half_width(without_private(c))))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_is_known_by_code_name_and_alias() {
        let table = [
            ("D32", "341226", Some("341226")),
            ("D32", "341226.0", Some("341226")),
            ("D32", "341226100", Some("341226100")),
            ("D32", "341226100201", Some("341226100201")),
            ("D32", "３４１２２６", Some("341226")),
            ("D32", " 341226 ", Some("341226")),
            ("D32", "颍州区", Some("341202")),
            ("D32", "颍东区", Some("341203")),
            ("D32", "颍泉", Some("341204")),
            ("D32", "临泉县", Some("341221")),
            ("D32", "太和", Some("341222")),
            ("D32", "安徽省阜阳市阜南县", Some("341225")),
            ("D32", "阜阳市颍上县", Some("341226")),
            ("D32", "安徽颍上", Some("341226")),
            ("D32", "界首市", Some("341282")),
            ("D32", "界首县", Some("341282")),
            ("D32", "阜阳市", Some("341200")),
            ("D32", "阜阳市本级", Some("341200")),
            ("D32", "颖上县", Some("341226")),
            ("D11", "潁上縣", Some("341226")),
            ("D11", "臨泉縣", Some("341221")),
            ("D12", "颍(yǐng)州区", Some("341202")),
            ("D12", "阜陽(yáng)市潁(yǐng)東區", Some("341203")),
            ("D09", "太 和\u{3000}县", Some("341222")),
            ("D32", "阜合园区", Some("341202")),
            ("D32", "阜阳合肥现代产业园区", Some("341202")),
            ("D32", "阜阳经济技术开发区", Some("341202")),
            ("D32", "经开区", Some("341202")),
            ("", "颍上县慎城镇", None),
            ("", "阜阳县", None),
            ("", "颍上经开区", None),
            ("", "涡阳县", None),
            ("", "34122", None),
            ("", "3412261002011", None),
            ("", "041226", None),
            ("", "", None),
        ];
        for (code, text, division) in table {
            assert_eq!(division_code(text).as_deref(), division, "{code} {text}");
        }
        assert!(matches!(division_code("341226"), Some(Cow::Borrowed("341226"))));
    }

    #[test]
    fn spellings_of_one_village_have_one_key() {
        let table: [(&str, &[&str]); 10] = [
            (
                "和平",
                &[
                    "和平村",
                    "和平行政村",
                    "和平村委会",
                    "和平村民委员会",
                    "和平社区",
                    "和平",
                    "和平村 ",
                    "和平村村委会",
                ],
            ),
            (
                "和平",
                &[
                    "和平社区居委会",
                    "和平社区居民委员会",
                    "和平居委会",
                    "和平村（原红旗村）",
                ],
            ),
            (
                "李庄",
                &["李庄村", "李庄", "李庄村村委会", "李莊行政村", "李庄自然村"],
            ),
            (
                "李村",
                &["李村", "李行政村", "李村委会", "李村村委会", "李村民委员会"],
            ),
            ("新村", &["新村", "新村村委会", "新村村", "新村行政村"]),
            ("大新", &["大新村", "大新村村委会", "大新村村", "大新"]),
            ("颍河", &["潁河村", "颍(yǐng)河村", "颍河 社区"]),
            (
                "田集",
                &[
                    "田集镇",
                    "田集乡",
                    "田集镇人民政府",
                    "田集街道",
                    "田集街道办事处",
                    "田集街道办",
                ],
            ),
            ("西社区", &["西社区", "西居委会", "西社区居委会"]),
            ("第一", &["第一社区", "第一居委会"]),
        ];
        for (key, names) in table {
            for name in names {
                assert_eq!(village_key(name).as_deref(), Some(key), "D33 {name:?}");
            }
        }
        assert_eq!(village_key("村").as_deref(), Some("村"));
        assert_eq!(village_key("颖河村").as_deref(), Some("颖河"));
        for nothing in ["", " ", "（无）"] {
            assert_eq!(village_key(nothing), None, "{nothing:?}");
        }
        assert!(matches!(village_key("和平村"), Some(Cow::Borrowed("和平"))));
    }

    #[test]
    fn a_key_is_its_own_key() {
        for name in [
            "和平行政村",
            "李村委会",
            "新村村",
            "大新村村委会",
            "西居委会",
            "田集镇人民政府",
            "张三八村",
        ] {
            let key = village_key(name).unwrap();
            assert_eq!(village_key(&key), Some(key.clone()), "{name}");
        }
    }
}
