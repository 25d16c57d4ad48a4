//! The states of a case, with the words clerks use.
//! Here because files, tables, pages and pushes must name a state one way.
//! In: a stored word. Out: the state; its Chinese name.
//! Not here: how one becomes another (action). "The data no longer shows it" is a fact about warnings, not a state of a case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// 待派发: a warning opened it; nobody has been told to take it up.
    Open,
    /// 待核实: a department was told to take it up.
    Dispatched,
    /// 核实中: the department has it and looks whether it is so.
    Verifying,
    /// 处置中: it is so; something is being done.
    Handling,
    /// 待办结: done; somebody else looks at it.
    Handled,
    /// 不属实: it is not so; somebody else looks at it.
    Rejected,
    /// 已退回: the department sent it back; it waits for whoever dispatches.
    Returned,
    /// 已挂起: it waits for something outside.
    Suspended,
    /// 已办结.
    Closed,
}

impl CaseState {
    /// Every state, in the order of a case's life.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Dispatched,
        Self::Verifying,
        Self::Handling,
        Self::Handled,
        Self::Rejected,
        Self::Returned,
        Self::Suspended,
        Self::Closed,
    ];

    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Dispatched => "dispatched",
            Self::Verifying => "verifying",
            Self::Handling => "handling",
            Self::Handled => "handled",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }

    /// The word as a clerk reads it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Open => "待派发",
            Self::Dispatched => "待核实",
            Self::Verifying => "核实中",
            Self::Handling => "处置中",
            Self::Handled => "待办结",
            Self::Rejected => "不属实",
            Self::Returned => "已退回",
            Self::Suspended => "已挂起",
            Self::Closed => "已办结",
        }
    }

    /// The state a stored word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether clocks stand still in it: nobody could do anything.
    #[must_use]
    pub const fn stands_still(self) -> bool {
        matches!(self, Self::Returned | Self::Suspended)
    }
}
