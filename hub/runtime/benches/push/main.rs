//! What pushing costs, and what a storm does to a hundred thousand events.
//! Here because a platform that was down for a night is owed a hundred thousand events in the morning.
//! In: `throughput` or `storm`, `--events N` (100,000), `--dir DIR`. Out: events per second and CPU second; what went missing.
//! Not here: the making of warnings (check).
//!
//! `cargo bench -p hub-runtime --bench push -- throughput`; a budget of 2,000 events per second of one core of the hub, whose relay
//! is a process of its own; the receiver is another. `… -- storm` kills a relay, which is a third, at random moments, and a receiver that resets, answers
//! 429 and 503, is slow, or loses its yes, judges what came.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

mod receiver;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::route::Routes;
use hub_model::{Calendar, CaseId, EventId, EventType, OutboxMessage};
use hub_runtime::channels::{Channel, Kind, Networks, Schemes, Signer, Webhook};
use hub_runtime::relay::Relay;
use hub_runtime::settings::Settings;
use hub_runtime::worksheet::Seal;
use hub_runtime::{Secret, clock};
use hub_store::{Access, Commit, Store};
use nix::sys::resource::{UsageWho, getrusage};
use plugin_host::{Host, Trust};
use tokio_util::sync::CancellationToken;

/// The hub's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS: u64 = 100_000;
/// Events of one case.
const EVENTS_PER_CASE: u64 = 4;
/// Events committed at once while the outbox is filled.
const CHUNK: u64 = 20_000;
const ENDPOINT: &str = "platform";
/// Longest a relay lives in a storm, milliseconds.
const LIFE_MS: u64 = 2_500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    if arguments.iter().any(|argument| argument == "receiver") {
        return receiver::run(arguments.iter().any(|argument| argument == "--storm"));
    }
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let events = given("--events").map_or(EVENTS, |events| events.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let dir: PathBuf = given("--dir").map_or_else(|| temporary.path().to_owned(), Into::into);
    if let Some(url) = given("--drain") {
        let concurrency = given("--concurrency").unwrap().parse().unwrap();
        return runtime.block_on(drain(&dir, &url, concurrency));
    }
    if let Some(url) = given("--relay") {
        return runtime.block_on(relay(&dir, &url));
    }
    if arguments.iter().any(|argument| argument == "storm") {
        runtime.block_on(storm(&dir, events));
    } else {
        runtime.block_on(throughput(&dir, events));
    }
}

async fn throughput(dir: &Path, events: u64) {
    let (mut receiver, url) = start_receiver(&[]);
    let store = filled(dir, events).await;
    println!("{events} events wait in {} MB", megabytes(dir));
    store.clone().close().await;
    for concurrency in ["8", "64"] {
        // A process of its own: what filled the outbox is in nobody's memory.
        let relay = Command::new(std::env::current_exe().unwrap())
            .args(["--drain", &url, "--concurrency", concurrency, "--dir"])
            .arg(dir)
            .status()
            .unwrap();
        assert!(relay.success());
        let store = Store::open(dir, Access::Write).await.unwrap();
        store
            .replay(&hub_store::Sent::default(), true, "bench", clock::now_ms())
            .await
            .unwrap();
        store.close().await;
    }
    receiver.kill().unwrap();
    receiver.wait().unwrap();
}

