//! Schedules: what runs when, by office rules, computed from definitions alone.
//! Here because an operator must see beforehand what the hub will do, and the hub must do just that.
//! In: definitions, calendars, moments as milliseconds since 1970 UTC. Out: fires with the reason of every skip; decisions.
//! Not here: clocks, storage, running (scheduler), how a definition is written (the binary's settings).

mod backoff;
mod describe;
mod due;
mod duration;
mod expression;
mod fires;
mod fresh;
mod ready;
#[cfg(test)]
pub(crate) mod tests;
mod window;
mod zone;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use hub_model::Calendar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use backoff::{NEVER_RETRIED, RETRIED, Retry};
pub use due::{Decisions, Fated, LATE_MS, MISSED_ROWS_MAX, NewFire, Standing, due};
pub use duration::{duration_ms, span, span_english};
pub use expression::{DayMatch, Expression};
pub use fires::{Fate, Occurrence, Occurrences};
pub use ready::{Around, Busy, Pending, Recovered, Step, Upstream, ready, recover};
pub use window::Window;
pub use zone::zone;

/// The calendar that is meant when none is named.
pub const CALENDAR: &str = "cn-workday";
/// Most schedules of a hub.
pub const SCHEDULES_MAX: usize = 1_000;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// This connector is read, then everything is cross-checked.
    Pull(String),
    /// Everything is cross-checked.
    Check,
    /// What is past keeping is removed.
    Retain,
}

/// When it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// At moments of its own.
    At(Expression),
    /// Once a business date, when its upstreams are through.
    Following,
}

/// On which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// Days on which offices work.
    Workday,
    /// The others.
    Restday,
    /// All.
    #[default]
    Any,
}

/// Where a fire goes whose day is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// To the next day that is one.
    Next,
    /// To the last that was one.
    Previous,
    /// Nowhere: it is skipped.
    #[default]
    None,
}

/// What becomes of fires that did not come when they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Misfire {
    /// The latest runs for all of them.
    #[default]
    RunOnce,
    /// None runs.
    Skip,
    /// Each runs, up to a number.
    RunAll,
}

/// What becomes of a fire while another with its key is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is skipped.
    #[default]
    Skip,
    /// It waits; one at most.
    QueueOne,
    /// The other is stopped.
    CancelRunning,
}

/// What upstreams must have come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterPolicy {
    /// Success.
    #[default]
    AllSuccess,
    /// An end of any kind.
    AllDone,
}

/// What follows when the last try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Somebody is told.
    #[default]
    Alert,
    /// Somebody is told, and nothing runs until somebody resumes it.
    Pause,
}

/// Days on which it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The calendar's name.
    pub calendar: String,
    /// Which of its days.
    pub on: On,
    /// Where the others go.
    pub shift: Shift,
}

/// A schedule, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id: `pull.<connector>`, `check.nightly`.
    pub id: String,
    /// What is done.
    pub task: Task,
    /// Whether it fires at all: a connector that is not enabled does not.
    pub enabled: bool,
    /// When.
    pub rhythm: Rhythm,
    /// The zone its times are in; the host's is never asked.
    pub zone: Tz,
    /// On which days; `None` is all.
    pub days: Option<Days>,
    /// Fires start up to so much later, always the same for one fire.
    pub jitter_ms: i64,
    /// When a fire may start.
    pub window: Option<Window>,
    /// Whether what runs when the window ends is stopped.
    pub stop_at_window_end: bool,
    /// What becomes of fires that did not come when they should.
    pub misfire: Misfire,
    /// How long after its time a fire may still start.
    pub grace_ms: i64,
    /// How many of them run when each does.
    pub misfire_max: usize,
    /// What becomes of a fire while another with the same key is under way.
    pub overlap: Overlap,
    /// What fires must not run beside each other by; the connector's id, unless said otherwise.
    pub key: String,
    /// What must have come before, on the same business date.
    pub after: Vec<String>,
    /// What that must have come to.
    pub after_policy: AfterPolicy,
    /// How long it is waited for.
    pub after_timeout_ms: i64,
    /// How often a failed run is tried again.
    pub retry: Retry,
    /// How long one try may take once it is its turn.
    pub timeout_ms: Option<i64>,
    /// How long a fire may take with all its tries; no try begins later.
    pub max_runtime_ms: Option<i64>,
    /// How old the last success may be.
    pub expect_within_ms: Option<i64>,
    /// What follows when the last try failed.
    pub on_failure: OnFailure,
    /// Where it is written: `file:line`.
    pub place: String,
}

/// A calendar and its file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedCalendar {
    /// Its days.
    pub calendar: Calendar,
    /// The file, as reasons name it.
    pub file: String,
}

