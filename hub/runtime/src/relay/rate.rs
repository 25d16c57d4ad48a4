//! How fast messages go to one receiver: a bucket of tokens that fills with time.
//! Here because a receiver that was down for hours must not be drowned when it is back.
//! In: messages a minute, the time. Out: how many may go now, and when the next may.
//! Not here: waiting.

const MINUTE_MS: i64 = 60_000;

/// A bucket. It counts in parts of a message, `MINUTE_MS` of them, so that nothing is rounded.
pub(super) struct Bucket {
    per_minute: Option<i64>,
    /// What is in it.
    level: i64,
    at_ms: i64,
}

impl Bucket {
    /// A full one of `per_minute`; without, one that never runs dry.
    pub(super) fn new(per_minute: Option<u32>, now_ms: i64) -> Self {
        let mut bucket = Self {
            per_minute: per_minute.map(i64::from),
            level: 0,
            at_ms: now_ms,
        };
        bucket.level = bucket.capacity();
        bucket
    }

    /// From now on it is one of `per_minute`.
    pub(super) fn goes_by(&mut self, per_minute: Option<u32>, now_ms: i64) {
        if self.per_minute != per_minute.map(i64::from) {
            *self = Self::new(per_minute, now_ms);
        }
    }

    /// What a second brings, and never less than one message.
    fn capacity(&self) -> i64 {
        let per_minute = self.per_minute.unwrap_or_default();
        (per_minute.saturating_mul(1000)).max(MINUTE_MS)
    }

    /// Messages that may go at `now_ms`.
    pub(super) fn available(&mut self, now_ms: i64) -> usize {
        let Some(per_minute) = self.per_minute else {
            return usize::MAX;
        };
        // A clock that was put back brings nothing, and must not take anything either.
        let passed_ms = now_ms.saturating_sub(self.at_ms).max(0);
        self.at_ms = now_ms;
        let filled = self.level.saturating_add(passed_ms.saturating_mul(per_minute));
        self.level = filled.min(self.capacity());
        usize::try_from(self.level / MINUTE_MS).unwrap_or_default()
    }

    /// Takes out `messages`, which went, allowed or not.
    pub(super) fn take(&mut self, messages: usize) {
        let messages = i64::try_from(messages).unwrap_or(i64::MAX);
        self.level = self.level.saturating_sub(messages.saturating_mul(MINUTE_MS));
    }

    /// When the next messages may go: a quarter of what fits, so that a fast lane does not wake for each of them.
    pub(super) fn next_ms(&self, now_ms: i64) -> i64 {
        let enough = (self.capacity() / 4).max(MINUTE_MS);
        match self.per_minute {
            Some(per_minute) if self.level < enough => {
                let missing = enough - self.level;
                now_ms.saturating_add((missing + per_minute - 1) / per_minute.max(1))
            }
            Some(_) | None => now_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_over_time_whatever_the_steps() {
        for step_ms in [1, 7, 500, 3_333, 60_000] {
            let mut bucket = Bucket::new(Some(18), 0);
            let mut sent = 0;
            for now_ms in (0..600_000).step_by(step_ms) {
                let may = bucket.available(now_ms);
                bucket.take(may);
                sent += may;
            }
            assert!(sent <= 18 * 10 + 1, "{sent} in ten minutes, step {step_ms}");
            // Who comes late finds the bucket full, and what came meanwhile lost.
            assert!(
                step_ms > 500 || sent >= 18 * 10 * 9 / 10,
                "{sent}, step {step_ms}"
            );
        }
    }

    #[test]
    fn the_next_message_may_go_when_it_is_said() {
        let mut bucket = Bucket::new(Some(18), 0);
        assert_eq!(bucket.available(0), 1);
        bucket.take(1);
        let next_ms = bucket.next_ms(0);
        assert_eq!(next_ms, 3334);
        assert_eq!((bucket.available(next_ms - 1), bucket.available(next_ms)), (0, 1));
        assert_eq!(Bucket::new(None, 0).available(0), usize::MAX);
        let mut fast = Bucket::new(Some(6000), 0);
        assert_eq!(fast.available(0), 100);
        fast.take(150);
        assert_eq!((fast.available(400), fast.available(600)), (0, 10));
    }
}
