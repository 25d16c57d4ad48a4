//! Evaluates one rule over registered tables.
//! Here because a rule must say of each subject one of three things: found, clean, or not decided.
//! In: a rule, parameters at a day, a context whose tables stand. Out: findings by subject, and whom it decided.
//! Not here: how urgent a row is (rule_band), which warnings follow, and the source cells (evidence).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, UInt64Type};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::DataType;
use chrono::{Datelike, NaiveDate};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::ParamValues;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use hub_model::{ActiveData, Finding, Period, SubjectKey, SubjectKind, tables};

use crate::income::accounting_year;
use crate::query::allowed;
use crate::rule_band::{self, Columns, Lines, Verdict};
use crate::rule_band_file::Test;
use crate::rule_file::{Rule, no_such};
use crate::{Error, Parameters, Result, sentence, session};

/// Most findings of one rule in one evaluation; more is a rule gone wrong, not a county gone poor.
const FINDINGS_MAX: usize = 500_000;
/// Most rows a SELECT may give, findings or not: ten for each of ten million people.
const ROWS_MAX: usize = 100_000_000;
/// Most rows that become findings: a subject may have several, but a join of everybody with everybody is none.
const FOUND_ROWS_MAX: usize = 2 * FINDINGS_MAX;
/// Most keywords, brackets and operators of a rule: each may be a level of a tree that the planner walks by recursion.
const LEVELS_MAX: usize = 800;
/// The column that names the subject.
pub(crate) const SUBJECT: &str = "subject";
/// The column with the deadline, of a rule whose period is one.
pub(crate) const DEADLINE: &str = "deadline";
/// The columns of an indicator beside its measure.
const KPI_COLUMNS: [&str; 2] = ["numerator", "denominator"];

/// What a rule answers.
pub(crate) struct Answer {
    /// The offenders, by subject.
    pub(crate) findings: Vec<Finding>,
    /// The SELECT's rows that became findings, for citing cells.
    pub(crate) rows: Vec<RecordBatch>,
    /// Subjects about which the rule could say something.
    pub(crate) decided: BTreeSet<SubjectKey>,
    /// Bands without a line at the day.
    pub(crate) unset_bands: Vec<String>,
}

/// Why a rule cannot be computed, or an answer.
pub(crate) enum Evaluation {
    Answered(Answer),
    Unset { parameter: String },
}

/// The type of the column that names subjects of `kind`.
fn subject_type(kind: SubjectKind) -> DataType {
    if kind.is_numbered() {
        DataType::UInt64
    } else {
        DataType::Utf8
    }
}

/// The subject a row names; none where it names nobody, or in a way that is no name.
pub(crate) fn subject_of(column: &dyn Array, row: usize) -> Option<SubjectKey> {
    if column.is_null(row) {
        return None;
    }
    if let Some(ids) = column.as_primitive_opt::<UInt64Type>() {
        return Some(SubjectKey::Id(ids.value(row)));
    }
    SubjectKey::named(column.as_string_opt::<i32>()?.value(row))
}

/// Plans `rule` and checks its columns and their types; tables must be registered, empty ones will do.
pub(crate) async fn plan(context: &SessionContext, rule: &Rule) -> Result<LogicalPlan> {
    let explain = |error| rule.sql.explain(&error);
    if allowed::levels(&rule.sql.text) > LEVELS_MAX {
        let message = format!("a rule has at most {LEVELS_MAX} keywords, brackets and operators");
        return Err(rule.sql.refuse(message));
    }
    let plan = context
        .state()
        .create_logical_plan(&rule.sql.text)
        .await
        .map_err(explain)?;
    session::read_only(&plan).map_err(explain)?;
    let columns: Vec<_> = plan
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let measure = rule.measure.as_deref().map(|column| (column, DataType::Int64));
    let conditions = rule.bands.iter().filter_map(|band| match &band.test {
        Test::When { column, .. } => Some((column.as_str(), DataType::Boolean)),
        Test::Below(_) | Test::Above(_) => None,
    });
    let typed = [(SUBJECT, subject_type(rule.header.subject))]
        .into_iter()
        .chain(measure)
        .chain(conditions)
        .chain(
            rule.overrides
                .iter()
                .map(|o| (o.when.as_str(), DataType::Boolean)),
        )
        .chain(
            rule.clean_when
                .iter()
                .map(|column| (column.as_str(), DataType::Boolean)),
        )
        .chain((rule.header.period == Period::Deadline).then_some((DEADLINE, DataType::Date32)))
        .chain(
            rule.header
                .kpi
                .iter()
                .flat_map(|_| KPI_COLUMNS.map(|column| (column, DataType::Int64))),
        )
        .map(|(name, kind)| (name, Some(kind)));
    let template = sentence::placeholders(&rule.sentence).unwrap_or_default();
    let shown = template
        .into_iter()
        .filter(|name| *name != sentence::THRESHOLD)
        .map(|name| (name, None));
    let moving = rule.moving.iter().map(|name| (name.as_str(), None));
    for (name, kind) in typed.chain(shown).chain(moving) {
        let Some(position) = columns.iter().position(|column| *column == name) else {
            return Err(rule.sql.refuse(no_such("column in the SELECT", name, &columns)));
        };
        let found = plan.schema().field(position).data_type();
        if let Some(kind) = kind.filter(|kind| kind != found) {
            return Err(rule.sql.refuse(format!(
                "the column {name} must be {kind}, the SELECT gives {found}"
            )));
        }
    }
    Ok(plan)
}

