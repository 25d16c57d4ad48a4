//! What the store promises, on a real database.
//! Here because everything else is built on these sentences.
//! In: hand-made commits. Out: assertions over what is read back.
//! Not here: kills and power cuts; the end-to-end tests kill the real binary.

use crate::place::Place;
use std::sync::Arc;

use hub_model::route::Routes;
use hub_model::{
    Calendar, Case, CaseId, EventId, EventType, Evidence, Fingerprint, NewFile, OutboxMessage, RowCounts,
    RuleId, RunFault, RunId, Schema, Scope, Severity, StreamId, Subject, Warning, Whose,
};
use hub_store::{
    Access, Attempt, AttemptOutcome, CaseChange, CaseFilter, Commit, CommittedRun, Error, Store,
    StreamCommit, Told, WarningRound,
};

struct Hub {
    store: Store,
    dir: Place,
    runs: u64,
}

impl Hub {
    async fn new() -> Self {
        let dir = Place::new().await;
        let store = Store::open(dir.home(), Access::Write).await.unwrap();
        Self { store, dir, runs: 0 }
    }

    /// A run of connector `c` that brings one file to `table` for `part`.
    async fn run(&mut self, table: &str, part: &str, rows: u64) -> CommittedRun {
        self.runs += 1;
        let run = RunId::new(self.runs, self.runs.into());
        self.store.run_started(run, ("c", "h"), 1).await.unwrap();
        let file = NewFile {
            schema: Schema::Main,
            table: table.to_owned(),
            stream: StreamId::new("c", "s"),
            part: part.to_owned(),
            path: format!("main/{table}/{run}.parquet"),
            rows,
            corrections: 0,
            bytes: 100,
            footer_bytes: 10,
            columns: vec![("a".to_owned(), "int64".into())],
        };
        let stream = StreamCommit {
            stream: "s".to_owned(),
            rows: RowCounts {
                rows_in: rows,
                accepted: rows,
                ..RowCounts::default()
            },
            seconds: 0.1,
            cursor: Some(format!("{{\"at\":\"{part}\"}}")),
            lineage: [].into(),
            refusals: Vec::new(),
            profiles: [].into(),
            files: vec![file],
        };
        CommittedRun {
            run,
            connector: "c".to_owned(),
            streams: vec![stream],
            peak_child_bytes: 0,
            held: Vec::new(),
        }
    }

    async fn present(&self, table: &str) -> Vec<u64> {
        let data = self.store.active_data().await.unwrap();
        data.tables
            .get(table)
            .into_iter()
            .flatten()
            .map(|file| file.rows)
            .collect()
    }
}

fn of(runs: Vec<CommittedRun>) -> Commit {
    Commit {
        runs,
        ..Commit::default()
    }
}

fn change(subject: u64, version: u64, round: u32, cleared: bool) -> CaseChange {
    let number = subject;
    let subject = Subject::household(number);
    let rule = RuleId::parse("A01").unwrap();
    let case = Case {
        version,
        ..Case::opened(CaseId::new(1, number.into()), subject.clone(), Severity::Orange)
    };
    let warning = Warning {
        fingerprint: Fingerprint::of(&rule, &subject, "none"),
        rule,
        subject,
        period_key: "none".to_owned(),
        band: "b".to_owned(),
        severity: Severity::Orange,
        round,
        cleared,
        evidence_digest: round.to_string(),
        clean: 0,
    };
    let evidence = Evidence {
        sentence: format!("第{round}轮"),
        ..Evidence::default()
    };
    let round = WarningRound {
        warning,
        evidence: (!cleared).then_some(Arc::new(evidence)),
        rule_version: 1,
        title: "t".to_owned(),
        place: String::new(),
        quiet: None,
        told: true,
    };
    CaseChange {
        warnings: vec![round],
        ..CaseChange::of(case, &Calendar::default())
    }
}

fn all() -> CaseFilter {
    CaseFilter {
        limit: 10,
        ..CaseFilter::default()
    }
}

fn event(number: u64, case: u64) -> OutboxMessage {
    OutboxMessage {
        id: EventId::new(number, number.into()),
        case_id: CaseId::new(1, case.into()),
        kind: EventType::Opened,
        data: "{}".to_owned(),
    }
}

#[tokio::test]
async fn a_picture_of_the_present_keeps_the_latest_part_whatever_the_order_of_arrival() {
    let mut hub = Hub::new().await;
    for (part, rows, present) in [
        ("202309", 9, vec![9]),
        ("202310", 10, vec![10]),
        ("202308", 8, vec![10]),
        ("202310", 11, vec![11]),
    ] {
        let run = hub.run("household", part, rows).await;
        hub.store.commit(&of(vec![run]), 2).await.unwrap();
        assert_eq!(hub.present("household").await, present, "after {part}");
    }
}

