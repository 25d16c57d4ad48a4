//! Dates as departments write them (D22).
//! Here because the same day comes as 2023.9.1, 20230901, 45170 and 二〇二三年九月一日, often in one column.
//! In: text as it came. Out: days since 1970-01-01, and how precisely the text said it; none when it says no date.
//! Not here: whether a month means its first day or its last; a mapping states it.

use super::calendar::civil_days;
use super::date_scan::{Said, said};

/// How precisely a text says a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Precision {
    /// `D`, `M` or `Y`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "D",
            Self::Month => "M",
            Self::Year => "Y",
        }
    }
}

/// The first day of what the text says (D22): the day, the first of the month, or 1 January. Days since 1970-01-01,
/// years 1900 to 2100; `None` when the text is no date of the calendar.
///
/// Read are years, months and days parted by `.` `/` `-` or 年月日, in ASCII, full-width or Chinese numerals; the same
/// run together (`20230901`, `202309`); a workbook's serial number of the 1900 system (`45170`); and a time of day
/// behind the day, which is dropped: a time in another zone is first brought to China's. A year of two digits counts
/// as 1950–1999 or 2000–2030, and only where it cannot be a month or stands before 年. A number cell that held 2023.10
/// comes as `2023.1` and is read as January: the number format is lost before the text gets here.
#[must_use]
pub fn cn_date(text: &str) -> Option<i32> {
    let Said { year, month, day } = said(text)?;
    civil_days(year, month.unwrap_or(1), day.unwrap_or(1))
}

/// The last day of what the text says (D22): the day, the end of the month, or 31 December; otherwise as [`cn_date`].
#[must_use]
pub fn cn_date_end(text: &str) -> Option<i32> {
    let Said { year, month, day } = said(text)?;
    let month = month.unwrap_or(12);
    match day {
        Some(day) => civil_days(year, month, day),
        None if month == 12 => civil_days(year, month, 31),
        None => civil_days(year, month + 1, 1).map(|next| next - 1),
    }
}

/// How precisely [`cn_date`] knows the date (D22).
#[must_use]
pub fn date_precision(text: &str) -> Option<Precision> {
    let said = said(text)?;
    Some(match (said.month, said.day) {
        (Some(_), Some(_)) => Precision::Day,
        (Some(_), None) => Precision::Month,
        (None, _) => Precision::Year,
    })
}

/// The first day of the month the text says, days since 1970-01-01; `None` when it says no month (D22).
#[must_use]
pub fn month(text: &str) -> Option<i32> {
    let said = said(text)?;
    civil_days(said.year, said.month?, 1)
}

/// The year the text says, 1900 to 2100 (D22).
#[must_use]
pub fn year(text: &str) -> Option<i64> {
    said(text).map(|said| i64::from(said.year))
}

#[cfg(test)]
mod tests {
    use super::super::calendar::civil_date;
    use super::*;

    /// What is read, as `2023-09-01 D`.
    fn read(text: &str) -> Option<String> {
        let (year, month, day) = civil_date(cn_date(text)?);
        Some(format!(
            "{year}-{month:02}-{day:02} {}",
            date_precision(text)?.as_str()
        ))
    }

    #[test]
    fn what_only_names_a_month_or_a_year_ends_with_it() {
        for (text, end) in [
            ("2024.2", Some((2024, 2, 29))),
            ("2023年12月", Some((2023, 12, 31))),
            ("2023年", Some((2023, 12, 31))),
            ("2023-9-1", Some((2023, 9, 1))),
            ("2023-9-31", None),
            ("长期", None),
        ] {
            assert_eq!(cn_date_end(text).map(civil_date), end, "{text}");
        }
    }

