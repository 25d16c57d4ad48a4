//! What the store promises of the end of keeping: what goes is what was listed, and nothing else changes.
//! Here because a row that goes by mistake is gone, and one that never goes fills the disk.
//! In: hand-made commits, a day apart. Out: assertions over what is listed, what is left, foreign keys and the audit log.
//! Not here: the lake's files on the disk, and when it is done (end-to-end tests).

mod events;

use crate::place::Place;
use std::sync::Arc;

use hub_model::{
    NewFile, PartRefusals, Refusal, RefusalReason, RowCounts, RowKey, RunFault, RunId, Schema, StreamId,
};
use hub_store::{
    Access, AuditEntry, Commit, CommittedRun, Cut, EVALUATIONS_KEPT, Evaluation, Gone, Kept, Most, Store,
    StreamCommit, Verified,
};

const DAY: i64 = 86_400_000;
/// When it is looked at: a hundred days on.
const NOW: i64 = 100 * DAY;

struct Hub {
    store: Store,
    /// The same database, for what the store does not say.
    place: Place,
}

impl Hub {
    async fn new() -> Self {
        let dir = Place::new().await;
        let store = Store::open(dir.home(), Access::Write).await.unwrap();
        Self { store, place: dir }
    }

    /// On day `nth`, run `nth` brings the part of a table again; these rows of it are refused.
    async fn run(&self, nth: i64, refused: &[RowKey]) {
        let at_ms = nth * DAY;
        let number = nth.unsigned_abs();
        let run = RunId::new(number, number.into());
        self.store.run_started(run, ("c", "h"), at_ms).await.unwrap();
        let file = |schema: Schema, table: &str| NewFile {
            schema,
            table: table.to_owned(),
            stream: StreamId::new("c", "s"),
            part: "202310".to_owned(),
            path: format!("{}/{table}/{run}.parquet", schema.as_str()),
            rows: number,
            corrections: 0,
            bytes: 100,
            footer_bytes: 10,
            columns: vec![("a".to_owned(), "int64".into())],
        };
        let reason = RefusalReason {
            code: "D04".to_owned(),
            column: None,
            reason: "请核对".to_owned(),
        };
        let refusal = |(row, key): (i64, &RowKey)| Refusal {
            key: *key,
            row,
            reasons: vec![Arc::new(reason.clone())],
        };
        let stream = StreamCommit {
            stream: "s".to_owned(),
            rows: RowCounts {
                rows_in: number,
                accepted: number,
                ..RowCounts::default()
            },
            seconds: 0.1,
            cursor: Some("{}".to_owned()),
            lineage: [].into(),
            refusals: vec![PartRefusals {
                part: "202310".to_owned(),
                refused: (7..).zip(refused).map(refusal).collect(),
                corrected: Vec::new(),
            }],
            profiles: [].into(),
            files: vec![file(Schema::Main, "income_event"), file(Schema::Landing, "c__s")],
        };
        let commit = Commit {
            runs: vec![CommittedRun {
                run,
                connector: "c".to_owned(),
                streams: vec![stream],
                peak_child_bytes: 0,
                held: Vec::new(),
            }],
            evaluations: vec![Evaluation {
                rule: "A01".to_owned(),
                state: "evaluated",
                reason: None,
                findings: 1,
                opened: 0,
                unset_bands: Vec::new(),
            }],
            audit: vec![AuditEntry {
                actor: "schedule".to_owned(),
                action: "run.committed".to_owned(),
                subject: "c".to_owned(),
                detail: "{}".to_owned(),
            }],
            ..Commit::default()
        };
        self.store.commit(&commit, at_ms).await.unwrap();
    }

    /// Rows of the only table's part that stood on day `nth`.
    async fn on_day(&self, nth: i64) -> Option<Vec<u64>> {
        let data = self.store.past_data(nth * DAY).await.unwrap()?;
        Some(data.tables["income_event"].iter().map(|file| file.rows).collect())
    }

    async fn list(&self, query: &'static str) -> Vec<String> {
        self.place.list(query).await
    }

    /// Removes what is past keeping; what was listed before is what went, then nothing is, and all that is left fits together.
    async fn apply(&self, cut: &Cut) -> Vec<Gone> {
        let listed = self.store.past_keeping(cut, NOW).await.unwrap();
        let mut went = Vec::new();
        for kind in Kept::ALL {
            went.push(self.store.let_go(kind, cut, NOW).await.unwrap());
        }
        assert_eq!(listed, went);
        let again = self.store.past_keeping(cut, NOW).await.unwrap();
        assert!(again.iter().all(|gone| gone.rows == 0), "{again:?}");
        self.place.fits().await;
        assert_eq!(self.store.sound().await.unwrap(), None);
        let audit = self.store.verify_audit(None).await.unwrap();
        assert!(matches!(audit, Verified::Whole { .. }), "{audit:?}");
        went
    }
}

