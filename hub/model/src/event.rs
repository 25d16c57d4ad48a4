//! An event: what changed, as receivers get it.
//! Here because the cross-check writes events, the outbox keeps them and channels render them.
//! In: a warning's change. Out: a CloudEvents type and a thin payload: no name, number or phone.
//! Not here: signatures, retries and transports (runtime).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::case::{Action, DeedRecord, Measure, News, Reason};
use crate::{Case, CaseId, CaseState, EventId, Fingerprint, RuleHeader, Severity, Subject};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum EventType {
    /// A warning was seen for the first time.
    Opened,
    /// Its evidence changed.
    Updated,
    /// Its severity moved.
    SeverityChanged,
    /// It had cleared and is back.
    Reopened,
    /// The data no longer shows it.
    Cleared,
    /// Something was done to a case.
    Case(Action),
    /// Part of a case's time is over.
    CaseReminded,
    /// Something about a case was not done in time.
    CaseOverdue,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 18] = {
        use Action::{
            Accept, Close, Dispatch, Handle, Reassign, Reject, Reopen, Resume, Return, Suspend, Verify,
        };
        [
            Self::Opened,
            Self::Updated,
            Self::SeverityChanged,
            Self::Reopened,
            Self::Cleared,
            Self::Case(Dispatch),
            Self::Case(Accept),
            Self::Case(Verify),
            Self::Case(Reject),
            Self::Case(Handle),
            Self::Case(Close),
            Self::Case(Return),
            Self::Case(Reassign),
            Self::Case(Suspend),
            Self::Case(Resume),
            Self::Case(Reopen),
            Self::CaseReminded,
            Self::CaseOverdue,
        ]
    };

    /// The CloudEvents `type`, which carries the payload's version.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "cn.gov.hub.warning.opened.v1",
            Self::Updated => "cn.gov.hub.warning.updated.v1",
            Self::SeverityChanged => "cn.gov.hub.warning.severity_changed.v1",
            Self::Reopened => "cn.gov.hub.warning.reopened.v1",
            Self::Cleared => "cn.gov.hub.warning.cleared.v1",
            Self::Case(action) => match action {
                Action::Dispatch => "cn.gov.hub.case.dispatched.v1",
                Action::Accept => "cn.gov.hub.case.accepted.v1",
                Action::Verify => "cn.gov.hub.case.verified.v1",
                Action::Reject => "cn.gov.hub.case.rejected.v1",
                Action::Handle => "cn.gov.hub.case.handled.v1",
                Action::Close => "cn.gov.hub.case.closed.v1",
                Action::Return => "cn.gov.hub.case.returned.v1",
                Action::Reassign => "cn.gov.hub.case.reassigned.v1",
                Action::Suspend => "cn.gov.hub.case.suspended.v1",
                Action::Resume => "cn.gov.hub.case.resumed.v1",
                Action::Reopen => "cn.gov.hub.case.reopened.v1",
            },
            Self::CaseReminded => "cn.gov.hub.case.reminded.v1",
            Self::CaseOverdue => "cn.gov.hub.case.overdue.v1",
        }
    }
}

/// The `data` of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Event {
    /// The case the warning belongs to.
    pub case_id: CaseId,
    /// The case's version after this change; a receiver drops what is not newer.
    pub version: u64,
    /// The warning's identity.
    pub fingerprint: Fingerprint,
    /// The warning's evidence round.
    pub round: u32,
    /// The rule.
    pub rule: EventRule,
    /// How urgent.
    pub severity: Severity,
    /// Who must act.
    pub department: String,
    /// Whom it is about: kind and dense id, no personal data.
    pub subject: Subject,
    /// What would make it go away, Chinese.
    pub clears_when: String,
    /// The sentence that explains it; empty when it cleared.
    pub explain: String,
}

/// The `data` of an event about a case: what was done or is due, without the sentences people wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseEvent {
    /// The case.
    pub case_id: CaseId,
    /// Its version after this change; a receiver drops what is not newer.
    pub version: u64,
    /// Its round.
    pub round: u32,
    /// Whom it is about: kind and dense id, no personal data.
    pub subject: Subject,
    /// How urgent.
    pub severity: Severity,
    /// Who must act.
    pub department: String,
    /// Where it stands.
    pub state: CaseState,
    /// The subject's closed case before it.
    pub previous: Option<CaseId>,
    /// Where it stood before.
    pub was: Option<CaseState>,
    /// Why.
    pub reason: Option<Reason>,
    /// What was done.
    pub measure: Option<Measure>,
    /// When it was done.
    pub date: Option<NaiveDate>,
    /// By when something must be done.
    pub due: Option<NaiveDate>,
    /// What a clock tells.
    pub news: Option<News>,
}

impl CaseEvent {
    /// About `case` as it now stands.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            case_id: case.id,
            version: case.version,
            round: case.round,
            subject: case.subject.clone(),
            severity: case.severity,
            department: case.department.clone(),
            state: case.state,
            previous: case.previous,
            was: None,
            reason: None,
            measure: None,
            date: None,
            due: case.due(),
            news: None,
        }
    }

    /// About what was done to `case`, which brought it where it stands.
    #[must_use]
    pub fn done(case: &Case, record: &DeedRecord) -> Self {
        Self {
            version: record.version,
            was: Some(record.was),
            reason: record.deed.reason,
            measure: record.deed.measure,
            date: record.deed.date,
            ..Self::of(case)
        }
    }
}

/// The rule as an event names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventRule {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The clause behind it.
    pub clause: String,
}

impl From<&RuleHeader> for EventRule {
    fn from(rule: &RuleHeader) -> Self {
        Self {
            id: rule.id.to_string(),
            version: rule.version,
            title: rule.title.clone(),
            clause: rule.clause.clone(),
        }
    }
}

/// An event on its way into the outbox: one row, one CloudEvent, one idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// The event's id, constant over retries and replays.
    pub id: EventId,
    /// The case: order is kept within it.
    pub case_id: CaseId,
    /// What happened.
    pub kind: EventType,
    /// The payload as JSON text.
    pub data: String,
}
