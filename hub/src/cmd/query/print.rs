//! An answer as text: a table for people, one JSON value, or CSV.
//! Here because the engine hands out columns, and each reader wants them otherwise.
//! In: an answer. Out: text that ends with a line break. NULL is nothing in tables and CSV, null in JSON.
//! Not here: Parquet (engine).

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use hub_engine::Answer;
use serde_json::{Map, Value, json};

use crate::cli::Output;
use crate::out;

/// `answer` in the wanted format.
pub(super) fn text(output: Output, answer: &Answer) -> anyhow::Result<String> {
    Ok(match output {
        Output::Json => format!("{}\n", serde_json::to_string_pretty(&json_of(answer)?)?),
        Output::Jsonl => {
            let mut lines = String::new();
            let names = answer.schema().fields();
            each_row(answer, |cells| {
                let row = names.iter().zip(cells);
                let row = row.map(|(field, cell)| (field.name().clone(), json_value(cell)));
                lines.push_str(&Value::Object(row.collect()).to_string());
                lines.push('\n');
            })?;
            lines
        }
        Output::Csv => csv(answer)?,
        Output::Table | Output::Parquet => {
            let names: Vec<String> = answer
                .schema()
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect();
            let mut rows = Vec::new();
            each_row(answer, |cells| {
                rows.push(
                    cells
                        .iter()
                        .map(|cell| cell.text.clone().unwrap_or_default())
                        .collect(),
                );
            })?;
            format!("{}\n", out::table_of(&names, rows))
        }
    })
}

/// One value of a row.
struct Cell<'a> {
    column: &'a ArrayRef,
    row: usize,
    /// As text; `None` is NULL.
    text: Option<String>,
}

/// Shows `look` each row's cells.
fn each_row(answer: &Answer, mut look: impl FnMut(&[Cell<'_>])) -> anyhow::Result<()> {
    let options = FormatOptions::default();
    for batch in answer.batches() {
        let columns: Vec<(&ArrayRef, ArrayFormatter<'_>)> = batch
            .columns()
            .iter()
            .map(|column| Ok((column, ArrayFormatter::try_new(column.as_ref(), &options)?)))
            .collect::<anyhow::Result<_>>()?;
        for row in 0..batch.num_rows() {
            let cells: Vec<Cell<'_>> = columns
                .iter()
                .map(|(column, formatter)| Cell {
                    column,
                    row,
                    text: column.is_valid(row).then(|| formatter.value(row).to_string()),
                })
                .collect();
            look(&cells);
        }
    }
    Ok(())
}

fn json_of(answer: &Answer) -> anyhow::Result<Value> {
    let fields = answer.schema().fields();
    let mut rows = Vec::with_capacity(answer.rows());
    each_row(answer, |cells| {
        let row: Map<String, Value> = fields
            .iter()
            .zip(cells)
            .map(|(field, cell)| (field.name().clone(), json_value(cell)))
            .collect();
        rows.push(Value::Object(row));
    })?;
    let columns: Vec<Value> = fields
        .iter()
        .map(|field| json!({ "name": field.name(), "type": field.data_type().to_string() }))
        .collect();
    Ok(json!({
        "columns": columns,
        "rows": rows,
        "row_count": answer.rows(),
        "cut": answer.cut,
        "personal": answer.personal(),
    }))
}

/// Whole numbers and truths are JSON's own; everything else, also what a float cannot hold, is text.
fn json_value(cell: &Cell<'_>) -> Value {
    let Some(text) = &cell.text else {
        return Value::Null;
    };
    let (column, row) = (cell.column, cell.row);
    if column.data_type() == &DataType::Boolean {
        return column.as_boolean().value(row).into();
    }
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        return numbers.value(row).into();
    }
    if let Some(numbers) = column.as_primitive_opt::<UInt64Type>() {
        return numbers.value(row).into();
    }
    if column.data_type().is_numeric()
        && let Ok(number) = text.parse::<serde_json::Number>()
    {
        return Value::Number(number);
    }
    text.clone().into()
}

/// RFC 4180, with a header. Departments' texts cannot become formulas: an apostrophe stands before what would.
fn csv(answer: &Answer) -> anyhow::Result<String> {
    let fields = answer.schema().fields();
    let mut text = String::new();
    out::line(&mut text, fields.iter().map(|field| field.name().to_owned()));
    each_row(answer, |cells| {
        out::line(
            &mut text,
            cells.iter().map(|cell| {
                let value = cell.text.clone().unwrap_or_default();
                if cell.column.data_type().is_numeric() {
                    value
                } else {
                    out::inert(value)
                }
            }),
        );
    })?;
    Ok(text)
}
