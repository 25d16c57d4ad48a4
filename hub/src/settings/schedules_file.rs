//! `[[schedule]]` tables as people write them: in a connector's file, and in `schedules.toml`.
//! Here because which keys there are, and of which kind, is one list.
//! In: TOML. Out: raw schedules, each value with its place.
//! Not here: what values mean together (schedules).

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveTime;
use hub_runtime::schedule::{AfterPolicy, DayMatch, Misfire, On, OnFailure, Overlap, Shift};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::value::Datetime;

/// A value and where it stands.
pub(super) type At<T> = Option<Spanned<T>>;

/// `schedules.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SchedulesFile {
    #[serde(default)]
    pub(super) schedule: Vec<RawSchedule>,
}

/// A schedule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    #[schemars(with = "Option<String>")]
    pub(super) id: At<String>,
    #[schemars(with = "Option<String>")]
    pub(super) cron: At<String>,
    #[schemars(with = "Option<String>")]
    pub(super) every: At<String>,
    #[schemars(with = "Option<RawDialect>")]
    pub(super) dialect: At<RawDialect>,
    #[schemars(with = "Option<DayMatch>")]
    pub(super) day_match: At<DayMatch>,
    #[schemars(with = "Option<String>")]
    pub(super) timezone: At<String>,
    #[schemars(with = "Option<String>")]
    pub(super) calendar: At<String>,
    #[schemars(with = "Option<On>")]
    pub(super) on: At<On>,
    #[schemars(with = "Option<Shift>")]
    pub(super) shift: At<Shift>,
    #[schemars(with = "Option<String>")]
    pub(super) jitter: At<String>,
    #[schemars(with = "Option<RawWindow>")]
    pub(super) window: At<RawWindow>,
    #[schemars(with = "Option<bool>")]
    pub(super) stop_at_window_end: At<bool>,
    #[serde(default)]
    pub(super) misfire: Misfire,
    #[schemars(with = "Option<String>")]
    pub(super) misfire_grace: At<String>,
    #[schemars(with = "Option<usize>")]
    pub(super) misfire_max: At<usize>,
    #[serde(default)]
    pub(super) overlap: Overlap,
    #[schemars(with = "Option<String>")]
    pub(super) concurrency_key: At<String>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) after: Vec<Spanned<String>>,
    #[schemars(with = "Option<AfterPolicy>")]
    pub(super) after_policy: At<AfterPolicy>,
    #[schemars(with = "Option<String>")]
    pub(super) after_timeout: At<String>,
    #[schemars(with = "Option<RawRetry>")]
    pub(super) retry: At<RawRetry>,
    #[schemars(with = "Option<String>")]
    pub(super) timeout: At<String>,
    #[schemars(with = "Option<String>")]
    pub(super) max_runtime: At<String>,
    #[schemars(with = "Option<String>")]
    pub(super) expect_within: At<String>,
    #[serde(default)]
    pub(super) on_failure: OnFailure,
}

/// Whose numbers a cron expression counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawDialect {
    /// Five fields, 0 and 7 are Sunday.
    Cron,
    /// Six or seven, 1 is Sunday.
    Quartz,
}

/// Hours of a day.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) after: TimeOfDay,
    pub(super) before: TimeOfDay,
}

/// How a failed run is tried again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetry {
    pub(super) max: u32,
    #[schemars(with = "Option<String>")]
    pub(super) base: At<String>,
    pub(super) factor: Option<u32>,
    #[schemars(with = "Option<String>")]
    pub(super) cap: At<String>,
    pub(super) jitter: Option<f64>,
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) on: Option<Vec<Spanned<String>>>,
}

/// `18:00`, as TOML 1.1 has it, or `"18:00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay(pub(super) NaiveTime);

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": WANTED, "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$" })
    }
}

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
