//! One execution of a connector: its state, its counts, and why it failed.
//! Here because host, store, commands and metrics tell the same story about a run.
//! In/Out: plain values; `RowCounts` refuses to exist when a row is unaccounted for.
//! Not here: how a run is carried out (runtime) and how a fault is found (plugin host).

use serde::{Deserialize, Serialize};

use crate::StreamId;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Reading or being checked; nothing of it is visible.
    Running,
    /// Committed with its rows and cursor.
    Committed,
    /// Ended by a fault; the data before it stays the present.
    Failed,
    /// Something it read broke a bound and waits for a person; what did not is committed.
    Held,
    /// What it held was approved, and became active in a run of its own.
    Approved,
    /// What it held was rejected.
    Rejected,
    /// What it held was read anew by a later run before anybody decided.
    Superseded,
    /// The hub died while it ran; found at the next start.
    Interrupted,
}

impl RunState {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Committed => "committed",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether what it read was committed or kept for a person: it need not be read again.
    #[must_use]
    pub const fn is_through(self) -> bool {
        match self {
            Self::Committed | Self::Held | Self::Approved | Self::Rejected | Self::Superseded => true,
            Self::Running | Self::Failed | Self::Interrupted => false,
        }
    }

    /// The state a stored word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Running,
            Self::Committed,
            Self::Failed,
            Self::Held,
            Self::Approved,
            Self::Rejected,
            Self::Superseded,
            Self::Interrupted,
        ]
        .into_iter()
        .find(|s| s.as_str() == word)
    }
}

/// Why a run ended without success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFault {
    /// The error category of the plugin ABI (`config`, `auth`, …, `internal`).
    pub category: String,
    /// What happened to the process or the plugin (`plugin`, `panic`, `signal 11`, `hung`, …).
    pub cause: String,
    /// One sentence: what, where, why.
    pub message: String,
    /// The last lines the connector logged.
    pub log_tail: Vec<String>,
}

/// Rows of one stream in one run. `rows_in = accepted + rejected + filtered`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows the connector delivered; and, where corrections of refused rows came or stand, the part's rows they belong to.
    pub rows_in: u64,
    /// Rows that became canonical rows.
    pub accepted: u64,
    /// Rows refused with a reason.
    pub rejected: u64,
    /// Rows left out on purpose: totals by the mapping, and refused rows whose corrections stand in their place.
    pub filtered: u64,
}

impl RowCounts {
    /// Whether every row is accounted for.
    #[must_use]
    pub const fn balanced(self) -> bool {
        self.rows_in == self.accepted + self.rejected + self.filtered
    }

    /// The sum of two counts.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            rows_in: self.rows_in + other.rows_in,
            accepted: self.accepted + other.accepted,
            rejected: self.rejected + other.rejected,
            filtered: self.filtered + other.filtered,
        }
    }
}

/// What one stream of a run brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamCounts {
    /// The stream.
    #[serde(flatten)]
    pub id: StreamId,
    /// Its rows.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// Wall time from the first byte asked to the last canonical row written.
    pub seconds: f64,
}
