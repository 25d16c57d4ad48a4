//! The scheduler: one loop that does what is due, and what is decided is in the database before it is done.
//! Here because the hub runs its connectors by itself for years, and no slot may be run twice or lost, whenever it dies.
//! In: schedules, a clock, whoever does the work. Out: fires, from their falling due to their end.
//! Not here: deciding (schedule), taking over (begin), one fire under way (carry), people's words (hands), freshness (watch).
//!
//! Whoever runs a scheduler holds the lease of the data directory: there is one.

mod begin;
mod carry;
mod change;
mod hands;
mod rows;
#[cfg(test)]
mod tests;
mod told;
mod watch;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use hub_store::{FireClaimed, FireRow, FireState, Store};
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::schedule::{Around, Busy, Schedule, Schedules, Standing, Step, Upstream, due, ready};
use crate::stop::{Stop, StopReason};
use crate::{Result, clock};
use carry::Settled;
use rows::{busy_with, made, of, pending, to};

pub use hands::{BACKFILL_MAX, Backfilled};
pub use watch::Fresh;
pub use work::{Outcome, Try, Work};

/// How long the loop sleeps at most: so soon it sees that a clock was changed.
const IDLE: Duration = Duration::from_millis(500);
/// A clock that goes back by more than this was changed, and somebody is told.
const BACK_MS: i64 = 60_000;
/// A loop that has not come round for so long does not answer.
const SILENT_MS: i64 = 60_000;

/// A fire: its schedule and its nominal time.
type Key = (String, i64);

/// The scheduler.
pub struct Scheduler {
    store: Store,
    plan: RwLock<Arc<Schedules>>,
    work: Arc<dyn Work>,
    clock: Arc<dyn Clock>,
    /// Where each schedule stands; held while something is decided.
    board: Mutex<Board>,
    wake: Notify,
    /// What is under way, and by what it is stopped.
    under_way: std::sync::Mutex<HashMap<Key, Stop>>,
    /// What ended since the loop came round: it keeps all of it at once. `None` while there is no loop.
    ended: std::sync::Mutex<Option<Vec<Settled>>>,
    /// When the loop last came round; 0 before it began.
    turned_ms: AtomicI64,
}

/// Where schedules stand, by id; empty before they were taken over.
#[derive(Debug, Default)]
struct Board {
    adopted: bool,
    known: BTreeMap<String, Known>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    standing: Standing,
    /// Nothing is due before.
    next_ms: i64,
}

