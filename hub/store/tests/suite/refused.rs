//! What the store promises of refused rows.
//! Here because a list of what is still wrong must be neither short of a row nor hold one twice.
//! In: hand-made commits. Out: assertions over what is listed.
//! Not here: how rows are numbered (engine).

use crate::place::Place;
use std::sync::Arc;

use hub_model::{NewFile, PartRefusals, Refusal, RefusalReason, RowCounts, RowKey, RunId, Schema, StreamId};
use hub_store::{Access, Closed, Commit, CommittedRun, RefusedFilter, Store, StreamCommit};

const A: RowKey = RowKey::new(10);
const B: RowKey = RowKey::new(11);

async fn store(dir: &Place) -> Store {
    Store::open(dir.home(), Access::Write).await.unwrap()
}

/// Run `nth` reads part `part`, in which these rows are refused, each for two reasons, and those were corrected.
async fn run(store: &Store, nth: u64, part: &str, refused: &[RowKey], corrected: &[RowKey]) {
    let run = RunId::new(nth, nth.into());
    store.run_started(run, ("c", "h"), 1).await.unwrap();
    let reason = |code: &str, column: Option<&str>| {
        Arc::new(RefusalReason {
            code: code.to_owned(),
            column: column.map(str::to_owned),
            reason: "请核对".to_owned(),
        })
    };
    let refusal = |(row, key): (i64, &RowKey)| Refusal {
        key: *key,
        row,
        reasons: vec![reason("D04", Some("证件号码")), reason("D37", None)],
    };
    let file = NewFile {
        schema: Schema::Landing,
        table: "c__s".to_owned(),
        stream: StreamId::new("c", "s"),
        part: part.to_owned(),
        path: format!("landing/c__s/{run}.parquet"),
        rows: 5,
        corrections: corrected.len() as u64,
        bytes: 100,
        footer_bytes: 10,
        columns: vec![("a".to_owned(), "varchar".into())],
    };
    let stream = StreamCommit {
        stream: "s".to_owned(),
        rows: RowCounts::default(),
        seconds: 0.1,
        cursor: None,
        lineage: [].into(),
        refusals: vec![PartRefusals {
            part: part.to_owned(),
            refused: (7..).zip(refused).map(refusal).collect(),
            corrected: corrected.to_vec(),
        }],
        profiles: [].into(),
        files: vec![file],
    };
    let commit = Commit {
        runs: vec![CommittedRun {
            run,
            connector: "c".to_owned(),
            streams: vec![stream],
            peak_child_bytes: 0,
            held: Vec::new(),
        }],
        ..Commit::default()
    };
    store
        .commit(&commit, i64::try_from(nth).unwrap() * 1_000)
        .await
        .unwrap();
}

async fn open(store: &Store) -> Vec<(String, RowKey)> {
    let rows = store.open_refused(&RefusedFilter::default(), 100).await.unwrap();
    rows.into_iter().map(|row| (row.part, row.key)).collect()
}

#[tokio::test]
async fn a_row_is_open_until_its_part_is_read_without_it_and_opens_again_as_itself() {
    let dir = Place::new().await;
    let store = store(&dir).await;
    run(&store, 1, "202310", &[A, B], &[]).await;
    run(&store, 2, "202311", &[A], &[]).await;
    let of = |part: &str, key| (part.to_owned(), key);
    assert_eq!(
        open(&store).await,
        [of("202310", A), of("202310", B), of("202311", A)]
    );
    // Another part says nothing of this one; read again, what is refused stays, each once.
    run(&store, 3, "202310", &[B], &[A]).await;
    assert_eq!(open(&store).await, [of("202310", B), of("202311", A)]);
    let row = store.refused_row(A).await.unwrap().unwrap();
    assert_eq!((row.row, row.part.as_str(), row.first_ms), (7, "202310", 1_000));
    let closed = row.closed.unwrap();
    assert_eq!((closed.1, closed.2), (3_000, Closed::Corrected));
    run(&store, 4, "202310", &[], &[]).await;
    let row = store.refused_row(B).await.unwrap().unwrap();
    assert_eq!(row.closed.unwrap().2, Closed::SentAnew);
    let row = store.refused_row(A).await.unwrap().unwrap();
    assert_eq!(row.closed.unwrap().1, 3_000, "closed once");
    run(&store, 5, "202310", &[A], &[]).await;
    let row = store.refused_row(A).await.unwrap().unwrap();
    assert_eq!((row.first_ms, row.closed), (1_000, None));
}

#[tokio::test]
async fn rows_are_counted_by_part_and_reason() {
    let dir = Place::new().await;
    let store = store(&dir).await;
    run(&store, 1, "202310", &[A, B], &[]).await;
    run(&store, 2, "202310", &[B], &[A]).await;
    let groups = |code: Option<&str>, closed_too| {
        let filter = RefusedFilter {
            connector: Some("c".to_owned()),
            code: code.map(str::to_owned),
            closed_too,
            ..RefusedFilter::default()
        };
        let store = &store;
        async move {
            let groups = store.refused_groups(&filter).await.unwrap();
            let told = groups.into_iter();
            told.map(|group| (group.code, group.open, group.closed))
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        groups(None, false).await,
        [("D04".to_owned(), 1, 0), ("D37".to_owned(), 1, 0)]
    );
    assert_eq!(groups(Some("D04"), true).await, [("D04".to_owned(), 1, 1)]);
    assert!(groups(Some("D99"), true).await.is_empty());
    let other = RefusedFilter {
        stream: Some("t".to_owned()),
        ..RefusedFilter::default()
    };
    assert!(store.open_refused(&other, 100).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_parts_with_corrections_have_something_to_be_carried_over() {
    let dir = Place::new().await;
    let store = store(&dir).await;
    run(&store, 1, "202310", &[A, B], &[]).await;
    run(&store, 2, "202311", &[B], &[A]).await;
    let stream = StreamId::new("c", "s");
    let parts = |came: &'static [&'static str], corrected: &'static [&'static str]| {
        let (store, stream) = (&store, &stream);
        async move {
            let standing = store.standing(stream, came, corrected).await.unwrap();
            standing.into_keys().collect::<Vec<_>>()
        }
    };
    assert_eq!(parts(&["202310", "202311"], &[]).await, ["202311"]);
    assert_eq!(parts(&["202310"], &["202310"]).await, ["202310"]);
    assert!(parts(&["202310"], &[]).await.is_empty());
    assert!(parts(&["202312"], &["202312"]).await.is_empty());
}
