//! Expressions: five fields of cron, Quartz's six or seven, or a period.
//! Here because what people write must be refused with a lesson when it would do what they did not mean.
//! In: texts. Out: moments, strictly after a given one, in a zone; or what is wrong and what would be right.
//! Not here: calendars and windows (fires), words for people (describe).

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use hub_model::nearest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::window::resolve;
use super::{local, span};

/// An expression must fire within so long of [`REFERENCE_MS`].
const FIRES_WITHIN_MS: i64 = 5 * 366 * 24 * 60 * 60 * 1000;
/// The moment from which it is tried whether an expression ever fires: 1 January 2026, UTC.
const REFERENCE_MS: i64 = 1_767_225_600_000;
/// Longest expression, characters.
const CHARS_MAX: usize = 200;
/// Local seconds that a clock which went back repeats, at most; Quartz's times among them are passed over once.
const REPEATED_MAX: usize = 3 * 60 * 60;

const NICKNAMES: [&str; 6] = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually"];
/// The five fields, and what may stand in each.
const FIELDS: [(&str, &str); 5] = [
    ("分 minute", "0-59"),
    ("时 hour", "0-23"),
    ("日 day of month", "1-31、L、LW、15W"),
    ("月 month", "1-12、JAN-DEC"),
    ("周 day of week", "0-7（0 和 7 都是周日）、SUN-SAT、1#2、5L"),
];
const DAY_OF_MONTH: usize = 2;
const DAY_OF_WEEK: usize = 4;

/// What it means when day of month and day of week are both restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayMatch {
    /// A day that is one of them.
    Any,
    /// A day that is both.
    All,
}

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    day_match: Option<DayMatch>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Cron(Box<Cron>),
    Quartz(Box<cron::Schedule>),
    /// Milliseconds, counted from 1970 and not from the start of a process.
    Every(i64),
}

impl Expression {
    /// Five fields with cron's numbers, 0 and 7 both Sunday, with `L`, `W`, `#` and `@daily` and its like.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn cron(text: &str, day_match: Option<DayMatch>) -> Result<Self, String> {
        let text = short(text)?;
        if text.starts_with('@') {
            nickname(&text)?;
        } else {
            five_fields(&text, day_match)?;
        }
        let cron = parse(&text, day_match).map_err(|error| told(&text, &error))?;
        Self::that_fires(text, day_match, Kind::Cron(Box::new(cron)))
    }

    /// Quartz's fields: second, minute, hour, day of month, month, day of week with 1 for Sunday, and perhaps a year.
    ///
    /// # Errors
    /// As [`Expression::cron`].
    pub fn quartz(text: &str, day_match: Option<DayMatch>) -> Result<Self, String> {
        let text = short(text)?;
        let fields: Vec<&str> = text.split_whitespace().collect();
        if !(6..=7).contains(&fields.len()) {
            return Err(format!(
                "cron {text:?} 有 {} 段，quartz 方言是 6 或 7 段：秒 分 时 日 月 周 [年]，周日为 1 / Quartz has 6 or 7 fields, from seconds on",
                fields.len()
            ));
        }
        let restricted = |at: usize| fields.get(at).is_some_and(|field| !matches!(*field, "*" | "?"));
        if day_match == Some(DayMatch::Any) {
            return Err(
                "quartz 方言的日与周只能同时满足：day_match = \"all\"，或把其中一段写成 ? / Quartz knows no \"any\""
                    .to_owned(),
            );
        }
        if restricted(3) && restricted(5) && day_match.is_none() {
            return Err(both_days(&text));
        }
        let schedule = cron::Schedule::from_str(&text).map_err(|error| {
            format!(
                "cron {text:?}（quartz 方言）读不懂 / not Quartz as far as it is known here: {}",
                one_line(&error.to_string())
            )
        })?;
        Self::that_fires(text, day_match, Kind::Quartz(Box::new(schedule)))
    }

    /// Every `ms` milliseconds since 1970.
    #[must_use]
    pub fn every(ms: i64) -> Self {
        Self {
            text: format!("every {}", span(ms)),
            day_match: None,
            kind: Kind::Every(ms.max(1)),
        }
    }

    fn that_fires(text: String, day_match: Option<DayMatch>, kind: Kind) -> Result<Self, String> {
        let expression = Self {
            text,
            day_match,
            kind,
        };
        let first = expression.after(REFERENCE_MS, Tz::UTC);
        if first.is_some_and(|first| first - REFERENCE_MS < FIRES_WITHIN_MS) {
            return Ok(expression);
        }
        Err(format!(
            "cron {:?} 五年内没有一次触发：请检查日与月，如二月没有 30 日 / it never fires within five years",
            expression.text
        ))
    }

    /// The first moment later than `from_ms`; `None` when there is none any more.
    #[must_use]
    pub fn after(&self, from_ms: i64, zone: Tz) -> Option<i64> {
        match &self.kind {
            Kind::Every(ms) => from_ms.div_euclid(*ms).checked_add(1)?.checked_mul(*ms),
            Kind::Cron(cron) => {
                let next = cron.find_next_occurrence(&local(from_ms, zone), false).ok()?;
                Some(next.timestamp() * 1000).filter(|next| *next > from_ms)
            }
            Kind::Quartz(schedule) => quartz_after(schedule, from_ms, zone),
        }
    }

    /// The period, when it is one; milliseconds.
    #[must_use]
    pub fn period_ms(&self) -> Option<i64> {
        match &self.kind {
            Kind::Every(ms) => Some(*ms),
            Kind::Cron(_) | Kind::Quartz(_) => None,
        }
    }

    /// Its five fields, when it has five; nicknames are written out.
    pub(super) fn fields(&self) -> Option<Vec<String>> {
        let written = match (&self.kind, self.text.to_lowercase().as_str()) {
            (Kind::Every(_) | Kind::Quartz(_), _) => return None,
            (Kind::Cron(_), "@hourly") => "0 * * * *",
            (Kind::Cron(_), "@daily") => "0 0 * * *",
            (Kind::Cron(_), "@weekly") => "0 0 * * 0",
            (Kind::Cron(_), "@monthly") => "0 0 1 * *",
            (Kind::Cron(_), "@yearly" | "@annually") => "0 0 1 1 *",
            (Kind::Cron(_), _) => self.text.as_str(),
        };
        Some(written.split_whitespace().map(str::to_uppercase).collect())
    }

    /// What both day fields mean together, where that is said.
    pub(super) fn day_match(&self) -> Option<DayMatch> {
        self.day_match
    }

    /// How it is written, with what it is where that does not show.
    #[must_use]
    pub fn text(&self) -> String {
        let dialect = match &self.kind {
            Kind::Quartz(_) => "quartz ",
            Kind::Cron(_) | Kind::Every(_) => "",
        };
        let days = match self.day_match {
            Some(DayMatch::Any) => " (any)",
            Some(DayMatch::All) => " (all)",
            None => "",
        };
        format!("{dialect}{}{days}", self.text)
    }
}

