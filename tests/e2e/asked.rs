//! Before something changes: `--dry-run` says what would be done and does nothing; on a terminal a person is asked.
//! Here because a slip of the hand at night must not cost a department its credential, and scripts must not hang on a question.
//! In: every command that takes `--dry-run`, a terminal, answers. Out: sentences, exit codes, a hub that is as it was.
//! Not here: what each command does.

use serde_json::{Value, json};

use crate::harness::{PATIENCE, built, program, run};
use crate::site::Site;
use crate::terminal::on_terminal;

/// Credentials called `town`, as they are asked for: a department's, and the county's.
const ADD_OF_OFFICE: [&str; 7] = [
    "credential",
    "add",
    "town",
    "--department",
    "民政局",
    "--allow",
    "cases:read",
];
pub(crate) const ADD_OF_COUNTY: [&str; 7] = [
    "credential",
    "add",
    "town",
    "--role",
    "county",
    "--allow",
    "cases:read",
];

/// What every change leaves a trace in.
fn traces(site: &Site) -> Vec<Value> {
    let asked: [&[&str]; 5] = [
        &["audit", "verify"],
        &["credential", "list"],
        &["push", "endpoints"],
        &["case", "list", "-n", "1000"],
        &["schedule", "list"],
    ];
    let mut traces: Vec<Value> = asked.iter().map(|asked| site.ask(asked)).collect();
    // When it comes next depends on when it is asked.
    for schedule in traces[4].as_array_mut().expect("schedules") {
        schedule
            .as_object_mut()
            .expect("a schedule")
            .retain(|key, _| !key.starts_with("next"));
    }
    traces
}

fn county() -> (Site, String) {
    let site = Site::new(1_000, 391);
    site.run_all();
    site.hub(&ADD_OF_OFFICE).good();
    let cases = site.ask(&["case", "list"]);
    let case = cases[0]["id"].as_str().expect("a case").to_owned();
    (site, case)
}

#[test]
fn a_dry_run_says_what_would_be_done_and_changes_nothing() {
    let (site, case) = county();
    let into = site.path("backups").display().to_string();
    let backup = site.ask(&["backup", &into])["folder"]
        .as_str()
        .expect("a folder")
        .to_owned();
    let elsewhere = site.path("elsewhere").display().to_string();
    site.hub(&["link", "judge", "1", "2", "same", "--reason", "户口簿核对"])
        .good();
    let before = traces(&site);
    let pinned = site.read("config/plugins.lock");
    let why = ["--reason", "试一试"];
    let plugin = built().join("libroster.so").display().to_string();
    let (judge, undo) = (["link", "judge", "1", "2", "not"], ["link", "undo", "1"]);
    let commands: [&[&str]; 17] = [
        &[
            "credential",
            "add",
            "village",
            "--department",
            "民政局",
            "--allow",
            "cases:read",
        ],
        &["credential", "rotate", "town"],
        &["credential", "revoke", "town"],
        &["push", "pause", "platform"],
        &["push", "resume", "platform"],
        &["schedule", "pause", "check.daily"],
        &["schedule", "resume", "check.daily"],
        &["schedule", "backfill", "check.daily", "--from", "2026-01-01"],
        &["case", "act", &case, "dispatch"],
        &[
            "exempt",
            "add",
            "--subject",
            "household/1",
            "--rule",
            "A01",
            "--reason-code",
            "other",
            "--text",
            "试一试",
            "--until",
            "2027-01-01",
        ],
        &["silence", "add", "--rule", "A01", "--until", "2027-01-01"],
        &["silence", "end", "1"],
        &judge,
        &undo,
        &["plugin", "add", &plugin],
        &["push", "ping", "platform"],
        &["retention", "vacuum"],
    ];
    for command in commands {
        let reasoned = match command {
            [_, "revoke" | "pause" | "end", ..] | ["silence" | "link", ..] => [command, &why].concat(),
            _ => command.to_vec(),
        };
        let said = site.ask(&[&reasoned, &["--dry-run"][..]].concat());
        assert_eq!(said["dry_run"], true, "{command:?}");
        let would = said["would"].as_str().expect("a sentence");
        assert!(
            would.contains('将') && would.contains(" / "),
            "{command:?}: {would}"
        );
        let english = site.ask(&[&reasoned, &["--dry-run", "--lang", "en"][..]].concat());
        let english = english["would"].as_str().expect("a sentence");
        assert!(
            !english.contains('将') && would.ends_with(english),
            "{command:?}: {english}"
        );
    }
    // These list what they would do.
    assert!(site.ask(&["retention", "apply", "--dry-run"]).is_array());
    assert!(site.ask(&["push", "replay", "--dry-run"]).is_array());
    // No channel of this county takes answers; by hand or not, that is no failure.
    let none = site.ask(&["push", "collect", "--dry-run"]);
    assert!(
        none["would"]
            .as_str()
            .is_some_and(|would| would.contains("no channel")),
        "{none}"
    );
    let mut restore = program("hub");
    restore.args([
        "--config",
        &elsewhere,
        "restore",
        &backup,
        "--dry-run",
        "-o",
        "json",
    ]);
    let said = run(&mut restore, PATIENCE).good().json();
    let would = said["would"].as_str().expect("a sentence");
    assert!(would.contains(&elsewhere), "{would}");
    assert_eq!(traces(&site), before);
    assert_eq!(site.read("config/plugins.lock"), pinned);
    assert!(!site.path("elsewhere").exists());
    // What could not be done is no dry run's success.
    let elsewhere = site.path("config/hub.toml").display().to_string();
    let refused: [(&[&str], i32); 11] = [
        (&ADD_OF_OFFICE, 2),
        (&["link", "judge", "1", "1", "same", "--reason", "试一试"], 2),
        (&["link", "undo", "2", "--reason", "试一试"], 4),
        (&["plugin", "add", &elsewhere], 77),
        (&["push", "ping", "platfrom"], 4),
        (&["push", "collect", "platform"], 4),
        (&["credential", "revoke", "twon", "--reason", "试一试"], 4),
        (&["push", "pause", "platfrom", "--reason", "试一试"], 4),
        (&["schedule", "resume", "check.dayly"], 4),
        (&["check", "release", "A01", "--reason", "试一试"], 4),
        (&["case", "act", &case, "close"], 7),
    ];
    for (command, code) in refused {
        site.hub(&[command, &["--dry-run"]].concat()).ended(code);
    }
    // A service holds the database, which nobody may then write anew.
    let service = site.serve();
    site.hub(&["retention", "vacuum", "--dry-run"]).ended(5);
    drop(service);
}

