//! Deliveries that drifted: held with a readable difference, active nowhere, then approved or rejected by a person.
//! Here because an export cut short, or one in 万元, must not become warnings, nor silence them.
//! In: nine feeds of one office, an honest month of each, then one drift planted in each. Out: runs, differences, rows, rules.
//! Not here: the comparison in detail (model), profiles (engine), what a failed source does (stale).

use std::fs;

use serde_json::{Value, json};

use crate::harness::Outcome;
use crate::office::{CONNECTOR, DRIFTS, FILE, ROWS, drifted, file, month, site, write};
use crate::site::Site;

/// September and October of each stream, read one after the other, as they should be.
fn two_honest_months(site: &Site, streams: &[&str]) {
    for (part, number, rows) in [("202309", 9, ROWS), ("202310", 10, ROWS + 2)] {
        for stream in streams {
            write(&file(site, stream, part), &month(number, rows));
        }
        let report = site.run_all();
        assert_eq!(report["held"], json!([]), "an honest month: {report}");
        assert_eq!(report["rules"]["evaluated"], 1, "{report}");
    }
    assert_eq!(expenses(site), (ROWS + ROWS + 2) as u64 * streams.len() as u64);
}

fn expenses(site: &Site) -> u64 {
    let answer = site.ask(&["query", "SELECT count(*) AS n FROM expense_event"]);
    answer["rows"][0]["n"].as_u64().expect("a count")
}

fn start(site: &Site) -> Outcome {
    site.run(CONNECTOR)
}

fn state(site: &Site, run: &str) -> String {
    let shown = site.ask(&["run", "show", run]);
    shown["state"].as_str().expect("a state").to_owned()
}

/// Runs; something is held: the run, and stream and bound of everything it holds.
fn held(site: &Site) -> (String, Vec<(String, Vec<String>)>) {
    let report = start(site).ended(6).json();
    let parts = report["held"].as_array().expect("held parts");
    let run = parts[0]["run"].as_str().expect("a run").to_owned();
    assert_eq!(state(site, &run), "held");
    let diff = site.ask(&["run", "diff", &run]);
    let parts = diff["parts"].as_array().expect("parts").iter();
    let found = parts.map(|part| {
        let bounds = part["differences"].as_array().expect("differences").iter();
        let name = |value: &Value| value.as_str().expect("a name").to_owned();
        (
            name(&part["stream"]),
            bounds.map(|found| name(&found["bound"])).collect(),
        )
    });
    (run, found.collect())
}

fn planted() -> Vec<(String, Vec<String>)> {
    DRIFTS
        .iter()
        .map(|(stream, bound)| ((*stream).to_owned(), vec![(*bound).to_owned()]))
        .collect()
}

/// Nothing of what waits counts, every warning stays, and the rule that needs it says which run to look at.
fn old_data_stands(site: &Site, run: &str, rows: u64, warnings: u64) {
    assert_eq!(expenses(site), rows);
    let check = site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(check["rules"]["not_computable"], 1, "{check}");
    let note = check["rules"]["notes"][0].as_str().expect("a note");
    assert!(note.contains("expense_event") && note.contains(run), "{note}");
    for change in ["opened", "changed", "cleared", "kept"] {
        assert_eq!(check["warnings"][change], 0, "{check}");
    }
    let status = site.ask(&["status"]);
    assert_eq!(status["open_warnings"], warnings, "{status}");
    assert!(
        status["held"]
            .as_array()
            .expect("held")
            .iter()
            .all(|held| held["run_id"] == run),
        "{status}"
    );
}

fn landed(site: &Site) -> usize {
    let folder = site.path("data/lake/landing");
    let folders = fs::read_dir(folder)
        .expect("the lake")
        .map(|entry| entry.expect("an entry").path());
    folders
        .filter(|path| path.to_string_lossy().contains(CONNECTOR))
        .map(|path| fs::read_dir(path).expect("a folder").count())
        .sum()
}

