//! From workbooks to pushed warnings: what was planted is found, told once, and shown with its cells.
//! Here because this is the promise departments see.
//! In: synthetic counties, none with the seed of the shipped demo. Out: counts, verdicts, citations.
//! Not here: failures.

use crate::harness::{PATIENCE, program, run};
use crate::site::Site;
use serde_json::Value;

/// Every row is in exactly one of the counts, and all rows came: of streams whose files the county has, as many as were
/// written, of the others none.
fn rows_balance(report: &Value, truth: &Value) {
    let rows = truth["rows"].as_object().expect("rows");
    let (mut read, none) = (0, Value::from(0));
    for stream in balanced(report) {
        let name = format!("{}/{}", stream["connector"], stream["stream"]).replace('"', "");
        let written = rows.get(&name);
        read += usize::from(written.is_some());
        assert_eq!(&stream["rows_in"], written.unwrap_or(&none), "{name}");
    }
    assert_eq!(read, rows.len(), "{report}");
}

/// The same for every department: what was written arrived, what was spoilt was refused, and nothing else.
fn departments_arrived(report: &Value, written: &Value) {
    let planted = written["streams"].as_object().expect("streams");
    let streams = balanced(report);
    for (name, planted) in planted {
        let stream = name.rsplit('/').next().expect("a stream");
        let came = streams
            .iter()
            .find(|came| came["stream"] == stream)
            .expect(stream);
        let count = |name: &str| came[name].as_u64().expect("a count");
        let refused = count("rejected");
        assert_eq!(planted["rows"], count("accepted") + refused, "{name}");
        assert_eq!(planted["rejected"], refused, "{name}");
    }
    let verdict = &report["truth"]["rows"];
    assert_eq!(verdict["streams"], planted.len(), "{verdict}");
    assert_eq!(verdict["arrived"], verdict["written"], "{verdict}");
    assert_eq!(verdict["refused"], verdict["spoilt"], "{verdict}");
}

/// The streams of a report, each row of which is in exactly one count.
fn balanced(report: &Value) -> &[Value] {
    let streams = report["streams"].as_array().expect("streams");
    for stream in streams {
        let count = |name: &str| stream[name].as_u64().expect("a count");
        assert_eq!(
            count("rows_in"),
            count("accepted") + count("rejected") + count("filtered"),
            "{stream}"
        );
    }
    streams
}

/// The demo, made, and its report.
pub(crate) fn made(people: u64, seed: u64) -> (Site, Value) {
    let folder = Site::bare();
    let mut demo = program("hub");
    demo.args(["demo", "--once", "-o", "json", "--dir"])
        .arg(folder.path(""))
        .args(["--people", &people.to_string(), "--seed", &seed.to_string()]);
    let report = run(&mut demo, 3 * PATIENCE).good().json();
    (folder, report)
}

fn finds_exactly_what_was_planted(people: u64, seed: u64) {
    let (folder, report) = made(people, seed);
    let truth = folder.truth();
    assert_eq!(report["failed"], serde_json::json!([]));
    departments_arrived(&report, &folder.departments_truth());
    assert_eq!(
        (&report["households"], &report["people"]),
        (&truth["households"], &truth["people"])
    );
    let verdict = |name: &str| report["truth"][name].as_u64().expect("a count");
    assert!(verdict("planted") > folder.planted(), "{report}");
    assert_eq!(
        verdict("found"),
        verdict("planted") - verdict("undecidable"),
        "{report}"
    );
    assert_eq!(verdict("false"), 0, "{report}");
    // A rule whose table nobody feeds says so, and no other is left out.
    let notes = report["rules"]["notes"].as_array().expect("notes");
    for note in notes.iter().filter_map(Value::as_str) {
        assert!(note.contains("missing: never loaded"), "{note}");
    }
    let (events, opened) = (&report["events"], &report["warnings"]["opened"]);
    assert_eq!(*opened, report["rules"]["findings"], "{report}");
    assert_eq!(
        (&events["sent"], &events["acknowledged"]),
        (opened, opened),
        "{report}"
    );
    assert_eq!(
        (&events["dead"], &events["pending"]),
        (&0.into(), &0.into()),
        "{report}"
    );
    for process in ["hub", "child"] {
        assert!(report["peak_memory_mb"][process].as_f64() > Some(1.0), "{report}");
    }
}

#[test]
fn the_demo_finds_exactly_what_was_planted() {
    finds_exactly_what_was_planted(2_000, 7);
}

