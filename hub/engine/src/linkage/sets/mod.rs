//! Any two sets described by a schema: the same way of linking where there are no certificate numbers.
//! Here because public sets with known answers show what the method is worth, and other registers have other columns.
//! In: two sets as Arrow batches, a schema, right answers. Out: `Evaluation`.
//! Not here: people of a county (link.rs), whose numbers, households and villages say much more.

mod columns;
mod learn;
mod likeness;
mod schema;

use arrow_array::RecordBatch;

use super::evaluation::Evaluation;
use columns::Columns;
pub use schema::{Column, Kind, Schema, SchemaError};

/// Links every row of `left` to at most one of `right` and judges it. `answers` are pairs of rows, counted from 0 over
/// all batches of a side.
///
/// # Errors
/// When a column of the schema is in neither set, or the schema has too many or too few.
pub fn evaluate(
    left: &[RecordBatch],
    right: &[RecordBatch],
    answers: &[(usize, usize)],
    schema: &Schema,
) -> Result<Evaluation, SchemaError> {
    schema.check()?;
    let right = Columns::read(right, schema, |column| &column.right)?;
    let left = Columns::read(left, schema, |column| &column.left)?;
    let linked = learn::link(&left, &right, schema);
    let mut truth = vec![None; left.rows()];
    for (row, answer) in answers {
        if let Some(place) = truth.get_mut(*row) {
            *place = Some(*answer);
        }
    }
    let decisions = linked
        .rows
        .iter()
        .zip(&truth)
        .filter_map(|(link, truth)| link.map(|(other, odds)| (odds, *truth == Some(other as usize))));
    let mut evaluation = Evaluation::of(decisions, truth.iter().flatten().count());
    evaluation.pairs = linked.pairs;
    evaluation.skipped = linked.skipped;
    Ok(evaluation)
}
