//! One Parquet file of the lake, from its first batch to a synced file with a description.
//! Here because every file must be durable before the transaction that names it.
//! In: batches of one schema. Out: `NewFile`.
//! Not here: which rows go into which file.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field};
use hub_model::{CORRECTS, LOCATOR, NewFile, ROW, RunId, Schema, StreamId};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use sha2::{Digest, Sha256};

use crate::{Error, Result, encoding};

/// Rows per row group: bounds what the writer holds in memory.
const ROW_GROUP_ROWS: usize = 131_072;
const ZSTD_LEVEL: i32 = 1;
/// Digits of a stream's digest in a file name.
const STREAM_DIGITS: usize = 12;
/// `PAR1` and the four length bytes before it.
const TRAILER_BYTES: u64 = 8;

/// Where a file belongs.
#[derive(Debug, Clone)]
pub(crate) struct FileTarget {
    pub(crate) schema: Schema,
    pub(crate) table: String,
    pub(crate) stream: StreamId,
    pub(crate) run: RunId,
}

/// A file being written.
pub(crate) struct LakeFile {
    writer: ArrowWriter<File>,
    path: PathBuf,
    description: NewFile,
}

impl LakeFile {
    /// Begins the `number`th file of `target` for `part`, encoded as suits the batch it will begin with.
    pub(crate) fn create(
        lake: &Path,
        target: &FileTarget,
        part: &str,
        number: usize,
        first: &RecordBatch,
    ) -> Result<Self> {
        // Stream names are a connector's own; a digest keeps two of them apart that differ in any character.
        let digest = hex::encode(Sha256::digest(target.stream.to_string().as_bytes()));
        let relative = format!(
            "{}/{}/{}-{}-{number}.parquet",
            target.schema.as_str(),
            target.table,
            target.run,
            digest.get(..STREAM_DIGITS).unwrap_or_default()
        );
        let path = lake.join(&relative);
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let file = File::options()
            .write(true)
            .read(true)
            .create_new(true)
            .open(&path)
            .map_err(io)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
        // A citation looks rows up by their place, rules and people by ids, days and amounts. Texts stand in no order, so
        // the least and the greatest of a page leave nothing out; and what landed only functions of the mapping look at.
        let looked_up = |field: &Field| {
            let is_place = [ROW, LOCATOR].contains(&field.name().as_str());
            is_place || target.schema != Schema::Landing && field.data_type() != &DataType::Utf8
        };
        let properties = encoding::suited(properties, first, looked_up).build();
        let schema = first.schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), catalogue_type(field.data_type()).into()))
            .collect();
        let writer = ArrowWriter::try_new(file, schema, Some(properties))?;
        let description = NewFile {
            schema: target.schema,
            table: target.table.clone(),
            stream: target.stream.clone(),
            part: part.to_owned(),
            path: relative,
            rows: 0,
            corrections: 0,
            bytes: 0,
            footer_bytes: 0,
            columns,
        };
        Ok(Self {
            writer,
            path,
            description,
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.description.rows += batch.num_rows() as u64;
        if let Some(corrects) = batch.column_by_name(CORRECTS) {
            self.description.corrections += (corrects.len() - corrects.null_count()) as u64;
        }
        Ok(self.writer.write(batch)?)
    }

    /// Writes the footer and syncs file and folder.
    pub(crate) fn finish(self) -> Result<NewFile> {
        let Self {
            writer,
            path,
            mut description,
        } = self;
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        let mut file = writer.into_inner()?;
        description.bytes = file.seek(SeekFrom::End(0)).map_err(io)?;
        let mut length = [0; 4];
        file.seek(SeekFrom::End(-i64::try_from(TRAILER_BYTES).unwrap_or(8)))
            .map_err(io)?;
        file.read_exact(&mut length).map_err(io)?;
        description.footer_bytes = u64::from(u32::from_le_bytes(length));
        file.sync_all().map_err(io)?;
        if let Some(folder) = path.parent() {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(io)?;
        }
        Ok(description)
    }
}

/// One beyond the greatest row number in landed `files` below `lake`, by their footers; `None` where a footer does not tell.
/// Numbers go through all parts of a landing, so a part that waits, or was taken before, leaves a gap: they cannot be counted.
pub(crate) fn rows_end(lake: &Path, files: &[NewFile]) -> Result<Option<u64>> {
    let mut end = 0;
    for landed in files {
        let path = lake.join(&landed.path);
        let file = File::open(&path).map_err(|source| Error::Io { path, source })?;
        let footer = ArrowReaderMetadata::load(&file, Default::default())?;
        let Some(position) = footer
            .schema()
            .fields()
            .iter()
            .position(|field| field.name() == ROW)
        else {
            return Ok(None);
        };
        for group in footer.metadata().row_groups() {
            let greatest = match group.column(position).statistics() {
                Some(Statistics::Int64(numbers)) => numbers.max_opt(),
                _ => None,
            };
            let Some(greatest) = greatest.and_then(|greatest| u64::try_from(*greatest).ok()) else {
                return Ok(None);
            };
            end = end.max(greatest + 1);
        }
    }
    Ok(Some(end))
}

/// The catalogue's name of an Arrow type; a type no DuckLake reader knows is text to it.
fn catalogue_type(data_type: &DataType) -> &'static str {
    if data_type.is_signed_integer() {
        return match data_type.primitive_width() {
            Some(1) => "int8",
            Some(2) => "int16",
            Some(4) => "int32",
            _ => "int64",
        };
    }
    if data_type.is_unsigned_integer() {
        return match data_type.primitive_width() {
            Some(1) => "uint8",
            Some(2) => "uint16",
            Some(4) => "uint32",
            _ => "uint64",
        };
    }
    if data_type == &DataType::Boolean {
        return "boolean";
    }
    if data_type == &DataType::Date32 {
        return "date";
    }
    if data_type == &DataType::Float64 {
        return "float64";
    }
    "varchar"
}
