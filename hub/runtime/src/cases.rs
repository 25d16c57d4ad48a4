//! From changed warnings to changed cases and events.
//! Here because a household gets one entry however many rules fire, and each change must be told once.
//! In: known warnings, open cases, the diff, the rules' heads. Out: case changes, outbox messages, audit entries.
//! Not here: deciding what changed (the diff) and making it true (the commit).

use std::collections::{BTreeMap, HashMap};

use hub_model::{
    Case, CaseState, Event, EventRule, EventType, Fingerprint, OutboxMessage, RuleHeader, RuleId, Subject,
    Warning, WarningChange, WarningDiff,
};
use hub_store::{AuditEntry, CaseChange, WarningRound};

use crate::{Result, clock};

/// What a diff means for cases.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    pub(crate) cases: Vec<CaseChange>,
    pub(crate) outbox: Vec<OutboxMessage>,
    pub(crate) audit: Vec<AuditEntry>,
}

/// Works out the consequences of `diff` at `at_ms`.
pub(crate) fn consequences(
    known: &[Warning],
    open_cases: Vec<Case>,
    diff: &WarningDiff,
    rules: &[&RuleHeader],
    at_ms: i64,
) -> Result<Consequences> {
    let rules: BTreeMap<&RuleId, &RuleHeader> = rules.iter().map(|rule| (&rule.id, *rule)).collect();
    let mut cases: HashMap<Subject, Case> = open_cases
        .into_iter()
        .map(|case| (case.subject.clone(), case))
        .collect();
    let after = warnings_after(known, diff);
    let mut out = Consequences::default();
    for changes in diff
        .changes
        .chunk_by(|a, b| a.warning().subject == b.warning().subject)
    {
        let Some(first) = changes.first() else { continue };
        let subject = first.warning().subject.clone();
        let mut case = cases.remove(&subject).unwrap_or_else(|| Case {
            id: clock::case_id(at_ms),
            subject: subject.clone(),
            state: CaseState::Open,
            severity: first.warning().severity,
            version: 0,
        });
        let open = after
            .get(&subject)
            .into_iter()
            .flatten()
            .filter(|warning| !warning.cleared);
        case.severity = open
            .map(|warning| warning.severity)
            .max()
            .unwrap_or(case.severity);
        let mut warnings = Vec::with_capacity(changes.len());
        for change in changes {
            case.version += 1;
            let warning = change.warning().clone();
            let Some(rule) = rules.get(&warning.rule) else {
                continue;
            };
            let kind = event_type(change);
            out.outbox.push(message(kind, &case, change, rule, at_ms)?);
            out.audit.push(AuditEntry {
                actor: "hub".to_owned(),
                action: kind.name().to_owned(),
                subject: subject.to_string(),
                detail: serde_json::json!({ "rule": rule.id, "round": warning.round, "severity": warning.severity }).to_string(),
            });
            warnings.push(WarningRound {
                warning,
                evidence: change.evidence().cloned(),
                rule_version: rule.version,
                title: rule.title.clone(),
            });
        }
        out.cases.push(CaseChange { case, warnings });
    }
    Ok(out)
}

fn warnings_after<'a>(known: &'a [Warning], diff: &'a WarningDiff) -> HashMap<Subject, Vec<&'a Warning>> {
    let mut by_fingerprint: HashMap<&Fingerprint, &Warning> = known
        .iter()
        .map(|warning| (&warning.fingerprint, warning))
        .collect();
    for change in &diff.changes {
        by_fingerprint.insert(&change.warning().fingerprint, change.warning());
    }
    let mut by_subject: HashMap<Subject, Vec<&Warning>> = HashMap::new();
    for warning in by_fingerprint.into_values() {
        by_subject
            .entry(warning.subject.clone())
            .or_default()
            .push(warning);
    }
    by_subject
}

fn event_type(change: &WarningChange) -> EventType {
    match change {
        WarningChange::Opened { .. } => EventType::Opened,
        WarningChange::Changed { reopened: true, .. } => EventType::Reopened,
        WarningChange::Changed {
            severity_was: Some(_),
            ..
        } => EventType::SeverityChanged,
        WarningChange::Changed { .. } => EventType::Updated,
        WarningChange::Cleared { .. } => EventType::Cleared,
    }
}

fn message(
    kind: EventType,
    case: &Case,
    change: &WarningChange,
    rule: &RuleHeader,
    at_ms: i64,
) -> Result<OutboxMessage> {
    let warning = change.warning();
    let event = Event {
        case_id: case.id,
        version: case.version,
        fingerprint: warning.fingerprint.clone(),
        round: warning.round,
        rule: EventRule::from(rule),
        severity: warning.severity,
        department: rule.department.clone(),
        subject: warning.subject.clone(),
        clears_when: rule.clears_when.clone(),
        explain: change
            .evidence()
            .map(|evidence| evidence.sentence.clone())
            .unwrap_or_default(),
    };
    Ok(OutboxMessage {
        id: clock::event_id(at_ms),
        case_id: case.id,
        kind,
        data: serde_json::to_string(&event)?,
    })
}

#[cfg(test)]
mod tests {
    use hub_model::{Evidence, Severity, SubjectKind};

    use super::*;

    fn rule(id: &str) -> RuleHeader {
        RuleHeader {
            id: RuleId::parse(id).unwrap(),
            version: 1,
            title: "t".into(),
            category: hub_model::Category::Income,
            clause: "2".into(),
            aliases: vec![],
            department: "d".into(),
            subject: SubjectKind::Household,
            clears_when: "c".into(),
            period: hub_model::Period::None,
            life: hub_model::Life::default(),
            ledger: None,
            kpi: None,
        }
    }

    fn opened(id: &str, subject: u64, severity: Severity) -> WarningChange {
        let subject = Subject::household(subject);
        let rule = RuleId::parse(id).unwrap();
        let warning = Warning {
            fingerprint: Fingerprint::of(&rule, &subject, "none"),
            rule,
            subject,
            period_key: "none".into(),
            band: "b".into(),
            severity,
            round: 1,
            cleared: false,
            evidence_digest: String::new(),
        };
        let evidence = Evidence {
            sentence: "s".into(),
            values: [].into(),
            ..Evidence::default()
        };
        WarningChange::Opened { warning, evidence }
    }

    #[test]
    fn one_household_is_one_case_with_the_gravest_severity_and_rising_versions() {
        let changes = vec![
            opened("A01", 1, Severity::Yellow),
            opened("B01", 1, Severity::Red),
            opened("A01", 2, Severity::Blue),
        ];
        let diff = WarningDiff {
            changes,
            kept: vec![],
        };
        let (a, b) = (rule("A01"), rule("B01"));
        let out = consequences(&[], vec![], &diff, &[&a, &b], 1).unwrap();
        assert_eq!(out.cases.len(), 2);
        assert_eq!(
            (out.cases[0].case.severity, out.cases[0].case.version),
            (Severity::Red, 2)
        );
        assert_eq!(out.outbox.len(), 3);
        assert_eq!(out.outbox[0].case_id, out.outbox[1].case_id);
        let versions: Vec<_> = out
            .outbox
            .iter()
            .map(|message| {
                serde_json::from_str::<serde_json::Value>(&message.data).unwrap()["version"]
                    .as_u64()
                    .unwrap()
            })
            .collect();
        assert_eq!(versions, [1, 2, 1]);
    }
}
