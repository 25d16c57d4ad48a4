//! A canonical table as a question sees it: personal columns masked, or marked as looked at.
//! Here because masking at the table is the one place no SQL can walk around.
//! In: a table and its rows. Out: the same rows behind a function per personal column, whose name tells what was read.
//! Not here: the masks themselves (`hub_model::tables::Mask`).

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, ArrayRef, Date32Array, StringArray};
use datafusion::catalog::TableProvider;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{ColumnarValue, Expr, LogicalPlan, Volatility, create_udf};
use datafusion::prelude::{SessionContext, ident};
use hub_model::tables::{Column, Mask, Table};
use hub_model::values;

use super::allowed::each_expression;
use crate::Result;

/// How the functions are named; no SQL name can be written so.
const PREFIX: &str = "personal:";

/// `rows` of `table` as they may be seen.
pub(super) fn table(
    context: &SessionContext,
    table: &Table,
    rows: Arc<dyn TableProvider>,
    reveal: bool,
) -> Result<Arc<dyn TableProvider>> {
    let columns = table.all_columns().map(|column| match column.mask() {
        Some(mask) => seen(table, &column, mask, reveal).alias(column.name),
        None => ident(column.name),
    });
    let shown = context.read_table(rows)?.select(columns.collect::<Vec<Expr>>())?;
    Ok(shown.into_view())
}

/// The personal columns an optimised plan reads, as `table.column`.
pub(super) fn columns(plan: &LogicalPlan) -> Result<Vec<String>> {
    let mut found = BTreeSet::new();
    each_expression(plan, |expr| {
        if let Expr::ScalarFunction(call) = expr
            && let Some(name) = call.func.name().strip_prefix(PREFIX)
        {
            found.insert(name.to_owned());
        }
    })?;
    Ok(found.into_iter().collect())
}

fn seen(table: &Table, column: &Column, mask: Mask, reveal: bool) -> Expr {
    let function = move |args: &[ColumnarValue]| -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let values = Arc::clone(&arrays[0]);
        Ok(ColumnarValue::Array(if reveal {
            values
        } else {
            masked(&values, mask)
        }))
    };
    let name = format!("{PREFIX}{}.{}", table.name, column.name);
    let kind = column.kind.arrow();
    let function = create_udf(
        &name,
        vec![kind.clone()],
        kind,
        Volatility::Immutable,
        Arc::new(function),
    );
    function.call(vec![ident(column.name)])
}

fn masked(values: &ArrayRef, mask: Mask) -> ArrayRef {
    if let Some(days) = values.as_primitive_opt::<Date32Type>() {
        let masked = days.iter().map(|day| day.and_then(first_of_year));
        return Arc::new(masked.collect::<Date32Array>());
    }
    match values.as_string_opt::<i32>() {
        Some(texts) => {
            let masked = texts.iter().map(|text| text.map(|text| mask.text(text)));
            Arc::new(masked.collect::<StringArray>())
        }
        None => arrow_array::new_null_array(values.data_type(), values.len()),
    }
}

fn first_of_year(day: i32) -> Option<i32> {
    let (year, _, _) = values::civil_date(day);
    values::civil_days(year, 1, 1)
}
