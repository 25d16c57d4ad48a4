//! The diff from findings to warnings, as a table of situations.
//! Here apart from `warning.rs` to keep that file short to read.
//! In: hand-made outcomes. Out: assertions on what opens, changes, stays and clears.
//! Not here: storage and events.

use crate::{
    Evidence, Finding, RuleHeader, RuleId, RuleOutcome, RuleState, Severity, Subject, SubjectKind, Value,
    Warning, WarningChange, WarningDiff,
};

fn outcome(state: RuleState, findings: Vec<Finding>) -> RuleOutcome {
    let id = RuleId::parse("A01").unwrap();
    let rule = RuleHeader {
        id,
        version: 1,
        title: "t".into(),
        category: crate::Category::Income,
        clause: "2".into(),
        aliases: vec![],
        department: "d".into(),
        subject: SubjectKind::Household,
        clears_when: "c".into(),
        period: crate::Period::None,
        life: crate::Life::default(),
        ledger: None,
        kpi: None,
    };
    RuleOutcome {
        rule,
        state,
        unset_bands: vec![],
        findings,
        decided: [1.into()].into(),
    }
}

fn finding(id: u64, severity: Severity, sentence: &str) -> Finding {
    Finding {
        subject: Subject::household(id),
        period_key: "none".into(),
        band: "b".into(),
        severity,
        evidence: Evidence {
            sentence: sentence.into(),
            values: [("v".to_owned(), Value::Text(sentence.into()))].into(),
            ..Evidence::default()
        },
    }
}

fn after(diff: &WarningDiff) -> Vec<Warning> {
    diff.changes.iter().map(|c| c.warning().clone()).collect()
}

fn kinds(diff: &WarningDiff) -> Vec<&'static str> {
    diff.changes
        .iter()
        .map(|change| match change {
            WarningChange::Opened { .. } => "opened",
            WarningChange::Changed { reopened: true, .. } => "reopened",
            WarningChange::Changed {
                severity_was: Some(_),
                ..
            } => "severity",
            WarningChange::Changed { .. } => "changed",
            WarningChange::Cleared { .. } => "cleared",
        })
        .collect()
}

#[test]
fn a_warnings_whole_life() {
    let found = |severity, sentence| outcome(RuleState::Evaluated, vec![finding(1, severity, sentence)]);
    let clean = outcome(RuleState::Evaluated, vec![]);
    let unknown = outcome(
        RuleState::NotComputable {
            reason: "household: stale".into(),
        },
        vec![],
    );

    let opened = WarningDiff::between(vec![], &[found(Severity::Yellow, "a")]);
    assert_eq!(kinds(&opened), ["opened"]);
    let again = WarningDiff::between(after(&opened), &[found(Severity::Yellow, "a")]);
    assert_eq!(
        (kinds(&again).len(), again.kept.len()),
        (0, 1),
        "same evidence is no news"
    );
    let changed = WarningDiff::between(after(&opened), &[found(Severity::Yellow, "b")]);
    assert_eq!(kinds(&changed), ["changed"], "other values are news");
    let graver = WarningDiff::between(after(&changed), &[found(Severity::Orange, "b")]);
    assert_eq!(kinds(&graver), ["severity"]);
    let unknowable = WarningDiff::between(after(&graver), &[unknown]);
    assert_eq!(
        (kinds(&unknowable).len(), unknowable.kept.len()),
        (0, 0),
        "an unknown rule clears nothing"
    );
    let silent = RuleOutcome {
        decided: [2.into()].into(),
        ..clean.clone()
    };
    let undecided = WarningDiff::between(after(&graver), &[silent]);
    assert!(
        undecided.changes.is_empty(),
        "a household the rule says nothing about is not clean"
    );
    let cleared = WarningDiff::between(after(&graver), std::slice::from_ref(&clean));
    assert_eq!(kinds(&cleared), ["cleared"]);
    assert!(
        WarningDiff::between(after(&cleared), &[clean]).changes.is_empty(),
        "cleared once, not twice"
    );
    let back = WarningDiff::between(after(&cleared), &[found(Severity::Orange, "b")]);
    assert_eq!(kinds(&back), ["reopened"]);
    assert_eq!(after(&back)[0].round, 5);
}
