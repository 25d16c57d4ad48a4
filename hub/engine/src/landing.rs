//! Landing: rows as they came, kept before anybody interprets them.
//! Here because a wrong mapping must be curable without asking the department again.
//! In: batches in the source's own terms. Out: one Parquet file per part, every row numbered; what each part looks like.
//! Not here: meaning. Nothing is dropped, changed or judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hub_model::guard::Profile;
use hub_model::{HEADER, LOCATOR, NewFile, PART, ROW, RunId, Schema as LakeSchema, StreamId};

use crate::parquet_file::{FileTarget, LakeFile};
use crate::profile::Profiler;
use crate::{Error, Result};

/// Most parts a run may bring per stream; each is at least one file.
const PARTS_MAX: usize = 10_000;
/// The part of rows whose stream declares none: the whole stream is replaced by the next run.
const WHOLE: &str = "all";

/// Writes one stream of one run.
pub struct LandingWriter {
    lake: PathBuf,
    target: FileTarget,
    schema: SchemaRef,
    open: Option<(String, LakeFile)>,
    finished: Vec<NewFile>,
    rows: u64,
    profiler: Profiler,
}

/// A stream that has landed.
#[derive(Debug, Default)]
pub struct LandedParts {
    /// Its files, synced.
    pub files: Vec<NewFile>,
    /// What each part looks like; of one that only corrects refused rows there is none.
    pub profiles: BTreeMap<String, Profile>,
}

/// The name of a stream's landing table.
pub(crate) fn table_name(stream: &StreamId) -> String {
    format!("{}__{}", stream.connector, stream.stream)
        .replace(|c: char| !c.is_alphanumeric() && c != '-', "_")
}

/// The schema a stream's rows land in: its own columns, then row number, locator, part and header.
pub(crate) fn landed_schema(source: &Schema) -> SchemaRef {
    let own = source
        .fields()
        .iter()
        .filter(|field| ![ROW, LOCATOR, PART, HEADER].contains(&field.name().as_str()));
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let added = [
        Field::new(ROW, DataType::Int64, false),
        Field::new(LOCATOR, DataType::Utf8, false),
        Field::new(PART, dictionary.clone(), false),
        Field::new(HEADER, dictionary, true),
    ];
    let fields: Vec<Field> = own
        .map(|field| field.as_ref().clone().with_nullable(true))
        .chain(added)
        .collect();
    Arc::new(Schema::new(fields))
}

impl LandingWriter {
    pub(crate) fn new(lake: &Path, run: RunId, stream: StreamId, source: &Schema) -> Self {
        let target = FileTarget {
            schema: LakeSchema::Landing,
            table: table_name(&stream),
            stream,
            run,
        };
        Self {
            lake: lake.to_owned(),
            target,
            schema: landed_schema(source),
            open: None,
            finished: Vec::new(),
            rows: 0,
            profiler: Profiler::default(),
        }
    }

