//! Gathers the rows of a sheet into record batches: every declared column as text, and where each row was found.
//! Here because memory must stay that of one batch, however long the sheet.
//! In: cells as (row, column, text) in any number of sheets. Out: batches of about the size asked for.
//! Not here: where cells come from, what a text means. A row is every row with a cell that holds something.

use std::fmt::Write;
use std::sync::Arc;

use plugin_api::arrow::array::builder::StringBuilder;
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::{Error, columns};

use crate::header::Column;

/// The schema of a stream of these columns: each text and nullable, then locator, part and header.
pub(crate) fn schema(stream: &[Column]) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields: Vec<Field> = stream
        .iter()
        .map(|column| Field::new(&column.name, DataType::Utf8, true))
        .collect();
    fields.push(Field::new(columns::LOCATOR, DataType::Utf8, false));
    fields.push(Field::new(columns::PART, dictionary.clone(), false));
    fields.push(Field::new(columns::HEADER, dictionary, false));
    Arc::new(Schema::new(fields))
}

/// What all rows of a sheet have in common.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// `file!sheet!`, to be followed by the row's number.
    pub(crate) locator: String,
    pub(crate) part: String,
    pub(crate) header: String,
}

pub(crate) struct Table {
    schema: SchemaRef,
    texts: Vec<StringBuilder>,
    locators: StringBuilder,
    origin: Origin,
    /// Rows finished since the last batch.
    rows: usize,
    bytes: usize,
    /// For each column the open row's ordinal when it has its text already.
    filled: Vec<usize>,
    open: Option<u32>,
    rows_max: usize,
    bytes_max: usize,
}

impl Table {
    pub(crate) fn new(stream: &[Column], rows_max: usize, bytes_max: usize) -> Self {
        Self {
            schema: schema(stream),
            texts: stream.iter().map(|_| StringBuilder::new()).collect(),
            locators: StringBuilder::new(),
            origin: Origin::default(),
            rows: 0,
            bytes: 0,
            filled: vec![0; stream.len()],
            open: None,
            rows_max: rows_max.max(1),
            bytes_max: bytes_max.max(1),
        }
    }

    /// Starts a sheet; the rows of the one before must have been taken.
    pub(crate) fn start(&mut self, origin: Origin) {
        debug_assert!(self.rows == 0 && self.open.is_none());
        self.origin = origin;
    }

    /// Makes `row` (from 0) the open row. Of a row that is open already nothing changes.
    /// Returns a batch when the rows before fill one.
    pub(crate) fn row(&mut self, row: u32) -> Result<Option<RecordBatch>, Error> {
        if self.open == Some(row) {
            return Ok(None);
        }
        self.close_row();
        let full = self.rows >= self.rows_max || self.bytes >= self.bytes_max;
        let batch = if full { self.take()? } else { None };
        self.open = Some(row);
        Ok(batch)
    }

    /// Sets a column of the open row; a second text for the same column is not taken.
    pub(crate) fn text(&mut self, column: usize, text: &str) {
        let ordinal = self.rows + 1;
        if self.filled[column] != ordinal {
            self.filled[column] = ordinal;
            self.texts[column].append_value(text);
            self.bytes += text.len();
        }
    }

    /// Closes the open row and returns what there is, none when that is nothing.
    pub(crate) fn finish(&mut self) -> Result<Option<RecordBatch>, Error> {
        self.close_row();
        self.take()
    }

    /// Forgets everything since the last batch.
    pub(crate) fn discard(&mut self) {
        self.close_row();
        for builder in &mut self.texts {
            builder.finish();
        }
        self.locators.finish();
        self.reset();
    }

    fn close_row(&mut self) {
        let Some(row) = self.open.take() else { return };
        self.rows += 1;
        for (filled, builder) in self.filled.iter().zip(&mut self.texts) {
            if *filled != self.rows {
                builder.append_null();
            }
        }
        // Writing to a builder cannot fail; the empty value ends what was written.
        let _infallible = write!(self.locators, "{}{}", self.origin.locator, u64::from(row) + 1);
        self.locators.append_value("");
        self.bytes += self.origin.locator.len() + 8;
    }

    fn take(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.texts.len() + 3);
        for builder in &mut self.texts {
            arrays.push(Arc::new(builder.finish()));
        }
        arrays.push(Arc::new(self.locators.finish()));
        arrays.push(constant(&self.origin.part, self.rows)?);
        arrays.push(constant(&self.origin.header, self.rows)?);
        self.reset();
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?))
    }

    fn reset(&mut self) {
        (self.rows, self.bytes) = (0, 0);
        self.filled.fill(0);
    }
}

/// A dictionary with one value, for every row.
fn constant(value: &str, rows: usize) -> Result<ArrayRef, Error> {
    let keys = Int32Array::from_value(0, rows);
    let values = Arc::new(StringArray::from(vec![value]));
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::arrow::array::Array;

    fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
        let array = batch.column_by_name(column).unwrap();
        let array = array.as_any().downcast_ref::<StringArray>().unwrap();
        array.iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn table(rows_max: usize, bytes_max: usize) -> Table {
        let mut table = Table::new(&[Column::new("甲"), Column::new("乙")], rows_max, bytes_max);
        table.start(Origin {
            locator: "a.xlsx!一!".into(),
            part: "2023".into(),
            header: "{}".into(),
        });
        table
    }

    #[test]
    fn gaps_are_null_repeated_cells_count_once_and_locators_follow_the_sheet() {
        let mut table = table(10, 1 << 20);
        for (row, column, text) in [(1, 0, "x"), (1, 0, "second"), (4, 1, "y")] {
            assert!(table.row(row).unwrap().is_none());
            table.text(column, text);
        }
        let batch = table.finish().unwrap().unwrap();
        assert_eq!(texts(&batch, "甲"), [Some("x".to_owned()), None]);
        assert_eq!(texts(&batch, "乙"), [None, Some("y".to_owned())]);
        assert_eq!(
            texts(&batch, "_locator"),
            [Some("a.xlsx!一!2".to_owned()), Some("a.xlsx!一!5".to_owned())]
        );
        assert!(table.finish().unwrap().is_none());
    }

    #[test]
    fn batches_are_cut_at_rows_and_at_bytes() {
        for (rows_max, bytes_max, expect) in [(2, 1 << 20, vec![2, 2, 1]), (100, 1, vec![1, 1, 1, 1, 1])] {
            let mut table = table(rows_max, bytes_max);
            let mut sizes = Vec::new();
            for row in 0..5 {
                sizes.extend(table.row(row).unwrap().map(|batch| batch.num_rows()));
                table.text(0, "x");
            }
            sizes.extend(table.finish().unwrap().map(|batch| batch.num_rows()));
            assert_eq!(sizes, expect);
        }
    }

    #[test]
    fn discarding_leaves_nothing_behind() {
        let mut table = table(10, 1 << 20);
        table.row(0).unwrap();
        table.text(0, "x");
        table.discard();
        table.start(Origin::default());
        table.row(7).unwrap();
        table.text(1, "y");
        let batch = table.finish().unwrap().unwrap();
        assert_eq!(batch.num_rows(), 1);
        assert_eq!(batch.column(0).null_count(), 1);
        assert_eq!(texts(&batch, "_locator"), [Some("8".to_owned())]);
    }
}
