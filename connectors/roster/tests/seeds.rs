//! The synthetic county read back through the connector: every row, every place, and the findings that follow from them.
//! Here because the seeds write what the connector must read, and neither knows how the other works.
//! In: a county of a thousand people. Out: the rows of truth.json, the same households, the same low incomes.
//! Not here: the mapping (the hub runs it).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;

use connector_kit::options::Options as Config;
use plugin_api::arrow::array::{Array, RecordBatch, StringArray};
use plugin_api::testing::Recorder;
use plugin_api::{Category, Connector, Mode, ReadRequest};
use roster::Roster;
use seeds::county::{
    INCOME_ATTENTION_FEN, LOW_INCOME_STANDARD_FEN, MONITORING_LINE_FEN, Options, Truth, county, generate,
};

const OPTIONS: Options = Options {
    people: 1_000,
    seed: 42,
};

fn opened(dir: &Path, recorder: &Recorder) -> Roster {
    let config = serde_json::json!({ "inbox": dir.join("inbox/roster"), "settle_ms": 0 });
    Roster::open(
        serde_json::from_value::<Config>(config).unwrap(),
        &recorder.context(),
    )
    .unwrap()
}

fn recorder() -> Recorder {
    Recorder::default()
}

fn read(roster: &mut Roster, request: &ReadRequest, recorder: &Recorder) -> Vec<RecordBatch> {
    let batches = roster.read(request, &recorder.context()).unwrap();
    batches.collect::<Result<_, _>>().unwrap()
}

/// Rows as maps from column to text, without the empty cells and the dictionaries.
fn rows(batches: &[RecordBatch]) -> Vec<BTreeMap<String, String>> {
    let mut rows = Vec::new();
    for batch in batches {
        let mut texts = vec![BTreeMap::new(); batch.num_rows()];
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let Some(array) = array.as_any().downcast_ref::<StringArray>() else {
                continue;
            };
            for (row, text) in array.iter().enumerate() {
                if let Some(text) = text {
                    texts[row].insert(field.name().clone(), text.to_owned());
                }
            }
        }
        rows.extend(texts);
    }
    rows
}

fn seeded() -> (tempfile::TempDir, Truth) {
    let dir = tempfile::tempdir().unwrap();
    let truth = generate(dir.path(), OPTIONS).unwrap();
    (dir, truth)
}

#[test]
fn every_member_comes_back_as_it_was_written_with_its_place() {
    let (dir, truth) = seeded();
    let recorder = recorder();
    let mut roster = opened(dir.path(), &recorder);
    let rows = rows(&read(&mut roster, &ReadRequest::new("members"), &recorder));
    assert_eq!(rows.len() as u64, truth.rows["roster/members"]);
    let county = county(OPTIONS).unwrap();
    let people = county.households().flat_map(|household| {
        let members = household.members.clone();
        members.into_iter().map(move |member| (household.clone(), member))
    });
    for (number, ((household, member), row)) in (2..).zip(people.zip(&rows)) {
        assert_eq!(row["_locator"], format!("members-202310.xlsx!成员!{number}"));
        assert_eq!(row["户编号"], household.household_no);
        assert_eq!(
            (&row["姓名"], &row["证件号码"]),
            (&member.name, &member.document_no)
        );
        assert_eq!(row["户类型"], household.household_type.label());
        assert_eq!(
            row.get("务工时间(月)"),
            member.work_months.map(|months| months.to_string()).as_ref()
        );
        let monitoring = household.monitoring.as_ref();
        assert_eq!(
            row.get("监测对象类别").map(String::as_str),
            monitoring.map(|monitoring| monitoring.kind)
        );
        let removed = monitoring.map(|monitoring| {
            if monitoring.removed.is_some() {
                "是"
            } else {
                "否"
            }
        });
        assert_eq!(row.get("风险是否已消除").map(String::as_str), removed);
        assert_eq!(row["数据日期"], "2023-10-31");
    }
}

