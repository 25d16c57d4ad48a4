//! What is kept of a check beside cases: evaluations, and audit entries of runs and decisions.
//! Here because whoever asks later what a night did must find it said in one form.
//! In: runs, decisions, outcomes. Out: rows of the store.
//! Not here: audit entries of cases (cases), writing (store).

use hub_model::{RefusedRule, RuleOutcome, RuleState};
use hub_store::{AuditEntry, CommittedRun, Decision, Evaluation, HeldState};

use crate::storm::Storm;

/// The state of a rule that opened and cleared nothing, because it could not be evaluated.
const NOT_COMPUTABLE: &str = "not_computable";

/// Of a run that is committed.
pub(crate) fn run_audit(run: &CommittedRun) -> AuditEntry {
    let rows: u64 = run.streams.iter().map(|stream| stream.rows.rows_in).sum();
    AuditEntry {
        actor: "hub".to_owned(),
        action: "run.committed".to_owned(),
        subject: run.connector.clone(),
        detail: serde_json::json!({ "run": run.run, "rows_in": rows }).to_string(),
    }
}

/// Of what a run held, part by part.
pub(crate) fn held_audit(run: &CommittedRun) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    for stream in &run.held {
        for part in &stream.parts {
            let bounds: Vec<&str> = part
                .deviations
                .iter()
                .map(|deviation| deviation.bound.as_str())
                .collect();
            entries.push(AuditEntry {
                actor: "hub".to_owned(),
                action: "run.held".to_owned(),
                subject: format!("{}/{}", run.connector, stream.stream),
                detail: serde_json::json!({
                    "run": run.run, "part": part.part, "rows": part.profile.rows, "bounds": bounds,
                })
                .to_string(),
            });
        }
    }
    entries
}

/// Of what a person decided.
pub(crate) fn decision_audit(decision: &Decision) -> AuditEntry {
    let action = match decision.state {
        HeldState::Approved => "run.approved",
        HeldState::Rejected | HeldState::Held | HeldState::Superseded | HeldState::Withdrawn => {
            "run.rejected"
        }
    };
    AuditEntry {
        actor: decision.actor.clone(),
        action: action.to_owned(),
        subject: decision.held_run.to_string(),
        detail: serde_json::json!({
            "parts": decision.parts, "reason": decision.reason, "run": decision.run,
        })
        .to_string(),
    }
}

/// What is kept of a rule whose file is not used.
pub(crate) fn not_evaluated(refused: &RefusedRule) -> Evaluation {
    Evaluation {
        rule: refused.rule.clone(),
        state: NOT_COMPUTABLE,
        reason: Some(format!("规则文件未采用 refused: {}", refused.why)),
        findings: 0,
        opened: 0,
        unset_bands: Vec::new(),
    }
}

/// What is kept of a rule's evaluation.
pub(crate) fn evaluation(outcome: &RuleOutcome, storm: &Storm) -> Evaluation {
    let (state, reason) = match &outcome.state {
        RuleState::Evaluated => ("evaluated", None),
        RuleState::NotComputable { reason } => (NOT_COMPUTABLE, Some(reason.clone())),
    };
    Evaluation {
        rule: outcome.rule.id.to_string(),
        state,
        reason,
        findings: outcome.findings.len() as u64,
        opened: storm.openings.get(&outcome.rule.id).copied().unwrap_or_default(),
        unset_bands: outcome.unset_bands.clone(),
    }
}
