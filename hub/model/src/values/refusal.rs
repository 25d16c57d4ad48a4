//! Why a row cannot be used, where every source says it the same way: the code of the dirt and a clerk's words.
//! Here because one sentence in twelve mappings is twelve sentences to keep alike.
//! In: a certificate number and a name as they came; a code. Out: the code, its sentence in Chinese.
//! Not here: refusals that depend on what a column means; those are the mapping's own.

use super::document::{IdKind, id_no, kind_and_valid};

/// Whether a row that names a person must go back: its number was cut by a spreadsheet (D03, D04), or name and number
/// stand in each other's column (D29). `None` where the number is valid, missing, or merely wrong: then the person
/// stays, without a number.
#[must_use]
pub fn id_refusal(id: Option<&str>, name: Option<&str>) -> Option<&'static str> {
    match id.and_then(kind_and_valid) {
        Some((_, true)) => None,
        Some((IdKind::Scientific, false)) => Some("D03"),
        Some((IdKind::Truncated, false)) => Some("D04"),
        Some((_, false)) | None => name.and_then(id_no).map(|_| "D29"),
    }
}

/// The sentence of a code that a reader or [`id_refusal`] gives; `None` for any other.
#[must_use]
pub fn refusal_reason(code: &str) -> Option<&'static str> {
    Some(match code {
        "D03" => "证件号码在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新填写",
        "D04" => "证件号码末几位被表格改成了0，请对照证件核对后以文本重新填写",
        "D09" => "该行有一个值过长，请核对后重新报送",
        "D14" => "该行含有无法识别的字节，请核对原文件的编码后重新报送",
        "D16" => "该条不是一条完整的记录，请核对后重新报送",
        "D17" => "同一字段在一条记录中出现两次且取值不同，无法判断以哪个为准",
        "D29" => "姓名与证件号码两列填反，请对调后重新报送",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "11010519491231002X";

    #[test]
    fn cut_and_swapped_go_back_and_nothing_else() {
        for (id, name, code) in [
            (Some("3.41221E+17"), Some("甲"), Some("D03")),
            (Some("341221196805121000"), Some("甲"), Some("D04")),
            (Some("甲"), Some(VALID), Some("D29")),
            (None, Some(VALID), Some("D29")),
            (Some(VALID), Some(VALID), None),
            (Some(VALID), Some("甲"), None),
            (Some("3412**********1234"), Some("甲"), None),
            (Some("123"), None, None),
            (None, None, None),
        ] {
            assert_eq!(id_refusal(id, name), code, "{id:?} {name:?}");
            assert!(code.is_none_or(|code| refusal_reason(code).is_some()));
        }
        assert_eq!(refusal_reason("D99"), None);
    }
}
