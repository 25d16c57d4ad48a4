//! Lineage: events of each run in other people's form, in files and over HTTP; a receiver that fails costs nothing but lineage.
//! Here because what is drawn from them is drawn by programs that are not ours.
//! In: runs that come well, fail and are broken off; the JSON Schemas of OpenLineage and its client library (Python). Out: its verdict, counts that are right.
//! Not here: bounds (runtime).

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use crate::harness::{PATIENCE, has, poll, python, setting};
use crate::http;
use crate::site::Site;
use serde_json::Value;

/// Every event in the folder of `site`, in their order.
fn told(site: &Site) -> Vec<Value> {
    let mut days: Vec<_> = fs::read_dir(site.path("data/lineage"))
        .expect("a folder")
        .map(|day| day.expect("a file").path())
        .collect();
    days.sort();
    let texts = days.iter().map(|day| fs::read_to_string(day).expect("a day"));
    texts
        .collect::<String>()
        .lines()
        .map(|line| serde_json::from_str(line).expect("one event a line"))
        .collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    let kinds = events.iter().map(|event| event["eventType"].as_str());
    kinds.map(Option::unwrap_or_default).collect()
}

#[test]
fn each_run_tells_what_it_read_and_wrote_in_the_form_others_read() {
    let site = Site::new(1_000, 631);
    let (address, receiver) = http::capture();
    let settings = site.read("config/conf.d/site.toml");
    let lineage =
        format!("[lineage]\nfolder = \"../data/lineage\"\nurl = \"http://{address}/api/v1/lineage\"\n");
    site.write("config/conf.d/site.toml", &format!("{settings}{lineage}"));
    let report = site.run_all();
    // A run that fails: what it is about is gone.
    let plugins = site.read("config/plugins.lock");
    fs::remove_file(site.path("config/plugins.lock")).expect("removable");
    site.run("--all").ended(3);
    site.write("config/plugins.lock", &plugins);
    // One that is asked for by its schedule, through the service.
    let connector = site.read("config/connectors/roster.toml");
    let schedule = "\n[[schedule]]\nid = \"pull.roster\"\nevery = \"1s\"\nmisfire = \"skip\"\n";
    site.write("config/connectors/roster.toml", &format!("{connector}{schedule}"));
    let service = site.serve();
    let fired = poll(PATIENCE, || {
        let events = told(&site);
        let fires = events
            .iter()
            .any(|event| !event["run"]["facets"]["nominalTime"].is_null());
        (fires && kinds(&events).last() == Some(&"COMPLETE")).then_some(())
    });
    assert!(fired.is_some(), "no scheduled run was told: {}", service.told());
    assert_eq!(service.stop(), Some(0));

    let events = told(&site);
    assert_eq!(kinds(&events)[..4], ["START", "COMPLETE", "START", "FAIL"]);
    // Each run began once and ended once.
    let mut runs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in &events {
        let run = event["run"]["runId"].as_str().expect("an id");
        runs.entry(run)
            .or_default()
            .push(event["eventType"].as_str().unwrap_or_default());
    }
    for (run, kinds) in &runs {
        assert!(
            matches!(kinds[..], ["START", "COMPLETE" | "FAIL" | "ABORT"]),
            "{run}: {kinds:?}"
        );
    }
    // What was counted is what was told.
    let rows: BTreeMap<&str, &Value> = events[1]["inputs"]
        .as_array()
        .expect("inputs")
        .iter()
        .map(|input| {
            (
                input["name"].as_str().unwrap_or_default(),
                &input["inputFacets"]["inputStatistics"]["rowCount"],
            )
        })
        .collect();
    for stream in report["streams"].as_array().expect("streams") {
        let name = format!("roster.{}", stream["stream"].as_str().expect("a name"));
        assert_eq!(rows.get(name.as_str()), Some(&&stream["rows_in"]), "{name}");
    }
    let outputs = events[1]["outputs"].as_array().expect("outputs");
    let people = outputs
        .iter()
        .find(|output| output["name"] == "main.person")
        .expect("people");
    assert_eq!(
        people["outputFacets"]["outputStatistics"]["rowCount"],
        report["people"]
    );
    let fault = &events[3]["run"]["facets"]["errorMessage"]["message"];
    assert_eq!(fault, "config (load)");

    // The same over HTTP, in the same order.
    let sent: Vec<Value> = receiver
        .try_iter()
        .map(|request| serde_json::from_str(&request.body).expect("JSON"))
        .collect();
    assert_eq!(sent, events);

    // Nobody is in it.
    let people = site.ask(&[
        "query",
        "SELECT name, id_no FROM person",
        "-n",
        "5000",
        "--reveal",
        "核对血缘事件",
    ]);
    let text = serde_json::to_string(&events).expect("JSON");
    for row in people["rows"].as_array().expect("rows") {
        for value in [&row["name"], &row["id_no"]] {
            let value = value.as_str().filter(|value| value.chars().count() > 2);
            assert!(
                value.is_none_or(|value| !text.contains(value)),
                "somebody is in it"
            );
        }
    }

    // As the client library of OpenLineage has it, which is generated from its schemas; and it refuses what is wrong.
    site.write("events.json", &text);
    let file = site.path("events.json");
    let modules = ["openlineage.client", "attr", "dateutil"];
    if let Some(verdict) = python(&modules, "lineage.py", &[&file.to_string_lossy()]) {
        assert_eq!(verdict["valid"], events.len(), "{verdict}");
        assert_eq!(verdict["refused"], verdict["spoilt"], "{verdict}");
        assert_eq!(verdict["facets"].as_array().map_or(0, Vec::len), 8, "{verdict}");
        // By the schemas themselves, where `HUB_OPENLINEAGE_SCHEMAS` says where they are: those of five of the eight facets are.
        if has(
            "folder HUB_OPENLINEAGE_SCHEMAS",
            setting("HUB_OPENLINEAGE_SCHEMAS").is_some(),
        ) {
            let verdict = &verdict["schemas"];
            assert_eq!(verdict["valid"], events.len(), "{verdict}");
            assert_eq!(verdict["refused"], verdict["spoilt"], "{verdict}");
            assert_eq!(verdict["facets"].as_array().map_or(0, Vec::len), 5, "{verdict}");
        }
    }
}

#[test]
fn a_receiver_that_is_down_delays_no_run_and_fails_none() {
    let site = Site::new(1_000, 632);
    let began = Instant::now();
    site.run_all();
    let without = began.elapsed();
    let settings = site.read("config/conf.d/site.toml");
    let nowhere = format!(
        "[lineage]\nfolder = \"/proc/nowhere\"\nurl = \"http://{}/\"\n",
        http::free_address()
    );
    site.write("config/conf.d/site.toml", &format!("{settings}{nowhere}"));
    let began = Instant::now();
    let outcome = site.run("--all").good();
    // It is waited for at the end, a few seconds at most; a machine that is busy gets as much again.
    assert!(
        began.elapsed() < without * 3 + PATIENCE / 6,
        "{:?} after {without:?}",
        began.elapsed()
    );
    assert!(outcome.stderr.contains("lineage.left_out"), "{}", outcome.stderr);
    site.write(
        "config/conf.d/site.toml",
        &format!("{settings}[lineage]\nurl = \"ftp://a/\"\n"),
    );
    let wrong = site.hub(&["config", "validate", "--no-env"]).ended(78);
    let wrong = wrong.stdout + &wrong.stderr;
    assert!(wrong.contains("site.toml:") && wrong.contains("http"), "{wrong}");
}
