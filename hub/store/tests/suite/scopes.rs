//! What the store promises of scopes: what is seen, how far events were fetched, what a month comes to.
//! Here because one department's households are nobody else's business.
//! In: hand-made cases of many departments and divisions, scopes of every shape. Out: assertions over what is read back.
//! Not here: credentials themselves (credentials), tokens and HTTP (runtime, web).

use crate::place::Place;
use std::collections::BTreeSet;
use std::sync::Arc;

use hub_model::case::{Action, Deed, DeedRecord, Role};
use hub_model::route::Routes;
use hub_model::{
    Calendar, Case, CaseId, CaseState, Credential, CredentialId, EventId, EventType, Fingerprint,
    OutboxMessage, Permission, RuleId, Scope, Severity, Subject, Warning,
};
use hub_store::{
    Access, Attempt, AttemptOutcome, CaseChange, Commit, PageFilter, Pull, Store, Told, WarningRound, Way,
};

const DEPARTMENTS: [&str; 3] = ["民政", "人社", "民政局"];
/// Places and the codes of their counties; of the last nobody knows where it is.
const PLACES: [(&str, &str); 4] = [
    ("颍州区/柳河镇/李庄村", "341202"),
    ("颍上县/江口镇", "341226"),
    ("341225", "341225"),
    ("某处", ""),
];
const CASES: usize = 120;

async fn store() -> (Store, Place) {
    let dir = Place::new().await;
    (Store::open(dir.home(), Access::Write).await.unwrap(), dir)
}

/// A case with what its scope is decided by.
struct Known {
    case: Case,
    division: &'static str,
}

fn round(case: &Case, place: &str) -> WarningRound {
    let rule = RuleId::parse("A01").unwrap();
    WarningRound {
        warning: Warning {
            fingerprint: Fingerprint::of(&rule, &case.subject, ""),
            rule,
            subject: case.subject.clone(),
            period_key: "none".into(),
            band: "x".into(),
            severity: case.severity,
            round: 1,
            cleared: false,
            evidence_digest: String::new(),
            clean: 0,
        },
        evidence: Some(Arc::new(hub_model::Evidence::default())),
        rule_version: 1,
        title: "t".into(),
        place: place.into(),
        quiet: None,
        told: true,
    }
}

fn message(case: &Case, number: usize, kind: EventType) -> OutboxMessage {
    OutboxMessage {
        id: EventId::new(7, number as u128),
        case_id: case.id,
        kind,
        data: format!(r#"{{"case_id":"{}"}}"#, case.id),
    }
}

/// Cases of every department in every place, two events each.
async fn filled(store: &Store) -> Vec<Known> {
    let calendar = Calendar::default();
    let mut known = Vec::new();
    let mut commit = Commit {
        routes: Arc::new(Routes::to_all(["platform"])),
        ..Commit::default()
    };
    for number in 0..CASES {
        let (place, division) = PLACES[number % PLACES.len()];
        let mut case = Case::opened(
            CaseId::new(1, number as u128),
            Subject::household(number as u64),
            Severity::ALL[number % 4],
        );
        case.department = DEPARTMENTS[(number / 5) % DEPARTMENTS.len()].into();
        case.version = 1;
        commit.cases.push(CaseChange {
            warnings: vec![round(&case, place)],
            ..CaseChange::of(case.clone(), &calendar)
        });
        commit.outbox.push(message(&case, number, EventType::Opened));
        known.push(Known { case, division });
    }
    for (number, known) in known.iter().enumerate() {
        commit
            .outbox
            .push(message(&known.case, CASES + number, EventType::Updated));
    }
    store.commit(&commit, 5).await.unwrap();
    known
}

/// Every scope that a credential may have here.
fn scopes() -> Vec<Scope> {
    let departments = DEPARTMENTS.iter().map(|name| Some((*name).to_owned()));
    let departments = departments.chain([None, Some("没有的".to_owned())]);
    let divisions = ["", "34", "3412", "341202", "341226", "341225", "11"];
    departments
        .flat_map(|department| divisions.map(|division| Scope::of(department.clone(), division).unwrap()))
        .collect()
}

#[tokio::test]
async fn whatever_is_asked_nobody_gets_a_row_beyond_the_scope_and_nothing_within_it_is_missed() {
    let (store, _dir) = store().await;
    let known = filled(&store).await;
    for scope in scopes() {
        let held = |known: &&Known| scope.holds(&known.case.department, known.division);
        let ours: Vec<CaseId> = known.iter().filter(held).map(|known| known.case.id).collect();
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let filter = PageFilter {
                after,
                limit: 7,
                ..PageFilter::default()
            };
            let (rows, more) = store.case_page(&scope, &filter).await.unwrap();
            listed.extend(rows.iter().map(|row| row.case.id));
            if !more {
                break;
            }
            after = listed.last().copied();
        }
        assert_eq!(listed, ours, "{scope:?}");
        let all = hub_store::CaseFilter {
            limit: 10_000,
            ..hub_store::CaseFilter::default()
        };
        let worklist: BTreeSet<CaseId> = store
            .case_rows(&scope, &all)
            .await
            .unwrap()
            .iter()
            .map(|row| row.case.id)
            .collect();
        assert_eq!(worklist, ours.iter().copied().collect(), "{scope:?}");
        for known in &known {
            let found = store.case_detail(&scope, known.case.id).await.unwrap();
            assert_eq!(found.is_some(), ours.contains(&known.case.id), "{scope:?}");
        }
        let (mut fetched, mut after) = (Vec::new(), 0);
        loop {
            let page = store.events_after(&scope, after, 11).await.unwrap();
            fetched.extend(page.events.iter().map(|event| event.case_id.clone()));
            assert!(page.events.iter().all(|event| event.sequence > after));
            after = page.through;
            if !page.more {
                break;
            }
        }
        let twice: Vec<String> = ours.iter().chain(&ours).map(ToString::to_string).collect();
        assert_eq!(fetched, twice, "{scope:?}");
    }
}