#[tokio::test]
async fn each_year_stands_for_itself_and_a_resent_year_replaces_its_own() {
    let mut hub = Hub::new().await;
    for (part, rows) in [("2022", 22), ("2023", 23), ("2022", 2)] {
        let run = hub.run("declared_income", part, rows).await;
        hub.store.commit(&of(vec![run]), 2).await.unwrap();
    }
    assert_eq!(hub.present("declared_income").await, [23, 2]);
    assert_eq!(
        hub.store.catalogued_paths().await.unwrap().len(),
        3,
        "the past stays in the catalogue"
    );
}

#[tokio::test]
async fn a_new_column_ends_no_row_of_the_present() {
    let mut hub = Hub::new().await;
    let old = hub.run("declared_income", "2022", 22).await;
    hub.store.commit(&of(vec![old]), 2).await.unwrap();
    let mut wider = hub.run("declared_income", "2023", 23).await;
    wider.streams[0].files[0]
        .columns
        .push(("b".to_owned(), "varchar".into()));
    hub.store.commit(&of(vec![wider]), 2).await.unwrap();
    let narrow = hub.run("declared_income", "2024", 24).await;
    hub.store.commit(&of(vec![narrow]), 2).await.unwrap();
    assert_eq!(hub.present("declared_income").await, [22, 23, 24]);
}

#[tokio::test]
async fn a_resent_part_replaces_its_rows_in_every_table_also_where_it_has_none_left() {
    let mut hub = Hub::new().await;
    let first = hub.run("declared_income", "2023", 5).await;
    hub.store.commit(&of(vec![first]), 2).await.unwrap();
    let resent = hub.run("membership", "2023", 1).await;
    hub.store.commit(&of(vec![resent]), 2).await.unwrap();
    assert!(hub.present("declared_income").await.is_empty());
    assert_eq!(hub.present("membership").await, [1]);
}

