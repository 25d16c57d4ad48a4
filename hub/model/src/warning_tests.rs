//! The diff from findings to warnings, as a table of situations.
//! Here apart from `warning.rs` to keep that file short to read.
//! In: hand-made outcomes. Out: assertions on what opens, changes, stays and clears.
//! Not here: storage and events.

use std::sync::Arc;

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
        evidence: Arc::new(Evidence {
            sentence: sentence.into(),
            values: [("v".to_owned(), Value::Text(sentence.into()))].into(),
            ..Evidence::default()
        }),
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

    let opened = WarningDiff::between(vec![], &[found(Severity::Yellow, "a")], true);
    assert_eq!(kinds(&opened), ["opened"]);
    let again = WarningDiff::between(after(&opened), &[found(Severity::Yellow, "a")], true);
    assert_eq!(
        (kinds(&again).len(), again.kept.len()),
        (0, 1),
        "same evidence is no news"
    );
    let changed = WarningDiff::between(after(&opened), &[found(Severity::Yellow, "b")], true);
    assert_eq!(kinds(&changed), ["changed"], "other values are news");
    let graver = WarningDiff::between(after(&changed), &[found(Severity::Orange, "b")], true);
    assert_eq!(kinds(&graver), ["severity"]);
    let unknowable = WarningDiff::between(after(&graver), &[unknown], true);
    assert_eq!(
        (kinds(&unknowable).len(), unknowable.kept.len()),
        (0, 0),
        "an unknown rule clears nothing"
    );
    let silent = RuleOutcome {
        decided: [2.into()].into(),
        ..clean.clone()
    };
    let undecided = WarningDiff::between(after(&graver), &[silent], true);
    assert!(
        undecided.changes.is_empty(),
        "a household the rule says nothing about is not clean"
    );
    let cleared = WarningDiff::between(after(&graver), std::slice::from_ref(&clean), true);
    assert_eq!(kinds(&cleared), ["cleared"]);
    assert!(
        WarningDiff::between(after(&cleared), &[clean], true)
            .changes
            .is_empty(),
        "cleared once, not twice"
    );
    let back = WarningDiff::between(after(&cleared), &[found(Severity::Orange, "b")], true);
    assert_eq!(kinds(&back), ["reopened"]);
    assert_eq!(after(&back)[0].round, 5);
}

/// Dice with a seed, so that a failure can be looked at again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn a_thousand_outages_open_nothing_and_clear_nothing() {
    let mut dice = Dice(7);
    let found = outcome(RuleState::Evaluated, vec![finding(1, Severity::Yellow, "a")]);
    let mut known = after(&WarningDiff::between(vec![], std::slice::from_ref(&found), true));
    for outage in 0..1_000 {
        let today = match dice.below(4) {
            0 => outcome(
                RuleState::NotComputable {
                    reason: "stale".into(),
                },
                vec![],
            ),
            // A source that failed halfway: its rule must not be believed whatever it says.
            1 => outcome(
                RuleState::NotComputable {
                    reason: "failed".into(),
                },
                vec![finding(2, Severity::Red, "b")],
            ),
            // The subject is missing from what came: nobody said it is clean.
            2 => RuleOutcome {
                decided: [2.into()].into(),
                ..outcome(RuleState::Evaluated, vec![])
            },
            _ => found.clone(),
        };
        let outcomes = if dice.below(20) == 0 { vec![] } else { vec![today] };
        let diff = WarningDiff::between(known.clone(), &outcomes, dice.below(2) == 0);
        assert!(
            diff.changes.is_empty() && diff.clean.is_empty(),
            "outage {outage}: {diff:?}"
        );
        known.iter_mut().for_each(|warning| warning.clean = 0);
    }
}

#[test]
fn a_warning_clears_after_as_many_clean_evaluations_in_a_row_as_its_rule_asks() {
    let mut dice = Dice(11);
    for clear_after in 1..5 {
        let with = |mut outcome: RuleOutcome| {
            outcome.rule.life.clear_after = clear_after;
            outcome
        };
        let found = with(outcome(
            RuleState::Evaluated,
            vec![finding(1, Severity::Yellow, "a")],
        ));
        let clean = with(outcome(RuleState::Evaluated, vec![]));
        let unknown = with(outcome(
            RuleState::NotComputable {
                reason: "stale".into(),
            },
            vec![],
        ));
        let mut known = after(&WarningDiff::between(vec![], std::slice::from_ref(&found), true));
        // What a person would count: clean ones in a row over data that was read anew.
        let (mut in_a_row, mut cleared) = (0, false);
        for _ in 0..500 {
            let (fresh, today) = (dice.below(3) > 0, dice.below(8));
            let outcome = match today {
                0 => &unknown,
                1 => &found,
                _ => &clean,
            };
            let diff = WarningDiff::between(known.clone(), std::slice::from_ref(outcome), fresh);
            match today {
                0 => {}
                1 => (in_a_row, cleared) = (0, false),
                _ if cleared => {}
                _ => in_a_row += u32::from(fresh || in_a_row == 0),
            }
            if in_a_row >= clear_after {
                (in_a_row, cleared) = (0, true);
                assert_eq!(kinds(&diff), ["cleared"]);
            } else {
                assert!(!kinds(&diff).contains(&"cleared"), "{clear_after} {in_a_row}");
            }
            for warning in &mut known {
                warning.clean = 0;
                let counted = diff.clean.iter().find(|(of, _)| *of == warning.fingerprint);
                warning.clean = counted.map_or(if today == 0 { in_a_row } else { 0 }, |(_, count)| *count);
            }
            if let Some(changed) = after(&diff).pop() {
                known = vec![changed];
            }
            assert_eq!((known[0].clean, known[0].cleared), (in_a_row, cleared));
        }
    }
}
