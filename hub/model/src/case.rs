//! A case: one subject's worklist entry, whichever and however many rules fired.
//! Here because one household must reach a cadre as one entry, not as twelve.
//! In: the warnings of a subject. Out: the case with its severity and version.
//! Not here: deadlines and assignments; a case has no more states than the hub can act on today.

use serde::Serialize;

use crate::{CaseId, Severity, Subject};

/// Where a case stands. "The data no longer shows it" is a fact about warnings, not a state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// 待派发: opened by a warning, waiting for somebody to take it up.
    Open,
}

impl CaseState {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
        }
    }

    /// The state a stored word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        (word == Self::Open.as_str()).then_some(Self::Open)
    }
}

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
}
