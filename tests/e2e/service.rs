//! The service: alive, ready, the only writer, stopped in order.
//! Here because operators and watchdogs live with this process for years.
//! In: `hub serve`, signals, commands beside it. Out: statuses, exit codes, who did the work.
//! Not here: delivery (push), kills (kill).

use crate::harness::{PATIENCE, ended_within, poll, start, wait_until};
use crate::site::{Site, hang_up, terminate};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

#[test]
fn the_service_says_that_it_is_alive_and_ready_and_ends_well_on_sigterm() {
    let site = Site::new(1_000, 51);
    let service = site.serve();
    assert_eq!(service.get("/livez"), (200, "ok".to_owned()));
    let (status, body) = service.get("/readyz");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &body["ready"]), (200, &true.into()), "{body}");
    assert_eq!(service.get("/nothing-here").0, 404);
    let socket = site.path("data/hub.sock");
    let mode = socket.metadata().expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "others could command the hub");
    assert_eq!(service.stop(), Some(0));
    assert!(!socket.exists(), "the socket outlived its service");
}

#[test]
fn sigterm_before_the_service_is_ready_is_obeyed_too() {
    let site = Site::new(1_000, 52);
    let mut child = site
        .command(&["serve"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the hub");
    wait_until("the socket is there", || site.path("data/hub.sock").exists());
    terminate(&child);
    let status = ended_within(&mut child, PATIENCE).expect("an end");
    assert_eq!(status.code(), Some(0), "{status}");
}

#[test]
fn while_a_service_runs_commands_that_write_go_through_it() {
    let (site, platform) = Site::with_platform(1_000, 53);
    let planted = site.planted();
    let service = site.serve();
    let report = site.ask(&["run", "start", "--all", "--wait"]);
    assert_eq!(report["warnings"]["opened"], planted, "{report}");
    assert!(
        service.told().contains("committed"),
        "the command did not leave the work to the service"
    );
    wait_until("everything is pushed", || platform.count("unique") == planted);
    // Reading needs nobody's permission.
    let cases = site.ask(&["case", "list", "-n", "1000"]);
    assert_eq!(cases.as_array().map_or(0, Vec::len) as u64, planted);
    assert_eq!(site.ask(&["check"])["warnings"]["kept"], planted);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_command_that_does_not_wait_leaves_its_run_to_the_service() {
    let site = Site::new(1_000, 54);
    let service = site.serve();
    site.ask(&["run", "start", "roster"]);
    wait_until("the run is committed", || {
        site.ask(&["status"])["last_runs"][0]["state"] == "committed"
    });
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_second_service_on_the_same_data_is_refused() {
    let site = Site::new(1_000, 55);
    let service = site.serve();
    let refused = site.hub(&["serve"]).ended(5);
    assert!(refused.stderr.contains("hub.lock"), "{}", refused.stderr);
    assert_eq!(service.get("/readyz").0, 200);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_service_that_was_killed_leaves_nothing_in_the_way() {
    let site = Site::new(1_000, 56);
    // Dropping it kills it.
    drop(site.serve());
    assert!(site.path("data/hub.sock").exists());
    assert_eq!(site.run_all()["warnings"]["opened"], site.planted());
    let service = site.serve();
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn sigterm_in_the_middle_of_a_run_lets_it_end_or_undoes_it() {
    let site = Site::new(3_000, 57);
    let service = site.serve();
    let command = start(&mut site.command(&["run", "start", "--all", "--wait", "--push-wait", "0"]));
    let began = poll(PATIENCE, || {
        let runs = site.ask(&["run", "list"]);
        (!runs.as_array()?.is_empty()).then_some(())
    });
    assert!(began.is_some(), "no run began");
    assert_eq!(service.stop(), Some(0));
    // Whatever it was told, it was told something.
    assert!(command.outcome(PATIENCE).code.is_some());
    let report = site.run_all();
    assert_eq!(report["households"], site.truth()["households"], "{report}");
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
}

#[test]
fn systemd_is_told_when_the_service_is_ready_that_it_lives_and_that_it_stops() {
    let site = Site::new(1_000, 58);
    let path = site.path("notify.sock");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut child = site
        .command(&["serve"])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "400000")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the hub");
    let told = |wanted: &str| {
        let mut bytes = [0; 4096];
        loop {
            let length = socket.recv(&mut bytes).expect("a message");
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if text.lines().any(|line| line == wanted) {
                return text;
            }
        }
    };
    told("READY=1");
    for _ in 0..3 {
        told("WATCHDOG=1");
    }
    // It reloads, says since when, and is ready again, also when what it read was wrong.
    let settings = site.read("config/hub.toml");
    for text in [settings.clone(), settings.replace("[server]", "[servers]")] {
        site.write("config/hub.toml", &text);
        hang_up(&child);
        let reloading = told("RELOADING=1");
        let since = reloading
            .lines()
            .find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
        assert!(
            since.is_some_and(|since| since.parse::<u64>().is_ok_and(|usec| usec > 0)),
            "{reloading}"
        );
        told("READY=1");
    }
    terminate(&child);
    told("STOPPING=1");
    let status = ended_within(&mut child, PATIENCE).expect("an end");
    assert_eq!(status.code(), Some(0), "{status}");
}
