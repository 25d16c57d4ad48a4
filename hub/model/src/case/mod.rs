//! A case: one subject's worklist entry, whichever and however many rules fired.
//! Here because one household must reach a cadre as one entry, not as twelve.
//! In: the warnings of a subject, what people did. Out: the case with its state, clocks, severity and version.
//! Not here: the table of moves (action), how a move is made (apply), how a clock runs (clock).

mod action;
mod apply;
mod clock;
mod deed;
mod round;
mod state;
#[cfg(test)]
mod tests;

pub use action::{Action, Field, Role, TRANSITIONS, Target, Transition};
pub use apply::{Refused, Rules};
pub use clock::{Clock, ClockKind, Milestone, News, Term, Terms};
pub use deed::{Deed, DeedRecord, Measure, Reason};
pub use round::CaseRound;
pub use state::CaseState;

use chrono::NaiveDate;
use serde::Serialize;

use crate::{CaseId, Severity, Subject};

/// A worklist entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Whom it is about.
    pub subject: Subject,
    /// Where it stands.
    pub state: CaseState,
    /// The highest severity of its open warnings; the last known one when all have cleared.
    pub severity: Severity,
    /// Rises with every change; what `If-Match` compares.
    pub version: u64,
    /// 1, and one more each time it was closed and came back.
    pub round: u32,
    /// The department that must act.
    pub department: String,
    /// The subject's closed case before it.
    pub previous: Option<CaseId>,
    /// The state it was in before it was suspended.
    pub suspended_from: Option<CaseState>,
    /// Who said what came of it; four eyes ask that somebody else closes.
    pub concluded_by: Option<String>,
    /// The day of this round's closing.
    pub closed: Option<NaiveDate>,
    /// Its clocks in this round.
    pub clocks: Vec<Clock>,
}

impl Case {
    /// A case of `subject` that waits to be dispatched; its clocks are not set.
    #[must_use]
    pub const fn opened(id: CaseId, subject: Subject, severity: Severity) -> Self {
        Self {
            id,
            subject,
            state: CaseState::Open,
            severity,
            version: 0,
            round: 1,
            department: String::new(),
            previous: None,
            suspended_from: None,
            concluded_by: None,
            closed: None,
            clocks: Vec::new(),
        }
    }

    /// The earliest day by which something must be done; none while no clock runs.
    #[must_use]
    pub fn due(&self) -> Option<NaiveDate> {
        self.clocks
            .iter()
            .filter(|clock| clock.runs())
            .map(|clock| clock.due)
            .min()
    }

    /// Whether something was not done by its day in this round, even if it was done later.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.clocks.iter().any(Clock::is_overdue)
    }

    /// The next day on which one of its clocks has something to tell.
    #[must_use]
    pub fn next_news(&self, calendar: &crate::Calendar) -> Option<NaiveDate> {
        self.clocks.iter().filter_map(|clock| clock.next(calendar)).min()
    }
}