#[tokio::test]
async fn a_channel_added_later_gets_the_events_before_it_once() {
    let hub = Hub::new().await;
    let commit = Commit {
        outbox: vec![event(1, 1), event(2, 2)],
        ..Commit::default()
    };
    hub.store.commit(&commit, 5).await.unwrap();
    for _ in 0..2 {
        hub.store
            .adopt_endpoints(&Routes::to_all(["e"]), 6)
            .await
            .unwrap();
        assert_eq!(hub.store.due("e", 6, 10).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn an_unbalanced_stream_commits_nothing_of_anything() {
    let mut hub = Hub::new().await;
    let good = hub.run("household", "202310", 1).await;
    let mut bad = hub.run("household", "202311", 5).await;
    bad.streams[0].rows.accepted = 4;
    let mut commit = of(vec![good, bad]);
    commit.outbox.push(event(1, 1));
    commit.routes = Arc::new(Routes::to_all(["e"]));
    let error = hub.store.commit(&commit, 2).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unbalanced {
                rows_in: 5,
                accounted: 4,
                ..
            }
        ),
        "{error}"
    );
    assert!(hub.present("household").await.is_empty());
    assert!(hub.store.cursors("c").await.unwrap().is_empty());
    assert_eq!(hub.store.outbox_counts().await.unwrap().pending, 0);
}

#[tokio::test]
async fn a_preview_shows_the_future_and_leaves_no_trace() {
    let mut hub = Hub::new().await;
    let run = hub.run("household", "202310", 7).await;
    let previewed = hub
        .store
        .preview(std::slice::from_ref(&run), true, 2)
        .await
        .unwrap();
    assert_eq!(previewed.tables["household"][0].rows, 7);
    assert!(hub.present("household").await.is_empty());
    hub.store.commit(&of(vec![run]), 2).await.unwrap();
    assert_eq!(hub.present("household").await, [7]);
}

#[tokio::test]
async fn the_cursor_moves_with_the_rows_and_ids_stay() {
    let mut hub = Hub::new().await;
    let run = hub.run("household", "202310", 1).await;
    let mut registry = hub.store.registry(Whose::Household).await.unwrap();
    let id = registry.id_of(&[[7; 16]]);
    let commit = Commit {
        households: registry.take_given(),
        ..of(vec![run])
    };
    hub.store.commit(&commit, 2).await.unwrap();
    assert_eq!(hub.store.cursors("c").await.unwrap()["s"], "{\"at\":\"202310\"}");
    let mut again = hub.store.registry(Whose::Household).await.unwrap();
    assert_eq!(again.id_of(&[[7; 16]]), id);
    assert!(hub.store.registry(Whose::Person).await.unwrap().is_empty());
}

#[tokio::test]
async fn evidence_of_each_round_stays_and_a_cleared_warning_keeps_its_last() {
    let hub = Hub::new().await;
    for (version, round, cleared) in [(1, 1, false), (2, 2, false), (3, 3, true)] {
        let commit = Commit {
            cases: vec![change(7, version, round, cleared)],
            ..Commit::default()
        };
        hub.store.commit(&commit, 10 + i64::from(round)).await.unwrap();
    }
    let cases = hub.store.case_rows(&Scope::whole(), &all()).await.unwrap();
    assert_eq!(
        (cases.len(), cases[0].open_warnings, cases[0].case.version),
        (1, 0, 3)
    );
    let detail = hub
        .store
        .case_detail(&Scope::whole(), cases[0].case.id)
        .await
        .unwrap()
        .unwrap();
    assert!(detail.warnings[0].warning.cleared);
    assert_eq!(detail.warnings[0].evidence.sentence, "第2轮");
    assert_eq!(hub.store.warnings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_outbox_gives_one_event_per_case_at_a_time_in_order() {
    let hub = Hub::new().await;
    let outbox = vec![event(1, 1), event(2, 1), event(3, 2)];
    let commit = Commit {
        outbox,
        routes: Arc::new(Routes::to_all(["e"])),
        ..Commit::default()
    };
    hub.store.commit(&commit, 5).await.unwrap();
    let due = |now| hub.store.due("e", now, 10);
    let sequences = |due: &[hub_store::Delivery]| due.iter().map(|d| d.sequence).collect::<Vec<_>>();
    assert_eq!(
        sequences(&due(5).await.unwrap()),
        [1, 3],
        "the second event of case 1 waits for the first"
    );
    let attempt = |sequence, outcome: AttemptOutcome| Attempt {
        sequence,
        number: 1,
        told: match outcome {
            AttemptOutcome::Acknowledged => Told::Took,
            AttemptOutcome::Retry { .. } | AttemptOutcome::Dead => Told::Failed,
        },
        outcome,
        excused: false,
        status: Some(503),
        error: None,
        receipt: None,
        took_ms: 3,
    };
    let attempts = [
        attempt(1, AttemptOutcome::Retry { due_ms: 100 }),
        attempt(3, AttemptOutcome::Acknowledged),
    ];
    hub.store.record_attempts("e", &attempts, 6).await.unwrap();
    assert!(
        due(50).await.unwrap().is_empty(),
        "not due, and nothing overtakes it"
    );
    assert_eq!(
        hub.store.next_due_ms("e").await.unwrap(),
        Some(100),
        "event 2 waits for event 1"
    );
    let again = due(100).await.unwrap();
    assert_eq!((sequences(&again), again[0].attempts), (vec![1], 1));
    hub.store
        .record_attempts("e", &[attempt(1, AttemptOutcome::Dead)], 101)
        .await
        .unwrap();
    assert_eq!(sequences(&due(101).await.unwrap()), [2]);
    let counts = hub.store.outbox_counts().await.unwrap();
    let counts = [counts.sent, counts.acknowledged, counts.dead, counts.pending];
    assert_eq!(counts, [2, 1, 1, 1]);
}

#[tokio::test]
async fn a_run_the_hub_died_in_is_marked_and_a_failed_one_tells_why() {
    let mut hub = Hub::new().await;
    let died = hub.run("household", "1", 1).await.run;
    assert_eq!(hub.store.mark_interrupted(3).await.unwrap().len(), 1);
    let failed = hub.run("household", "2", 1).await.run;
    let fault = RunFault {
        category: "auth".into(),
        cause: "plugin".into(),
        message: "401".into(),
        log_tail: vec!["x".into()],
    };
    hub.store.run_failed(failed, &fault, 4).await.unwrap();
    let runs = hub.store.runs(10).await.unwrap();
    let states: Vec<_> = runs
        .iter()
        .map(|run| (run.run_id.clone(), run.state.as_str()))
        .collect();
    assert!(
        states.contains(&(died.to_string(), "interrupted"))
            && states.contains(&(failed.to_string(), "failed")),
        "{states:?}"
    );
    assert_eq!(hub.store.last_runs().await.unwrap()["c"].fault, Some(fault));
}

#[tokio::test]
async fn readers_see_a_live_writer_and_a_missing_database_is_named() {
    let mut hub = Hub::new().await;
    let run = hub.run("household", "202310", 4).await;
    hub.store.commit(&of(vec![run]), 2).await.unwrap();
    let reader = Store::open(hub.dir.home(), Access::Read).await.unwrap();
    assert_eq!(reader.active_data().await.unwrap().tables["household"][0].rows, 4);
    let empty = Place::new().await;
    let error = Store::open(empty.home(), Access::Read)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("hub init"), "{error}");
}
