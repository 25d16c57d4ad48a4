//! Plain text of a cell: cleaned, split, or told to be no data at all.
//! Here because most cells are text, and most of their dirt is the same whatever they mean.
//! In: text as it came. Out: the text without what is not seen, its parts, or whether it is a footer.
//! Not here: names (name.rs), places (place.rs) and anything that is a number.

use std::borrow::Cow;

use super::chars::{compact, half_width, is_blank, trim};

/// The text without spaces, zero-width characters and line breaks (D09); a single space stays between two Latin
/// letters. `None` when nothing is left.
#[must_use]
pub fn text_clean(text: &str) -> Option<Cow<'_, str>> {
    let text = trim(text);
    if text.is_empty() {
        return None;
    }
    if !text.chars().any(is_blank) {
        return Some(Cow::Borrowed(text));
    }
    let mut clean = String::with_capacity(text.len());
    let mut spaced = false;
    for c in text.chars() {
        if is_blank(c) {
            spaced |= c.is_whitespace();
            continue;
        }
        if spaced && c.is_ascii_alphabetic() && clean.ends_with(|l: char| l.is_ascii_alphabetic()) {
            clean.push(' ');
        }
        spaced = false;
        clean.push(c);
    }
    Some(Cow::Owned(clean))
}

/// The text without blanks at its ends; `None` when nothing is left.
#[must_use]
pub fn blank(text: &str) -> Option<&str> {
    Some(trim(text)).filter(|text| !text.is_empty())
}

/// Beginnings of the first cell of rows that are no data (D16).
const FOOTERS: [&str; 45] = [
    "合计",
    "总计",
    "小计",
    "累计",
    "共计",
    "本页",
    "本表",
    "上页",
    "填报",
    "填表",
    "制表",
    "制单",
    "审核",
    "审批",
    "审签",
    "审定",
    "复核",
    "核对人",
    "备注",
    "说明",
    "附注",
    "注:",
    "注1",
    "注2",
    "注、",
    "负责人",
    "单位负责人",
    "分管领导",
    "主要负责人",
    "主管领导",
    "联系人",
    "联系电话",
    "联系方式",
    "经办人",
    "经办:",
    "报送",
    "上报",
    "统计人",
    "盖章",
    "单位盖章",
    "(盖章)",
    "(公章)",
    "打印日期",
    "打印时间",
    "导出时间",
];

/// Whether the text opens a footer or a note: 合计, 填报人：…, 备注, 共 35 户, 第 1 页 (D16).
#[must_use]
pub fn is_footer(text: &str) -> bool {
    if !may_be_footer(text) {
        return false;
    }
    let text = compact(text);
    let text = text.trim_start_matches(STARS);
    let bare = text.trim_start_matches(BRACKETS);
    let counted = |head: &str, tails: &[char]| {
        let count = |rest: &str| {
            let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            end.len() < rest.len() && end.starts_with(tails)
        };
        text.strip_prefix(head).is_some_and(count)
    };
    FOOTERS
        .iter()
        .any(|mark| text.starts_with(mark) || bare.starts_with(mark))
        || matches!(bare.chars().next(), Some('注')) && bare.chars().count() == 1
        || counted("共", &['户', '人', '页', '条', '笔', '村', '个'])
        || counted("第", &['页'])
}

/// Marks before a footer's first word.
const STARS: [char; 4] = ['*', '※', '-', '—'];
/// Brackets around a footer.
const BRACKETS: [char; 3] = ['(', '[', '【'];

/// Whether the first word's first character is that of some footer: one look tells that nearly every cell is data.
fn may_be_footer(text: &str) -> bool {
    let mut characters = text.chars().map(half_width);
    let first = characters.find(|c| !is_blank(*c) && !STARS.contains(c) && !BRACKETS.contains(c));
    let Some(first) = first.filter(|c| !c.is_ascii()) else {
        return false;
    };
    matches!(
        first,
        '合' | '总'
            | '小'
            | '累'
            | '共'
            | '本'
            | '上'
            | '填'
            | '制'
            | '审'
            | '复'
            | '核'
            | '备'
            | '说'
            | '附'
            | '注'
            | '负'
            | '单'
            | '分'
            | '主'
            | '联'
            | '经'
            | '报'
            | '统'
            | '盖'
            | '公'
            | '打'
            | '导'
            | '第'
    )
}

