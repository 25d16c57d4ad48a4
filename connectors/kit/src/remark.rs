//! Words for what a source had that nobody declared: sentences for the record of the run.
//! Here because names of columns go into them, and a column's name may turn out to be somebody's number.
//! In: names as they stood there. Out: a list that is short and quotes no numbers.
//! Not here: when something is worth a remark (whoever saw it), where it goes (the SDK's `Context::remark`).

/// Names in a list, and the longest of them.
const NAMED_MAX: usize = 30;
const NAME_CHARS_MAX: usize = 20;
/// A run of so many digits is no name of a column.
const DIGITS_MAX: usize = 5;

/// `甲、乙`, or `甲、乙 等 40 个`; a name that holds a long number is counted and not shown.
pub(crate) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let (mut shown, mut count): (Vec<String>, usize) = (Vec::new(), 0);
    for name in names {
        count += 1;
        if shown.len() < NAMED_MAX && !holds_number(name) {
            shown.push(name.chars().take(NAME_CHARS_MAX).collect());
        }
    }
    let rest = if shown.len() < count {
        format!(" 等 {count} 个")
    } else {
        String::new()
    };
    format!("{}{rest}", shown.join("、"))
}

fn holds_number(name: &str) -> bool {
    let mut run = 0;
    name.chars().any(|c| {
        run = if c.is_numeric() { run + 1 } else { 0 };
        run > DIGITS_MAX
    })
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn lists_are_short_and_quote_no_numbers() {
        assert_eq!(list(["备注", "编号1"]), "备注、编号1");
        assert_eq!(list(["备注", "34122119900101001X"]), "备注 等 2 个");
        let many: Vec<String> = (0..40).map(|number| format!("列{number}")).collect();
        assert!(list(many.iter().map(String::as_str)).ends_with("列29 等 40 个"));
        assert_eq!(
            list(["一二三四五六七八九十".repeat(3).as_str()]).chars().count(),
            20
        );
    }
}
