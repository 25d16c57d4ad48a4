//! `hub top`: what a running service does at this moment, for scripts, for a pipe, on a terminal.
//! Here because a view that is wrong, or leaves a terminal broken, is found by whoever is called at night.
//! In: a service that reads slowly, an endpoint nothing listens at, a terminal. Out: numbers, screens.
//! Not here: what numbers Prometheus gets (metrics).

use std::fs;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, ended_within, poll, wait_until};
use crate::site::{Departments, Site, terminate};
use crate::terminal::on_terminal;

#[test]
fn what_a_service_does_is_seen_by_scripts_pipes_and_on_a_terminal() {
    let site = Site::new(1_000, 381);
    site.departments(1_000, 381);
    let services = Departments::start(&site);
    site.connect_departments(Some(services.address));
    // Slowly enough to be looked at.
    site.edit(
        "config/connectors/roster.toml",
        "[connector]\n",
        "[connector]\nbatch_rows = 1\n",
    );
    let refused = site.hub(&["top", "--once"]).ended(69).stderr;
    assert!(refused.contains("没有服务"), "{refused}");
    let service = site.serve();
    let idle = site.ask(&["top", "--once"]);
    assert_eq!(idle["runs"], json!([]), "{idle}");
    assert!(
        idle["hub_bytes"].as_u64() > Some(1_000_000) && idle["database_bytes"].as_u64() > Some(0),
        "{idle}"
    );

    // Rows are seen as they come, not when all are there.
    let seen = |connector: &str, rows: u64| {
        let seen = poll(PATIENCE, || {
            let now = site.ask(&["top", "--once"]);
            let runs = now["runs"].as_array().expect("runs");
            let run = runs.iter().find(|run| run["connector"] == connector)?;
            let reads = run["stage"] == "reading" && run["rows"].as_u64() >= Some(rows);
            reads.then(|| now.clone())
        });
        seen.unwrap_or_else(|| panic!("{connector} was never seen to read"))
    };
    site.hub(&["run", "start", "roster"]).good();
    let now = seen("roster", 1);
    assert!(
        now["children"].as_u64() > Some(0) && now["children_bytes"].as_u64() > Some(1_000_000),
        "a connector is a child: {now}"
    );
    assert!(now["runs"][0]["stream"].is_string(), "{now}");

    // Its news waits: nothing listens where it should go.
    wait_until("its news waits", || {
        let now = site.ask(&["top", "--once"]);
        let queue = &now["endpoints"][0];
        queue["endpoint"] == "platform" && queue["pending"].as_u64() == Some(site.planted())
    });
    services.behave(r#"{"fault": "slow_drip", "drip_ms": 300}"#);
    site.hub(&["run", "start", "procurement-832"]).good();
    seen("procurement-832", 0);

    // On a terminal it is drawn again until Ctrl-C, on no more than one screen, which is given back.
    let typed = json!([["procurement-832", ""], ["procurement-832", "\u{3}"]]);
    if let Some(seen) = on_terminal(&site, (110, 7), &typed, "tty", &["top"]) {
        let screen = seen["screen"].as_str().expect("a screen");
        assert_eq!(
            (&seen["code"], &seen["restored"]),
            (&0.into(), &true.into()),
            "{screen}"
        );
        assert!(
            screen.starts_with("\u{1b}[?1049h") && screen.ends_with("\u{1b}[?25h\u{1b}[?1049l"),
            "{screen:?}"
        );
        let frames: Vec<&str> = screen.split("\u{1b}[1;1H").skip(1).collect();
        assert!(frames.len() >= 2, "{screen:?}");
        for frame in frames {
            assert!(
                frame.matches("\r\n").count() <= 6,
                "more than a screen: {frame:?}"
            );
        }
    }

    // What is no terminal gets lines, until somebody ends it.
    let told = site.path("top.jsonl");
    let mut command = site.command(&["top", "-o", "jsonl"]);
    let mut child = command
        .stdout(fs::File::create(&told).expect("a file"))
        .spawn()
        .expect("hub top");
    let lines = poll(PATIENCE, || {
        let text = fs::read_to_string(&told).ok()?;
        (text.lines().count() >= 2).then_some(text)
    });
    terminate(&child);
    let ended = ended_within(&mut child, PATIENCE).expect("an end");
    assert_eq!(ended.code(), Some(0));
    for line in lines.expect("two moments").lines() {
        let frame: Value = serde_json::from_str(line).expect("JSON");
        assert!(frame["fires"]["waiting"].is_u64(), "{frame}");
    }
    site.hub(&["top", "-o", "csv"]).ended(2);
    services.behave("{}");
    assert_eq!(service.stop(), Some(0));
}
