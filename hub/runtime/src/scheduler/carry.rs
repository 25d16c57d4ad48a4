//! One fire under way: it waits for its turn, it has so much time, and it ends in one of a few ways.
//! Here because a run must end as a row of the database, whatever becomes of it.
//! In: a claimed fire. Out: where it stands then: done, waiting for another try, failed.
//! Not here: whether it may start (schedule), what a run is (hub).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hub_model::RunId;
use hub_store::{FireMoved, FireRow, FireState};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

use super::{Outcome, Scheduler, Try, told};
use crate::schedule::{OnFailure, Schedule};
use crate::stop::{Stop, StopReason};
use crate::{Result, spans};

/// How long what runs may go on after the service was asked to end; then it is asked to stop as well.
const GOES_ON: Duration = Duration::from_secs(15);
/// A try that ends sooner is written once, at its end.
const SHOWN_AFTER: Duration = Duration::from_millis(50);
/// Longest reason kept, characters.
const REASON_CHARS: usize = 500;
/// Who pauses what failed, as the audit log names it.
const HUB: &str = "hub";

/// How a try came to its end.
enum Ended {
    /// It never was its turn.
    NotBegun,
    /// As it says, having begun at that moment.
    With(Outcome, i64),
}

impl Ended {
    fn tell(&self, span: &Span) {
        match self {
            Self::NotBegun => spans::fired(span, "not begun", true),
            Self::With(Outcome::Done(_), _) => spans::fired(span, "done", true),
            Self::With(Outcome::Failed { .. }, _) => spans::fired(span, "failed", false),
        }
    }
}

/// Where a fire stands after a try.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    moved: FireMoved,
    /// Whether its schedule pauses.
    pauses: bool,
}

impl Scheduler {
    /// Carries `fire` out as `run`.
    pub(super) fn spawn(
        self: &Arc<Self>,
        schedule: Schedule,
        fire: FireRow,
        run: RunId,
        (tasks, closing): (&TaskTracker, &CancellationToken),
    ) {
        told::started(&fire, &run);
        let stop = Stop::default();
        let key = (fire.schedule.clone(), fire.nominal_ms);
        self.under_way().insert(key.clone(), stop.clone());
        let (this, closing) = (Arc::clone(self), closing.clone());
        tasks.spawn(async move {
            let span = spans::fire(&fire.schedule, fire.nominal_ms);
            let tried = this.tried(&schedule, &fire, run, &stop, &closing);
            let ended = tried.instrument(span.clone()).await;
            ended.tell(&span);
            drop(span);
            let settled = this.settle(&schedule, &fire, ended, &stop);
            let own = match this.ended().as_mut() {
                Some(ended) => {
                    ended.push(settled);
                    None
                }
                None => Some(settled),
            };
            if let Some(settled) = own
                && let Err(error) = this.keep(vec![settled]).await
            {
                // It stays as it is; the next start decides by what its run came to.
                told::store_refuses(&error);
            }
            this.under_way().remove(&key);
            this.wake.notify_one();
        });
    }

    async fn tried(
        &self,
        schedule: &Schedule,
        fire: &FireRow,
        run: RunId,
        stop: &Stop,
        closing: &CancellationToken,
    ) -> Ended {
        let (begun, mut begins) = oneshot::channel();
        let mut work = self.work.carry_out(Try {
            task: schedule.task.clone(),
            nominal_ms: fire.nominal_ms,
            run,
            stop: stop.clone(),
            begun,
        });
        let early = tokio::select! {
            biased;
            _ = &mut begins => None,
            outcome = &mut work => Some(Ended::With(outcome, 0)),
            () = closing.cancelled() => Some(Ended::NotBegun),
            () = stop.wait() => Some(Ended::NotBegun),
        };
        let now_ms = self.clock.now_ms();
        match early {
            // It may have begun in the very moment: then it goes on.
            Some(Ended::NotBegun) if begins.try_recv().is_err() => return Ended::NotBegun,
            Some(Ended::With(outcome, _)) => return Ended::With(outcome, now_ms),
            Some(Ended::NotBegun) | None => {}
        }
        let watch = async {
            let (limit, why) = limit(schedule, fire, now_ms);
            tokio::select! {
                () = closing.cancelled() => {
                    self.clock.sleep(GOES_ON).await;
                    stop.ask(StopReason::Shutdown);
                }
                () = self.until(limit) => stop.ask(why),
                never = self.shown(fire, now_ms) => match never {},
            }
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            biased;
            outcome = &mut work => Ended::With(outcome, now_ms),
            never = watch => match never {},
        }
    }

    /// Keeps that a try began, as well as that can be: beside the run and not before it, for the run may hold the only
    /// connection that writes.
    async fn shown(&self, fire: &FireRow, now_ms: i64) -> Infallible {
        tokio::time::sleep(SHOWN_AFTER).await;
        let tries = fire.tries + 1;
        let kept = self
            .store
            .fire_began(&fire.schedule, fire.nominal_ms, tries, now_ms)
            .await;
        if let Err(error) = kept {
            // The run goes on: what it commits is true, whatever its row says.
            told::store_refuses(&error.into());
        }
        std::future::pending().await
    }

