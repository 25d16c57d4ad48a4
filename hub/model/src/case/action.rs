//! What can be done to a case: the table of moves, who may make each, and what must be said with it.
//! Here because the console, the command line, callbacks and the manual must follow one table.
//! In: a state, an action. Out: the move, or the actions that the state allows.
//! Not here: making the move (apply).

use serde::{Deserialize, Serialize};

use super::CaseState;

/// What somebody does to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// 派发: tells a department to take it up.
    Dispatch,
    /// 受理: the department takes it up.
    Accept,
    /// 核实属实: it is so.
    Verify,
    /// 核实不属实: it is not so.
    Reject,
    /// 处置完成: something was done.
    Handle,
    /// 办结: somebody else agrees.
    Close,
    /// 退回: back to whoever had it before.
    Return,
    /// 转办: to another department.
    Reassign,
    /// 挂起: waits for something outside; clocks stand still.
    Suspend,
    /// 恢复: goes on where it was suspended.
    Resume,
    /// 重新打开: the condition is back, or it was closed by mistake.
    Reopen,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Whoever dispatches and closes for the county.
    County,
    /// The department that must act.
    Department,
    /// The hub itself, when data say so.
    Hub,
}

/// Something that must be said with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// A reason of the closed list.
    Reason,
    /// A sentence.
    Text,
    /// A measure of the closed list.
    Measure,
    /// The day it was done; not in the future.
    Date,
    /// The department it goes to.
    To,
}

/// Where a move leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To this state.
    State(CaseState),
    /// To the state before the suspension.
    Before,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// From this state
    pub from: CaseState,
    /// by this action
    pub action: Action,
    /// to that one.
    pub to: Target,
    /// Who may.
    pub roles: &'static [Role],
    /// What must be said.
    pub needs: &'static [Field],
}

const COUNTY: &[Role] = &[Role::County];
const DEPARTMENT: &[Role] = &[Role::Department];
const EITHER: &[Role] = &[Role::Department, Role::County];
const HUB: &[Role] = &[Role::Hub];
const COUNTY_OR_HUB: &[Role] = &[Role::County, Role::Hub];

const fn to(
    from: CaseState,
    action: Action,
    to: CaseState,
    roles: &'static [Role],
    needs: &'static [Field],
) -> Transition {
    Transition {
        from,
        action,
        to: Target::State(to),
        roles,
        needs,
    }
}

/// Every move there is. The hub closes a case by itself only when all its warnings have cleared and their rules say so.
pub const TRANSITIONS: &[Transition] = {
    use Action::{
        Accept, Close, Dispatch, Handle, Reassign, Reject, Reopen, Resume, Return, Suspend, Verify,
    };
    use CaseState::{Closed, Dispatched, Handled, Handling, Open, Rejected, Returned, Suspended, Verifying};
    &[
        to(Open, Dispatch, Dispatched, COUNTY, &[]),
        to(Open, Reassign, Dispatched, COUNTY, &[Field::To, Field::Text]),
        to(Open, Close, Closed, HUB, &[]),
        to(Dispatched, Accept, Verifying, DEPARTMENT, &[]),
        to(Dispatched, Return, Returned, DEPARTMENT, &[Field::Text]),
        to(
            Dispatched,
            Reassign,
            Dispatched,
            COUNTY,
            &[Field::To, Field::Text],
        ),
        to(Dispatched, Suspend, Suspended, EITHER, &[Field::Text]),
        to(Dispatched, Close, Closed, HUB, &[]),
        to(
            Verifying,
            Verify,
            Handling,
            DEPARTMENT,
            &[Field::Text, Field::Date],
        ),
        to(
            Verifying,
            Reject,
            Rejected,
            DEPARTMENT,
            &[Field::Reason, Field::Text],
        ),
        to(Verifying, Return, Returned, DEPARTMENT, &[Field::Text]),
        to(Verifying, Reassign, Dispatched, COUNTY, &[Field::To, Field::Text]),
        to(Verifying, Suspend, Suspended, EITHER, &[Field::Text]),
        to(Verifying, Close, Closed, HUB, &[]),
        to(
            Handling,
            Handle,
            Handled,
            DEPARTMENT,
            &[Field::Measure, Field::Date, Field::Text],
        ),
        to(Handling, Return, Returned, DEPARTMENT, &[Field::Text]),
        to(Handling, Reassign, Dispatched, COUNTY, &[Field::To, Field::Text]),
        to(Handling, Suspend, Suspended, EITHER, &[Field::Text]),
        to(Handling, Close, Closed, HUB, &[]),
        to(Handled, Close, Closed, COUNTY_OR_HUB, &[]),
        to(Handled, Return, Handling, COUNTY, &[Field::Text]),
        to(Rejected, Close, Closed, COUNTY_OR_HUB, &[]),
        to(Rejected, Return, Verifying, COUNTY, &[Field::Text]),
        to(Returned, Dispatch, Dispatched, COUNTY, &[]),
        to(Returned, Reassign, Dispatched, COUNTY, &[Field::To, Field::Text]),
        to(Returned, Close, Closed, HUB, &[]),
        Transition {
            from: Suspended,
            action: Resume,
            to: Target::Before,
            roles: EITHER,
            needs: &[],
        },
        to(Suspended, Close, Closed, HUB, &[]),
        to(Closed, Reopen, Open, COUNTY_OR_HUB, &[Field::Text]),
    ]
};

impl Transition {
    /// The move that `action` makes from `from`.
    #[must_use]
    pub fn find(from: CaseState, action: Action) -> Option<&'static Self> {
        TRANSITIONS
            .iter()
            .find(|line| line.from == from && line.action == action)
    }

    /// What people may do in `state`; what only the hub does is left out.
    #[must_use]
    pub fn allowed(state: CaseState) -> Vec<Action> {
        let lines = TRANSITIONS
            .iter()
            .filter(|line| line.from == state && line.roles != HUB);
        lines.map(|line| line.action).collect()
    }
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 11] = [
        Self::Dispatch,
        Self::Accept,
        Self::Verify,
        Self::Reject,
        Self::Handle,
        Self::Close,
        Self::Return,
        Self::Reassign,
        Self::Suspend,
        Self::Resume,
        Self::Reopen,
    ];

    /// The word typed and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dispatch => "dispatch",
            Self::Accept => "accept",
            Self::Verify => "verify",
            Self::Reject => "reject",
            Self::Handle => "handle",
            Self::Close => "close",
            Self::Return => "return",
            Self::Reassign => "reassign",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Reopen => "reopen",
        }
    }

    /// The word as a clerk reads it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Dispatch => "派发",
            Self::Accept => "受理",
            Self::Verify => "核实属实",
            Self::Reject => "核实不属实",
            Self::Handle => "处置完成",
            Self::Close => "办结",
            Self::Return => "退回",
            Self::Reassign => "转办",
            Self::Suspend => "挂起",
            Self::Resume => "恢复",
            Self::Reopen => "重新打开",
        }
    }

    /// The action a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::County, Self::Department, Self::Hub];

    /// The word typed and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::Department => "department",
            Self::Hub => "hub",
        }
    }

    /// The role a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl Field {
    /// The command line's argument for it.
    #[must_use]
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Reason => "--reason-code",
            Self::Text => "--text",
            Self::Measure => "--measure",
            Self::Date => "--date",
            Self::To => "--to",
        }
    }
}