    #[test]
    fn dates_as_departments_write_them() {
        let table = [
            ("2023.9", "2023-09-01 M"),
            ("2023.1", "2023-01-01 M"),
            ("2023.10", "2023-10-01 M"),
            ("2023/9/1", "2023-09-01 D"),
            ("202309", "2023-09-01 M"),
            ("20230901", "2023-09-01 D"),
            ("2023年9月", "2023-09-01 M"),
            ("2023年09月份", "2023-09-01 M"),
            ("2023年9月1日", "2023-09-01 D"),
            ("2023年9月1号", "2023-09-01 D"),
            ("45170", "2023-09-01 D"),
            ("45170.5", "2023-09-01 D"),
            ("23-9", "2023-09-01 M"),
            ("23-9-1", "2023-09-01 D"),
            ("68年9月", "1968-09-01 M"),
            ("12年9月", "2012-09-01 M"),
            ("一九六八年", "1968-01-01 Y"),
            ("二〇二三年九月", "2023-09-01 M"),
            ("二零二三年十二月二十五日", "2023-12-25 D"),
            ("二○二三年十月三十一日", "2023-10-31 D"),
            ("2023年十一月", "2023-11-01 M"),
            ("2023", "2023-01-01 Y"),
            ("2023年", "2023-01-01 Y"),
            ("2023年度", "2023-01-01 Y"),
            ("2023年9", "2023-09-01 M"),
            ("2023.0", "2023-01-01 Y"),
            ("202309.0", "2023-09-01 M"),
            ("20230901.0", "2023-09-01 D"),
            ("２０２３．９．１", "2023-09-01 D"),
            ("2023－09－01", "2023-09-01 D"),
            (" 2023 年 9 月 1 日 ", "2023-09-01 D"),
            ("'2023-09-01", "2023-09-01 D"),
            ("2023.09.01.", "2023-09-01 D"),
            ("2000-02-29", "2000-02-29 D"),
            ("1900-01-01", "1900-01-01 D"),
            ("2100-12-31", "2100-12-31 D"),
        ];
        for (text, date) in table {
            assert_eq!(read(text).as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_dropped_and_another_zone_is_brought_to_chinas() {
        let table = [
            ("2023-09-01T00:00:00", "2023-09-01 D"),
            ("2023-09-01 00:00:00", "2023-09-01 D"),
            ("2023/9/1 0:00", "2023-09-01 D"),
            ("2023年9月1日 8:30", "2023-09-01 D"),
            ("2023-09-01T08:30:00+08:00", "2023-09-01 D"),
            ("2023-09-01T08:30:00.000+0800", "2023-09-01 D"),
            ("2023-08-31T16:00:00.000Z", "2023-09-01 D"),
            ("2023-08-31T15:59:59Z", "2023-08-31 D"),
            ("2023-12-31T20:00:00+00:00", "2024-01-01 D"),
            ("2023-09-01T00:30:00+09:00", "2023-08-31 D"),
            ("20230901120000", "2023-09-01 D"),
            ("2023/9/1 12:00:00 AM", "2023-09-01 D"),
        ];
        for (text, date) in table {
            assert_eq!(read(text).as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        let none = [
            "",
            " ",
            "-",
            "/",
            "无",
            "暂无",
            "长期",
            "至今",
            "2023-02-30",
            "2023-13",
            "2023-13-01",
            "202313",
            "20230900",
            "00000000",
            "0000-00-00",
            "1899-12-31",
            "2101-01-01",
            "9月",
            "9月1日",
            "12-9",
            "12-9-1",
            "9/1/2023",
            "31-9",
            "45-9-1",
            "2023年农历九月",
            "二〇二三年腊月",
            "2023年第三季度",
            "2023.9-2023.12",
            "2023-09-01至2023-12-31",
            "2023-09-01 25:00",
            "20230901250000",
            "230901",
            "1234567",
            "99999",
            "341221196805121216",
            "2023-9-",
            "十年",
            "3.41221E+17",
            "#N/A",
            "2023-09-01T10:00:00+99:00",
        ];
        for text in none {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_and_a_year_are_taken_only_where_they_are_said() {
        let table = [
            ("202309", Some((2023, 9)), Some(2023)),
            ("2023-09-15", Some((2023, 9)), Some(2023)),
            ("45170", Some((2023, 9)), Some(2023)),
            ("2023年", None, Some(2023)),
            ("无", None, None),
        ];
        for (text, of_month, of_year) in table {
            let first = of_month.and_then(|(year, month)| civil_days(year, month, 1));
            assert_eq!((month(text), year(text)), (first, of_year), "{text}");
        }
    }
}
