//! Schedules with the real binary: the hub runs its connectors by itself, and a kill costs no slot and runs none twice.
//! Here because nobody stands beside a service at half past six in the evening.
//! In: `[[schedule]]` over real drop folders and services, kills. Out: fires, runs, statuses.
//! Not here: mistakes in files (schedules_config), years of calendars and clocks (hub-runtime).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{PATIENCE, poll, wait_until};
use crate::site::{Departments, Site};

const CHECKS: &str = "config/schedules.toml";
pub(crate) const PULL: &str = "pull.roster";

/// A county whose roster is read every two seconds, and checked once a day after that.
fn site(people: u64, seed: u64) -> Site {
    let site = Site::read_every_two_seconds(people, seed);
    site.write(
        CHECKS,
        "[[schedule]]\nid = \"check.nightly\"\nafter = [\"pull.roster\"]\n",
    );
    site
}

/// Fires of `schedule`, the newest first.
pub(crate) fn fires(site: &Site, schedule: &str) -> Vec<Value> {
    let explained = site.ask(&["schedule", "explain", schedule]);
    explained["last"].as_array().expect("fires").clone()
}

pub(crate) fn count(site: &Site, schedule: &str, state: &str) -> usize {
    fires(site, schedule)
        .iter()
        .filter(|fire| fire["state"] == state)
        .count()
}

/// The state of every run, by id.
pub(crate) fn runs(site: &Site) -> BTreeMap<String, String> {
    let runs = site.ask(&["run", "list", "-n", "10000"]);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let runs = runs.as_array().expect("runs").iter();
    runs.map(|run| (text(&run["run_id"]), text(&run["state"])))
        .collect()
}

/// When `schedule` fires next.
fn next_ms(site: &Site, schedule: &str) -> i64 {
    let listed = site.ask(&["schedule", "list"]);
    let mut listed = listed.as_array().expect("schedules").iter();
    let one = listed
        .find(|one| one["schedule"] == schedule)
        .expect("the schedule");
    one["next_ms"].as_i64().expect("a moment")
}

