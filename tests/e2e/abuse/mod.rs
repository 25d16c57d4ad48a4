//! Every abuse there is a name for, through one run of the real hub, a class at a time, and a good source beside it.
//! Here because "bad input costs itself and nothing else" is a promise about processes and their memory.
//! In: the corpus, made as it is needed. Out: each case's end against what was expected; memory of the hub and of its children.
//! Not here: what an abuse looks like from inside (the kit's tests), hostile plugins (tests/hostile).

mod archives;
mod case;
mod documents;
mod drops;
mod memory;
mod services;
mod texts;
mod workbooks;

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{Outcome, built, say};
use crate::site::{RUN_ALL, Site};
use case::{Case, Expect, Refused, Rows};
use memory::Peak;

/// What the hub may grow by, MB, whatever it is given.
const GROWTH_MB_MAX: u64 = 512;
/// What a child may hold, MB.
const CHILD_MB_MAX: u64 = 1_024;
/// Rows of the good source.
const GOOD_ROWS: u64 = 2_000;
/// Runs last, and beside whatever is last.
const GOOD: &str = "zz-good";

const MAPPING: &str = r#"INSERT INTO rejected (row, code, reason, _locator)
SELECT "_row", 'D37', '金额为空或不是金额，请按元填写', "_locator" FROM landed WHERE money_fen("金额") IS NULL;
INSERT INTO expense_event (id_no, id_text, name, kind, total_fen, self_paid_fen, _locator)
SELECT id_no("户编号"), "户编号", blank("姓名"), '医疗', money_fen("金额"), money_fen("金额") AS paid, "_locator" FROM accepted;"#;

/// A site with the good source and nothing else.
fn site() -> Site {
    let site = Site::bare();
    site.hub(&["init", &site.config().to_string_lossy()]).good();
    fs::create_dir_all(site.config().join("conf.d")).expect("a folder");
    site.write(
        "config/conf.d/site.toml",
        &format!(
            "[hub]\ndata_dir = \"../data\"\nplugins_dir = \"{}\"\n",
            built().display()
        ),
    );
    for plugin in ["tabular", "rest"] {
        let file = built().join(format!("lib{plugin}.so"));
        site.hub(&["plugin", "add", &file.to_string_lossy()]).good();
    }
    let rows: String = (0..GOOD_ROWS).map(|row| format!("{row},张三,5\n")).collect();
    let folder = dropped(&site, GOOD);
    fs::write(folder.join("表.csv"), format!("户编号,姓名,金额\n{rows}")).expect("written");
    site
}

/// Configures a source over a drop folder, and makes the folder.
fn dropped(site: &Site, id: &str) -> std::path::PathBuf {
    let folder = site.path(&format!("inbox-{id}"));
    fs::create_dir(&folder).expect("a folder");
    let options = format!(
        "[connector.options]\ninbox = \"{}\"\nsettle_ms = 0\n",
        folder.display()
    );
    configure(site, id, "tabular", &options, "xml = \"list/row\"");
    folder
}

fn configure(site: &Site, id: &str, plugin: &str, options: &str, stream: &str) {
    let text = format!(
        "[connector]\nid = \"{id}\"\nplugin = \"{plugin}\"\ntitle = \"测试\"\n{options}\
         [[connector.options.stream]]\nname = \"rows\"\nrow = \"一行\"\npurpose = \"测试\"\nbasis = \"测试\"\nwhole = true\n\
         columns = [\"户编号\", \"姓名\", \"金额\"]\nrequired = [\"户编号\", \"姓名\"]\n{stream}\nmapping = '''\n{MAPPING}\n'''\n"
    );
    site.write(&format!("config/connectors/{id}.toml"), &text);
}

/// What became of a class.
#[derive(Default)]
struct Tally {
    cases: usize,
    accepted: usize,
    quarantined: usize,
    refused: usize,
    child_deaths: usize,
    hub_mb: u64,
    child_mb: u64,
}

/// How the cases of one class ended, each by the id it was configured under.
struct Ran {
    streams: BTreeMap<String, Value>,
    failed: BTreeMap<String, Value>,
    peak: Peak,
}

/// Runs everything that is configured, in one process of the hub.
fn run(site: &Site) -> Ran {
    let running = site.start(&RUN_ALL);
    let watch = memory::watch(running.child.id());
    let outcome: Outcome = running.outcome(memory::PATIENCE);
    assert!([Some(0), Some(3)].contains(&outcome.code), "{outcome:?}");
    let peak = watch.peak();
    let report = outcome.json();
    let by_id = |list: &Value| -> BTreeMap<String, Value> {
        let list = list.as_array().expect("a list").iter();
        list.map(|entry| {
            (
                entry["connector"].as_str().expect("an id").to_owned(),
                entry.clone(),
            )
        })
        .collect()
    };
    let (streams, failed) = (by_id(&report["streams"]), by_id(&report["failed"]));
    for stream in streams.values() {
        let count = |name: &str| stream[name].as_u64().expect("a count");
        assert_eq!(
            count("rows_in"),
            count("accepted") + count("rejected") + count("filtered"),
            "{stream}"
        );
    }
    let good = streams
        .get(GOOD)
        .unwrap_or_else(|| panic!("the good source did not run: {report}"));
    assert_eq!(
        (&good["rows_in"], &good["rejected"]),
        (&GOOD_ROWS.into(), &0.into()),
        "{good}"
    );
    Ran {
        streams,
        failed,
        peak,
    }
}

