//! Yes and no, as forms write them (D34).
//! Here because 是, 有, 1, Y and √ are one answer, and an empty cell is none.
//! In: text as it came. Out: true, false, or none.
//! Not here: words of one column only, such as 已消除; a mapping compares those itself.

use super::chars::compact;

/// 是/否 and their spellings (D34). `None` for anything else: an empty cell is not a no.
#[must_use]
pub fn yes_no(text: &str) -> Option<bool> {
    match compact(text).as_ref() {
        "是" | "有" | "对" | "已" | "1" | "1.0" | "Y" | "y" | "√" | "✓" | "✔" | "☑" | "T" => {
            Some(true)
        }
        "否" | "无" | "不" | "未" | "不是" | "没有" | "0" | "0.0" | "N" | "n" | "×" | "✗" | "✘" | "F" => {
            Some(false)
        }
        word if word.eq_ignore_ascii_case("yes") || word.eq_ignore_ascii_case("true") => Some(true),
        word if word.eq_ignore_ascii_case("no") || word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_and_neither() {
        for yes in [
            "是",
            "有",
            "1",
            "Y",
            "y",
            "√",
            "是 ",
            "Yes",
            "YES",
            "１",
            "1.0",
            "true",
            "TRUE",
            "\u{3000}是",
        ] {
            assert_eq!(yes_no(yes), Some(true), "D34 {yes:?}");
        }
        for no in [
            "否", "无", "0", "N", "n", "×", "否 ", "No", "NO", "０", "0.0", "false", "没有",
        ] {
            assert_eq!(yes_no(no), Some(false), "D34 {no:?}");
        }
        for neither in ["", " ", "不详", "2", "-", "/", "是否", "空", "已消除"] {
            assert_eq!(yes_no(neither), None, "D34 {neither:?}");
        }
    }
}
