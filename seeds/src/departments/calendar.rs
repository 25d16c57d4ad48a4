//! Calendar: months, days and the range of months a county is seen over.
//! Here because departments print the same month in many ways, and payments, spells and settlements are counted in months.
//! In: `202211-202310`. Out: `Months`, `Month`, `Day` and their plain spellings.
//! Not here: dirty spellings (spoil.rs); the clock, which seeds never ask.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::Error;
use crate::county::identity;

/// Most months a county is seen over.
pub const MONTHS_MAX: i32 = 36;
const YEAR_MIN: i32 = 2015;
const YEAR_MAX: i32 = 2035;

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// Month `month` (1 to 12) of `year`.
    pub const fn new(year: i32, month: i32) -> Self {
        Self(year * 12 + month - 1)
    }

    /// `YYYYMM` read.
    pub fn parse(text: &str) -> Option<Self> {
        let number: i32 = text.parse().ok()?;
        let (year, month) = (number / 100, number % 100);
        ((1..=12).contains(&month) && (YEAR_MIN..=YEAR_MAX).contains(&year)).then(|| Self::new(year, month))
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month of the year, 1 to 12.
    pub const fn month(self) -> i32 {
        self.0.rem_euclid(12) + 1
    }

    /// So many months later (earlier when negative).
    pub const fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Months from `earlier` to this one.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// Day `day` of this month, cut down to its last day.
    pub const fn day(self, day: i32) -> Day {
        let last = self.days();
        Day {
            month: self,
            day: if day > last { last } else { day },
        }
    }

    /// How many days it has.
    pub const fn days(self) -> i32 {
        match self.month() {
            2 if self.year() % 4 == 0 => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Appends `YYYYMM`.
    pub(crate) fn push(self, text: &mut String) {
        let mut digits = [b'0'; 6];
        self.write(&mut digits);
        identity::push_ascii(text, &digits);
    }

    /// Fills `digits` with the four of the year and, at the end, the two of the month.
    fn write(self, digits: &mut [u8]) {
        let (year, month) = (self.year().unsigned_abs(), self.month().unsigned_abs());
        let end = digits.len();
        identity::write_digits(&mut digits[..4], year.into());
        identity::write_digits(&mut digits[end - 2..], month.into());
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year(), self.month())
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Its month.
    pub month: Month,
    /// Day of the month, from 1.
    pub day: i32,
}

impl Day {
    /// Days from `earlier` to this one; negative when that is later.
    pub(crate) fn since(self, earlier: Self) -> i64 {
        let (from, to) = (earlier.month.min(self.month), earlier.month.max(self.month));
        let months: i32 = (from.0..to.0).map(|month| Month(month).days()).sum();
        let months = if self.month < earlier.month {
            -months
        } else {
            months
        };
        i64::from(months + self.day - earlier.day)
    }

    /// Appends `YYYY-MM-DD`.
    pub(crate) fn push(self, text: &mut String) {
        let mut digits = *b"0000-00-00";
        self.month.write(&mut digits[..7]);
        identity::write_digits(&mut digits[8..], self.day.unsigned_abs().into());
        identity::push_ascii(text, &digits);
    }
}

/// The months a county is seen over, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    /// The first one.
    pub first: Month,
    /// The last one.
    pub last: Month,
}

impl Months {
    /// The twelve months up to October 2023.
    pub const DEFAULT: Self = Self {
        first: Month::new(2022, 11),
        last: Month::new(2023, 10),
    };

    /// One month only.
    pub const fn only(month: Month) -> Self {
        Self {
            first: month,
            last: month,
        }
    }

    /// All of them, oldest first.
    pub fn iter(self) -> impl Iterator<Item = Month> {
        (self.first.0..=self.last.0).map(Month)
    }

    /// Whether `month` is one of them.
    pub fn contains(self, month: Month) -> bool {
        (self.first..=self.last).contains(&month)
    }
}

impl FromStr for Months {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let range = || {
            let (first, last) = text.split_once('-')?;
            let (first, last) = (Month::parse(first)?, Month::parse(last)?);
            (0..MONTHS_MAX)
                .contains(&last.since(first))
                .then_some(Self { first, last })
        };
        range().ok_or(Error::Months { max: MONTHS_MAX })
    }
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl Serialize for Months {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_months_is_read_and_written_alike() {
        let months: Months = "202211-202310".parse().unwrap();
        assert_eq!(
            (months, months.to_string().as_str()),
            (Months::DEFAULT, "202211-202310")
        );
        assert_eq!(months.iter().count(), 12);
        for wrong in [
            "",
            "202211",
            "202313-202401",
            "202310-202211",
            "200001-200101",
            "202001-203001",
        ] {
            assert!(wrong.parse::<Months>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_beyond_a_month_are_its_last() {
        let mut text = String::new();
        Month::new(2023, 2).day(31).push(&mut text);
        assert_eq!(text, "2023-02-28");
    }
}
