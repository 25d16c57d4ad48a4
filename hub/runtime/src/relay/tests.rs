//! The relay over hours, in seconds: a real store, a receiver that is down until a time, a clock that goes when all wait.
//! Here because what eight hours of outage do cannot be waited for.
//! In: tens of thousands of events. Out: what arrived, when, in which order.
//! Not here: HTTP and kills (end to end).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_model::push::{PROBE_MS, Standing};
use hub_model::route::Routes;
use hub_model::{CaseId, EventId, EventType, OutboxMessage};
use hub_store::{Access, Commit, Delivery, Sent, Store};

use super::Relay;
use crate::channels::{Answer, EventChannel, Verdict, Way};
use crate::clock::Clock;

const HOUR_MS: i64 = 3_600_000;
const BEGAN_MS: i64 = 1_700_000_000_000;

/// A clock that jumps to the next moment somebody waits for.
#[derive(Clone)]
struct Jumping(Arc<Mutex<Sleepers>>);

struct Sleepers {
    now_ms: i64,
    next_id: u64,
    until: BTreeMap<(i64, u64), ()>,
}

/// Somebody who waits, as long as he does.
struct Waits {
    clock: Jumping,
    key: (i64, u64),
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.clock.with(|sleepers| sleepers.until.remove(&self.key));
    }
}

impl Jumping {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Sleepers {
            now_ms: BEGAN_MS,
            next_id: 0,
            until: BTreeMap::new(),
        })))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Sleepers) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clock for Jumping {
    fn now_ms(&self) -> i64 {
        self.with(|sleepers| sleepers.now_ms)
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let key = clock.with(|sleepers| {
            let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
            sleepers.next_id += 1;
            let key = (sleepers.now_ms.saturating_add(wait_ms), sleepers.next_id);
            sleepers.until.insert(key, ());
            key
        });
        let waits = Waits {
            clock: clock.clone(),
            key,
        };
        async move {
            loop {
                // Whoever does something in earnest meanwhile, the disk too, does it in no time.
                tokio::time::sleep(Duration::from_millis(1)).await;
                let over = clock.with(|sleepers| {
                    if sleepers
                        .until
                        .first_key_value()
                        .is_some_and(|(first, ())| *first == waits.key)
                    {
                        sleepers.now_ms = sleepers.now_ms.max(waits.key.0);
                    }
                    sleepers.now_ms >= waits.key.0
                });
                if over {
                    break;
                }
            }
            drop(waits);
        }
        .boxed()
    }
}

/// A receiver that fails as it is told, and remembers what it took.
struct Receiver {
    clock: Jumping,
    answers: fn(&Delivery, i64) -> Verdict,
    took: Arc<Mutex<Vec<(i64, String, i64)>>>,
    asked: Arc<Mutex<u64>>,
}

impl EventChannel for Receiver {
    fn send<'a>(&'a self, events: &'a [Delivery], _: i64) -> BoxFuture<'a, Answer> {
        let now_ms = self.clock.now_ms();
        *self.asked.lock().unwrap() += 1;
        let answer = match (self.answers)(&events[0], now_ms) {
            Verdict::Acknowledged => {
                let mut took = self.took.lock().unwrap();
                took.extend(events.iter().map(|e| (e.sequence, e.case_id.clone(), now_ms)));
                Answer::taken(Some(200), None)
            }
            other @ (Verdict::Later { .. }
            | Verdict::Busy { .. }
            | Verdict::Refused
            | Verdict::Unauthorised
            | Verdict::Gone) => Answer::not(other, Some(503), "the receiver answered 503"),
        };
        futures::future::ready(answer).boxed()
    }

    fn ping(&self, _: i64) -> BoxFuture<'_, Answer> {
        futures::future::ready(Answer::taken(Some(200), None)).boxed()
    }

    fn batch_max(&self) -> usize {
        1
    }

    fn concurrency(&self) -> usize {
        16
    }
}

struct Tried {
    _folder: tempfile::TempDir,
    store: Store,
    relay: Arc<Relay>,
    took: Arc<Mutex<Vec<(i64, String, i64)>>>,
    asked: Arc<Mutex<u64>>,
}

/// `events` of `cases` cases in turn wait for a receiver that answers so.
async fn tried(events: u64, cases: u64, rate: Option<u32>, answers: fn(&Delivery, i64) -> Verdict) -> Tried {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::Write).await.unwrap();
    let messages = (0..events).map(|n| OutboxMessage {
        id: EventId::new(BEGAN_MS.unsigned_abs(), u128::from(n)),
        case_id: CaseId::new(1, u128::from(n % cases)),
        kind: EventType::Opened,
        data: "{}".to_owned(),
    });
    let commit = Commit {
        outbox: messages.collect(),
        routes: Arc::new(Routes::to_all(["e"])),
        ..Commit::default()
    };
    store.commit(&commit, BEGAN_MS).await.unwrap();
    let clock = Jumping::new();
    let (took, asked) = (Arc::default(), Arc::default());
    let receiver = Receiver {
        clock: clock.clone(),
        answers,
        took: Arc::clone(&took),
        asked: Arc::clone(&asked),
    };
    let lane = ("e".to_owned(), Way::Each(Box::new(receiver)), rate, false);
    let relay = Relay::with(store.clone(), vec![lane], Arc::new(clock));
    Tried {
        _folder: folder,
        store,
        relay,
        took,
        asked,
    }
}

