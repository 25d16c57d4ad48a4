//! The log: which fields its lines have, what is never in them, and the file of each run.
//! Here because lines end on screens, in files and in other people's log servers, and stay there.
//! In: a county that is run with everything logged that can be; a plugin that says somebody's number; small limits of time. Out: lines,
//! all of them, against the manual's list; what `hub run log` tells; files that go.
//! Not here: names of fields in the source (tidy), the mask itself (the log's own tests).

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::harness::{PATIENCE, run, start, wait_until};
use crate::programs::bare_hub;
use crate::serving::Service;
use crate::site::Site;
use serde_json::{Value, json};

/// What every line has.
const LINE: [&str; 4] = ["fields", "level", "target", "timestamp"];

/// The fields the manual lists.
fn listed() -> BTreeSet<String> {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hub/docs/operating.md");
    let manual = fs::read_to_string(manual).expect("the manual");
    let (_, table) = manual.split_once("| 字段 field |").expect("the list");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split('`').nth(1).map(str::to_owned))
        .collect()
}

/// Every line of `log`, each as it should be.
fn lines(log: &str) -> Vec<Value> {
    let listed = listed();
    assert!(listed.contains("event") && listed.len() > 40, "{listed:?}");
    let parsed = log.lines().map(|line| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let keys: Vec<&String> = value.as_object().expect("an object").keys().collect();
        let keys: BTreeSet<&str> = keys.into_iter().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(LINE), "{line}");
        for name in value["fields"].as_object().expect("fields").keys() {
            assert!(
                listed.contains(name),
                "the manual lists no field {name:?}: {line}"
            );
        }
        let time = value["timestamp"].as_str().unwrap_or_default();
        assert!(time.ends_with("+08:00"), "{line}");
        value
    });
    parsed.collect()
}

/// What a log says, to be looked through for many names and numbers: its words, and every three and four Chinese characters in a row.
struct Said(HashSet<String>);

impl Said {
    fn of(log: &str) -> Self {
        let words = log.split(|c: char| !c.is_ascii_alphanumeric());
        let mut said: HashSet<String> = words.map(str::to_owned).collect();
        for run in log.split(|c: char| !('\u{4e00}'..='\u{9fff}').contains(&c)) {
            let run: Vec<char> = run.chars().collect();
            for size in [3, 4] {
                said.extend(run.windows(size).map(|window| window.iter().collect::<String>()));
            }
        }
        Self(said)
    }

    fn has(&self, value: &str) -> bool {
        self.0.contains(value)
    }
}

fn events(lines: &[Value]) -> BTreeSet<&str> {
    let events = lines.iter().filter_map(|line| line["fields"]["event"].as_str());
    events.collect()
}

