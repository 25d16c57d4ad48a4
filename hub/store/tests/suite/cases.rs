//! What the store promises of cases, of what keeps warnings quiet and of the audit log.
//! Here because a worklist that loses a deed, or a log that can be altered unseen, is worth nothing.
//! In: hand-made commits, a database tampered with. Out: assertions over what is read back.
//! Not here: which deeds there are (model), what follows from a check (runtime).

use crate::place::Place;
use hub_model::case::{Action, Deed, DeedRecord, Terms};
use hub_model::{Calendar, Case, CaseId, CaseState, Scope, Severity, Subject};
use hub_store::{
    Access, AuditEntry, CaseChange, CaseFilter, Commit, Flaw, HeldRule, Quieting, Released, Request, Store,
    Verified,
};

async fn store() -> (Store, Place) {
    let dir = Place::new().await;
    (Store::open(dir.home(), Access::Write).await.unwrap(), dir)
}

fn case(number: u64, severity: Severity, department: &str) -> Case {
    let mut case = Case::opened(
        CaseId::new(1, number.into()),
        Subject::household(number),
        severity,
    );
    case.department = department.to_owned();
    case.version = 1;
    case.set_clocks(
        "2023-10-09".parse().unwrap(),
        &Terms::default(),
        None,
        &Calendar::default(),
    );
    case
}

async fn commit(store: &Store, cases: Vec<CaseChange>) {
    let commit = Commit {
        cases,
        ..Commit::default()
    };
    store.commit(&commit, 5).await.unwrap();
}

#[tokio::test]
async fn a_case_reads_back_as_it_was_written_and_is_found_by_what_clerks_look_for() {
    let (store, _dir) = store().await;
    let calendar = Calendar::default();
    let mut cases = vec![
        case(1, Severity::Red, "民政"),
        case(2, Severity::Yellow, "人社"),
        case(3, Severity::Blue, "民政"),
    ];
    cases[1].state = CaseState::Suspended;
    cases[1].suspended_from = Some(CaseState::Handling);
    cases[2].state = CaseState::Closed;
    cases[2].closed = Some("2023-10-20".parse().unwrap());
    cases[2].previous = Some(cases[0].id);
    cases[2].concluded_by = Some("a".into());
    cases[0].tell("2023-12-01".parse().unwrap(), &calendar);
    let changes = cases
        .iter()
        .map(|case| CaseChange::of(case.clone(), &calendar))
        .collect();
    commit(&store, changes).await;
    for case in &cases {
        assert_eq!(
            store
                .case_detail(&Scope::whole(), case.id)
                .await
                .unwrap()
                .unwrap()
                .case,
            *case
        );
    }
    let ids = async |filter: CaseFilter| -> Vec<CaseId> {
        let filter = CaseFilter { limit: 10, ..filter };
        store
            .case_rows(&Scope::whole(), &filter)
            .await
            .unwrap()
            .iter()
            .map(|row| row.case.id)
            .collect()
    };
    let of = |numbers: &[usize]| numbers.iter().map(|nth| cases[*nth].id).collect::<Vec<_>>();
    let all = CaseFilter::default();
    assert_eq!(ids(all.clone()).await, of(&[0, 1]), "closed ones are asked for");
    let closed = CaseFilter {
        states: vec![CaseState::Closed],
        ..all.clone()
    };
    assert_eq!(ids(closed).await, of(&[2]));
    let office = CaseFilter {
        department: Some("人社".into()),
        ..all.clone()
    };
    assert_eq!(ids(office).await, of(&[1]));
    assert_eq!(
        ids(CaseFilter {
            severity: Some(Severity::Red),
            ..all.clone()
        })
        .await,
        of(&[0])
    );
    assert_eq!(
        ids(CaseFilter {
            overdue: true,
            ..all.clone()
        })
        .await,
        of(&[0])
    );
    let due = |day: &str| CaseFilter {
        due: Some(day.parse().unwrap()),
        ..all.clone()
    };
    assert_eq!(ids(due("2023-10-11")).await, of(&[0]));
    assert_eq!(ids(due("2023-10-16")).await, of(&[0, 1]));
    let subject = Subject::household(3);
    assert_eq!(store.last_closed(&[&subject]).await.unwrap(), [cases[2].clone()]);
    assert_eq!(store.open_cases().await.unwrap().len(), 2);
}

#[tokio::test]
async fn one_subject_has_one_case_that_is_not_closed_and_a_deed_is_found_by_its_key() {
    let (store, _dir) = store().await;
    let calendar = Calendar::default();
    let first = case(1, Severity::Red, "民政");
    let record = DeedRecord {
        version: 2,
        round: 1,
        at_ms: 7,
        was: CaseState::Open,
        state: CaseState::Dispatched,
        deed: Deed::of_hub(Action::Dispatch, "请核实"),
    };
    let request = Request {
        key: "k".into(),
        digest: "d".into(),
    };
    let change = CaseChange {
        deeds: vec![record.clone()],
        request: Some(request),
        ..CaseChange::of(first.clone(), &calendar)
    };
    commit(&store, vec![change]).await;
    let found = store.requested(first.id, Action::Dispatch, "k").await.unwrap();
    assert_eq!(found, Some((record.clone(), "d".to_owned())));
    assert_eq!(
        store.requested(first.id, Action::Accept, "k").await.unwrap(),
        None
    );
    assert_eq!(
        store
            .case_detail(&Scope::whole(), first.id)
            .await
            .unwrap()
            .unwrap()
            .history,
        [record]
    );
    let mut second = first.clone();
    second.id = CaseId::new(1, 99);
    second.state = CaseState::Verifying;
    let commit = Commit {
        cases: vec![CaseChange::of(second, &calendar)],
        ..Commit::default()
    };
    assert!(
        store.commit(&commit, 6).await.is_err(),
        "whatever states they are in"
    );
}

