//! Working days: which days offices in China work, by the State Council's yearly notices.
//! Here because deadlines of offices count working days, and holidays move weekends about.
//! In: `date,kind` lines of the years that are known. Out: working days, and whether they are known or assumed.
//! Not here: files; which deadlines there are (parameters, rules).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::{Mistake, Place};

/// China is so many hours ahead of UTC, and has kept one time without summer time since 1992.
pub const HOURS_AHEAD: i64 = 8;

/// Most lines of a calendar: some thirty a year, over two centuries.
const LINES_MAX: usize = 10_000;
/// Working days never lie further apart; a search that goes on longer has a broken calendar.
const HOLIDAY_DAYS_MAX: u32 = 400;

/// What a notice makes of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Holiday,
    Workday,
}

/// Working days. Years without a line are Monday to Friday, and said to be assumed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// What is said of a day, and in which line.
    days: BTreeMap<NaiveDate, (Kind, usize)>,
    years: BTreeSet<i32>,
}

impl Calendar {
    /// Reads `text` of `file`: `date,kind` with kind `holiday` or `workday`; lines that begin with `#` are remarks. A
    /// year is known when it has a line.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str, file: &str) -> Result<Self, Mistake> {
        let mut calendar = Self::default();
        let mut offset = 0;
        let mut header = false;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let wrong = |message: String| Mistake {
                place: Place::of(file, text, offset),
                message,
            };
            if number >= LINES_MAX {
                return Err(wrong(format!("a calendar has at most {LINES_MAX} lines")));
            }
            let line_at = line.trim_start_matches('\u{feff}').trim();
            if line_at.is_empty() || line_at.starts_with('#') {
                offset += line.len();
                continue;
            }
            if !header {
                if line_at != "date,kind" {
                    return Err(wrong(format!("the first line is \"date,kind\", not {line_at:?}")));
                }
                header = true;
                offset += line.len();
                continue;
            }
            let (day, kind) = line_at.split_once(',').unwrap_or((line_at, ""));
            let day = NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d")
                .map_err(|_| wrong(format!("{day:?} is not a date such as 2023-01-02")))?;
            let kind = match kind.trim() {
                "holiday" => Kind::Holiday,
                "workday" => Kind::Workday,
                other => {
                    let near = crate::nearest(other, ["holiday", "workday"]);
                    let near = near
                        .map(|near| format!("; did you mean {near:?}?"))
                        .unwrap_or_default();
                    return Err(wrong(format!(
                        "kind {other:?} is neither holiday nor workday{near}"
                    )));
                }
            };
            if calendar
                .days
                .insert(day, (kind, number + 1))
                .is_some_and(|(before, _)| before != kind)
            {
                return Err(wrong(format!("{day} is both holiday and workday")));
            }
            calendar.years.insert(day.year());
            offset += line.len();
        }
        Ok(calendar)
    }

    /// Whether offices work on `day`.
    #[must_use]
    pub fn is_workday(&self, day: NaiveDate) -> bool {
        match self.days.get(&day) {
            Some((Kind::Holiday, _)) => false,
            Some((Kind::Workday, _)) => true,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// The line that says what `day` is, from 1; none when it is as its weekday has it.
    #[must_use]
    pub fn line_of(&self, day: NaiveDate) -> Option<usize> {
        self.days.get(&day).map(|(_, line)| *line)
    }

    /// Whether nobody has entered `year`.
    #[must_use]
    pub fn is_assumed_year(&self, year: i32) -> bool {
        !self.years.contains(&year)
    }

    /// The `count`th working day after `day`; `day` itself when `count` is 0.
    #[must_use]
    pub fn after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        (0..count).fold(day, |day, _| self.beside(day, true))
    }

    /// The `count`th working day before `day`; `day` itself when `count` is 0.
    #[must_use]
    pub fn before(&self, day: NaiveDate, count: u32) -> NaiveDate {
        (0..count).fold(day, |day, _| self.beside(day, false))
    }

    /// Working days after `from` up to and with `to`; 0 when `to` is not later.
    #[must_use]
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        u32::try_from(days.filter(|day| self.is_workday(*day)).count()).unwrap_or(u32::MAX)
    }

    /// The next working day, or the last one before.
    fn beside(&self, day: NaiveDate, later: bool) -> NaiveDate {
        let mut at = day;
        for _ in 0..HOLIDAY_DAYS_MAX {
            let step = Days::new(1);
            let moved = if later {
                at.checked_add_days(step)
            } else {
                at.checked_sub_days(step)
            };
            at = moved.unwrap_or(at);
            if self.is_workday(at) {
                break;
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar() -> Calendar {
        let text = "\u{feff}# 示例\ndate,kind\n2023-10-07,workday\n2023-10-08,workday\n2023-09-29,holiday\n2023-10-02,holiday\n\
            2023-10-03,holiday\n2023-10-04,holiday\n2023-10-05,holiday\n2023-10-06,holiday\n";
        Calendar::parse(text, "c.csv").unwrap()
    }

    #[test]
    fn a_golden_week_moves_deadlines_past_it_and_weekends_before_it() {
        let calendar = calendar();
        assert_eq!(
            calendar.after(day("2023-09-28"), 1),
            day("2023-10-07"),
            "a Saturday that is worked"
        );
        assert_eq!(calendar.after(day("2023-09-28"), 3), day("2023-10-09"));
        assert_eq!(calendar.before(day("2023-10-09"), 3), day("2023-09-28"));
        assert_eq!(calendar.between(day("2023-09-28"), day("2023-10-09")), 3);
        assert_eq!(calendar.after(day("2023-09-28"), 0), day("2023-09-28"));
    }

    #[test]
    fn a_year_nobody_entered_is_monday_to_friday_and_says_so() {
        let calendar = calendar();
        assert!(!calendar.is_assumed_year(2023) && calendar.is_assumed_year(2024));
        assert!(calendar.is_workday(day("2024-01-01")) && !calendar.is_workday(day("2024-01-06")));
        let lines = ["2023-10-07", "2023-10-09"].map(|text| calendar.line_of(day(text)));
        assert_eq!(lines, [Some(3), None], "the line that moved a weekend is named");
    }

    #[test]
    fn counting_there_and_back_agrees_from_every_day() {
        let calendar = calendar();
        for start in day("2023-09-01").iter_days().take(60) {
            for count in 0..25 {
                let due = calendar.after(start, count);
                assert_eq!(calendar.between(start, due), count, "{start} + {count}");
                if calendar.is_workday(start) {
                    assert_eq!(calendar.before(due, count), start, "{due} - {count}");
                }
            }
        }
    }

    #[test]
    fn a_wrong_line_is_told_with_its_place() {
        let told = |text| Calendar::parse(text, "c.csv").unwrap_err().to_string();
        let said = told("date,kind\n2023-02-30,holiday\n");
        assert!(
            said.starts_with("c.csv:2:1") && said.contains("2023-02-30"),
            "{said}"
        );
        let said = told("date,kind\n2023-02-03,holyday\n");
        assert!(said.contains("did you mean \"holiday\""), "{said}");
        assert!(told("day,kind\n").contains("date,kind"));
        assert!(told("date,kind\n2023-02-03,holiday\n2023-02-03,workday\n").contains("both"));
    }
}
