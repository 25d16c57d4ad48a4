//! Tables whose rows are computed: when a statement reads them, not when it is planned.
//! Here because what is derived costs seconds, and most statements that name a derived table are only checked.
//! In: a schema and how its rows are had. Out: a table; rows cut into batches.
//! Not here: what the rows are (income, assembled) and keeping more of them than memory holds (spill).

mod spill;

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt;
use futures::stream::BoxStream;

pub(crate) use spill::{Spill, Spilling, path_of};

/// Rows of a batch.
pub(crate) const BATCH_ROWS: usize = 8_192;

/// What is read of a table: batches of its schema.
pub(crate) type Batches = BoxStream<'static, DataFusionResult<RecordBatch>>;

/// Which columns of a table are read, by their places in it, in order.
pub(crate) type Places = Arc<[usize]>;

/// A table whose rows are what `read` gives, each time they are read.
pub(crate) fn table(schema: SchemaRef, read: impl Fn() -> Batches + Send + Sync + 'static) -> Computed {
    table_by_columns(schema, move |places: Places| {
        let rows = read();
        rows.map(move |batch| Ok(batch?.project(&places)?)).boxed()
    })
}

/// A table the columns of whose rows are what `read` gives of them, each time they are read.
pub(crate) fn table_by_columns(
    schema: SchemaRef,
    read: impl Fn(Places) -> Batches + Send + Sync + 'static,
) -> Computed {
    Computed {
        schema,
        read: Arc::new(read),
    }
}

/// A table whose rows are computed.
pub(crate) struct Computed {
    schema: SchemaRef,
    read: Arc<dyn Fn(Places) -> Batches + Send + Sync>,
}

impl std::fmt::Debug for Computed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Computed").finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Computed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let places: Places = match projection {
            Some(places) => places.as_slice().into(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&places)?);
        let rows = Rows {
            schema: Arc::clone(&schema),
            places,
            read: Arc::clone(&self.read),
        };
        let rows: Vec<Arc<dyn PartitionStream>> = vec![Arc::new(rows)];
        Ok(Arc::new(StreamingTableExec::try_new(
            schema,
            rows,
            None,
            [],
            false,
            limit,
        )?))
    }
}

/// `count` rows batch by batch, each made by `batch` from the places it is to hold.
pub(crate) fn batches(
    count: usize,
    batch: impl Fn(Range<usize>) -> DataFusionResult<RecordBatch>,
) -> impl Iterator<Item = DataFusionResult<RecordBatch>> {
    let starts = (0..count).step_by(BATCH_ROWS);
    starts.map(move |start| batch(start..count.min(start.saturating_add(BATCH_ROWS))))
}

struct Rows {
    schema: SchemaRef,
    places: Places,
    read: Arc<dyn Fn(Places) -> Batches + Send + Sync>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            (self.read)(Arc::clone(&self.places)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_batch() {
        for count in [0, 1, BATCH_ROWS, BATCH_ROWS + 1, 3 * BATCH_ROWS - 1] {
            let places = std::cell::RefCell::new(Vec::new());
            let made = batches(count, |range| {
                assert!(!range.is_empty() && range.len() <= BATCH_ROWS);
                places.borrow_mut().extend(range);
                Ok(RecordBatch::new_empty(Arc::new(arrow_schema::Schema::empty())))
            });
            assert_eq!(made.count(), count.div_ceil(BATCH_ROWS));
            assert_eq!(places.into_inner(), (0..count).collect::<Vec<_>>());
        }
    }
}