fn down_for_eight_hours(_: &Delivery, now_ms: i64) -> Verdict {
    if now_ms < BEGAN_MS + 8 * HOUR_MS {
        Verdict::Later { after: None }
    } else {
        Verdict::Acknowledged
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_hours_of_outage_are_drained_in_order_and_within_the_rate() {
    const EVENTS: u64 = 50_000;
    const PER_SECOND: usize = 2_000;
    let tried = tried(EVENTS, 5_000, Some(120_000), down_for_eight_hours).await;
    let report = tried.relay.drain(Duration::from_secs(10 * 3600)).await.unwrap();
    assert_eq!((report.acknowledged, report.dead, report.pending), (EVENTS, 0, 0));
    let took = tried.took.lock().unwrap();
    assert_eq!(took.len() as u64, EVENTS, "each once");
    let mut last: HashMap<&str, i64> = HashMap::new();
    let mut seconds: BTreeMap<i64, usize> = BTreeMap::new();
    for (sequence, case, at_ms) in took.iter() {
        let before = last.insert(case, *sequence);
        assert!(
            before.is_none_or(|before| before < *sequence),
            "{case} out of order"
        );
        *seconds.entry(at_ms / 1000).or_default() += 1;
    }
    // A full bucket and what a second brings may fall into one second.
    let most = seconds.values().max().copied().unwrap_or_default();
    assert!(most <= 2 * PER_SECOND, "{most} in one second");
    let first = took.iter().map(|(_, _, at_ms)| *at_ms).min().unwrap_or_default();
    assert!(first < BEGAN_MS + 8 * HOUR_MS + PROBE_MS, "noticed late");
    let failed = *tried.asked.lock().unwrap() - EVENTS;
    let probes = 8 * HOUR_MS / PROBE_MS;
    assert!(
        failed <= probes.unsigned_abs() + 32,
        "{failed} requests to a receiver that was down"
    );
}

fn one_case_never(delivery: &Delivery, _: i64) -> Verdict {
    if delivery.case_id == CaseId::new(1, 0).to_string() {
        Verdict::Later { after: None }
    } else {
        Verdict::Acknowledged
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_case_in_trouble_waits_alone_and_dies_alone() {
    let tried = tried(1_000, 100, None, one_case_never).await;
    let report = tried.relay.drain(Duration::from_secs(60)).await.unwrap();
    assert_eq!((report.acknowledged, report.pending), (990, 10));
    let days = Duration::from_secs(4 * 24 * 3600);
    // Its events fail one after the other; each has its own days until it is given up.
    let report = tried.relay.drain(days).await.unwrap();
    // Whether the first is given up before the receiver, which gets nothing else, is taken for broken, is chance.
    assert!(report.dead <= 1, "{report:?}");
    assert_eq!(report.dead + report.pending, 10);
}

fn refused(delivery: &Delivery, _: i64) -> Verdict {
    if delivery.sequence == 1 {
        Verdict::Refused
    } else {
        Verdict::Acknowledged
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_given_up_kept_and_sent_again_under_the_same_id() {
    let tried = tried(30, 10, None, refused).await;
    let report = tried.relay.drain(Duration::from_secs(3600)).await.unwrap();
    assert_eq!((report.acknowledged, report.dead, report.pending), (29, 1, 0));
    let dead = tried.store.dead(&Sent::default(), 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempts, dead[0].sequence), (1, 3, 1));
    let replayed = tried.relay.replay(&Sent::default(), false, "me").await.unwrap();
    assert_eq!((replayed[0].dead, replayed[0].acknowledged), (1, 0));
    let again = tried.store.due("e", i64::MAX, 10).await.unwrap();
    assert_eq!(
        (again.len(), again[0].replay, &again[0].event_id),
        (1, true, &dead[0].event_id)
    );
    let report = tried.relay.drain(Duration::from_secs(3600)).await.unwrap();
    assert_eq!((report.dead, report.pending), (1, 0), "tried anew, three times");
    let attempts = tried.store.attempts(&Sent::default(), 100).await.unwrap();
    assert_eq!(attempts.iter().filter(|attempt| attempt.sequence == 1).count(), 6);
}

fn unauthorised(_: &Delivery, _: i64) -> Verdict {
    Verdict::Unauthorised
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_credential_pauses_the_endpoint_and_keeps_its_queue() {
    let tried = tried(100, 100, None, unauthorised).await;
    let report = tried.relay.drain(Duration::from_secs(3600)).await.unwrap();
    assert_eq!((report.acknowledged, report.dead, report.pending), (0, 0, 100));
    let asked = *tried.asked.lock().unwrap();
    assert!(asked <= 48, "{asked} requests with a credential nobody takes");
    let stands = tried.store.endpoint("e").await.unwrap().unwrap();
    assert_eq!(stands.standing, Standing::Paused);
    let pinged = tried.relay.ping("e", "me").await.unwrap();
    assert_eq!(
        (pinged.answered, pinged.endpoint.standing),
        (true, Standing::Active)
    );
    tried.relay.pause("e", "maintenance", "me").await.unwrap();
    let pinged = tried.relay.ping("e", "me").await.unwrap();
    assert_eq!(pinged.endpoint.standing, Standing::Paused, "a person paused it");
    let resumed = tried.relay.resume("e", "me").await.unwrap();
    assert_eq!(resumed.standing, Standing::Active);
    let unknown = tried.relay.resume("f", "me").await.unwrap_err().to_string();
    assert!(unknown.contains('e'), "{unknown}");
}
