//! What a machine does to a hub: its clock jumps, it has few descriptors to give.
//! Here because neither is in the program's hands, and a county's server does both sooner or later.
//! In: libfaketime under the real service, a low limit. Out: fires, statuses, what stands afterwards.
//! Not here: kills (kill), full disks (readiness), a database of another version (the store), years of clocks (hub-runtime).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{PATIENCE, run, say, setting, wait_until};
use crate::serving::Service;
use crate::site::Site;

const ROSTER: &str = "config/connectors/roster.toml";
const PULL: &str = "pull.roster";
/// Where Debian has it.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// Whether this test can be made here; without, it says what is missing.
fn can(what: &str, is_there: bool) -> bool {
    assert!(
        is_there || setting("HUB_REQUIRE_EXTERNAL").as_deref() != Some("1"),
        "HUB_REQUIRE_EXTERNAL=1, but there is no {what}"
    );
    if !is_there {
        say(&format!("skipped: there is no {what}"));
    }
    is_there
}

/// Fires of the roster's schedule: when each was due, and what became of it.
fn fires(site: &Site) -> Vec<(i64, String)> {
    let explained = site.ask(&["schedule", "explain", PULL]);
    let fires = explained["last"].as_array().expect("fires").iter();
    let one = |fire: &Value| {
        let state = fire["state"].as_str().expect("a state");
        (fire["nominal_ms"].as_i64().expect("a moment"), state.to_owned())
    };
    fires.map(one).collect()
}

fn runs(site: &Site) -> usize {
    let runs = site.ask(&["run", "list", "-n", "10000"]);
    runs.as_array().map_or(0, Vec::len)
}

#[test]
fn a_clock_that_jumps_runs_no_slot_twice_and_sets_off_no_storm() {
    if !can("libfaketime", Path::new(FAKETIME).exists()) {
        return;
    }
    let site = Site::new(1_000, 91);
    let roster = site.read(ROSTER);
    site.write(ROSTER, &format!("{roster}\n[[schedule]]\nevery = \"2s\"\n"));
    let clock = site.path("clock");
    let set = |offset: &str| {
        // Whole at once: the service reads it all the time.
        let next = site.path("clock.next");
        fs::write(&next, offset).expect("written");
        fs::rename(&next, &clock).expect("moved");
    };
    set("+0");
    let mut command = site.command(&["serve"]);
    command
        .env("LD_PRELOAD", FAKETIME)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        // What measures how long something takes is not set by anybody.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let service = Service::start(&site, command);
    let done = |site: &Site| fires(site).iter().filter(|(_, state)| state == "done").count();
    wait_until("it reads by itself", || done(&site) >= 2);
    for offset in ["+3h", "-3h", "+400d", "+0"] {
        let before = runs(&site);
        set(offset);
        std::thread::sleep(Duration::from_secs(8));
        let more = runs(&site) - before;
        // Every two seconds for eight, one for what was missed, and what was under way.
        assert!(more <= 8, "{offset}: {more} runs in eight seconds");
        assert_eq!(service.get("/livez").0, 200, "{offset}");
    }
    let slots: Vec<i64> = fires(&site).into_iter().map(|(slot, _)| slot).collect();
    let different: BTreeSet<&i64> = slots.iter().collect();
    assert_eq!(different.len(), slots.len(), "a slot fired twice: {slots:?}");
    // Back at the right time it goes on.
    let before = runs(&site);
    wait_until("it reads again", || runs(&site) > before);
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn with_64_descriptors_it_works_or_says_so_and_loses_nothing() {
    let site = Site::new(1_000, 93);
    let limited = |arguments: &[&str]| {
        let hub = site.command(arguments);
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -n 64; exec \"$@\"", "sh"]);
        shell.arg(hub.get_program()).args(hub.get_args());
        run(&mut shell, PATIENCE)
    };
    let doctor = limited(&["doctor", "-o", "json"]).json();
    let checks = doctor["checks"].as_array().expect("checks").clone();
    let descriptors = checks.iter().find(|check| check["check"] == "descriptors");
    assert_eq!(descriptors.expect("a check")["mark"], "wrong", "{doctor}");
    let done = limited(&[
        "run",
        "start",
        "--all",
        "--wait",
        "--push-wait",
        "0",
        "-o",
        "json",
    ]);
    if done.code != Some(0) {
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(said.contains("Too many open files"), "{said}");
        assert_eq!(site.ask(&["status"])["open_warnings"], 0);
    }
    site.run_all();
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
}
