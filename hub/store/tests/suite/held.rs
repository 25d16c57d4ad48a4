//! What the store promises of parts that wait for a person.
//! Here because what waits must be active nowhere and lost nowhere, and whoever decided must be told.
//! In: hand-made commits and decisions. Out: assertions over what is active, what waits and where runs stand.
//! Not here: when something is held (runtime), the whole way (end to end).

use crate::place::Place;
use hub_model::guard::{Deviation, Drift, Profile};
use hub_model::{NewFile, RowCounts, RunId, Schema, StreamId};
use hub_store::{
    Access, Commit, CommittedRun, Decision, HeldJob, HeldPart, HeldState, HeldStream, Store, StreamCommit,
};

fn file(run: RunId, part: &str) -> NewFile {
    NewFile {
        schema: Schema::Landing,
        table: "c__s".to_owned(),
        stream: StreamId::new("c", "s"),
        part: part.to_owned(),
        path: format!("landing/c__s/{run}-{part}.parquet"),
        rows: 5,
        corrections: 0,
        bytes: 100,
        footer_bytes: 10,
        columns: vec![("a".to_owned(), "varchar".into())],
    }
}

fn profile(digest: &str) -> Profile {
    Profile {
        rows: 5,
        digest: digest.to_owned(),
        ..Profile::default()
    }
}

/// Run `nth`, which brings these parts and holds those.
async fn run(store: &Store, nth: u64, brings: &[&str], holds: &[&str]) -> CommittedRun {
    let run = RunId::new(nth, nth.into());
    store.run_started(run, ("c", "h"), 1).await.unwrap();
    let rows = 5 * brings.len() as u64;
    let parts: Vec<HeldPart> = holds
        .iter()
        .map(|part| HeldPart {
            part: (*part).to_owned(),
            against: "1".to_owned(),
            deviations: vec![Deviation {
                drift: Drift::RowsFell { before: 9, now: 5 },
                bound: "rows_fall_percent_max".to_owned(),
                allowed: "25".to_owned(),
                written_in: "默认".to_owned(),
            }],
            profile: profile(part),
            files: vec![file(run, part)],
        })
        .collect();
    let job = HeldJob {
        mapping: String::new(),
        origin: String::new(),
        columns: vec![("a".to_owned(), "Utf8".to_owned())],
        cursor: Some("{}".to_owned()),
    };
    let stream = StreamCommit {
        stream: "s".to_owned(),
        rows: RowCounts {
            rows_in: rows,
            accepted: rows,
            ..RowCounts::default()
        },
        seconds: 0.1,
        cursor: None,
        lineage: [].into(),
        refusals: Vec::new(),
        files: brings.iter().map(|part| file(run, part)).collect(),
        profiles: brings
            .iter()
            .map(|part| ((*part).to_owned(), profile(part)))
            .collect(),
    };
    CommittedRun {
        run,
        connector: "c".to_owned(),
        streams: vec![stream],
        peak_child_bytes: 0,
        held: (!parts.is_empty())
            .then(|| HeldStream {
                stream: "s".to_owned(),
                job,
                parts,
            })
            .into_iter()
            .collect(),
    }
}

async fn commit(store: &Store, run: CommittedRun, decision: Option<Decision>) {
    let commit = Commit {
        runs: vec![run],
        decision,
        ..Commit::default()
    };
    store.commit(&commit, 2).await.unwrap();
}

fn decision(held: RunId, part: &str, state: HeldState, run: Option<RunId>) -> Decision {
    Decision {
        held_run: held,
        parts: vec![("s".to_owned(), part.to_owned())],
        state,
        run,
        actor: "account/x".to_owned(),
        reason: "核实过".to_owned(),
    }
}

async fn state(store: &Store, run: RunId) -> &'static str {
    store.run(&run.to_string()).await.unwrap().unwrap().state.as_str()
}

#[tokio::test]
async fn what_waits_is_active_nowhere_and_its_files_are_known() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    let first = run(&store, 1, &["1"], &["2", "3"]).await;
    let id = first.run;
    commit(&store, first, None).await;
    let stream = StreamId::new("c", "s");
    assert_eq!(state(&store, id).await, "held");
    assert_eq!(store.catalogued_paths().await.unwrap().len(), 1);
    assert_eq!(store.held_paths().await.unwrap().len(), 2);
    assert_eq!(store.held().await.unwrap()[1].held.part, "3");
    let history = store.history(&stream).await.unwrap();
    assert_eq!(history.parts.into_keys().collect::<Vec<_>>(), ["1"]);
    assert!(store.cursors("c").await.unwrap().is_empty());
    assert_eq!(store.status().await.unwrap().held.len(), 2);

    // One is approved in a run of its own, the other rejected: the run stands where its parts do.
    let second = run(&store, 2, &["2"], &[]).await;
    let approved = decision(id, "2", HeldState::Approved, Some(second.run));
    commit(&store, second, Some(approved)).await;
    assert_eq!(state(&store, id).await, "held", "one part still waits");
    let rejected = Commit {
        decision: Some(decision(id, "3", HeldState::Rejected, None)),
        ..Commit::default()
    };
    store.commit(&rejected, 3).await.unwrap();
    assert_eq!(state(&store, id).await, "approved");
    assert!(store.held_paths().await.unwrap().is_empty());
    let known = store.rejected(&stream).await.unwrap();
    assert_eq!(known[&("3".to_owned(), "3".to_owned())], id.to_string());
    let told = store.held_of(&id.to_string()).await.unwrap();
    assert_eq!(told[1].reason.as_deref(), Some("核实过"));

    // A rejection can be taken back, once.
    let back = || store.withdraw_rejection("0000000000000000000000000X", ("x", "y"), 4);
    assert_eq!(back().await.unwrap(), 0);
    let who = ("account/x", "看错了");
    assert_eq!(
        store.withdraw_rejection(&id.to_string(), who, 4).await.unwrap(),
        1
    );
    assert_eq!(
        store.withdraw_rejection(&id.to_string(), who, 5).await.unwrap(),
        0
    );
    assert!(store.rejected(&stream).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_that_reads_anew_takes_the_place_of_what_waits() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    let first = run(&store, 1, &[], &["2"]).await;
    let first_id = first.run;
    commit(&store, first, None).await;
    let again = run(&store, 2, &[], &["2"]).await;
    let again_id = again.run;
    commit(&store, again, None).await;
    assert_eq!(state(&store, first_id).await, "superseded");
    assert_eq!(state(&store, again_id).await, "held");
    let whole = run(&store, 3, &["2"], &[]).await;
    commit(&store, whole, None).await;
    assert_eq!(state(&store, again_id).await, "superseded");
    assert!(store.held().await.unwrap().is_empty());
}
