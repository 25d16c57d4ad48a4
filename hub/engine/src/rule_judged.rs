//! A rule's rows, judged one by one: who was found, who is clean, and by which condition.
//! Here because whoever doubts a warning asks what was compared with what; and an indicator is shown also when all is well.
//! In: a rule, a snapshot, a day, one subject or all. Out: rows with their values, conditions and cells.
//! Not here: warnings; nothing is stored.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use chrono::NaiveDate;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, col, lit};
use futures::StreamExt;
use hub_model::{ActiveData, CitedCell, Severity, SubjectKey, Value};
use serde::Serialize;

use crate::engine::within;
use crate::rule_band::{self, Columns, Verdict};
use crate::rule_check::{self, Bound, SUBJECT, subject_of};
use crate::{Engine, Parameters, Result, Rule, evidence};

/// Most rows that are judged one by one.
pub const JUDGED_MAX: usize = 10_000;
/// Longest, seconds.
const SECONDS_MAX: u64 = 120;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// Why it cannot be computed, if so.
    pub not_computable: Option<String>,
    /// Bands whose parameter has no value.
    pub unset_bands: Vec<String>,
    /// The rows, by subject; of one subject in the SELECT's order.
    pub rows: Vec<JudgedRow>,
    /// Whether there were more.
    pub truncated: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedRow {
    /// Whom it is about.
    pub subject: SubjectKey,
    /// What became of it.
    pub verdict: Standing,
    /// Why, band by band, the gravest first.
    pub conditions: Vec<Condition>,
    /// Its columns.
    pub values: BTreeMap<String, Value>,
    /// The cells behind them; only when one subject was asked for.
    pub cells: Vec<CitedCell>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It is in this band.
    Found {
        /// The band.
        band: String,
        /// How urgent.
        severity: Severity,
        /// The sentence people read.
        sentence: String,
    },
    /// The rule is not about it, by this column.
    OutOfScope {
        /// The column of `clean_when`.
        column: String,
    },
    /// In no band.
    Clean,
    /// Something is missing that had to be known.
    Undecided,
}

/// One band's condition on a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// The band.
    pub band: String,
    /// The column that is compared, or that is true.
    pub column: String,
    /// What it holds.
    pub actual: Value,
    /// What it is compared with, in words.
    pub threshold: String,
    /// Whether the row is beyond it; none when it cannot be told.
    pub holds: Option<bool>,
}

impl Engine {
    /// Judges the rows of `rule` as of `day`: of `only`, with its cells, or of everybody.
    ///
    /// # Errors
    /// When the rule does not plan, a file cannot be read, or it takes too long.
    pub async fn judge(
        &self,
        data: &ActiveData,
        rule: &Rule,
        parameters: &Parameters,
        day: NaiveDate,
        only: Option<&SubjectKey>,
    ) -> Result<Judgement> {
        let what = format!("rule {}", rule.header.id);
        within(
            &what,
            SECONDS_MAX,
            self.judge_rows(data, rule, parameters, day, only),
        )
        .await
    }

    async fn judge_rows(
        &self,
        data: &ActiveData,
        rule: &Rule,
        parameters: &Parameters,
        day: NaiveDate,
        only: Option<&SubjectKey>,
    ) -> Result<Judgement> {
        let mut trial = Judgement {
            not_computable: rule_check::missing_input(data, rule, day),
            unset_bands: Vec::new(),
            rows: Vec::new(),
            truncated: false,
        };
        if trial.not_computable.is_some() {
            return Ok(trial);
        }
        let context = self.tables(data, day).await?;
        let Bound { plan, lines } = match rule_check::bind(&context, rule, parameters, day).await? {
            Ok(bound) => bound,
            Err(parameter) => {
                trial.not_computable = Some(format!("parameter {parameter} has no value at {day}"));
                return Ok(trial);
            }
        };
        let mut frame = DataFrame::new(context.state(), plan);
        if let Some(subject) = only {
            frame = frame.filter(col(SUBJECT).eq(literal(subject)))?;
        }
        let mut batches = frame.execute_stream().await?;
        let mut kept: Vec<RecordBatch> = Vec::new();
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let judged = Columns::of(rule, &batch)?;
            let subjects = batch.column_by_name(SUBJECT);
            for row in 0..batch.num_rows() {
                let Some(subject) = subjects.and_then(|column| subject_of(column, row)) else {
                    continue;
                };
                if trial.rows.len() == JUDGED_MAX {
                    trial.truncated = true;
                    break;
                }
                let values = rule_band::values(&batch, row);
                let verdict = if let Some(column) = out_of_scope(rule, &batch, row) {
                    Standing::OutOfScope { column }
                } else {
                    match lines.judge(&judged, row) {
                        Verdict::In(line) => line.standing(rule, &values),
                        Verdict::Clean => Standing::Clean,
                        Verdict::Undecided => Standing::Undecided,
                    }
                };
                trial.rows.push(JudgedRow {
                    subject,
                    verdict,
                    conditions: lines.conditions(rule, &judged, row, &values),
                    values,
                    cells: Vec::new(),
                });
            }
            kept.extend(only.map(|_| batch));
        }
        trial.unset_bands = lines.unset;
        if only.is_some() {
            let lake = &self.options.lake_dir;
            let mut cells = evidence::cells_of(&context, lake, data, rule, kept).await?;
            for row in &mut trial.rows {
                row.cells = cells.remove(&row.subject).unwrap_or_default();
            }
        }
        trial.rows.sort_by(|one, other| one.subject.cmp(&other.subject));
        Ok(trial)
    }
}

fn out_of_scope(rule: &Rule, batch: &RecordBatch, row: usize) -> Option<String> {
    let name = rule.clean_when.as_deref()?;
    let column = batch.column_by_name(name)?.as_boolean();
    (column.is_valid(row) && column.value(row)).then(|| name.to_owned())
}

fn literal(subject: &SubjectKey) -> Expr {
    match subject {
        SubjectKey::Id(id) => lit(*id),
        SubjectKey::Name(name) => lit(name.as_str()),
    }
}
