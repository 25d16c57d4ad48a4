//! How long, and how much, of what is past is kept.
//! Here because disks fill, and law bounds how long what is about people is kept.
//! In: `[retention]` of `hub.toml`. Out: days and counts of each kind.
//! Not here: which rows those are (store), when they go (schedules).

use hub_runtime::settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days, 0 is for ever; how many at most, 0 is all.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Retention {
    /// Runs, and held parts that were decided.
    pub(super) runs_days: u32,
    /// What the lake was on past days.
    pub(super) snapshots_days: u32,
    /// What rules' evaluations came to.
    pub(super) evaluations_days: u32,
    /// Attempts to deliver what was delivered.
    pub(super) attempts_days: u32,
    /// Delivered events of closed cases.
    pub(super) acknowledged_days: u32,
    /// Refused rows that were put right.
    pub(super) refused_days: u32,
    /// Logs of runs.
    pub(super) run_logs_days: u32,
    /// The newest runs, of all connectors.
    pub(super) runs_max: u32,
    /// The newest past states of the lake.
    pub(super) snapshots_max: u32,
    /// The newest evaluations, of all rules.
    pub(super) evaluations_max: u32,
    /// The newest logs of runs.
    pub(super) run_logs_max: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            runs_days: 400,
            snapshots_days: 400,
            evaluations_days: 400,
            attempts_days: 180,
            acknowledged_days: 730,
            refused_days: 400,
            run_logs_days: 180,
            runs_max: 100_000,
            snapshots_max: 20_000,
            evaluations_max: 1_000_000,
            run_logs_max: 20_000,
        }
    }
}

impl Retention {
    /// The same, as the runtime goes by it.
    pub(super) const fn kept(&self) -> settings::Retention {
        settings::Retention {
            runs_days: self.runs_days,
            snapshots_days: self.snapshots_days,
            evaluations_days: self.evaluations_days,
            attempts_days: self.attempts_days,
            acknowledged_days: self.acknowledged_days,
            refused_days: self.refused_days,
            run_logs_days: self.run_logs_days,
            runs_max: self.runs_max,
            snapshots_max: self.snapshots_max,
            evaluations_max: self.evaluations_max,
            run_logs_max: self.run_logs_max,
        }
    }
}
