//! Windows: the hours within which a fire may start.
//! Here because a fragile upstream may be asked at night only, and nights go past midnight.
//! In: two times of a day, moments, a zone. Out: when the window is next open, when it next closes.
//! Not here: what becomes of a fire that waits too long (ready).

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use super::local;

/// Longest gap in local time, minutes: some island once left out a whole day.
const GAP_MINUTES_MAX: i64 = 26 * 60;

/// Hours of every day: from `after` on, until `before`, which is no longer within. When `before` is the earlier, past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it opens.
    pub after: NaiveTime,
    /// When it closes.
    pub before: NaiveTime,
}

impl Window {
    /// Whether it is open at `at_ms`.
    #[must_use]
    pub fn is_open(&self, at_ms: i64, zone: Tz) -> bool {
        let time = local(at_ms, zone).time();
        if self.after < self.before {
            (self.after..self.before).contains(&time)
        } else {
            time >= self.after || time < self.before
        }
    }

    /// `at_ms` when it is open then, else when it opens next.
    #[must_use]
    pub fn opening(&self, at_ms: i64, zone: Tz) -> i64 {
        if self.is_open(at_ms, zone) {
            return at_ms;
        }
        next(self.after, at_ms, zone)
    }

    /// When it closes next after `at_ms`.
    #[must_use]
    pub fn closing(&self, at_ms: i64, zone: Tz) -> i64 {
        next(self.before, at_ms, zone)
    }
}

/// When it is `time` next, later than `at_ms`.
fn next(time: NaiveTime, at_ms: i64, zone: Tz) -> i64 {
    let today = local(at_ms, zone).date_naive();
    let days = [
        Some(today),
        today.succ_opt(),
        today.checked_add_days(Days::new(2)),
    ];
    let moments = days
        .into_iter()
        .flatten()
        .map(|day| resolve(day.and_time(time), zone));
    moments
        .into_iter()
        .find(|moment| *moment > at_ms)
        .unwrap_or(at_ms)
}

/// The moment that is `civil` in `zone`: of two the first, of none the first one after the gap.
pub(super) fn resolve(civil: NaiveDateTime, zone: Tz) -> i64 {
    let mut at = civil;
    for _ in 0..GAP_MINUTES_MAX {
        if let Some(moment) = zone.from_local_datetime(&at).earliest() {
            return moment.timestamp_millis();
        }
        let Some(later) = at.checked_add_signed(TimeDelta::minutes(1)) else {
            break;
        };
        at = later;
    }
    civil.and_utc().timestamp_millis()
}

/// The first moment of `day` in `zone`.
pub(super) fn midnight(day: NaiveDate, zone: Tz) -> i64 {
    resolve(day.and_time(NaiveTime::MIN), zone)
}
