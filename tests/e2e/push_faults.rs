//! Receivers that misbehave in every way the manual names: what becomes of the event, and of the endpoint.
//! Here because a confused receiver must cost time, never an event, and never anybody else's.
//! In: one receiver for each way. Out: `hub push endpoints` and what the receiver was asked.
//! Not here: what is sent (push_proof), channels other than webhooks (push_channels).

use crate::receivers::{Receiver, Reply};
use crate::site::Site;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const SECRET: &str = "secret = { file = \"secrets/platform.key\" }\n";

/// A channel called `id` that pushes to `url`, with `more` keys.
fn channel(id: &str, url: &str, more: &str) -> String {
    format!("[[channel]]\nid = \"{id}\"\nkind = \"webhook\"\nurl = \"{url}\"\n{SECRET}{more}\n")
}

/// Pushes once what there is to the only channel, `text`; where it then stands.
fn pushed(site: &Site, text: &str) -> Value {
    site.write("config/channels.toml", text);
    site.ask(&["check", "--push-wait", "0"]);
    let id = text.split('"').nth(1).expect("an id").to_owned();
    endpoint(site, &id)
}

fn endpoint(site: &Site, id: &str) -> Value {
    let all = site.ask(&["push", "endpoints"]);
    let found = all
        .as_array()
        .expect("endpoints")
        .iter()
        .find(|row| row["id"] == id);
    found.unwrap_or_else(|| panic!("no {id}: {all}")).clone()
}

/// A county whose events have nowhere to go yet.
fn county(seed: u64) -> (Site, u64) {
    let site = Site::new(1_000, seed);
    site.write("config/channels.toml", "");
    site.run_all();
    let events = site.planted();
    assert!(events > 0);
    (site, events)
}

/// What a receiver answers each time.
type Answers = Arc<dyn Fn() -> Reply + Send + Sync>;