/// A parameter the engine gives: what the day is, in which month and in which accounting year (1 October to 30 September).
fn given(name: &str, day: NaiveDate) -> Option<ScalarValue> {
    let date = |day: NaiveDate| ScalarValue::Date32(Some(Date32Type::from_naive_date(day)));
    match name {
        "today" => Some(date(day)),
        "month" => day.with_day(1).map(date),
        "accounting_year" => Some(ScalarValue::Int64(Some(accounting_year(day)))),
        _ => None,
    }
}

/// A rule's SELECT with the values of a day, and its lines at it.
pub(crate) struct Bound<'r> {
    pub(crate) plan: LogicalPlan,
    pub(crate) lines: Lines<'r>,
}

/// `rule` with the parameters of `day`; the name of one that has no value.
pub(crate) async fn bind<'r>(
    context: &SessionContext,
    rule: &'r Rule,
    parameters: &Parameters,
    day: NaiveDate,
) -> Result<std::result::Result<Bound<'r>, String>> {
    let plan = plan(context, rule).await?;
    let mut values = HashMap::new();
    for name in plan.get_parameter_names()? {
        let name = name.trim_start_matches('$').to_owned();
        let value = match (given(&name, day), parameters.at(&name, day)) {
            (Some(given), _) => given,
            (None, Some(parameter)) => ScalarValue::Int64(Some(parameter.value)),
            (None, None) => return Ok(Err(name)),
        };
        values.insert(name, ScalarAndMetadata::from(value));
    }
    let plan = plan
        .with_param_values(ParamValues::Map(values))
        .map_err(|error| rule.sql.explain(&error))?;
    let lines = Lines::at(rule, parameters, day)?;
    Ok(Ok(Bound { plan, lines }))
}

/// Evaluates `rule` as of `day`; with `watched`, only of those subjects it is noted that they were decided.
pub(crate) async fn evaluate(
    context: &SessionContext,
    rule: &Rule,
    parameters: &Parameters,
    day: NaiveDate,
    watched: Option<Option<&HashSet<SubjectKey>>>,
) -> Result<Evaluation> {
    let Bound { plan, lines } = match bind(context, rule, parameters, day).await? {
        Ok(bound) => bound,
        Err(parameter) => return Ok(Evaluation::Unset { parameter }),
    };
    let rows = context.execute_logical_plan(plan).await?.execute_stream().await?;
    Ok(Evaluation::Answered(
        judge(rule, day, watched, lines, rows).await?,
    ))
}

/// Judges the rows of `rule`'s SELECT by `lines`.
pub(crate) async fn judge(
    rule: &Rule,
    day: NaiveDate,
    watched: Option<Option<&HashSet<SubjectKey>>>,
    lines: Lines<'_>,
    mut rows: SendableRecordBatchStream,
) -> Result<Answer> {
    let mut judge = Judge {
        rule,
        day,
        watched,
        lines: &lines,
        found: BTreeMap::new(),
        rows: Vec::new(),
        rows_read: 0,
        rows_found: 0,
        decided: BTreeSet::new(),
    };
    while let Some(batch) = rows.next().await {
        judge.batch(&batch?)?;
    }
    Ok(Answer {
        findings: judge.found.into_values().collect(),
        rows: judge.rows,
        decided: judge.decided,
        unset_bands: lines.unset,
    })
}

/// Goes through a rule's rows and keeps only those that became findings.
struct Judge<'a> {
    rule: &'a Rule,
    day: NaiveDate,
    watched: Option<Option<&'a HashSet<SubjectKey>>>,
    lines: &'a Lines<'a>,
    found: BTreeMap<SubjectKey, Finding>,
    rows: Vec<RecordBatch>,
    rows_read: usize,
    rows_found: usize,
    decided: BTreeSet<SubjectKey>,
}

