//! Schedules by table and by chance: months, leap days, zones with summer time, clocks that jump.
//! Here because what an office relies on for years is tried before it comes.
//! In: definitions, moments written as local times. Out: assertions.
//! Not here: databases and loops (scheduler/tests).

mod calendars;
mod decisions;
mod expressions;
mod follow;
mod waiting;

use std::sync::Arc;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use hub_model::Calendar;

use super::window::resolve;
use super::*;

pub(crate) const SHANGHAI: Tz = Tz::Asia__Shanghai;
pub(crate) const NEW_YORK: Tz = Tz::America__New_York;
pub(crate) const HOUR: i64 = 3_600_000;

/// `2026-11-23 18:30` or with seconds, in `zone`.
pub(crate) fn at(text: &str, zone: Tz) -> i64 {
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"));
    resolve(read.unwrap(), zone)
}

/// In Shanghai.
pub(crate) fn cn(text: &str) -> i64 {
    at(text, SHANGHAI)
}

pub(crate) fn shown(at_ms: i64, zone: Tz) -> String {
    local(at_ms, zone).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// A schedule of defaults.
pub(crate) fn plain(id: &str, cron: &str) -> Schedule {
    Schedule {
        id: id.to_owned(),
        task: Task::Pull(id.trim_start_matches("pull.").to_owned()),
        enabled: true,
        rhythm: Rhythm::At(Expression::cron(cron, None).unwrap()),
        zone: SHANGHAI,
        days: None,
        jitter_ms: 0,
        window: None,
        stop_at_window_end: false,
        misfire: Misfire::RunOnce,
        grace_ms: 12 * HOUR,
        misfire_max: 10,
        overlap: Overlap::Skip,
        key: id.to_owned(),
        after: Vec::new(),
        after_policy: AfterPolicy::AllSuccess,
        after_timeout_ms: 6 * HOUR,
        retry: Retry::NONE,
        timeout_ms: None,
        max_runtime_ms: None,
        expect_within_ms: None,
        on_failure: OnFailure::Alert,
        place: "f:1".to_owned(),
    }
}

pub(crate) fn every(id: &str, ms: i64) -> Schedule {
    Schedule {
        rhythm: Rhythm::At(Expression::every(ms)),
        ..plain(id, "@daily")
    }
}

/// One that follows others, and checks.
pub(crate) fn following(id: &str, after: &[&str]) -> Schedule {
    Schedule {
        rhythm: Rhythm::Following,
        task: Task::Check,
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        ..plain(id, "@daily")
    }
}

/// Only on working days.
pub(crate) fn on(schedule: Schedule, on: On, shift: Shift) -> Schedule {
    let days = Days {
        calendar: CALENDAR.to_owned(),
        on,
        shift,
    };
    Schedule {
        days: Some(days),
        ..schedule
    }
}

pub(crate) fn plan(list: Vec<Schedule>) -> Schedules {
    let text = include_str!("../../../../../config/calendars/cn-workday.csv");
    let calendar = NamedCalendar {
        calendar: Calendar::parse(text, "calendars/cn-workday.csv").unwrap(),
        file: "calendars/cn-workday.csv".to_owned(),
    };
    Schedules {
        list,
        calendars: [(CALENDAR.to_owned(), Arc::new(calendar))].into(),
        at_once: 4,
    }
}

/// The next `count` fires of a plan's first schedule, as local times.
fn fires(plan: &Schedules, from: &str, count: usize) -> Vec<String> {
    let schedule = &plan.list[0];
    let from_ms = at(from, schedule.zone);
    let next = plan.next(schedule, from_ms, from_ms, count);
    let runs = next.iter().filter(|occurrence| occurrence.runs());
    runs.map(|occurrence| shown(occurrence.at_ms, schedule.zone))
        .collect()
}
