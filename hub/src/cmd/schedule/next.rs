//! `hub schedule next`: the fires to come, with the days that are skipped and why.
//! Here because a schedule is right when somebody has seen what it does, over the next holiday too.
//! In: a schedule, all of them, or an expression that stands nowhere yet. Out: nominal times, real ones, reasons.
//! Not here: computing them (runtime).

use std::str::FromStr;

use hub_runtime::clock;
use hub_runtime::schedule::{
    AfterPolicy, CALENDAR, DayMatch, Days, Expression, Fate, Misfire, Occurrence, On, OnFailure, Overlap,
    Retry, Rhythm, Schedule, Schedules, Shift, Task, span, span_english, zone,
};
use serde::Serialize;

use crate::app::App;
use crate::cli::{Next, Output};
use crate::exit::UsageError;
use crate::{lang, out};

const WEEKDAYS: [(&str, &str); 7] = [
    ("一", "Mon"),
    ("二", "Tue"),
    ("三", "Wed"),
    ("四", "Thu"),
    ("五", "Fri"),
    ("六", "Sat"),
    ("日", "Sun"),
];
/// The id of an expression that stands in no file.
const TRIED: &str = "--cron";

/// A schedule with its fires.
#[derive(Debug, Serialize)]
pub(in crate::cmd) struct Shown {
    schedule: String,
    rhythm: String,
    said: String,
    timezone: String,
    fires: Vec<Fire>,
}

/// A fire to come.
#[derive(Debug, Serialize)]
pub(super) struct Fire {
    schedule: String,
    pub(super) nominal_ms: i64,
    /// Its business date.
    day: String,
    /// When it starts at the earliest; `None` when it does not run.
    pub(super) start_ms: Option<i64>,
    skipped: bool,
    reason: Option<String>,
    /// Whether nobody has entered its year's calendar.
    assumed: bool,
    /// How it is shown.
    #[serde(skip)]
    shown: [String; 3],
}

pub(super) async fn run(app: &App, asked: &Next, output: Output) -> anyhow::Result<()> {
    let now_ms = clock::now_ms();
    let from_ms = asked.from.map_or(now_ms, |from_ms| from_ms - 1);
    let count = usize::from(asked.count);
    let settings = &app.loaded.settings;
    let mut plan = Schedules::clone(&settings.schedules);
    if let Some(text) = &asked.cron {
        let schedule = tried(asked, text)?;
        calendars(app, &mut plan)?;
        plan.list.push(schedule);
    }
    let since = match super::store(app).await {
        Some(store) => store.schedules().await?,
        None => Default::default(),
    };
    let since_ms = |schedule: &Schedule| {
        since
            .get(&schedule.id)
            .map_or(from_ms, |row| row.since_ms)
            .min(from_ms)
    };
    let one = asked
        .schedule
        .as_deref()
        .or_else(|| asked.cron.as_ref().map(|_| TRIED));
    if let Some(id) = one {
        let schedule = super::named(&plan, id)?;
        let shown = Shown::of(
            &plan,
            schedule,
            (since_ms(schedule), from_ms),
            count,
            asked.explain,
        );
        return out::show(output, &shown, |shown| text(schedule, shown));
    }
    let enabled = plan.list.iter().filter(|schedule| schedule.enabled);
    let mut fires: Vec<Fire> = enabled
        .flat_map(|schedule| {
            Shown::of(
                &plan,
                schedule,
                (since_ms(schedule), from_ms),
                count,
                asked.explain,
            )
            .fires
        })
        .filter(|fire| !fire.skipped)
        .collect();
    fires.sort_by_key(|fire| fire.start_ms);
    fires.truncate(count);
    out::show(output, &fires, |fires| {
        let rows = fires.iter().map(|fire| {
            let mut row = vec![fire.schedule.clone()];
            row.extend(fire.shown.iter().cloned());
            row
        });
        out::table(
            &["调度 schedule", "名义时间 nominal", "实际 start", "说明 why"],
            rows,
        )
    })
}

