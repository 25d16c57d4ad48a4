//! Retries: which failures are tried again, and when.
//! Here because an upstream that is down deserves another try, and a wrong password does not.
//! In: a schedule's retry, a fault's category, how many tries there were. Out: when the next try is due.
//! Not here: trying (scheduler).

use super::{Schedule, chance};

/// Words for failures that may be tried again, each with the categories of faults it stands for. What a source answers slowly,
/// with 5xx or not at all is one category to a connector.
pub const RETRIED: [(&str, &[&str]); 6] = [
    ("timeout", &["timeout", "transient"]),
    ("5xx", &["transient"]),
    ("conn", &["transient"]),
    ("transient", &["transient"]),
    ("rate_limited", &["rate_limited"]),
    ("internal", &["internal"]),
];
/// Categories nothing is gained by trying again: somebody has to mend something first.
pub const NEVER_RETRIED: [&str; 7] = [
    "auth",
    "config",
    "data",
    "not_found",
    "permission",
    "schema",
    "unsupported",
];

/// How a failed run is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How often, at most; 0 is never.
    pub max: u32,
    /// How long after the first failure; milliseconds.
    pub base_ms: i64,
    /// By how much longer after each further one.
    pub factor: u32,
    /// But no longer than this; milliseconds.
    pub cap_ms: i64,
    /// By how much of itself a wait may be longer or shorter, in hundredths.
    pub jitter_percent: i64,
    /// Categories that are tried again.
    pub on: Vec<&'static str>,
}

impl Eq for Retry {}

impl Retry {
    /// Not at all.
    pub const NONE: Self = Self {
        max: 0,
        base_ms: 0,
        factor: 1,
        cap_ms: 0,
        jitter_percent: 0,
        on: Vec::new(),
    };
}

impl Schedule {
    /// When the fire of `nominal_ms`, which began at `began_ms` and failed its `tries`th try for `category` at `now_ms`, is
    /// tried again; `None` when it is not.
    #[must_use]
    pub fn again_ms(
        &self,
        (nominal_ms, began_ms): (i64, i64),
        tries: u32,
        category: &str,
        now_ms: i64,
    ) -> Option<i64> {
        let retry = &self.retry;
        if tries == 0 || tries > retry.max || !retry.on.contains(&category) {
            return None;
        }
        let grown = i64::from(retry.factor).saturating_pow(tries - 1);
        let wait_ms = retry.base_ms.saturating_mul(grown).min(retry.cap_ms);
        let spread = wait_ms.saturating_mul(retry.jitter_percent) / 100;
        let chance = chance(&self.id, nominal_ms, tries);
        let moved = chance
            .checked_rem(spread.saturating_mul(2).saturating_add(1))
            .unwrap_or_default()
            - spread;
        let due_ms = now_ms.saturating_add(wait_ms).saturating_add(moved);
        let in_time = self
            .max_runtime_ms
            .is_none_or(|max| due_ms < began_ms.saturating_add(max));
        in_time.then_some(due_ms)
    }
}
