//! Rows as they landed, with the place and the header of every cell.
//! Here because a refused row is in no canonical table, and whoever must put it right wants to see it whole.
//! In: a stream's landed files of one run, row numbers. Out: cells in the stream's order.
//! Not here: which rows were refused and why (store); masks.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use datafusion::logical_expr::lit;
use datafusion::prelude::{SessionContext, ident};
use hub_model::{CORRECTS, FileRef, HEADER, LOCATOR, PART, ROW};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::engine::{QUESTION_SECONDS_MAX, within};
use crate::{Engine, Error, Result, session};

/// A row as it landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedRow {
    /// `_row` within the run's stream.
    pub row: i64,
    /// `file!sheet!row`, or `request#index`.
    pub locator: String,
    /// Its cells, in the stream's order.
    pub cells: Vec<LandedCell>,
}

/// A cell of a landed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedCell {
    /// The stream's column.
    pub column: String,
    /// The spreadsheet's column letters; empty for records, and for a column the sheet does not have.
    pub letter: String,
    /// The header as found; `None` for a column the sheet does not have.
    pub header: Option<String>,
    /// What stood there.
    pub value: Option<String>,
}

impl Engine {
    /// Rows as they landed, by their numbers within `files`, which are of one stream and run.
    ///
    /// # Errors
    /// When a file cannot be read, or it takes too long.
    pub async fn landed_rows(&self, files: &[FileRef], rows: &[i64]) -> Result<Vec<LandedRow>> {
        let context = self.context();
        let work = read(&context, &self.options.lake_dir, files, rows);
        within("the landed rows", QUESTION_SECONDS_MAX, work).await
    }
}

/// The rows with these numbers, in their order; those that are not there are left out.
pub(crate) async fn read(
    context: &SessionContext,
    lake: &Path,
    files: &[FileRef],
    rows: &[i64],
) -> Result<Vec<LandedRow>> {
    let mut found = Vec::with_capacity(rows.len());
    // Each with its own columns: a stream may have got more since.
    for file in files {
        let path = lake.join(&file.path);
        let opened = File::open(&path).map_err(|source| Error::Io { path, source })?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(opened)?;
        let schema = Arc::clone(reader.schema());
        let table = session::files(schema, lake, std::slice::from_ref(file))?;
        let wanted = ident(ROW).in_list(rows.iter().map(|row| lit(*row)).collect(), false);
        for batch in context.read_table(table)?.filter(wanted)?.collect().await? {
            take(&batch, &mut found)?;
        }
    }
    found.sort_by_key(|row| row.row);
    Ok(found)
}

fn take(batch: &RecordBatch, found: &mut Vec<LandedRow>) -> Result<()> {
    let text = |name: &str| -> Result<Option<StringArray>> {
        let column = batch.column_by_name(name);
        let texts = column
            .map(|column| arrow_cast::cast(column, &DataType::Utf8))
            .transpose()?;
        Ok(texts.map(|texts| texts.as_string::<i32>().clone()))
    };
    let at = |texts: &Option<StringArray>, row: usize| {
        let texts = texts.as_ref().filter(|texts| texts.is_valid(row));
        texts.map(|texts| texts.value(row).to_owned())
    };
    let (locators, headers) = (text(LOCATOR)?, text(HEADER)?);
    let Some(rows) = batch.column_by_name(ROW) else {
        return Ok(());
    };
    let rows = rows.as_primitive::<Int64Type>();
    let mut own = Vec::new();
    for field in batch.schema().fields() {
        if ![ROW, LOCATOR, PART, HEADER, CORRECTS].contains(&field.name().as_str()) {
            own.push((field.name().clone(), text(field.name())?));
        }
    }
    for row in 0..batch.num_rows() {
        let places: BTreeMap<String, String> = at(&headers, row)
            .and_then(|header| serde_json::from_str(&header).ok())
            .unwrap_or_default();
        let cells = own.iter().map(|(name, texts)| {
            let place = places.get(name).and_then(|place| place.split_once(':'));
            LandedCell {
                column: name.clone(),
                letter: place.map(|(letter, _)| letter.to_owned()).unwrap_or_default(),
                header: place.map(|(_, header)| header.to_owned()),
                value: at(texts, row),
            }
        });
        found.push(LandedRow {
            row: rows.value(row),
            locator: at(&locators, row).unwrap_or_default(),
            cells: cells.collect(),
        });
    }
    Ok(())
}
