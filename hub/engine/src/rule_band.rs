//! Bands: how urgent a rule's row is, and in which words.
//! Here because a naive line floods a township; ordered lines tell the poor from the poorer.
//! In: a rule, the lines that hold on a day, one row of its SELECT. Out: a finding without cells, or nothing.
//! Not here: running the SELECT (rule_check).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, BooleanArray, Int64Array, RecordBatch};
use arrow_schema::DataType;
use chrono::NaiveDate;
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::ident;
use hub_model::{CitedCell, Evidence, Finding, Period, Severity, Subject, SubjectKey, Value};

use crate::income::accounting_year;
use crate::rule_band_file::{Band, Test};
use crate::rule_check::{DEADLINE, SUBJECT};
use crate::rule_file::Rule;
use crate::rule_judged::{Condition, Standing};
use crate::{Parameters, Result, sentence};

/// A band at a day.
pub(crate) struct Line<'r> {
    band: &'r Band,
    /// Its position among the rule's.
    position: usize,
    bound: Bound,
    /// The line in words, or what is true.
    words: String,
}

enum Bound {
    Below(i64),
    Above(i64),
    When,
}

/// The bands at a day.
pub(crate) struct Lines<'r> {
    /// Those that can be judged, in their order.
    set: Vec<Line<'r>>,
    /// Bands whose parameter has no value.
    pub(crate) unset: Vec<String>,
    /// Whether who is in none of them is clean.
    complete: bool,
}

/// What a row's subject is.
pub(crate) enum Verdict<'l> {
    /// In this band.
    In(&'l Line<'l>),
    /// In none.
    Clean,
    /// A value is missing that had to be known.
    Undecided,
}

/// The columns that are judged, of one batch.
pub(crate) struct Columns<'b> {
    measure: Option<&'b Int64Array>,
    /// By band; none for a band with a line.
    conditions: Vec<Option<&'b BooleanArray>>,
}

impl<'b> Columns<'b> {
    /// The columns of `batch` that `rule` judges by.
    ///
    /// # Errors
    /// When one of them is not there.
    pub(crate) fn of(rule: &Rule, batch: &'b RecordBatch) -> Result<Self> {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| rule.sql.refuse(format!("the column {name} is gone")))
        };
        let measure = rule.measure.as_deref().map(column).transpose()?;
        let conditions = rule.bands.iter().map(|band| match &band.test {
            Test::When { column: name, .. } => Ok(Some(column(name)?.as_boolean())),
            Test::Below(_) | Test::Above(_) => Ok(None),
        });
        Ok(Self {
            measure: measure.map(|column| column.as_primitive()),
            conditions: conditions.collect::<Result<_>>()?,
        })
    }

    /// Whether the subject of `row` is beyond `line`; none when a value is missing.
    fn is_beyond(&self, line: &Line<'_>, row: usize) -> Option<bool> {
        let measure = || {
            self.measure
                .filter(|measure| measure.is_valid(row))
                .map(|measure| measure.value(row))
        };
        match line.bound {
            Bound::Below(bound) => measure().map(|measure| measure < bound),
            Bound::Above(bound) => measure().map(|measure| measure > bound),
            Bound::When => {
                let condition = self.conditions.get(line.position).copied().flatten();
                condition
                    .filter(|is_so| is_so.is_valid(row))
                    .map(|is_so| is_so.value(row))
            }
        }
    }
}

impl Line<'_> {
    /// How urgent a row in it is.
    fn severity(&self, rule: &Rule, values: &BTreeMap<String, Value>) -> Severity {
        rule.overrides
            .iter()
            .find(|o| values.get(&o.when) == Some(&Value::Bool(true)))
            .map_or(self.band.severity, |o| o.severity)
    }

    /// How far the measure is beyond it, thousandths of it.
    fn beyond(&self, rule: &Rule, values: &BTreeMap<String, Value>) -> Option<u32> {
        let (Bound::Below(line) | Bound::Above(line)) = self.bound else {
            return None;
        };
        let Some(Value::Int(measure)) = values.get(rule.measure.as_deref()?) else {
            return None;
        };
        let share = u128::from(measure.abs_diff(line)) * 1000 / u128::from(line.unsigned_abs().max(1));
        Some(u32::try_from(share).unwrap_or(u32::MAX))
    }

    /// What is said of a row in it.
    pub(crate) fn standing(&self, rule: &Rule, values: &BTreeMap<String, Value>) -> Standing {
        Standing::Found {
            band: self.band.name.clone(),
            severity: self.severity(rule, values),
            sentence: sentence::render(&rule.sentence, values, &self.words),
        }
    }
}

impl<'r> Lines<'r> {
    /// The condition that a row is in a band, over the columns of the SELECT; none where no band can be judged.
    pub(crate) fn keeps(&self, rule: &Rule) -> Option<Expr> {
        let beyond = self.set.iter().map(|line| {
            let measure = || rule.measure.as_deref().map(ident);
            match (&line.bound, &line.band.test) {
                (Bound::Below(bound), _) => Some(measure()?.lt(lit(*bound))),
                (Bound::Above(bound), _) => Some(measure()?.gt(lit(*bound))),
                (Bound::When, Test::When { column, .. }) => Some(ident(column)),
                (Bound::When, Test::Below(_) | Test::Above(_)) => None,
            }
        });
        let beyond = beyond
            .collect::<Option<Vec<Expr>>>()?
            .into_iter()
            .reduce(Expr::or)?;
        let in_scope = rule
            .clean_when
            .as_deref()
            .map(|column| ident(column).is_not_true());
        Some(match in_scope {
            Some(in_scope) => beyond.and(in_scope),
            None => beyond,
        })
    }