impl Shown {
    /// The next fires of `schedule`.
    pub(in crate::cmd) fn of(
        plan: &Schedules,
        schedule: &Schedule,
        (since_ms, from_ms): (i64, i64),
        count: usize,
        explain: bool,
    ) -> Self {
        let next = plan.next(schedule, since_ms, from_ms, count);
        Self {
            schedule: schedule.id.clone(),
            rhythm: schedule.rhythm_text(),
            said: schedule.describe(),
            timezone: schedule.zone.to_string(),
            fires: next.iter().map(|one| fire(schedule, one, explain)).collect(),
        }
    }

    /// When those of its fires start that run.
    pub(in crate::cmd) fn starts(&self) -> Vec<i64> {
        self.fires.iter().filter_map(|fire| fire.start_ms).collect()
    }

    /// Its fires as a table.
    pub(super) fn table(&self) -> String {
        let rows = self.fires.iter().map(|fire| fire.shown.to_vec());
        out::table(&["名义时间 nominal", "实际 start", "说明 why"], rows)
    }
}

fn fire(schedule: &Schedule, occurrence: &Occurrence, explain: bool) -> Fire {
    let start_ms = occurrence
        .runs()
        .then(|| schedule.start_ms(occurrence.nominal_ms, occurrence.at_ms));
    let mut reasons = Vec::new();
    match &occurrence.fate {
        Fate::Skipped(why) => {
            let (chinese, english) = why.split_once(" / ").unwrap_or((why.as_str(), why.as_str()));
            reasons.push(format!("跳过：{chinese} / skipped: {english}"));
        }
        Fate::Runs(remark) => reasons.extend(remark.clone()),
    }
    if occurrence.runs() && schedule.days.is_some() {
        let word = match schedule.days.as_ref().map(|days| days.on) {
            Some(On::Restday) => "休息日 / a rest day",
            Some(On::Workday | On::Any) | None => "工作日 / a working day",
        };
        reasons.push(word.to_owned());
    }
    if occurrence.assumed {
        reasons.push("日历没有这一年，假定 / assumed: its year is in no calendar".to_owned());
    }
    if schedule.rhythm == Rhythm::Following && occurrence.runs() {
        reasons.push("预计，实际随上游 / expected; it follows what is upstream".to_owned());
    }
    if explain && let Some(start_ms) = start_ms {
        reasons.extend(why_then(schedule, occurrence, start_ms));
    }
    let reason = (!reasons.is_empty()).then(|| reasons.join("；"));
    let nominal = match schedule.rhythm {
        Rhythm::Following => occurrence.day.to_string(),
        Rhythm::At(_) => moment(schedule, occurrence.nominal_ms),
    };
    Fire {
        schedule: schedule.id.clone(),
        nominal_ms: occurrence.nominal_ms,
        day: occurrence.day.to_string(),
        start_ms,
        skipped: !occurrence.runs(),
        shown: [
            nominal,
            start_ms.map_or_else(|| "—".to_owned(), |start_ms| moment(schedule, start_ms)),
            lang::said(reason.as_deref().unwrap_or_default()),
        ],
        reason,
        assumed: occurrence.assumed,
    }
}

/// Why it starts when it does.
fn why_then(schedule: &Schedule, occurrence: &Occurrence, start_ms: i64) -> Vec<String> {
    let mut reasons = Vec::new();
    let jitter_ms = schedule.jitter_of(occurrence.nominal_ms);
    if jitter_ms > 0 {
        reasons.push(format!(
            "抖动 +{} / jitter +{}",
            span(jitter_ms),
            span_english(jitter_ms)
        ));
    }
    if let Some(window) = &schedule.window {
        let hours = format!(
            "{}–{}",
            window.after.format("%H:%M"),
            window.before.format("%H:%M")
        );
        let waits = start_ms > occurrence.at_ms + jitter_ms;
        reasons.push(if waits {
            format!("窗口 {hours}，等到开窗 / window {hours}, waits until it opens")
        } else {
            format!("窗口 {hours} 内 / within its window {hours}")
        });
    }
    if !schedule.after.is_empty() {
        reasons.push(format!(
            "等 {}，最多 {} / waits for {}, at most {}",
            schedule.after.join("、"),
            span(schedule.after_timeout_ms),
            schedule.after.join(", "),
            span_english(schedule.after_timeout_ms)
        ));
    }
    reasons
}

