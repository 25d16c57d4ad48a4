//! `[[schedule]]` tables as people write them: in a connector's file, and in `schedules.toml`.
//! Here because which keys there are, and of which kind, is one list.
//! In: TOML. Out: raw schedules, each value with its place.
//! Not here: what values mean together (schedules).

use std::fmt;

use chrono::NaiveTime;
use hub_runtime::schedule::{AfterPolicy, DayMatch, Misfire, On, OnFailure, Overlap, Shift};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::value::Datetime;

/// A value and where it stands.
pub(super) type At<T> = Option<Spanned<T>>;

/// `schedules.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SchedulesFile {
    #[serde(default)]
    pub(super) schedule: Vec<RawSchedule>,
}

/// A schedule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    pub(super) id: At<String>,
    pub(super) cron: At<String>,
    pub(super) every: At<String>,
    pub(super) dialect: At<RawDialect>,
    pub(super) day_match: At<DayMatch>,
    pub(super) timezone: At<String>,
    pub(super) calendar: At<String>,
    pub(super) on: At<On>,
    pub(super) shift: At<Shift>,
    pub(super) jitter: At<String>,
    pub(super) window: At<RawWindow>,
    pub(super) stop_at_window_end: At<bool>,
    #[serde(default)]
    pub(super) misfire: Misfire,
    pub(super) misfire_grace: At<String>,
    pub(super) misfire_max: At<usize>,
    #[serde(default)]
    pub(super) overlap: Overlap,
    pub(super) concurrency_key: At<String>,
    #[serde(default)]
    pub(super) after: Vec<Spanned<String>>,
    pub(super) after_policy: At<AfterPolicy>,
    pub(super) after_timeout: At<String>,
    pub(super) retry: At<RawRetry>,
    pub(super) timeout: At<String>,
    pub(super) max_runtime: At<String>,
    pub(super) expect_within: At<String>,
    #[serde(default)]
    pub(super) on_failure: OnFailure,
}

/// Whose numbers a cron expression counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawDialect {
    /// Five fields, 0 and 7 are Sunday.
    Cron,
    /// Six or seven, 1 is Sunday.
    Quartz,
}

/// Hours of a day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) after: TimeOfDay,
    pub(super) before: TimeOfDay,
}

/// How a failed run is tried again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetry {
    pub(super) max: u32,
    pub(super) base: At<String>,
    pub(super) factor: Option<u32>,
    pub(super) cap: At<String>,
    pub(super) jitter: Option<f64>,
    pub(super) on: Option<Vec<Spanned<String>>>,
}

/// `18:00`, as TOML 1.1 has it, or `"18:00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay(pub(super) NaiveTime);

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

const WANTED: &str = "一天中的时刻，如 18:00 / a time of a day, such as 18:00";

impl<'de> Visitor<'de> for Reader {
    type Value = TimeOfDay;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TimeOfDay, E> {
        let read = NaiveTime::parse_from_str(text, "%H:%M");
        read.map(TimeOfDay)
            .map_err(|_| E::custom(format!("{text:?}: {WANTED}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimeOfDay, A::Error> {
        let moment = Datetime::deserialize(MapAccessDeserializer::new(map))?;
        let wrong = || A::Error::custom(format!("{moment}: {WANTED}"));
        if moment.date.is_some() || moment.offset.is_some() {
            return Err(wrong());
        }
        let time = moment.time.ok_or_else(wrong)?;
        let read = NaiveTime::from_hms_opt(time.hour.into(), time.minute.into(), 0);
        read.map(TimeOfDay).ok_or_else(wrong)
    }
}
