//! An event: what changed, as receivers get it.
//! Here because the cross-check writes events, the outbox keeps them and channels render them.
//! In: a warning's change. Out: a CloudEvents type and a thin payload: no name, number or phone.
//! Not here: signatures, retries and transports (runtime).

use serde::Serialize;

use crate::{CaseId, EventId, Fingerprint, RuleHeader, Severity, Subject};

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
}

impl EventType {
    /// The CloudEvents `type`, which carries the payload's version.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "cn.gov.hub.warning.opened.v1",
            Self::Updated => "cn.gov.hub.warning.updated.v1",
            Self::SeverityChanged => "cn.gov.hub.warning.severity_changed.v1",
            Self::Reopened => "cn.gov.hub.warning.reopened.v1",
            Self::Cleared => "cn.gov.hub.warning.cleared.v1",
        }
    }
}

/// The `data` of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// The rule as an event names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
