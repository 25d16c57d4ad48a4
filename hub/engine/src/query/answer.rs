//! The answer to a question: columns in memory, and the Parquet file they can become.
//! Here because Parquet is the engine's, and every other format is the printer's.
//! In: batches of one schema. Out: the same, counted; a file that was not there before.
//! Not here: tables, CSV and JSON.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::{Error, Result};

/// What a question brought.
#[derive(Debug, Clone)]
pub struct Answer {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    personal: Vec<String>,
    rows: usize,
    /// Whether there was more than an answer may hold.
    pub cut: bool,
}

impl Answer {
    pub(super) const fn new(schema: SchemaRef, personal: Vec<String>) -> Self {
        Self {
            schema,
            batches: Vec::new(),
            personal,
            rows: 0,
            cut: false,
        }
    }

    pub(super) fn push(&mut self, batch: RecordBatch) {
        self.rows += batch.num_rows();
        if batch.num_rows() > 0 {
            self.batches.push(batch);
        }
    }

    /// Its columns.
    #[must_use]
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Its rows.
    #[must_use]
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows it has.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The personal columns that were read for it.
    #[must_use]
    pub fn personal(&self) -> &[String] {
        &self.personal
    }

    /// Writes it as a new Parquet file.
    ///
    /// # Errors
    /// When `path` is there already, or the disk refuses.
    pub fn write_parquet(&self, path: &Path) -> Result<()> {
        let io = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::options()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(io)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let mut writer = ArrowWriter::try_new(file, SchemaRef::clone(&self.schema), Some(properties))?;
        for batch in &self.batches {
            writer.write(&batch.clone().with_schema(SchemaRef::clone(&self.schema))?)?;
        }
        let file = writer.into_inner()?;
        file.sync_all().map_err(io)
    }
}
