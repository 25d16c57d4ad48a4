//! What falls due: which fires begin to wait, which are skipped, which were missed, and why.
//! Here because what a hub does after a night without power is decided once, and not by a loop that happens to be late.
//! In: a schedule, how far it was decided before, the moment. Out: new fires, how far it is decided now.
//! Not here: whether a fire that waits may start (ready), storage.

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::{Fate, Misfire, Occurrence, Rhythm, Schedule, Schedules, local, span};

/// A fire that comes later than this after its time was missed, in the sense of `misfire`.
pub const LATE_MS: i64 = 60_000;
/// Fires that were missed or gave way to a later one, at most so many rows at a time, the newest; the others are counted.
pub const MISSED_ROWS_MAX: usize = 100;
/// Moments looked at in one decision; what is beyond them is decided by the next.
const MOMENTS_MAX: usize = 500_000;
/// Of a period, so many moments back from now are looked at; those before are counted.
const PERIODS_BACK: i64 = 10_000;

/// How far a schedule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Everything up to this moment is decided.
    pub decided_ms: i64,
    /// Since when the definition is known.
    pub since_ms: i64,
    /// Whether somebody paused it.
    pub paused: bool,
}

/// What becomes of a fire at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fated {
    /// It waits until it may start.
    Waits,
    /// It does not run, as it should be.
    Skipped,
    /// It does not run, and somebody must know.
    Missed,
}

/// A fire nobody has seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFire {
    /// What it is known by, with the schedule's id.
    pub nominal_ms: i64,
    /// Its business date.
    pub day: NaiveDate,
    /// What becomes of it.
    pub fated: Fated,
    /// It starts no earlier.
    pub due_ms: i64,
    /// Until when its upstreams are waited for.
    pub until_ms: Option<i64>,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// Whether its calendar was assumed.
    pub assumed: bool,
    /// Whether one row of its kind is enough for the day.
    pub once_a_day: bool,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// New fires, the earliest first.
    pub fires: Vec<NewFire>,
    /// Everything up to this moment is decided.
    pub decided_ms: i64,
    /// Missed ones beyond those in `fires`.
    pub uncounted: u64,
}

/// Decides what fell due after `standing.decided_ms`, up to and with `now_ms`. A clock that went back decides nothing twice:
/// what is known by its nominal time is not new.
#[must_use]
pub fn due(plan: &Schedules, schedule: &Schedule, standing: &Standing, now_ms: i64) -> Decisions {
    let mut decisions = Decisions {
        fires: Vec::new(),
        decided_ms: now_ms,
        uncounted: 0,
    };
    if !schedule.enabled {
        return decisions;
    }
    let mut from_ms = standing.decided_ms.min(now_ms);
    if let Rhythm::At(expression) = &schedule.rhythm
        && let Some(period_ms) = expression.period_ms()
    {
        let back = now_ms.saturating_sub(period_ms.saturating_mul(PERIODS_BACK));
        if back > from_ms {
            decisions.uncounted += u64::try_from((back - from_ms) / period_ms).unwrap_or_default();
            from_ms = back;
        }
    }
    let keep = MISSED_ROWS_MAX.max(schedule.misfire_max);
    let mut come: VecDeque<Occurrence> = VecDeque::new();
    let occurrences = plan.occurrences(schedule, standing.since_ms, from_ms);
    for (nth, occurrence) in occurrences.take_while(|next| next.at_ms <= now_ms).enumerate() {
        if nth == MOMENTS_MAX {
            decisions.decided_ms = occurrence.at_ms - 1;
            break;
        }
        match &occurrence.fate {
            Fate::Skipped(why) => push(
                &mut decisions.fires,
                skipped(schedule, &occurrence, why.clone(), true),
            ),
            Fate::Runs(_) if standing.paused => {
                let why = "已暂停，暂停期间的不补 / paused".to_owned();
                push(&mut decisions.fires, skipped(schedule, &occurrence, why, true));
            }
            Fate::Runs(_) => {
                come.push_back(occurrence);
                if come.len() > keep {
                    come.pop_front();
                    decisions.uncounted += 1;
                }
            }
        }
    }
    misfires(schedule, come, now_ms, &mut decisions);
    decisions.fires.sort_by_key(|fire| fire.nominal_ms);
    decisions
}

