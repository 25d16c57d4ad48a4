//! Warnings that are recorded and not told: exempt, silenced, muted.
//! Here because what a receiver heard, did not hear and hears later must fit together.
//! In: findings of one day after the other, what keeps them quiet. Out: assertions on events.
//! Not here: who may lay down an exemption or a silence (runtime's quiet).

use std::collections::HashMap;

use hub_model::quiet::{Exemption, MATERIAL_SHARE, Silence, place_of};
use hub_model::{CaseState, Life, Severity, Subject};

use super::{Found, World, day, evidence, rule, told};

#[test]
fn what_an_exemption_covers_is_recorded_and_not_told_until_its_evidence_is_another() {
    let mut world = World::default();
    let a = || rule("A01", Life::default());
    world.check("2023-10-09", &[(a(), &[(1, 1000, Severity::Yellow)])]);
    world.close(0, "2023-10-10");
    let exemption = Exemption {
        id: 7,
        subject: Subject::household(1),
        rule: a().id,
        reason: hub_model::case::Reason::PolicyException,
        text: "t".into(),
        until: day("2024-10-10"),
        approver: "县局".into(),
        at_ms: 0,
        severity: Severity::Yellow,
        evidence: evidence(1000),
        ended_ms: None,
        ended_reason: None,
    };
    world.quiets.share = MATERIAL_SHARE;
    world.quiets.exemptions = HashMap::from([((Subject::household(1), a().id), exemption)]);
    let little = world.check("2023-10-11", &[(a(), &[(1, 1100, Severity::Yellow)])]);
    assert_eq!((told(&little).len(), little.quiet), (0, 1));
    assert_eq!(world.known[0].quiet.as_deref(), Some("exempt/7"));
    let gone_and_back = world.check("2023-10-12", &[(a(), &[])]);
    assert_eq!(
        told(&gone_and_back),
        ["warning.cleared"],
        "who knew of it is told that it is gone"
    );
    let back = world.check("2023-10-13", &[(a(), &[(1, 1050, Severity::Yellow)])]);
    assert_eq!((told(&back).len(), world.cases[0].state), (0, CaseState::Closed));
    let much = world.check("2023-10-14", &[(a(), &[(1, 2000, Severity::Yellow)])]);
    assert_eq!(
        (told(&much), much.overtaken),
        (
            vec!["case.reopened".to_owned(), "warning.reopened".to_owned()],
            vec![7]
        )
    );
}

#[test]
fn what_is_silenced_is_told_when_the_silence_is_over_and_reminds_nobody_before() {
    let mut world = World::default();
    let a = || rule("A01", Life::default());
    let found: &[Found] = &[(1, 5, Severity::Red)];
    world.quiets.silences = vec![Silence {
        id: 3,
        rule: None,
        department: None,
        place: Some("颍州区/柳河镇".into()),
        severity: None,
        until: day("2023-12-31"),
        reason: "普查".into(),
        author: "a".into(),
        at_ms: 0,
        ended_ms: None,
        ended_reason: None,
    }];
    assert_eq!(place_of(&Subject::household(1), &evidence(5)), "颍州区/柳河镇");
    let silent = world.check("2023-10-09", &[(a(), found)]);
    assert_eq!((told(&silent).len(), silent.cases.len(), silent.quiet), (0, 1, 1));
    let overdue = world.check("2023-10-20", &[(a(), found)]);
    assert!(
        told(&overdue).is_empty() && overdue.overdue == 1,
        "recorded, told to nobody"
    );
    world.quiets.silences.clear();
    let lifted = world.check("2023-10-21", &[(a(), found)]);
    assert_eq!(told(&lifted), ["warning.opened"]);
    // What came and went while nobody was told stays untold.
    let mut world = World {
        quiets: world.quiets.clone(),
        ..World::default()
    };
    world.quiets.silences = vec![Silence {
        rule: Some("A01".into()),
        place: None,
        ..silence()
    }];
    world.check("2023-10-09", &[(a(), found)]);
    assert!(told(&world.check("2023-10-10", &[(a(), &[])])).is_empty());
}

fn silence() -> Silence {
    Silence {
        id: 4,
        rule: None,
        department: None,
        place: None,
        severity: None,
        until: day("2023-12-31"),
        reason: "普查".into(),
        author: "a".into(),
        at_ms: 0,
        ended_ms: None,
        ended_reason: None,
    }
}

#[test]
fn a_warning_that_mutes_keeps_the_others_of_its_subject_quiet_while_it_stands() {
    let mut world = World::default();
    let mutes = || {
        rule(
            "M01",
            Life {
                mutes: true,
                ..Life::default()
            },
        )
    };
    let a = || rule("A01", Life::default());
    let found: &[Found] = &[(1, 5, Severity::Yellow)];
    let both: &[Found] = &[(1, 5, Severity::Yellow), (2, 5, Severity::Yellow)];
    let out = world.check("2023-10-09", &[(mutes(), found), (a(), both)]);
    assert_eq!(
        (told(&out).len(), out.quiet),
        (2, 1),
        "the one that mutes, and the other household's"
    );
    let muted = world
        .known
        .iter()
        .filter(|known| known.quiet.as_deref() == Some("mute/M01"));
    assert_eq!(muted.count(), 1);
    let over = world.check("2023-10-10", &[(mutes(), &[]), (a(), both)]);
    assert_eq!(told(&over), ["warning.cleared", "warning.opened"]);
}
