//! Lengths of time as people write them: `30s`, `5m`, `12h`, `2d`.
//! Here because a bare number in a file means seconds to one and minutes to another.
//! In: a text, or milliseconds. Out: milliseconds, or a text in Chinese.
//! Not here: moments.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Longest length of time in a schedule.
const LONGEST: i64 = 366 * DAY;

/// Milliseconds of `text`: a whole number and one of `s`, `m`, `h`, `d`, at least a second.
///
/// # Errors
/// What would be right.
pub fn duration_ms(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "{text:?} 不是时长：写整数加 s、m、h、d，如 \"30s\"、\"5m\"、\"12h\"，最短 1s，最长 366d / a whole number and s, m, h or d"
        )
    };
    let unit = match text.chars().next_back() {
        Some('s') => SECOND,
        Some('m') => MINUTE,
        Some('h') => HOUR,
        Some('d') => DAY,
        Some(_) | None => return Err(wrong()),
    };
    let number = text.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or_default();
    if !number.chars().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let ms = number.checked_mul(unit).ok_or_else(wrong)?;
    if (SECOND..=LONGEST).contains(&ms) {
        Ok(ms)
    } else {
        Err(wrong())
    }
}

/// `ms` for people: the two greatest units of it, in Chinese.
#[must_use]
pub fn span(ms: i64) -> String {
    let units = greatest(ms, ["天", "小时", "分", "秒"]);
    if units.is_empty() {
        return "不到1秒".to_owned();
    }
    units.concat()
}

/// The same in English.
#[must_use]
pub fn span_english(ms: i64) -> String {
    let units = greatest(ms, ["d", "h", "m", "s"]);
    if units.is_empty() {
        return "under 1s".to_owned();
    }
    units.join(" ")
}

/// How many of the two greatest units of `ms`, by their `names`.
fn greatest(ms: i64, names: [&str; 4]) -> Vec<String> {
    let mut rest = ms.max(0);
    let mut said = Vec::new();
    for (unit, name) in [DAY, HOUR, MINUTE, SECOND].into_iter().zip(names) {
        if rest >= unit {
            said.push(format!("{}{name}", rest / unit));
            rest %= unit;
        }
        if said.len() == 2 {
            break;
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_needs_its_unit() {
        for (text, ms) in [
            ("30s", 30_000),
            ("5m", 300_000),
            ("12h", 43_200_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(duration_ms(text), Ok(ms));
        }
        for text in [
            "30",
            "",
            "s",
            "0s",
            "-1s",
            "1.5h",
            "1w",
            "367d",
            "99999999999999999999s",
            "五分",
            "1 s",
        ] {
            assert!(
                duration_ms(text).is_err_and(|told| told.contains("30s")),
                "{text}"
            );
        }
    }

    #[test]
    fn people_read_two_units() {
        assert_eq!(span(90_061_000), "1天1小时");
        assert_eq!(span(61_000), "1分1秒");
        assert_eq!(span(999), "不到1秒");
        assert_eq!(span_english(90_061_000), "1d 1h");
        assert_eq!(span_english(999), "under 1s");
    }
}
