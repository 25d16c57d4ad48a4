//! The province a place lies in, as far as its text tells.
//! Here because whether somebody works outside the province is asked of every place of work, and written in four ways.
//! In: a place as it came: a division's code, an address, a name. Out: two digits of GB/T 2260.
//! Not here: counties and below (place.rs).

use super::place::division_code;
use super::text::blank;

/// Codes and names of the provinces, without what they are (省, 市, 自治区).
const PROVINCES: [(&str, &str); 34] = [
    ("11", "北京"),
    ("12", "天津"),
    ("13", "河北"),
    ("14", "山西"),
    ("15", "内蒙古"),
    ("21", "辽宁"),
    ("22", "吉林"),
    ("23", "黑龙江"),
    ("31", "上海"),
    ("32", "江苏"),
    ("33", "浙江"),
    ("34", "安徽"),
    ("35", "福建"),
    ("36", "江西"),
    ("37", "山东"),
    ("41", "河南"),
    ("42", "湖北"),
    ("43", "湖南"),
    ("44", "广东"),
    ("45", "广西"),
    ("46", "海南"),
    ("50", "重庆"),
    ("51", "四川"),
    ("52", "贵州"),
    ("53", "云南"),
    ("54", "西藏"),
    ("61", "陕西"),
    ("62", "甘肃"),
    ("63", "青海"),
    ("64", "宁夏"),
    ("65", "新疆"),
    ("71", "台湾"),
    ("81", "香港"),
    ("82", "澳门"),
];
/// Our own province, which local texts name anywhere, or leave out and name a county of it.
const HOME: (&str, &str) = ("34", "安徽");
/// Digits of a county's code: fewer are no code of a place.
const CODE_DIGITS: usize = 6;

/// The code of the province `text` begins with, in digits or by name; our own also where the text names it further on, or
/// names one of our counties. `None` when it tells no province.
#[must_use]
pub fn province_code(text: &str) -> Option<&'static str> {
    let text = blank(text)?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits >= CODE_DIGITS {
        return known(|(code, _)| text.starts_with(code));
    }
    known(|(_, name)| text.starts_with(name)).or_else(|| {
        let ours = text.contains(HOME.1) || division_code(text).is_some_and(|code| code.starts_with(HOME.0));
        ours.then_some(HOME.0)
    })
}

fn known(is: impl Fn((&str, &str)) -> bool) -> Option<&'static str> {
    PROVINCES
        .iter()
        .find(|province| is(**province))
        .map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_tells_its_province_by_code_or_name() {
        for (text, code) in [
            ("341221", Some("34")),
            (" 330100 杭州", Some("33")),
            ("990000", None),
            ("33", None),
            ("浙江省杭州市", Some("33")),
            ("内蒙古自治区", Some("15")),
            ("江苏昆山（安徽老乡处）", Some("32")),
            ("本县，安徽省", Some("34")),
            ("颍上县", Some("34")),
            ("临泉", Some("34")),
            ("深圳", None),
            ("", None),
        ] {
            assert_eq!(province_code(text), code, "{text}");
        }
    }
}
