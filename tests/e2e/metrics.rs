//! The hub's numbers, and what the shipped alert rules make of them, as Prometheus' own tool sees it.
//! Here because a metric with a wrong name or an alert that never fires is found on the night it was needed.
//! In: a county that was run, an endpoint that takes nothing. Out: `promtool`'s verdicts, numbers that are right.
//! Not here: dashboards.

use crate::harness::{Outcome, PATIENCE, is_there, poll, run};
use crate::http;
use crate::site::{Service, Site};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs `promtool`, on `input` when there is some.
fn promtool(arguments: &[&str], input: Option<&Path>) -> Outcome {
    let mut command = Command::new("promtool");
    command.args(arguments);
    if let Some(input) = input {
        command.stdin(Stdio::from(fs::File::open(input).expect("an input")));
    }
    run(&mut command, PATIENCE)
}

#[test]
fn numbers_are_right_and_prometheus_takes_them_as_they_are() {
    let site = Site::new(1_000, 371);
    site.run_all();
    let told = site.hub(&["metrics"]).good().stdout;
    let planted = site.planted();
    let queue = format!("hub_push_queue_depth{{endpoint=\"platform\"}} {planted}\n");
    assert!(told.contains(&queue), "{told}");
    assert!(
        told.contains("hub_runs_total{connector=\"roster\",outcome=\"committed\"} 1\n"),
        "{told}"
    );
    let number = |name: &str, labels: &str| -> u64 {
        let row = format!("{name}{{{labels}}} ");
        let value = told.lines().find_map(|line| line.strip_prefix(&row));
        let value = value.unwrap_or_else(|| panic!("{row}: {told}"));
        value.parse().expect("a number")
    };
    let rows = |stage: &str| {
        number(
            "hub_rows_total",
            &format!("connector=\"roster\",stage=\"{stage}\""),
        )
    };
    assert!(rows("read") >= 1_000);
    assert_eq!(
        rows("read"),
        rows("accepted") + rows("rejected") + rows("filtered")
    );
    assert_eq!(number("hub_rule_findings", "rule=\"A01\""), planted);

    // A running service tells more: what it answered, whether it is ready.
    site.edit(
        "config/conf.d/site.toml",
        "[server]\n",
        "[server]\nmetrics = \"127.0.0.1:0\"\n",
    );
    let service = site.serve();
    assert_eq!(service.get("/metrics").0, 404, "not where departments ask");
    assert_eq!(service.get("/api/v1/cases").0, 401);
    let address = told_where(&service);
    let ready = poll(PATIENCE, || {
        let (status, text) = http::request(address, "GET", "/metrics", "").ok()?;
        (status == 200 && text.contains("hub_ready 1\n")).then_some(text)
    });
    let text = ready.expect("a service that is ready");
    let asked =
        "hub_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/cases\",status=\"401\"} 1\n";
    assert!(
        text.contains(asked) && text.contains("process_resident_memory_bytes"),
        "{text}"
    );
    assert_eq!(service.stop(), Some(0));

    if !is_there("promtool") {
        return;
    }
    for text in [&told, &text] {
        site.write("metrics.txt", text);
        let checked = promtool(&["check", "metrics"], Some(&site.path("metrics.txt"))).good();
        assert!(
            checked.stderr.is_empty() && checked.stdout.is_empty(),
            "{checked:?}"
        );
    }
}

/// Where the service tells its numbers.
fn told_where(service: &Service) -> SocketAddr {
    let address = poll(PATIENCE, || {
        let log = service.told();
        let line = log.lines().find(|line| line.contains("\"metrics\":"))?;
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        event["fields"]["metrics"].as_str()?.parse().ok()
    });
    address.expect("where numbers are told")
}

#[test]
fn a_configuration_that_was_not_taken_is_told_until_one_is() {
    let site = Site::new(1_000, 373);
    site.edit(
        "config/conf.d/site.toml",
        "[server]\n",
        "[server]\nmetrics = \"127.0.0.1:0\"\n",
    );
    let service = site.serve();
    let address = told_where(&service);
    // Whether the last reading was taken, and when one last was, in seconds.
    let last = || {
        let (status, text) = http::request(address, "GET", "/metrics", "").expect("an answer");
        assert_eq!(status, 200, "{text}");
        let number = |name: &str| -> f64 {
            let row = format!("hub_config_last_reload_{name} ");
            let value = text.lines().find_map(|line| line.strip_prefix(&row));
            value.expect("a row").parse().expect("a number")
        };
        (number("successful"), number("success_timestamp_seconds"))
    };
    let (taken, since) = last();
    assert!(
        taken > 0.5 && since > 1e9,
        "the start is the first: {taken} {since}"
    );

    let rules = site.read("config/schedules.toml");
    site.write("config/schedules.toml", "[[schedule]]\nid = 5\n");
    site.hub(&["reload"]).ended(78);
    let (taken, still) = last();
    assert!(taken < 0.5, "a refusal is told");
    assert!((still - since).abs() < 1e-6, "what holds is as old as before");

    site.write("config/schedules.toml", &rules);
    site.hub(&["reload"]).good();
    let (taken, anew) = last();
    assert!(taken > 0.5 && anew > since, "{taken} {anew} {since}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn alert_rules_fire_when_they_should_and_not_before() {
    if !is_there("promtool") {
        return;
    }
    let site = Site::bare();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let rules = root.join("config/monitoring/alerts.yml").display().to_string();
    let tests = fs::read_to_string(root.join("tests/e2e/alerts_test.yml")).expect("tests");
    site.write("alerts_test.yml", &tests.replace("ALERTS", &rules));
    promtool(&["check", "rules", &rules], None).good();
    promtool(
        &["test", "rules", &site.path("alerts_test.yml").to_string_lossy()],
        None,
    )
    .good();
    // Every number an alert looks at is one that is told.
    let county = Site::new(1_000, 372);
    county.run_all();
    let told = county.hub(&["metrics"]).good().stdout;
    let text = fs::read_to_string(&rules).expect("rules");
    for line in text.lines().filter(|line| line.trim().starts_with("expr:")) {
        for word in line.split(|c: char| !c.is_ascii_lowercase() && c != '_') {
            let of_service = ["hub_ready", "hub_config_last_reload_successful"].contains(&word);
            assert!(
                !word.starts_with("hub_")
                    || of_service
                    || told.contains(&format!("# TYPE {word} "))
                    || EMPTY.contains(&word),
                "{word}: {told}"
            );
        }
    }
}

/// Numbers that have no row in a county where nothing is held.
const EMPTY: [&str; 3] = [
    "hub_rule_breaker_open",
    "hub_schedule_late",
    "hub_schedule_fires_total",
];
