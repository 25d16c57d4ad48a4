//! Questions people ask: one SELECT over the canonical tables of a snapshot.
//! Here because a figure nobody planned a screen for must still be found, without a copy of the data leaving the hub.
//! In: SQL and the files of a snapshot. Out: at most so many rows, personal values masked where they were not asked for.
//! Not here: who asks and whether a reveal was recorded (the caller), how rows are printed.
//!
//! Masking is done where a table is read, not where a result is shown: what the SQL cannot see it cannot leak, neither
//! by `substr`, nor by ordering, nor by asking `WHERE` one character at a time. So comparisons see masks too; people are
//! compared by `person_id`.

pub(crate) mod allowed;
mod answer;
mod seen;

use std::path::Path;
use std::sync::Arc;

use arrow_schema::Schema;
use chrono::NaiveDate;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::{ActiveData, tables};

use crate::alias::{self, Aliases};
use crate::place::SqlText;
use crate::{Result, assembled, income, session};

pub use answer::Answer;

/// Most rows of an answer.
pub const ROWS_MAX: usize = 1_000_000;
/// Most bytes of an answer, as columns in memory.
const BYTES_MAX: usize = 256 << 20;
/// Longest question, bytes.
const TEXT_MAX: usize = 1 << 14;
/// What errors call the question's text.
const ORIGIN: &str = "SQL";

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// One SELECT.
    pub sql: String,
    /// Most rows of the answer; above [`ROWS_MAX`] that holds.
    pub rows_max: usize,
    /// Whether personal values are shown as they are. The caller has recorded why.
    pub reveal: bool,
    /// The day it is asked for: derived tables end their windows with its month.
    pub day: NaiveDate,
}

/// A question that plans, with what must be known before it is answered.
pub struct Prepared {
    context: SessionContext,
    plan: LogicalPlan,
    rows_max: usize,
    personal: Vec<String>,
    redacted: String,
}

impl Prepared {
    /// The personal columns it reads, as `table.column`, sorted.
    #[must_use]
    pub fn personal(&self) -> &[String] {
        &self.personal
    }

    /// The question without its literals, which may be somebody's number: fit for the audit log.
    #[must_use]
    pub fn redacted(&self) -> &str {
        &self.redacted
    }

    /// Runs it until it ends, or has brought as many rows or bytes as an answer may have.
    pub(crate) async fn run(self) -> Result<Answer> {
        let schema = Arc::new(Schema::new(self.plan.schema().fields().clone()));
        let mut answer = Answer::new(schema, self.personal);
        let mut rows = self
            .context
            .execute_logical_plan(self.plan)
            .await?
            .execute_stream()
            .await?;
        let mut bytes = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let room = self.rows_max - answer.rows();
            bytes += batch.get_array_memory_size();
            answer.cut = batch.num_rows() > room || bytes > BYTES_MAX;
            answer.push(batch.slice(0, batch.num_rows().min(room)));
            if answer.cut {
                break;
            }
        }
        Ok(answer)
    }
}

/// Plans `question` over the files of `data` in `lake`; what derived tables are computed from stands in `inputs`.
pub(crate) async fn prepare(
    context: SessionContext,
    inputs: SessionContext,
    lake: &Path,
    data: &ActiveData,
    question: &Question,
) -> Result<Prepared> {
    let sql = SqlText {
        text: question.sql.clone(),
        file: ORIGIN.to_owned(),
        first_line: 1,
    };
    if sql.text.len() > TEXT_MAX {
        let bytes = sql.text.len();
        return Err(sql.refuse(format!(
            "a question has at most {TEXT_MAX} bytes, this one {bytes}"
        )));
    }
    let statement = allowed::one_select(&sql)?;
    let aliases = Aliases::new(&data.links);
    for table in tables::ALL {
        let rows = alias::table(&context, lake, data, &aliases, table)?;
        let shown = seen::table(&context, table, rows, question.reveal)?;
        context.register_table(table.name, shown)?;
    }
    // Nothing personal is in a derived table; `inputs` holds the values themselves, since masks of two names may be one.
    let cases = assembled::case_rounds(&data.cases)?;
    assembled::register(&context, &inputs, &data.links, cases, question.day).await?;
    income::register(&context, inputs, question.day)?;
    let plan = context
        .state()
        .statement_to_plan(statement)
        .await
        .map_err(|error| sql.explain(&error))?;
    session::read_only(&plan).map_err(|error| sql.explain(&error))?;
    allowed::functions(&plan).map_err(|message| sql.refuse(message))?;
    allowed::names(&plan).map_err(|message| sql.refuse(message))?;
    let optimised = context.state().optimize(&plan)?;
    Ok(Prepared {
        personal: seen::columns(&optimised)?,
        redacted: allowed::redacted(&sql.text),
        context,
        plan,
        rows_max: question.rows_max.min(ROWS_MAX),
    })
}

#[cfg(test)]
mod tests;