#[test]
fn an_answer_that_is_none_keeps_every_event_and_says_why() {
    let (site, events) = county(301);
    let elsewhere = Receiver::start(|_| Reply::of(200));
    let away = format!("location: {}\r\n", elsewhere.url());
    let cases: [(&str, &str, Answers, &str); 5] = [
        (
            "errcode",
            "success = \"json:/errcode == 0\"\n",
            Arc::new(|| Reply::saying(r#"{"errcode": 40001, "errmsg": "秘密"}"#)),
            "/errcode == 0",
        ),
        (
            "redirect",
            "",
            Arc::new(move || Reply::Status(302, away.clone(), String::new())),
            "redirects are not followed",
        ),
        ("half", "", Arc::new(|| Reply::Half), "broke off"),
        (
            "never",
            "timeout_seconds = 1\n",
            Arc::new(|| Reply::Silence(Duration::from_secs(5))),
            "timed out",
        ),
        ("reset", "", Arc::new(|| Reply::Reset), "broke off"),
    ];
    for (id, more, reply, says) in cases {
        let receiver = Receiver::start(move |_| reply());
        let stands = pushed(&site, &channel(id, &receiver.url(), more));
        assert_eq!(
            (&stands["pending"], &stands["dead"]),
            (&events.into(), &0.into()),
            "{stands}"
        );
        assert!(receiver.count() > 0, "{id} was not asked");
        let attempts = site.ask(&["push", "attempts", "--endpoint", id]);
        let error = attempts[0]["error"].as_str().unwrap_or_default();
        assert!(error.contains(says), "{id}: {says:?} not in {error:?}");
        assert!(
            !attempts.to_string().contains("秘密"),
            "the receiver's words are kept: {attempts}"
        );
    }
    assert_eq!(elsewhere.count(), 0, "a redirect was followed");
}

#[test]
fn a_rejected_credential_pauses_until_a_ping_is_answered_well() {
    let (site, events) = county(302);
    let good = Arc::new(AtomicBool::new(false));
    let knows = Arc::clone(&good);
    let receiver = Receiver::start(move |_| Reply::of(if knows.load(Ordering::SeqCst) { 200 } else { 401 }));
    let text = channel("strict", &receiver.url(), "concurrency = 1\n");
    let stands = pushed(&site, &text);
    assert_eq!(
        (&stands["standing"], &stands["pending"]),
        (&"paused".into(), &events.into()),
        "{stands}"
    );
    assert!(
        stands["reason"].as_str().is_some_and(|why| why.contains("401")),
        "{stands}"
    );
    assert_eq!(receiver.count(), 1, "asked again with a credential nobody takes");
    // Paused is paused, in every process; and a ping that is refused changes nothing.
    assert_eq!(pushed(&site, &text)["standing"], "paused");
    assert_eq!(receiver.count(), 1);
    site.hub(&["push", "ping", "strict"]).ended(1);
    assert_eq!(endpoint(&site, "strict")["standing"], "paused");

    good.store(true, Ordering::SeqCst);
    let pinged = site.ask(&["push", "ping", "strict"]);
    assert_eq!(
        (&pinged["answered"], &pinged["standing"]),
        (&true.into(), &"active".into()),
        "{pinged}"
    );
    let ping = receiver.requests().pop().expect("a ping").json();
    assert_eq!(ping["type"], "cn.gov.hub.endpoint.ping.v1");
    let stands = pushed(&site, &text);
    assert_eq!(
        (&stands["acknowledged"], &stands["dead"]),
        (&events.into(), &0.into()),
        "{stands}"
    );
    let audit = site.ask(&["audit", "list", "--action", "push"]);
    let actions: Vec<&str> = audit
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert_eq!(actions, ["push.active", "push.paused"]);
    site.ask(&["audit", "verify"]);
}

#[test]
fn a_receiver_that_is_gone_is_disabled_until_a_person_resumes_it() {
    let (site, events) = county(303);
    let gone = Arc::new(AtomicBool::new(true));
    let is_gone = Arc::clone(&gone);
    let receiver =
        Receiver::start(move |_| Reply::of(if is_gone.load(Ordering::SeqCst) { 410 } else { 200 }));
    let text = channel("gone", &receiver.url(), "");
    let stands = pushed(&site, &text);
    assert_eq!(
        (&stands["standing"], &stands["pending"]),
        (&"disabled".into(), &events.into()),
        "{stands}"
    );
    gone.store(false, Ordering::SeqCst);
    site.ask(&["push", "ping", "gone"]);
    assert_eq!(endpoint(&site, "gone")["standing"], "disabled");
    site.ask(&["push", "resume", "gone"]);
    assert_eq!(pushed(&site, &text)["acknowledged"], events);
    site.hub(&["push", "resume", "gonne"]).ended(4);
}

#[test]
fn a_receiver_that_keeps_failing_is_left_alone_and_tried_by_who_starts_anew() {
    let site = Site::new(4_000, 304);
    site.write("config/channels.toml", "");
    site.run_all();
    let events = site.planted();
    assert!(events > 20, "{events}");
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let receiver = Receiver::start(move |_| Reply::of(if is_up.load(Ordering::SeqCst) { 200 } else { 503 }));
    let text = channel("down", &receiver.url(), "concurrency = 4\n");
    let stands = pushed(&site, &text);
    assert_eq!(
        (&stands["standing"], &stands["pending"]),
        (&"broken".into(), &events.into()),
        "{stands}"
    );
    let asked = receiver.count();
    assert!((10..=14).contains(&asked), "{asked} requests");
    assert_eq!(pushed(&site, &text)["standing"], "broken");
    assert_eq!(receiver.count(), asked + 1, "one probe, not all");
    up.store(true, Ordering::SeqCst);
    let stands = pushed(&site, &text);
    assert_eq!(stands["standing"], "active", "{stands}");
    let report = site.ask(&["check", "--push-wait", "20"]);
    assert_eq!(report["events"]["pending"], 0, "{report}");
}

#[test]
fn what_a_busy_receiver_asks_for_is_honoured() {
    let (site, events) = county(305);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let receiver = Receiver::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Status(429, "retry-after: 2\r\n".to_owned(), String::new()),
        _ => Reply::of(200),
    });
    site.write(
        "config/channels.toml",
        &channel("busy", &receiver.url(), "concurrency = 1\n"),
    );
    let report = site.ask(&["check", "--push-wait", "20"]);
    assert_eq!(report["events"]["acknowledged"], events, "{report}");
    let requests = receiver.requests();
    assert_eq!(requests.len() as u64, events + 1);
    let waited = requests[1].at - requests[0].at;
    assert!(
        waited >= Duration::from_millis(1900),
        "asked again after {waited:?}"
    );
}

#[test]
fn a_case_in_trouble_waits_alone() {
    let (site, events) = county(306);
    let first: Arc<std::sync::Mutex<Option<String>>> = Arc::default();
    let unlucky = Arc::clone(&first);
    let receiver = Receiver::start(move |request| {
        let subject = request.json()["subject"].as_str().unwrap_or_default().to_owned();
        let mut unlucky = unlucky.lock().expect("a name");
        if *unlucky.get_or_insert_with(|| subject.clone()) == subject {
            drop(unlucky);
            return Reply::Silence(Duration::from_secs(3));
        }
        Reply::of(200)
    });
    let text = channel("slow", &receiver.url(), "concurrency = 2\ntimeout_seconds = 2\n");
    let stands = pushed(&site, &text);
    assert_eq!(stands["acknowledged"], events - 1, "{stands}");
    let asked: Vec<_> = receiver.requests().iter().map(|request| request.at).collect();
    let last = asked.iter().max().expect("requests").duration_since(asked[0]);
    assert!(
        last < Duration::from_secs(2),
        "the others waited {last:?} for one case"
    );
}

