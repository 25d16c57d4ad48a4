//! What the store promises of routes: each event at the channels it goes through, from when on.
//! Here because what waits for the office must not hold up what does not.
//! In: cases of two departments, routes with office hours. Out: assertions over what is due, and when.
//! Not here: which route takes what (model), sending (runtime).

use crate::place::Place;
use std::sync::Arc;

use hub_model::route::{Hours, Route, Routes};
use hub_model::{Calendar, Case, CaseId, EventId, EventType, OutboxMessage, Severity, Subject};
use hub_store::{Access, CaseChange, Commit, Store};

/// Monday 2023-11-06, 20:00 in China, and half past eight the next morning.
const EVENING_MS: i64 = 1_699_272_000_000;
const MORNING_MS: i64 = EVENING_MS + 12 * 3_600_000 + 1_800_000;

fn case(number: u64, severity: Severity) -> Case {
    let mut case = Case::opened(
        CaseId::new(1, number.into()),
        Subject::household(number),
        severity,
    );
    case.department = "民政".into();
    case
}

fn message(case: &Case, number: u64) -> OutboxMessage {
    OutboxMessage {
        id: EventId::new(number, number.into()),
        case_id: case.id,
        kind: EventType::Opened,
        data: format!(
            r#"{{"severity":"{}","rule":{{"id":"A01"}}}}"#,
            case.severity.as_str()
        ),
    }
}

fn routes() -> Arc<Routes> {
    let at = |hour, minute| chrono::NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let office = Route {
        id: "office".into(),
        departments: vec!["民政".into()],
        places: vec![],
        severity: None,
        rules: vec![],
        news: vec![],
        channels: vec!["sheet".into()],
        hours: Some(Hours {
            from: at(8, 30),
            until: at(17, 30),
            workdays: true,
            but: Some(Severity::Red),
        }),
    };
    let channels = vec!["sheet".to_owned(), "other".to_owned()];
    Arc::new(Routes::new(channels, vec![office], Arc::default()))
}

#[tokio::test]
async fn what_is_grave_goes_at_once_though_something_mild_before_it_waits_for_the_morning() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    let (mild, grave) = (case(1, Severity::Yellow), case(2, Severity::Red));
    let mut worse = mild.clone();
    worse.severity = Severity::Red;
    let commit = |cases: &[&Case], outbox: Vec<OutboxMessage>| Commit {
        cases: cases
            .iter()
            .map(|case| CaseChange::of((*case).clone(), &Calendar::default()))
            .collect(),
        outbox,
        routes: routes(),
        ..Commit::default()
    };
    let waits = commit(&[&mild], vec![message(&mild, 1)]);
    store.commit(&waits, EVENING_MS).await.unwrap();
    assert_eq!(store.next_due_ms("sheet").await.unwrap(), Some(MORNING_MS));
    assert_eq!(
        store.next_due_ms("other").await.unwrap(),
        None,
        "no route leads there"
    );

    // Of another case: it overtakes, one by one and together.
    let goes = commit(&[&grave], vec![message(&grave, 2)]);
    store.commit(&goes, EVENING_MS).await.unwrap();
    assert_eq!(store.next_due_ms("sheet").await.unwrap(), Some(EVENING_MS));
    let due = store.due("sheet", EVENING_MS, 10).await.unwrap();
    assert_eq!(due.iter().map(|event| event.sequence).collect::<Vec<_>>(), [2]);
    let waiting = store.waiting("sheet", EVENING_MS + 1, 10).await.unwrap().unwrap();
    assert_eq!((waiting.from, waiting.upto, waiting.events), (2, 2, 1));

    // Of the same case: what stands before it goes along, in order.
    let follows = commit(&[&worse], vec![message(&worse, 3)]);
    store.commit(&follows, EVENING_MS).await.unwrap();
    let due = store.due("sheet", EVENING_MS, 10).await.unwrap();
    assert_eq!(due.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
}