#[tokio::test]
async fn a_held_rule_stays_held_until_it_is_released_and_can_be_held_again() {
    let (store, _dir) = store().await;
    let held = |since_ms, openings| HeldRule {
        rule: "A01".into(),
        since_ms,
        last_ms: since_ms,
        openings,
        why: "w".into(),
    };
    let with = |held_rules, released| Commit {
        held_rules,
        released,
        ..Commit::default()
    };
    store.commit(&with(vec![held(5, 60)], vec![]), 5).await.unwrap();
    store.commit(&with(vec![held(5, 61)], vec![]), 6).await.unwrap();
    assert_eq!(store.held_rules().await.unwrap(), [held(5, 61)]);
    assert_eq!(store.status().await.unwrap().held_rules.len(), 1);
    let released = Released {
        rule: "A01".into(),
        actor: "a".into(),
        reason: "核实".into(),
    };
    store.commit(&with(vec![], vec![released]), 7).await.unwrap();
    assert!(store.held_rules().await.unwrap().is_empty());
    store.commit(&with(vec![held(8, 70)], vec![]), 8).await.unwrap();
    assert_eq!(store.held_rules().await.unwrap(), [held(8, 70)]);
    assert!(
        !store
            .end_quiet(Quieting::Silence, 1, ("a", "r"), 9)
            .await
            .unwrap()
    );
}

/// A log of `count` entries, and a connection that does to it what no hub does.
async fn log(count: i64) -> (Store, Place, String) {
    let (store, dir) = store().await;
    for nth in 0..count {
        let entry = AuditEntry {
            actor: "a".into(),
            action: "x.done".into(),
            subject: format!("household/{}", nth % 3),
            detail: "{}".into(),
        };
        store.record(&[entry], nth).await.unwrap();
    }
    let Verified::Whole { entries, head } = store.verify_audit(None).await.unwrap() else {
        panic!("a log nobody touched")
    };
    assert_eq!(entries, count);
    (store, dir, head)
}

#[tokio::test]
async fn verifying_names_the_first_entry_that_was_altered_taken_out_put_in_or_moved() {
    let broken = |seq, why| Verified::Broken { seq, why };
    for (sql, expect) in [
        (
            "UPDATE audit SET actor = 'b' WHERE seq = 4",
            broken(4, Flaw::Altered),
        ),
        (
            "UPDATE audit SET detail = '{\"x\":1}' WHERE seq = 10",
            broken(10, Flaw::Altered),
        ),
        (
            "UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 1",
            broken(1, Flaw::Altered),
        ),
        (
            "UPDATE audit SET hash = 'ff' WHERE seq = 7",
            broken(7, Flaw::Altered),
        ),
        ("DELETE FROM audit WHERE seq = 5", broken(5, Flaw::Missing)),
        (
            "UPDATE audit SET subject = CASE seq WHEN 2 THEN 'household/2' ELSE 'household/1' END WHERE seq IN (2, 3)",
            broken(2, Flaw::Altered),
        ),
        (
            "INSERT INTO audit SELECT 11, at_ms, actor, action, subject, detail, hash FROM audit WHERE seq = 10",
            broken(11, Flaw::Altered),
        ),
    ] {
        let (store, dir, _) = log(10).await;
        dir.run(sql).await;
        assert_eq!(store.verify_audit(None).await.unwrap(), expect, "{sql}");
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_shows_against_a_head_kept_elsewhere() {
    let (store, dir, head) = log(10).await;
    assert!(matches!(
        store.verify_audit(Some((10, &head))).await.unwrap(),
        Verified::Whole { .. }
    ));
    dir.run("DELETE FROM audit WHERE seq > 8").await;
    assert!(matches!(
        store.verify_audit(None).await.unwrap(),
        Verified::Whole { entries: 8, .. }
    ));
    let cut = store.verify_audit(Some((10, &head))).await.unwrap();
    assert_eq!(
        cut,
        Verified::Broken {
            seq: 9,
            why: Flaw::Missing
        }
    );
    // A log that was written anew from some entry on has another head.
    let other = store.verify_audit(Some((8, &head))).await.unwrap();
    assert_eq!(
        other,
        Verified::Broken {
            seq: 8,
            why: Flaw::Altered
        }
    );
    let rows = store
        .audit_rows(Some("household/1"), None, Some("x."), 2)
        .await
        .unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [8, 5]);
}
