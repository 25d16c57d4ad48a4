//! The relay: carries events from the outbox to their receivers, at least once, in order within a case.
//! Here because a receiver that is down, slow or confused must cost time, never an event.
//! In: due deliveries. Out: recorded attempts. Between the receiver's yes and our record a kill costs a duplicate
//! with the same id, never a lost event.
//! Not here: what an answer means (webhook) and what is sent (outbox).

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use hub_store::{Attempt, AttemptOutcome, Delivery, Store};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::report::Events;
use crate::settings::Settings;
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
/// How long the relay sleeps when nothing is due.
const IDLE: Duration = Duration::from_millis(500);

/// The relay.
pub struct Relay {
    store: Store,
    webhooks: Vec<Webhook>,
    turn: Mutex<()>,
}

impl Relay {
    /// A relay over `store` to the channels of `settings`.
    ///
    /// # Errors
    /// When a channel's secret or client cannot be used.
    pub fn new(store: Store, settings: &Settings) -> Result<Arc<Self>> {
        let webhooks = settings
            .channels
            .iter()
            .map(|channel| Webhook::new(channel.clone(), &settings.site))
            .collect::<Result<_>>()?;
        Ok(Arc::new(Self {
            store,
            webhooks,
            turn: Mutex::new(()),
        }))
    }

    /// Sends what falls due until `stop`.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn serve(&self, stop: CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            if self.pass(Some(&stop)).await? == 0 {
                let _ = tokio::time::timeout(IDLE, stop.cancelled()).await;
            }
        }
        Ok(())
    }

    /// Sends until nothing is pending, or nothing more falls due within `patience`. Returns what became of events.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn drain(&self, patience: Duration) -> Result<Events> {
        let before = self.store.outbox_counts().await?;
        let patience_ms = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let until_ms = clock::now_ms().saturating_add(patience_ms);
        loop {
            if self.pass(None).await? > 0 {
                continue;
            }
            match self.next_due_ms().await? {
                Some(due_ms) if due_ms <= until_ms => {
                    let wait = u64::try_from(due_ms - clock::now_ms()).unwrap_or_default();
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                _ => break,
            }
        }
        let after = self.store.outbox_counts().await?;
        Ok(Events {
            sent: after.sent - before.sent,
            acknowledged: after.acknowledged - before.acknowledged,
            dead: after.dead - before.dead,
            pending: after.pending,
        })
    }

    async fn next_due_ms(&self) -> Result<Option<i64>> {
        let mut next = None;
        for webhook in &self.webhooks {
            let due = self.store.next_due_ms(&webhook.channel.id).await?;
            next = match (next, due) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        Ok(next)
    }

    /// One batch to every channel. Returns how many attempts were made.
    async fn pass(&self, stop: Option<&CancellationToken>) -> Result<usize> {
        let _turn = self.turn.lock().await;
        let mut made = 0;
        for webhook in &self.webhooks {
            if stop.is_some_and(CancellationToken::is_cancelled) {
                break;
            }
            made += self.pass_to(webhook, stop).await?;
        }
        Ok(made)
    }

    /// Attempts are recorded as they end, a group at a time: a slow receiver of one case holds up nobody's record.
    async fn pass_to(&self, webhook: &Webhook, stop: Option<&CancellationToken>) -> Result<usize> {
        let endpoint = &webhook.channel.id;
        let due = self.store.due(endpoint, clock::now_ms(), 0, BATCH).await?;
        let sends: Vec<_> = due.iter().map(|delivery| deliver(webhook, delivery)).collect();
        let stopped = async {
            match stop {
                Some(stop) => stop.cancelled().await,
                None => std::future::pending().await,
            }
        };
        // When stopped, what is under way ends and is recorded; nothing new begins.
        let begun = stream::iter(sends).take_until(Box::pin(stopped));
        let mut ended = begun
            .buffer_unordered(webhook.channel.concurrency.max(1))
            .ready_chunks(BATCH as usize);
        let mut made = 0;
        while let Some(attempts) = ended.next().await {
            self.store
                .record_attempts(endpoint, &attempts, clock::now_ms())
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
    let scheduled = || {
        RETRY_AFTER_SECONDS
            .get(attempts as usize)
            .copied()
            .map(Duration::from_secs)
    };
    let wait = match verdict {
        Verdict::Acknowledged => return AttemptOutcome::Acknowledged,
        Verdict::Refused if attempts + 1 >= REFUSED_ATTEMPTS_MAX => return AttemptOutcome::Dead,
        Verdict::Refused => scheduled(),
        Verdict::Later { after } => scheduled().map(|wait| after.map_or(wait, |asked| asked.max(wait))),
    };
    match wait {
        None => AttemptOutcome::Dead,
        Some(wait) => {
            let wait = wait.mul_f64(clock::jitter());
            AttemptOutcome::Retry {
                due_ms: clock::now_ms() + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2),
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
        assert!((470..=730).contains(&wait_seconds(0, &later(Some(Duration::from_secs(600)))).unwrap()));
        assert_eq!(outcome(11, &later(None)), AttemptOutcome::Dead);
    }

    #[test]
    fn a_refused_event_is_given_up_after_three_tries() {
        assert!(wait_seconds(1, &Verdict::Refused).is_some());
        assert_eq!(outcome(2, &Verdict::Refused), AttemptOutcome::Dead);
    }
}
