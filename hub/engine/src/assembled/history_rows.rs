//! What is told of memberships as rows: cut into batches when a table is read.
//! Here because SQL reads columns, and what is found is found once however many tables are read from it.
//! In: spells and new heads. Out: computed tables.
//! Not here: how they are found (history).

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::SchemaRef;
use datafusion::error::DataFusionError;
use futures::{StreamExt, TryStreamExt, stream};

use super::history::{Found, Head, Spell, Told};
use crate::computed::{self, Computed};

/// The columns of spells.
pub(super) fn spell_columns(found: &Found, places: Range<usize>) -> Vec<ArrayRef> {
    let rows = found.spells.get(places).unwrap_or_default();
    let relation = |row: &Spell| {
        found
            .words
            .relations
            .get(usize::from(row.relation))
            .map(String::as_str)
    };
    let head = |row: &Spell| (row.head != Head::Untold).then_some(row.head == Head::Yes);
    vec![
        Arc::new(rows.iter().map(|row| row.household).collect::<UInt64Array>()),
        Arc::new(rows.iter().map(|row| row.person).collect::<UInt64Array>()),
        Arc::new(rows.iter().map(|row| Some(row.from)).collect::<Date32Array>()),
        Arc::new(rows.iter().map(|row| row.until).collect::<Date32Array>()),
        Arc::new(
            rows.iter()
                .map(|row| Some(row.from_the_first))
                .collect::<BooleanArray>(),
        ),
        Arc::new(rows.iter().map(relation).collect::<StringArray>()),
        Arc::new(rows.iter().map(head).collect::<BooleanArray>()),
    ]
}

/// The columns of new heads.
pub(super) fn head_columns(found: &Found, places: Range<usize>) -> Vec<ArrayRef> {
    let rows = found.heads.get(places).unwrap_or_default();
    vec![
        Arc::new(rows.iter().map(|row| Some(row.month)).collect::<Date32Array>()),
        Arc::new(rows.iter().map(|row| row.person).collect::<UInt64Array>()),
        Arc::new(rows.iter().map(|row| row.household).collect::<UInt64Array>()),
    ]
}

/// A table of what is told: how many rows, and the columns of some of them.
pub(super) fn table(
    told: &Arc<Told>,
    schema: SchemaRef,
    count: fn(&Found) -> usize,
    columns: fn(&Found, Range<usize>) -> Vec<ArrayRef>,
) -> Computed {
    let (told, of) = (Arc::clone(told), Arc::clone(&schema));
    computed::table(schema, move || {
        let (told, schema) = (Arc::clone(&told), Arc::clone(&of));
        let rows = async move {
            let found = told.found().await?;
            let rows = computed::batches(count(&found), move |places| {
                Ok(RecordBatch::try_new(
                    Arc::clone(&schema),
                    columns(&found, places),
                )?)
            });
            Ok::<_, DataFusionError>(stream::iter(rows))
        };
        stream::once(rows).try_flatten().boxed()
    })
}
