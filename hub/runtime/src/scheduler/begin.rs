//! Taking over: the schedules of the configuration, what an earlier hub left under way, a clock that was put right.
//! Here because what happens before the loop goes round is what decides whether a slot is run twice.
//! In: definitions, rows of the database. Out: standings; fires that are done, begun again or over.
//! Not here: the loop (mod), the rule for fires that were left (schedule).

use hub_store::{FireRow, FireState, ScheduleRow};

use super::{Board, Known, Scheduler, pending, to, told};
use crate::Result;
use crate::schedule::{Recovered, Schedule, Standing, Task, recover};

impl Known {
    /// Of a schedule as the database knows it.
    pub(super) fn of(row: &ScheduleRow) -> Self {
        Self {
            standing: Standing {
                decided_ms: row.decided_ms,
                since_ms: row.since_ms,
                paused: row.paused_ms.is_some(),
            },
            next_ms: i64::MIN,
        }
    }
}

impl Scheduler {
    /// Takes over the schedules, and what a hub that died left under way.
    pub(super) async fn begin(&self) -> Result<()> {
        let mut board = self.board.lock().await;
        self.adopt(&mut board).await?;
        drop(board);
        self.recover().await
    }

    /// Takes the schedules over, unless that was done.
    pub(super) async fn adopt(&self, board: &mut Board) -> Result<()> {
        if board.adopted {
            return Ok(());
        }
        self.store
            .adopt_schedules(&self.plan().definitions(), self.clock.now_ms())
            .await?;
        for (id, row) in self.store.schedules().await? {
            board.known.insert(id, Known::of(&row));
        }
        board.adopted = true;
        Ok(())
    }

    /// Decides about fires that a dead hub left under way.
    async fn recover(&self) -> Result<()> {
        let (now_ms, plan) = (self.clock.now_ms(), self.plan());
        let mut moved = Vec::new();
        for fire in self.store.open_fires().await? {
            if fire.state == FireState::Waiting {
                continue;
            }
            let schedule = plan.get(&fire.schedule);
            let committed = self.was_committed(schedule, &fire).await?;
            let (state, reason) = match recover(schedule, &pending(&fire), committed, now_ms) {
                Recovered::Done => (
                    FireState::Done,
                    "服务中断前已提交 / it was committed before the hub ended".to_owned(),
                ),
                Recovered::Again => (
                    FireState::Waiting,
                    "上次运行中断，重来 / interrupted, begun again".to_owned(),
                ),
                Recovered::Failed(why) => (FireState::Failed, why),
                Recovered::Missed(why) => (FireState::Missed, why),
            };
            told::recovered(&fire, state);
            moved.push(to(&fire, state, Some(reason)));
        }
        if moved.is_empty() {
            return Ok(());
        }
        Ok(self
            .store
            .move_fires(&moved, &told::entries(&moved), now_ms)
            .await?)
    }

    /// Whether what `fire` did last had become true.
    async fn was_committed(&self, schedule: Option<&Schedule>, fire: &FireRow) -> Result<bool> {
        match schedule.map(|schedule| &schedule.task) {
            Some(Task::Check) => {
                let checked_ms = self.store.checked_ms().await?;
                Ok(fire
                    .started_ms
                    .zip(checked_ms)
                    .is_some_and(|(started, checked)| checked >= started))
            }
            // What was left goes when it is begun again; what went does not come back.
            Some(Task::Retain) => Ok(false),
            Some(Task::Pull(_)) | None => {
                let Some(run) = fire.runs.last() else {
                    return Ok(false);
                };
                let run = self.store.run(run).await?;
                Ok(run.is_some_and(|run| run.state.is_through()))
            }
        }
    }

    /// Nothing later than now is decided any more.
    pub(super) async fn step_back(&self, now_ms: i64) -> Result<()> {
        let mut board = self.board.lock().await;
        self.store.schedules_not_ahead(now_ms).await?;
        for known in board.known.values_mut() {
            known.standing.decided_ms = known.standing.decided_ms.min(now_ms);
            known.standing.since_ms = known.standing.since_ms.min(now_ms);
            known.next_ms = i64::MIN;
        }
        Ok(())
    }
}
