//! Bands: how urgent a rule's row is, and in which words.
//! Here because a naive line floods a township; ordered lines tell the poor from the poorer.
//! In: a rule, the lines that hold on a day, one row of its SELECT. Out: a finding without cells, or nothing.
//! Not here: running the SELECT (rule_check).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use chrono::NaiveDate;
use hub_model::{CitedCell, Evidence, Fen, Finding, Subject, Value};

use crate::rule_check::SUBJECT;
use crate::rule_file::Rule;
use crate::{Parameters, Result, sentence};

/// The bands' lines at a day.
pub(crate) struct Lines {
    /// Position of the band, its line, the line in words; lines rise.
    set: Vec<(usize, i64, String)>,
    /// Bands whose parameter has no value.
    pub(crate) unset: Vec<String>,
    complete: bool,
}

impl Lines {
    /// The lines of `rule` on `day`.
    ///
    /// # Errors
    /// When a line does not lie above the one before it: the bands would hide each other.
    pub(crate) fn at(rule: &Rule, parameters: &Parameters, day: NaiveDate) -> Result<Self> {
        let mut lines = Self {
            set: Vec::new(),
            unset: Vec::new(),
            complete: false,
        };
        for (position, band) in rule.bands.iter().enumerate() {
            let Some(parameter) = parameters.at(&band.below, day) else {
                lines.unset.push(band.name.clone());
                lines.complete = false;
                continue;
            };
            if let Some((_, before, words)) = lines
                .set
                .last()
                .filter(|(_, before, _)| *before >= parameter.value)
            {
                let message = format!(
                    "band {}: its line {} is not above {words} ({before})",
                    band.name, parameter.value
                );
                return Err(rule.sql.refuse(message));
            }
            let title = parameters.title(&band.below).unwrap_or(&band.below);
            let value = if rule.measure.ends_with("_fen") {
                format!("{}元", Fen(parameter.value))
            } else {
                parameter.value.to_string()
            };
            let words = format!("{title}{value}（{}）", parameter.document);
            lines.set.push((position, parameter.value, words));
            lines.complete = true;
        }
        Ok(lines)
    }

    /// Whether a measure above all lines is clean: the last band, whose line is the highest, has its line.
    pub(crate) const fn complete(&self) -> bool {
        self.complete
    }

    /// The first band whose line is above `measure`.
    fn band_of(&self, measure: i64) -> Option<(usize, &str)> {
        self.set
            .iter()
            .find(|(_, line, _)| measure < *line)
            .map(|(position, _, words)| (*position, words.as_str()))
    }
}

/// The finding of `row`, when its measure lies in a band.
pub(crate) fn finding(
    rule: &Rule,
    lines: &Lines,
    batch: &RecordBatch,
    row: usize,
    subject: u64,
    measure: i64,
) -> Option<Finding> {
    let (position, threshold) = lines.band_of(measure)?;
    let band = rule.bands.get(position)?;
    let values: BTreeMap<String, Value> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, _)| field.name() != SUBJECT)
        .map(|(field, column)| (field.name().clone(), value(column, row)))
        .collect();
    let severity = rule
        .overrides
        .iter()
        .find(|o| values.get(&o.when) == Some(&Value::Bool(true)))
        .map_or(band.severity, |o| o.severity);
    let sentence = sentence::render(&rule.sentence, &values, threshold);
    let cells = Vec::<CitedCell>::new();
    Some(Finding {
        subject: Subject {
            kind: rule.header.subject,
            id: subject,
        },
        period_key: "none".to_owned(),
        band: band.name.clone(),
        severity,
        evidence: Evidence {
            sentence,
            values,
            threshold: threshold.to_owned(),
            cells,
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