#[test]
fn a_name_is_tried_before_anything_was_ever_written() {
    let site = Site::new(1_000, 392);
    let said = site.ask(&[&ADD_OF_COUNTY[..], &["--dry-run"]].concat());
    assert!(
        said["would"].as_str().is_some_and(|would| would.contains("town")),
        "{said}"
    );
    assert!(!site.path("data").exists());
}

#[test]
fn a_person_at_a_terminal_is_asked_and_a_script_is_not() {
    let (site, _) = county();
    let revoke = ["credential", "revoke", "town", "--reason", "人员调离"];
    let stands = || site.ask(&["credential", "list"])[0]["revoked_ms"].is_null();
    assert!(stands(), "{}", site.ask(&["credential", "list"]));
    let question = "[y/N]";
    for no in ["\n", "n\n", "yeah\n", "\u{4}"] {
        let Some(seen) = on_terminal(&site, (100, 20), &json!([[question, no]]), "tty", &revoke) else {
            return;
        };
        let screen = seen["screen"].as_str().expect("a screen");
        assert!(
            screen.contains("不可恢复") && screen.contains("没有确认"),
            "{screen}"
        );
        assert_eq!((&seen["code"], stands()), (&1.into(), true), "{no:?}: {screen}");
    }
    // Where the answer goes into a file, the question does not.
    let file = site.path("answer").display().to_string();
    let streams = format!("stdout:{file}");
    let english = [&revoke[..], &["--lang", "en", "-o", "json"]].concat();
    let seen =
        on_terminal(&site, (100, 20), &json!([[question, "y\n"]]), &streams, &english).expect("python");
    let screen = seen["screen"].as_str().expect("a screen");
    assert!(
        screen.contains("for good") && !screen.contains("不可恢复"),
        "{screen}"
    );
    assert_eq!((&seen["code"], stands()), (&0.into(), false), "{screen}");
    let answer: Value = serde_json::from_str(&site.read("answer")).expect("JSON alone");
    assert_eq!(answer["revoked"], "town");

    // Sure beforehand.
    let pause = ["push", "pause", "platform", "--reason", "检修", "--yes"];
    let seen = on_terminal(&site, (100, 20), &json!([]), "tty", &pause).expect("python");
    assert_eq!(seen["code"], 0, "{seen}");
    assert!(
        !seen["screen"].as_str().expect("a screen").contains(question),
        "{seen}"
    );
    assert_eq!(site.ask(&["push", "endpoints"])[0]["standing"], "paused");
    // A script is taken at its word, as ever.
    site.hub(&["push", "replay"]).good();
    site.hub(&["retention", "apply"]).good();
}