#[tokio::test]
async fn filters_narrow_a_scope_and_never_widen_it() {
    let (store, _dir) = store().await;
    let known = filled(&store).await;
    let scope = Scope::of(Some("民政".into()), "3412").unwrap();
    let filter = PageFilter {
        states: vec![CaseState::Open],
        severity: Some(Severity::Blue),
        division: Some("3412".into()),
        rule: Some("A01".into()),
        limit: 500,
        ..PageFilter::default()
    };
    let (rows, _) = store.case_page(&scope, &filter).await.unwrap();
    let expected: Vec<CaseId> = known
        .iter()
        .filter(|known| scope.holds(&known.case.department, known.division))
        .filter(|known| known.case.severity == Severity::Blue)
        .map(|known| known.case.id)
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(rows.iter().map(|row| row.case.id).collect::<Vec<_>>(), expected);
    for none in [
        PageFilter {
            division: Some("11".into()),
            ..filter.clone()
        },
        PageFilter {
            rule: Some("B01".into()),
            ..filter.clone()
        },
        PageFilter {
            states: vec![CaseState::Closed],
            ..filter
        },
    ] {
        assert_eq!(
            store.case_page(&scope, &none).await.unwrap().0.len(),
            0,
            "{none:?}"
        );
    }
}

#[tokio::test]
async fn a_deed_leaves_a_case_where_it_is_and_another_warning_may_say_otherwise() {
    let (store, _dir) = store().await;
    let known = filled(&store).await;
    let here = Scope::of(None, "341202").unwrap();
    let there = Scope::of(None, "341226").unwrap();
    let mut case = known[0].case.clone();
    case.version = 2;
    let change = |warnings| Commit {
        cases: vec![CaseChange {
            warnings,
            ..CaseChange::of(case.clone(), &Calendar::default())
        }],
        ..Commit::default()
    };
    let mut moved = round(&case, "颍上县");
    moved.warning.round = 2;
    store.commit(&change(vec![]), 6).await.unwrap();
    assert!(store.case_detail(&here, case.id).await.unwrap().is_some());
    store.commit(&change(vec![moved]), 7).await.unwrap();
    assert!(store.case_detail(&here, case.id).await.unwrap().is_none());
    assert!(store.case_detail(&there, case.id).await.unwrap().is_some());
}

