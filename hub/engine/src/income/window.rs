//! The two windows income is accounted in: the accounting year, and the twelve whole months before a day's month.
//! Here because an amount counts in a window or it does not, and every reader must decide that alike.
//! In: days since 1970-01-01, the day asked. Out: years, first and last days, whether a period counts.
//! Not here: amounts.

use chrono::{Datelike, NaiveDate};
use hub_model::values::{civil_date, civil_days};

/// The month an accounting year begins with; it is named by the year it ends in.
const FIRST_MONTH: u32 = 10;
/// Months of the rolling window.
const ROLLING_MONTHS: i32 = 12;
/// Days a period may begin and end on, of the years 1949 to 2199; another is a mistyped one.
const DAYS: std::ops::RangeInclusive<i32> = -7_670..=84_005;
/// Longest period an amount may be for, days: a leap year. What is for longer is of no one year.
const PERIOD_DAYS_MAX: i32 = 366;

/// A window, ordered as people read them: years first, the rolling one last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Window {
    /// 1 October of the year before to 30 September of the year.
    Year(i16),
    /// Twelve whole months.
    Rolling,
}

impl Window {
    /// The word the tables use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Year(_) => "accounting_year",
            Self::Rolling => "rolling",
        }
    }

    /// The accounting year; `None` when it is the rolling window.
    pub(crate) fn year(self) -> Option<i64> {
        match self {
            Self::Year(year) => Some(i64::from(year)),
            Self::Rolling => None,
        }
    }
}

/// Days from the first to the last, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: i32,
    pub(crate) to: i32,
}

impl Period {
    /// The period of an amount; `None` when its days are missing, in no order, too far apart or in no possible year.
    pub(crate) fn of(from: Option<i32>, to: Option<i32>) -> Option<Self> {
        let (from, to) = (from?, to?);
        let long = to.checked_sub(from)?;
        (DAYS.contains(&from) && DAYS.contains(&to) && (0..PERIOD_DAYS_MAX).contains(&long))
            .then_some(Self { from, to })
    }

    /// The month it lies in, counted from the year 0; `None` when it lies in several.
    pub(crate) fn month(self) -> Option<i32> {
        let (year, month, day) = civil_date(self.from);
        let first = self.from - i32::try_from(day).ok()? + 1;
        let (after, next) = if month == 12 {
            (year + 1, 1)
        } else {
            (year, month + 1)
        };
        let within = (first..civil_days(after, next, 1)?).contains(&self.to);
        within.then(|| year * 12 + i32::try_from(month).unwrap_or_default() - 1)
    }

    /// The accounting year it counts in: that of its middle day, so that a calendar year counts in the year of its name.
    /// Nothing is spread: which part of the amount belongs to the months outside is not known.
    pub(crate) fn accounting_year(self) -> i16 {
        let (year, month, _) = civil_date(self.from + (self.to - self.from) / 2);
        i16::try_from(year + i32::from(month >= FIRST_MONTH)).unwrap_or(i16::MAX)
    }

    /// Whether it lies in `whole` with all its days.
    pub(crate) const fn within(self, whole: Self) -> bool {
        self.from >= whole.from && self.to <= whole.to
    }

    /// Whether some day of it lies in `other`.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.from <= other.to && self.to >= other.from
    }
}

/// The accounting year that `day` lies in.
pub(crate) fn accounting_year(day: NaiveDate) -> i64 {
    i64::from(day.year()) + i64::from(day.month() >= FIRST_MONTH)
}

/// First and last day of the accounting year `year`.
pub(crate) fn year_period(year: i16) -> Period {
    let year = i32::from(year);
    Period {
        from: civil_days(year - 1, FIRST_MONTH, 1).unwrap_or(i32::MIN),
        to: civil_days(year, FIRST_MONTH, 1).map_or(i32::MAX, |next| next - 1),
    }
}

/// The twelve whole months that end with the month before that of `day`.
pub(crate) fn rolling_period(day: NaiveDate) -> Period {
    let next = day.year() * 12 + i32::try_from(day.month0()).unwrap_or_default();
    let first_day = |month: i32| {
        let number = u32::try_from(month.rem_euclid(12)).unwrap_or_default() + 1;
        civil_days(month.div_euclid(12), number, 1).unwrap_or_default()
    };
    Period {
        from: first_day(next - ROLLING_MONTHS),
        to: first_day(next) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> i32 {
        civil_days(y, m, d).unwrap()
    }

    fn period(from: (i32, u32, u32), to: (i32, u32, u32)) -> Option<Period> {
        Period::of(Some(day(from.0, from.1, from.2)), Some(day(to.0, to.1, to.2)))
    }

    #[test]
    fn an_amount_counts_in_the_accounting_year_of_its_middle_day() {
        for (from, to, year, month) in [
            ((2023, 9, 1), (2023, 9, 30), 2023, true),
            ((2023, 10, 1), (2023, 10, 31), 2024, true),
            ((2023, 1, 1), (2023, 12, 31), 2023, false),
            ((2024, 1, 1), (2024, 12, 31), 2024, false),
            ((2022, 10, 1), (2023, 9, 30), 2023, false),
            ((2023, 7, 1), (2023, 9, 30), 2023, false),
        ] {
            let period = period(from, to).unwrap();
            assert_eq!(
                (period.accounting_year(), period.month().is_some()),
                (year, month)
            );
        }
    }

    #[test]
    fn the_days_that_may_be_meant_are_those_of_whole_years() {
        assert_eq!((*DAYS.start(), *DAYS.end()), (day(1949, 1, 1), day(2199, 12, 31)));
    }

    #[test]
    fn a_period_nobody_can_have_meant_is_none() {
        assert_eq!(Period::of(None, Some(1)), None);
        assert_eq!(period((2023, 2, 1), (2023, 1, 31)), None);
        assert_eq!(period((2022, 1, 1), (2023, 12, 31)), None);
        assert_eq!(period((1023, 1, 1), (1023, 1, 31)), None);
        assert_eq!(Period::of(Some(i32::MIN), Some(i32::MAX)), None);
        assert!(period((2024, 1, 1), (2024, 12, 31)).is_some());
    }

    #[test]
    fn the_rolling_window_ends_with_the_month_before() {
        let at = |y, m, d| rolling_period(NaiveDate::from_ymd_opt(y, m, d).unwrap());
        let expected = Period {
            from: day(2022, 12, 1),
            to: day(2023, 11, 30),
        };
        assert_eq!((at(2023, 12, 1), at(2023, 12, 31)), (expected, expected));
        assert_eq!(at(2024, 1, 15).to, day(2023, 12, 31));
        let calendar_year = period((2023, 1, 1), (2023, 12, 31)).unwrap();
        assert!(calendar_year.meets(expected) && !calendar_year.within(expected));
    }

    #[test]
    fn an_accounting_year_begins_in_october() {
        let year = |m, d| accounting_year(NaiveDate::from_ymd_opt(2023, m, d).unwrap());
        assert_eq!((year(9, 30), year(10, 1)), (2023, 2024));
        let whole = year_period(2023);
        assert_eq!((whole.from, whole.to), (day(2022, 10, 1), day(2023, 9, 30)));
    }
}
