//! The past can be read: what was committed by a moment is what was the present then.
//! Here because "what did we know that day" is asked of every warning.
//! In: hand-made commits at stated moments. Out: the files of each moment.
//! Not here: the rows in them (the end-to-end tests), nor when a commit happens.

use crate::place::Place;
use hub_model::{NewFile, RowCounts, RunId, Schema, StreamId};
use hub_store::{Access, AuditEntry, Commit, CommittedRun, Store, StreamCommit};

/// Commits one file of `table` for `part` at `at_ms`.
async fn commit(store: &Store, number: u64, table: &str, part: &str, at_ms: i64) {
    let run = RunId::new(number, number.into());
    store.run_started(run, ("c", "h"), at_ms).await.unwrap();
    let file = NewFile {
        schema: Schema::Main,
        table: table.to_owned(),
        stream: StreamId::new("c", "s"),
        part: part.to_owned(),
        path: format!("main/{table}/{part}-{number}.parquet"),
        rows: number,
        corrections: 0,
        bytes: 100,
        footer_bytes: 10,
        columns: vec![("a".to_owned(), "int64".into())],
    };
    let stream = StreamCommit {
        stream: "s".to_owned(),
        rows: RowCounts {
            rows_in: number,
            accepted: number,
            ..RowCounts::default()
        },
        seconds: 0.1,
        cursor: None,
        lineage: [].into(),
        refusals: Vec::new(),
        profiles: [].into(),
        files: vec![file],
    };
    let runs = vec![CommittedRun {
        run,
        connector: "c".to_owned(),
        streams: vec![stream],
        peak_child_bytes: 0,
        held: Vec::new(),
    }];
    store
        .commit(
            &Commit {
                runs,
                ..Commit::default()
            },
            at_ms,
        )
        .await
        .unwrap();
}

async fn then(store: &Store, table: &str, until_ms: i64) -> Option<Vec<u64>> {
    let data = store.past_data(until_ms).await.unwrap()?;
    Some(
        data.tables
            .get(table)
            .into_iter()
            .flatten()
            .map(|file| file.rows)
            .collect(),
    )
}

#[tokio::test]
async fn each_moment_shows_what_was_the_present_then() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    assert_eq!(
        then(&store, "income_event", i64::MAX / 2).await,
        None,
        "nothing was ever committed"
    );
    commit(&store, 1, "income_event", "202309", 1_000).await;
    commit(&store, 2, "income_event", "202310", 2_000).await;
    commit(&store, 3, "income_event", "202309", 3_000).await;
    for (until_ms, rows) in [
        (999, None),
        (1_000, Some(vec![1])),
        (1_999, Some(vec![1])),
        (2_000, Some(vec![1, 2])),
        (3_000, Some(vec![2, 3])),
        (i64::from(i32::MAX), Some(vec![2, 3])),
    ] {
        assert_eq!(then(&store, "income_event", until_ms).await, rows, "{until_ms}");
    }
}

#[tokio::test]
async fn an_older_month_that_came_late_was_never_the_present_of_a_picture() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    commit(&store, 1, "household", "202310", 1_000).await;
    commit(&store, 2, "household", "202309", 2_000).await;
    for until_ms in [1_000, 2_000] {
        assert_eq!(
            then(&store, "household", until_ms).await,
            Some(vec![1]),
            "{until_ms}"
        );
    }
}

#[tokio::test]
async fn looking_is_recorded_by_itself() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    let entry = AuditEntry {
        actor: "operator".to_owned(),
        action: "query.revealed".to_owned(),
        subject: "query".to_owned(),
        detail: "{}".to_owned(),
    };
    store.record(std::slice::from_ref(&entry), 5).await.unwrap();
    store.record(std::slice::from_ref(&entry), 6).await.unwrap();
    // A store opened for reading cannot write, so nothing can be shown unrecorded.
    let reader = Store::open(dir.home(), Access::Read).await.unwrap();
    let refused = reader.record(&[entry], 7).await;
    assert!(refused.is_err());
}