    /// Lands `batch`, splitting it where the part changes.
    ///
    /// # Errors
    /// When a special column has another type than it must, or the disk refuses.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = self.numbered(batch)?;
        let parts = batch
            .column_by_name(PART)
            .map(|column| column.as_dictionary::<Int32Type>().clone());
        let Some(parts) = parts else { return Ok(()) };
        let names = parts.values().as_string::<i32>();
        let keys = parts.keys().values();
        let mut start = 0;
        for run in keys.chunk_by(|a, b| a == b) {
            let part = usize::try_from(run[0])
                .map(|key| names.value(key))
                .unwrap_or(WHOLE);
            let rows = batch.slice(start, run.len());
            self.profiler.look(part, &rows)?;
            self.file_of(part, &rows)?.write(&rows)?;
            start += run.len();
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Rows landed so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Closes and syncs everything.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<LandedParts> {
        if let Some((_, file)) = self.open.take() {
            self.finished.push(file.finish()?);
        }
        Ok(LandedParts {
            files: self.finished,
            profiles: self.profiler.finish(),
        })
    }

    /// The open file of `part`; one that is begun begins with `rows`.
    fn file_of(&mut self, part: &str, rows: &RecordBatch) -> Result<&mut LakeFile> {
        if self.open.as_ref().is_some_and(|(open, _)| open != part)
            && let Some((_, file)) = self.open.take()
        {
            self.finished.push(file.finish()?);
        }
        if self.finished.len() >= PARTS_MAX {
            return Err(Error::Parts {
                stream: self.target.stream.to_string(),
                max: PARTS_MAX,
            });
        }
        if self.open.is_none() {
            let number = self.finished.len();
            let file = LakeFile::create(&self.lake, &self.target, part, number, rows)?;
            self.open = Some((part.to_owned(), file));
        }
        match &mut self.open {
            Some((_, file)) => Ok(file),
            None => unreachable!("the file was opened above"),
        }
    }

    /// `batch` in the landed schema: columns in order, the special ones present.
    fn numbered(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let first = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let numbers = || first..first + i64::try_from(rows).unwrap_or(0);
        let columns = self
            .schema
            .fields()
            .iter()
            .map(|field| -> Result<ArrayRef> {
                if field.name() == ROW {
                    return Ok(Arc::new(Int64Array::from_iter_values(numbers())));
                }
                if let Some(column) = batch.column_by_name(field.name()) {
                    return self.checked(field, column);
                }
                Ok(match field.name().as_str() {
                    LOCATOR => Arc::new(StringArray::from_iter_values(
                        numbers().map(|n| format!("{}#{n}", self.target.stream.stream)),
                    )),
                    PART => Arc::new(constant(WHOLE, rows)),
                    _ => Arc::new(constant("{}", rows)),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    fn checked(&self, field: &Field, column: &ArrayRef) -> Result<ArrayRef> {
        if column.data_type() == field.data_type() {
            return Ok(Arc::clone(column));
        }
        if [LOCATOR, PART, HEADER].contains(&field.name().as_str()) {
            return Ok(arrow_cast::cast(column, field.data_type())?);
        }
        Err(Error::Batch {
            stream: self.target.stream.to_string(),
            message: format!(
                "column {} is {}, declared {}",
                field.name(),
                column.data_type(),
                field.data_type()
            ),
        })
    }
}

fn constant(value: &str, rows: usize) -> DictionaryArray<Int32Type> {
    DictionaryArray::new(vec![0; rows].into(), Arc::new(StringArray::from(vec![value])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_gets_a_file_and_rows_are_numbered_through() {
        let lake = tempfile::tempdir().unwrap();
        let schema = Schema::new(vec![
            Field::new("甲", DataType::Utf8, true),
            Field::new(PART, DataType::Utf8, false),
        ]);
        let batch = |parts: Vec<&str>| {
            let values = StringArray::from(vec!["x"; parts.len()]);
            RecordBatch::try_new(
                Arc::new(schema.clone()),
                vec![Arc::new(values), Arc::new(StringArray::from(parts))],
            )
            .unwrap()
        };
        let mut writer = LandingWriter::new(lake.path(), RunId::new(1, 1), StreamId::new("c", "s"), &schema);
        writer.write(&batch(vec!["2022", "2022", "2023"])).unwrap();
        writer.write(&batch(vec!["2023"])).unwrap();
        assert_eq!(writer.rows(), 4);
        let LandedParts { files, profiles } = writer.finish().unwrap();
        assert_eq!(
            profiles.values().map(|profile| profile.rows).collect::<Vec<_>>(),
            [2, 2]
        );
        let described: Vec<_> = files.iter().map(|f| (f.part.as_str(), f.rows)).collect();
        assert_eq!(described, [("2022", 2), ("2023", 2)]);
        assert!(
            files
                .iter()
                .all(|f| f.bytes > 0 && f.footer_bytes > 0 && lake.path().join(&f.path).exists())
        );
    }
}
