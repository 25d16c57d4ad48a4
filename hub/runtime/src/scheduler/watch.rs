//! The watchdog: tells when a schedule's last success is older than it may be.
//! Here because a loop that stopped does not say so itself; this one shares nothing with it but the database.
//! In: when schedules, connectors and checks last ended well. Out: a line, an entry, a mark in the database, once for each change.
//! Not here: whether it is late (schedule).

use std::collections::BTreeMap;
use std::time::Duration;

use hub_store::Store;
use tokio_util::sync::CancellationToken;

use super::{Scheduler, told};
use crate::schedule::{Schedule, Task};
use crate::{Result, clock};

/// How often it looks.
const LOOKS: Duration = Duration::from_secs(30);

/// When what last ended well, whoever asked for it.
#[derive(Debug, Clone, Default)]
pub struct Fresh {
    done: BTreeMap<String, i64>,
    read: BTreeMap<String, i64>,
    checked_ms: Option<i64>,
}

impl Fresh {
    /// As the database knows it.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn load(store: &Store) -> Result<Self> {
        Ok(Self {
            done: store.schedules_done().await?,
            read: store.connectors_read().await?,
            checked_ms: store.checked_ms().await?,
        })
    }

    /// When what `schedule` does was last done; `None` when it never was.
    #[must_use]
    pub fn last_ms(&self, schedule: &Schedule) -> Option<i64> {
        let otherwise = match &schedule.task {
            Task::Pull(connector) => self.read.get(connector).copied(),
            Task::Check => self.checked_ms,
            // Done by hand it is in the audit log only.
            Task::Retain => None,
        };
        self.done.get(&schedule.id).copied().max(otherwise)
    }
}

impl Scheduler {
    /// Looks until `stop`.
    pub async fn watch(&self, stop: CancellationToken) {
        let mut told_gaps = Vec::new();
        while !stop.is_cancelled() {
            if let Err(error) = self.look().await {
                told::store_refuses(&error);
            }
            let gaps = self.plan().calendar_gaps(clock::day(self.clock.now_ms()));
            for gap in gaps.iter().filter(|gap| !told_gaps.contains(*gap)) {
                told::calendar(gap);
            }
            told_gaps = gaps;
            tokio::select! {
                () = self.clock.sleep(LOOKS) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Looks once.
    pub(super) async fn look(&self) -> Result<()> {
        let (now_ms, plan) = (self.clock.now_ms(), self.plan());
        let fresh = Fresh::load(&self.store).await?;
        for (id, row) in self.store.schedules().await? {
            let Some(schedule) = plan.get(&id).filter(|schedule| schedule.enabled) else {
                continue;
            };
            let last_ms = fresh
                .last_ms(schedule)
                .unwrap_or(row.since_ms)
                .max(row.since_ms.min(now_ms));
            let late_ms = plan
                .late_since(schedule, last_ms, now_ms)
                .filter(|_| row.paused_ms.is_none());
            if late_ms.is_some() != row.late_ms.is_some() {
                told::late(&id, late_ms);
                self.store.schedule_late(&id, late_ms, now_ms).await?;
            }
        }
        Ok(())
    }
}