#[test]
fn a_service_reads_and_checks_by_itself_and_a_pause_holds_until_it_is_resumed() {
    let site = site(1_000, 81);
    let service = site.serve();
    wait_until("the roster was read by itself", || {
        site.ask(&["status"])["open_warnings"] == site.planted()
    });
    wait_until("the check followed it", || {
        count(&site, "check.nightly", "done") == 1
    });
    wait_until("it was read again and again", || count(&site, PULL, "done") >= 3);
    assert_eq!(fires(&site, "check.nightly").len(), 1, "once a day");
    let done = fires(&site, PULL)
        .into_iter()
        .find(|fire| fire["state"] == "done")
        .expect("one");
    let (nominal, claimed) = (done["nominal_ms"].as_i64(), done["claimed_ms"].as_i64());
    assert!(
        nominal.is_some_and(|ms| ms % 2_000 == 0) && claimed >= nominal,
        "{done}"
    );

    let status = site.ask(&["status"]);
    assert!(
        status["schedules"]["last_day"][PULL]["done"].as_u64() >= Some(3),
        "{status}"
    );
    assert_eq!(status["schedules"]["late"], serde_json::json!([]));
    let text = site.hub(&["status"]).good().stdout;
    assert!(
        text.contains("近24小时 last day  pull.roster: ") && text.contains("下次 next"),
        "{text}"
    );

    let paused = site.ask(&["schedule", "pause", PULL, "--reason", "名册系统迁移"]);
    assert_eq!(paused["paused_reason"], "名册系统迁移");
    wait_until("what was under way has ended", || {
        fires(&site, PULL)
            .iter()
            .all(|fire| fire["state"] != "running" && fire["state"] != "claimed")
            && count(&site, PULL, "skipped") > 0
    });
    let before = runs(&site).len();
    let begun = next_ms(&site, PULL);
    wait_until("four more have passed", || next_ms(&site, PULL) >= begun + 8_000);
    assert_eq!(runs(&site).len(), before, "a paused schedule ran");
    assert!(site.hub(&["status"]).good().stdout.contains("名册系统迁移"));

    site.ask(&["schedule", "resume", PULL]);
    wait_until("it runs again", || runs(&site).len() > before);
    for action in ["schedule.paused", "schedule.resumed"] {
        let entries = site.ask(&["audit", "list", "--action", action]);
        assert_eq!(entries.as_array().map(Vec::len), Some(1), "{entries}");
    }
    site.hub(&["schedule", "pause", "pull.rooster", "--reason", "typo"])
        .ended(4);
    assert_eq!(service.stop(), Some(0));
    // Without a service the same words are kept for the next one.
    site.ask(&["schedule", "pause", PULL, "--reason", "停机检修"]);
    let service = site.serve();
    assert!(site.hub(&["status"]).good().stdout.contains("停机检修"));
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_hub_killed_in_a_scheduled_run_runs_no_slot_twice_and_loses_none() {
    let site = site(4_000, 82);
    let is_under_way = |fire: &Value| fire["state"] == "running" || fire["state"] == "claimed";
    for round in 0..4 {
        let service = site.serve();
        let seen = poll(PATIENCE, || {
            let open = site.ask(&["status"])["schedules"]["open"].clone();
            open.as_array()?.iter().find(|fire| is_under_way(fire)).cloned()
        });
        let seen = seen.expect("a fire under way");
        // In the middle of it, a little later each time; once in an orderly way.
        std::thread::sleep(std::time::Duration::from_millis(150 * round));
        if round == 3 {
            assert_eq!(
                service.stop(),
                Some(0),
                "SIGTERM drains within its thirty seconds"
            );
            assert!(
                fires(&site, PULL).iter().all(|fire| !is_under_way(fire)),
                "left under way"
            );
        } else {
            drop(service);
        }
        let service = site.serve();
        let nominal = &seen["nominal_ms"];
        wait_until("the slot that was cut came to its end", || {
            let mine = fires(&site, PULL)
                .into_iter()
                .find(|fire| fire["nominal_ms"] == *nominal);
            mine.is_none_or(|fire| fire["state"] == "done")
        });
        wait_until("the county is whole", || {
            site.ask(&["status"])["open_warnings"] == site.planted()
        });
        assert_eq!(service.stop(), Some(0));
        look(&site);
        std::fs::remove_dir_all(site.path("data")).expect("removed");
    }
}

/// Every slot has one row, none is missing, and each ran once.
fn look(site: &Site) {
    let nominal = each_ran_once(site);
    for pair in nominal.windows(2) {
        assert_eq!(
            pair[1] - pair[0],
            2_000,
            "a slot is missing or twice: {nominal:?}"
        );
    }
}

/// Each slot of the roster that is done has one run that was committed, and no run serves two; the slots, in their order.
pub(crate) fn each_ran_once(site: &Site) -> Vec<i64> {
    let states = runs(site);
    let all = site.ask(&["schedule", "fires", PULL, "-n", "2000"]);
    let mut nominal: Vec<i64> = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    for fire in all.as_array().expect("fires") {
        nominal.push(fire["nominal_ms"].as_i64().expect("a moment"));
        let ids: Vec<&str> = fire["runs"]
            .as_array()
            .expect("runs")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let committed = ids
            .iter()
            .filter(|id| states.get(**id).is_some_and(|state| state == "committed"))
            .count();
        let expected = usize::from(fire["state"] == "done");
        assert_eq!(committed, expected, "{fire}");
        used.extend(ids);
    }
    let count = used.len();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used.len(), count, "one run for two slots");
    nominal.sort_unstable();
    nominal
}

