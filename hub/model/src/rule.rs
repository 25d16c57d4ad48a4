//! What the rest of the hub knows of a rule: its head, its parameters and what became of an evaluation.
//! Here because warnings, cases and commands show a rule without being able to run one.
//! In/Out: plain values read from rule files and parameters.
//! Not here: SQL, planning and evaluation (engine).

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::rule_life::{Category, Kpi, Life, Period};
use crate::{Finding, RuleId, SubjectKey, SubjectKind};

/// A rule without its SQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHeader {
    /// The rule's id.
    pub id: RuleId,
    /// Its version, raised by hand when its meaning changes; not part of a warning's identity.
    pub version: u32,
    /// Its title, Chinese.
    pub title: String,
    /// What kind of trouble it tells.
    pub category: Category,
    /// The policy clause it enforces.
    pub clause: String,
    /// Codes others know it by.
    pub aliases: Vec<String>,
    /// The department that must act.
    pub department: String,
    /// What it warns about.
    pub subject: SubjectKind,
    /// What would make the warning go away, Chinese.
    pub clears_when: String,
    /// Which period its warnings belong to.
    pub period: Period,
    /// How its warnings live.
    pub life: Life,
    /// The ledger (台账) its households belong to, if any.
    pub ledger: Option<String>,
    /// What makes it an indicator, if it is one.
    pub kpi: Option<Kpi>,
}

/// One value of a parameter from a date on, with the document that set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as rules write it after `$`.
    pub name: String,
    /// Its value in the rule's own unit (fen for yuan amounts, else a whole number).
    pub value: i64,
    /// The first day it holds, inclusive; it holds until the next one's first day.
    pub from: NaiveDate,
    /// The document that set it.
    pub document: String,
}

/// A rule file that is not used: nothing opens by it, nothing clears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRule {
    /// The rule, by the name of its file.
    pub rule: String,
    /// Why, with the place.
    pub why: String,
}

/// By rule, the subjects whose warnings stand.
pub type Watched = HashMap<RuleId, HashSet<SubjectKey>>;

/// What became of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RuleState {
    /// Every subject was looked at.
    Evaluated,
    /// An input is missing, never loaded or stale: nothing opens, nothing clears.
    NotComputable {
        /// Why, naming the table or the parameter.
        reason: String,
    },
}

/// One rule's evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleOutcome {
    /// The rule.
    pub rule: RuleHeader,
    /// Whether it could be computed.
    #[serde(flatten)]
    pub state: RuleState,
    /// Bands whose parameter has no value at the date; the others were evaluated.
    pub unset_bands: Vec<String>,
    /// The offenders, ordered by subject.
    pub findings: Vec<Finding>,
    /// Every subject the rule could decide, found or clean, of those that were watched; about all others it says nothing.
    #[serde(skip)]
    pub decided: BTreeSet<SubjectKey>,
}
