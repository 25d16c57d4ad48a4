//! What the store promises about schedules: one row for each nominal time, a bound, nothing made good by itself.
//! Here because the scheduler may be wrong about what it knows, and the database may not.
//! In: decisions. Out: rows.
//! Not here: deciding (hub-runtime).

use crate::place::Place;
use hub_store::{
    Access, FIRES_KEPT, FireClaimed, FireMade, FireMoved, FireRow, FireState, ScheduleDecided, Store,
};

const A: &str = "pull.a";

async fn site() -> (Place, Store) {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    store
        .adopt_schedules(&[(A.to_owned(), "d1".to_owned())], 1_000)
        .await
        .unwrap();
    (dir, store)
}

fn made(nominal_ms: i64, state: FireState) -> FireMade {
    FireMade {
        nominal_ms,
        day: "2026-11-23".parse().unwrap(),
        state,
        due_ms: nominal_ms,
        until_ms: None,
        reason: None,
        by_hand: false,
        assumed: false,
        once_a_day: false,
    }
}

/// Keeps `fires`, decided at `at_ms`; how many began to wait.
async fn decide(store: &Store, fires: Vec<FireMade>, at_ms: i64) -> u64 {
    let decided = ScheduleDecided {
        schedule: A.to_owned(),
        decided_ms: Some(at_ms),
        fires,
    };
    store.decide_fires(&[decided], &[], at_ms).await.unwrap()
}

async fn state(store: &Store, nominal_ms: i64) -> FireState {
    let rows = store.fires(Some(A), None, 100_000).await.unwrap();
    rows.into_iter()
        .find(|row| row.nominal_ms == nominal_ms)
        .unwrap()
        .state
}

async fn moved(store: &Store, nominal_ms: i64, state: FireState, at_ms: i64) {
    let moved = FireMoved {
        schedule: A.to_owned(),
        nominal_ms,
        state,
        reason: None,
        due_ms: None,
        began: None,
    };
    store.move_fires(&[moved], &[], at_ms).await.unwrap();
}

#[tokio::test]
async fn a_nominal_time_is_known_once_and_comes_again_only_where_it_did_not_run() {
    let (_dir, store) = site().await;
    let waits = |nominal_ms| vec![made(nominal_ms, FireState::Waiting)];
    assert_eq!(decide(&store, waits(1), 2_000).await, 1);
    assert_eq!(decide(&store, waits(1), 2_001).await, 0, "it waits already");
    let cases = [
        (FireState::Done, 0, 0),
        (FireState::Failed, 0, 1),
        (FireState::UpstreamTimeout, 0, 1),
        (FireState::Skipped, 0, 1),
        (FireState::Missed, 1, 1),
    ];
    for ((over, by_clock, by_hand), at_ms) in cases.into_iter().zip((3_000..).step_by(100)) {
        moved(&store, 1, over, at_ms).await;
        assert_eq!(decide(&store, waits(1), at_ms + 1).await, by_clock, "{over:?}");
        moved(&store, 1, over, at_ms + 2).await;
        let asked = FireMade {
            by_hand: true,
            ..made(1, FireState::Waiting)
        };
        assert_eq!(
            decide(&store, vec![asked], at_ms + 3).await,
            by_hand,
            "{over:?} by hand"
        );
    }
    // A clock that was ahead let it pass; its true time is earlier than what was written.
    decide(&store, vec![made(2, FireState::Skipped)], 9_000).await;
    assert_eq!(decide(&store, waits(2), 6_000).await, 1);
}

#[tokio::test]
async fn a_claim_takes_what_waits_and_nothing_else() {
    let (_dir, store) = site().await;
    decide(
        &store,
        vec![made(1, FireState::Waiting), made(2, FireState::Skipped)],
        2_000,
    )
    .await;
    let claim = |nominal_ms| FireClaimed {
        schedule: A.to_owned(),
        nominal_ms,
        run: format!("run-{nominal_ms}"),
    };
    store.claim_fires(&[claim(1), claim(2)], 3_000).await.unwrap();
    assert_eq!(
        (state(&store, 1).await, state(&store, 2).await),
        (FireState::Claimed, FireState::Skipped)
    );
    store.fire_began(A, 1, 1, 3_001).await.unwrap();
    store.fire_began(A, 1, 1, 3_002).await.unwrap();
    let open: Vec<FireRow> = store.open_fires().await.unwrap();
    assert_eq!(
        (open.len(), open[0].tries, open[0].runs.clone()),
        (1, 1, vec!["run-1".to_owned()])
    );
    moved(&store, 1, FireState::Done, 4_000).await;
    assert_eq!(store.schedules_done().await.unwrap()[A], 4_000);
}

#[tokio::test]
async fn rows_are_bounded_and_what_is_open_stays() {
    let (_dir, store) = site().await;
    let kept = i64::from(FIRES_KEPT);
    decide(&store, vec![made(0, FireState::Waiting)], 1).await;
    decide(
        &store,
        (1..=kept + 500).map(|nth| made(nth, FireState::Missed)).collect(),
        2,
    )
    .await;
    let rows = store.fires(Some(A), None, 100_000).await.unwrap();
    assert_eq!(rows.len(), usize::try_from(kept).unwrap() + 1);
    assert_eq!(
        state(&store, 0).await,
        FireState::Waiting,
        "the oldest waits still"
    );
    let day = |nominal_ms| FireMade {
        once_a_day: true,
        ..made(nominal_ms, FireState::Skipped)
    };
    decide(&store, vec![day(kept + 501), day(kept + 502), day(kept + 503)], 3).await;
    let skipped = store.fires(Some(A), None, 100_000).await.unwrap();
    assert_eq!(
        skipped
            .iter()
            .filter(|row| row.state == FireState::Skipped)
            .count(),
        1,
        "one a day"
    );
}

#[tokio::test]
async fn another_definition_or_an_absence_begins_anew_and_a_pause_outlives_both() {
    let (_dir, store) = site().await;
    let stands = async || store.schedules().await.unwrap()[A].clone();
    let adopt = async |definition: Option<&str>, at_ms| {
        let definitions: Vec<_> = definition
            .map(|digest| (A.to_owned(), digest.to_owned()))
            .into_iter()
            .collect();
        store.adopt_schedules(&definitions, at_ms).await.unwrap();
    };
    adopt(Some("d1"), 2_000).await;
    assert_eq!(stands().await.decided_ms, 1_000, "the same goes on");
    adopt(Some("d2"), 3_000).await;
    assert_eq!(
        (stands().await.decided_ms, stands().await.since_ms),
        (3_000, 3_000)
    );
    assert!(
        store
            .pause_schedule(A, ("account/ops", "why"), 4_000)
            .await
            .unwrap()
    );
    assert!(
        !store
            .pause_schedule(A, ("account/ops", "why"), 4_001)
            .await
            .unwrap(),
        "it is paused"
    );
    adopt(None, 5_000).await;
    adopt(Some("d2"), 6_000).await;
    assert_eq!(
        (stands().await.decided_ms, stands().await.paused_ms),
        (6_000, Some(4_000))
    );
    assert!(store.resume_schedule(A, "account/ops", 7_000).await.unwrap());
    assert_eq!(
        (stands().await.decided_ms, stands().await.paused_ms),
        (7_000, None)
    );
    store.schedules_not_ahead(2_500).await.unwrap();
    assert_eq!(stands().await.decided_ms, 2_500);
}
