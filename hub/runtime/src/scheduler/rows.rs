//! Fires and decisions as rows of the database, and rows as what is decided by.
//! Here because the same fire is told to the database in several places, in one form.
//! In: decisions, rows. Out: rows, values of the schedule's own.
//! Not here: deciding (schedule), writing (store).

use hub_store::{FireMade, FireMoved, FireRow, FireState, ScheduleDecided};

use crate::schedule::{Busy, Decisions, Fated, NewFire, Pending, Schedule};

/// What the database keeps of `decisions`.
pub(super) fn of(schedule: &Schedule, decisions: Decisions) -> ScheduleDecided {
    ScheduleDecided {
        schedule: schedule.id.clone(),
        decided_ms: Some(decisions.decided_ms),
        fires: decisions
            .fires
            .into_iter()
            .map(|fire| made(fire, false))
            .collect(),
    }
}

pub(super) fn made(fire: NewFire, by_hand: bool) -> FireMade {
    FireMade {
        nominal_ms: fire.nominal_ms,
        day: fire.day,
        state: match fire.fated {
            Fated::Waits => FireState::Waiting,
            Fated::Skipped => FireState::Skipped,
            Fated::Missed => FireState::Missed,
        },
        due_ms: fire.due_ms,
        until_ms: fire.until_ms,
        reason: fire.reason,
        by_hand,
        assumed: fire.assumed,
        once_a_day: fire.once_a_day,
    }
}

pub(super) fn to(fire: &FireRow, state: FireState, reason: Option<String>) -> FireMoved {
    FireMoved {
        schedule: fire.schedule.clone(),
        nominal_ms: fire.nominal_ms,
        state,
        reason,
        due_ms: None,
        began: None,
    }
}

pub(super) fn busy_with(fire: &FireRow) -> Busy {
    Busy {
        schedule: fire.schedule.clone(),
        nominal_ms: fire.nominal_ms,
    }
}

pub(super) fn pending(fire: &FireRow) -> Pending {
    Pending {
        nominal_ms: fire.nominal_ms,
        due_ms: fire.due_ms,
        until_ms: fire.until_ms,
        tries: fire.tries,
        by_hand: fire.by_hand,
    }
}
