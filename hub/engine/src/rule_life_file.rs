//! `[life]` of a rule file: how the warnings it opens live.
//! Here because each key has its bounds, and a rule that says none of them lives by the defaults.
//! In: the table as written. Out: a checked `Life`.
//! Not here: what the keys do (warnings and cases).

use hub_model::{Due, Life};
use schemars::JsonSchema;
use serde::Deserialize;

/// Most evaluations before a warning clears, most days before a case is another.
const CLEAR_AFTER_MAX: u32 = 12;
const DAYS_MAX: u32 = 400;

/// `[life]` as it is written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WrittenLife {
    clear_after: Option<u32>,
    reopen_days: Option<u32>,
    auto_close: bool,
    mutes: bool,
    most: Option<u64>,
    workdays: Option<u32>,
    days: Option<u32>,
    on: Option<String>,
}

impl WrittenLife {
    /// The life; what is wrong with it when it is none.
    pub(crate) fn read(self) -> Result<Life, String> {
        let usual = Life::default();
        let bounded = |name: &str, value: u32, most: u32| {
            (1..=most)
                .contains(&value)
                .then_some(value)
                .ok_or_else(|| format!("{name} is {value}; from 1 to {most}"))
        };
        let due = match (self.workdays, self.days, self.on) {
            (None, None, None) => None,
            (Some(days), None, None) => Some(Due::Workdays(bounded("workdays", days, DAYS_MAX)?)),
            (None, Some(days), None) => Some(Due::Days(bounded("days", days, DAYS_MAX)?)),
            (None, None, Some(on)) => Some(
                day_of_year(&on).ok_or_else(|| format!("on = {on:?}: a month and a day, such as 09-30"))?,
            ),
            (_, _, _) => return Err("at most one of `workdays`, `days` and `on`".to_owned()),
        };
        if self.most == Some(0) {
            return Err("most is 0: such a rule could never open anything".to_owned());
        }
        Ok(Life {
            clear_after: bounded(
                "clear_after",
                self.clear_after.unwrap_or(usual.clear_after),
                CLEAR_AFTER_MAX,
            )?,
            reopen_days: bounded(
                "reopen_days",
                self.reopen_days.unwrap_or(usual.reopen_days),
                DAYS_MAX,
            )?,
            auto_close: self.auto_close,
            mutes: self.mutes,
            most: self.most,
            due,
        })
    }
}

/// `MM-DD`, a day that every year has.
fn day_of_year(text: &str) -> Option<Due> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // 2023 has no 29 February.
    chrono::NaiveDate::from_ymd_opt(2023, month, day)?;
    Some(Due::On { month, day })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Life, String> {
        toml::from_str::<WrittenLife>(text).unwrap().read()
    }

    #[test]
    fn what_is_unsaid_is_usual_and_one_deadline_is_enough() {
        assert_eq!(read(""), Ok(Life::default()));
        let due = |text| read(text).unwrap().due;
        assert_eq!(due("workdays = 20"), Some(Due::Workdays(20)));
        assert_eq!(due("on = '09-30'"), Some(Due::On { month: 9, day: 30 }));
        for wrong in [
            "clear_after = 0",
            "clear_after = 13",
            "most = 0",
            "workdays = 1\ndays = 1",
            "on = '02-30'",
            "on = '30.9.'",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
