//! The little calendar HTTP needs: months between two, Beijing's day, the Date header.
//! Here because three functions are no reason for a calendar in every plugin.
//! In: milliseconds since 1970, texts. Out: months as `202310`, days, milliseconds.
//! Not here: dates in data; those are the hub's to understand.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_MS: u64 = 86_400_000;
const BEIJING_MS: u64 = 8 * 3_600_000;

/// The clock, in milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a connector is not the hub: it signs with the machine's clock"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Days since 1970 in Beijing.
pub(crate) fn beijing_day(now_ms: u64) -> u64 {
    (now_ms + BEIJING_MS) / DAY_MS
}

/// Milliseconds until the next day begins in Beijing.
pub(crate) fn until_next_beijing_day(now_ms: u64) -> u64 {
    DAY_MS - (now_ms + BEIJING_MS) % DAY_MS
}

/// The month it is in Beijing, counted from year 0.
pub(crate) fn this_month(now_ms: u64) -> u32 {
    // Days to year and month, after Howard Hinnant.
    let days = beijing_day(now_ms) + 719_468;
    let era_day = days % 146_097;
    let year_of_era = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
    let day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let (month, carry) = if from_march < 10 {
        (from_march + 3, 0)
    } else {
        (from_march - 9, 1)
    };
    let year = days / 146_097 * 400 + year_of_era + carry;
    u32::try_from(year * 12 + month - 1).unwrap_or(u32::MAX)
}

/// `202310` as a count of months.
pub(crate) fn month(text: &str) -> Option<u32> {
    let (year, month) = text.split_at_checked(4)?;
    let (year, month): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
    ((1900..=2100).contains(&year) && (1..=12).contains(&month) && text.len() == 6)
        .then_some(year * 12 + month - 1)
}

/// A count of months as `202310`.
pub(crate) fn shown(month: u32) -> String {
    format!("{:04}{:02}", month / 12, month % 12 + 1)
}

/// `Tue, 24 Nov 2026 15:30:02 GMT` in milliseconds since 1970.
pub(crate) fn http_date_ms(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_ascii_whitespace().skip(1);
    let day: u64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<u64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (shifted_year, from_march) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let year_of_era = shifted_year % 400;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let days = shifted_year / 400 * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100
        + day_of_year
        - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_dates_agree() {
        let moment = http_date_ms("Tue, 31 Oct 2023 15:59:59 GMT").unwrap();
        assert_eq!(moment, 1_698_767_999_000);
        assert_eq!(shown(this_month(moment)), "202310");
        // One second later it is November in Beijing.
        assert_eq!(shown(this_month(moment + 1000)), "202311");
        assert_eq!(until_next_beijing_day(moment), 1000);
        assert_eq!(beijing_day(moment + 1000), beijing_day(moment) + 1);
        for text in ["202310", "190001", "210012", "202402"] {
            assert_eq!(shown(month(text).unwrap()), text);
        }
        for text in ["2023", "202313", "20231", "2023100", "abcdef"] {
            assert_eq!(month(text), None, "{text}");
        }
        assert_eq!(
            http_date_ms("Thu, 29 Feb 2024 00:00:00 GMT"),
            Some(1_709_164_800_000)
        );
        assert_eq!(http_date_ms("nonsense"), None);
    }
}