#[test]
fn the_hub_connects_nowhere_it_was_not_allowed_to() {
    let (site, events) = county(307);
    for inside in [
        "http://169.254.169.254/latest",
        "http://0.0.0.0:9/",
        "http://[fe80::1]/",
    ] {
        site.write("config/channels.toml", &channel("odd", inside, ""));
        let refused = site.hub(&["check"]).ended(78).stderr;
        assert!(
            refused.contains("allow_networks") && refused.contains("channels.toml:4:"),
            "{refused}"
        );
    }
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let inside = hosts
        .lines()
        .filter_map(|line| line.strip_prefix("127."))
        .find_map(|line| {
            line.split_whitespace()
                .skip(1)
                .find(|name| *name != "localhost")
                .map(str::to_owned)
        });
    let Some(name) = inside else {
        crate::harness::say("skipped: no name of /etc/hosts leads to this machine");
        return;
    };
    let receiver = Receiver::start(|_| Reply::of(200));
    let url = format!("http://{name}:{}/hook", receiver.address.port());
    let stands = pushed(&site, &channel("name", &url, ""));
    assert_eq!(
        (&stands["pending"], receiver.count()),
        (&events.into(), 0),
        "{stands}"
    );
    let attempts = site.ask(&["push", "attempts", "--endpoint", "name"]);
    let error = attempts[0]["error"].as_str().unwrap_or_default();
    assert!(error.contains("allow_networks"), "{error}");
    let stands = pushed(
        &site,
        &channel("listed", &url, "allow_networks = [\"127.0.0.0/8\"]\n"),
    );
    assert_eq!(stands["acknowledged"], events, "{stands}");
}

#[test]
fn what_a_receiver_lost_is_sent_again_under_the_same_ids_and_says_so() {
    let (site, events) = county(308);
    let receiver = Receiver::start(|_| Reply::saying(r#"{"receipt": "R-1"}"#));
    let text = channel("lost", &receiver.url(), "");
    assert_eq!(pushed(&site, &text)["acknowledged"], events);
    assert_eq!(
        site.ask(&["push", "replay", "--endpoint", "lost"]),
        serde_json::json!([])
    );
    let arguments = ["push", "replay", "--endpoint", "lost", "--taken"];
    let would = site.ask(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(
        (&would[0]["acknowledged"], receiver.count() as u64),
        (&events.into(), events)
    );
    assert_eq!(pushed(&site, &text)["pending"], 0, "a dry run changed something");
    site.ask(&arguments);
    assert_eq!(pushed(&site, &text)["pending"], 0);
    let requests = receiver.requests();
    let ids = |requests: &[crate::receivers::Request], replay: Option<&str>| {
        let mut ids: Vec<String> = requests
            .iter()
            .filter(|request| request.header("hub-replay") == replay)
            .map(|request| request.header("webhook-id").unwrap_or_default().to_owned())
            .collect();
        ids.sort();
        ids
    };
    let first = ids(&requests, None);
    assert_eq!(first.len() as u64, events);
    assert_eq!(first, ids(&requests, Some("1")));
    let one = ["push", "replay", "--event", &first[0], "--taken"];
    assert_eq!(site.ask(&one)[0]["acknowledged"], 1);
}

#[test]
fn a_running_service_pauses_and_resumes_what_it_is_told() {
    let site = Site::new(1_000, 309);
    let receiver = Receiver::start(|_| Reply::of(200));
    site.write("config/channels.toml", &channel("told", &receiver.url(), ""));
    let service = site.serve();
    let paused = site.ask(&["push", "pause", "told", "--reason", "对方检修"]);
    assert_eq!(
        (&paused["standing"], &paused["reason"]),
        (&"paused".into(), &"对方检修".into())
    );
    site.ask(&["run", "start", "--all", "--wait", "--push-wait", "0"]);
    assert_eq!(
        site.ask(&["push", "ping", "told"])["standing"],
        "paused",
        "a person paused it"
    );
    let pings = receiver.count();
    assert_eq!(endpoint(&site, "told")["pending"], site.planted());
    site.ask(&["push", "resume", "told"]);
    crate::harness::wait_until("the queue is drained", || {
        endpoint(&site, "told")["acknowledged"] == site.planted()
    });
    assert_eq!(receiver.count() as u64, site.planted() + pings as u64);
    assert_eq!(service.stop(), Some(0));
}
