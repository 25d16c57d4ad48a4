//! Traces: a run, its check and what is pushed of it, as a collector of OpenTelemetry gets them; one that is away costs nothing but spans.
//! Here because what is looked at there is looked at with programs that are not ours, by people who may see nobody's data.
//! In: a hub that was built with it (`HUB_OTEL`), a collector with OpenTelemetry's own classes (Python). Out: spans, what receivers got.
//! Not here: what the log says, bounds of the queue (the library's).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::{Door, OFFICE};
use crate::collector::{Collector, Told, built_with_it, traced};
use crate::harness::{PATIENCE, poll, run, wait_until};
use crate::http::{self, Captured};
use crate::serving::Service;
use crate::site::{RUN_ALL, Site};

/// Kinds of spans, as OTLP numbers them.
const INTERNAL: u64 = 1;
const SERVER: u64 = 2;
const CLIENT: u64 = 3;
/// The trace and the span of somebody who asks.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// The only span called `name`.
fn only<'a>(told: &'a Told, name: &str) -> &'a Value {
    match told.get(name).map(Vec::as_slice) {
        Some([span]) => span,
        found => panic!("{name}: {found:?} of {:?}", told.keys()),
    }
}

fn is_below(span: &Value, parent: &Value) {
    assert_eq!(
        (&span["trace"], &span["parent"]),
        (&parent["trace"], &parent["span"]),
        "{span} is not below {parent}"
    );
}

/// The span `traceparent` names, with its trace.
fn named(traceparent: &str) -> (String, String) {
    let parts: Vec<&str> = traceparent.split('-').collect();
    assert!(
        matches!(parts[..], ["00", _, _, "01"]),
        "{traceparent} names no span that is told"
    );
    (parts[1].to_owned(), parts[2].to_owned())
}

/// What the header of a request names, and what the event in it does.
fn both(request: &Captured) -> [(String, String); 2] {
    let header = request.headers.iter().find(|(name, _)| name == "traceparent");
    let event: Value = serde_json::from_str(&request.body).expect("an event");
    let (header, event) = (
        header.map(|(_, value)| value.as_str()),
        event["traceparent"].as_str(),
    );
    [header, event].map(|traceparent| named(traceparent.expect("a traceparent")))
}

/// Attributes are on the list, and nobody is in them.
fn is_about_nobody(site: &Site, told: &Told) {
    let manual = include_str!("../../hub/docs/operating.md");
    let mut text = String::new();
    for span in told.values().flatten() {
        for (name, value) in span["attributes"].as_object().expect("attributes") {
            assert!(manual.contains(&format!("| `{name}` | ")), "{name} is not listed");
            text.push_str(&format!("{value}\n"));
        }
        assert_eq!(
            (&span["events"], &span["said"]),
            (&0.into(), &"".into()),
            "{span}"
        );
    }
    assert!(!text.is_empty());
    let question = [
        "query",
        "SELECT name, id_no FROM person",
        "-n",
        "5000",
        "--reveal",
        "核对追踪",
    ];
    for row in site.ask(&question)["rows"].as_array().expect("rows") {
        for value in [&row["name"], &row["id_no"]] {
            let value = value.as_str().filter(|value| value.chars().count() > 1);
            assert!(
                value.is_none_or(|value| !text.contains(value)),
                "somebody is in it"
            );
        }
    }
}

