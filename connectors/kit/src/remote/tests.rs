//! Remote streams over a source that is scripted: parts, periods, falls, and a day's requests across runs.
//! Here because what is remembered between runs cannot be seen in one.
//! In: parts with records, as many as the day allows. Out: what each run hands over and remembers.
//! Not here: fetching for real (http, database).

use plugin_api::testing::Recorder;
use serde_json::Value;

use super::*;
use crate::http::quota::Quota;

/// Parts and their records; each costs one request of today.
struct Scripted {
    parts: Vec<(&'static str, Vec<&'static str>)>,
    per_day: u64,
    today: u64,
    fails: Option<&'static str>,
}

impl Fetch for Scripted {
    fn parts(&mut self, _: &State) -> Result<Vec<String>, Error> {
        Ok(self.parts.iter().map(|(part, _)| (*part).to_owned()).collect())
    }

    fn fetch(&mut self, part: &str, state: &mut State) -> Result<Spool, Error> {
        let day = std::time::Duration::from_secs(86_400);
        state.quota.spend(self.today, Some(self.per_day), day)?;
        if self.fails == Some(part) {
            return Err(Error::transient("对方暂时无法服务（503）"));
        }
        let mut spool = Spool::new();
        let records = self
            .parts
            .iter()
            .find(|(known, _)| *known == part)
            .map(|(_, records)| records.clone());
        spool.page("/x?page=1#", records.unwrap_or_default())?;
        Ok(spool)
    }
}

struct Run {
    /// Part and id of each row.
    rows: Vec<String>,
    state: Option<Value>,
    /// The last state that holds though no batch was kept.
    before_any_batch: Option<Value>,
    error: Option<Error>,
    log: Vec<String>,
}

fn run(shape: &Shape, scripted: Scripted, mode: Mode, state: Option<Value>) -> Run {
    use plugin_api::arrow::array::types::Int32Type;
    use plugin_api::arrow::array::{Array, DictionaryArray, StringArray};
    let recorder = Recorder::default();
    let mut request = ReadRequest::new("s");
    (request.mode, request.state) = (mode, state);
    let batches =
        RemoteBatches::new(shape.clone(), Box::new(scripted), &request, &recorder.context()).unwrap();
    let mut run = Run {
        rows: Vec::new(),
        state: None,
        before_any_batch: None,
        error: None,
        log: Vec::new(),
    };
    for batch in batches {
        match batch {
            Ok(batch) => {
                let ids = batch.column(0).as_any().downcast_ref::<StringArray>().unwrap();
                let parts = batch.column_by_name("_part").unwrap();
                let parts = parts
                    .as_any()
                    .downcast_ref::<DictionaryArray<Int32Type>>()
                    .unwrap();
                let parts = parts.downcast_dict::<StringArray>().unwrap();
                let rows = ids.iter().zip(parts);
                run.rows
                    .extend(rows.map(|(id, part)| format!("{} {}", part.unwrap(), id.unwrap())));
            }
            Err(error) => run.error = Some(error),
        }
    }
    run.state = recorder
        .checkpoints()
        .last()
        .map(|checkpoint| checkpoint.state.clone());
    run.before_any_batch = recorder
        .checkpoints()
        .iter()
        .rfind(|checkpoint| checkpoint.after_batch == 0)
        .map(|checkpoint| checkpoint.state.clone());
    run.log = recorder.log();
    run
}

fn shape() -> Shape {
    Shape {
        stream: "s".to_owned(),
        columns: vec![Column::new("id"), Column::new("month")],
        by_period: None,
    }
}

fn three_months(per_day: u64, today: u64) -> Scripted {
    Scripted {
        parts: vec![
            ("202309", vec![r#"{"id":1}"#]),
            ("202310", vec![r#"{"id":2}"#]),
            ("202311", vec![r#"{"id":3}"#]),
        ],
        per_day,
        today,
        fails: None,
    }
}

#[test]
fn a_days_requests_are_counted_across_runs_and_the_next_day_goes_on_where_they_ended() {
    let first = run(&shape(), three_months(2, 7), Mode::Incremental, None);
    assert_eq!(first.rows, ["202309 1", "202310 2"]);
    assert!(first.error.is_none());
    assert!(
        first
            .log
            .iter()
            .any(|line| line.contains("remark") && line.contains("202311")),
        "{:?}",
        first.log
    );
    // The same day again, whether all is asked for or what is new: not one request more.
    for mode in [Mode::Incremental, Mode::Full] {
        let second = run(&shape(), three_months(2, 7), mode, first.state.clone());
        assert!(second.rows.is_empty());
        assert!(is_used_up(&second.error.unwrap()));
    }
    // The next day begins with what was left, or the last month would never be reached.
    let third = run(&shape(), three_months(2, 8), Mode::Incremental, first.state);
    assert_eq!(third.rows, ["202311 3"]);
    assert_eq!(third.state.unwrap()["quota"]["used"], 2);
}

#[test]
fn requests_of_a_run_that_fails_are_counted_and_nothing_else_of_it_is_remembered() {
    let failing = Scripted {
        fails: Some("202310"),
        ..three_months(9, 7)
    };
    let failed = run(&shape(), failing, Mode::Incremental, None);
    assert!(failed.error.is_some());
    let state: State = serde_json::from_value(failed.state.unwrap()).unwrap();
    assert_eq!(state.quota, Quota { day: 7, used: 2 });
    assert_eq!(state.parts.keys().collect::<Vec<_>>(), ["202309"]);
    // A host that keeps nothing of a failed run still learns what the day has seen.
    assert_eq!(failed.before_any_batch.unwrap()["quota"]["used"], 2);
}

fn whole(records: Vec<&'static str>) -> Scripted {
    Scripted {
        parts: vec![("all", records)],
        per_day: 9,
        today: 7,
        fails: None,
    }
}

#[test]
fn a_column_of_periods_takes_a_reading_apart_and_only_what_changed_is_handed_over() {
    let shape = Shape {
        by_period: Some(ByPeriod::new(&Column::new("month"))),
        ..shape()
    };
    let rows = |october: &'static str| {
        whole(vec![
            r#"{"id":1,"month":"202309"}"#,
            october,
            r#"{"id":3,"month":"2023年9月"}"#,
            r#"{"id":4}"#,
        ])
    };
    let first = run(
        &shape,
        rows(r#"{"id":2,"month":202310}"#),
        Mode::Incremental,
        None,
    );
    assert_eq!(first.rows, ["202309 1", "202309 3", "202310 2", "all 4"]);
    let second = run(
        &shape,
        rows(r#"{"id":5,"month":202310}"#),
        Mode::Incremental,
        first.state,
    );
    assert_eq!(second.rows, ["202310 5"]);
}

#[test]
fn a_list_that_is_empty_where_rows_were_is_remarked_and_replaces_nothing() {
    let first = run(&shape(), whole(vec![r#"{"id":1}"#; 3]), Mode::Incremental, None);
    assert_eq!(first.rows.len(), 3);
    let second = run(
        &shape(),
        whole(Vec::new()),
        Mode::Incremental,
        first.state.clone(),
    );
    assert!(second.rows.is_empty() && second.error.is_none());
    let remarked = |run: &Run| run.log.iter().any(|line| line.contains("这次一条也没有"));
    assert!(remarked(&second), "{:?}", second.log);
    let never = run(&shape(), whole(Vec::new()), Mode::Incremental, None);
    assert!(!remarked(&never), "{:?}", never.log);
}
