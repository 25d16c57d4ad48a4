//! Other schedules while the loop goes round.
//! Here because a schedule that is changed must neither run what was before nor lose what is to come.
//! In: the schedules that hold from now on, where the database says that they stand. Out: a board by them.
//! Not here: making the database say so (reload), taking over at the start (begin).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use hub_store::ScheduleRow;
use tokio::sync::MutexGuard;

use super::{Board, Known, Scheduler};
use crate::schedule::Schedules;

/// Nothing is decided while somebody holds this.
pub(crate) struct Still<'a>(MutexGuard<'a, Board>);

impl Scheduler {
    /// Waits until nothing is being decided, and has it stay so until what is returned is gone.
    pub(crate) async fn still(&self) -> Still<'_> {
        Still(self.board.lock().await)
    }

    /// Goes by `plan` from now on; schedules stand as `rows` say. What waits of a schedule that is there no more is skipped, what is
    /// under way goes on.
    pub(crate) fn goes_by(
        &self,
        mut still: Still<'_>,
        plan: Arc<Schedules>,
        rows: &BTreeMap<String, ScheduleRow>,
    ) {
        let board = &mut *still.0;
        for (id, row) in rows {
            let mut known = Known::of(row);
            if let Some(before) = board.known.get(id)
                && before.standing.since_ms == known.standing.since_ms
            {
                // The same as before: how far it is decided, the loop knows better than its row.
                known.standing.decided_ms = known.standing.decided_ms.max(before.standing.decided_ms);
            }
            board.known.insert(id.clone(), known);
        }
        board.adopted = true;
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = plan;
        drop(still);
        self.wake.notify_one();
    }
}
