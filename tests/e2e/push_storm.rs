//! A storm: resets, 429, 503, slow answers, lost acknowledgements, and `kill -9` of the service in between.
//! Here because each of them alone is easy, and a bad night brings them together.
//! In: a county's events, a receiver that fails every event's first attempt in a way of its own. Out: nothing missing, nothing
//! said twice under two ids, order kept in every case.
//! Not here: a hundred thousand of them (hub/runtime/benches/push.rs). `HUB_STORM` sets the people (default 8,000).

use crate::harness::{PATIENCE, poll, say, setting};
use crate::receivers::{Receiver, Reply, Request};
use crate::site::Site;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PEOPLE: &str = "8000";
const KILLS: usize = 6;

/// What the receiver has: each event it took, in the order it took them, and what it failed with.
#[derive(Default)]
struct Ledger {
    seen: HashSet<String>,
    took: Vec<Value>,
    duplicates: usize,
    failed: [usize; 5],
}

impl Ledger {
    fn take(&mut self, event: &Value) {
        if self.took.iter().any(|known| known["id"] == event["id"]) {
            self.duplicates += 1;
        } else {
            self.took.push(event.clone());
        }
    }

    /// An event's first attempt fails as its number says; later ones are taken.
    fn answer(&mut self, request: &Request) -> Reply {
        let event = request.json();
        let id = event["id"].as_str().expect("an id").to_owned();
        let sequence: usize = event["sequence"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a number");
        if !self.seen.insert(id) {
            self.take(&event);
            return Reply::of(200);
        }
        let way = sequence % 7;
        if let Some(count) = self.failed.get_mut(way) {
            *count += 1;
        }
        match way {
            0 => Reply::Reset,
            1 => Reply::Status(429, "retry-after: 1\r\n".to_owned(), String::new()),
            2 => Reply::of(503),
            3 => {
                // It has it, and its yes is lost.
                self.take(&event);
                Reply::Half
            }
            4 => {
                // It has it, and says so too late.
                self.take(&event);
                Reply::Silence(Duration::from_millis(1500))
            }
            _ => {
                self.take(&event);
                Reply::of(200)
            }
        }
    }
}

#[test]
fn in_a_storm_nothing_is_lost_nothing_is_said_twice_and_order_is_kept() {
    let people = setting("HUB_STORM").unwrap_or_else(|| PEOPLE.to_owned());
    let site = Site::new(people.parse().expect("HUB_STORM is a number"), 361);
    let events = usize::try_from(site.planted()).expect("a county's");
    let ledger: Arc<Mutex<Ledger>> = Arc::default();
    let kept = Arc::clone(&ledger);
    let receiver = Receiver::start(move |request| kept.lock().expect("a ledger").answer(request));
    site.write(
        "config/channels.toml",
        &format!(
            "[[channel]]\nid = \"storm\"\nkind = \"webhook\"\nurl = \"{}\"\ntimeout_seconds = 1\n\
             secret = {{ file = \"secrets/platform.key\" }}\n",
            receiver.url()
        ),
    );
    site.run("--all").good();
    let began = Instant::now();
    let mut kills = 0;
    while kills < KILLS {
        let service = site.serve();
        std::thread::sleep(Duration::from_millis(100 + 150 * kills as u64));
        drop(service);
        kills += 1;
    }
    // A second event of each case, so that there is an order to keep.
    for case in site
        .ask(&["case", "list", "-n", "1000"])
        .as_array()
        .expect("cases")
    {
        let case = case["id"].as_str().expect("an id");
        site.ask(&["case", "act", case, "dispatch", "--to", "民政局"]);
    }
    let service = site.serve();
    let drained = poll(PATIENCE, || {
        let stands = &site.ask(&["push", "endpoints"])[0];
        (stands["pending"] == 0).then(|| stands.clone())
    });
    let stands = drained.expect("drained");
    assert_eq!(service.stop(), Some(0));

    let ledger = ledger.lock().expect("a ledger");
    let acknowledged = stands["acknowledged"].as_u64().unwrap_or_default();
    let acknowledged = usize::try_from(acknowledged).expect("a county's");
    say(&format!(
        "storm: {acknowledged} events, first attempts failed by reset {}, 429 {}, 503 {}, lost yes {}, late yes {}; {kills} kills; \
         {} duplicates with the same id; {:?}",
        ledger.failed[0],
        ledger.failed[1],
        ledger.failed[2],
        ledger.failed[3],
        ledger.failed[4],
        ledger.duplicates,
        began.elapsed()
    ));
    assert!(
        acknowledged > events && ledger.failed.iter().all(|count| *count > 0),
        "{:?}",
        ledger.failed
    );
    assert_eq!(
        (&stands["dead"], ledger.took.len()),
        (&0.into(), acknowledged),
        "missing: {stands}"
    );
    let meant = |event: &Value| {
        let data = &event["data"];
        [
            &event["subject"],
            &event["type"],
            &data["fingerprint"],
            &data["round"],
            &data["version"],
        ]
        .map(Value::to_string)
    };
    let meanings: BTreeSet<_> = ledger.took.iter().map(meant).collect();
    assert_eq!(
        meanings.len(),
        ledger.took.len(),
        "the same was said under two ids"
    );
    let mut last: HashMap<String, String> = HashMap::new();
    for event in &ledger.took {
        let sequence = event["sequence"].as_str().expect("a sequence").to_owned();
        let before = last.insert(event["subject"].to_string(), sequence.clone());
        assert!(
            before.is_none_or(|before| before < sequence),
            "out of order: {event}"
        );
    }
}
