//! What follows from an answer: done, when to try again, or given up; and what is said about it.
//! Here because the schedule is one table that receivers can be told.
//! In: an event's attempts so far, an answer. Out: the attempt to record.
//! Not here: what an answer means (channels), what becomes of the endpoint (hub-model).

use std::time::Duration;

use hub_model::push::PROBE_MS;
use hub_store::{Attempt, AttemptOutcome, Delivery, Told};

use crate::channels::{Answer, Verdict};
use crate::clock;

/// Pauses before attempts 2, 3, …; after the last the event is dead and waits for a person.
pub(super) const RETRY_AFTER_SECONDS: [u64; 11] = [
    5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400,
];
/// Attempts before an event the receiver refuses for good is dead.
const REFUSED_ATTEMPTS_MAX: u32 = 3;
/// How long a receiver is left alone that asks for patience and does not say how much.
const BUSY: Duration = Duration::from_secs(5);

/// An attempt that was made: of an event, begun and ended at these times.
pub(super) struct Made<'a> {
    pub(super) delivery: &'a Delivery,
    pub(super) began_ms: i64,
    pub(super) ended_ms: i64,
    /// Whether it tried if a broken receiver is back.
    pub(super) probe: bool,
}

impl Made<'_> {
    /// What is recorded of it, when `answer` came.
    pub(super) fn attempt(&self, answer: &Answer, endpoint: &str) -> Attempt {
        let (outcome, excused) = self.outcome(&answer.verdict);
        let attempt = Attempt {
            sequence: self.delivery.sequence,
            number: self.delivery.attempts.saturating_add(1),
            outcome,
            told: told(&answer.verdict),
            excused,
            status: answer.status,
            error: answer.error.clone(),
            receipt: answer.receipt.clone(),
            took_ms: self.ended_ms.saturating_sub(self.began_ms).max(0),
        };
        say(&attempt, &self.delivery.event_id, endpoint, self.ended_ms);
        attempt
    }

    /// What becomes of the event, and whether the attempt does not count against it: it was the receiver's trouble.
    fn outcome(&self, verdict: &Verdict) -> (AttemptOutcome, bool) {
        let counted = self.delivery.attempts.saturating_sub(self.delivery.excused);
        let pause = RETRY_AFTER_SECONDS.get(counted as usize).copied();
        let scheduled = || pause.map(|pause| Duration::from_secs(pause).mul_f64(clock::jitter()));
        let retry = |wait: Duration| AttemptOutcome::Retry {
            due_ms: self.ended_ms.saturating_add(millis(wait)),
        };
        match verdict {
            Verdict::Acknowledged => (AttemptOutcome::Acknowledged, false),
            Verdict::Refused if counted + 1 >= REFUSED_ATTEMPTS_MAX => (AttemptOutcome::Dead, false),
            Verdict::Refused => (scheduled().map_or(AttemptOutcome::Dead, retry), false),
            Verdict::Later { after } if self.probe => (retry(after.unwrap_or_default()), true),
            // Never earlier than the receiver asked; only our own schedule is spread.
            Verdict::Later { after } => {
                let wait = scheduled().map(|wait| after.map_or(wait, |asked| asked.max(wait)));
                (wait.map_or(AttemptOutcome::Dead, retry), false)
            }
            Verdict::Busy { after } => (retry(after.unwrap_or_else(patience)), true),
            Verdict::Unauthorised | Verdict::Gone => (retry(Duration::ZERO), true),
        }
    }
}

fn patience() -> Duration {
    BUSY.mul_f64(clock::jitter())
}

/// How long a receiver that asks for patience gets nothing at all; what it says of one event may be longer.
pub(super) fn hold(verdict: &Verdict) -> Option<Duration> {
    match verdict {
        Verdict::Busy { after } => {
            let wait = after.unwrap_or_else(patience);
            Some(wait.min(Duration::from_millis(PROBE_MS.unsigned_abs())))
        }
        Verdict::Acknowledged
        | Verdict::Later { .. }
        | Verdict::Refused
        | Verdict::Unauthorised
        | Verdict::Gone => None,
    }
}