fn credential(id: &str, scope: Scope) -> Credential {
    Credential {
        id: CredentialId::parse(id).unwrap(),
        role: Role::Department,
        scope,
        permissions: [Permission::ReadEvents].into(),
        signed: true,
        created_ms: 100,
        expires_ms: 1_000,
        revoked_ms: None,
    }
}

#[tokio::test]
async fn only_what_was_handed_out_can_be_confirmed_and_nothing_confirmed_is_taken_back() {
    let (store, _dir) = store().await;
    let id = credential("civil-1", Scope::of(Some("民政".into()), "").unwrap());
    store.add_credential(&id, "d", "op").await.unwrap();
    let id = &id.id;
    assert_eq!(store.acknowledge(id, 1, 9).await.unwrap(), None);
    assert_eq!(store.acknowledge(id, 0, 9).await.unwrap(), Some(Pull::default()));
    store.served(id, 20, 9).await.unwrap();
    store.served(id, 10, 9).await.unwrap();
    assert_eq!(store.acknowledge(id, 21, 9).await.unwrap(), None);
    for (through, acknowledged) in [(15, 15), (3, 15), (20, 20)] {
        let pull = store.acknowledge(id, through, 9).await.unwrap().unwrap();
        assert_eq!((pull.served, pull.acknowledged), (20, acknowledged));
    }
}

#[tokio::test]
async fn a_month_is_reconciled_for_those_who_are_pushed_to_and_those_who_fetch() {
    let (store, _dir) = store().await;
    let fetching = credential("civil-1", Scope::of(Some("民政".into()), "").unwrap());
    store.add_credential(&fetching, "d", "op").await.unwrap();
    let known = filled(&store).await;
    let ours: Vec<&Known> = known
        .iter()
        .filter(|known| known.case.department == "民政")
        .collect();
    // Half of the platform's events are answered for; one of them fails.
    let attempts: Vec<Attempt> = (1..=60)
        .map(|sequence| Attempt {
            sequence,
            number: 1,
            told: if sequence == 60 { Told::Failed } else { Told::Took },
            outcome: if sequence == 60 {
                AttemptOutcome::Retry { due_ms: 9 }
            } else {
                AttemptOutcome::Acknowledged
            },
            excused: false,
            status: Some(200),
            error: None,
            receipt: None,
            took_ms: 0,
        })
        .collect();
    store.record_attempts("platform", &attempts, 6).await.unwrap();
    store.served(&fetching.id, 120, 6).await.unwrap();
    store.acknowledge(&fetching.id, 60, 6).await.unwrap();
    // The first of ours is accepted and verified, the second accepted.
    for (known, actions) in [
        (ours[0], &[Action::Accept, Action::Verify][..]),
        (ours[1], &[Action::Accept][..]),
    ] {
        let deeds = actions.iter().zip(2..).map(|(action, version)| DeedRecord {
            version,
            round: 1,
            at_ms: 8,
            was: CaseState::Dispatched,
            state: CaseState::Verifying,
            deed: Deed::of_hub(*action, "查"),
        });
        let commit = Commit {
            cases: vec![CaseChange {
                deeds: deeds.collect(),
                ..CaseChange::of(known.case.clone(), &Calendar::default())
            }],
            ..Commit::default()
        };
        store.commit(&commit, 8).await.unwrap();
    }
    let month = store.reconcile(0, 1_000).await.unwrap();
    let platform = month.iter().find(|row| row.way == Way::Push).unwrap();
    assert_eq!(platform.endpoint, "platform");
    assert_eq!(
        (platform.events, platform.sent, platform.received, platform.cases),
        (240, 60, 59, 59)
    );
    assert_eq!((platform.accepted, platform.answered), (2, 1));
    let fetched = month.iter().find(|row| row.way == Way::Pull).unwrap();
    let first_half = ours
        .iter()
        .filter(|known| known.case.subject < Subject::household(60))
        .count() as u64;
    assert_eq!(fetched.endpoint, "civil-1");
    assert_eq!(
        (fetched.events, fetched.sent, fetched.received, fetched.cases),
        (2 * ours.len() as u64, ours.len() as u64, first_half, first_half)
    );
    assert_eq!((fetched.accepted, fetched.answered), (2, 1));
    assert_eq!(store.reconcile(1_000, 2_000).await.unwrap(), []);
}
