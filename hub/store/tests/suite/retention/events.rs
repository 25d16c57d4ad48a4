//! When events and attempts go, and that the disk gets its room back.
//! Here because an event that goes too early is lost, and one that everybody has is ballast.
//! In: events of closed and open cases, taken, pending, dead, fetched. Out: assertions over which are left.
//! Not here: the lake, runs and refused rows (main).

use std::sync::Arc;

use hub_model::case::Role;
use hub_model::route::Routes;
use hub_model::{
    Calendar, Case, CaseId, CaseState, Credential, CredentialId, EventId, EventType, OutboxMessage,
    Permission, Scope, Severity, Subject,
};
use hub_store::{Attempt, AttemptOutcome, CaseChange, Commit, Cut, Kept, Told};

use super::{DAY, Hub, NOW, rows};

#[tokio::test]
async fn an_event_goes_when_everybody_has_it_and_its_case_is_closed() {
    let hub = Hub::new().await;
    let case = |number: u64, state: CaseState| {
        let mut case = Case::opened(
            CaseId::new(1, number.into()),
            Subject::household(number),
            Severity::Orange,
        );
        case.state = state;
        CaseChange::of(case, &Calendar::default())
    };
    let event = |number: u64, case: u64| OutboxMessage {
        id: EventId::new(number, number.into()),
        case_id: CaseId::new(1, case.into()),
        kind: EventType::Opened,
        data: "{}".to_owned(),
    };
    let commit = Commit {
        cases: vec![
            case(1, CaseState::Closed),
            case(2, CaseState::Handling),
            case(3, CaseState::Closed),
            case(4, CaseState::Closed),
            case(5, CaseState::Closed),
            case(6, CaseState::Closed),
        ],
        outbox: (1..=6).map(|number| event(number, number)).collect(),
        routes: Arc::new(Routes::to_all(["e"])),
        ..Commit::default()
    };
    hub.store.commit(&commit, DAY).await.unwrap();
    let attempt = |sequence, outcome: AttemptOutcome| Attempt {
        sequence,
        number: 1,
        told: Told::Took,
        outcome,
        excused: false,
        status: Some(200),
        error: None,
        receipt: None,
        took_ms: 3,
    };
    let attempts = [
        attempt(1, AttemptOutcome::Acknowledged),
        attempt(2, AttemptOutcome::Acknowledged),
        attempt(3, AttemptOutcome::Dead),
        attempt(4, AttemptOutcome::Retry { due_ms: 2 * DAY }),
        attempt(5, AttemptOutcome::Acknowledged),
        attempt(6, AttemptOutcome::Acknowledged),
    ];
    hub.store.record_attempts("e", &attempts, 2 * DAY).await.unwrap();
    let fetches = Credential {
        id: CredentialId::parse("civil-1").unwrap(),
        role: Role::County,
        scope: Scope::whole(),
        permissions: [Permission::ReadEvents].into(),
        signed: false,
        created_ms: 100,
        expires_ms: NOW + 1,
        revoked_ms: None,
    };
    assert!(hub.store.add_credential(&fetches, "d1", "op").await.unwrap());
    let cut = Cut {
        acknowledged_ms: Some(NOW),
        ..Cut::default()
    };
    let sequences = "SELECT CAST(sequence AS TEXT) FROM outbox AS o ORDER BY o.sequence";
    assert_eq!(
        rows(&hub.apply(&cut).await, Kept::Events),
        0,
        "one who fetches has none yet"
    );
    hub.store.served(&fetches.id, 6, 3 * DAY).await.unwrap();
    hub.store
        .acknowledge(&fetches.id, 4, 3 * DAY)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        rows(&hub.apply(&cut).await, Kept::Events),
        1,
        "the fifth was not confirmed"
    );
    assert_eq!(hub.list(sequences).await, ["2", "3", "4", "5", "6"]);
    hub.store
        .acknowledge(&fetches.id, 6, 3 * DAY)
        .await
        .unwrap()
        .unwrap();
    let early = Cut {
        acknowledged_ms: Some(2 * DAY),
        ..Cut::default()
    };
    assert_eq!(
        rows(&hub.apply(&early).await, Kept::Events),
        0,
        "it was taken later than that"
    );
    // The newest stays: by it an endpoint is known to have had its events.
    assert_eq!(rows(&hub.apply(&cut).await, Kept::Events), 1);
    assert_eq!(hub.list(sequences).await, ["2", "3", "4", "6"]);
    let left = "SELECT DISTINCT state FROM delivery ORDER BY state";
    assert_eq!(hub.list(left).await, ["acknowledged", "dead", "pending"]);
    // Attempts: of what was taken, and only of that.
    let of_attempts = Cut {
        attempts_ms: Some(NOW),
        ..Cut::default()
    };
    assert_eq!(rows(&hub.apply(&of_attempts).await, Kept::Attempts), 2);
    let left = "SELECT CAST(sequence AS TEXT) FROM attempt AS a ORDER BY a.sequence";
    assert_eq!(hub.list(left).await, ["3", "4"]);
    // An endpoint is sent nothing twice, and its numbers go on.
    hub.store
        .adopt_endpoints(&Routes::to_all(["e"]), NOW)
        .await
        .unwrap();
    assert_eq!(hub.store.outbox_counts().await.unwrap().pending, 1);
}
