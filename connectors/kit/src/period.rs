//! The period a file says it covers, read from its name.
//! Here because departments put it there and nowhere else, each in its own way.
//! In: `members-202310.xlsx`, `收入2023年.xlsx`, `2023-10 成员.xlsx`. Out: `202310` or `2023`; nothing when none is told.
//! Not here: dates inside the file.

/// Years taken for a year: neither a row count nor a house number.
const YEARS: std::ops::RangeInclusive<u32> = 1990..=2099;

/// The first period a file name holds: `YYYYMM`, or `YYYY` when no month is told.
///
/// ```
/// use connector_kit::period::of;
/// assert_eq!(of("members-202310.xlsx").as_deref(), Some("202310"));
/// assert_eq!(of("2023年9月成员.xlsx").as_deref(), Some("202309"));
/// assert_eq!(of("成员最终版.xlsx"), None);
/// ```
pub fn of(file_name: &str) -> Option<String> {
    let chars: Vec<char> = file_name.chars().map(half_width).collect();
    locate(&chars).map(|(period, _)| period)
}

/// The first period in half-width characters, and where it stands.
pub(crate) fn locate(chars: &[char]) -> Option<(String, std::ops::Range<usize>)> {
    (0..chars.len()).find_map(|at| {
        let (period, length) = period_at(chars, at)?;
        Some((period, at..at + length))
    })
}

fn period_at(chars: &[char], at: usize) -> Option<(String, usize)> {
    if at > 0 && chars[at - 1].is_ascii_digit() {
        return None;
    }
    let year = number(chars.get(at..at + 4)?)?;
    if !YEARS.contains(&year) {
        return None;
    }
    let rest = &chars[at + 4..];
    let (month, more) = match rest.first() {
        // 202310, or a day as well: 20231018. Any other run of digits is not a date.
        Some(digit) if digit.is_ascii_digit() => match run(rest) {
            length @ (2 | 4) => (Some(month(number(&rest[..2])?)?), length),
            _ => return None,
        },
        Some('-' | '_' | '.' | '/' | '年') => match run(&rest[1..]) {
            length @ 1..=2 => match number(&rest[1..=length]).and_then(month) {
                Some(month) => (Some(month), 1 + length),
                None => (None, 0),
            },
            _ => (None, 0),
        },
        Some(_) | None => (None, 0),
    };
    let period = month.map_or_else(|| format!("{year:04}"), |month| format!("{year:04}{month:02}"));
    Some((period, 4 + more))
}

fn run(chars: &[char]) -> usize {
    chars.iter().take_while(|c| c.is_ascii_digit()).count()
}

fn number(digits: &[char]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |value, digit| Some(value * 10 + digit.to_digit(10)?))
}

fn month(number: u32) -> Option<u32> {
    (1..=12).contains(&number).then_some(number)
}

pub(crate) fn half_width(c: char) -> char {
    match c {
        '０'..='９' | '－' | '．' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_found_in_the_ways_departments_write_it() {
        for (name, expect) in [
            ("members-202310.xlsx", Some("202310")),
            ("members-202310-part2.xlsx", Some("202310")),
            ("incomes-2023.xlsx", Some("2023")),
            ("incomes-2023-part2.xlsx", Some("2023")),
            ("户信息_20231218.xlsx", Some("202312")),
            ("2023年10月成员.xlsx", Some("202310")),
            ("2023年9月.xlsx", Some("202309")),
            ("收入2023年.xlsx", Some("2023")),
            ("2023-10.xlsx", Some("202310")),
            ("２０２３年１０月.xlsx", Some("202310")),
            ("成员.xlsx", None),
            ("1234567890.xlsx", None),
            ("202313.xlsx", None),
            ("名单(22).xlsx", None),
            ("", None),
        ] {
            assert_eq!(of(name).as_deref(), expect, "{name}");
        }
    }
}
