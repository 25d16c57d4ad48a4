//! The clock and the source of chance.
//! Here because everything else takes both from here, so that tests can set them.
//! In: the machine's clock. Out: milliseconds since 1970 UTC, the business day in Asia/Shanghai, fresh ids.
//! Not here: schedules. The host's time zone is never consulted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use chrono_tz::Asia::Shanghai;
use futures::FutureExt;
use futures::future::BoxFuture;
use hub_model::{CaseId, EventId, HOURS_AHEAD, RunId};

/// Bits of an id's random part that chance makes; the forty above them count.
const CHANCE_BITS: u32 = 40;
/// Years that a clock may show.
const YEARS: std::ops::RangeInclusive<i32> = 2026..=2125;
/// How far behind the audit log a clock may be, milliseconds: clocks are put right by this much.
const BACK_MAX_MS: i64 = 5 * 60 * 1_000;
/// What ids of this process count by.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Milliseconds since 1970 UTC.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
pub fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

/// Time, for what must be tried over hours in seconds.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;

    /// Until `wait` is over.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's own.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(wait).boxed()
    }
}

/// The day in China at `at_ms`.
#[must_use]
pub fn day(at_ms: i64) -> NaiveDate {
    in_china(at_ms).date_naive()
}

/// The last millisecond of `day` in China.
#[must_use]
pub fn end_of_day_ms(day: NaiveDate) -> i64 {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    start_of_day_ms(day) + DAY_MS - 1
}

/// The first millisecond of `day` in China.
#[must_use]
pub fn start_of_day_ms(day: NaiveDate) -> i64 {
    at_in_china(day.and_time(NaiveTime::MIN))
}

/// The moment that is `local` in China, milliseconds since 1970 UTC.
#[must_use]
pub fn at_in_china(local: NaiveDateTime) -> i64 {
    local.and_utc().timestamp_millis() - HOURS_AHEAD * 60 * 60 * 1000
}

/// `at_ms` as receivers read it: `2026-11-24T09:00:00.000+08:00`.
#[must_use]
pub fn rfc3339(at_ms: i64) -> String {
    in_china(at_ms).to_rfc3339_opts(SecondsFormat::Millis, false)
}

/// `at_ms` as people in China read it: `2026-11-24 09:00:00`.
#[must_use]
pub fn said(at_ms: i64) -> String {
    in_china(at_ms).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Why a clock that shows `now_ms` is not to be believed, when the audit log's last entry is of `last_ms`.
#[must_use]
pub fn doubt(now_ms: i64, last_ms: Option<i64>) -> Option<String> {
    if !YEARS.contains(&in_china(now_ms).year()) {
        return Some(format!("{}：年份不对 / not this year", said(now_ms)));
    }
    let last_ms = last_ms.filter(|last_ms| *last_ms > now_ms + BACK_MAX_MS)?;
    Some(format!(
        "{} 早于审计日志的末条 {} / behind the audit log's last entry",
        said(now_ms),
        said(last_ms)
    ))
}

fn in_china(at_ms: i64) -> DateTime<chrono_tz::Tz> {
    DateTime::from_timestamp_millis(at_ms)
        .unwrap_or_default()
        .with_timezone(&Shanghai)
}

/// A fresh run id.
#[must_use]
pub fn run_id(at_ms: i64) -> RunId {
    RunId::new(at_ms.unsigned_abs(), distinct())
}

/// A fresh case id.
#[must_use]
pub fn case_id(at_ms: i64) -> CaseId {
    CaseId::new(at_ms.unsigned_abs(), distinct())
}

/// A fresh event id.
#[must_use]
pub fn event_id(at_ms: i64) -> EventId {
    EventId::new(at_ms.unsigned_abs(), distinct())
}

/// The random part of an id: greater than the one before, so that a hundred thousand made in one millisecond are written
/// to one end of an index; another process has other chances.
fn distinct() -> u128 {
    let chance = u128::from(rand::random::<u64>() >> (u64::BITS - CHANCE_BITS));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    u128::from(count) << CHANCE_BITS | chance
}

/// A factor between 0.8 and 1.2, so that retries of many hubs do not beat in time.
#[must_use]
pub fn jitter() -> f64 {
    0.8 + 0.4 * rand::random::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_the_order_they_were_made() {
        let ids: Vec<EventId> = (0..1_000).map(|_| event_id(7)).collect();
        assert!(ids.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn the_day_turns_at_midnight_in_china() {
        let four_in_the_afternoon_utc = 1_700_000_000_000 - (1_700_000_000_000 % 86_400_000) + 16 * 3_600_000;
        assert_eq!(day(four_in_the_afternoon_utc - 1).to_string(), "2023-11-14");
        assert_eq!(day(four_in_the_afternoon_utc).to_string(), "2023-11-15");
        assert_eq!(
            rfc3339(four_in_the_afternoon_utc),
            "2023-11-15T00:00:00.000+08:00"
        );
        let of = NaiveDate::from_ymd_opt(2023, 11, 14).unwrap_or_default();
        assert_eq!(end_of_day_ms(of), four_in_the_afternoon_utc - 1);
    }
}