/// The values of a cell that holds several: parted by 、 ， , ； ; / | and blanks (D35), never inside brackets, empty
/// ones left out, in the order they stand.
pub fn split_values(text: &str) -> impl Iterator<Item = &str> {
    let balanced = count(text, '(') == count(text, ')');
    let mut depth = 0_usize;
    text.split(move |c| match half_width(c) {
        '(' if balanced => {
            depth += 1;
            false
        }
        ')' if balanced => {
            depth = depth.saturating_sub(1);
            false
        }
        ',' | ';' | '/' | '|' | '、' | '､' => depth == 0,
        _ => depth == 0 && is_blank(c),
    })
    .filter(|value| !value.is_empty())
}

fn count(text: &str, bracket: char) -> usize {
    text.chars().filter(|c| half_width(*c) == bracket).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_footer_is_taken_for_data_at_its_first_character() {
        for mark in FOOTERS.into_iter().chain(["共3户", "第1页", "注"]) {
            for opened in [mark.to_owned(), format!("※（{mark}）"), format!(" * {mark}")] {
                assert!(may_be_footer(&opened), "{opened}");
            }
            assert!(is_footer(mark), "{mark}");
        }
    }

    #[test]
    fn text_is_cleaned_of_what_is_not_seen() {
        let table = [
            ("张 三", Some("张三")),
            ("王\n五", Some("王五")),
            ("李\u{200B}四", Some("李四")),
            ("赵\u{A0}六", Some("赵六")),
            ("\u{3000}钱七\u{3000}", Some("钱七")),
            ("3412 0001", Some("34120001")),
            ("Maria  Ivanova", Some("Maria Ivanova")),
            ("Ma\u{200B}ria", Some("Maria")),
            ("阜南 A 区", Some("阜南A区")),
            ("已清洗", Some("已清洗")),
            (" \u{FEFF}\t\r\n", None),
            ("", None),
        ];
        for (text, clean) in table {
            assert_eq!(text_clean(text).as_deref(), clean, "{text:?}");
        }
        assert!(matches!(text_clean(" 张三 "), Some(Cow::Borrowed("张三"))));
    }

    #[test]
    fn a_blank_cell_is_nothing() {
        let table = [
            ("", None),
            (" \u{3000}\u{200B}", None),
            (" 甲 乙 ", Some("甲 乙")),
        ];
        for (text, some) in table {
            assert_eq!(blank(text), some, "{text:?}");
        }
    }

    #[test]
    fn footers_and_notes_are_told_from_data() {
        let footers = [
            "合计",
            "合　计",
            "总计：",
            "小计",
            "本页小计",
            "填报人：张三",
            "填表日期",
            "制表人",
            "审核：",
            "审批人",
            "备注：金额单位为元",
            "说明",
            "注：",
            "注",
            "注1：",
            "*注：本表",
            "负责人（签字）",
            "联系人",
            "（合计）",
            "共 35 户",
            "共12页",
            "第1页 共2页",
            "单位负责人：",
            "(盖章)",
        ];
        for text in footers {
            assert!(is_footer(text), "{text}");
        }
        let data = [
            "张三",
            "1",
            "共青团",
            "第一村",
            "和平村",
            "注山村",
            "",
            "总铺村",
            "小李庄",
            "341221196805121216",
        ];
        for text in data {
            assert!(!is_footer(text), "{text}");
        }
    }

    #[test]
    fn a_cell_with_several_values_is_split() {
        let table: [(&str, &[&str]); 9] = [
            ("低保、残疾人补贴；临时救助", &["低保", "残疾人补贴", "临时救助"]),
            ("低保，五保,临时救助;慰问", &["低保", "五保", "临时救助", "慰问"]),
            ("订单/务工", &["订单", "务工"]),
            ("因病 因残\n因学", &["因病", "因残", "因学"]),
            ("、低保、", &["低保"]),
            ("残疾(视力、听力)、低保", &["残疾(视力、听力)", "低保"]),
            ("残疾（视力，低保", &["残疾（视力", "低保"]),
            ("低保", &["低保"]),
            (" ", &[]),
        ];
        for (text, values) in table {
            assert_eq!(split_values(text).collect::<Vec<_>>(), values, "{text:?}");
        }
    }
}
