//! Takes a written date apart into the numbers it is made of.
//! Here because the many spellings of a date share one grammar: up to three numbers and what stands between them.
//! In: text as it came. Out: year, month and day as far as they are said, checked against the calendar.
//! Not here: which day a month or a year stands for (date.rs).

use super::calendar::{civil_date, civil_days};
use super::chars::{half_width, is_blank, trim};

/// What a text says: a year, perhaps a month of it, perhaps a day of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) year: i32,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
}

/// Years that occur in the field.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;
/// Days from a workbook's zero (1900 system) to 1970-01-01.
const SERIAL_OF_1970: i32 = 25_569;
/// Smallest serial number read as one: 1927-05-18. Smaller ones are more likely something else.
const SERIAL_MIN: i32 = 10_000;
/// Digits of a serial number.
const SERIAL_DIGITS: u32 = 5;
/// A text longer than this is no date.
const LENGTH_MAX: usize = 64;
/// Digits of one number at most: `YYYYMMDDhhmmss`.
const DIGITS_MAX: u32 = 14;
/// Minutes by which China is ahead of UTC.
const CHINA_MINUTES: i32 = 480;

/// Reads a date; `None` when the text says none, or one that the calendar does not have.
pub(super) fn said(text: &str) -> Option<Said> {
    if let Some(day) = iso(text) {
        return checked(day);
    }
    let text = trim(text).trim_start_matches('\'');
    if text.is_empty() || text.len() > LENGTH_MAX {
        return None;
    }
    let Some((colon, _)) = text.char_indices().find(|(_, c)| half_width(*c) == ':') else {
        return checked(date(text)?);
    };
    let (head, clock) = (text.get(..colon)?, text.get(colon..)?);
    let (day, hour) = split_hour(head)?;
    let said = checked(date(day)?)?;
    let days = civil_days(said.year, said.month?, said.day?)?;
    let minutes = china_minutes(hour, clock)?;
    let (year, month, day) = civil_date(days + minutes.div_euclid(24 * 60));
    Some(Said {
        year,
        month: Some(month),
        day: Some(day),
    })
}

/// `2023-09-01`, as most systems write it; everything below is for the others.
fn iso(text: &str) -> Option<Said> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[&u8]| {
        let all = digits.iter().all(|digit| digit.is_ascii_digit());
        all.then(|| {
            digits
                .iter()
                .fold(0, |n, digit| n * 10 + u32::from(**digit - b'0'))
        })
    };
    Some(Said {
        year: i32::try_from(number(&[y1, y2, y3, y4])?).ok()?,
        month: Some(number(&[m1, m2])?),
        day: Some(number(&[d1, d2])?),
    })
}

/// The same, when the calendar has such a day in the years that occur.
fn checked(said: Said) -> Option<Said> {
    let real = civil_days(said.year, said.month.unwrap_or(1), said.day.unwrap_or(1)).is_some();
    (real && YEARS.contains(&said.year)).then_some(said)
}

/// Parts what stands before the first colon into the date and the hour.
fn split_hour(head: &str) -> Option<(&str, i32)> {
    let digit = |c: char| half_width(c).to_digit(10);
    let mut hours = head
        .char_indices()
        .rev()
        .take(2)
        .take_while(|(_, c)| digit(*c).is_some());
    let (mut at, units) = hours.next()?;
    let mut hour = digit(units)?;
    if let Some((tens_at, tens)) = hours.next() {
        at = tens_at;
        hour += 10 * digit(tens)?;
    }
    let date = head.get(..at)?.trim_end_matches(is_blank);
    let date = date
        .strip_suffix("上午")
        .or_else(|| date.strip_suffix("下午"))
        .unwrap_or(date);
    let date = date.strip_suffix(['T', 't']).unwrap_or(date);
    (hour < 24).then_some((date, i32::try_from(hour).ok()?))
}

/// The minutes since midnight in China of `hour` and of `clock`, which is `:mm`, `:mm:ss.fff` and perhaps a zone.
fn china_minutes(hour: i32, clock: &str) -> Option<i32> {
    let clock: String = clock.chars().filter(|c| !is_blank(*c)).map(half_width).collect();
    let zone_at = clock
        .find(|c: char| !matches!(c, '0'..='9' | ':' | '.'))
        .unwrap_or(clock.len());
    let (time, zone) = clock.split_at_checked(zone_at)?;
    let mut parts = time.get(1..)?.split(':');
    let minute = parts.next().filter(|minute| minute.len() == 2)?;
    let second = parts.next().unwrap_or("0").split('.').next()?;
    let (minute, second): (i32, i32) = (minute.parse().ok()?, second.parse().ok()?);
    if parts.next().is_some() || minute > 59 || second > 59 {
        return None;
    }
    let minutes = hour * 60 + minute;
    match zone {
        "" | "AM" | "PM" | "am" | "pm" => Some(minutes),
        "Z" | "z" => Some(minutes + CHINA_MINUTES),
        _ => Some(minutes + CHINA_MINUTES - zone_minutes(zone)?),
    }
}

/// The minutes by which `+08:00`, `+0800` or `+08` is ahead of UTC.
fn zone_minutes(zone: &str) -> Option<i32> {
    let (sign, digits) = match zone.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at_checked(2)?,
        _ => digits.split_once(':')?,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes))
}

/// A number in a date: its value, how many digits it has, and what stands behind it.
#[derive(Clone, Copy, Default)]
struct Number {
    value: u64,
    digits: u32,
    behind: Option<char>,
}