impl Scheduler {
    /// A scheduler of `plan` over `store`, whose lease the caller holds.
    #[must_use]
    pub fn new(store: Store, plan: Arc<Schedules>, work: Arc<dyn Work>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            store,
            plan: RwLock::new(plan),
            work,
            clock,
            board: Mutex::default(),
            wake: Notify::new(),
            under_way: std::sync::Mutex::default(),
            ended: std::sync::Mutex::default(),
            turned_ms: AtomicI64::new(0),
        })
    }

    /// Does what is due until `stop`; fires that are under way then are left to `tasks`.
    ///
    /// # Errors
    /// When the store refuses what an earlier hub left behind; later refusals are told and tried again.
    pub async fn serve(self: Arc<Self>, tasks: TaskTracker, stop: CancellationToken) -> Result<()> {
        self.begin().await?;
        *self.ended() = Some(Vec::new());
        let mut last_ms = self.clock.now_ms();
        while !stop.is_cancelled() {
            let now_ms = self.clock.now_ms();
            let mut put_right = Ok(());
            if last_ms - now_ms > BACK_MS {
                told::went_back(last_ms, now_ms);
                put_right = self.step_back(now_ms).await;
            }
            if let Err(error) = &put_right {
                told::store_refuses(error);
            } else {
                last_ms = now_ms;
            }
            let wait = match self.round(&tasks, &stop).await {
                Ok(next_ms) => {
                    self.turned_ms.store(now_ms, Ordering::Release);
                    let ms = next_ms.saturating_sub(self.clock.now_ms()).max(0);
                    Duration::from_millis(ms.unsigned_abs()).min(IDLE)
                }
                Err(error) => {
                    told::store_refuses(&error);
                    IDLE
                }
            };
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.wake.notified() => {}
                () = stop.cancelled() => {}
            }
        }
        // What ends from now on is kept by whoever carried it out.
        let ended = self.ended().take();
        self.keep(ended.unwrap_or_default()).await
    }

    /// Keeps what ended, then takes a turn.
    async fn round(self: &Arc<Self>, tasks: &TaskTracker, stop: &CancellationToken) -> Result<i64> {
        let ended = self.ended().as_mut().map(std::mem::take).unwrap_or_default();
        if let Err(error) = self.keep(ended.clone()).await {
            if let Some(later) = self.ended().as_mut() {
                later.extend(ended);
            }
            return Err(error);
        }
        self.turn(tasks, stop).await
    }

    /// Whether the loop has not come round for a while.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let turned_ms = self.turned_ms.load(Ordering::Acquire);
        turned_ms > 0 && (self.clock.now_ms() - turned_ms).abs() > SILENT_MS
    }

    /// Decides what fell due and starts what may start. Returns when something may be due again.
    async fn turn(self: &Arc<Self>, tasks: &TaskTracker, stop: &CancellationToken) -> Result<i64> {
        let mut board = self.board.lock().await;
        let now_ms = self.clock.now_ms();
        let due_ms = self.decide(&mut board, now_ms).await?;
        let ready_ms = self.start(&board, now_ms, tasks, stop).await?;
        Ok(due_ms.min(ready_ms))
    }

    /// Puts what fell due into the database.
    async fn decide(&self, board: &mut Board, now_ms: i64) -> Result<i64> {
        let mut decided = Vec::new();
        let mut entries = Vec::new();
        let mut stands = Vec::new();
        let mut next_ms = i64::MAX;
        let plan = self.plan();
        for schedule in plan.list.iter().filter(|schedule| schedule.enabled) {
            let Some(known) = board.known.get(&schedule.id) else {
                continue;
            };
            if known.next_ms > now_ms {
                next_ms = next_ms.min(known.next_ms);
                continue;
            }
            let decisions = due(&plan, schedule, &known.standing, now_ms);
            let since_ms = known.standing.since_ms;
            let then = plan.occurrences(schedule, since_ms, decisions.decided_ms).next();
            let then_ms = then.map_or(i64::MAX, |occurrence| occurrence.at_ms);
            next_ms = next_ms.min(then_ms);
            stands.push((schedule.id.clone(), decisions.decided_ms, then_ms));
            entries.extend(told::missed(schedule, &decisions));
            if !decisions.fires.is_empty() {
                decided.push(of(schedule, decisions));
            }
        }
        if !decided.is_empty() {
            self.store.decide_fires(&decided, &entries, now_ms).await?;
        }
        // Only now: had the database refused, the same would be decided again.
        for (id, decided_ms, then_ms) in stands {
            if let Some(known) = board.known.get_mut(&id) {
                known.standing.decided_ms = decided_ms;
                known.next_ms = then_ms;
            }
        }
        Ok(next_ms)
    }

    /// Starts the fires that may start. Returns when another may.
    async fn start(
        self: &Arc<Self>,
        board: &Board,
        now_ms: i64,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<i64> {
        let plan = self.plan();
        let open = self.store.open_fires().await?;
        let upstreams = self.upstreams(&open).await?;
        let mut busy: BTreeMap<&str, Busy> = BTreeMap::new();
        let mut under_way = 0;
        for fire in open.iter().filter(|fire| fire.state != FireState::Waiting) {
            under_way += 1;
            if let Some(schedule) = plan.get(&fire.schedule) {
                busy.insert(&schedule.key, busy_with(fire));
            }
        }
        let (mut moved, mut claimed, mut queued) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut next_ms = i64::MAX;
        for fire in open.iter().filter(|fire| fire.state == FireState::Waiting) {
            let Some(schedule) = plan.get(&fire.schedule).filter(|schedule| schedule.enabled) else {
                let why = "已不在配置中 / it is configured no more".to_owned();
                moved.push(to(fire, FireState::Skipped, Some(why)));
                continue;
            };
            let around = Around {
                paused: board
                    .known
                    .get(&schedule.id)
                    .is_some_and(|known| known.standing.paused),
                upstreams: self.around(board, schedule, fire, &upstreams),
                busy: busy.get(schedule.key.as_str()).cloned(),
                queued: queued.contains(schedule.key.as_str()),
                room: under_way < plan.at_once.max(1),
            };
            match ready(schedule, &pending(fire), &around, now_ms) {
                Step::Start => {
                    under_way += 1;
                    busy.insert(&schedule.key, busy_with(fire));
                    claimed.push((schedule, fire, clock::run_id(now_ms)));
                }
                Step::Wait(until_ms) => {
                    if fire.due_ms <= now_ms && around.busy.is_some() {
                        queued.insert(schedule.key.as_str());
                    }
                    next_ms = next_ms.min(until_ms.unwrap_or(i64::MAX));
                }
                Step::Stop(busy) => {
                    queued.insert(schedule.key.as_str());
                    if let Some(stop) = self.under_way().get(&(busy.schedule, busy.nominal_ms)) {
                        stop.ask(StopReason::Superseded);
                    }
                }
                Step::Skip(why) => moved.push(to(fire, FireState::Skipped, Some(why))),
                Step::Miss(why) => moved.push(to(fire, FireState::Missed, Some(why))),
                Step::UpstreamTimeout(why) => moved.push(to(fire, FireState::UpstreamTimeout, Some(why))),
            }
        }
        if !moved.is_empty() {
            let entries = told::entries(&moved);
            self.store.move_fires(&moved, &entries, now_ms).await?;
        }
        let claims: Vec<FireClaimed> = claimed
            .iter()
            .map(|(_, fire, run)| FireClaimed {
                schedule: fire.schedule.clone(),
                nominal_ms: fire.nominal_ms,
                run: run.to_string(),
            })
            .collect();
        self.store.claim_fires(&claims, now_ms).await?;
        for (schedule, fire, run) in claimed {
            self.spawn(schedule.clone(), fire.clone(), run, (tasks, stop));
        }
        Ok(next_ms)
    }

    /// Fires of the days whose upstreams somebody waits for.
    async fn upstreams(&self, open: &[FireRow]) -> Result<Vec<FireRow>> {
        let plan = self.plan();
        let follows = |fire: &&FireRow| {
            let schedule = plan.get(&fire.schedule);
            fire.state == FireState::Waiting && schedule.is_some_and(|schedule| !schedule.after.is_empty())
        };
        let days: BTreeSet<_> = open.iter().filter(follows).map(|fire| fire.day).collect();
        if days.is_empty() {
            return Ok(Vec::new());
        }
        let days: Vec<_> = days.into_iter().collect();
        Ok(self.store.fires_of_days(&days).await?)
    }

    /// How the upstreams of `fire` stand on its day.
    fn around(&self, board: &Board, schedule: &Schedule, fire: &FireRow, rows: &[FireRow]) -> Vec<Upstream> {
        let plan = self.plan();
        let of = |id: &String| {
            let theirs: Vec<&FireRow> = rows
                .iter()
                .filter(|row| row.schedule == *id && row.day == fire.day)
                .collect();
            let since_ms = board
                .known
                .get(id)
                .map_or(i64::MAX, |known| known.standing.since_ms);
            let upstream = plan.get(id);
            let comes = upstream.is_some_and(|upstream| plan.comes_on(upstream, since_ms, fire.day));
            // A day that is skipped is none on which it comes.
            let came: Vec<&&FireRow> = theirs
                .iter()
                .filter(|row| row.state != FireState::Skipped)
                .collect();
            let last = came.last();
            let said = last.map_or("尚未到", |row| row.state.chinese());
            let done = came.iter().any(|row| row.state == FireState::Done);
            Upstream {
                id: id.clone(),
                comes: comes || !came.is_empty(),
                done,
                ended: done || last.is_some_and(|row| !row.state.is_open()),
                said: format!("{id} {said}"),
            }
        };
        schedule.after.iter().map(of).collect()
    }

    /// The schedules that hold now.
    fn plan(&self) -> Arc<Schedules> {
        Arc::clone(&self.plan.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn ended(&self) -> MutexGuard<'_, Option<Vec<Settled>>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, Stop>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
