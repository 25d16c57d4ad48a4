//! The last day of schedules, and what comes next: for `hub status`.
//! Here because "did last night go well" is the first question of every morning.
//! In: schedules, the store. Out: by schedule what became of its fires; what is late, paused, missed; the next fires.
//! Not here: one schedule, whole (explain).

use std::collections::BTreeMap;

use hub_runtime::clock;
use hub_runtime::schedule::Schedules;
use hub_runtime::scheduler::Fresh;
use hub_store::{FireRow, FireState, ScheduleRow, Store};
use serde::Serialize;

use crate::{lang, out};

/// How far back is looked.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Most fires that are looked at.
const FIRES_MAX: u32 = 20_000;
/// Most that went wrong that are shown one by one.
const WRONG_MAX: usize = 20;
/// How many of the next fires are shown.
const NEXT: usize = 5;

/// Schedules, as `hub status` tells them.
#[derive(Debug, Serialize)]
pub(crate) struct Night {
    /// What became of the fires of the last 24 hours, by schedule and state.
    last_day: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Those that did not run or failed, the newest first.
    wrong: Vec<FireRow>,
    /// Those that are not over.
    open: Vec<FireRow>,
    /// Schedules whose last success is older than it may be.
    late: Vec<Late>,
    /// Schedules somebody paused.
    paused: Vec<ScheduleRow>,
    /// The next fires: when they start.
    next: Vec<Next>,
    /// Years nobody has entered into a calendar.
    calendar_gaps: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Late {
    schedule: String,
    /// Since when.
    since_ms: i64,
    /// The last success.
    last_done_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Next {
    schedule: String,
    nominal_ms: i64,
    start_ms: i64,
}

impl Night {
    pub(crate) async fn load(plan: &Schedules, store: &Store) -> anyhow::Result<Self> {
        let now_ms = clock::now_ms();
        let fires = store.fires(None, Some(now_ms - DAY_MS), FIRES_MAX).await?;
        let mut last_day: BTreeMap<String, BTreeMap<&'static str, u64>> = BTreeMap::new();
        for fire in &fires {
            let states = last_day.entry(fire.schedule.clone()).or_default();
            *states.entry(fire.state.as_str()).or_default() += 1;
        }
        let is_wrong = |fire: &FireRow| {
            matches!(
                fire.state,
                FireState::Failed | FireState::Missed | FireState::UpstreamTimeout
            )
        };
        let rows = store.schedules().await?;
        let fresh = Fresh::load(store).await?;
        let (mut late, mut next) = (Vec::new(), Vec::new());
        for schedule in plan.list.iter().filter(|schedule| schedule.enabled) {
            let row = rows.get(&schedule.id);
            if row.is_some_and(|row| row.paused_ms.is_some()) {
                continue;
            }
            let since_ms = row.map_or(now_ms, |row| row.since_ms);
            let last_done_ms = fresh.last_ms(schedule);
            // By itself, not by what the watchdog wrote: the service may be down.
            if let Some(since_ms) =
                plan.late_since(schedule, last_done_ms.unwrap_or(since_ms).max(since_ms), now_ms)
            {
                late.push(Late {
                    schedule: schedule.id.clone(),
                    since_ms,
                    last_done_ms,
                });
            }
            next.extend(plan.next_fire(schedule, since_ms, now_ms).map(|fire| Next {
                schedule: schedule.id.clone(),
                nominal_ms: fire.nominal_ms,
                start_ms: schedule.start_ms(fire.nominal_ms, fire.at_ms),
            }));
        }
        next.sort_by_key(|fire| fire.start_ms);
        next.truncate(NEXT);
        Ok(Self {
            last_day,
            wrong: fires.into_iter().filter(is_wrong).take(WRONG_MAX).collect(),
            open: store.open_fires().await?,
            late,
            paused: rows.into_values().filter(|row| row.paused_ms.is_some()).collect(),
            next,
            calendar_gaps: plan.calendar_gaps(clock::day(now_ms)),
        })
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let semicolon = lang::mark("；");
        for (schedule, states) in &self.last_day {
            let states = FireState::ALL.iter().filter_map(|state| {
                let count = states.get(state.as_str())?;
                Some(format!(
                    "{} {count}",
                    lang::either(state.chinese(), state.as_str())
                ))
            });
            text.push_str(&format!(
                "{}  {schedule}: {}\n",
                lang::pair("近24小时 last day"),
                states.collect::<Vec<_>>().join(lang::mark("，"))
            ));
        }
        for fire in &self.wrong {
            text.push_str(&format!(
                "{of}{}  {} {}: {}{semicolon}hub schedule explain {}\n",
                lang::both(fire.state.chinese(), fire.state.as_str()),
                fire.schedule,
                out::time(fire.nominal_ms),
                lang::said(fire.reason.as_deref().unwrap_or_default()),
                fire.schedule,
                of = lang::either("调度", "schedule ")
            ));
        }
        for late in &self.late {
            let since = out::time(late.since_ms);
            text.push_str(&format!(
                "{is}  {} {since}{semicolon}{done} {}\n",
                late.schedule,
                late.last_done_ms.map_or_else(|| "—".to_owned(), out::time),
                is = lang::pair("调度迟 late"),
                since = lang::either(&format!("自 {since} 起"), &format!("since {since}")),
                done = lang::either("上次成功", "last done")
            ));
        }
        for row in &self.paused {
            text.push_str(&format!("{}\n", super::said(row)));
        }
        for fire in &self.next {
            text.push_str(&format!(
                "{}  {} {}\n",
                lang::pair("下次 next"),
                out::time(fire.start_ms),
                fire.schedule
            ));
        }
        for gap in &self.calendar_gaps {
            text.push_str(&format!("{}  {}\n", lang::pair("提醒 warning"), lang::said(gap)));
        }
        text
    }
}