#[test]
fn a_run_its_check_and_what_is_pushed_of_it_are_one_trace() {
    let Some(hub) = built_with_it() else { return };
    let site = Site::new(1_000, 641);
    let Some(collector) = Collector::start(&site) else {
        return;
    };
    let (receiver, requests) = http::capture();
    site.push_to(receiver);
    site.write(
        "config/conf.d/otel.toml",
        "[otel]\nauthorization = { file = \"secrets/otel.authorization\" }\nservice_name = \"中枢\"\n",
    );
    let report = run(&mut traced(&hub, &site, collector.address, &RUN_ALL), PATIENCE).good();
    assert!(!report.stderr.contains("otel."), "{}", report.stderr);
    let report = report.json();
    fs::remove_file(site.path("config/conf.d/otel.toml")).expect("removable");
    let told = collector.told();

    let (turn, of_run, check) = (only(&told, "turn"), only(&told, "run"), only(&told, "check"));
    assert_eq!(
        (&turn["parent"], &turn["kind"]),
        (&"".into(), &INTERNAL.into()),
        "{turn}"
    );
    assert_eq!(
        turn["resource"],
        json!({
            "service.name": "中枢",
            "service.version": env!("CARGO_PKG_VERSION"),
            "service.namespace": turn["resource"]["service.namespace"],
            "service.instance.id": turn["resource"]["service.instance.id"],
        })
    );
    for (child, parent) in [
        (of_run, turn),
        (check, turn),
        (only(&told, "read"), of_run),
        (only(&told, "link"), check),
        (only(&told, "evaluate"), check),
        (only(&told, "commit"), check),
    ] {
        is_below(child, parent);
        assert_eq!(child["wrong"], false, "{child}");
        assert!(
            child["nanoseconds"].as_u64() <= parent["nanoseconds"].as_u64(),
            "{child} took longer than {parent}"
        );
    }
    let id = &site.ask(&["run", "list"])[0]["run_id"];
    assert_eq!(
        of_run["attributes"],
        json!({ "connector": "roster", "run": id, "outcome": "committed" })
    );
    let planted = site.planted();
    assert_eq!(
        check["attributes"],
        json!({ "rules": 1, "opened": planted, "cleared": 0 })
    );
    let rows = |told: &Value, rows: &str| (told["stream"].clone(), told[rows].clone());
    let streams = report["streams"].as_array().expect("streams").iter();
    let expected: BTreeMap<String, Value> = streams
        .map(|stream| rows(stream, "rows_in"))
        .map(|(stream, rows)| (stream.to_string(), rows))
        .collect();
    let normalised: BTreeMap<String, Value> = told["normalise"]
        .iter()
        .inspect(|span| is_below(span, of_run))
        .map(|span| rows(&span["attributes"], "rows"))
        .map(|(stream, rows)| (stream.to_string(), rows))
        .collect();
    assert_eq!(normalised, expected);

    // Each event says where it came to be, each request which attempt it is.
    let pushes = &told["push"];
    assert_eq!(pushes.len() as u64, planted);
    let mut attempts = BTreeSet::new();
    for push in pushes {
        is_below(push, check);
        assert_eq!(
            (&push["kind"], &push["wrong"]),
            (&CLIENT.into(), &false.into()),
            "{push}"
        );
        let mut attributes = push["attributes"].clone();
        assert!(attributes["event_id"].is_string(), "{push}");
        attributes.as_object_mut().expect("attributes").remove("event_id");
        assert_eq!(
            attributes,
            json!({ "sink": "platform", "events": 1, "attempt": 1, "outcome": "acknowledged", "status": 200 })
        );
        attempts.insert([&push["trace"], &push["span"]].map(Value::to_string));
    }
    let mut sent = BTreeSet::new();
    for request in requests.try_iter() {
        let [(trace, span), event] = both(&request);
        assert_eq!(
            (json!(event.0), json!(event.1)),
            (check["trace"].clone(), check["span"].clone())
        );
        sent.insert([json!(trace), json!(span)].map(|id| id.to_string()));
    }
    assert_eq!(sent, attempts);
    is_about_nobody(&site, &told);
}

