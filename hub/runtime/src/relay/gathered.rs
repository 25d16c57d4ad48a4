//! A lane whose channel takes all that waits at once: a file, a digest.
//! Here because such a channel has no trouble with single events, only with itself.
//! In: what waits, once its window is over. Out: one attempt that is everyone's.
//! Not here: what goes into it (channels).

use std::sync::atomic::Ordering;
use std::time::Duration;

use hub_model::push::{Sends, Standing};
use hub_store::{Attempt, AttemptOutcome, Waiting};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::outcome::{RETRY_AFTER_SECONDS, hold, millis, told};
use super::{Lane, Relay, Rested, Turn};
use crate::channels::{Answer, GatherChannel, Verdict};
use crate::{Result, clock, spans};

/// The longest pause of the schedule that such a channel is left alone for: what waits for it is everything.
const PAUSES: usize = 4;

impl Relay {
    /// Sends until nothing waits whose window is over. After `stop`, nothing new begins.
    pub(super) async fn work_gathered(
        &self,
        lane: &Lane,
        channel: &dyn GatherChannel,
        turn: &mut Turn,
        stop: &CancellationToken,
    ) -> Result<Rested> {
        while !stop.is_cancelled() {
            if let Some(next_ms) = self.not_yet(lane, channel, turn).await? {
                return Ok(Rested { next_ms });
            }
            let now_ms = self.clock.now_ms();
            let waiting = self
                .store
                .waiting(&lane.id, now_ms, channel.events_max().max(1))
                .await?;
            let Some(waiting) = waiting else {
                return Ok(Rested {
                    next_ms: Some(now_ms.saturating_add(1)),
                });
            };
            let span = spans::push_of(&lane.id, waiting.events);
            let send = channel.send(&self.store, &waiting, now_ms, &lane.id);
            let answer = send.instrument(span.clone()).await?;
            turn.bucket.take(1);
            lane.probed.store(true, Ordering::Release);
            let attempt = self.record_gathered(lane, &waiting, &answer, now_ms).await?;
            spans::pushed(&span, &[attempt]);
        }
        Ok(Rested { next_ms: None })
    }

    /// Why nothing goes out now: the time at which something may, or none; `None` when it may.
    async fn not_yet(
        &self,
        lane: &Lane,
        channel: &dyn GatherChannel,
        turn: &mut Turn,
    ) -> Result<Option<Option<i64>>> {
        let now_ms = self.clock.now_ms();
        let Some(first_ms) = self.store.next_due_ms(&lane.id).await? else {
            return Ok(Some(None));
        };
        let stands = self.stands(lane).await?;
        let broken = stands.standing == Standing::Broken;
        if stands.sends(now_ms) == Sends::Nothing && (!broken || lane.probed.load(Ordering::Acquire)) {
            return Ok(Some(broken.then_some(stands.probe_ms)));
        }
        let window_ms = first_ms.saturating_add(millis(channel.window()));
        let hold_ms = lane.hold_ms.load(Ordering::Acquire);
        let rate_ms = match turn.bucket.available(now_ms) {
            0 => turn.bucket.next_ms(now_ms),
            _ => now_ms,
        };
        let next_ms = window_ms.max(hold_ms).max(rate_ms);
        Ok((next_ms > now_ms).then_some(Some(next_ms)))
    }

    async fn record_gathered(
        &self,
        lane: &Lane,
        waiting: &Waiting,
        answer: &Answer,
        began_ms: i64,
    ) -> Result<Attempt> {
        let now_ms = self.clock.now_ms();
        let taken = answer.verdict == Verdict::Acknowledged;
        let attempt = Attempt {
            sequence: waiting.upto,
            number: waiting.attempts.saturating_add(1),
            outcome: if taken {
                AttemptOutcome::Acknowledged
            } else {
                AttemptOutcome::Retry { due_ms: now_ms }
            },
            told: told(&answer.verdict),
            excused: true,
            status: answer.status,
            error: answer.error.clone(),
            receipt: answer.receipt.clone(),
            took_ms: now_ms.saturating_sub(began_ms).max(0),
        };
        let stands = self
            .store
            .record_gathered(&lane.id, waiting, &attempt, now_ms)
            .await?;
        if taken {
            tracing::info!(sink = lane.id, events = waiting.events, "sent together");
            return Ok(attempt);
        }
        let failures = stands.failures.saturating_sub(1) as usize;
        let pause = RETRY_AFTER_SECONDS
            .get(failures.min(PAUSES - 1))
            .copied()
            .unwrap_or_default();
        let mut wait = Duration::from_secs(pause).mul_f64(clock::jitter());
        if let Verdict::Later { after: Some(asked) } = answer.verdict {
            wait = wait.max(asked);
        }
        let wait = hold(&answer.verdict).unwrap_or(wait);
        lane.hold_ms
            .fetch_max(now_ms.saturating_add(millis(wait)), Ordering::AcqRel);
        tracing::warn!(
            sink = lane.id,
            events = waiting.events,
            status = answer.status,
            error = answer.error,
            standing = stands.standing.as_str(),
            wait_ms = millis(wait),
            "nothing was taken; all of it is kept"
        );
        Ok(attempt)
    }
}