/// Decides about fires that have come, the earliest first.
fn misfires(schedule: &Schedule, come: VecDeque<Occurrence>, now_ms: i64, decisions: &mut Decisions) {
    let grace = span(schedule.grace_ms);
    let (old, mut live): (Vec<Occurrence>, Vec<Occurrence>) = come
        .into_iter()
        .partition(|occurrence| now_ms - starts(schedule, occurrence) > schedule.grace_ms);
    let out_of_grace = format!("错过，超出宽限 {grace}（misfire_grace） / missed, beyond its grace");
    for occurrence in &old {
        decisions
            .fires
            .push(missed(schedule, occurrence, out_of_grace.clone()));
    }
    match schedule.misfire {
        Misfire::RunOnce => {}
        Misfire::Skip => {
            let is_late = |occurrence: &Occurrence| now_ms - starts(schedule, occurrence) > LATE_MS;
            let (late, kept) = live.into_iter().partition(is_late);
            live = kept;
            let late: Vec<Occurrence> = late;
            for occurrence in &late {
                let why = "错过，按 misfire = \"skip\" 不补 / missed, and not made good".to_owned();
                decisions.fires.push(missed(schedule, occurrence, why));
            }
        }
        Misfire::RunAll => {
            let beyond = live.len().saturating_sub(schedule.misfire_max.max(1));
            let kept = live.split_off(beyond);
            for occurrence in &live {
                let why = format!(
                    "错过，最多补 {} 次（misfire_max） / missed, too many",
                    schedule.misfire_max
                );
                decisions.fires.push(missed(schedule, occurrence, why));
            }
            decisions
                .fires
                .extend(kept.iter().map(|occurrence| waits(schedule, occurrence, now_ms)));
            return;
        }
    }
    let Some(last) = live.pop() else { return };
    let into = local(last.nominal_ms, schedule.zone)
        .format("%m-%d %H:%M:%S")
        .to_string();
    for occurrence in &live {
        let why = format!("并入 {into} 的一次 / one run stands for both");
        decisions.fires.push(skipped(schedule, occurrence, why, false));
    }
    let mut fire = waits(schedule, &last, now_ms);
    let others = live.len() as u64 + decisions.uncounted;
    if others > 0 {
        let remark = format!("补 {others} 次错过的 / stands for those missed");
        fire.reason = Some(
            fire.reason
                .map_or_else(|| remark.clone(), |said| format!("{said}；{remark}")),
        );
    }
    decisions.fires.push(fire);
}

/// Keeps the newest rows of a kind that could be many.
fn push(fires: &mut Vec<NewFire>, fire: NewFire) {
    if fires.len() >= MISSED_ROWS_MAX {
        fires.remove(0);
    }
    fires.push(fire);
}

fn starts(schedule: &Schedule, occurrence: &Occurrence) -> i64 {
    schedule.start_ms(occurrence.nominal_ms, occurrence.at_ms)
}

/// A fire that waits from now on: for its jitter, its window, its upstreams, a place.
pub(crate) fn waits(schedule: &Schedule, occurrence: &Occurrence, now_ms: i64) -> NewFire {
    let due_ms = starts(schedule, occurrence);
    let waits_for_others = !schedule.after.is_empty();
    let mut fire = fire(schedule, occurrence, Fated::Waits, None);
    fire.due_ms = due_ms;
    fire.until_ms = waits_for_others.then(|| due_ms.max(now_ms).saturating_add(schedule.after_timeout_ms));
    if let Fate::Runs(remark) = &occurrence.fate {
        fire.reason.clone_from(remark);
    }
    fire
}

fn skipped(schedule: &Schedule, occurrence: &Occurrence, why: String, once_a_day: bool) -> NewFire {
    NewFire {
        once_a_day,
        ..fire(schedule, occurrence, Fated::Skipped, Some(why))
    }
}

fn missed(schedule: &Schedule, occurrence: &Occurrence, why: String) -> NewFire {
    fire(schedule, occurrence, Fated::Missed, Some(why))
}

fn fire(schedule: &Schedule, occurrence: &Occurrence, fated: Fated, reason: Option<String>) -> NewFire {
    NewFire {
        nominal_ms: occurrence.nominal_ms,
        day: occurrence.day,
        fated,
        due_ms: starts(schedule, occurrence),
        until_ms: None,
        reason,
        assumed: occurrence.assumed,
        once_a_day: false,
    }
}