#[test]
fn every_line_has_listed_fields_only_and_nobody_in_it() {
    let (site, platform) = Site::with_platform(1_000, 611);
    platform.behave(r#"{"status": 503}"#);
    let mut command = site.command(&["serve"]);
    // Everything our code and every library says.
    command.env("HUB__LOG__LEVEL", "debug");
    let service = Service::start(&site, command);
    let report = site.ask(&["run", "start", "--all", "--wait", "--push-wait", "2"]);
    assert_eq!(report["warnings"]["opened"], site.planted(), "{report}");
    assert_eq!(service.get("/api/v1/cases").0, 401);
    wait_until("a push is tried again", || service.told().contains("push.retry"));
    let told = service.told();
    let seen = lines(&told);
    let seen = events(&seen);
    for event in [
        "run.started",
        "run.read",
        "run.normalised",
        "run.committed",
        "push.retry",
    ] {
        assert!(seen.contains(event), "{event}: {seen:?}");
    }
    // Nobody: no name, no number, no phone of anybody in the county.
    let people = site.ask(&[
        "query",
        "SELECT name, id_no, phone FROM person ORDER BY person_id",
        "-n",
        "5000",
        "--reveal",
        "核对日志内容",
    ]);
    let said = Said::of(&told);
    let mut looked = 0;
    for row in people["rows"].as_array().expect("rows") {
        for column in ["name", "id_no", "phone"] {
            // Two characters may be a word of ours.
            if let Some(value) = row[column].as_str().filter(|value| value.chars().count() > 2) {
                looked += 1;
                assert!(!said.has(value), "somebody's {column} is in the log");
            }
        }
    }
    assert!(looked > 1_000, "{looked} values");
    assert_eq!(service.stop(), Some(0));

    site.write("config/conf.d/z.toml", "[log]\nformat = \"xml\"\n");
    let wrong = site.hub(&["status"]).ended(78).stderr;
    assert!(wrong.contains("z.toml:2:") && wrong.contains("`json`"), "{wrong}");
}

#[test]
fn each_run_has_a_log_of_its_own_which_is_shown_bounded_and_goes() {
    let site = Site::new(1_000, 612);
    site.run_all();
    let id = site.ask(&["run", "list"])[0]["run_id"]
        .as_str()
        .expect("a run")
        .to_owned();
    let file = format!("data/logs/runs/{id}.jsonl");
    let kept = lines(&site.read(&file));
    for line in &kept {
        assert_eq!(line["fields"]["run"], *id, "{line}");
    }
    // From beginning to end, though a command logs nothing to its stderr.
    let seen = events(&kept);
    assert!(seen.is_superset(&BTreeSet::from([
        "run.started",
        "run.read",
        "run.normalised",
        "run.committed"
    ])));
    assert_eq!(kept[0]["fields"]["event"], "run.started");
    assert_eq!(json!(kept), site.ask(&["run", "log", &id]));
    assert_eq!(
        site.hub(&["run", "log", &id, "-o", "jsonl"]).good().stdout,
        site.read(&file)
    );
    let text = site.hub(&["run", "log", &id]).good().stdout;
    assert_eq!(text.lines().count(), kept.len(), "{text}");
    assert!(
        text.contains(" INFO  a run began connector=roster event=run.started\n"),
        "{text}"
    );
    site.hub(&["run", "log", "nothing"]).ended(4);

    // While it goes on, what comes is told as it comes.
    let service = site.serve();
    site.ask(&["run", "start", "--all"]);
    let newest = || {
        site.ask(&["run", "list"])[0]["run_id"]
            .as_str()
            .expect("a run")
            .to_owned()
    };
    wait_until("another run", || newest() != id);
    let next = newest();
    let followed = start(&mut site.command(&["run", "log", &next, "-f", "-o", "jsonl"]));
    let followed = followed.outcome(PATIENCE).good().stdout;
    let ended = site.ask(&["run", "show", &next])["state"].clone();
    assert_eq!(ended, "committed");
    assert_eq!(followed, site.read(&format!("data/logs/runs/{next}.jsonl")));
    let refused = site
        .hub(&["run", "log", &next, "-f", "-o", "json"])
        .ended(2)
        .stderr;
    assert!(refused.contains("jsonl"), "{refused}");
    assert_eq!(service.stop(), Some(0));

    // One is older than is kept: it is listed, and it goes.
    let old = fs::File::options()
        .append(true)
        .open(site.path(&file))
        .expect("a log");
    #[expect(clippy::disallowed_methods, reason = "the age of a file, not the hub's clock")]
    let long_ago = SystemTime::now() - Duration::from_secs(200 * 24 * 60 * 60);
    old.set_modified(long_ago).expect("set");
    let of_logs = |kinds: &Value| -> Value {
        let kinds = kinds.as_array().expect("kinds");
        let logs = kinds.iter().find(|gone| gone["kind"] == "run_logs");
        logs.expect("logs")["rows"].clone()
    };
    assert_eq!(of_logs(&site.ask(&["retention"])), 1);
    assert_eq!(of_logs(&site.ask(&["retention", "apply"])["kinds"]), 1);
    assert!(!site.path(&file).exists() && site.path(&format!("data/logs/runs/{next}.jsonl")).exists());
    let gone = site.hub(&["run", "log", &id]).ended(4).stderr;
    assert!(gone.contains("run_logs_days = 180"), "{gone}");
}

/// Says a great deal, somebody's number in each line, and then fails.
const TALKER: &str = r##"#!/bin/sh
# hub-connector wire=1 sdk=sh
read -r job
say() { printf '%s\n' "$1" >&0; }
case $job in
*'"op":"spec"'*) say '{"type":"spec","spec":{"name":"talker","version":"1.0","config_schema":{"type":"object"}}}' ;;
*)
    filler=$(printf '%01000d' 0 | tr 0 x)
    n=0
    while [ $n -lt 6000 ]; do
        say '{"type":"log","level":3,"target":"t","message":"row of 341202196507041013, phone 13800138000 '"$filler"'"}'
        n=$((n + 1))
    done
    say '{"type":"error","category":"data","message":"no good: 34120219650704101X"}'
    exit 0 ;;
esac
say '{"type":"done"}'
"##;

#[test]
fn what_a_plugin_says_of_people_is_hidden_and_its_flood_is_bounded() {
    let site = bare_hub(&json!(["/bin", "/usr/bin"]));
    site.write("plugins/talker.sh", TALKER);
    site.hub(&["plugin", "add", &site.path("plugins/talker.sh").to_string_lossy()])
        .good();
    site.write(
        "config/connectors/talker.toml",
        "[connector]\nid = \"talker\"\nplugin = \"talker\"\ntitle = \"talker\"\n",
    );
    // As the settings say: text, on no terminal.
    let mut command = site.command(&["run", "start", "talker", "--push-wait", "0"]);
    command.env("HUB__LOG__FORMAT", "text");
    let text = run(&mut command, PATIENCE).ended(3).stderr;
    assert!(
        text.contains(" ERROR run failed cause=") && !text.contains('\u{1b}'),
        "{text}"
    );
    command.args(["--color", "always"]);
    let text = run(&mut command, PATIENCE).ended(3).stderr;
    assert!(text.contains(" \u{1b}[31mERROR\u{1b}[0m run failed"), "{text}");
    let service = site.serve();
    site.hub(&["run", "start", "talker", "--wait", "--push-wait", "0"])
        .ended(3);
    let id = site.ask(&["run", "list"])[0]["run_id"]
        .as_str()
        .expect("a run")
        .to_owned();
    let told = site.read(&format!("data/logs/runs/{id}.jsonl"));
    let kept = lines(&told);
    for (log, what) in [(&told, "run"), (&service.told(), "service")] {
        for number in ["341202196507041013", "13800138000", "34120219650704101X"] {
            assert!(!log.contains(number), "{number} is in the {what}'s log");
        }
        assert!(
            log.contains("**************1013") && log.contains("*******8000"),
            "{what}"
        );
    }
    assert!(told.len() < (4 << 20) + 10_000, "{} bytes", told.len());
    let said = kept
        .iter()
        .filter(|line| line["fields"]["line"].is_string())
        .count();
    assert!(said > 100, "{said} lines");
    assert_eq!(service.stop(), Some(0));
}
