//! A hub on PostgreSQL, and two nodes that share it.
//! Here because a city has two machines, and the second one must go on where the first fell.
//! In: a server of the test's own that is stopped, started and frozen; real services, killed. Out: fires, events, exit codes.
//! Not here: what every database must do (the store's suite), leases by themselves (the store's tests).

use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{poll, python, wait_until};
use crate::http;
use crate::postgres::Postgres;
use crate::schedules::{each_ran_once, runs};
use crate::site::{Service, Site};
use serde_json::json;

/// What is promised of a node that follows another.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(30);
/// By then a node has heard that its lease is lost.
const LOST_WITHIN: Duration = Duration::from_secs(40);

const STORE: &str = "config/conf.d/store.toml";

/// Has `site` work on this database.
fn works_on(site: &Site, address: &str) {
    // One that stood by listens at the same place when it works.
    let listen = http::free_address();
    let store = format!("postgres = \"{address}\"\nlake_dir = \"../lake\"\nnode = \"one\"");
    site.write(
        STORE,
        &format!("[store]\n{store}\n[server]\nlisten = \"{listen}\"\n"),
    );
}

/// The hub of `site` on another machine: a folder and a name of its own.
fn second(site: &Site, own: &Site, arguments: &[&str]) -> Command {
    let mut command = site.command(arguments);
    command
        .env("HUB__HUB__DATA_DIR", own.path("data"))
        .env("HUB__STORE__NODE", "two")
        .env("HUB__SERVER__LISTEN", http::free_address().to_string());
    command
}

/// Runs that brought all they were to bring.
fn read(site: &Site) -> usize {
    runs(site).values().filter(|state| *state == "committed").count()
}

#[test]
fn a_site_moves_to_a_server_is_backed_up_there_and_put_back_on_another() {
    let Some(server) = Postgres::start() else { return };
    let (site, platform) = Site::with_platform(1_000, 301);
    site.run_all();
    let cases = |site: &Site| site.ask(&["case", "list", "-n", "1000"]);
    let (before, told) = (cases(&site), platform.count("unique"));
    works_on(&site, &server.database("first"));
    // Not by itself, which would begin an empty county.
    let refused = site.hub(&["status"]).ended(78);
    assert!(refused.stderr.contains("hub database move"), "{}", refused.stderr);
    let moved = site.hub(&["database", "move"]).good();
    assert!(!moved.stderr.contains("postgres@"), "{}", moved.stderr);
    site.hub(&["database", "move"]).ended(4);
    assert_eq!(cases(&site), before);
    // Everything goes on: the next run finds the same, and nobody is told again.
    let again = site.run_all();
    assert_eq!(
        cases(&site).as_array().map(Vec::len),
        before.as_array().map(Vec::len)
    );
    assert_eq!(platform.count("unique"), told);
    // The lake is as open as it was: others read its catalogue on the server.
    let catalogue = format!(
        "postgres:dbname=first host=127.0.0.1 port={} user=postgres",
        server.port
    );
    let modules = [
        "duckdb",
        "duckdb_extension_ducklake",
        "duckdb_extension_postgres_scanner",
    ];
    if let Some(seen) = python(&modules, "lake.py", &[&catalogue]) {
        assert_eq!(seen["main"]["person"], again["people"], "{seen}");
        assert_eq!(seen["main"]["household"], again["households"], "{seen}");
        assert_eq!(
            (&seen["tables_before"], &seen["writable"]),
            (&json!(0), &json!(false)),
            "{seen}"
        );
    }
    site.hub(&["audit", "verify"]).good();
    let doctor = site.hub(&["doctor", "-o", "json"]).json();
    let checks = doctor["checks"].as_array().expect("checks").clone();
    let database = checks
        .iter()
        .find(|check| check["check"] == "database")
        .expect("a check");
    assert_eq!(database["mark"], "good", "{doctor}");
    site.hub(&["retention", "apply"]).good();
    // Its backup is files; put back, they go to the server that is written in it: another, empty one now.
    let into = site.path("backups");
    let made = site.ask(&["backup", &into.to_string_lossy()]);
    let made = made["folder"].as_str().expect("a folder").to_owned();
    site.hub(&["backup", "--check", &made]).good();
    server.does_in("postgres", "DROP DATABASE first");
    server.database("first");
    let elsewhere = Site::bare();
    elsewhere
        .hub(&[
            "restore",
            &made,
            "--data",
            &elsewhere.path("data").to_string_lossy(),
        ])
        .good();
    assert_eq!(cases(&elsewhere), before);
    assert!(elsewhere.path("lake/main").is_dir());
}

