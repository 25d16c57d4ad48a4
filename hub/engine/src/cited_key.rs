//! By which values the rows of a table are found that a finding may cite.
//! Here because of a million rows a rule cites a few thousand, and one column tells which they may be.
//! In: an evidence's condition, findings, rows of the table it cites. Out: which of the rows may be cited; more, never fewer.
//! Not here: which of them are (their condition decides), reading tables (cited_rows).

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Schema};
use datafusion::common::DFSchema;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, ColumnarValue, Operator, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::{Expr, SessionContext};
use foldhash::fast::FixedState;

use crate::rule_file::EvidenceRows;

/// How the table and the findings are called in conditions.
const TABLE: &str = "t";
const FOUND: &str = "f";

/// A column of a table that equals one of the findings, and what stands there.
pub(crate) struct Key {
    /// The table's column.
    pub(crate) column: String,
    /// Digests of what the findings have, ascending, each once.
    pub(crate) values: Vec<u64>,
}

impl Key {
    /// The key of the most values; none where the condition of `evidence` has none.
    pub(crate) fn of(
        context: &SessionContext,
        evidence: &EvidenceRows,
        table: &Schema,
        findings: &[RecordBatch],
    ) -> Option<Self> {
        let found = findings.first()?.schema();
        let named = |name: &str, schema| DFSchema::try_from_qualified_schema(name, schema).ok();
        let both = named(FOUND, &found)?.join(&named(TABLE, table)?).ok()?;
        let condition = context.state().create_logical_expr(&evidence.on, &both).ok()?;
        let keys = split_conjunction(&condition)
            .into_iter()
            .filter_map(equal)
            .filter_map(|(own, other)| {
                let kind = table.field_with_name(own).ok()?.data_type();
                let is_alike = found.field_with_name(other).ok()?.data_type() == kind;
                let values = findings.iter().map(|batch| digests(batch.column_by_name(other)?));
                let values = values.collect::<Option<Vec<_>>>().filter(|_| is_alike)?;
                let mut values: Vec<u64> = values.into_iter().flatten().flatten().collect();
                values.sort_unstable();
                values.dedup();
                Some(Self {
                    column: own.to_owned(),
                    values,
                })
            });
        keys.max_by_key(|key| key.values.len())
    }

    /// The rows that may have one of the values, ascending, of a column with `places`.
    pub(crate) fn rows(&self, places: &[(u64, u32)]) -> Vec<u32> {
        let mut rows = Vec::new();
        for value in &self.values {
            let from = places.partition_point(|(other, _)| other < value);
            let alike = places.iter().skip(from).take_while(|(other, _)| other == value);
            rows.extend(alike.map(|(_, row)| *row));
        }
        rows.sort_unstable();
        rows
    }
}

/// The columns of the table and of the findings that `condition` wants to be equal, if it does.
fn equal(condition: &Expr) -> Option<(&str, &str)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else {
        return None;
    };
    let (Expr::Column(one), Expr::Column(other)) = (left.as_ref(), right.as_ref()) else {
        return None;
    };
    if op != &Operator::Eq {
        return None;
    }
    let of = |column: &datafusion::common::Column| column.relation.as_ref().map(|of| of.table().to_owned());
    match (of(one).as_deref(), of(other).as_deref()) {
        (Some(TABLE), Some(FOUND)) => Some((&one.name, &other.name)),
        (Some(FOUND), Some(TABLE)) => Some((&other.name, &one.name)),
        (_, _) => None,
    }
}

/// A digest of each value: of equal ones the same, of others hardly ever; none of NULL. None at all of a type nobody looks up by.
fn digests(column: &ArrayRef) -> Option<Vec<Option<u64>>> {
    if let Some(ids) = column.as_primitive_opt::<UInt64Type>() {
        return Some(ids.iter().collect());
    }
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        return Some(
            numbers
                .iter()
                .map(|number| number.map(i64::cast_unsigned))
                .collect(),
        );
    }
    let texts = column.as_string_opt::<i32>()?;
    let hasher = FixedState::default();
    Some(
        texts
            .iter()
            .map(|text| text.map(|text| hasher.hash_one(text)))
            .collect(),
    )
}

/// Each value's digest and row in the column `name` of `batch`, by digest.
pub(crate) fn places(batch: &RecordBatch, name: &str) -> Vec<(u64, u32)> {
    let digests = batch.column_by_name(name).and_then(digests).unwrap_or_default();
    let numbered = (0_u32..).zip(digests);
    let mut places: Vec<(u64, u32)> = numbered
        .filter_map(|(row, digest)| Some((digest?, row)))
        .collect();
    places.sort_unstable();
    places
}

/// A function that tells whether a value of `column`, which is of `kind`, is one of those with these digests.
pub(crate) fn is_one_of(column: &str, kind: DataType, values: HashSet<u64, FixedState>) -> ScalarUDF {
    let is_one = move |args: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let digests = digests(&arrays[0]).unwrap_or_default();
        let of = |digest: Option<u64>| Some(digest.is_some_and(|digest| values.contains(&digest)));
        let one: BooleanArray = digests.into_iter().map(of).collect();
        Ok(ColumnarValue::Array(Arc::new(one)))
    };
    // No SQL name can be written so.
    create_udf(
        &format!("cited:{column}"),
        vec![kind],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(is_one),
    )
}