fn rows(gone: &[Gone], kind: Kept) -> u64 {
    gone.iter().find(|gone| gone.kind == kind).unwrap().rows
}

#[tokio::test]
async fn past_days_go_with_the_files_only_they_name_and_the_days_that_stay_can_be_asked() {
    let hub = Hub::new().await;
    for nth in 1..=12 {
        hub.run(nth, &[]).await;
    }
    for (begin, end) in [(1, Some(3)), (1, Some(7)), (3, Some(8)), (8, None)] {
        let (from, end) = (
            begin * 10 + end.unwrap_or(0),
            end.map_or_else(|| "NULL".to_owned(), |end: i64| (end * DAY).to_string()),
        );
        let begin = from * DAY;
        let link = format!(
            "INSERT INTO link VALUES ('person', {from}, 1, 'confirmed', 1000, NULL, 'w', {begin}, {end})"
        );
        hub.place.run(&link).await;
    }
    hub.place.run("UPDATE link SET begin_ms = begin_ms / 10").await;
    let before = hub.store.active_data().await.unwrap();
    let cut = Cut {
        snapshots_ms: Some(8 * DAY),
        runs_ms: Some(12 * DAY),
        ..Cut::default()
    };
    let went = hub.apply(&cut).await;
    // What stood when day 8 began is what came on day 7; it took the place of six.
    assert_eq!((rows(&went, Kept::Snapshots), rows(&went, Kept::Files)), (6, 12));
    assert_eq!(
        rows(&went, Kept::Links),
        1,
        "only the link that ended before day 7"
    );
    assert_eq!(hub.on_day(6).await, None);
    for nth in 7..=12 {
        assert_eq!(hub.on_day(nth).await, Some(vec![nth.unsigned_abs()]), "{nth}");
    }
    let after = hub.store.active_data().await.unwrap();
    assert_eq!((after.tables, after.landed), (before.tables, before.landed));
    // Runs whose files stay, the newest three and the one the cursor is of, stay.
    assert_eq!(rows(&went, Kept::Runs), 6);
    assert_eq!(hub.store.runs(100).await.unwrap().len(), 6);
    let snapshots = hub
        .list("SELECT CAST(snapshot_id AS TEXT) FROM ducklake_snapshot AS s ORDER BY s.snapshot_id")
        .await;
    assert_eq!(snapshots, ["0", "7", "8", "9", "10", "11", "12"]);
}

#[tokio::test]
async fn what_sources_and_rules_are_judged_by_stays_however_old() {
    let hub = Hub::new().await;
    for nth in 1..=i64::from(EVALUATIONS_KEPT) + 5 {
        hub.run(nth, &[]).await;
    }
    let fault = RunFault {
        category: "transient".into(),
        cause: "dns".into(),
        message: "m".to_owned(),
        log_tail: vec!["l".to_owned()],
    };
    for nth in 1..=5_u64 {
        let run = RunId::new(nth, u128::from(900 + nth));
        hub.store.run_started(run, ("d", "h"), DAY).await.unwrap();
        hub.store.run_failed(run, &fault, DAY).await.unwrap();
    }
    let last_runs = hub.store.last_runs().await.unwrap();
    let fed = hub.store.last_fed().await.unwrap();
    let judged = hub.store.ended_runs("d", "breaker", 3).await.unwrap();
    let findings = hub.store.last_findings(EVALUATIONS_KEPT).await.unwrap();
    let all = Cut {
        runs_ms: Some(NOW),
        snapshots_ms: Some(NOW),
        evaluations_ms: Some(NOW),
        attempts_ms: Some(NOW),
        acknowledged_ms: Some(NOW),
        refused_ms: Some(NOW),
        run_logs_ms: Some(NOW),
    };
    let went = hub.apply(&all).await;
    assert_eq!(rows(&went, Kept::Evaluations), 5);
    assert_eq!(rows(&went, Kept::Runs), u64::from(EVALUATIONS_KEPT) + 5 - 3 + 2);
    assert_eq!(hub.store.last_runs().await.unwrap(), last_runs);
    assert_eq!(hub.store.last_fed().await.unwrap(), fed);
    assert_eq!(hub.store.ended_runs("d", "breaker", 3).await.unwrap(), judged);
    assert_eq!(hub.store.last_findings(EVALUATIONS_KEPT).await.unwrap(), findings);
    assert_eq!(hub.store.cursors("c").await.unwrap().len(), 1);
    // And nothing goes where all is kept for ever.
    let nothing = hub.apply(&Cut::default()).await;
    assert!(
        nothing
            .iter()
            .all(|gone| gone.rows == 0 && gone.before_ms.is_none())
    );
}

