//! A rule's examples: tiny input tables and the findings they must give.
//! Here because an example is a rule's documentation and its test in one.
//! In: `[[example]]` tables of a rule file. Out: batches of the canonical tables, and the verdict.
//! Not here: evaluation itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::SchemaRef;
use chrono::NaiveDate;
use hub_model::tables::{Column, Kind, Table};
use hub_model::{Finding, Severity, SubjectKey, values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Result;

/// One example.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    /// What it shows.
    pub(crate) name: String,
    /// The day it is evaluated on.
    #[schemars(with = "NaiveDate")]
    pub(crate) as_of: toml::value::Datetime,
    /// Parameter values in the rule's unit (fen); what is left out is unset.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, i64>,
    /// Input rows by canonical table.
    #[schemars(with = "BTreeMap<String, Vec<BTreeMap<String, serde_json::Value>>>")]
    pub(crate) tables: BTreeMap<String, Vec<toml::Table>>,
    /// The findings.
    pub(crate) expect: Vec<Expected>,
    /// Subjects that are decided and clean, all others that are not found being undecided; unsaid, it is not looked at.
    pub(crate) clean: Option<Vec<SubjectKey>>,
}

/// A finding an example must give.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    subject: SubjectKey,
    band: String,
    severity: Severity,
}

impl Example {
    /// The day.
    pub(crate) fn day(&self) -> Option<NaiveDate> {
        crate::parameters::day(&self.as_of)
    }

    /// What differs between `found` and what was expected; `None` when nothing.
    pub(crate) fn difference(&self, found: &[Finding], decided: &BTreeSet<SubjectKey>) -> Option<String> {
        let ids: BTreeSet<SubjectKey> = found.iter().map(|finding| finding.subject.key.clone()).collect();
        let clean: BTreeSet<SubjectKey> = decided.difference(&ids).cloned().collect();
        let meant: Option<BTreeSet<SubjectKey>> =
            self.clean.as_ref().map(|ids| ids.iter().cloned().collect());
        if let Some(meant) = meant.filter(|meant| *meant != clean) {
            return Some(format!("expected {meant:?} to be clean, found {clean:?}"));
        }
        let mut found: Vec<_> = found
            .iter()
            .map(|finding| Expected {
                subject: finding.subject.key.clone(),
                band: finding.band.clone(),
                severity: finding.severity,
            })
            .collect();
        let mut expected = self.expect.clone();
        found.sort();
        expected.sort();
        (found != expected).then(|| format!("expected {expected:?}, found {found:?}"))
    }
}

/// `rows` as a batch of `table`; absent keys are NULL.
///
/// # Errors
/// As text: a key that is no column, or a value of another type.
pub(crate) fn batch(table: &Table, rows: &[toml::Table]) -> std::result::Result<Result<RecordBatch>, String> {
    let columns: Vec<Column> = table.all_columns().collect();
    stated(table.name, &columns, table.schema(), rows)
}

/// The same, of a table with these columns.
pub(crate) fn stated(
    table: &str,
    columns: &[Column],
    schema: SchemaRef,
    rows: &[toml::Table],
) -> std::result::Result<Result<RecordBatch>, String> {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    for row in rows {
        if let Some(key) = row.keys().find(|key| !names.contains(&key.as_str())) {
            return Err(crate::rule_file::no_such(
                &format!("column in {table}"),
                key,
                &names,
            ));
        }
    }
    let columns: Vec<ArrayRef> = columns
        .iter()
        .map(|column| -> std::result::Result<ArrayRef, String> {
            let cells = rows.iter().map(|row| row.get(column.name));
            let wrong =
                |value: &toml::Value| format!("{table}.{} = {value} is not {:?}", column.name, column.kind);
            Ok(match column.kind {
                Kind::Text => Arc::new(
                    typed(cells, |v| v.as_str().map(str::to_owned), wrong)?
                        .into_iter()
                        .collect::<StringArray>(),
                ),
                Kind::Int => Arc::new(
                    typed(cells, toml::Value::as_integer, wrong)?
                        .into_iter()
                        .collect::<Int64Array>(),
                ),
                Kind::Bool => Arc::new(
                    typed(cells, toml::Value::as_bool, wrong)?
                        .into_iter()
                        .collect::<BooleanArray>(),
                ),
                Kind::Date | Kind::Month => {
                    Arc::new(typed(cells, day, wrong)?.into_iter().collect::<Date32Array>())
                }
                Kind::Id => {
                    let id = |v: &toml::Value| v.as_integer().and_then(|n| u64::try_from(n).ok());
                    Arc::new(typed(cells, id, wrong)?.into_iter().collect::<UInt64Array>())
                }
            })
        })
        .collect::<std::result::Result<_, String>>()?;
    Ok(RecordBatch::try_new(schema, columns).map_err(Into::into))
}

/// Days since 1970 of a TOML date (`2023-10-01`), or of a text that says one.
fn day(value: &toml::Value) -> Option<i32> {
    let text = if let toml::Value::Datetime(moment) = value {
        moment.date?.to_string()
    } else {
        value.as_str()?.to_owned()
    };
    values::cn_date(&text)
}

fn typed<'a, T>(
    cells: impl Iterator<Item = Option<&'a toml::Value>>,
    read: impl Fn(&toml::Value) -> Option<T>,
    wrong: impl Fn(&toml::Value) -> String,
) -> std::result::Result<Vec<Option<T>>, String> {
    cells
        .map(|cell| match cell {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| wrong(value)),
        })
        .collect()
}