pub(super) const fn told(verdict: &Verdict) -> Told {
    match verdict {
        Verdict::Acknowledged => Told::Took,
        Verdict::Busy { .. } => Told::Busy,
        Verdict::Later { .. } | Verdict::Refused => Told::Failed,
        Verdict::Unauthorised => Told::Unauthorised,
        Verdict::Gone => Told::Gone,
    }
}

pub(super) fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2)
}

fn say(attempt: &Attempt, event_id: &str, sink: &str, now_ms: i64) {
    let (status, error) = (attempt.status, attempt.error.as_deref());
    match attempt.outcome {
        AttemptOutcome::Acknowledged => {}
        AttemptOutcome::Retry { due_ms } => {
            let wait_ms = due_ms.saturating_sub(now_ms);
            tracing::warn!(
                event = "push.retry",
                event_id,
                sink,
                status,
                error,
                wait_ms,
                "push will be retried"
            );
        }
        AttemptOutcome::Dead => {
            tracing::error!(
                event = "push.dead",
                event_id,
                sink,
                status,
                error,
                "push given up, kept for replay"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(attempts: u32, excused: u32, probe: bool, verdict: &Verdict) -> (AttemptOutcome, bool) {
        let delivery = Delivery {
            sequence: 1,
            event_id: String::new(),
            case_id: String::new(),
            kind: String::new(),
            at_ms: 0,
            data: String::new(),
            traceparent: None,
            attempts,
            excused,
            replay: false,
        };
        let made = Made {
            delivery: &delivery,
            began_ms: 0,
            ended_ms: 0,
            probe,
        };
        made.outcome(verdict)
    }

    fn wait_seconds(attempts: u32, verdict: &Verdict) -> Option<i64> {
        match outcome(attempts, 0, false, verdict).0 {
            AttemptOutcome::Retry { due_ms } => Some(due_ms / 1000),
            AttemptOutcome::Acknowledged | AttemptOutcome::Dead => None,
        }
    }

    fn later(seconds: Option<u64>) -> Verdict {
        Verdict::Later {
            after: seconds.map(Duration::from_secs),
        }
    }

    #[test]
    fn pauses_grow_and_the_receivers_wish_is_honoured() {
        assert!((3..=6).contains(&wait_seconds(0, &later(None)).unwrap()));
        assert!((47..=73).contains(&wait_seconds(1, &later(None)).unwrap()));
        assert_eq!(wait_seconds(0, &later(Some(600))), Some(600));
        assert_eq!(outcome(11, 0, false, &later(None)).0, AttemptOutcome::Dead);
        assert!(wait_seconds(10, &later(None)).is_some());
    }

    #[test]
    fn a_refused_event_is_given_up_after_three_tries() {
        assert!(wait_seconds(1, &Verdict::Refused).is_some());
        assert_eq!(outcome(2, 0, false, &Verdict::Refused).0, AttemptOutcome::Dead);
    }

    #[test]
    fn what_is_the_receivers_trouble_does_not_count_against_the_event() {
        let busy = Verdict::Busy {
            after: Some(Duration::from_secs(7)),
        };
        for (verdict, probe) in [
            (busy.clone(), false),
            (Verdict::Unauthorised, false),
            (Verdict::Gone, false),
            (later(None), true),
        ] {
            let (outcome, excused) = outcome(50, 50, probe, &verdict);
            assert!(
                excused && matches!(outcome, AttemptOutcome::Retry { .. }),
                "{verdict:?}"
            );
        }
        assert_eq!(hold(&busy), Some(Duration::from_secs(7)));
        let day = Verdict::Busy {
            after: Some(Duration::from_secs(86_400)),
        };
        assert_eq!(
            hold(&day),
            Some(Duration::from_secs(300)),
            "one event does not stop all"
        );
        assert_eq!(hold(&later(Some(7))), None);
    }
}