#[tokio::test]
async fn a_refused_row_goes_only_when_it_was_put_right_and_keeps_its_run_till_then() {
    let hub = Hub::new().await;
    let (open, closed) = (RowKey::new(10), RowKey::new(11));
    hub.run(1, &[open, closed]).await;
    hub.run(2, &[open]).await;
    for nth in 3..=6 {
        hub.run(nth, &[open]).await;
    }
    let of_runs = Cut {
        runs_ms: Some(NOW),
        snapshots_ms: Some(NOW),
        ..Cut::default()
    };
    let went = hub.apply(&of_runs).await;
    // The closed row still names the run that refused it.
    assert_eq!(rows(&went, Kept::Runs), 2);
    assert!(hub.store.refused_row(closed).await.unwrap().is_some());
    let both = Cut {
        refused_ms: Some(NOW),
        ..of_runs
    };
    let went = hub.apply(&both).await;
    assert_eq!((rows(&went, Kept::Refused), rows(&went, Kept::Runs)), (1, 1));
    assert!(hub.store.refused_row(closed).await.unwrap().is_none());
    let row = hub.store.refused_row(open).await.unwrap().unwrap();
    let (files, _) = hub.store.landed(&row.stream, row.run, &row.part).await.unwrap();
    assert_eq!(files.len(), 1, "an open row can still be shown");
}

#[tokio::test]
async fn a_held_part_stays_and_one_that_was_decided_goes_unless_it_would_be_known_again() {
    let hub = Hub::new().await;
    for nth in 1..=6 {
        hub.run(nth, &[]).await;
    }
    for (nth, state) in ["held", "rejected", "superseded", "approved", "withdrawn"]
        .into_iter()
        .enumerate()
    {
        let by = if ["approved", "superseded"].contains(&state) {
            "run_id"
        } else {
            "NULL"
        };
        let at = if state == "held" { "NULL" } else { "5" };
        let insert = format!(
            "INSERT INTO held_part (run_id, stream, part, connector, state, digest, body, decided_run, decided_ms)
             SELECT run_id, 's', '{state}', 'c', '{state}', 'd', '{{}}', {by}, {at} FROM run ORDER BY started_ms LIMIT 1 OFFSET {nth}"
        );
        hub.place.run(&insert).await;
    }
    let cut = Cut {
        runs_ms: Some(NOW),
        snapshots_ms: Some(NOW),
        ..Cut::default()
    };
    let went = hub.apply(&cut).await;
    assert_eq!(rows(&went, Kept::HeldParts), 3);
    assert_eq!(
        hub.list("SELECT state FROM held_part ORDER BY state").await,
        ["held", "rejected"]
    );
    // Those two keep their runs, and the newest three stay.
    assert_eq!(rows(&went, Kept::Runs), 1);
}

#[tokio::test]
async fn no_more_stay_than_are_wanted_however_young_they_are() {
    let hub = Hub::new().await;
    for nth in 1..=12 {
        hub.run(nth, &[]).await;
    }
    let most = Most {
        runs: Some(5),
        snapshots: Some(3),
        evaluations: Some(100),
    };
    let cut = hub.store.cut_to(Cut::default(), &most).await.unwrap();
    assert_eq!(
        (cut.runs_ms, cut.snapshots_ms, cut.evaluations_ms),
        (Some(7 * DAY + 1), Some(9 * DAY + 1), None)
    );
    let went = hub.apply(&cut).await;
    assert_eq!((rows(&went, Kept::Snapshots), rows(&went, Kept::Runs)), (8, 7));
    assert_eq!(hub.on_day(8).await, None);
    assert_eq!(
        hub.on_day(9).await,
        Some(vec![9]),
        "what stood when the third newest came"
    );
    // Whichever bound is met first: of the five that are left none is too many, but one is too old.
    let old = Cut {
        runs_ms: Some(8 * DAY),
        ..Cut::default()
    };
    assert_eq!(hub.store.cut_to(old, &most).await.unwrap().runs_ms, Some(8 * DAY));
}
