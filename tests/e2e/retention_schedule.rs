//! What is past keeping goes by itself: a schedule like any other, which cuts, is seen, and waits for a backup.
//! Here because nobody adds a line to cron, and a disk fills after a year.
//! In: a hub with runs long past, a schedule that fires every two seconds. Out: fewer runs and logs, fires, entries of the audit log.
//! Not here: what goes and what stays (retention), how schedules fire (schedules).

use std::fs;

use serde_json::Value;

use crate::harness::wait_until;
use crate::retention::{LATER, on_day, rows};
use crate::schedules::{count, fires};
use crate::site::Site;

const OFTEN: &str = "retention.often";
/// More than the newest three, which always stay.
const RUNS: usize = 5;

#[test]
fn what_is_past_keeping_goes_by_its_schedule_and_is_seen_there() {
    let site = Site::new(1_000, 377);
    let settings = site.read("config/conf.d/site.toml");
    site.write(
        "config/conf.d/site.toml",
        &format!("{settings}[retention]\nruns_days = 1\nrun_logs_days = 1\n"),
    );
    for _ in 0..RUNS {
        site.run_all();
    }
    let runs = |site: &Site| site.ask(&["run", "list", "-n", "1000"]).as_array().map(Vec::len);
    let logs = |site: &Site| {
        let folder = fs::read_dir(site.path("data/logs/runs"));
        folder.map_or(0, Iterator::count)
    };
    let (before, logged) = (runs(&site), logs(&site));
    assert_eq!(before, Some(RUNS));
    on_day(&site, Some(LATER));
    let listed = site.ask(&["retention"]);
    let past = rows(&listed, "runs");
    assert!(past > 0, "{listed}");
    let schedule = format!("[[schedule]]\nid = \"{OFTEN}\"\nevery = \"2s\"\nexpect_within = \"1h\"\n");
    site.write("config/schedules.toml", &schedule);
    let explained = site.hub(&["schedule", "explain", OFTEN]).good().stdout;
    assert!(explained.contains("清除超过保留期的内容"), "{explained}");

    let service = site.serve();
    wait_until("it fired twice", || count(&site, OFTEN, "done") >= 2);
    assert!(
        runs(&site) < before,
        "{before:?} runs before, {:?} after",
        runs(&site)
    );
    assert!(
        logs(&site) < logged,
        "{logged} logs before, {} after",
        logs(&site)
    );
    // On that day the log of the fire itself is long past too: each later one removes the log of the one before.
    let entries = site.ask(&["audit", "list", "--action", "retention.applied"]);
    let first = entries.as_array().and_then(|entries| entries.last());
    let first = first.expect("an entry");
    assert_eq!(first["actor"], "schedule");
    let detail: Value = serde_json::from_str(first["detail"].as_str().expect("a text")).expect("JSON");
    assert_eq!(detail["runs"]["rows"], past, "{entries}");

    let mut fired = fires(&site, OFTEN);
    fired.sort_by_key(|fire| fire["nominal_ms"].as_i64());
    let said = fired[0]["reason"].as_str().unwrap_or_default();
    assert!(
        said.starts_with("清除 ") && !said.starts_with("清除 0 "),
        "{fired:?}"
    );
    let schedules = site.ask(&["schedule", "list"]);
    let one = schedules.as_array().expect("schedules").iter();
    let one = one
        .clone()
        .find(|one| one["schedule"] == OFTEN)
        .expect("the schedule");
    assert_eq!(
        (&one["last"]["state"], &one["late_ms"]),
        (&"done".into(), &Value::Null),
        "{one}"
    );
    assert_eq!(service.stop(), Some(0));
}
