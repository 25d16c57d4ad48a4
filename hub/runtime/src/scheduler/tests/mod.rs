//! The scheduler over days, in seconds: a real store, a clock set by hand, work that ends as it is told.
//! Here because crashes between any two steps, and clocks that jump, cannot be waited for.
//! In: schedules, moments. Out: rows of the database, and what was carried out how often.
//! Not here: connectors and kills (end to end), decisions by themselves (schedule/tests).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_store::{Access, AuditEntry, FireRow, FireState, Store};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Outcome, Scheduler, Try, Work};
use crate::clock::Clock;
use crate::schedule::Schedule;
use crate::schedule::tests::{cn, plain, plan};

mod ends;
mod nights;

/// A clock that goes when it is told to.
#[derive(Default)]
struct Set {
    now_ms: AtomicI64,
    /// How often somebody asked to sleep.
    asked: AtomicU64,
    moved: Arc<Notify>,
}

impl Clock for Handed {
    fn now_ms(&self) -> i64 {
        self.0.now_ms.load(Ordering::SeqCst)
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let clock = Arc::clone(&self.0);
        let until = clock.now_ms.load(Ordering::SeqCst) + i64::try_from(wait.as_millis()).unwrap();
        clock.asked.fetch_add(1, Ordering::SeqCst);
        async move {
            loop {
                let moved = clock.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if clock.now_ms.load(Ordering::SeqCst) >= until {
                    return;
                }
                moved.await;
            }
        }
        .boxed()
    }
}

#[derive(Clone, Default)]
struct Handed(Arc<Set>);

/// Work that is done when a permit is given, and ends as the next outcome says; well, when none does.
struct Done {
    store: Store,
    gate: Semaphore,
    outcomes: Mutex<VecDeque<Outcome>>,
    tries: AtomicU64,
}

impl Work for Done {
    fn carry_out(&self, attempt: Try) -> BoxFuture<'_, Outcome> {
        async move {
            let _ = attempt.begun.send(());
            self.tries.fetch_add(1, Ordering::SeqCst);
            // A run writes at once, over the only connection that can.
            let entry = AuditEntry {
                actor: "work".into(),
                action: "work.began".into(),
                subject: attempt.run.to_string(),
                detail: String::new(),
            };
            self.store.record(&[entry], 1).await.unwrap();
            tokio::select! {
                permit = self.gate.acquire() => permit.unwrap().forget(),
                () = attempt.stop.wait() => {
                    return Outcome::Failed { category: "cancelled".into(), message: "stopped".into() };
                }
            }
            self.outcomes
                .lock()
                .unwrap()
                .pop_front()
                .unwrap_or(Outcome::Done(None))
        }
        .boxed()
    }
}

struct Site {
    folder: tempfile::TempDir,
    store: Store,
    clock: Handed,
    work: Arc<Done>,
    scheduler: Arc<Scheduler>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

const PERMITS: usize = 10_000;

impl Site {
    async fn new(schedules: Vec<Schedule>, now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Handed::default();
        clock.0.now_ms.store(cn(now), Ordering::SeqCst);
        Self::over(folder, clock, schedules).await
    }

    async fn over(folder: tempfile::TempDir, clock: Handed, schedules: Vec<Schedule>) -> Self {
        let store = Store::open(folder.path(), Access::Write).await.unwrap();
        let work = Arc::new(Done {
            store: store.clone(),
            gate: Semaphore::new(PERMITS),
            outcomes: Mutex::default(),
            tries: AtomicU64::new(0),
        });
        let scheduler = Scheduler::new(
            store.clone(),
            Arc::new(plan(schedules)),
            Arc::clone(&work) as Arc<dyn Work>,
            Arc::new(clock.clone()),
        );
        scheduler.begin().await.unwrap();
        Site {
            folder,
            store,
            clock,
            work,
            scheduler,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// A hub that dies and one that begins at `now`, with `schedules`.
    async fn again(self, schedules: Vec<Schedule>, now: &str) -> Self {
        let Site {
            folder,
            store,
            clock,
            scheduler,
            ..
        } = self;
        drop(scheduler);
        store.close().await;
        clock.0.now_ms.store(cn(now), Ordering::SeqCst);
        Self::over(folder, clock, schedules).await
    }

    fn set(&self, now: &str) {
        self.clock.0.now_ms.store(cn(now), Ordering::SeqCst);
        self.clock.0.moved.notify_waiters();
    }

    async fn turn(&self) {
        self.scheduler.turn(&self.tasks, &self.stop).await.unwrap();
    }

    /// At `now`, until nothing moves any more.
    async fn go(&self, now: &str) {
        self.set(now);
        loop {
            self.turn().await;
            let before = self.tries();
            self.rest().await;
            let waiting = self.store.open_fires().await.unwrap();
            let due = waiting.iter().any(|fire| {
                fire.state == FireState::Waiting && fire.due_ms <= cn(now) && fire.until_ms.is_none()
            });
            if !due || self.tries() == before {
                break;
            }
        }
        self.turn().await;
        self.rest().await;
    }

    /// Until what is under way has ended, unless it waits for its gate.
    async fn rest(&self) {
        while !self.tasks.is_empty() && self.work.gate.available_permits() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Until `state` is what the newest fire is in.
    async fn until(&self, state: FireState) {
        while self
            .store
            .fires(None, None, 1)
            .await
            .unwrap()
            .first()
            .map(|fire| fire.state)
            != Some(state)
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Until the newest fire runs and its time limit does too, at `now`.
    async fn running(&self, now: &str) {
        self.set(now);
        let asked = || self.clock.0.asked.load(Ordering::SeqCst);
        let before = asked();
        self.turn().await;
        self.until(FireState::Running).await;
        while asked() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn tries(&self) -> u64 {
        self.work.tries.load(Ordering::SeqCst)
    }

    fn ends(&self, category: &str, times: usize) {
        let failed = Outcome::Failed {
            category: category.to_owned(),
            message: "no".to_owned(),
        };
        self.work
            .outcomes
            .lock()
            .unwrap()
            .extend(std::iter::repeat_n(failed, times));
    }

    /// Every fire, the earliest first.
    async fn fires(&self, schedule: &str) -> Vec<FireRow> {
        let mut fires = self.store.fires(Some(schedule), None, 1_000).await.unwrap();
        fires.reverse();
        fires
    }

    async fn states(&self, schedule: &str) -> Vec<&'static str> {
        self.fires(schedule)
            .await
            .iter()
            .map(|fire| fire.state.as_str())
            .collect()
    }

    async fn told(&self, action: &str) -> usize {
        self.store
            .audit_rows(None, None, Some(action), 100)
            .await
            .unwrap()
            .len()
    }
}

/// One at half past six.
fn daily() -> Vec<Schedule> {
    vec![plain("pull.a", "30 18 * * *")]
}
