//! What a machine does to a hub: its clock jumps, it has few descriptors to give.
//! Here because neither is in the program's hands, and a county's server does both sooner or later.
//! In: libfaketime under the real service, a low limit. Out: fires, statuses, what stands afterwards.
//! Not here: kills (kill), full disks (readiness), a database of another version (the store), years of clocks (hub-runtime).

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::harness::{PATIENCE, has, run, wait_until};
use crate::schedules::{PULL, count, each_ran_once, runs};
use crate::serving::Service;
use crate::site::{RUN_ALL, Site};

/// Where Debian has it.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

#[test]
fn a_clock_that_jumps_runs_no_slot_twice_and_sets_off_no_storm() {
    if !has("libfaketime", Path::new(FAKETIME).exists()) {
        return;
    }
    let site = Site::read_every_two_seconds(1_000, 91);
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
    wait_until("it reads by itself", || count(&site, PULL, "done") >= 2);
    for offset in ["+3h", "-3h", "+400d", "+0"] {
        let before = runs(&site).len();
        set(offset);
        std::thread::sleep(Duration::from_secs(8));
        let more = runs(&site).len() - before;
        // Every two seconds for eight, one for what was missed, and what was under way.
        assert!(more <= 8, "{offset}: {more} runs in eight seconds");
        assert_eq!(service.get("/livez").0, 200, "{offset}");
    }
    // Back at the right time it goes on.
    let before = runs(&site).len();
    wait_until("it reads again", || runs(&site).len() > before);
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
    assert_eq!(service.stop(), Some(0));
    each_ran_once(&site);
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
    let done = limited(&RUN_ALL);
    if done.code != Some(0) {
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(said.contains("Too many open files"), "{said}");
        assert_eq!(site.ask(&["status"])["open_warnings"], 0);
    }
    site.run_all();
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
}
