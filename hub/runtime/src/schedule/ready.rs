//! Whether a fire that waits may start: its time, its upstreams, its window, whoever is in its way.
//! Here because each of these has its own answer, and the first that applies is the one an operator is told.
//! In: a fire, what is around it, the moment. Out: the next step, with its reason; what becomes of one a dead hub left.
//! Not here: storage, starting (scheduler).

use super::{AfterPolicy, LATE_MS, Misfire, Overlap, Schedule, local, span};

/// A fire is begun again after the hub died in it, at most so often: one that kills the hub must not do so for ever.
const INTERRUPTIONS_MAX: u32 = 3;

/// A fire that waits, or that a dead hub left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// What it is known by.
    pub nominal_ms: i64,
    /// It starts no earlier.
    pub due_ms: i64,
    /// Until when its upstreams are waited for.
    pub until_ms: Option<i64>,
    /// Tries so far.
    pub tries: u32,
    /// Whether a person asked for it: it is neither late nor in need of upstreams.
    pub by_hand: bool,
}

/// How an upstream stands on the fire's business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Its id.
    pub id: String,
    /// Whether it comes at all that day.
    pub comes: bool,
    /// Whether a fire of it was successful.
    pub done: bool,
    /// Whether a fire of it has ended, in whatever way.
    pub ended: bool,
    /// What is said of it, for people.
    pub said: String,
}

/// Who is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// The schedule whose fire has the same key and is under way.
    pub schedule: String,
    /// Its nominal time.
    pub nominal_ms: i64,
}

/// What is around a fire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// Whether the schedule is paused.
    pub paused: bool,
    /// Its upstreams on its business date.
    pub upstreams: Vec<Upstream>,
    /// Who with the same key is under way.
    pub busy: Option<Busy>,
    /// Whether another of the same key is already queued.
    pub queued: bool,
    /// Whether there is a place for one more.
    pub room: bool,
}

/// What happens to a fire now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It starts.
    Start,
    /// It waits, until then or until something ends.
    Wait(Option<i64>),
    /// Whoever is in its way is stopped; it waits for that.
    Stop(Busy),
    /// It does not run, as it should be.
    Skip(String),
    /// It does not run, and somebody must know.
    Miss(String),
    /// Its upstreams did not come in time.
    UpstreamTimeout(String),
}

/// The next step of `fire` at `now_ms`.
#[must_use]
pub fn ready(schedule: &Schedule, fire: &Pending, around: &Around, now_ms: i64) -> Step {
    if around.paused && !fire.by_hand {
        return Step::Skip("已暂停，暂停期间的不补 / paused".to_owned());
    }
    if now_ms < fire.due_ms {
        return Step::Wait(Some(fire.due_ms));
    }
    let first_try = fire.tries == 0 && !fire.by_hand;
    if first_try && let Some(step) = upstreams(schedule, fire, around, now_ms) {
        return step;
    }
    if let Some(window) = schedule.window.filter(|_| !fire.by_hand) {
        let opens = window.opening(now_ms, schedule.zone);
        if opens > now_ms {
            // Those that follow others were not due before these were through.
            let late = schedule.after.is_empty() && opens - fire.due_ms > schedule.grace_ms;
            if late {
                return Step::Miss(format!(
                    "窗口要到 {} 才开，超出宽限 {} / its window opens too late",
                    local(opens, schedule.zone).format("%m-%d %H:%M"),
                    span(schedule.grace_ms)
                ));
            }
            return Step::Wait(Some(opens));
        }
    }
    if !fire.by_hand && schedule.after.is_empty() {
        let late_ms = now_ms - fire.due_ms;
        if late_ms > schedule.grace_ms {
            return Step::Miss(format!(
                "等了 {} 没有轮到，超出宽限 / no place within its grace",
                span(late_ms)
            ));
        }
        if first_try && schedule.misfire == Misfire::Skip && late_ms > LATE_MS {
            return Step::Miss(format!(
                "迟了 {}，按 misfire = \"skip\" 不补 / late, and not made good",
                span(late_ms)
            ));
        }
    }
    if let Some(busy) = &around.busy {
        return in_the_way(schedule, fire, around, busy);
    }
    if around.room {
        Step::Start
    } else {
        Step::Wait(None)
    }
}

/// What its upstreams make of it; `None` when they are through.
fn upstreams(schedule: &Schedule, fire: &Pending, around: &Around, now_ms: i64) -> Option<Step> {
    let through = |upstream: &Upstream| {
        !upstream.comes
            || match schedule.after_policy {
                AfterPolicy::AllSuccess => upstream.done,
                AfterPolicy::AllDone => upstream.ended,
            }
    };
    let missing: Vec<&str> = around
        .upstreams
        .iter()
        .filter(|upstream| !through(upstream))
        .map(|upstream| upstream.said.as_str())
        .collect();
    if missing.is_empty() {
        return None;
    }
    let until_ms = fire.until_ms.unwrap_or(now_ms);
    if now_ms < until_ms {
        return Some(Step::Wait(Some(until_ms)));
    }
    Some(Step::UpstreamTimeout(format!(
        "等上游 {} 未果：{} / upstreams did not come in time",
        span(schedule.after_timeout_ms),
        missing.join("；")
    )))
}

fn in_the_way(schedule: &Schedule, fire: &Pending, around: &Around, busy: &Busy) -> Step {
    // Those that are made good one after the other are not in each other's way; a person's wish waits.
    let waits =
        fire.by_hand || fire.tries > 0 || schedule.misfire == Misfire::RunAll && busy.schedule == schedule.id;
    if waits {
        return Step::Wait(None);
    }
    let who = || {
        format!(
            "{} {} 还在运行（并发键 {}） / another one is under way",
            busy.schedule,
            local(busy.nominal_ms, schedule.zone).format("%m-%d %H:%M:%S"),
            schedule.key
        )
    };
    match schedule.overlap {
        Overlap::Skip => Step::Skip(who()),
        Overlap::QueueOne if around.queued => Step::Skip(format!("已有一次在排队；{}", who())),
        Overlap::QueueOne => Step::Wait(None),
        Overlap::CancelRunning => Step::Stop(busy.clone()),
    }
}

/// What becomes of a fire that a dead hub left under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// What it did had become true.
    Done,
    /// It waits to be begun again.
    Again,
    /// It is over.
    Failed(String),
    /// It is over, and its time too.
    Missed(String),
}

/// Decides about `fire`, whose run was `committed` or not, by the rule for those that were missed.
#[must_use]
pub fn recover(schedule: Option<&Schedule>, fire: &Pending, committed: bool, now_ms: i64) -> Recovered {
    if committed {
        return Recovered::Done;
    }
    let Some(schedule) = schedule.filter(|schedule| schedule.enabled) else {
        return Recovered::Failed(
            "中断，调度已不在配置中 / interrupted; it is configured no more".to_owned(),
        );
    };
    if fire.tries > schedule.retry.max + INTERRUPTIONS_MAX {
        return Recovered::Failed(format!(
            "第 {} 次中断，不再重来 / interrupted too often",
            fire.tries
        ));
    }
    if fire.by_hand {
        return Recovered::Again;
    }
    if schedule.misfire == Misfire::Skip && fire.tries > 0 {
        return Recovered::Failed(
            "运行中断，按 misfire = \"skip\" 不重来 / interrupted, and not made good".to_owned(),
        );
    }
    if now_ms - fire.due_ms > schedule.grace_ms {
        return Recovered::Missed(format!(
            "运行中断，已超出宽限 {} / interrupted, beyond its grace",
            span(schedule.grace_ms)
        ));
    }
    Recovered::Again
}
