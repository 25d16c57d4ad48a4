//! Evaluates one rule over registered tables.
//! Here because finding, banding and explaining are one question: who, how urgent, and why.
//! In: a rule, parameters at a day, a context whose tables stand. Out: findings, ordered by subject.
//! Not here: which warnings follow, and the source cells (evidence).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use chrono::NaiveDate;
use datafusion::common::ParamValues;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionContext};
use datafusion::scalar::ScalarValue;
use hub_model::{CitedCell, Evidence, Fen, Finding, Severity, Subject, Value};

use crate::rule_file::{Rule, no_such};
use crate::{Error, Parameters, Result, sentence};

/// Most findings of one rule in one evaluation; more is a rule gone wrong, not a county gone poor.
const FINDINGS_MAX: usize = 2_000_000;
/// The column that names the offender.
const SUBJECT: &str = "subject";

/// What a rule answers.
pub(crate) struct Answer {
    /// The offenders.
    pub(crate) findings: Vec<Finding>,
    /// The SELECT's rows that became findings, for citing cells.
    pub(crate) rows: Vec<RecordBatch>,
    /// Bands without a line at the day.
    pub(crate) unset_bands: Vec<String>,
}

/// Why a rule cannot be computed, or an answer.
pub(crate) enum Evaluation {
    Answered(Answer),
    Unset { parameter: String },
}

/// Plans `rule` and checks its columns; tables must be registered, empty ones will do.
pub(crate) async fn plan(context: &SessionContext, rule: &Rule) -> Result<LogicalPlan> {
    let explain = |error| rule.sql.explain(&error);
    let plan = context
        .state()
        .create_logical_plan(&rule.sql.text)
        .await
        .map_err(explain)?;
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(&plan)
        .map_err(explain)?;
    let columns: Vec<_> = plan
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let template = sentence::placeholders(&rule.sentence).unwrap_or_default();
    let wanted = [SUBJECT, &rule.measure]
        .into_iter()
        .chain(rule.overrides.iter().map(|o| o.when.as_str()))
        .chain(template.into_iter().filter(|name| *name != sentence::THRESHOLD));
    for name in wanted {
        if !columns.contains(&name) {
            return Err(rule.sql.refuse(no_such("column in the SELECT", name, &columns)));
        }
    }
    Ok(plan)
}

/// Evaluates `rule` as of `day`.
pub(crate) async fn evaluate(
    context: &SessionContext,
    rule: &Rule,
    parameters: &Parameters,
    day: NaiveDate,
) -> Result<Evaluation> {
    let plan = plan(context, rule).await?;
    let mut values = std::collections::HashMap::new();
    for name in plan.get_parameter_names()? {
        let name = name.trim_start_matches('$').to_owned();
        let Some(parameter) = parameters.at(&name, day) else {
            return Ok(Evaluation::Unset { parameter: name });
        };
        values.insert(
            name,
            ScalarAndMetadata::from(ScalarValue::Int64(Some(parameter.value))),
        );
    }
    let explain = |error| rule.sql.explain(&error);
    let plan = plan
        .with_param_values(ParamValues::Map(values))
        .map_err(explain)?;
    let rows = context
        .execute_logical_plan(plan)
        .await?
        .limit(0, Some(FINDINGS_MAX + 1))?
        .collect()
        .await?;
    if rows.iter().map(RecordBatch::num_rows).sum::<usize>() > FINDINGS_MAX {
        return Err(rule
            .sql
            .refuse(format!("finds more than {FINDINGS_MAX} subjects")));
    }
    let lines = Lines::at(rule, parameters, day);
    let mut findings = Vec::new();
    for batch in &rows {
        for row in 0..batch.num_rows() {
            findings.extend(finding(rule, &lines, batch, row));
        }
    }
    findings.sort_by_key(|finding| finding.subject);
    findings.dedup_by_key(|finding| finding.subject);
    Ok(Evaluation::Answered(Answer {
        findings,
        rows,
        unset_bands: lines.unset,
    }))
}

/// The bands' lines at a day.
struct Lines {
    set: Vec<(usize, i64, String)>,
    unset: Vec<String>,
}

impl Lines {
    fn at(rule: &Rule, parameters: &Parameters, day: NaiveDate) -> Self {
        let mut lines = Self {
            set: Vec::new(),
            unset: Vec::new(),
        };
        for (position, band) in rule.bands.iter().enumerate() {
            match parameters.at(&band.below, day) {
                None => lines.unset.push(band.name.clone()),
                Some(parameter) => {
                    let title = parameters.title(&band.below).unwrap_or(&band.below);
                    let value = if rule.measure.ends_with("_fen") {
                        format!("{}元", Fen(parameter.value))
                    } else {
                        parameter.value.to_string()
                    };
                    lines.set.push((
                        position,
                        parameter.value,
                        format!("{title}{value}（{}）", parameter.document),
                    ));
                }
            }
        }
        lines
    }

    /// The first band whose line is above `measure`.
    fn band_of(&self, measure: i64) -> Option<(usize, &str)> {
        self.set
            .iter()
            .find(|(_, line, _)| measure < *line)
            .map(|(position, _, words)| (*position, words.as_str()))
    }
}

fn finding(rule: &Rule, lines: &Lines, batch: &RecordBatch, row: usize) -> Option<Finding> {
    let id = batch
        .column_by_name(SUBJECT)
        .and_then(|column| column.as_primitive_opt::<UInt64Type>())?;
    let values: BTreeMap<String, Value> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, _)| field.name() != SUBJECT)
        .map(|(field, column)| (field.name().clone(), value(column, row)))
        .collect();
    let Some(Value::Int(measure)) = values.get(&rule.measure) else {
        return None;
    };
    let (position, threshold) = lines.band_of(*measure)?;
    let band = rule.bands.get(position)?;
    let severity: Severity = rule
        .overrides
        .iter()
        .find(|o| values.get(&o.when) == Some(&Value::Bool(true)))
        .map_or(band.severity, |o| o.severity);
    let sentence = sentence::render(&rule.sentence, &values, threshold);
    Some(Finding {
        subject: Subject {
            kind: rule.header.subject,
            id: id.is_valid(row).then(|| id.value(row))?,
        },
        period_key: "none".to_owned(),
        band: band.name.clone(),
        severity,
        evidence: Evidence {
            sentence,
            values,
            threshold: threshold.to_owned(),
            cells: Vec::<CitedCell>::new(),
        },
    })
}

/// One cell of a result.
pub(crate) fn value(column: &Arc<dyn Array>, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    if let Some(ints) = column.as_primitive_opt::<Int64Type>() {
        return Value::Int(ints.value(row));
    }
    if let Some(bools) = column.as_boolean_opt() {
        return Value::Bool(bools.value(row));
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        return Value::Text(texts.value(row).to_owned());
    }
    let one = column.slice(row, 1);
    let as_int = column
        .data_type()
        .is_integer()
        .then(|| arrow_cast::cast(&one, &DataType::Int64).ok())
        .flatten();
    if let Some(int) = as_int.filter(|int| int.is_valid(0)) {
        return Value::Int(int.as_primitive::<Int64Type>().value(0));
    }
    arrow_cast::cast(&one, &DataType::Utf8).map_or(Value::Null, |text| {
        Value::Text(text.as_string::<i32>().value(0).to_owned())
    })
}

/// The error of an example.
pub(crate) fn example_error(rule: &Rule, example: &str, message: String) -> Error {
    Error::Example {
        file: rule.sql.file.clone(),
        example: example.to_owned(),
        message,
    }
}