/// `2026-11-23 一 18:30:00`, in the schedule's own zone; `Mon` in English.
fn moment(schedule: &Schedule, at_ms: i64) -> String {
    use chrono::Datelike;
    let at = hub_runtime::schedule::local(at_ms, schedule.zone);
    let weekday = usize::try_from(at.weekday().num_days_from_monday()).unwrap_or_default();
    let (chinese, english) = WEEKDAYS.get(weekday).copied().unwrap_or_default();
    let weekday = lang::either(chinese, english);
    format!("{} {weekday} {}", at.format("%Y-%m-%d"), at.format("%H:%M:%S"))
}

fn text(schedule: &Schedule, shown: &Shown) -> String {
    let off = if schedule.enabled {
        String::new()
    } else {
        let off = "连接器未启用，实际不会触发 / the connector is not enabled: it does not fire";
        format!("\n{}", lang::said(off))
    };
    let english = super::english(schedule);
    let when = lang::either(&shown.rhythm, &english);
    let said = format!("{}{}", shown.said, lang::mark("，"));
    format!(
        "{}  {when}  {}{}{}{}\n{}{off}",
        shown.schedule,
        lang::mark("（").trim_start(),
        lang::either(&said, ""),
        shown.timezone,
        lang::mark("）"),
        shown.table()
    )
}

/// A schedule of defaults around an expression.
fn tried(asked: &Next, text: &str) -> anyhow::Result<Schedule> {
    let usage = |told: String| UsageError(told);
    let read = |day_match| match asked.quartz {
        true => Expression::quartz(text, day_match),
        false => Expression::cron(text, day_match),
    };
    // Whoever tries one may not know yet what its day fields mean together; the list shows the days.
    let expression = read(None).or_else(|told| match told.contains("day_match = \"any\"") {
        true => {
            eprintln!("{}: {}", lang::pair("提醒 warning"), lang::said(&told));
            read(Some(if asked.quartz {
                DayMatch::All
            } else {
                DayMatch::Any
            }))
        }
        false => Err(told),
    });
    let zone = zone(&asked.timezone).map_err(usage)?;
    Ok(Schedule {
        id: TRIED.to_owned(),
        task: Task::Check,
        enabled: true,
        rhythm: Rhythm::At(expression.map_err(usage)?),
        zone,
        days: asked.workdays.then(|| Days {
            calendar: CALENDAR.to_owned(),
            on: On::Workday,
            shift: Shift::None,
        }),
        jitter_ms: 0,
        window: None,
        stop_at_window_end: false,
        misfire: Misfire::RunOnce,
        grace_ms: 0,
        misfire_max: 1,
        overlap: Overlap::Skip,
        key: String::new(),
        after: Vec::new(),
        after_policy: AfterPolicy::AllSuccess,
        after_timeout_ms: 0,
        retry: Retry::NONE,
        timeout_ms: None,
        max_runtime_ms: None,
        expect_within_ms: None,
        on_failure: OnFailure::Alert,
        place: String::from_str(TRIED)?,
    })
}

/// The calendar, also when no schedule goes by it yet.
fn calendars(app: &App, plan: &mut Schedules) -> anyhow::Result<()> {
    use std::sync::Arc;
    let named = hub_runtime::schedule::NamedCalendar {
        calendar: app.loaded.settings.calendar.as_ref().clone(),
        file: format!("calendars/{CALENDAR}.csv"),
    };
    plan.calendars
        .entry(CALENDAR.to_owned())
        .or_insert_with(|| Arc::new(named));
    Ok(())
}