impl Judge<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let missing = |name: &str| self.rule.sql.refuse(format!("the column {name} is gone"));
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
        let subjects = column(SUBJECT)?;
        let judged = Columns::of(self.rule, batch)?;
        let clean = self
            .rule
            .clean_when
            .as_deref()
            .map(column)
            .transpose()?
            .map(|column| column.as_boolean());
        self.rows_read += batch.num_rows();
        if self.rows_read > ROWS_MAX {
            let message = format!("gives more than {ROWS_MAX} rows; is a join without its condition?");
            return Err(self.rule.sql.refuse(message));
        }
        let mut keep = vec![false; batch.num_rows()];
        for (row, keep) in keep.iter_mut().enumerate() {
            let Some(subject) = subject_of(subjects, row) else {
                continue;
            };
            if clean.is_some_and(|clean| clean.is_valid(row) && clean.value(row)) {
                self.decide(subject);
                continue;
            }
            match self.lines.judge(&judged, row) {
                Verdict::Undecided => {}
                Verdict::Clean => self.decide(subject),
                Verdict::In(line) => {
                    let Some(period) = rule_band::period_key(self.rule, batch, row, self.day) else {
                        continue;
                    };
                    *keep = true;
                    self.decide(subject.clone());
                    let of = (subject, period);
                    self.note(rule_band::finding(self.rule, line, batch, row, of))?;
                }
            }
        }
        self.rows_found += keep.iter().filter(|keep| **keep).count();
        if self.rows_found > FOUND_ROWS_MAX {
            let message = format!(
                "finds its subjects in more than {FOUND_ROWS_MAX} rows; is a join without its condition?"
            );
            return Err(self.rule.sql.refuse(message));
        }
        if keep.contains(&true) {
            self.rows
                .push(filter_record_batch(batch, &BooleanArray::from(keep))?);
        }
        Ok(())
    }

    fn decide(&mut self, subject: SubjectKey) {
        let matters = match self.watched {
            None => true,
            Some(watched) => watched.is_some_and(|watched| watched.contains(&subject)),
        };
        if matters {
            self.decided.insert(subject);
        }
    }

    /// A subject found by several rows keeps the gravest, and of equals always the same one.
    fn note(&mut self, finding: Finding) -> Result<()> {
        let rank = |finding: &Finding| {
            (
                std::cmp::Reverse(finding.severity),
                finding.evidence.sentence.clone(),
            )
        };
        let id = finding.subject.key.clone();
        if self
            .found
            .get(&id)
            .is_none_or(|before| rank(&finding) < rank(before))
        {
            self.found.insert(id, finding);
        }
        if self.found.len() > FINDINGS_MAX {
            return Err(self
                .rule
                .sql
                .refuse(format!("finds more than {FINDINGS_MAX} subjects")));
        }
        Ok(())
    }
}

/// The error of an example.
pub(crate) fn example_error(rule: &Rule, example: &str, message: String) -> Error {
    Error::Example {
        file: rule.sql.file.clone(),
        example: example.to_owned(),
        message,
    }
}

/// Why `rule` cannot be answered from `data` on `day`, when it cannot.
pub(crate) fn missing_input(data: &ActiveData, rule: &Rule, day: NaiveDate) -> Option<String> {
    let missing = |table: &str| {
        if !data.tables.contains_key(table) {
            return Some(format!("{table} missing: never loaded"));
        }
        data.stale
            .get(table)
            .map(|reason| format!("{table}: stale, {reason}"))
    };
    let missing_table = rule
        .tables
        .iter()
        .find_map(|table| match tables::find_derived(table) {
            None => missing(table),
            Some(derived) => {
                let reason = derived.inputs.iter().find_map(|input| missing(input));
                reason.map(|reason| format!("{table}: computed from {reason}"))
            }
        });
    missing_table.or_else(|| {
        rule.fresh_days.iter().find_map(|(table, days)| {
            let loaded = data.loaded_on.get(table)?;
            let age = (day - *loaded).num_days();
            (age > i64::from(*days)).then(|| {
                format!("{table}: stale, last brought rows on {loaded}, {age} days ago; at most {days}")
            })
        })
    })
}

/// Days since the oldest of the tables of `rule` got rows; none where that is known of none.
pub(crate) fn data_age_days(data: &ActiveData, rule: &Rule, day: NaiveDate) -> Option<u32> {
    let loaded = rule.tables.iter().filter_map(|table| data.loaded_on.get(table));
    let oldest = loaded.min()?;
    u32::try_from((day - *oldest).num_days().max(0)).ok()
}
