//! The next fires of schedules, by what held and by what would.
//! Here because a cron expression is understood by its days, not by its stars.
//! In: two sets of schedules. Out: those whose next fires differ, with both.
//! Not here: computing fires (runtime).

use std::collections::BTreeSet;

use hub_runtime::clock;
use hub_runtime::schedule::Schedules;
use serde::Serialize;

use crate::cmd::schedule::Shown;
use crate::{lang, out};

/// How many fires are compared.
const FIRES: usize = 3;

/// A schedule that would fire at other times.
#[derive(Debug, Serialize)]
pub(super) struct Moved {
    schedule: String,
    /// When it starts next; milliseconds since 1970 UTC. None of a schedule that is not there, or off.
    before: Vec<i64>,
    after: Vec<i64>,
}

/// The schedules that fire otherwise by `after` than by `before`.
pub(super) fn moved(before: &Schedules, after: &Schedules) -> Vec<Moved> {
    let now_ms = clock::now_ms();
    let ids: BTreeSet<&str> = before
        .list
        .iter()
        .chain(&after.list)
        .map(|schedule| schedule.id.as_str())
        .collect();
    let next = |plan: &Schedules, id: &str| -> Vec<i64> {
        let Some(schedule) = plan.get(id).filter(|schedule| schedule.enabled) else {
            return Vec::new();
        };
        Shown::of(plan, schedule, (now_ms, now_ms), FIRES, false).starts()
    };
    let moved = ids.into_iter().map(|id| Moved {
        schedule: id.to_owned(),
        before: next(before, id),
        after: next(after, id),
    });
    moved.filter(|moved| moved.before != moved.after).collect()
}

impl Moved {
    pub(super) fn text(&self) -> String {
        let said = |starts: &[i64]| match starts {
            [] => lang::pair("不触发 none"),
            starts => {
                let times: Vec<String> = starts.iter().map(|at_ms| out::time(*at_ms)).collect();
                times.join(lang::mark("，"))
            }
        };
        format!(
            "  {}\n    {}   {}\n    {}  {}\n",
            self.schedule,
            lang::pair("现在 now"),
            said(&self.before),
            lang::pair("改后 then"),
            said(&self.after)
        )
    }
}