#[test]
fn what_is_asked_goes_on_in_the_trace_of_whoever_asks_and_a_fire_begins_one() {
    let Some(hub) = built_with_it() else { return };
    let site = Site::new(1_000, 642);
    let Some(collector) = Collector::start(&site) else {
        return;
    };
    let (receiver, requests) = http::capture();
    site.push_to(receiver);
    let roster = site.read("config/connectors/roster.toml");
    site.write(
        "config/connectors/roster.toml",
        &format!("{roster}\n[[schedule]]\nid = \"pull.roster\"\nevery = \"2s\"\n"),
    );
    let mut command = traced(&hub, &site, collector.address, &["serve"]);
    command.env("HUB__OTEL__AUTHORIZATION__FILE", "secrets/otel.authorization");
    let service = Service::start(&site, command);
    wait_until("a fire has run and its warnings are pushed", || {
        collector.told().contains_key("fire") && collector.told().contains_key("push")
    });
    let county = Door::new(
        &site,
        &service,
        "county --role county --allow cases:read --allow cases:act",
    );
    let case = &county.all()[0];
    let version = county.good(&format!("/cases/{case}"))["version"].clone();
    requests.try_iter().for_each(drop);
    let mine = format!("00-{TRACE}-{SPAN}-01");
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "d"),
        ("if-match", &*format!("\"{version}\"")),
        ("traceparent", &mine),
    ];
    let path = format!("/cases/{case}/actions");
    let done = county.with(
        "POST",
        &path,
        &headers,
        &json!({ "action": "dispatch" }).to_string(),
    );
    assert_eq!(done.status, 200, "{done:?}");
    // What names no span is not gone on with, and is no mistake either.
    let nonsense = county.with("GET", "/cases", &[("traceparent", "00-王某-1-1")], "");
    assert_eq!(nonsense.status, 200, "{nonsense:?}");
    let pushed = poll(PATIENCE, || {
        requests
            .try_iter()
            .map(|request| both(&request))
            .find(|[attempt, _]| attempt.0 == TRACE)
    });
    let [attempt, event] = pushed.unwrap_or_else(|| panic!("not pushed: {}", service.told()));
    assert_eq!(service.stop(), Some(0));
    let told = collector.told();

    let asked = told["request"]
        .iter()
        .find(|span| span["trace"] == TRACE)
        .expect("the request");
    assert_eq!(
        (&asked["parent"], &asked["kind"]),
        (&SPAN.into(), &SERVER.into()),
        "{asked}"
    );
    assert_eq!(
        asked["attributes"],
        json!({ "method": "POST", "route": "/api/v1/cases/{id}/actions", "status": 200 })
    );
    assert_eq!(
        (json!(event.0), json!(event.1)),
        (json!(TRACE), asked["span"].clone())
    );
    let push = told["push"]
        .iter()
        .find(|span| span["span"] == attempt.1.as_str())
        .expect("the push");
    is_below(push, asked);
    let others = told["request"].iter().filter(|span| span["trace"] != TRACE);
    assert!(others.clone().count() >= 3 && others.clone().all(|span| span["parent"] == ""));
    assert!(
        !told["request"]
            .iter()
            .any(|span| span["attributes"]["route"] == "/readyz")
    );

    let fire = &told["fire"][0];
    assert_eq!(
        (&fire["parent"], &fire["attributes"]["outcome"]),
        (&"".into(), &"done".into()),
        "{fire}"
    );
    assert_eq!(fire["attributes"]["schedule"], "pull.roster");
    let turn = told["turn"]
        .iter()
        .find(|turn| turn["parent"] == fire["span"])
        .expect("its turn");
    let check = told["check"]
        .iter()
        .find(|check| check["parent"] == turn["span"])
        .expect("its check");
    assert!(
        told["push"].iter().any(|push| push["parent"] == check["span"]),
        "{check}"
    );
    is_about_nobody(&site, &told);
}

#[test]
fn a_collector_that_is_away_or_says_nothing_costs_spans_and_no_time() {
    let Some(hub) = built_with_it() else { return };
    let site = Site::new(1_000, 643);
    let began = Instant::now();
    site.run_all();
    let without = began.elapsed();
    // It takes the connection, and nothing more.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let silent = silent
        .local_addr()
        .map(|address| (address, silent))
        .expect("its address");
    for address in [http::free_address(), silent.0] {
        let began = Instant::now();
        let outcome = run(&mut traced(&hub, &site, address, &RUN_ALL), PATIENCE).good();
        // The end waits a moment for it; a machine that is busy gets some more.
        assert!(
            began.elapsed() < without * 3 + Duration::from_secs(10),
            "{:?} after {without:?}",
            began.elapsed()
        );
        assert!(outcome.stderr.contains("otel.left_out"), "{}", outcome.stderr);
    }
    let service = Service::start(&site, traced(&hub, &site, silent.0, &["serve"]));
    let county = Door::new(
        &site,
        &service,
        &format!("office --department {OFFICE} --allow cases:read"),
    );
    for _ in 0..50 {
        county.good("/cases");
    }
    let began = Instant::now();
    assert_eq!(service.stop(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
