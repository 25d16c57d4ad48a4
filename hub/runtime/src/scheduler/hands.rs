//! What people tell the scheduler: pause, resume, make good what is past.
//! Here because while a service runs only it may say so to its loop, and a command without a service says the same.
//! In: an id, a reason, days. Out: where the schedule stands; the fires that were asked for.
//! Not here: who may ask (the socket's owner), printing.

use chrono::NaiveDate;
use hub_store::{AuditEntry, ScheduleDecided, ScheduleRow};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Scheduler, made};
use crate::schedule::{Fated, NewFire, Schedule, Schedules};
use crate::{Error, Result};

/// Most fires that are asked for at once.
pub const BACKFILL_MAX: usize = 366;
/// Longest period that is looked through for them, days.
const DAYS_MAX: i64 = 3_660;

/// Fires that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfilled {
    /// The schedule.
    pub schedule: String,
    /// Their nominal times; milliseconds since 1970 UTC.
    pub nominal_ms: Vec<i64>,
    /// How many of them wait to be run now; the others ran before, or are under way.
    pub waiting: u64,
}

impl Scheduler {
    /// Pauses a schedule: what falls due from now on is skipped, what is under way goes on.
    ///
    /// # Errors
    /// [`Error::NoSchedule`]; or when the store refuses.
    pub async fn pause(&self, id: &str, reason: &str, actor: &str) -> Result<ScheduleRow> {
        named(&self.plan(), id)?;
        self.paused_by(id, (actor, reason)).await?;
        self.row(id).await
    }

    /// Lets a schedule run again. Nothing of what fell due meanwhile is made good.
    ///
    /// # Errors
    /// [`Error::NoSchedule`]; or when the store refuses.
    pub async fn resume(&self, id: &str, actor: &str) -> Result<ScheduleRow> {
        named(&self.plan(), id)?;
        let mut board = self.board.lock().await;
        self.adopt(&mut board).await?;
        let now_ms = self.clock.now_ms();
        if self.store.resume_schedule(id, actor, now_ms).await?
            && let Some(known) = board.known.get_mut(id)
        {
            known.standing.paused = false;
            known.standing.decided_ms = known.standing.decided_ms.max(now_ms);
            known.next_ms = i64::MIN;
        }
        drop(board);
        self.wake.notify_one();
        self.row(id).await
    }

    /// Runs the fires of the days from `from` up to and with `to` that have passed and did not end well, one after the other.
    ///
    /// # Errors
    /// [`Error::NoSchedule`]; [`Error::Unfit`] when the days are none or too many; or when the store refuses.
    pub async fn backfill(
        &self,
        id: &str,
        (from, to): (NaiveDate, NaiveDate),
        actor: &str,
    ) -> Result<Backfilled> {
        let plan = self.plan();
        let schedule = named(&plan, id)?;
        let mut board = self.board.lock().await;
        self.adopt(&mut board).await?;
        let now_ms = self.clock.now_ms();
        let fires = past(&plan, schedule, (from, to), now_ms)?;
        let nominal_ms: Vec<i64> = fires.iter().map(|fire| fire.nominal_ms).collect();
        let decided = ScheduleDecided {
            schedule: id.to_owned(),
            decided_ms: None,
            fires: fires.into_iter().map(|fire| made(fire, true)).collect(),
        };
        let entry = AuditEntry {
            actor: actor.to_owned(),
            action: "schedule.backfilled".to_owned(),
            subject: format!("schedule/{id}"),
            detail: json!({ "from": from, "to": to, "fires": nominal_ms.len() }).to_string(),
        };
        let waiting = self.store.decide_fires(&[decided], &[entry], now_ms).await?;
        drop(board);
        self.wake.notify_one();
        Ok(Backfilled {
            schedule: id.to_owned(),
            nominal_ms,
            waiting,
        })
    }

    /// Pauses it, unless it is.
    pub(super) async fn paused_by(&self, id: &str, who: (&str, &str)) -> Result<()> {
        let mut board = self.board.lock().await;
        self.adopt(&mut board).await?;
        self.store.pause_schedule(id, who, self.clock.now_ms()).await?;
        if let Some(known) = board.known.get_mut(id) {
            known.standing.paused = true;
            known.next_ms = i64::MIN;
        }
        drop(board);
        self.wake.notify_one();
        Ok(())
    }

    async fn row(&self, id: &str) -> Result<ScheduleRow> {
        let row = self.store.schedules().await?.remove(id);
        row.ok_or_else(|| Error::NoSchedule {
            asked: id.to_owned(),
            known: Vec::new(),
        })
    }
}

/// The fires of `schedule` on those days that have passed.
fn past(
    plan: &Schedules,
    schedule: &Schedule,
    (from, to): (NaiveDate, NaiveDate),
    now_ms: i64,
) -> Result<Vec<NewFire>> {
    let days = (to - from).num_days();
    if !(0..DAYS_MAX).contains(&days) {
        return Err(Error::Unfit(format!(
            "--from {from} 不得晚于 --to {to}，且最多 {DAYS_MAX} 天 / from lies before to, within so many days"
        )));
    }
    let begin_ms = schedule.begin_of(from) - 1;
    let occurrences = plan.occurrences(schedule, i64::MIN, begin_ms);
    let mut fires = Vec::new();
    for occurrence in occurrences.take_while(|occurrence| occurrence.at_ms <= now_ms && occurrence.day <= to)
    {
        if !occurrence.runs() {
            continue;
        }
        if fires.len() == BACKFILL_MAX {
            return Err(Error::Unfit(format!(
                "这些日子里不止 {BACKFILL_MAX} 次，请分段补 / more fires than are made good at once: take fewer days"
            )));
        }
        fires.push(NewFire {
            nominal_ms: occurrence.nominal_ms,
            day: occurrence.day,
            fated: Fated::Waits,
            due_ms: now_ms,
            until_ms: None,
            reason: Some("人工补跑 / asked for by hand".to_owned()),
            assumed: occurrence.assumed,
            once_a_day: false,
        });
    }
    if fires.is_empty() {
        return Err(Error::Unfit(format!(
            "{} 在 {from} 至 {to} 没有已过的触发；hub schedule next {} --from {from} 查看 / no fire has passed in these days",
            schedule.id, schedule.id
        )));
    }
    Ok(fires)
}

/// The schedule called `id`, which fires.
fn named<'a>(plan: &'a Schedules, id: &str) -> Result<&'a Schedule> {
    let found = plan.get(id).filter(|schedule| schedule.enabled);
    found.ok_or_else(|| {
        let enabled = plan.list.iter().filter(|schedule| schedule.enabled);
        Error::NoSchedule {
            asked: id.to_owned(),
            known: enabled.map(|schedule| schedule.id.clone()).collect(),
        }
    })
}
