//! What a run or a check did, as commands print it.
//! Here because the service and the command line must tell the same story; keys are added, never renamed.
//! In: counts. Out: one JSON object.
//! Not here: how it is printed.

use hub_model::{
    LinkReport, RefusedRule, RuleOutcome, RuleState, RunFault, StreamCounts, WarningChange, WarningDiff,
};
use hub_store::{CommittedRun, HeldRule};
use serde::{Deserialize, Serialize};

/// A run or check, told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// What each stream brought.
    pub streams: Vec<StreamReport>,
    /// Connectors that failed, and why.
    pub failed: Vec<FailedConnector>,
    /// Parts that broke a bound and wait for a person; nothing of them is active.
    #[serde(default)]
    pub held: Vec<HeldReport>,
    /// Parts that were not taken because the same rows had been rejected, a sentence each.
    #[serde(default)]
    pub rejected_again: Vec<String>,
    /// Households at present.
    pub households: u64,
    /// People at present.
    pub people: u64,
    /// Whom the departments' rows were found to speak of.
    pub links: LinkReport,
    /// The rules' evaluation.
    pub rules: Rules,
    /// What changed about warnings.
    pub warnings: Warnings,
    /// What became of cases.
    #[serde(default)]
    pub cases: Cases,
    /// Rules that would open too much at once: nothing of them opens until a person releases them.
    #[serde(default)]
    pub held_rules: Vec<HeldRule>,
    /// What became of events while this report was made.
    pub events: Events,
    /// The hash of the configuration it was done by.
    #[serde(default)]
    pub configuration: String,
    /// Wall time, seconds.
    pub seconds: f64,
    /// Most memory a connector's child held, MB.
    pub peak_child_mb: f64,
}

/// A stream's rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamReport {
    /// The connector.
    pub connector: String,
    /// The stream.
    pub stream: String,
    /// Rows delivered.
    pub rows_in: u64,
    /// Rows that became canonical rows.
    pub accepted: u64,
    /// Rows refused with a reason.
    pub rejected: u64,
    /// Rows left out on purpose.
    pub filtered: u64,
    /// Wall time, seconds.
    pub seconds: f64,
}

impl From<&StreamCounts> for StreamReport {
    fn from(counts: &StreamCounts) -> Self {
        Self {
            connector: counts.id.connector.clone(),
            stream: counts.id.stream.clone(),
            rows_in: counts.rows.rows_in,
            accepted: counts.rows.accepted,
            rejected: counts.rows.rejected,
            filtered: counts.rows.filtered,
            seconds: counts.seconds,
        }
    }
}

/// A part that waits for a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeldReport {
    /// The connector.
    pub connector: String,
    /// The run that read it.
    pub run: String,
    /// The stream.
    pub stream: String,
    /// The part.
    pub part: String,
    /// Its rows.
    pub rows: u64,
    /// How it differs from what was approved before, a sentence each.
    pub why: Vec<String>,
}

impl HeldReport {
    /// What `run` holds.
    pub(crate) fn of(run: &CommittedRun) -> Vec<Self> {
        let mut held = Vec::new();
        for stream in &run.held {
            held.extend(stream.parts.iter().map(|part| {
                Self {
                    connector: run.connector.clone(),
                    run: run.run.to_string(),
                    stream: stream.stream.clone(),
                    part: part.part.clone(),
                    rows: part.profile.rows,
                    why: part
                        .deviations
                        .iter()
                        .map(|deviation| deviation.drift.sentence())
                        .collect(),
                }
            }));
        }
        held
    }
}

/// A connector that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FailedConnector {
    /// Its id.
    pub connector: String,
    /// The run that failed.
    pub run: String,
    /// Why.
    #[serde(flatten)]
    pub fault: RunFault,
}

/// Rules, counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rules {
    /// Evaluated.
    pub evaluated: u64,
    /// Not computable.
    pub not_computable: u64,
    /// Findings over all rules.
    pub findings: u64,
    /// Why rules were not computable, and which bands are unset.
    pub notes: Vec<String>,
    /// Rule files that are not used, with the mistake's place.
    #[serde(default)]
    pub refused: Vec<RefusedRule>,
}

impl Rules {
    /// Counts `outcomes`, beside those that are `refused`.
    #[must_use]
    pub fn of(outcomes: &[RuleOutcome], refused: &[RefusedRule]) -> Self {
        let mut rules = Self {
            refused: refused.to_vec(),
            ..Self::default()
        };
        for outcome in outcomes {
            let id = &outcome.rule.id;
            match &outcome.state {
                RuleState::Evaluated => rules.evaluated += 1,
                RuleState::NotComputable { reason } => {
                    rules.not_computable += 1;
                    rules.notes.push(format!("{id}: not computable: {reason}"));
                }
            }
            rules.findings += outcome.findings.len() as u64;
            rules.notes.extend(
                outcome
                    .unset_bands
                    .iter()
                    .map(|band| format!("{id}: band {band} is unset")),
            );
        }
        rules
    }
}

/// Warnings, counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Warnings {
    /// Seen for the first time.
    pub opened: u64,
    /// With other evidence or severity than before, or back after clearing.
    pub changed: u64,
    /// No longer shown by the data.
    pub cleared: u64,
    /// Seen again unchanged.
    pub kept: u64,
    /// Changes that were recorded and not pushed: exempt, silenced or muted.
    #[serde(default)]
    pub quiet: u64,
}

/// Cases, counted.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cases {
    /// Closed ones that came back.
    pub reopened: u64,
    /// Closed by the hub, as their rules say.
    pub closed: u64,
    /// Clocks that told something.
    pub reminded: u64,
    /// Those of them whose day has passed.
    pub overdue: u64,
}

impl Warnings {
    /// Counts `diff`.
    #[must_use]
    pub fn of(diff: &WarningDiff) -> Self {
        let mut warnings = Self {
            kept: diff.kept.len() as u64,
            ..Self::default()
        };
        for change in &diff.changes {
            match change {
                WarningChange::Opened { .. } => warnings.opened += 1,
                WarningChange::Changed { .. } => warnings.changed += 1,
                WarningChange::Cleared { .. } => warnings.cleared += 1,
            }
        }
        warnings
    }
}

/// Events, counted.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Events {
    /// Attempted for the first time.
    pub sent: u64,
    /// Acknowledged by a receiver.
    pub acknowledged: u64,
    /// Given up, kept for replay.
    pub dead: u64,
    /// Still to be sent.
    pub pending: u64,
}
