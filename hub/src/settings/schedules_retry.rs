//! `retry` of a schedule.
//! Here because a retry that cannot help hides a failure, and is refused where it is written.
//! In: the raw table. Out: a retry; or what is wrong with it.
//! Not here: when the next try comes (runtime).

use hub_model::{Mistake, nearest};
use hub_runtime::schedule::{NEVER_RETRIED, RETRIED, Retry};

use super::schedules::Page;
use super::schedules_file::{At, RawRetry};

/// Most further tries.
const RETRY_MAX: u32 = 20;
const RETRY_BASE: &str = "30s";
const RETRY_CAP: &str = "30m";
const RETRY_FACTOR: u32 = 4;
const RETRY_JITTER: f64 = 0.2;
const RETRY_ON: [&str; 3] = ["timeout", "5xx", "conn"];

impl Page<'_> {
    /// How a failed run is tried again; not at all when nothing is said.
    pub(super) fn retry(&self, raw: &At<RawRetry>) -> Result<Retry, Mistake> {
        let Some(spanned) = raw else {
            return Ok(Retry::NONE);
        };
        let (raw, at) = (spanned.get_ref(), spanned.span().start);
        let jitter = raw.jitter.unwrap_or(RETRY_JITTER);
        let factor = raw.factor.unwrap_or(RETRY_FACTOR);
        if raw.max > RETRY_MAX || !(0.0..=1.0).contains(&jitter) || !(1..=100).contains(&factor) {
            let told = format!(
                "retry: max 至多 {RETRY_MAX}，factor 1 至 100，jitter 0 至 1 / beyond the bounds of a retry"
            );
            return Err(self.wrong(at, told));
        }
        let mut on = Vec::new();
        match &raw.on {
            None => on.extend(RETRY_ON.into_iter().filter_map(categories).flatten().copied()),
            Some(words) => {
                for word in words {
                    let found = categories(word.get_ref());
                    let found =
                        found.ok_or_else(|| self.wrong(word.span().start, no_retry(word.get_ref())))?;
                    on.extend(found.iter().copied());
                }
            }
        }
        on.sort_unstable();
        on.dedup();
        Ok(Retry {
            max: raw.max,
            base_ms: self.ms_or(&raw.base, RETRY_BASE)?,
            factor,
            cap_ms: self.ms_or(&raw.cap, RETRY_CAP)?,
            jitter_percent: format!("{:.0}", jitter * 100.0).parse().unwrap_or_default(),
            on,
        })
    }
}

/// The categories of faults that `word` stands for.
fn categories(word: &str) -> Option<&'static [&'static str]> {
    RETRIED
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, categories)| *categories)
}

fn no_retry(word: &str) -> String {
    let known: Vec<&str> = RETRIED.iter().map(|(word, _)| *word).collect();
    if NEVER_RETRIED.contains(&word) {
        return format!(
            "retry.on {word:?}：这类失败重试无用，须有人处理；可写 {} / nothing is gained by trying that again",
            known.join("、")
        );
    }
    let near = match nearest(word, known.iter().copied()) {
        Some(near) => format!("是否应为 / did you mean {near:?}?"),
        None => format!("可写 / there are {}", known.join("、")),
    };
    format!("retry.on 不认识 / unknown {word:?}；{near}")
}
