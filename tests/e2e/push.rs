//! Events reach their receiver: when it is down, slow, failing, or its answer is lost.
//! Here because a warning nobody receives is no warning.
//! In: receivers that misbehave on request. Out: what they saw, what the hub thinks of it.
//! Not here: kills of the hub (kill).

use crate::harness::{python, wait_until};
use crate::http;
use crate::site::{Platform, Site};
use serde_json::{Value, json};
use std::time::Duration;

/// Failures in a row after which a receiver is left alone but for a probe.
const FAILURES_MAX: u64 = 10;

/// Every event the report tells of is still to be sent, and enough were tried to see that none is taken.
fn all_pending(report: &Value, planted: u64) {
    let events = &report["events"];
    let sent = events["sent"].as_u64().expect("a count");
    assert!((FAILURES_MAX.min(planted)..=planted).contains(&sent), "{report}");
    let rest = (&events["acknowledged"], &events["dead"], &events["pending"]);
    assert_eq!(rest, (&0.into(), &0.into(), &planted.into()), "{report}");
}

/// Pushes what falls due within half a minute, the first retry among it.
fn push_again(site: &Site) -> Value {
    site.ask(&["check", "--push-wait", "30"])
}

#[test]
fn events_wait_for_a_receiver_that_is_down_and_arrive_when_it_is_back() {
    let site = Site::new(1_000, 21);
    let address = http::free_address();
    site.push_to(address);
    let planted = site.planted();
    all_pending(&site.run_all(), planted);
    assert_eq!(site.ask(&["status"])["outbox"]["pending"], planted);

    let platform = Platform::start(&site, &address.to_string());
    let service = site.serve();
    wait_until("the service has pushed what waited", || {
        platform.count("unique") == planted
    });
    assert_eq!(platform.count("order_violations"), 0);
    assert_eq!(service.stop(), Some(0));
    let outbox = &site.ask(&["status"])["outbox"];
    assert_eq!(
        (&outbox["acknowledged"], &outbox["pending"]),
        (&planted.into(), &0.into()),
        "{outbox}"
    );
}

#[test]
fn a_refused_event_is_sent_again_under_the_same_id() {
    let (site, platform) = Site::with_platform(1_000, 22);
    let planted = site.planted();
    platform.behave(r#"{"status": 500}"#);
    all_pending(&site.run_all(), planted);
    let refused = platform.ids_answered(500);
    assert!(refused.len() as u64 >= FAILURES_MAX.min(planted));

    platform.behave("{}");
    let report = push_again(&site);
    assert_eq!(
        (&report["events"]["acknowledged"], &report["events"]["pending"]),
        (&planted.into(), &0.into())
    );
    let taken = platform.ids_answered(200);
    assert!(
        refused.iter().all(|id| taken.contains(id)),
        "{refused:?} {taken:?}"
    );
    let stats = platform.stats();
    assert_eq!(
        (&stats["unique"], &stats["duplicates"]),
        (&planted.into(), &0.into()),
        "{stats}"
    );
}

#[test]
fn an_acknowledgement_lost_on_its_way_costs_a_duplicate_with_the_same_id() {
    let (site, platform) = Site::with_platform(1_000, 23);
    let planted = site.planted();
    platform.behave(r#"{"status": 502, "record": true}"#);
    all_pending(&site.run_all(), planted);
    let recorded = platform.count("unique");
    assert!(recorded >= FAILURES_MAX.min(planted));

    platform.behave("{}");
    let report = push_again(&site);
    assert_eq!(report["events"]["acknowledged"], planted, "{report}");
    let stats = platform.stats();
    assert_eq!(
        (&stats["unique"], &stats["duplicates"]),
        (&planted.into(), &recorded.into()),
        "{stats}"
    );
    assert_eq!(
        (&stats["effective_duplicates"], &stats["order_violations"]),
        (&0.into(), &0.into()),
        "{stats}"
    );
    let taken = platform.ids_answered(200);
    assert!(platform.ids_answered(502).iter().all(|id| taken.contains(id)));
}

#[test]
fn a_receiver_slower_than_the_timeout_is_asked_again_later() {
    let (site, platform) = Site::with_platform(1_000, 24);
    let planted = site.planted();
    let channels = site.read("config/channels.toml");
    site.write(
        "config/channels.toml",
        &format!("{channels}timeout_seconds = 1\n"),
    );
    platform.behave(r#"{"delay_ms": 2000}"#);
    all_pending(&site.run_all(), planted);

    platform.behave("{}");
    site.write("config/channels.toml", &channels);
    let report = push_again(&site);
    assert_eq!(report["events"]["acknowledged"], planted, "{report}");
    let stats = platform.stats();
    // It had taken the first attempt and only answered too late.
    assert_eq!(
        (&stats["unique"], &stats["effective_duplicates"]),
        (&planted.into(), &0.into()),
        "{stats}"
    );
}

#[test]
fn the_reference_library_of_standard_webhooks_verifies_what_is_sent() {
    let site = Site::new(1_000, 25);
    let (address, requests) = http::capture();
    site.push_to(address);
    let report = site.run_all();
    assert_eq!(report["events"]["acknowledged"], site.planted(), "{report}");
    let request = requests.recv_timeout(Duration::from_secs(30)).expect("a request");

    let header = |name: &str| {
        request
            .headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| &**value)
    };
    assert_eq!(
        header("content-type"),
        Some("application/cloudevents+json; charset=utf-8")
    );
    let event: Value = serde_json::from_str(&request.body).expect("an event");
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["id"].as_str(), header("webhook-id"));
    // The payload is thin: whom it is about is a number, and no ID number stands in any text.
    let long_number = |text: &str| {
        text.split(|c: char| !c.is_ascii_digit())
            .any(|digits| digits.len() == 18)
    };
    assert!(!long_number(&event["data"].to_string()), "{event}");

    let headers: Value = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    site.write(
        "request.json",
        &json!({ "headers": headers, "body": request.body }).to_string(),
    );
    let (key, file) = (
        site.config().join("secrets/platform.key"),
        site.path("request.json"),
    );
    let verdict = python(
        &["standardwebhooks"],
        "verify.py",
        &[&key.to_string_lossy(), &file.to_string_lossy()],
    );
    if let Some(verdict) = verdict {
        assert_eq!(verdict, json!({ "as_sent": true, "altered": false }));
    }
}
