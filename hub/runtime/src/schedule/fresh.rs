//! Freshness: whether a schedule's last success is older than it may be.
//! Here because a schedule that stops firing does not announce itself.
//! In: a schedule, its last success, the moment. Out: since when it is late.
//! Not here: telling somebody (scheduler).

use chrono::NaiveDate;

use super::window::midnight;
use super::{Schedule, Schedules};

/// Days that are looked at for days off between a success and now; beyond that everything is late.
const DAYS_MAX: usize = 400;

impl Schedules {
    /// Since when `schedule` is late at `now_ms`: its last success, or the moment it was first seen, lies longer back than
    /// it may. Days on which it does not run are not counted. `None` when it is not late.
    #[must_use]
    pub fn late_since(&self, schedule: &Schedule, last_ms: i64, now_ms: i64) -> Option<i64> {
        let within = schedule.expect_within_ms.filter(|_| schedule.enabled)?;
        let mut left = within;
        let mut at = last_ms;
        let first = schedule.day(last_ms);
        for day in first.iter_days().take(DAYS_MAX) {
            let end = end_of(day, schedule).min(now_ms);
            if self.is_day(schedule, day) {
                let open = (end - at).max(0);
                if open > left {
                    return Some(at + left);
                }
                left -= open;
            }
            at = at.max(end);
            if at >= now_ms {
                return None;
            }
        }
        Some(at)
    }
}

fn end_of(day: NaiveDate, schedule: &Schedule) -> i64 {
    day.succ_opt()
        .map_or(i64::MAX, |next| midnight(next, schedule.zone))
}