/// Compares the ends of a class's cases with what was expected of them.
fn judged(class: &str, expected: &[(String, &'static str, Expect)], ran: &Ran) -> Tally {
    let mut tally = Tally {
        cases: expected.len(),
        hub_mb: ran.peak.hub_mb,
        child_mb: ran.peak.child_mb,
        ..Tally::default()
    };
    let mut wrong = Vec::new();
    for (id, name, expect) in expected {
        let (stream, failed) = (ran.streams.get(id), ran.failed.get(id));
        let said = failed.map_or_else(String::new, |failed| failed["message"].to_string());
        match (*expect, stream, failed) {
            (Rows(rows, rejected), Some(stream), None)
                if stream["rows_in"] == rows && stream["rejected"] == rejected =>
            {
                match rejected {
                    0 => tally.accepted += 1,
                    _ => tally.quarantined += 1,
                }
            }
            (Refused(category, words), None, Some(failed))
                if failed["category"] == category && said.contains(words) =>
            {
                tally.refused += 1;
            }
            _ => wrong.push(format!("{class}: {name}: {expect:?}, but {stream:?} {failed:?}")),
        }
        // A child that died, or was killed, is the plugin's fault in the record and ours here.
        if failed.is_some_and(|failed| failed["category"] == "internal") {
            tally.child_deaths += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(tally.child_deaths, 0, "{class}");
    assert!(
        tally.child_mb < CHILD_MB_MAX,
        "{class}: a child held {} MB",
        tally.child_mb
    );
    tally
}

/// What the hub holds when nothing is wrong, MB.
fn usual() -> u64 {
    static USUAL: OnceLock<u64> = OnceLock::new();
    *USUAL.get_or_init(|| run(&site()).peak.hub_mb)
}

fn tell(class: &str, tally: &Tally) {
    let Tally {
        cases,
        accepted,
        quarantined,
        refused,
        child_deaths,
        hub_mb,
        child_mb,
    } = tally;
    let growth = hub_mb.saturating_sub(usual());
    assert!(growth < GROWTH_MB_MAX, "{class}: the hub grew by {growth} MB");
    say(&format!(
        "abuse: {class}: {cases} cases, {accepted} accepted, {quarantined} quarantined, {refused} refused, {child_deaths} child deaths, \
         0 hub restarts, hub {hub_mb} MB (+{growth}), child {child_mb} MB at most"
    ));
}

/// A class of abuses that lie in drop folders.
fn by_folder(class: &str, cases: Vec<Case>) {
    let site = site();
    let mut expected = Vec::new();
    for (number, case) in cases.into_iter().enumerate() {
        let id = format!("c{number:03}");
        (case.lay)(&dropped(&site, &id));
        expected.push((id, case.name, case.expect));
    }
    tell(class, &judged(class, &expected, &run(&site)));
}

#[test]
fn no_workbook_costs_more_than_itself() {
    by_folder("workbooks", workbooks::cases());
}

#[test]
fn no_archive_costs_more_than_itself() {
    by_folder("archives", archives::cases());
}

#[test]
fn no_text_costs_more_than_itself() {
    by_folder("delimited texts", texts::delimited());
    by_folder("encodings", texts::encodings());
}

#[test]
fn no_document_costs_more_than_itself() {
    by_folder("XML", documents::xml());
    by_folder("JSON", documents::json());
}

#[test]
fn nothing_in_a_drop_folder_costs_more_than_itself() {
    by_folder("drop folders", drops::cases());
}

#[test]
fn no_service_costs_more_than_itself() {
    let site = site();
    let mut expected = Vec::new();
    for (number, service) in services::all().iter().enumerate() {
        let id = format!("s{number:03}");
        let options = format!(
            "[connector.options.http]\nbase = \"http://127.0.0.1:{}\"\nretries = 0\nidle_seconds = 2\ntotal_seconds = 5\nfloor_after_seconds = 3\nbody_mb = 8\n",
            service.start()
        );
        let response = if service.file { ", response = \"file\"" } else { "" };
        configure(
            &site,
            &id,
            "rest",
            &options,
            &format!("http = {{ path = \"/s\"{response} }}"),
        );
        expected.push((id, service.name, service.expect));
    }
    tell("services", &judged("services", &expected, &run(&site)));
}
