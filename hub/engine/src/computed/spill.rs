//! Computed rows that are more than memory should hold: a Parquet file that lives as long as somebody reads it.
//! Here because what took minutes to compute is read by many rules, and a city's figures are gigabytes.
//! In: batches, one after another. Out: the same batches, as often as they are asked for.
//! Not here: when it is worth it (income).

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use datafusion::catalog::Session;
use datafusion::datasource::TableProvider;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::spill_file::{SpillFile, SpillWriter};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionContext, ident};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::Batches;
use crate::session;

/// Rows a row group holds; as many are in memory while it is written.
const ROW_GROUP_ROWS: usize = 131_072;
const ZSTD_LEVEL: i32 = 1;

/// A file being written, in the runtime's folder for temporary files and within its limit.
pub(crate) struct Spilling {
    writer: ArrowWriter<Box<dyn SpillWriter>>,
    file: Arc<dyn SpillFile>,
    schema: SchemaRef,
}

impl Spilling {
    /// Begins a file for rows of `schema`; `what` is said of it when there is no room.
    pub(crate) fn begin(runtime: &RuntimeEnv, schema: SchemaRef, what: &str) -> Result<Self> {
        let file = runtime.disk_manager.create_tmp_file(what)?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
        // Words come again and again; to look numbers up in a dictionary costs more than it spares.
        for field in schema
            .fields()
            .iter()
            .filter(|field| field.data_type() != &DataType::Utf8)
        {
            let path = ColumnPath::new(vec![field.name().clone()]);
            properties = properties.set_column_dictionary_enabled(path, false);
        }
        let (properties, writer) = (properties.build(), file.open_writer()?);
        let writer = ArrowWriter::try_new(writer, Arc::clone(&schema), Some(properties))?;
        Ok(Self { writer, file, schema })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    /// Ends the file, that it can be read.
    pub(crate) fn finish(self) -> Result<Spill> {
        self.writer.into_inner()?.finish()?;
        let rows = session::temporary_file(self.schema, path_of(&*self.file)?)
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Spill {
            rows,
            file: self.file,
        })
    }
}

/// Where a temporary file of the runtime is.
pub(crate) fn path_of(file: &dyn SpillFile) -> Result<&Path> {
    file.path()
        .ok_or_else(|| DataFusionError::Internal("a temporary file is not on this machine's disk".to_owned()))
}

/// Rows in a file, which goes with the last who holds it.
pub(crate) struct Spill {
    rows: Arc<dyn TableProvider>,
    file: Arc<dyn SpillFile>,
}

impl std::fmt::Debug for Spill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.file.size();
        f.debug_struct("Spill")
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

impl Spill {
    /// A plan that reads `columns` of the rows; whoever runs it holds this meanwhile.
    pub(crate) async fn scan(
        &self,
        state: &dyn Session,
        columns: &Vec<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.rows.scan(state, Some(columns), &[], None).await
    }

    /// The columns at `places` of the rows, read in `context`.
    pub(crate) async fn read(self: Arc<Self>, context: &SessionContext, places: &[usize]) -> Result<Batches> {
        let schema = self.rows.schema();
        let columns = places.iter().map(|place| ident(schema.field(*place).name()));
        let rows = context
            .read_table(Arc::clone(&self.rows))?
            .select(columns.collect::<Vec<_>>())?
            .execute_stream()
            .await?;
        // Held to the end: the file is opened piece by piece.
        Ok(rows
            .inspect(move |_| {
                let _held = &self;
            })
            .boxed())
    }
}