/// Every schedule of a hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedules {
    /// Them, by file and place.
    pub list: Vec<Schedule>,
    /// Calendars they name.
    pub calendars: BTreeMap<String, Arc<NamedCalendar>>,
    /// How many fires are under way at the same time, at most.
    pub at_once: usize,
}

impl Schedule {
    /// A digest of what decides when it fires. When it is another, what was before is not made good.
    #[must_use]
    pub fn definition(&self) -> String {
        let said = format!(
            "{:?}|{:?}|{}|{:?}|{:?}",
            self.task,
            self.rhythm_text(),
            self.zone,
            self.days,
            if self.rhythm == Rhythm::Following {
                self.after.as_slice()
            } else {
                &[]
            },
        );
        hex::encode(Sha256::digest(said.as_bytes()))
    }

    /// How its rhythm is written.
    #[must_use]
    pub fn rhythm_text(&self) -> String {
        match &self.rhythm {
            Rhythm::At(expression) => expression.text(),
            Rhythm::Following => format!("after {}", self.after.join(", ")),
        }
    }

    /// How much later than its time the fire of `nominal_ms` starts: the same whenever it is asked.
    #[must_use]
    pub fn jitter_of(&self, nominal_ms: i64) -> i64 {
        chance(&self.id, nominal_ms, 0)
            .checked_rem(self.jitter_ms)
            .unwrap_or_default()
    }

    /// When the fire of `nominal_ms`, which comes at `at_ms`, starts at the earliest: with its jitter, inside the window.
    #[must_use]
    pub fn start_ms(&self, nominal_ms: i64, at_ms: i64) -> i64 {
        let at_ms = at_ms.saturating_add(self.jitter_of(nominal_ms));
        match &self.window {
            Some(window) => window.opening(at_ms, self.zone),
            None => at_ms,
        }
    }

    /// The first moment of `day` where it runs.
    #[must_use]
    pub fn begin_of(&self, day: NaiveDate) -> i64 {
        window::midnight(day, self.zone)
    }

    /// The local day of `at_ms`.
    #[must_use]
    pub fn day(&self, at_ms: i64) -> NaiveDate {
        local(at_ms, self.zone).date_naive()
    }
}

impl Schedules {
    /// Of each that fires, its id and a digest of what decides when.
    #[must_use]
    pub fn definitions(&self) -> Vec<(String, String)> {
        let enabled = self.list.iter().filter(|schedule| schedule.enabled);
        enabled
            .map(|schedule| (schedule.id.clone(), schedule.definition()))
            .collect()
    }

    /// The schedule called `id`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Schedule> {
        self.list.iter().find(|schedule| schedule.id == id)
    }

    /// What is to be done about the calendars some schedule goes by, as seen on `today`: a year nobody entered, told from the
    /// first of December before it on, which is when the notice is out.
    #[must_use]
    pub fn calendar_gaps(&self, today: NaiveDate) -> Vec<String> {
        use chrono::Datelike;
        let mut years = vec![today.year()];
        if today.month() == 12 {
            years.push(today.year() + 1);
        }
        let used = |name: &str| {
            let days = self.list.iter().filter_map(|schedule| schedule.days.as_ref());
            days.into_iter().any(|days| days.calendar == name)
        };
        let mut gaps = Vec::new();
        for (_, named) in self.calendars.iter().filter(|(name, _)| used(name)) {
            let unknown = years.iter().filter(|year| named.calendar.is_assumed_year(**year));
            gaps.extend(unknown.map(|year| {
                format!(
                    "{}: 没有 {year} 年的放假安排，该年按周一至周五上班并注明“假定”；请按国务院办公厅通知补上 / \
                     nobody entered {year}: Monday to Friday is assumed until its lines are added",
                    named.file
                )
            }));
        }
        gaps
    }
}

/// `at_ms` in `zone`.
#[must_use]
pub fn local(at_ms: i64, zone: Tz) -> DateTime<Tz> {
    DateTime::from_timestamp_millis(at_ms)
        .unwrap_or_default()
        .with_timezone(&zone)
}

/// A number that is always the same for `id`, `nominal_ms` and `nth`, and looks like chance; not negative.
pub(crate) fn chance(id: &str, nominal_ms: i64, nth: u32) -> i64 {
    let mut digest = Sha256::new();
    digest.update(id.as_bytes());
    digest.update([0]);
    digest.update(nominal_ms.to_le_bytes());
    digest.update(nth.to_le_bytes());
    let digest = digest.finalize();
    let first: [u8; 8] = std::array::from_fn(|at| digest[at]);
    i64::from_le_bytes(first) & i64::MAX
}