    /// What each band that can be judged says of `row`.
    pub(crate) fn conditions(
        &self,
        rule: &Rule,
        columns: &Columns<'_>,
        row: usize,
        values: &BTreeMap<String, Value>,
    ) -> Vec<Condition> {
        let condition = |line: &Line<'r>| {
            let column = match &line.band.test {
                Test::When { column, .. } => column.clone(),
                Test::Below(_) | Test::Above(_) => rule.measure.clone().unwrap_or_default(),
            };
            let than = match line.bound {
                Bound::Below(_) => "低于",
                Bound::Above(_) => "高于",
                Bound::When => "",
            };
            Condition {
                band: line.band.name.clone(),
                actual: values.get(&column).cloned().unwrap_or(Value::Null),
                column,
                threshold: format!("{than}{}", line.words),
                holds: columns.is_beyond(line, row),
            }
        };
        self.set.iter().map(condition).collect()
    }

    /// The lines of `rule` on `day`.
    ///
    /// # Errors
    /// When a band hides the next one: below a line the next must be higher, above one lower.
    pub(crate) fn at(rule: &'r Rule, parameters: &Parameters, day: NaiveDate) -> Result<Self> {
        let mut lines = Self {
            set: Vec::new(),
            unset: Vec::new(),
            complete: true,
        };
        // Whether the last band of each direction has no line: whoever is beyond it is not told.
        let (mut below_open, mut above_open) = (false, false);
        for (position, band) in rule.bands.iter().enumerate() {
            let is_below = matches!(band.test, Test::Below(_));
            let name = match &band.test {
                Test::Below(name) | Test::Above(name) => name,
                Test::When { says, .. } => {
                    lines.set.push(Line {
                        band,
                        position,
                        bound: Bound::When,
                        words: says.clone(),
                    });
                    continue;
                }
            };
            let open = if is_below {
                &mut below_open
            } else {
                &mut above_open
            };
            let Some(parameter) = parameters.at(name, day) else {
                lines.unset.push(band.name.clone());
                *open = true;
                continue;
            };
            *open = false;
            let value = parameter.value;
            let hidden = lines.set.iter().rfind(|line| match line.bound {
                Bound::Below(before) => is_below && before >= value,
                Bound::Above(before) => !is_below && before <= value,
                Bound::When => false,
            });
            if let Some(hides) = hidden {
                let side = if is_below { "above" } else { "below" };
                let message = format!(
                    "band {}: its line {value} is not {side} {}",
                    band.name, hides.words
                );
                return Err(rule.sql.refuse(message));
            }
            lines.set.push(Line {
                band,
                position,
                bound: if is_below {
                    Bound::Below(value)
                } else {
                    Bound::Above(value)
                },
                words: parameters.words(parameter),
            });
        }
        lines.complete = !below_open && !above_open;
        Ok(lines)
    }

    /// The first band the subject of `row` is in. A value that is missing leaves it undecided, unless a graver band was told.
    pub(crate) fn judge(&self, columns: &Columns<'_>, row: usize) -> Verdict<'_> {
        for line in &self.set {
            match columns.is_beyond(line, row) {
                Some(true) => return Verdict::In(line),
                Some(false) => {}
                None => return Verdict::Undecided,
            }
        }
        if self.complete {
            Verdict::Clean
        } else {
            Verdict::Undecided
        }
    }
}

/// The period that a finding of `row` belongs to; none where the rule's deadline is missing.
pub(crate) fn period_key(rule: &Rule, batch: &RecordBatch, row: usize, day: NaiveDate) -> Option<String> {
    match rule.header.period {
        Period::None => Some("none".to_owned()),
        Period::AccountingYear => Some(accounting_year(day).to_string()),
        Period::Deadline => match value(batch.column_by_name(DEADLINE)?, row) {
            Value::Text(deadline) => Some(deadline),
            Value::Null | Value::Bool(_) | Value::Int(_) => None,
        },
    }
}

/// The finding of `row`, whose subject is beyond `line`.
pub(crate) fn finding(
    rule: &Rule,
    line: &Line<'_>,
    batch: &RecordBatch,
    row: usize,
    (subject, period_key): (SubjectKey, String),
) -> Finding {
    let values = values(batch, row);
    let severity = line.severity(rule, &values);
    let sentence = sentence::render(&rule.sentence, &values, &line.words);
    let cells = Vec::<CitedCell>::new();
    Finding {
        subject: Subject {
            kind: rule.header.subject,
            key: subject,
        },
        period_key,
        band: line.band.name.clone(),
        severity,
        evidence: Arc::new(Evidence {
            sentence,
            beyond_permille: line.beyond(rule, &values),
            values,
            moving: rule.moving.clone(),
            threshold: line.words.clone(),
            cells,
            ..Evidence::default()
        }),
    }
}

/// The columns of `row` but its subject.
pub(crate) fn values(batch: &RecordBatch, row: usize) -> BTreeMap<String, Value> {
    batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, _)| field.name() != SUBJECT)
        .map(|(field, column)| (field.name().clone(), value(column, row)))
        .collect()
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
