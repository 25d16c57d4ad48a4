//! Worksheets: written for an office, filled in by a program we did not write, taken back line by line.
//! Here because most departments answer in a spreadsheet, and a spreadsheet is changed in every way there is.
//! In: a county's cases, copies filled by openpyxl. Out: where the cases stand, which lines were refused and why.
//! Not here: what a line asks of a case (runtime), reading spreadsheets (connectors).

use crate::api::{Door, refused};
use crate::harness::{PATIENCE, built, poll, python};
use crate::site::Site;
use serde_json::Value;
use std::fs;

/// A site whose cases are dispatched, with the plugin that reads tables; how many.
fn dispatched(people: u64, seed: u64) -> (Site, Vec<String>) {
    let site = Site::new(people, seed);
    let plugin = built().join("libtabular.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site.edit("config/hub.toml", "# worksheet_plugin", "worksheet_plugin");
    site.run_all();
    let listed = site.ask(&["case", "list", "-n", "1000"]);
    let ids = listed.as_array().expect("cases").iter();
    let ids: Vec<String> = ids
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    for id in &ids {
        site.hub(&["case", "act", id, "dispatch", "--actor", "县专班"])
            .good();
    }
    (site, ids)
}

/// The worksheets of the department, or what the county has to close, written into `folder`.
fn exported(site: &Site, folder: &str, more: &[&str]) -> Vec<String> {
    let listed = site.ask(&["case", "list", "-n", "1"]);
    let department = listed[0]["department"].as_str().expect("a department");
    let dir = site.path(folder);
    let export = [
        "worksheet",
        "export",
        "--department",
        department,
        "--dir",
        &dir.to_string_lossy(),
    ];
    site.hub(&[&export, more].concat()).good();
    let entries = fs::read_dir(dir).expect("a folder");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a file").path().to_string_lossy().into_owned())
        .collect();
    files.sort();
    files
}

/// The workbook, changed as `verb` says; what the program said of it.
fn filled(verb: &str, sheet: &str) -> Option<Value> {
    python(&["openpyxl"], "worksheet.py", &[verb, sheet])
}

fn states(site: &Site, ids: &[String]) -> Vec<String> {
    let state = |id: &String| {
        let case = site.ask(&["case", "show", id]);
        case["state"].as_str().expect("a state").to_owned()
    };
    ids.iter().map(state).collect()
}

#[test]
fn a_copy_that_was_filled_in_closes_the_cases_and_what_is_wrong_with_a_row_costs_no_other() {
    let (site, ids) = dispatched(4_000, 361);
    let written = exported(&site, "out", &[]);
    assert!(!written.is_empty());
    let mut taken = 0;
    for sheet in &written {
        let Some(_) = filled("fill", sheet) else { return };
        let before = states(&site, &ids);
        let tried = site.ask(&["worksheet", "take", sheet, "--actor", "民政经办", "--dry-run"]);
        assert_eq!(states(&site, &ids), before, "a dry run moves nothing");
        let answer = site.ask(&["worksheet", "take", sheet, "--actor", "民政经办"]);
        assert_eq!(answer["refused"], Value::Array(vec![]), "{answer}");
        assert_eq!(
            (
                &tried["dry_run"],
                &tried["done"],
                &tried["blank"],
                &tried["refused"]
            ),
            (
                &true.into(),
                &answer["done"],
                &answer["blank"],
                &answer["refused"]
            ),
            "{tried}"
        );
        taken += answer["done"].as_u64().expect("a number");
        // Taken again, it changes nothing.
        let again = site.ask(&["worksheet", "take", sheet, "--actor", "民政经办"]);
        assert_eq!(
            (&again["done"], &again["repeated"]),
            (&0.into(), &answer["done"]),
            "{again}"
        );
    }
    assert_eq!(usize::try_from(taken), Ok(ids.len()));
    let now = states(&site, &ids);
    assert!(
        now.iter()
            .all(|state| ["handled", "rejected"].contains(&state.as_str())),
        "{now:?}"
    );

    // The county closes what it agrees with; whoever concluded may not.
    for sheet in exported(&site, "close", &["--close"]) {
        filled("close", &sheet);
        let tried = site
            .hub(&[
                "worksheet",
                "take",
                &sheet,
                "--actor",
                "民政经办",
                "--dry-run",
                "-o",
                "json",
            ])
            .ended(3)
            .json();
        let told = site
            .hub(&["worksheet", "take", &sheet, "--actor", "民政经办", "-o", "json"])
            .ended(3)
            .json();
        assert_eq!(tried["refused"], told["refused"], "{tried}");
        site.hub(&["worksheet", "take", &sheet, "--actor", "县专班"])
            .good();
    }
    assert!(states(&site, &ids).iter().all(|state| state == "closed"));
    site.hub(&["audit", "verify"]).good();
}

#[test]
fn a_sheet_that_was_tampered_with_is_refused_row_by_row_with_the_cell() {
    let (site, ids) = dispatched(4_000, 362);
    let written = exported(&site, "out", &[]);
    let largest = written
        .iter()
        .max_by_key(|sheet| fs::metadata(sheet).map_or(0, |file| file.len()));
    let largest = largest.expect("a sheet");
    let before = states(&site, &ids);
    // Each row is wrong in its own way: see worksheet.py.
    let Some(broken) = filled("break", largest) else {
        return;
    };
    let expected = broken.as_array().expect("rows");
    let report = site.path("未采用.xlsx");
    let arguments = [
        "worksheet",
        "take",
        largest,
        "--refused",
        &report.to_string_lossy(),
        "-o",
        "json",
    ];
    let tried = site
        .hub(&[&arguments[..], &["--dry-run"]].concat())
        .ended(3)
        .json();
    assert!(!report.exists(), "a dry run writes nothing");
    let answer = site.hub(&arguments).ended(3).json();
    assert_eq!(tried["refused"], answer["refused"], "{tried}");
    let refused = answer["refused"].as_array().expect("refusals");
    assert_eq!(
        (refused.len(), &answer["done"]),
        (expected.len(), &0.into()),
        "{answer}"
    );
    for (refusal, expected) in refused.iter().zip(expected) {
        let place = refusal["place"].as_str().unwrap_or_default();
        let row = format!("!{}", expected[0]);
        assert!(
            place.ends_with(&row) && refusal["column"] == expected[1],
            "{expected}: {refusal}"
        );
    }
    assert!(fs::read(&report).is_ok_and(|bytes| bytes.starts_with(b"PK")));
    assert_eq!(states(&site, &ids), before, "nothing moved");

    // An old version: the case has moved since.
    let old = exported(&site, "old", &[]);
    for id in &ids {
        site.hub(&["case", "act", id, "accept", "--actor", "民政经办"])
            .good();
    }
    for sheet in old {
        filled("fill", &sheet);
        let answer = site
            .hub(&["worksheet", "take", &sheet, "-o", "json"])
            .ended(3)
            .json();
        let old = answer["refused"].as_array().expect("refusals").iter();
        assert!(old.clone().count() > 0 && answer["done"] == 0, "{answer}");
        assert!(
            old.clone().all(|refusal| refusal["why"]
                .as_str()
                .is_some_and(|why| why.contains("情况有变"))),
            "{answer}"
        );
    }
    // A column is missing: the file is refused as a whole, and says which.
    let sheet = &written[0];
    filled("behead", sheet);
    let whole = site.hub(&["worksheet", "take", sheet]);
    assert!(
        whole.code != Some(0) && whole.stderr.contains("办理结果"),
        "{}",
        whole.stderr
    );
}

/// The workbooks in `folder` whose names `kept` means, sorted.
fn workbooks(site: &Site, folder: &str, kept: impl Fn(&str) -> bool) -> Vec<String> {
    let entries = fs::read_dir(site.path(folder)).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("a file").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names
        .filter(|name| name.ends_with(".xlsx") && kept(name))
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_gets_worksheets_by_itself_and_what_is_put_into_the_other_is_done() {
    let (site, ids) = dispatched(4_000, 363);
    let listed = site.ask(&["case", "list", "-n", "1"]);
    let department = listed[0]["department"].as_str().expect("a department");
    for folder in ["out", "in"] {
        fs::create_dir(site.path(folder)).expect("a folder");
    }
    let channel = format!(
        "[[channel]]\nid = \"office\"\nkind = \"worksheet\"\nfolder = \"../out\"\nreturns = \"../in\"\n\
         department = \"{department}\"\nwindow_minutes = 0\ninterval_seconds = 1\n"
    );
    site.write("config/channels.toml", &channel);
    let service = site.serve();
    let written = |name: &str| name.starts_with("交办单-");
    // The same as by hand: a workbook for each town, told apart by the news that led to it.
    exported(&site, "by-hand", &[]);
    let by_hand = workbooks(&site, "by-hand", written);
    let waits = || site.ask(&["push", "endpoints"])[0]["pending"] != 0;
    poll(PATIENCE, || (!waits()).then_some(())).expect("everything is written");
    let sheets = workbooks(&site, "out", written);
    assert_eq!(sheets.len(), by_hand.len(), "{sheets:?} for {by_hand:?}");
    let of_town = |sheet: &String| {
        let (town, _) = sheet.rsplit_once('-').expect("a number at the end");
        let town = town.rsplit_once('-').expect("a day").0;
        by_hand
            .iter()
            .any(|by_hand| by_hand.starts_with(&format!("{town}-")))
    };
    assert!(sheets.iter().all(of_town), "{sheets:?} for {by_hand:?}");

    // A workbook that was spoilt, one that is none, and what a spreadsheet program leaves beside it.
    let before = states(&site, &ids);
    let original = site.path("out").join(&sheets[0]);
    let spoilt = site.path("spoilt.xlsx");
    fs::copy(&original, &spoilt).expect("a copy");
    let Some(wrong) = filled("break", &spoilt.to_string_lossy()) else {
        return;
    };
    site.write("in/~$open.xlsx", "a lock");
    site.write("in/notes.xlsx", "no workbook");
    fs::rename(&spoilt, site.path("in/spoilt.xlsx")).expect("moved");
    let told = |name: &str| name.starts_with("未采用-");
    let lies = || workbooks(&site, "in", |_| true);
    poll(PATIENCE, || (lies() == ["~$open.xlsx"]).then_some(())).expect("both are put aside");
    assert_eq!(workbooks(&site, "out", told).len(), 2);
    assert_eq!(workbooks(&site, "in/taken", |_| true).len(), 2);
    assert_eq!(states(&site, &ids), before, "nothing moved");
    let spoilt = workbooks(&site, "out", |name| told(name) && name.contains("spoilt"));
    let rows = python(
        &["openpyxl"],
        "worksheet.py",
        &["rows", &site.path("out").join(&spoilt[0]).to_string_lossy()],
    );
    let wrong = wrong.as_array().map_or(0, Vec::len);
    assert_eq!(
        rows,
        Some((wrong + 2).into()),
        "a note, a header, the refused lines"
    );

    // What is filled in and put back closes the loop.
    for sheet in &sheets {
        filled("fill", &site.path("out").join(sheet).to_string_lossy());
        fs::rename(site.path("out").join(sheet), site.path("in").join(sheet)).expect("moved");
    }
    let concluded = |state: &String| ["handled", "rejected"].contains(&state.as_str());
    poll(PATIENCE, || {
        states(&site, &ids).iter().all(concluded).then_some(())
    })
    .expect("all are answered");
    assert_eq!(service.stop(), Some(0));
    let audit = site.ask(&["audit", "list", "--action", "worksheet.taken", "-n", "1000"]);
    let entries = audit.as_array().expect("entries");
    assert_eq!(entries.len(), sheets.len() + 1, "{audit}");
    assert!(
        entries.iter().all(|entry| entry["actor"] == "channel/office"),
        "{audit}"
    );
    site.hub(&["audit", "verify"]).good();

    // Nothing reads what comes back: told where it stands.
    site.edit("config/hub.toml", "worksheet_plugin", "# worksheet_plugin");
    let refused = site.hub(&["status"]).ended(78).stderr;
    assert!(
        refused.contains("channels.toml:5:") && refused.contains("worksheet_plugin"),
        "{refused}"
    );
}

#[test]
fn a_sheet_that_is_sent_back_is_done_as_whoever_sends_it() {
    let (site, ids) = dispatched(1_000, 364);
    let listed = site.ask(&["case", "list", "-n", "1"]);
    let department = listed[0]["department"].as_str().expect("a department").to_owned();
    let written = exported(&site, "out", &[]);
    let service = site.serve();
    let office = Door::new(
        &site,
        &service,
        &format!("office --department {department} --allow cases:act"),
    );
    let other = Door::new(&site, &service, "other --department 水利 --allow cases:act");
    let reader = Door::new(
        &site,
        &service,
        &format!("reader --department {department} --allow cases:read"),
    );
    let kind = [(
        "content-type",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )];
    let mut done = 0;
    for sheet in &written {
        let Some(_) = filled("fill", sheet) else { return };
        let bytes = fs::read(sheet).expect("a sheet");
        let none = other.with("POST", "/worksheets", &kind, &bytes).json();
        assert_eq!(none["done"], 0, "{none}");
        let why = none["refused"][0]["why"].as_str().expect("why");
        assert!(why.contains("没有这个事项"), "{none}");
        refused(
            &reader.with("POST", "/worksheets", &kind, &bytes),
            403,
            "permission_missing",
        );
        let answer = office.with("POST", "/worksheets", &kind, &bytes).json();
        assert_eq!(answer["refused"], Value::Array(vec![]), "{answer}");
        done += answer["done"].as_u64().expect("a number");
        let again = office.with("POST", "/worksheets", &kind, &bytes).json();
        assert_eq!((&again["done"], &again["repeated"]), (&0.into(), &answer["done"]));
    }
    assert_eq!(usize::try_from(done), Ok(ids.len()));
    let now = states(&site, &ids);
    assert!(
        now.iter()
            .all(|state| ["handled", "rejected"].contains(&state.as_str())),
        "{now:?}"
    );
    refused(
        &office.with("POST", "/worksheets", &kind, "no workbook"),
        422,
        "worksheet_unreadable",
    );
    refused(
        &office.with("POST", "/worksheets", &[], "x"),
        415,
        "media_type_unsupported",
    );
    let huge = vec![b'x'; (16 << 20) + 1];
    refused(
        &office.with("POST", "/worksheets", &kind, &huge),
        413,
        "body_too_large",
    );
    site.hub(&["audit", "verify"]).good();
}
