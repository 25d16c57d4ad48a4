//! Examples for certificate numbers: what comes in, what it is, and what is made of it.
//! Here because the table is longer than the code; document.rs includes it as its tests.
//! In: the dirt catalogue's examples and more. Out: kinds, numbers, reasons.
//! Not here: the checksum's own vectors (id_number.rs).

use super::super::calendar::civil_days;
use super::*;

const VALID: &str = "11010519491231002X";

#[test]
fn numbers_as_cells_hold_them() {
    let same = Some(VALID);
    let table = [
        ("D02", "11010519491231002X", "resident", same),
        ("D02", "11010519491231002x", "resident", same),
        ("D02", "11010519491231002Ｘ", "resident", same),
        ("D02", "11010519491231002ｘ", "resident", same),
        ("D02", "11010519491231002×", "resident", same),
        ("D02", "11010519491231002*", "resident", same),
        ("D02", "１１０１０５１９４９１２３１００２Ｘ", "resident", same),
        ("D02", "341221196805121219×", "malformed", None),
        ("D02", "11010519491231003×", "masked", None),
        ("D01", "110105491231002", "upgraded_15", same),
        ("D01", "110105491231002.0", "upgraded_15", same),
        ("D01", " 110105491231002 ", "upgraded_15", same),
        ("D01", "110105491331002", "malformed", None),
        ("D03", "3.41221E+17", "scientific", None),
        ("D03", "1.10105e17", "scientific", None),
        ("D03", "3E+17", "scientific", None),
        ("D03", "３．４１２２１Ｅ＋１７", "scientific", None),
        ("D04", "341221196805121216", "truncated", None),
        ("D04", "341221196805121000", "truncated", None),
        ("D04", "110105194912310000", "truncated", None),
        ("D04", "341221196805121216.0", "truncated", None),
        ("D05", "=\"11010519491231002X\"", "resident", same),
        ("D05", "'11010519491231002X", "resident", same),
        ("D05", "’11010519491231002X", "resident", same),
        ("D05", "=“11010519491231002x”", "resident", same),
        ("D06", "3412**********1234", "masked", None),
        ("D06", "1101**********002X", "masked", None),
        ("D06", "341221********001X", "masked", None),
        ("D06", "3412XXXXXXXXXX1234", "masked", None),
        ("D06", "3412●●●●●●●●●●1234", "masked", None),
        ("D07", "11010519491231002X43", "disability_card", same),
        ("D07", "11010519491231002x43", "disability_card", same),
        ("D07", "11010519491231002X43B1", "disability_card", same),
        ("D07", "11010519491231002×43", "disability_card", same),
        ("D07", "11010519491231002XAB", "malformed", None),
        ("D07", "11010519491231003X43", "malformed", None),
        ("D07", "11010519491231002X4", "malformed", None),
        ("D08", "999999194912310021", "surrogate_999999", None),
        ("D08", "99999919491231002X", "surrogate_999999", None),
        ("D08", "999999", "surrogate_999999", None),
        ("D09", "110105 19491231 002X", "resident", same),
        ("D09", "110105\u{A0}19491231002X\n", "resident", same),
        ("D09", "\u{FEFF}11010519491231002X\t", "resident", same),
        ("D29", "张三", "malformed", None),
        ("", "无", "malformed", None),
        ("", "1101051949123100", "malformed", None),
        ("", "110105194912310021", "malformed", None),
        ("", "11010519491331002X", "malformed", None),
        ("", "军字第12345678号", "malformed", None),
        ("", "1101051949123100211010519491231002X1", "malformed", None),
    ];
    for (code, text, kind, number) in table {
        assert_eq!(id_kind(text).map(IdKind::as_str), Some(kind), "{code} {text}");
        assert_eq!(
            id_no(text).as_ref().map(IdNumber::reveal),
            number,
            "{code} {text}"
        );
        assert_eq!(id_reason(text).is_some(), number.is_none(), "{code} {text}");
    }
}

#[test]
fn an_empty_cell_has_no_kind_but_a_reason() {
    for text in ["", " ", "\u{3000}\n", "'"] {
        assert_eq!((id_kind(text), id_no(text)), (None, None), "{text:?}");
        assert_eq!(id_reason(text), Some("没有填写证件号码"), "{text:?}");
    }
}

#[test]
fn a_reason_says_what_is_wrong_and_quotes_nothing() {
    let table = [
        ("3.41221E+17", "科学计数法"),
        ("341221196805121000", "第16位"),
        ("3412**********1234", "遮盖"),
        ("99999919491231002X", "临时编号"),
        ("1101051949123100", "位数不对"),
        ("11010519491231?02X", "不应出现的字符"),
        ("11010519491331002X", "出生日期"),
        ("110105194912310021", "校验不通过"),
    ];
    for (text, part) in table {
        let reason = id_reason(text).unwrap();
        assert!(reason.contains(part), "{reason}");
        assert!(
            !reason.contains(text.get(..6).unwrap()) || text.starts_with("999999"),
            "{reason}"
        );
    }
    assert_eq!(id_reason(VALID), None);
}

#[test]
fn birth_and_sex_come_from_the_number() {
    let table = [
        ("11010519491231002X", civil_days(1949, 12, 31), Some("女")),
        ("110105491231002", civil_days(1949, 12, 31), Some("女")),
        ("=\"11010519491231002X\"", civil_days(1949, 12, 31), Some("女")),
        ("53010219200508011X", civil_days(1920, 5, 8), Some("男")),
        ("11010519491231003X", None, None),
        ("99999919491231002X", None, None),
        ("", None, None),
    ];
    for (text, birth, of_sex) in table {
        assert_eq!((birth_date(text), sex(text)), (birth, of_sex), "{text}");
    }
}

#[test]
fn a_disability_card_tells_kind_and_grade() {
    let table = [
        ("11010519491231002X11", Some("视力"), Some(1)),
        ("11010519491231002X22", Some("听力"), Some(2)),
        ("11010519491231002X33", Some("言语"), Some(3)),
        ("11010519491231002X43", Some("肢体"), Some(3)),
        ("11010519491231002X54", Some("智力"), Some(4)),
        ("11010519491231002X61B1", Some("精神"), Some(1)),
        ("11010519491231002x72B2", Some("多重"), Some(2)),
        ("11010519491231002X85", None, None),
        ("11010519491231002X", None, None),
        ("11010519491231003X43", None, None),
        ("", None, None),
    ];
    for (text, kind, grade) in table {
        assert_eq!(
            (disability_kind(text), disability_grade(text)),
            (kind, grade),
            "{text}"
        );
    }
}

#[test]
fn what_a_spreadsheet_has_cut_is_recognised() {
    let cut = [
        "3.41221E+17",
        "1.38E+10",
        "341221196805121000",
        "341221196805121216",
        "6217000000000000",
        "621700012345678000",
    ];
    for text in cut {
        assert!(excel_cut(text), "{text}");
    }
    let whole = [
        "11010519491231002X",
        "110105194912310021",
        "110105491231002",
        "123456789012345",
        "341200000000",
        "",
        "张三",
        "E+",
        "1E",
    ];
    for text in whole {
        assert!(!excel_cut(text), "{text}");
    }
}
