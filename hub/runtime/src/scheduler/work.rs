//! What a fire does: one connector is read, everything is checked, or what is past keeping goes.
//! Here because the scheduler knows when and why, and the hub knows how.
//! In: a task, the run it will be, how it is stopped. Out: whether it went well, and of which category its fault is.
//! Not here: when, and what follows (scheduler).

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_model::RunId;
use tokio::sync::oneshot;

use crate::hub::Asked;
use crate::report::Report;
use crate::schedule::Task;
use crate::stop::Stop;
use crate::{Live, Retained, Which};

/// Who removes what is past keeping when nobody does it by hand.
const SCHEDULE: &str = "schedule";

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Well; with a remark where there is something to say.
    Done(Option<String>),
    /// Not well.
    Failed {
        /// The category of its fault.
        category: String,
        /// What happened.
        message: String,
    },
}

/// One try of a fire.
pub struct Try {
    /// What is done.
    pub task: Task,
    /// For which moment; milliseconds since 1970 UTC.
    pub nominal_ms: i64,
    /// The run it is.
    pub run: RunId,
    /// By what it is stopped.
    pub stop: Stop,
    /// Told when it begins in earnest; before that the try may be dropped, and nothing has happened.
    pub begun: oneshot::Sender<()>,
}

/// Whoever does it.
pub trait Work: Send + Sync {
    /// Does it.
    fn carry_out(&self, attempt: Try) -> BoxFuture<'_, Outcome>;
}

impl Work for Live {
    fn carry_out(&self, attempt: Try) -> BoxFuture<'_, Outcome> {
        let Try {
            task,
            nominal_ms,
            run,
            stop,
            begun,
        } = attempt;
        let which = match task {
            Task::Pull(connector) => Which::One(connector),
            Task::Check => Which::CheckOnly,
            Task::Retain => return self.let_go(begun).boxed(),
        };
        let asked = Asked {
            by_hand: false,
            nominal_ms: Some(nominal_ms),
            run: Some(run),
            stop,
            begun: Some(begun),
        };
        async move {
            match self.now().run_asked(&which, asked).await {
                Ok(report) => outcome(&report),
                Err(error) => Outcome::Failed {
                    category: "internal".to_owned(),
                    message: error.to_string(),
                },
            }
        }
        .boxed()
    }
}

impl Live {
    /// Removes what is past keeping. It is not stopped between two of its steps: what went is gone, the rest is as it was.
    async fn let_go(&self, begun: oneshot::Sender<()>) -> Outcome {
        match self.now().retain_begun(SCHEDULE, Some(begun)).await {
            Ok(done) => Outcome::Done(Some(gone(&done))),
            Err(error) => Outcome::Failed {
                // Another time it may do: a backup that is being made, a store that refuses.
                category: "transient".to_owned(),
                message: error.to_string(),
            },
        }
    }
}

/// What went, in a sentence.
fn gone(done: &Retained) -> String {
    let rows: u64 = done.kinds.iter().map(|kind| kind.rows).sum();
    format!(
        "清除 {rows} 条、{} 个文件 / removed: hub audit list",
        done.files_swept
    )
}

fn outcome(report: &Report) -> Outcome {
    if let Some(failed) = report.failed.first() {
        return Outcome::Failed {
            category: failed.fault.category.clone(),
            message: failed.fault.message.clone(),
        };
    }
    let waiting = report.held.len();
    Outcome::Done((waiting > 0).then(|| format!("{waiting} 期待人确认 / held: hub status")))
}
