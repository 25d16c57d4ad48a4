//! What the scheduler tells: log lines with stable event codes, and entries of the audit log.
//! Here because whoever looks for a missed night must find it under one name, whatever the sentence says.
//! In: what happened. Out: lines, entries.
//! Not here: status, which reads the database.
//!
//! | event | level | when |
//! |---|---|---|
//! | `schedule.started` | info | a fire is given to the hub, as which run |
//! | `schedule.missed` | error | a fire did not run and should have |
//! | `schedule.upstream_timeout` | error | what a fire follows did not come |
//! | `schedule.failed` | error | the last try of a fire failed |
//! | `schedule.retry` | warn | a try failed, and there will be another |
//! | `schedule.late` | error | the last success is older than it may be |
//! | `schedule.fresh` | info | it is no more |
//! | `schedule.paused` | error | the hub paused a schedule, because its configuration wants that |
//! | `schedule.recovered` | warn | a fire was under way when a hub ended |
//! | `schedule.calendar` | warn | a year nobody has entered begins soon, or has begun |
//! | `schedule.clock` | warn | the clock went back |
//! | `schedule.store` | error | the database refuses |

use hub_model::RunId;
use hub_store::{AuditEntry, FireMoved, FireRow, FireState};
use serde_json::json;

use crate::clock::rfc3339;
use crate::schedule::{Decisions, Fated, Schedule};

/// Of fires that were missed, one line and one entry for the schedule.
pub(super) fn missed(schedule: &Schedule, decisions: &Decisions) -> Option<AuditEntry> {
    let missed: Vec<_> = decisions
        .fires
        .iter()
        .filter(|fire| fire.fated == Fated::Missed)
        .collect();
    let last = missed.last()?;
    let count = missed.len() as u64 + decisions.uncounted;
    let reason = last.reason.as_deref().unwrap_or_default();
    tracing::error!(
        event = "schedule.missed",
        schedule = schedule.id,
        count,
        nominal = rfc3339(last.nominal_ms),
        reason,
        "fires were missed"
    );
    Some(entry(
        "schedule.missed",
        &schedule.id,
        &json!({ "count": count, "nominal_ms": last.nominal_ms, "reason": reason }),
    ))
}

/// Of fires that stand otherwise now, entries of those somebody must know about.
pub(super) fn entries(moved: &[FireMoved]) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    for fire in moved {
        let action = match fire.state {
            FireState::Missed => "schedule.missed",
            FireState::UpstreamTimeout => "schedule.upstream_timeout",
            FireState::Failed => "schedule.failed",
            FireState::Waiting
            | FireState::Claimed
            | FireState::Running
            | FireState::Done
            | FireState::Skipped => continue,
        };
        let reason = fire.reason.as_deref().unwrap_or_default();
        tracing::error!(
            event = action,
            schedule = fire.schedule,
            nominal = rfc3339(fire.nominal_ms),
            reason,
            "a fire did not come to its end"
        );
        entries.push(entry(
            action,
            &fire.schedule,
            &json!({ "nominal_ms": fire.nominal_ms, "reason": reason }),
        ));
    }
    entries
}

/// An entry of the hub's own about a schedule.
fn entry(action: &str, schedule: &str, detail: &serde_json::Value) -> AuditEntry {
    AuditEntry {
        actor: "hub".to_owned(),
        action: action.to_owned(),
        subject: format!("schedule/{schedule}"),
        detail: detail.to_string(),
    }
}

pub(super) fn started(fire: &FireRow, run: &RunId) {
    tracing::info!(
        event = "schedule.started",
        schedule = fire.schedule,
        nominal = rfc3339(fire.nominal_ms),
        run = %run,
        "a fire is given to the hub"
    );
}

pub(super) fn retry(fire: &FireRow, category: &str, due_ms: i64) {
    tracing::warn!(
        event = "schedule.retry",
        schedule = fire.schedule,
        nominal = rfc3339(fire.nominal_ms),
        category,
        due = rfc3339(due_ms),
        "a try failed, and there will be another"
    );
}

pub(super) fn paused(schedule: &str) {
    tracing::error!(
        event = "schedule.paused",
        schedule,
        "paused after its last try failed"
    );
}

pub(super) fn late(schedule: &str, since_ms: Option<i64>) {
    match since_ms {
        Some(since_ms) => tracing::error!(
            event = "schedule.late",
            schedule,
            since = rfc3339(since_ms),
            "the last success is older than it may be"
        ),
        None => tracing::info!(event = "schedule.fresh", schedule, "there was a success again"),
    }
}

pub(super) fn recovered(fire: &FireRow, state: FireState) {
    tracing::warn!(
        event = "schedule.recovered",
        schedule = fire.schedule,
        nominal = rfc3339(fire.nominal_ms),
        state = state.as_str(),
        "a fire was under way when the hub ended"
    );
}

pub(super) fn went_back(last_ms: i64, now_ms: i64) {
    tracing::warn!(
        event = "schedule.clock",
        from = rfc3339(last_ms),
        to = rfc3339(now_ms),
        "the clock went back; nothing is run twice"
    );
}

pub(super) fn calendar(gap: &str) {
    tracing::warn!(event = "schedule.calendar", gap, "a calendar ends");
}

pub(super) fn store_refuses(error: &crate::Error) {
    tracing::error!(event = "schedule.store", %error, "the scheduler could not go on; it tries again");
}
