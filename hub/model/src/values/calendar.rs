//! The civil calendar: days counted from 1970-01-01.
//! Here because dates are read over millions of rows, and one count of days serves all of them.
//! In: a year, a month, a day. Out: days since 1970-01-01, as Arrow's Date32 holds them, or none when there is no such day.
//! Not here: how dates are written (date.rs), clocks, working days.

/// Days since 1970-01-01; `None` when the calendar has no such day.
#[must_use]
pub fn civil_days(year: i32, month: u32, day: u32) -> Option<i32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let (month, day) = (i32::try_from(month).ok()?, i32::try_from(day).ok()?);
    // Years begin in March here, so that the leap day is the last of its year.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * m + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era.checked_mul(146_097)?.checked_add(day_of_era - 719_468)
}

/// Year, month and day of `days` since 1970-01-01.
#[must_use]
pub fn civil_date(days: i32) -> (i32, u32, u32) {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * m + 2) / 5 + 1;
    let month = if m < 10 { m + 3 } else { m - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let small = |n: i64| u32::try_from(n).unwrap_or_default();
    (i32::try_from(year).unwrap_or_default(), small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_arrow_counts_them() {
        let table = [
            ((1970, 1, 1), Some(0)),
            ((1969, 12, 31), Some(-1)),
            ((2000, 2, 29), Some(11_016)),
            ((2023, 9, 1), Some(19_601)),
            ((1900, 1, 1), Some(-25_567)),
            ((2100, 12, 31), Some(47_846)),
            ((1900, 2, 29), None),
            ((2023, 2, 29), None),
            ((2023, 4, 31), None),
            ((2023, 13, 1), None),
            ((2023, 0, 1), None),
            ((2023, 1, 0), None),
            ((i32::MIN, 1, 1), None),
        ];
        for ((year, month, day), days) in table {
            assert_eq!(civil_days(year, month, day), days, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_goes_there_and_back() {
        for days in -60_000..100_000 {
            let (year, month, day) = civil_date(days);
            assert_eq!(civil_days(year, month, day), Some(days));
        }
    }
}
