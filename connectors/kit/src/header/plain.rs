//! Headers as they are compared: without spaces, in half width, and without what stands in brackets at the end.
//! Here because the same header is typed with a full-width bracket in one county and a line break in the next.
//! In: a header's text, a column's number. Out: its plain form and its brackets' content; letters; a member's number.
//! Not here: which column a header means.

/// A header without spaces, in half width, and what stood in brackets at its end.
pub(crate) fn plain(header: &str) -> (String, Option<String>) {
    let text = folded(header);
    if let Some((name, unit)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('('))
        && !name.is_empty()
    {
        return (name.to_owned(), Some(unit.to_owned()));
    }
    (text, None)
}

/// A text without spaces, in half width and lower case.
pub(crate) fn folded(header: &str) -> String {
    let mut text = String::with_capacity(header.len());
    for c in header.chars() {
        match c {
            // A full-width form is its ASCII twin, moved.
            '！'..='～' => {
                text.extend(char::from_u32(u32::from(c) - 0xFEE0).map(|c| c.to_ascii_lowercase()))
            }
            '\u{200B}'..='\u{200D}' | '\u{FEFF}' => {}
            c if c.is_whitespace() => {}
            '〔' | '【' => text.push('('),
            '〕' | '】' => text.push(')'),
            c => text.push(c.to_ascii_lowercase()),
        }
    }
    text
}

/// A sheet column's letters: 0 is A, 25 is Z, 26 is AA.
pub fn letters(mut column: u32) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    reversed.iter().rev().collect()
}

/// A number at the beginning of a folded header, in digits or as written from 一 to 九十九, and what follows it.
/// Brackets around it and a separator behind it are dropped.
pub(crate) fn leading_number(text: &str) -> Option<(u32, &str)> {
    let open = text.strip_prefix('(');
    let text = open.unwrap_or(text);
    let is_digit = |c: char| c.is_ascii_digit() || numeral(c).is_some();
    let end = text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let number = match digits.parse() {
        Ok(number) => number,
        Err(_) => written(digits)?,
    };
    let rest = match open {
        Some(_) => rest.strip_prefix(')')?,
        None => rest,
    };
    let rest = rest.trim_start_matches(['/', '-', '_', '.', ':', '、', '的', '号']);
    (number > 0).then_some((number, rest))
}

fn numeral(c: char) -> Option<u32> {
    "零一二三四五六七八九十"
        .chars()
        .zip(0..)
        .find_map(|(numeral, value)| (numeral == c).then_some(value))
}

/// `三`, `十`, `十二`, `二十`, `二十一`.
fn written(digits: &str) -> Option<u32> {
    let values: Option<Vec<u32>> = digits.chars().map(numeral).collect();
    match *values?.as_slice() {
        [10] => Some(10),
        [ones @ 1..=9] => Some(ones),
        [10, ones @ 1..=9] => Some(10 + ones),
        [tens @ 2..=9, 10] => Some(tens * 10),
        [tens @ 2..=9, 10, ones @ 1..=9] => Some(tens * 10 + ones),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_columns_have_the_letters_excel_gives_them() {
        for (column, expect) in [
            (0, "A"),
            (5, "F"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(letters(column), expect);
        }
    }

    #[test]
    fn members_are_numbered_in_every_way_people_number() {
        for (text, expect) in [
            ("1姓名", Some((1, "姓名"))),
            ("12-身份证号", Some((12, "身份证号"))),
            ("(2)姓名", Some((2, "姓名"))),
            ("一姓名", Some((1, "姓名"))),
            ("十二姓名", Some((12, "姓名"))),
            ("二十/姓名", Some((20, "姓名"))),
            ("3", Some((3, ""))),
            ("0姓名", None),
            ("(2姓名", None),
            ("十十姓名", None),
            ("姓名", None),
            ("", None),
            ("99999999999姓名", None),
        ] {
            assert_eq!(leading_number(text), expect, "{text}");
        }
    }
}