#[test]
fn every_drift_is_held_then_rejected_or_approved_and_the_old_data_stays_meanwhile() {
    let streams = DRIFTS.map(|(stream, _)| stream);
    let site = site(&streams);
    two_honest_months(&site, &streams);
    let (warnings, before) = (site.planted(), expenses(&site));
    assert!(warnings > 0, "a county without a warning shows nothing");
    let files = landed(&site);
    for stream in streams {
        let part = if stream == "older" { "202308" } else { "202311" };
        write(&file(&site, stream, part), &drifted(stream));
    }

    let (first, found) = held(&site);
    assert_eq!(found, planted());
    old_data_stands(&site, &first, before, warnings);
    assert_eq!(landed(&site), files + streams.len(), "what waits is kept");
    let said = site.hub(&["run", "diff", &first]).good().stdout;
    for words in [
        "行数突降",
        "62 行",
        "30 行（少 51%）",
        "rows_fall_percent_max = 25",
        "hub run approve",
    ] {
        assert!(said.contains(words), "{words} not in {said}");
    }
    assert!(
        !said.contains("某甲") && !said.contains("34122119800101"),
        "{said}"
    );
    let listed = site.hub(&["run", "list"]).good().stdout;
    assert!(
        listed.contains("held") && listed.contains("hub run diff"),
        "{listed}"
    );
    let shown = site.hub(&["status"]).good().stdout;
    assert!(shown.contains("待确认"), "{shown}");
    // In one language: labels; what drifted is told as it is written.
    let english = site.hub(&["run", "diff", &first, "--lang", "en"]).good().stdout;
    for (words, gone) in [
        ("fewer rows", "行数突降"),
        ("compared with", "相比"),
        ("it is so", "确实如此"),
    ] {
        assert!(
            english.contains(words) && !english.contains(gone),
            "{words}, not {gone}: {english}"
        );
    }
    let chinese = site.hub(&["status", "--lang", "zh"]).good().stdout;
    assert!(
        chinese.contains("待确认  ") && !chinese.contains("待确认 held  "),
        "{chinese}"
    );

    // Rejected: dropped, the rules count again on what stands, and the same rows are not taken when they come again.
    let why = ["--reason", "医保局回复：导出有误"];
    let report = site.ask(&[&["run", "reject", &first][..], &why].concat());
    assert_eq!(report["rules"]["evaluated"], 1, "{report}");
    assert_eq!(report["warnings"]["kept"], warnings, "{report}");
    assert_eq!(
        (state(&site, &first).as_str(), expenses(&site)),
        ("rejected", before)
    );
    assert_eq!(landed(&site), files, "what was rejected is swept");
    let again = start(&site).good().json();
    let told = again["rejected_again"].as_array().expect("what was not taken");
    assert_eq!(told.len(), streams.len(), "{again}");
    assert_eq!(
        (expenses(&site), &again["rules"]["evaluated"]),
        (before, &1.into())
    );
    let decided = &site.ask(&["run", "diff", &first])["parts"][0]["decided"];
    assert_eq!(decided["reason"], why[1], "{decided}");
    assert!(
        decided["by"].as_str().is_some_and(|by| by.contains('/')),
        "{decided}"
    );

    // The rejection is taken back, and what comes again is looked at again.
    site.hub(&[&["run", "reject", &first, "--undo"][..], &why].concat())
        .good();
    let (second, found) = held(&site);
    assert_eq!(found, planted());
    old_data_stands(&site, &second, before, warnings);

    // Approved: exactly what was read, though the files are gone; one stream first, the others wait on.
    let part = |stream: &str| if stream == "older" { "202308" } else { "202311" };
    let kept = streams.map(|stream| {
        let path = file(&site, stream, part(stream));
        let bytes = fs::read(&path).expect("the file");
        fs::remove_file(&path).expect("removed");
        (path, bytes)
    });
    let why = ["--reason", "已电话核实"];
    let at_once = ["--push-wait", "0"];
    site.ask(
        &[
            &["run", "approve", &second, "--stream", "fell"][..],
            &why,
            &at_once,
        ]
        .concat(),
    );
    assert_eq!(expenses(&site), before + 30);
    assert_eq!(state(&site, &second), "held");
    let report = site.ask(&[&["run", "approve", &second][..], &why, &at_once].concat());
    assert_eq!(report["rules"]["evaluated"], 1, "{report}");
    let brought: u64 = streams
        .iter()
        .map(|stream| drifted(stream).len() as u64 - 1)
        .sum();
    assert_eq!(expenses(&site), before + brought);
    assert_eq!(state(&site, &second), "approved");
    site.hub(&[&["run", "approve", &second][..], &why].concat())
        .ended(4);
    let database = fs::read(site.path("data/hub.db")).expect("the store");
    let log = fs::read(site.path("data/hub.db-wal")).unwrap_or_default();
    let audit = String::from_utf8_lossy(&[database, log].concat()).into_owned();
    for action in [
        "run.held",
        "run.rejected",
        "run.rejection_withdrawn",
        "run.approved",
    ] {
        assert!(audit.contains(action), "no {action} in the audit log");
    }

    // The source is not asked again for what was approved, and a month like it is honest now.
    for (path, bytes) in kept {
        fs::write(path, bytes).expect("written back");
    }
    let read = start(&site).good().json();
    let rows: u64 = read["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .filter_map(|s| s["rows_in"].as_u64())
        .sum();
    assert_eq!(rows, 0, "what was approved is behind us: {read}");
    write(&file(&site, "fell", "202312"), &month(12, 31));
    start(&site).good();
    assert_eq!(expenses(&site), before + brought + 31);
}

#[test]
fn a_corrected_delivery_takes_the_place_of_what_waits_and_a_service_decides_too() {
    let site = site(&["fell"]);
    two_honest_months(&site, &["fell"]);
    let before = expenses(&site);
    write(&file(&site, "fell", "202311"), &month(11, 20));
    let (first, _) = held(&site);

    // The office sends the whole month: nothing is left to decide.
    write(&file(&site, "fell", "202311"), &month(11, ROWS));
    let report = start(&site).good().json();
    assert_eq!(report["rules"]["evaluated"], 1, "{report}");
    assert_eq!(
        (state(&site, &first).as_str(), expenses(&site)),
        ("superseded", before + ROWS as u64)
    );
    site.hub(&["run", "approve", &first, "--reason", "太晚了"])
        .ended(4);

    let service = site.serve();
    write(&file(&site, "fell", "202312"), &month(12, 20));
    let (second, _) = held(&site);
    old_data_stands(&site, &second, before + ROWS as u64, site.planted());
    let report = site.ask(&[
        "run",
        "approve",
        &second,
        "--reason",
        "年底结算少",
        "--push-wait",
        "0",
    ]);
    assert_eq!(report["streams"][0]["accepted"], 20, "{report}");
    assert_eq!(service.stop(), Some(0));
    assert_eq!(expenses(&site), before + ROWS as u64 + 20);
}

#[test]
fn a_month_behind_one_that_waits_is_taken_with_its_own_refused_row() {
    let site = site(&["fell"]);
    two_honest_months(&site, &["fell"]);
    let refused = |site: &Site| site.ask(&["status"])["open_refused"].as_u64();
    let (before, sent_back) = (expenses(&site), refused(&site).map(|rows| rows + 1));
    write(&file(&site, "fell", "202311"), &month(11, 20));
    let mut december = month(12, ROWS);
    december[ROWS][5] = "待定".to_owned();
    write(&file(&site, "fell", "202312"), &december);

    let (run, found) = held(&site);
    assert_eq!(found.len(), 1, "November alone waits: {found:?}");
    assert_eq!(expenses(&site), before + ROWS as u64 - 1);
    assert_eq!(refused(&site), sent_back);
    let reason = ["--reason", "已核实", "--push-wait", "0"];
    site.ask(&[&["run", "approve", &run][..], &reason].concat());
    assert_eq!(expenses(&site), before + ROWS as u64 - 1 + 20);
    assert_eq!(refused(&site), sent_back);
}

#[test]
fn a_delivery_that_comes_twice_or_late_changes_no_row() {
    let site = site(&["fell"]);
    two_honest_months(&site, &["fell"]);
    write(&file(&site, "fell", "202310v2"), &month(10, ROWS + 3));
    start(&site).good();
    let stands = expenses(&site);
    let hash = site.ask(&["snapshot", "hash"])["hash"].clone();
    let bytes = fs::read(file(&site, "fell", "202310")).expect("the first version");
    // The month before once more, under another name; the version that was replaced, as if it were new.
    let before = fs::read(file(&site, "fell", "202309")).expect("the month before");
    fs::write(file(&site, "fell", "202309-再报"), before).expect("delivered");
    fs::write(file(&site, "fell", "202310-补"), bytes).expect("delivered");
    let report = start(&site).good().json();
    assert_eq!(report["held"], json!([]), "{report}");
    assert_eq!(expenses(&site), stands);
    assert_eq!(site.ask(&["snapshot", "hash"])["hash"], hash, "{report}");
}

#[test]
fn bounds_are_configured_by_stream_suggested_from_the_past_and_applied_by_nobody() {
    let site = site(&["fell"]);
    let guard = |text: &str| {
        let file = site.read(FILE);
        let (head, _) = file.split_once("\n[connector.streams").unwrap_or((&file, ""));
        site.write(FILE, &format!("{head}\n{text}"));
    };
    guard("[connector.streams.fell.guard]\nrows_fall_percent = 60\n");
    let refused = site.hub(&["run", "start", "--all"]).ended(78);
    assert!(
        refused.stderr.contains("did you mean `rows_fall_percent_max`"),
        "{}",
        refused.stderr
    );
    guard("[connector.streams.fell.guard]\nrows_fall_percent_max = 0\n");
    let refused = site.hub(&["run", "start", "--all"]).ended(78);
    assert!(refused.stderr.contains("1 到 100"), "{}", refused.stderr);
    guard("[connector.streams.fel.guard]\nrows_fall_percent_max = 60\n");
    let refused = site.hub(&["connector", "discover", CONNECTOR]).ended(78);
    assert!(refused.stderr.contains("\"fell\""), "{}", refused.stderr);
    guard("");

    for number in 1..=4 {
        write(
            &file(&site, "fell", &format!("2023{number:02}")),
            &month(number, ROWS - number),
        );
        start(&site).good();
    }
    let shown = site.ask(&["connector", "guard", CONNECTOR]);
    let suggested = |shown: &Value| {
        let all = shown[0]["suggestions"].as_array().expect("suggestions").clone();
        all.into_iter()
            .find(|found| found["key"] == "rows_fall_percent_max")
    };
    assert_eq!(suggested(&shown).expect("one")["suggested"], "7", "{shown}");
    // Suggested, not applied: a fall of a fifth is within the bound that is set.
    write(&file(&site, "fell", "202305"), &month(5, 45));
    start(&site).good();
    write(&file(&site, "fell", "202306"), &month(6, 22));
    let (run, _) = held(&site);
    guard("[connector.streams.fell.guard]\nrows_fall_percent_max = 60\n");
    let shown = site.ask(&["connector", "guard", CONNECTOR]);
    let bound = shown[0]["bounds"]
        .as_array()
        .expect("bounds")
        .iter()
        .find(|bound| bound["key"] == "rows_fall_percent_max");
    let bound = bound.expect("the bound");
    assert_eq!(
        (&bound["value"], &bound["written_in"]),
        (&"60".into(), &"[connector.streams.fell.guard]".into())
    );
    start(&site).good();
    assert_eq!(state(&site, &run), "superseded");
}
