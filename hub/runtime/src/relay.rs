//! The relay: carries events from the outbox to their receivers, at least once, in order within a case.
//! Here because a receiver that is down, slow or confused must cost time, never an event.
//! In: due deliveries. Out: recorded attempts. Between the receiver's yes and our record a kill costs a duplicate
//! with the same id, never a lost event.
//! Not here: what an answer means (webhook) and what is sent (outbox).

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use futures::{StreamExt, stream};
use hub_store::{Attempt, AttemptOutcome, Delivery, Store};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::report::Events;
use crate::settings::{Channel, Settings};
use crate::webhook::{Answer, Verdict, Webhook};
use crate::{Result, clock};

/// Deliveries taken from the outbox at once, and at most recorded in one transaction.
const BATCH: u32 = 256;
/// Pauses before attempts 2, 3, …; after the last the event is dead and waits for a person.
const RETRY_AFTER_SECONDS: [u64; 11] = [
    5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400,
];
/// Attempts before an event the receiver refuses for good is dead.
const REFUSED_ATTEMPTS_MAX: u32 = 3;
/// However impatient a drain is, what is due when it begins has this long to be tried once.
const FIRST_TRY: Duration = Duration::from_secs(5);
/// How long the relay sleeps when nothing is due.
const IDLE: Duration = Duration::from_millis(500);

/// The relay.
pub struct Relay {
    store: Store,
    lanes: Vec<Lane>,
}

/// One channel's way out; channels never wait for each other.
struct Lane {
    webhook: Webhook,
    turn: Mutex<()>,
}

impl Relay {
    /// A relay over `store` to the channels of `settings`.
    ///
    /// # Errors
    /// When a channel's secret or client cannot be used.
    pub fn new(store: Store, settings: &Settings) -> Result<Arc<Self>> {
        let lane = |channel: &Channel| {
            Webhook::new(channel.clone(), &settings.site).map(|webhook| Lane {
                webhook,
                turn: Mutex::new(()),
            })
        };
        Ok(Arc::new(Self {
            store,
            lanes: settings.channels.iter().map(lane).collect::<Result<_>>()?,
        }))
    }

