//! Dates of birth, and how two of them differ.
//! Here because a wrong day, a lunar birthday and another person's birthday are three different things.
//! In: a cell, or eight digits. Out: year, month, day, as far as they are said; how alike two are.
//! Not here: how dates are written (hub-model), what a likeness is worth (cells.rs).

use hub_model::values::{Precision, civil_date, civil_days, cn_date, date_precision};

/// Days by which a lunar birthday is before the solar one.
const LUNAR_DAYS: std::ops::RangeInclusive<i32> = 15..=55;

/// A date of birth: year, month and day in one number; a part that is not said is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Birth(u32);

/// How alike two dates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BirthLikeness {
    /// The same day.
    SameDay,
    /// One part wrong, day and month exchanged, or the first of the month.
    OnePart,
    /// Some weeks before: the lunar birthday.
    Lunar,
    /// The same year, nothing else.
    SameYear,
    /// One year apart.
    NextYear,
    /// Anything else.
    OtherDay,
    /// Only a month is said, and it is the same.
    SameMonth,
    /// Only a month is said; the year is the same.
    YearOfMonth,
    /// Only a month is said; another year.
    OtherMonth,
    /// Only a year is said, and it is the same or the next.
    YearOfYear,
    /// Only a year is said; another.
    OtherYear,
}

impl Birth {
    pub(super) const NONE: Self = Self(0);

    pub(super) fn read(cell: &str) -> Self {
        if cell.is_empty() {
            return Self::NONE;
        }
        let (Some(days), Some(precision)) = (cn_date(cell), date_precision(cell)) else {
            return Self::NONE;
        };
        let (year, month, day) = civil_date(days);
        match precision {
            Precision::Day => Self::new(year, month, day),
            Precision::Month => Self::new(year, month, 0),
            Precision::Year => Self::new(year, 0, 0),
        }
    }

    /// The birth in a number's eight digits.
    pub(super) fn of_digits(digits: [u8; 8]) -> Self {
        let part = |from: usize, to: usize| {
            let digits = digits.get(from..to).unwrap_or_default();
            digits
                .iter()
                .fold(0, |n, digit| n * 10 + u32::from(digit.wrapping_sub(b'0') % 10))
        };
        Self::new(i32::try_from(part(0, 4)).unwrap_or(0), part(4, 6), part(6, 8))
    }

    fn new(year: i32, month: u32, day: u32) -> Self {
        Self(u32::try_from(year).unwrap_or(0) << 16 | month << 8 | day)
    }

    pub(super) const fn packed(self) -> u32 {
        self.0
    }

    pub(super) const fn is_known(self) -> bool {
        self.0 != 0
    }

    pub(super) const fn year(self) -> u32 {
        self.0 >> 16
    }

    const fn month(self) -> u32 {
        self.0 >> 8 & 0xFF
    }

    pub(super) const fn day(self) -> u32 {
        self.0 & 0xFF
    }

    /// How alike the list's date and the register's are; `None` when one of them is missing.
    pub(super) fn likeness(self, register: Self) -> Option<BirthLikeness> {
        use BirthLikeness::*;
        if !self.is_known() || !register.is_known() {
            return None;
        }
        let same_year = self.year() == register.year();
        if self.month() == 0 {
            let near = self.year().abs_diff(register.year()) <= 1;
            return Some(if near { YearOfYear } else { OtherYear });
        }
        let same_month = self.month() == register.month();
        if self.day() == 0 {
            return Some(match (same_year, same_month) {
                (true, true) => SameMonth,
                (true, false) => YearOfMonth,
                (false, _) => OtherMonth,
            });
        }
        let same_day = self.day() == register.day();
        let same = u8::from(same_year) + u8::from(same_month) + u8::from(same_day);
        let exchanged = same_year && self.month() == register.day() && self.day() == register.month();
        Some(match same {
            3 => SameDay,
            2 if !same_year && self.year().abs_diff(register.year()) > 10 => OtherDay,
            2 => OnePart,
            _ if exchanged => OnePart,
            _ if self.is_lunar(register) => Lunar,
            _ if same_year => SameYear,
            _ if self.year().abs_diff(register.year()) == 1 => NextYear,
            _ => OtherDay,
        })
    }

    fn is_lunar(self, register: Self) -> bool {
        let days = |birth: Self| civil_days(i32::try_from(birth.year()).ok()?, birth.month(), birth.day());
        match (days(self), days(register)) {
            (Some(list), Some(register)) => LUNAR_DAYS.contains(&(register - list)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BirthLikeness::*;
    use super::*;

    #[test]
    fn dates_are_as_alike_as_people_would_say() {
        let table = [
            ("1968-05-12", "1968-05-12", Some(SameDay)),
            ("1968年5月12日", "1968-05-12", Some(SameDay)),
            ("1968-05-13", "1968-05-12", Some(OnePart)),
            ("1967-05-12", "1968-05-12", Some(OnePart)),
            ("1948-05-12", "1968-05-12", Some(OtherDay)),
            ("1968-12-05", "1968-05-12", Some(OnePart)),
            ("1968-04-16", "1968-05-12", Some(Lunar)),
            ("1967-12-20", "1968-01-29", Some(Lunar)),
            ("1968-11-02", "1968-05-12", Some(SameYear)),
            ("1969-11-02", "1968-05-12", Some(NextYear)),
            ("1999-11-02", "1968-05-12", Some(OtherDay)),
            ("1968年5月", "1968-05-12", Some(SameMonth)),
            ("1968年6月", "1968-05-12", Some(YearOfMonth)),
            ("1970年6月", "1968-05-12", Some(OtherMonth)),
            ("1969年", "1968-05-12", Some(YearOfYear)),
            ("1979年", "1968-05-12", Some(OtherYear)),
            ("", "1968-05-12", None),
            ("不详", "1968-05-12", None),
        ];
        for (list, register, likeness) in table {
            assert_eq!(
                Birth::read(list).likeness(Birth::read(register)),
                likeness,
                "{list}"
            );
        }
        assert_eq!(Birth::of_digits(*b"19680512"), Birth::read("1968-05-12"));
    }
}