    async fn until(&self, limit: Option<Duration>) {
        match limit {
            Some(limit) => self.clock.sleep(limit).await,
            None => std::future::pending().await,
        }
    }

    /// Decides where a fire stands after a try that ended so.
    fn settle(&self, schedule: &Schedule, fire: &FireRow, ended: Ended, stop: &Stop) -> Settled {
        let asked = stop.asked();
        let mut moved = super::to(fire, FireState::Waiting, None);
        if let Ended::With(_, began_ms) = &ended {
            moved.began = Some((*began_ms, fire.tries + 1));
        }
        let failure = match (ended, asked) {
            (Ended::With(Outcome::Done(remark), _), _) => {
                moved.state = FireState::Done;
                moved.reason = remark;
                None
            }
            (Ended::NotBegun, None | Some(StopReason::Shutdown))
            | (Ended::With(..), Some(StopReason::Shutdown)) => {
                moved.reason = Some(
                    "服务停止，下次启动后继续 / the service ended; begun again at its next start".to_owned(),
                );
                None
            }
            (Ended::NotBegun | Ended::With(..), Some(StopReason::Superseded)) => {
                moved.state = FireState::Skipped;
                moved.reason = Some(
                    "由后一次取代（overlap = \"cancel_running\"） / a later one took its place".to_owned(),
                );
                None
            }
            (Ended::NotBegun, Some(StopReason::Timeout | StopReason::Window)) => Some((
                "timeout".to_owned(),
                "没有轮到 / it never was its turn".to_owned(),
            )),
            (Ended::With(Outcome::Failed { message, .. }, _), Some(StopReason::Timeout)) => Some((
                "timeout".to_owned(),
                format!("超过时限 / took too long: {message}"),
            )),
            (Ended::With(Outcome::Failed { .. }, _), Some(StopReason::Window)) => Some((
                "window".to_owned(),
                "窗口结束时未完成，已停止 / stopped at its window's end".to_owned(),
            )),
            (Ended::With(Outcome::Failed { category, message }, _), None) => Some((category, message)),
        };
        let pauses = match failure {
            None => false,
            Some((category, message)) => self.failed(schedule, fire, &mut moved, (&category, &message)),
        };
        moved.reason = moved
            .reason
            .map(|reason| reason.chars().take(REASON_CHARS).collect());
        Settled { moved, pauses }
    }

    /// Keeps where fires stand after their tries.
    pub(super) async fn keep(&self, settled: Vec<Settled>) -> Result<()> {
        if settled.is_empty() {
            return Ok(());
        }
        let moved: Vec<FireMoved> = settled.iter().map(|settled| settled.moved.clone()).collect();
        self.store
            .move_fires(&moved, &told::entries(&moved), self.clock.now_ms())
            .await?;
        for Settled { moved, .. } in settled.iter().filter(|settled| settled.pauses) {
            told::paused(&moved.schedule);
            let why = moved.reason.clone().unwrap_or_default();
            self.paused_by(&moved.schedule, (HUB, &why)).await?;
        }
        Ok(())
    }

    /// Decides about a try that failed: another one, or the end. Whether the schedule pauses.
    fn failed(
        &self,
        schedule: &Schedule,
        fire: &FireRow,
        moved: &mut FireMoved,
        (category, message): (&str, &str),
    ) -> bool {
        let now_ms = self.clock.now_ms();
        let tries = fire.tries + 1;
        let began_ms = fire.claimed_ms.unwrap_or(now_ms);
        let again = schedule.again_ms((fire.nominal_ms, began_ms), tries, category, now_ms);
        if let Some(due_ms) = again {
            told::retry(fire, category, due_ms);
            moved.due_ms = Some(due_ms);
            moved.reason = Some(format!(
                "第 {tries} 次未成（{category}），再试 / tried again: {message}"
            ));
            return false;
        }
        moved.state = FireState::Failed;
        moved.reason = Some(format!("{category}: {message}"));
        match schedule.on_failure {
            OnFailure::Alert => false,
            OnFailure::Pause => true,
        }
    }
}

/// How long a try may take from now on, and what ends it then.
fn limit(schedule: &Schedule, fire: &FireRow, now_ms: i64) -> (Option<Duration>, StopReason) {
    let began_ms = fire.claimed_ms.unwrap_or(now_ms);
    let whole_ms = schedule.max_runtime_ms.map(|max| began_ms + max - now_ms);
    let window_ms = schedule
        .window
        .filter(|_| schedule.stop_at_window_end && !fire.by_hand)
        .map(|window| window.closing(now_ms, schedule.zone) - now_ms);
    let ends = [
        (schedule.timeout_ms, StopReason::Timeout),
        (whole_ms, StopReason::Timeout),
        (window_ms, StopReason::Window),
    ];
    let first = ends
        .into_iter()
        .filter_map(|(ms, why)| Some((ms?, why)))
        .min_by_key(|(ms, _)| *ms);
    match first {
        Some((ms, why)) => (Some(Duration::from_millis(ms.max(0).unsigned_abs())), why),
        None => (None, StopReason::Timeout),
    }
}