fn parse(text: &str, day_match: Option<DayMatch>) -> Result<Cron, croner::errors::CronError> {
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .dom_and_dow(day_match == Some(DayMatch::All));
    parser.build().parse(text)
}

/// Its own search keeps to local times, which a clock that goes back repeats and one that goes forward leaves out; so it is
/// asked about times of no zone, each of which is then looked up: of two moments the first, of none the first one after.
fn quartz_after(schedule: &cron::Schedule, from_ms: i64, zone: Tz) -> Option<i64> {
    let civil: NaiveDateTime = local(from_ms, zone).naive_local();
    let start: DateTime<chrono::Utc> = civil.and_utc();
    let mut moments = schedule
        .after(&start)
        .take(REPEATED_MAX)
        .map(|next| resolve(next.naive_utc(), zone));
    moments.find(|moment| *moment > from_ms)
}

fn short(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("cron 不可为空；如 \"30 18 * * 1-5\" / it is empty".to_owned()),
        1..=CHARS_MAX => Ok(text.to_owned()),
        chars => Err(format!("cron 有 {chars} 个字，至多 {CHARS_MAX} / too long")),
    }
}

fn nickname(text: &str) -> Result<(), String> {
    let lower = text.to_lowercase();
    if NICKNAMES.contains(&lower.as_str()) {
        return Ok(());
    }
    let near = match nearest(&lower, NICKNAMES) {
        Some(near) => format!("；是否应为 / did you mean {near:?}?"),
        None => format!("；有 / there are {}", NICKNAMES.join("、")),
    };
    Err(format!("cron {text:?} 不认识 / unknown nickname{near}"))
}

fn five_fields(text: &str, day_match: Option<DayMatch>) -> Result<(), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let form = "五段依次为 分 时 日 月 周，如 \"30 18 * * 1-5\" 为周一至周五 18:30";
    match fields.len() {
        5 => {}
        6 => {
            return Err(format!(
                "cron {text:?} 有 6 段：没有秒这一段。秒级调度请用 every = \"30s\"；若是 Quartz 表达式，另写 dialect = \"quartz\"；{form} / \
                 there is no field for seconds: use every"
            ));
        }
        count => {
            return Err(format!(
                "cron {text:?} 有 {count} 段，应为 5 段；{form} / five fields are wanted, not {count}"
            ));
        }
    }
    if text.contains(['?', '+']) {
        return Err(format!(
            "cron {text:?} 含有 ? 或 +：不限的日、周写 *；日与周都限定时另写 day_match = \"any\" 或 \"all\" / use * and day_match"
        ));
    }
    if let Some(field) = fields.iter().find(|field| field.split(',').any(str::is_empty)) {
        return Err(format!(
            "cron {text:?} 的 {field:?} 有空的一项 / an item of the list is empty"
        ));
    }
    let restricted = |at: usize| fields.get(at).is_some_and(|field| *field != "*");
    if restricted(DAY_OF_MONTH) && restricted(DAY_OF_WEEK) && day_match.is_none() {
        return Err(both_days(text));
    }
    if day_match.is_some() && !(restricted(DAY_OF_MONTH) && restricted(DAY_OF_WEEK)) {
        return Err(format!(
            "cron {text:?} 的日与周并未都限定，day_match 没有意义，请删去 / day_match means something only when both day fields are restricted"
        ));
    }
    for (at, (name, allowed)) in FIELDS.iter().enumerate() {
        let alone: Vec<&str> = (0..FIELDS.len())
            .map(|place| fields.get(place).filter(|_| place == at).copied().unwrap_or("*"))
            .collect();
        if let Err(error) = parse(&alone.join(" "), None) {
            return Err(format!(
                "cron {text:?} 的第 {} 段（{name}）{:?} 不对，可写 {allowed}、*、*/n、a-b、a,b / {}",
                at + 1,
                fields.get(at).copied().unwrap_or_default(),
                one_line(&error.to_string())
            ));
        }
    }
    Ok(())
}

fn both_days(text: &str) -> String {
    format!(
        "cron {text:?} 的日与周都限定了，说不清是“任一”还是“同时”：请写 day_match = \"any\"（任一）或 \"all\"（同时） / \
         both day fields are restricted: say day_match = \"any\" or \"all\""
    )
}

fn told(text: &str, error: &croner::errors::CronError) -> String {
    format!("cron {text:?}: {}", one_line(&error.to_string()))
}

fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