/// Reads a text without time.
fn date(text: &str) -> Option<Said> {
    let (numbers, count) = numbers(text)?;
    let [first, second, third] = numbers;
    let plain = Number {
        behind: None,
        ..first
    };
    let parted =
        |number: Number, sign: char| matches!(number.behind, Some(c) if c == sign || ".-/".contains(c));
    let ends =
        |number: Number, sign: char| matches!(number.behind, None | Some('.')) || number.behind == Some(sign);
    match count {
        1 => one(first),
        // A number cell's decimals: `20230901.0`, and the time of day in `45170.5`.
        2 if first.behind == Some('.') && second.value == 0 => one(plain),
        2 if first.behind == Some('.') && first.digits == SERIAL_DIGITS => one(plain),
        2 if parted(first, '年') && ends(second, '月') => Some(Said {
            year: year(first)?,
            month: Some(part(second)?),
            day: None,
        }),
        3 if parted(first, '年') && parted(second, '月') && ends(third, '日') => Some(Said {
            year: year(first)?,
            month: Some(part(second)?),
            day: Some(part(third)?),
        }),
        _ => None,
    }
}

/// A single number: `2023`, `2023年`, `202309`, `20230901`, `20230901120000`, or a workbook's serial number.
fn one(number: Number) -> Option<Said> {
    let Number {
        value,
        digits,
        behind,
    } = number;
    let year = |n: u64| i32::try_from(n).ok();
    let part = |n: u64| u32::try_from(n % 100).ok();
    match (digits, behind) {
        (4, None | Some('年')) => Some(Said {
            year: year(value)?,
            month: None,
            day: None,
        }),
        (SERIAL_DIGITS, None) => {
            let serial = i32::try_from(value).ok().filter(|serial| *serial >= SERIAL_MIN)?;
            let (year, month, day) = civil_date(serial - SERIAL_OF_1970);
            Some(Said {
                year,
                month: Some(month),
                day: Some(day),
            })
        }
        (6, None) => Some(Said {
            year: year(value / 100)?,
            month: Some(part(value)?),
            day: None,
        }),
        (8, None) => {
            let (month, day) = (part(value / 100)?, part(value)?);
            Some(Said {
                year: year(value / 10_000)?,
                month: Some(month),
                day: Some(day),
            })
        }
        (DIGITS_MAX, None) => {
            let (hour, minute, second) = (part(value / 10_000)?, part(value / 100)?, part(value)?);
            let day = Number {
                value: value / 1_000_000,
                digits: 8,
                behind,
            };
            (hour < 24 && minute < 60 && second < 60).then(|| one(day))?
        }
        _ => None,
    }
}

/// A year of four digits, or of two: 2000–2030 or 1950–1999. Two digits that could be a month are a year only
/// before 年; 31 to 49 could be of either century.
fn year(number: Number) -> Option<i32> {
    let value = i32::try_from(number.value).ok()?;
    let month_like = (1..=12).contains(&value) && number.behind != Some('年');
    match number.digits {
        4 => Some(value),
        2 if month_like => None,
        2 if value <= 30 => Some(2000 + value),
        2 if value >= 50 => Some(1900 + value),
        _ => None,
    }
}

/// A month or a day: one or two digits.
fn part(number: Number) -> Option<u32> {
    (1..=2)
        .contains(&number.digits)
        .then(|| u32::try_from(number.value).ok())?
}

/// The numbers of a date, at most three, each with the sign behind it; `None` when anything else stands in the text.
fn numbers(text: &str) -> Option<([Number; 3], usize)> {
    let mut numbers = [Number::default(); 3];
    let mut count = 0;
    let (mut within, mut after_ten) = (false, false);
    for c in text.chars().filter(|c| !is_blank(*c)).map(half_width) {
        if let Some(digit) = digit(c) {
            if !within {
                // A number begins only at the start or behind a separator.
                if count > 0 && numbers.get(count - 1)?.behind.is_none() {
                    return None;
                }
                count += 1;
                (within, after_ten) = (true, false);
            }
            let number = numbers.get_mut(count - 1)?;
            match digit {
                TEN if number.digits > 1 || after_ten => return None,
                TEN => {
                    number.value = number.value.max(u64::from(number.digits == 0)) * 10;
                    number.digits = 2;
                    after_ten = true;
                }
                _ if after_ten => {
                    // 十二 is 12: the place behind ten is filled once.
                    if number.value % 10 != 0 {
                        return None;
                    }
                    number.value += digit;
                }
                _ => {
                    number.value = number.value * 10 + digit;
                    number.digits += 1;
                }
            }
            if number.digits > DIGITS_MAX {
                return None;
            }
        } else {
            let last = numbers.get_mut(count.checked_sub(1)?)?;
            match (c, last.behind) {
                ('.' | '/' | '-' | '年' | '月' | '日', None) => last.behind = Some(c),
                ('−' | '–' | '—', None) => last.behind = Some('-'),
                ('号', None) => last.behind = Some('日'),
                ('度', Some('年')) | ('份', Some('月')) => {}
                _ => return None,
            }
            within = false;
        }
    }
    (count > 0).then_some((numbers, count))
}

/// What 十 counts for among the digits.
const TEN: u64 = 10;

fn digit(c: char) -> Option<u64> {
    const CHINESE: &str = "〇一二三四五六七八九十";
    match c {
        '0'..='9' => c.to_digit(10).map(u64::from),
        '零' | '○' | '◯' => Some(0),
        _ => CHINESE
            .chars()
            .zip(0..)
            .find(|(chinese, _)| *chinese == c)
            .map(|(_, value)| value),
    }
}