#[test]
fn a_source_that_is_down_is_tried_again_then_told_and_the_check_behind_it_does_not_run() {
    let site = Site::new(1_000, 83);
    site.departments(1_000, 83);
    let services = Departments::start(&site);
    site.connect_departments(Some(services.address));
    let market = "config/connectors/procurement-832.toml";
    site.edit(market, "per_second", "retries = 0\nper_second");
    let file = site.read(market);
    site.write(
        market,
        &format!(
            "{file}\n[[schedule]]\nevery = \"3s\"\nretry = {{ max = 1, base = \"1s\", jitter = 0.0 }}\non_failure = \"pause\"\n"
        ),
    );
    site.write(
        CHECKS,
        "[[schedule]]\nid = \"check.nightly\"\nafter = [\"pull.procurement-832\"]\nafter_timeout = \"5s\"\n",
    );
    let pull = "pull.procurement-832";
    services.behave(r#"{"fault": "unavailable"}"#);
    let service = site.serve();
    wait_until("it failed for good", || count(&site, pull, "failed") >= 1);
    let failed = fires(&site, pull)
        .into_iter()
        .find(|fire| fire["state"] == "failed")
        .expect("one");
    assert_eq!(
        (&failed["tries"], failed["runs"].as_array().map(Vec::len)),
        (&2.into(), Some(2)),
        "{failed}"
    );
    assert!(
        failed["reason"]
            .as_str()
            .is_some_and(|why| why.starts_with("transient")),
        "{failed}"
    );
    wait_until("it paused itself", || {
        let stands = site.ask(&["schedule", "explain", pull])["stands"].clone();
        stands["paused_by"] == "hub"
    });
    wait_until("the check gave up", || {
        count(&site, "check.nightly", "upstream_timeout") == 1
    });
    let text = site.hub(&["status"]).good().stdout;
    for told in [
        "调度失败 failed  pull.procurement-832",
        "调度上游未到 upstream_timeout  check.nightly",
        "已暂停 paused",
    ] {
        assert!(text.contains(told), "{told} not in {text}");
    }
    for event in [
        "schedule.retry",
        "schedule.failed",
        "schedule.paused",
        "schedule.upstream_timeout",
    ] {
        assert!(
            service.told().contains(&format!("\"event\":\"{event}\"")),
            "{event}: {}",
            service.told()
        );
    }
    // Mended, resumed and made good by hand.
    services.behave("{}");
    site.ask(&["schedule", "resume", pull]);
    wait_until("it runs", || count(&site, pull, "done") > 0);
    let today = fires(&site, "check.nightly")[0]["day"]
        .as_str()
        .expect("a day")
        .to_owned();
    let asked = site.ask(&["schedule", "backfill", "check.nightly", "--from", &today]);
    assert_eq!(asked["waiting"], 1, "{asked}");
    wait_until("the check was made good", || {
        count(&site, "check.nightly", "done") == 1
    });
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_run_that_takes_too_long_is_stopped_and_said_so() {
    let site = Site::new(1_000, 84);
    site.departments(1_000, 84);
    let services = Departments::start(&site);
    site.connect_departments(Some(services.address));
    let market = "config/connectors/procurement-832.toml";
    let file = site.read(market);
    site.write(
        market,
        &format!(
            "{file}\n[connector.limits]\ngrace_seconds = 1\n[[schedule]]\nevery = \"5s\"\ntimeout = \"2s\"\n"
        ),
    );
    services.behave(r#"{"fault": "slow_drip", "drip_ms": 2000}"#);
    let service = site.serve();
    wait_until("it was stopped", || {
        count(&site, "pull.procurement-832", "failed") > 0
    });
    let fires = fires(&site, "pull.procurement-832");
    let failed = fires.iter().find(|fire| fire["state"] == "failed").expect("one");
    assert!(
        failed["reason"]
            .as_str()
            .is_some_and(|why| why.starts_with("timeout: 超过时限")),
        "{failed}"
    );
    let took = failed["ended_ms"].as_i64().expect("an end") - failed["started_ms"].as_i64().expect("a start");
    assert!((2_000..60_000).contains(&took), "{took} ms");
    assert_eq!(service.stop(), Some(0));
}
