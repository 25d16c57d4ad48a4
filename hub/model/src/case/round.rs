//! What a round of a case comes to, for whoever counts cases.
//! Here because indicators about cases want days and places, not clocks and versions.
//! In: a case, its subject's place. Out: its round in plain values.
//! Not here: the table of them (tables), reading them (store).

use chrono::NaiveDate;

use super::{Case, CaseState, Clock, ClockKind};
use crate::{Severity, Subject};

/// A case in its last round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRound {
    /// Whom it is about.
    pub subject: Subject,
    /// `county/town/village`, as far as it is known.
    pub place: String,
    /// The department that must act; empty before it is dispatched.
    pub department: String,
    /// The highest severity of its warnings.
    pub severity: Severity,
    /// Where it stands.
    pub state: CaseState,
    /// The day its clocks began.
    pub opened: Option<NaiveDate>,
    /// Last day in time for verifying.
    pub verify_due: Option<NaiveDate>,
    /// Day it was verified or rejected.
    pub verified: Option<NaiveDate>,
    /// Last day in time for closing.
    pub whole_due: Option<NaiveDate>,
    /// Day it was closed.
    pub closed: Option<NaiveDate>,
    /// Whether its clocks stand still.
    pub stands_still: bool,
}

impl CaseRound {
    /// The last round of `case`, whose subject is at `place`.
    #[must_use]
    pub fn of(case: Case, place: String) -> Self {
        let clock = |kind: ClockKind| case.clocks.iter().find(|clock| clock.kind == kind);
        let (verify, whole) = (clock(ClockKind::Verify), clock(ClockKind::Whole));
        let opened = [whole, verify]
            .into_iter()
            .flatten()
            .map(|clock| clock.since)
            .next();
        let stands_still = [whole, verify]
            .into_iter()
            .flatten()
            .any(|clock: &Clock| clock.stands_since.is_some());
        Self {
            opened,
            verify_due: verify.map(|clock| clock.due),
            verified: verify.and_then(|clock| clock.ended),
            whole_due: whole.map(|clock| clock.due),
            closed: case.closed,
            stands_still,
            subject: case.subject,
            place,
            department: case.department,
            severity: case.severity,
            state: case.state,
        }
    }

    /// The `nth` level of the place, from the county down.
    #[must_use]
    pub fn level(&self, nth: usize) -> Option<&str> {
        self.place.split('/').nth(nth).filter(|name| !name.is_empty())
    }
}
