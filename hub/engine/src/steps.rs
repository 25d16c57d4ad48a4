//! The steps of a mapping: what it says once as a view, worked out once for each part.
//! Here because three statements that read a view would each evaluate it, and each be planned over it.
//! In: the views of a mapping, in order. Out: tables of their names; a file for each while a part is at hand, then gone.
//! Not here: what a view says (mapping), which part is at hand (part).

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::{FileRef, RunId};
use parquet::arrow::ArrowWriter;

use crate::part::{self, Switch};
use crate::{Error, Result};

/// The folder below the lake; what a kill leaves there is swept with the other files of its run.
const FOLDER: &str = "steps";

struct Step {
    table: Arc<Switch>,
    plan: LogicalPlan,
}

/// The steps, ready to be taken.
pub(crate) struct Steps {
    lake: PathBuf,
    run: RunId,
    steps: Vec<Step>,
}

impl Steps {
    pub(crate) fn new(lake: &Path, run: RunId) -> Self {
        Self {
            lake: lake.to_owned(),
            run,
            steps: Vec::new(),
        }
    }

    /// Puts a table in the place of view `name`, whose rows `plan` gives.
    pub(crate) fn add(&mut self, context: &SessionContext, name: &str, plan: &LogicalPlan) -> Result<()> {
        self.steps.push(Step {
            plan: part::optimised(context, plan)?,
            table: Switch::register(context, name, Arc::clone(plan.schema().inner()))?,
        });
        Ok(())
    }

    /// Works every step out over the part at hand.
    pub(crate) async fn take(&self, context: &SessionContext) -> Result<()> {
        for (number, step) in self.steps.iter().enumerate() {
            // The step before may be read by this one; this one by none yet.
            step.table.turn_to(&self.lake, &[])?;
            let file = self.file(number);
            let path = self.lake.join(&file);
            let io = |source| Error::Io {
                path: path.clone(),
                source,
            };
            fs::create_dir_all(self.lake.join(FOLDER)).map_err(io)?;
            let mut rows = part::rows(context, &step.plan).await?;
            let out = File::create(&path).map_err(io)?;
            let mut writer = ArrowWriter::try_new(out, rows.schema(), None)?;
            let mut count = 0;
            while let Some(batch) = rows.next().await {
                let batch = batch?;
                count += batch.num_rows() as u64;
                writer.write(&batch)?;
            }
            writer.close()?;
            let taken = FileRef {
                path: file,
                rows: count,
            };
            step.table.turn_to(&self.lake, &[taken])?;
        }
        Ok(())
    }

    fn file(&self, number: usize) -> String {
        format!("{FOLDER}/{}-{number}.parquet", self.run)
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        for number in 0..self.steps.len() {
            // One that was never taken has no file; one that stays is swept later.
            let _ = fs::remove_file(self.lake.join(self.file(number)));
        }
    }
}