#[test]
fn the_incomes_read_back_give_the_findings_of_the_truth() {
    let (dir, truth) = seeded();
    let recorder = recorder();
    let mut roster = opened(dir.path(), &recorder);
    let members = rows(&read(&mut roster, &ReadRequest::new("members"), &recorder));
    let incomes = rows(&read(&mut roster, &ReadRequest::new("incomes"), &recorder));
    assert_eq!(incomes.len() as u64, truth.rows["roster/incomes"]);
    let cell = |row: &BTreeMap<String, String>, column: &str| row.get(column).cloned().unwrap_or_default();
    let households: BTreeMap<_, _> = members.iter().map(|row| (row["户编号"].as_str(), row)).collect();
    let mut found = Vec::new();
    for (number, income) in (2..).zip(&incomes) {
        assert_eq!(income["_locator"], format!("incomes-2023.xlsx!收入!{number}"));
        let household = households[income["户编号"].as_str()];
        let watched = household.contains_key("监测对象类别") && cell(household, "风险是否已消除") == "否";
        if income["年度"] != "2023" || !(household["户类型"] == "脱贫户" || watched) {
            continue;
        }
        let people: i64 = income["年度家庭人口数"].parse().unwrap();
        let net = fen(&income["纯收入"]);
        let lines = [
            ("below_monitoring_line", "orange", MONITORING_LINE_FEN),
            ("below_low_income_standard", "yellow", LOW_INCOME_STANDARD_FEN),
            ("below_10000", "yellow", INCOME_ATTENTION_FEN),
        ];
        if let Some((band, severity, _)) = lines.iter().find(|(_, _, line)| net < line * people) {
            let covered = cell(household, "整户无劳动力兜底保障户") == "是";
            let severity = if covered { "blue" } else { severity };
            found
                .push(serde_json::json!({ "subject": income["户编号"], "band": band, "severity": severity }));
        }
    }
    assert_eq!(
        serde_json::json!(found),
        serde_json::to_value(&truth.rules["A01"].planted).unwrap()
    );
}

/// Yuan as text to fen; the test's own reading.
fn fen(yuan: &str) -> i64 {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    whole.parse::<i64>().unwrap() * 100 + format!("{part:0<2}").parse::<i64>().unwrap()
}

#[test]
fn a_second_run_over_unchanged_files_reads_no_row() {
    let (dir, _) = seeded();
    for stream in ["members", "incomes"] {
        let recorder = recorder();
        let mut roster = opened(dir.path(), &recorder);
        let mut request = ReadRequest::new(stream);
        request.mode = Mode::Incremental;
        assert!(!read(&mut roster, &request, &recorder).is_empty());
        let checkpoint = recorder.checkpoints().pop().unwrap();
        assert_eq!(checkpoint.stream, stream);
        request.state = Some(checkpoint.state);
        assert!(read(&mut roster, &request, &recorder).is_empty());
    }
}

#[test]
fn batches_keep_to_the_configured_rows_and_carry_the_declared_schema() {
    let (dir, _) = seeded();
    let recorder = recorder();
    let config =
        serde_json::json!({ "inbox": dir.path().join("inbox/roster"), "settle_ms": 0, "batch_rows": 300 });
    let mut roster = Roster::open(serde_json::from_value(config).unwrap(), &recorder.context()).unwrap();
    let schema = roster.schema("members", &recorder.context()).unwrap();
    let batches = read(&mut roster, &ReadRequest::new("members"), &recorder);
    assert_eq!(
        batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
        [300, 300, 300, 100]
    );
    assert!(batches.iter().all(|batch| batch.schema() == schema));
}

#[test]
fn wrong_settings_are_named_and_an_unknown_stream_is_not_found() {
    let recorder = recorder();
    for (config, said) in [
        (serde_json::json!({ "inbox": "inbox" }), "inbox"),
        (
            serde_json::json!({ "inbox": "/in", "batch_rows": 0 }),
            "batch_rows",
        ),
        (
            serde_json::json!({ "inbox": "/in", "settle_ms": 60_001 }),
            "settle_ms",
        ),
        (
            serde_json::json!({ "inbox": "/in", "streams": { "members": { "files": [] } } }),
            "streams.members",
        ),
        (
            serde_json::json!({ "inbox": "/in", "streams": { "incomes": { "files": ["../*"] } } }),
            "incomes",
        ),
    ] {
        let error = Roster::open(serde_json::from_value(config).unwrap(), &recorder.context())
            .err()
            .unwrap();
        assert_eq!(error.category(), Category::Config);
        assert!(error.message().contains(said), "{error}");
    }
    assert!(serde_json::from_value::<Config>(serde_json::json!({ "inbox": "/in", "inbx": 1 })).is_err());
    let mut roster = opened(Path::new("/nowhere"), &recorder);
    assert_eq!(
        roster.check(&recorder.context()).unwrap_err().category(),
        Category::NotFound
    );
    let error = roster
        .read(&ReadRequest::new("nothing"), &recorder.context())
        .err()
        .unwrap();
    assert_eq!(error.category(), Category::NotFound);
}

#[test]
fn the_plugin_keeps_the_contract_of_every_connector() {
    let (dir, _) = seeded();
    let config =
        serde_json::json!({ "inbox": dir.path().join("inbox/roster"), "settle_ms": 0, "batch_rows": 100 });
    let report = plugin_api::testing::conform(roster::hub_descriptor(), &config, &Recorder::default());
    assert!(report.passed(), "{report}");
}