    /// Sends what falls due until `stop`.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn serve(&self, stop: CancellationToken) -> Result<()> {
        let lanes = self.lanes.iter().map(|lane| self.serve_lane(lane, &stop));
        try_join_all(lanes).await?;
        stop.cancelled().await;
        Ok(())
    }

    async fn serve_lane(&self, lane: &Lane, stop: &CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            if self.pass(lane, stop).await? == 0 {
                let _ = tokio::time::timeout(IDLE, stop.cancelled()).await;
            }
        }
        Ok(())
    }

    /// Sends until nothing is pending, nothing more falls due within `patience`, or that has passed. Returns what became
    /// of events. An attempt that has begun is waited for.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn drain(&self, patience: Duration) -> Result<Events> {
        let before = self.store.outbox_counts().await?;
        let stop = CancellationToken::new();
        let timer = async {
            tokio::time::sleep(patience.max(FIRST_TRY)).await;
            stop.cancel();
            std::future::pending::<()>().await;
        };
        let patience_ms = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let until_ms = clock::now_ms().saturating_add(patience_ms);
        let lanes = self
            .lanes
            .iter()
            .map(|lane| self.drain_lane(lane, until_ms, &stop));
        tokio::select! {
            drained = try_join_all(lanes) => drained.map(|_| ())?,
            () = timer => {}
        }
        let after = self.store.outbox_counts().await?;
        Ok(Events {
            sent: after.sent - before.sent,
            acknowledged: after.acknowledged - before.acknowledged,
            dead: after.dead - before.dead,
            pending: after.pending,
        })
    }

    async fn drain_lane(&self, lane: &Lane, until_ms: i64, stop: &CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            if self.pass(lane, stop).await? > 0 {
                continue;
            }
            match self.store.next_due_ms(&lane.webhook.channel.id).await? {
                Some(due_ms) if due_ms <= until_ms => {
                    let wait = u64::try_from(due_ms - clock::now_ms()).unwrap_or_default();
                    let _ = tokio::time::timeout(Duration::from_millis(wait), stop.cancelled()).await;
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// One batch to one channel. Returns how many attempts were made. They are recorded as they end, a group at a time:
    /// a slow answer for one case holds up nobody's record.
    async fn pass(&self, lane: &Lane, stop: &CancellationToken) -> Result<usize> {
        let _turn = lane.turn.lock().await;
        let channel = &lane.webhook.channel;
        let due = self.store.due(&channel.id, clock::now_ms(), BATCH).await?;
        let sends: Vec<_> = due
            .iter()
            .map(|delivery| deliver(&lane.webhook, delivery))
            .collect();
        // When stopped, what is under way ends and is recorded; nothing new begins.
        let begun = stream::iter(sends).take_until(Box::pin(stop.cancelled()));
        let mut ended = begun
            .buffer_unordered(channel.concurrency.max(1))
            .ready_chunks(BATCH as usize);
        let mut made = 0;
        while let Some(attempts) = ended.next().await {
            self.store
                .record_attempts(&channel.id, &attempts, clock::now_ms())
                .await?;
            made += attempts.len();
        }
        Ok(made)
    }
}

async fn deliver(webhook: &Webhook, delivery: &Delivery) -> Attempt {
    attempt(delivery, webhook.send(delivery).await, &webhook.channel.id)
}

fn attempt(delivery: &Delivery, answer: Answer, endpoint: &str) -> Attempt {
    let outcome = outcome(delivery.attempts, &answer.verdict);
    match &outcome {
        AttemptOutcome::Acknowledged => {}
        AttemptOutcome::Retry { due_ms } => {
            let wait_ms = due_ms - clock::now_ms();
            tracing::warn!(
                sink = endpoint,
                event = delivery.event_id,
                status = answer.status,
                error = answer.error,
                wait_ms,
                "push will be retried"
            );
        }
        AttemptOutcome::Dead => {
            tracing::error!(
                sink = endpoint,
                event = delivery.event_id,
                status = answer.status,
                error = answer.error,
                "push given up, kept for replay"
            );
        }
    }
    Attempt {
        sequence: delivery.sequence,
        outcome,
        status: answer.status,
        error: answer.error,
    }
}

/// What follows from `verdict` after `attempts` earlier attempts.
fn outcome(attempts: u32, verdict: &Verdict) -> AttemptOutcome {
    let pause = RETRY_AFTER_SECONDS
        .get(attempts as usize)
        .copied()
        .map(Duration::from_secs);
    let scheduled = || pause.map(|pause| pause.mul_f64(clock::jitter()));
    let wait = match verdict {
        Verdict::Acknowledged => return AttemptOutcome::Acknowledged,
        Verdict::Refused if attempts + 1 >= REFUSED_ATTEMPTS_MAX => return AttemptOutcome::Dead,
        Verdict::Refused => scheduled(),
        // Never earlier than the receiver asked; only our own schedule is spread.
        Verdict::Later { after } => scheduled().map(|wait| after.map_or(wait, |asked| asked.max(wait))),
    };
    match wait {
        None => AttemptOutcome::Dead,
        Some(wait) => {
            let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
            AttemptOutcome::Retry {
                due_ms: clock::now_ms() + wait_ms,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_seconds(attempts: u32, verdict: &Verdict) -> Option<i64> {
        match outcome(attempts, verdict) {
            AttemptOutcome::Retry { due_ms } => Some((due_ms - clock::now_ms()) / 1000),
            AttemptOutcome::Acknowledged | AttemptOutcome::Dead => None,
        }
    }

    #[test]
    fn pauses_grow_and_the_receivers_wish_is_honoured() {
        let later = |after| Verdict::Later { after };
        assert!((3..=6).contains(&wait_seconds(0, &later(None)).unwrap()));
        assert!((47..=73).contains(&wait_seconds(1, &later(None)).unwrap()));
        assert!((599..=600).contains(&wait_seconds(0, &later(Some(Duration::from_secs(600)))).unwrap()));
        assert_eq!(outcome(11, &later(None)), AttemptOutcome::Dead);
    }

    #[test]
    fn a_refused_event_is_given_up_after_three_tries() {
        assert!(wait_seconds(1, &Verdict::Refused).is_some());
        assert_eq!(outcome(2, &Verdict::Refused), AttemptOutcome::Dead);
    }
}
