//! Units in headers, in the row below them and in the note above them (`单位：万元`).
//! Here because a figure read in the wrong unit is wrong by a factor of ten thousand and looks like any other.
//! In: what stands in brackets, a unit row's cell, a note. Out: the unit; whether a column can take it.
//! Not here: converting anything.

/// Units that are told apart, the longer before those they end in.
const UNITS: [&str; 33] = [
    "万千瓦时",
    "兆瓦时",
    "千瓦时",
    "兆瓦",
    "千瓦",
    "百万元",
    "千万元",
    "十万元",
    "万元",
    "千元",
    "百元",
    "亿元",
    "美元",
    "港元",
    "元",
    "万",
    "亿",
    "角",
    "分",
    "小时",
    "kwh",
    "mwh",
    "kw",
    "公斤",
    "千克",
    "斤",
    "吨",
    "亩",
    "度",
    "天",
    "月",
    "年",
    "%",
];
/// A figure in one of these is not in yuan, months or heads: read as one it is wrong by a factor.
const OTHER: [&str; 8] = ["万", "千元", "百元", "亿", "角", "美元", "小时", "天"];
/// Cells of a row that says nothing but units, beside those above.
const UNIT_WORDS: [&str; 9] = ["人", "户", "个", "次", "平方米", "元/月", "元/年", "万人", "/"];
/// Words before 单位 that make it an office.
const OFFICES: [&str; 7] = ["填报", "报送", "编制", "制表", "填表", "主管", "责任"];

/// The unit a text names, none when it names none.
pub(crate) fn named(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches("单位:");
    UNITS.into_iter().find(|unit| {
        let short = unit.chars().count() == 1;
        // A single character is a unit only where it can be nothing else: not the 分 of 分类.
        let alone = text == *unit || text.strip_prefix(unit).is_some_and(|rest| rest.starts_with('/'));
        if short {
            alone || *unit == "元" && text.ends_with('元')
        } else {
            text.contains(unit)
        }
    })
}

/// Whether a column that declares `declared` (nothing: yuan) can take figures headed by `bracket`.
pub(crate) fn taken(declared: &[String], bracket: &str) -> bool {
    let Some(unit) = named(bracket) else { return true };
    if declared.is_empty() {
        return !OTHER.iter().any(|other| bracket.contains(other));
    }
    // Headers come here folded to lower case; a connector writes kW as people do.
    declared
        .iter()
        .any(|declared| named(&declared.to_lowercase()) == Some(unit))
}

/// Whether a cell of the row below the header says a unit and nothing else.
pub(crate) fn is_unit(text: &str) -> bool {
    let text = text.trim_start_matches("单位:").trim_matches(['(', ')']);
    UNITS.contains(&text) || UNIT_WORDS.contains(&text) || text == "-"
}

/// The unit of money a folded note above the header gives for the whole sheet: `(金额单位:万元)`. The same words head the
/// reporting office (`填报单位:柳河镇`), so only units of money count.
pub(crate) fn of_sheet(text: &str) -> Option<&'static str> {
    let (before, after) = text.split_once("单位:")?;
    if OFFICES.iter().any(|office| before.ends_with(office)) {
        return None;
    }
    let unit = named(after.trim_end_matches(')'))?;
    (after.starts_with(unit) || after.starts_with(&format!("人民币{unit}")))
        .then_some(unit)
        .filter(|unit| unit.ends_with('元'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_takes_the_units_it_declares_and_yuan_when_it_declares_none() {
        let (wan, kw) = (["万元".to_owned()], ["kW".to_owned()]);
        for (declared, bracket, expect) in [
            (&[][..], "元", true),
            (&[], "万元", false),
            (&[], "单位:千元", false),
            (&[], "市、区、旗", true),
            (&[], "月", true),
            (&[], "天", false),
            (&wan, "万元", true),
            (&wan, "人民币万元", true),
            (&wan, "元", false),
            (&wan, "千元", false),
            (&wan, "含税", true),
            (&kw, "kw", true),
            (&kw, "mwh", false),
            (&kw, "兆瓦", false),
        ] {
            assert_eq!(taken(declared, bracket), expect, "{bracket}");
        }
    }

    #[test]
    fn a_note_gives_a_unit_of_money_and_an_office_gives_none() {
        for (text, expect) in [
            ("单位:万元", Some("万元")),
            ("(金额单位:元)", Some("元")),
            ("单位:人民币千元", Some("千元")),
            ("填报单位:柳河镇人民政府", None),
            ("填报单位:元宝镇", None),
            ("单位:千瓦时", None),
            ("填报单位:万和镇", None),
            ("2023年收入表", None),
        ] {
            assert_eq!(of_sheet(text), expect, "{text}");
        }
    }
}