async fn storm(dir: &Path, events: u64) {
    let (mut receiver, url) = start_receiver(&["--storm"]);
    let store = filled(dir, events).await;
    store.clone().close().await;
    let began = Instant::now();
    let mut kills = 0;
    loop {
        let mut relay = Command::new(std::env::current_exe().unwrap())
            .args(["--relay", &url, "--dir"])
            .arg(dir)
            .spawn()
            .unwrap();
        let life = Duration::from_millis(200 + rand::random::<u64>() % LIFE_MS);
        tokio::time::sleep(life).await;
        if relay.try_wait().unwrap().is_some() {
            break;
        }
        relay.kill().unwrap();
        relay.wait().unwrap();
        kills += 1;
    }
    let store = Store::open(dir, Access::Write).await.unwrap();
    let counts = store.outbox_counts().await.unwrap();
    println!(
        "{kills} kills, {:.1} s: {counts:?}",
        began.elapsed().as_secs_f64()
    );
    assert_eq!((counts.acknowledged, counts.dead, counts.pending), (events, 0, 0));
    let said = receiver::ask(&url);
    println!("{said}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["unique"], events, "some are missing");
    assert_eq!(said["out_of_order"], 0);
    receiver.kill().unwrap();
    receiver.wait().unwrap();
}

/// What is measured: a relay that sends what waits, and nothing else.
async fn drain(dir: &Path, url: &str, concurrency: usize) {
    let store = Store::open(dir, Access::Write).await.unwrap();
    let waits = store.outbox_counts().await.unwrap().pending;
    let relay = Relay::new(store, &settings(dir, url, concurrency), &no_host()).unwrap();
    let (began, cpu, before) = (Instant::now(), cpu_seconds(), peak_mb());
    let report = relay.drain(Duration::from_secs(3600)).await.unwrap();
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    assert_eq!((report.acknowledged, report.pending), (waits, 0));
    println!(
        "concurrency {concurrency}: {:.0} events/s of wall, {:.0} events per CPU second of the hub; {wall:.1} s, CPU {cpu:.1} s, peak {} MB, {before} MB before the first",
        waits as f64 / wall,
        waits as f64 / cpu,
        peak_mb()
    );
}

/// What is killed: a relay until nothing waits.
async fn relay(dir: &Path, url: &str) {
    let store = Store::open(dir, Access::Write).await.unwrap();
    let relay = Relay::new(store.clone(), &settings(dir, url, 32), &no_host()).unwrap();
    let stop = CancellationToken::new();
    let serving = relay.serve(stop.clone());
    let ends = async {
        while store.outbox_counts().await.unwrap().pending > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        stop.cancel();
    };
    tokio::join!(serving, ends);
}

async fn filled(dir: &Path, events: u64) -> Store {
    let store = Store::open(dir, Access::Write).await.unwrap();
    for from in (0..events).step_by(usize::try_from(CHUNK).unwrap()) {
        let messages = (from..events.min(from + CHUNK)).map(|n| OutboxMessage {
            id: EventId::new(1_700_000_000_000, u128::from(n)),
            case_id: CaseId::new(1, u128::from(n / EVENTS_PER_CASE)),
            kind: EventType::Opened,
            data: format!(
                r#"{{"case_id":"{n}","version":{n},"severity":"red","department":"民政局","explain":"人均纯收入低于监测线，已连续三个月"}}"#
            ),
        });
        let commit = Commit {
            outbox: messages.collect(),
            routes: Arc::new(Routes::to_all([ENDPOINT])),
            ..Commit::default()
        };
        store.commit(&commit, clock::now_ms()).await.unwrap();
    }
    store
}

/// Nothing here goes through a plugin.
fn no_host() -> Host {
    Host {
        exe: PathBuf::new(),
        args: vec![],
    }
}

fn settings(dir: &Path, url: &str, concurrency: usize) -> Settings {
    let url: url::Url = url.parse().unwrap();
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
    let channel = Channel {
        id: ENDPOINT.to_owned(),
        rate_per_minute: None,
        kind: Kind::Webhook(Box::new(Webhook {
            signer: Signer::standard_webhooks(Schemes::default().hmac(&secret).unwrap()),
            networks: Arc::new(Networks::new(&url.host().unwrap(), &[]).unwrap()),
            url,
            authorities: Vec::new(),
            timeout: Duration::from_secs(1),
            concurrency,
            batch_max: 1,
            success: None,
            busy: None,
            template: None,
            headers: std::collections::BTreeMap::new(),
            full: None,
        })),
    };
    Settings {
        configuration: String::new(),
        site: "341200".into(),
        home: dir.into(),
        node: String::new(),
        plugins_dir: dir.to_owned(),
        plugins_lock: dir.join("plugins.lock"),
        trust: Trust::default(),
        as_of: None,
        calendar: Arc::new(Calendar::default()),
        four_eyes: true,
        worksheet_plugin: None,
        seal: Seal::new(&[7; 32]),
        reads_at_once: 1,
        connectors: vec![],
        channels: vec![channel],
        routes: Arc::new(Routes::to_all([ENDPOINT])),
        schedules: Arc::default(),
        retention: hub_runtime::settings::Retention::default(),
        schemas: None,
        lineage: hub_runtime::Told::default(),
    }
}

/// A receiver in a process of its own, and where it listens.
fn start_receiver(more: &[&str]) -> (Child, String) {
    let mut receiver = Command::new(std::env::current_exe().unwrap())
        .arg("receiver")
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(receiver.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    (receiver, line.trim().to_owned())
}

fn megabytes(dir: &Path) -> u64 {
    let sizes =
        ["hub.db", "hub.db-wal"].map(|file| std::fs::metadata(dir.join(file)).map_or(0, |file| file.len()));
    sizes.iter().sum::<u64>() >> 20
}

fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// Most memory this program had; what `getrusage` says begins at what its parent had.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes.unwrap().parse::<u64>().unwrap() / 1024
}