#[test]
fn the_demo_finds_exactly_what_was_planted_in_another_county() {
    finds_exactly_what_was_planted(3_000, 20_231_001);
}

#[test]
fn a_second_run_over_the_same_input_changes_nothing_and_tells_nobody() {
    let (site, platform) = Site::with_platform(1_500, 3);
    let planted = site.planted();
    let first = site.run_all();
    assert_eq!(first["warnings"]["opened"], planted, "{first}");
    let second = site.run_all();
    let counts = serde_json::json!({ "opened": 0, "changed": 0, "cleared": 0, "kept": planted, "quiet": 0 });
    assert_eq!(second["warnings"], counts);
    assert_eq!(second["events"]["sent"], 0, "{second}");
    assert_eq!(
        (&second["households"], &second["people"]),
        (&first["households"], &first["people"])
    );
    let stats = platform.stats();
    assert_eq!(
        (&stats["received"], &stats["unique"]),
        (&planted.into(), &planted.into()),
        "{stats}"
    );
    assert_eq!(
        (&stats["bad_signature"], &stats["invalid"]),
        (&0.into(), &0.into()),
        "{stats}"
    );
}

#[test]
fn files_sent_again_with_other_content_replace_what_they_said() {
    // Another seed: another county, in files of the same names.
    let site = Site::new(1_500, 3);
    site.run_all();
    let other = Site::new(1_500, 4);
    for file in std::fs::read_dir(other.path("inbox/roster")).expect("an inbox") {
        let file = file.expect("a file");
        let into = site.path("inbox/roster").join(file.file_name());
        std::fs::copy(file.path(), into).expect("copied");
    }
    let report = site.run_all();
    rows_balance(&report, &other.truth());
    assert_eq!(report["households"], other.truth()["households"]);
    let warnings = |name: &str| report["warnings"][name].as_u64().expect("a count");
    assert_eq!(
        warnings("opened") + warnings("changed") + warnings("kept"),
        other.planted(),
        "{report}"
    );
    assert_eq!(site.ask(&["status"])["open_warnings"], other.planted());
}

#[test]
fn every_case_cites_its_cells_down_to_file_sheet_row_column_header_and_value() {
    let site = Site::new(1_500, 5);
    site.run_all();
    let cases = site.ask(&["case", "list", "-n", "1000"]);
    let cases = cases.as_array().expect("cases");
    assert_eq!(cases.len() as u64, site.planted());
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        let shown = site.ask(&["case", "show", id]);
        let evidence = &shown["warnings"][0]["evidence"];
        let cells = evidence["cells"].as_array().expect("cells");
        for cell in cells {
            cites(&site, cell);
        }
        // The income behind the warning, as the workbook has it: yuan, while the hub counts fen.
        let income = cells
            .iter()
            .find(|cell| cell["header"] == "纯收入")
            .expect("the income's cell");
        let yuan: f64 = income["value"]
            .as_str()
            .expect("a value")
            .parse()
            .expect("a number");
        let fen = evidence["values"]["net_income_fen"].as_i64().expect("fen");
        assert_eq!(format!("{:.2}", yuan * 100.0), format!("{fen}.00"), "{shown}");
    }
    let id = cases[0]["id"].as_str().expect("an id");
    let text = site.hub(&["case", "show", id]).good().stdout;
    assert!(
        text.contains("incomes-2023.xlsx!收入!") && text.contains("纯收入"),
        "{text}"
    );
}

fn cites(site: &Site, cell: &Value) {
    let text = |name: &str| cell[name].as_str().unwrap_or_default();
    let place: Vec<&str> = text("locator").split('!').collect();
    let [file, sheet, row] = place[..] else {
        panic!("not file!sheet!row: {cell}")
    };
    let truth = site.truth();
    let rows = truth["files"][file]
        .as_u64()
        .unwrap_or_else(|| panic!("no such file: {cell}"));
    let row: u64 = row.parse().unwrap_or_else(|_| panic!("no row number: {cell}"));
    assert!(!sheet.is_empty(), "{cell}");
    // Header rows stand above the data; how many is the export's affair.
    assert!((2..=rows + 5).contains(&row), "{cell}");
    let column = text("column");
    assert!(
        !column.is_empty() && column.chars().all(|c| c.is_ascii_uppercase()),
        "{cell}"
    );
    assert!(
        !text("header").is_empty() && text("stream").starts_with("roster/"),
        "{cell}"
    );
    assert!(cell["value"].is_string(), "{cell}");
}
