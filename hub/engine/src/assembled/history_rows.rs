//! What is told of memberships as rows: cut into batches when a table is read.
//! Here because SQL reads columns, and what is found is found once however many tables are read from it.
//! In: spells and new heads. Out: streaming tables.
//! Not here: how they are found (history).

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{TryStreamExt, stream};

use super::history::{Found, Head, Spell, Told};
use crate::Result;

/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;

pub(super) fn spell_batch(found: &Found, from: usize) -> Vec<ArrayRef> {
    let rows = found.spells.get(from..).unwrap_or_default();
    let rows = rows.get(..BATCH_ROWS).unwrap_or(rows);
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

pub(super) fn head_batch(found: &Found, from: usize) -> Vec<ArrayRef> {
    let rows = found.heads.get(from..).unwrap_or_default();
    let rows = rows.get(..BATCH_ROWS).unwrap_or(rows);
    vec![
        Arc::new(rows.iter().map(|row| Some(row.month)).collect::<Date32Array>()),
        Arc::new(rows.iter().map(|row| row.person).collect::<UInt64Array>()),
        Arc::new(rows.iter().map(|row| row.household).collect::<UInt64Array>()),
    ]
}

/// The columns of some rows from a place on.
type Batch = fn(&Found, usize) -> Vec<ArrayRef>;

/// A table of what is told.
#[derive(Debug)]
struct Rows {
    told: Arc<Told>,
    schema: SchemaRef,
    count: fn(&Found) -> usize,
    batch: Batch,
}

pub(super) fn table(
    told: &Arc<Told>,
    schema: SchemaRef,
    count: fn(&Found) -> usize,
    batch: Batch,
) -> Result<StreamingTable> {
    let rows = Rows {
        told: Arc::clone(told),
        schema: Arc::clone(&schema),
        count,
        batch,
    };
    Ok(StreamingTable::try_new(schema, vec![Arc::new(rows)])?)
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (told, schema) = (Arc::clone(&self.told), Arc::clone(&self.schema));
        let (count, batch) = (self.count, self.batch);
        let rows = async move {
            let found = told.found().await?;
            let starts = (0..count(&found)).step_by(BATCH_ROWS);
            Ok::<_, DataFusionError>(stream::iter(
                starts.map(move |from| Ok(RecordBatch::try_new(Arc::clone(&schema), batch(&found, from))?)),
            ))
        };
        let rows = stream::once(rows).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}
