//! One fire under way: it waits for its turn, it has so much time, and it ends in one of a few ways.
//! Here because a run must end as a row of the database, whatever becomes of it.
//! In: a claimed fire. Out: where it stands then: done, waiting for another try, failed.
//! Not here: whether it may start (schedule), what a run is (hub).

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hub_model::RunId;
use hub_store::{FireMoved, FireRow, FireState};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Outcome, Scheduler, Try, told};
use crate::Result;
use crate::schedule::{OnFailure, Schedule};
use crate::stop::{Stop, StopReason};

/// How long what runs may go on after the service was asked to end; then it is asked to stop as well.
const GOES_ON: Duration = Duration::from_secs(15);
/// Longest reason kept, characters.
const REASON_CHARS: usize = 500;
/// Who pauses what failed, as the audit log names it.
const HUB: &str = "hub";

/// How a try came to its end.
enum Ended {
    /// It never was its turn.
    NotBegun,
    /// As it says.
    With(Outcome),
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
        let stop = Stop::default();
        let key = (fire.schedule.clone(), fire.nominal_ms);
        self.under_way().insert(key.clone(), stop.clone());
        let (this, closing) = (Arc::clone(self), closing.clone());
        tasks.spawn(async move {
            let ended = this.tried(&schedule, &fire, run, &stop, &closing).await;
            let settled = this.settle(&schedule, &fire, ended, &stop).await;
            if let Err(error) = settled {
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
            run,
            stop: stop.clone(),
            begun,
        });
        let early = tokio::select! {
            biased;
            _ = &mut begins => None,
            outcome = &mut work => Some(Ended::With(outcome)),
            () = closing.cancelled() => Some(Ended::NotBegun),
            () = stop.wait() => Some(Ended::NotBegun),
        };
        let now_ms = self.clock.now_ms();
        let written = AtomicBool::new(false);
        let ended = match early {
            // It may have begun in the very moment: then it goes on.
            Some(Ended::NotBegun) if begins.try_recv().is_err() => return Ended::NotBegun,
            Some(Ended::With(outcome)) => outcome,
            Some(Ended::NotBegun) | None => {
                let watch = async {
                    // Beside the run and not before it: the run may hold the only connection that writes.
                    self.began(fire, now_ms, &written).await;
                    let (limit, why) = limit(schedule, fire, now_ms);
                    tokio::select! {
                        () = closing.cancelled() => {
                            self.clock.sleep(GOES_ON).await;
                            stop.ask(StopReason::Shutdown);
                        }
                        () = self.until(limit) => stop.ask(why),
                    }
                    std::future::pending::<Infallible>().await
                };
                tokio::select! {
                    biased;
                    outcome = &mut work => outcome,
                    never = watch => match never {},
                }
            }
        };
        if !written.load(Ordering::Relaxed) {
            self.began(fire, now_ms, &written).await;
        }
        Ended::With(ended)
    }

    /// Keeps that a try began, as well as that can be.
    async fn began(&self, fire: &FireRow, now_ms: i64, written: &AtomicBool) {
        let tries = fire.tries + 1;
        let kept = self
            .store
            .fire_began(&fire.schedule, fire.nominal_ms, tries, now_ms)
            .await;
        if let Err(error) = kept {
            // The run goes on: what it commits is true, whatever its row says.
            told::store_refuses(&error.into());
        }
        written.store(true, Ordering::Relaxed);
    }

    async fn until(&self, limit: Option<Duration>) {
        match limit {
            Some(limit) => self.clock.sleep(limit).await,
            None => std::future::pending().await,
        }
    }

    /// Keeps how a try ended.
    async fn settle(&self, schedule: &Schedule, fire: &FireRow, ended: Ended, stop: &Stop) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let asked = stop.asked();
        let mut moved = super::to(fire, FireState::Waiting, None);
        let failure = match (ended, asked) {
            (Ended::With(Outcome::Done(remark)), _) => {
                moved.state = FireState::Done;
                moved.reason = remark;
                None
            }
            (Ended::NotBegun, None | Some(StopReason::Shutdown))
            | (Ended::With(_), Some(StopReason::Shutdown)) => {
                moved.reason = Some(
                    "服务停止，下次启动后继续 / the service ended; begun again at its next start".to_owned(),
                );
                None
            }
            (Ended::NotBegun | Ended::With(_), Some(StopReason::Superseded)) => {
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
            (Ended::With(Outcome::Failed { message, .. }), Some(StopReason::Timeout)) => Some((
                "timeout".to_owned(),
                format!("超过时限 / took too long: {message}"),
            )),
            (Ended::With(Outcome::Failed { .. }), Some(StopReason::Window)) => Some((
                "window".to_owned(),
                "窗口结束时未完成，已停止 / stopped at its window's end".to_owned(),
            )),
            (Ended::With(Outcome::Failed { category, message }), None) => Some((category, message)),
        };
        let pauses = match failure {
            None => false,
            Some((category, message)) => self.failed(schedule, fire, &mut moved, (&category, &message)),
        };
        moved.reason = moved
            .reason
            .map(|reason| reason.chars().take(REASON_CHARS).collect());
        let moved = [moved];
        self.store
            .move_fires(&moved, &told::entries(&moved), now_ms)
            .await?;
        if pauses {
            let [FireMoved { reason, .. }] = &moved;
            told::paused(&schedule.id);
            let why = reason.clone().unwrap_or_default();
            self.paused_by(&schedule.id, (HUB, &why)).await?;
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