#[test]
fn a_node_that_dies_is_followed_by_the_other_and_no_slot_runs_twice_and_no_event_is_lost() {
    let Some(server) = Postgres::start() else { return };
    let (site, platform) = Site::with_platform(2_000, 302);
    let roster = site.read("config/connectors/roster.toml");
    site.write(
        "config/connectors/roster.toml",
        &format!("{roster}\n[[schedule]]\nevery = \"2s\"\n"),
    );
    site.write(
        "config/schedules.toml",
        "[[schedule]]\nid = \"check.all\"\nevery = \"2s\"\n",
    );
    works_on(&site, &server.database("shared"));
    platform.behave(r#"{"status": 503}"#);
    let one = site.serve();
    let own = Site::bare();
    let two = Service::until(&own, second(&site, &own, &["serve"]), 503);
    assert_eq!(two.get("/livez").0, 200);
    let (_, said) = two.get("/readyz?format=text");
    assert!(said.contains("节点 one 在工作"), "{said}");
    // Whoever asks the wrong machine is told which is the right one.
    let refused =
        crate::harness::run(&mut second(&site, &own, &["run", "start", "--all"]), LOST_WITHIN).ended(5);
    assert!(refused.stderr.contains("one"), "{}", refused.stderr);
    wait_until("the first reads by itself", || read(&site) >= 2);
    wait_until("it has warnings to tell", || {
        site.ask(&["status"])["outbox"]["pending"] != 0
    });
    assert_eq!(site.ask(&["status"])["node"], "one");
    platform.behave("{}");
    drop(one);
    let died = Instant::now();
    let ready = || (two.get_if_there("/readyz")? == 200).then_some(());
    poll(TAKEN_OVER_WITHIN, ready).unwrap_or_else(|| panic!("not taken over: {}", two.told()));
    println!("taken over {:?} after the kill", died.elapsed());
    assert_eq!(site.ask(&["status"])["node"], "two");
    let done = read(&site);
    wait_until("the second reads by itself", || read(&site) > done + 1);
    wait_until("everything is told", || {
        let status = site.ask(&["status"]);
        status["open_warnings"] == site.planted() && status["outbox"]["pending"] == 0
    });
    assert_eq!(two.stop(), Some(0));
    each_ran_once(&site);
    // Each event has one id that was taken, and none is missing.
    let mut taken = platform.ids_answered(200);
    taken.dedup();
    let status = site.ask(&["status"]);
    assert_eq!(status["outbox"]["acknowledged"], taken.len(), "{status}");
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
    site.hub(&["audit", "verify"]).good();
}

#[test]
fn a_server_that_restarts_is_waited_for_and_one_that_freezes_ends_the_node_which_comes_back() {
    let Some(mut server) = Postgres::start() else {
        return;
    };
    let site = Site::read_every_two_seconds(1_000, 303);
    works_on(&site, &server.database("county"));
    let service = site.serve();
    wait_until("it reads by itself", || read(&site) >= 1);
    server.stop();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(service.get("/livez").0, 200);
    server.start_again();
    wait_until("it is ready again", || service.get("/readyz").0 == 200);
    let before = read(&site);
    wait_until("it reads again", || read(&site) > before);
    // Frozen for less than the lease holds, nothing happens.
    server.freeze();
    std::thread::sleep(Duration::from_secs(4));
    server.thaw();
    let before = read(&site);
    wait_until("it reads after a short while", || read(&site) > before);
    server.freeze();
    assert_eq!(service.ended(LOST_WITHIN), Some(75));
    server.thaw();
    // Begun while nobody answers, it waits: a service manager gives up one that ends again and again.
    server.stop();
    let service = Service::until(&site, site.command(&["serve"]), 503);
    assert!(service.get("/readyz?format=text").1.contains("没有应答"));
    server.start_again();
    wait_until("it works", || service.get_if_there("/readyz") == Some(200));
    let before = read(&site);
    wait_until("it reads once more", || read(&site) > before);
    assert_eq!(service.stop(), Some(0));
    each_ran_once(&site);
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
}

#[test]
fn what_is_wrong_with_the_address_is_told_with_its_place_and_no_password() {
    let site = Site::new(1_000, 304);
    for (address, says) in [
        ("postgres://hub:geheim@db/hub", "secrets/store.password"),
        ("mysql://hub@db/hub", "postgres://用户:密码@主机"),
        ("postgres://hub@db", "postgres://用户:密码@主机"),
    ] {
        works_on(&site, address);
        let refused = site.hub(&["config", "validate"]).ended(78);
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
        assert!(refused.stderr.contains("store.toml:2:"), "{}", refused.stderr);
        assert!(!refused.stderr.contains("geheim"), "{}", refused.stderr);
    }
    site.write(STORE, "[store]\npostgres = \"postgres://hub@db/hub\"\n");
    let refused = site.hub(&["config", "validate"]).ended(78);
    assert!(refused.stderr.contains("lake_dir"), "{}", refused.stderr);
    // Nobody listens there.
    works_on(&site, "postgres://hub@127.0.0.1:1/hub");
    let refused = site.hub(&["run", "start", "--all"]).ended(69);
    assert!(
        refused.stderr.contains("postgres://127.0.0.1:1/hub"),
        "{}",
        refused.stderr
    );
}
