//! What firing costs: how late 200 schedules start, spread over a minute and all at the same moment.
//! Here because a county has that many, and a hub that is late every night is not noticed until it matters.
//! In: `--seconds N` (20). Out: one line for each round: fires, lag p50, p99, most; processor time.
//! Not here: what is started (reading, checks); the work of these fires is done at once.
//!
//! `cargo bench -p hub-runtime --bench schedules`; a budget of 1 s for p99.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_runtime::clock::SystemClock;
use hub_runtime::schedule::{
    AfterPolicy, Expression, Misfire, OnFailure, Overlap, Retry, Rhythm, Schedule, Schedules, Task,
};
use hub_runtime::scheduler::{Outcome, Scheduler, Try, Work};
use hub_store::{Access, FireState, Store};
use nix::sys::resource::{UsageWho, getrusage};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const SCHEDULES: usize = 200;
const SECONDS: u64 = 20;
/// Each fires once in this time.
const PERIOD_MS: i64 = 5_000;
const AT_ONCE: usize = 8;

struct Nothing;

impl Work for Nothing {
    fn carry_out(&self, attempt: Try) -> BoxFuture<'_, Outcome> {
        async move {
            let _ = attempt.begun.send(());
            Outcome::Done(None)
        }
        .boxed()
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--seconds");
    let given = at.and_then(|at| arguments.get(at + 1));
    let seconds = given.map_or(SECONDS, |seconds| seconds.parse().unwrap());
    round("spread", PERIOD_MS, seconds).await;
    round("all at the same moment", 0, seconds).await;
}

async fn round(name: &str, jitter_ms: i64, seconds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::Write).await.unwrap();
    let plan = Schedules {
        list: (0..SCHEDULES).map(|nth| schedule(nth, jitter_ms)).collect(),
        at_once: AT_ONCE,
        ..Schedules::default()
    };
    let scheduler = Scheduler::new(
        store.clone(),
        Arc::new(plan),
        Arc::new(Nothing),
        Arc::new(SystemClock),
    );
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let before = cpu_seconds();
    let serving = tasks.spawn(scheduler.serve(tasks.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.cancel();
    serving.await.unwrap().unwrap();
    tasks.close();
    tasks.wait().await;
    let cpu = cpu_seconds() - before;
    let fires = store.fires(None, None, 100_000).await.unwrap();
    let done = fires.iter().filter(|fire| fire.state == FireState::Done);
    let mut lags: Vec<i64> = done.map(|fire| fire.claimed_ms.unwrap() - fire.due_ms).collect();
    lags.sort_unstable();
    let at = |percent: usize| {
        lags.get((lags.len().saturating_sub(1) * percent).div_ceil(100))
            .copied()
    };
    let wrong = fires
        .iter()
        .filter(|fire| !matches!(fire.state, FireState::Done | FireState::Waiting))
        .count();
    println!(
        "{SCHEDULES} schedules, {name}: {} fires in {seconds} s, lag p50 {} ms, p99 {} ms, most {} ms; {wrong} not done; {cpu:.2} CPU s",
        lags.len(),
        at(50).unwrap_or_default(),
        at(99).unwrap_or_default(),
        at(100).unwrap_or_default(),
    );
}

fn schedule(nth: usize, jitter_ms: i64) -> Schedule {
    Schedule {
        id: format!("pull.{nth}"),
        task: Task::Pull(nth.to_string()),
        enabled: true,
        rhythm: Rhythm::At(Expression::every(PERIOD_MS)),
        zone: chrono_tz::Asia::Shanghai,
        days: None,
        jitter_ms,
        window: None,
        stop_at_window_end: false,
        misfire: Misfire::RunOnce,
        grace_ms: 60_000,
        misfire_max: 1,
        overlap: Overlap::QueueOne,
        key: nth.to_string(),
        after: Vec::new(),
        after_policy: AfterPolicy::AllSuccess,
        after_timeout_ms: 0,
        retry: Retry::NONE,
        timeout_ms: None,
        max_runtime_ms: None,
        expect_within_ms: None,
        on_failure: OnFailure::Alert,
        place: String::new(),
    }
}

/// Processor time of this process.
fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}
