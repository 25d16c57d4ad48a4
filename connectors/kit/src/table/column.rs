//! The columns of a batch, one value at a time.
//! Here because these few lines run for every cell of every file.
//! In: texts, keys, numbers. Out: arrays, and the schema they make.
//! Not here: which value goes where.

use std::sync::Arc;

use plugin_api::arrow::array::builder::{ArrayBuilder, StringBuilder};
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray, new_null_array};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::{Error, columns};

use crate::header::Column;
use crate::layout::repaired;

/// The schema of a stream of these columns: each text and nullable, then locator, part, header and the row corrected.
pub(crate) fn schema(stream: &[Column]) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields: Vec<Field> = stream
        .iter()
        .map(|column| Field::new(&column.name, DataType::Utf8, true))
        .collect();
    fields.push(Field::new(columns::LOCATOR, DataType::Utf8, false));
    fields.push(Field::new(columns::PART, dictionary.clone(), false));
    fields.push(Field::new(columns::HEADER, dictionary, false));
    fields.push(Field::new(columns::CORRECTS, DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

/// Appends a cell and returns its length; one without text is null.
#[inline]
pub(super) fn append(builder: &mut StringBuilder, cell: &str) -> usize {
    let text = repaired(cell);
    if text.is_empty() {
        builder.append_null();
    } else {
        builder.append_value(text);
    }
    text.len()
}

/// The array, and room for about the same again.
pub(super) fn finished(builder: &mut StringBuilder) -> StringArray {
    let (rows, bytes) = (builder.len(), builder.values_slice().len());
    let array = builder.finish();
    *builder = StringBuilder::with_capacity(rows, bytes + bytes / 16);
    array
}

/// The numbers of corrected rows among `rows` rows, each with the index of the row that corrects it, in their order.
pub(super) fn sparse(rows: usize, numbers: Vec<(usize, String)>) -> ArrayRef {
    if numbers.is_empty() {
        return new_null_array(&DataType::Utf8, rows);
    }
    let mut texts: Vec<Option<String>> = vec![None; rows];
    for (row, number) in numbers {
        if let Some(text) = texts.get_mut(row) {
            *text = Some(number);
        }
    }
    Arc::new(StringArray::from(texts))
}

/// Values by key.
pub(super) fn dictionary(keys: Vec<i32>, values: &[String]) -> Result<ArrayRef, Error> {
    let values = Arc::new(StringArray::from_iter_values(values));
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(
        Int32Array::from(keys),
        values,
    )?))
}

/// Appends a number in digits.
pub(super) fn push_number(out: &mut String, mut number: u32) {
    let mut digits = [b'0'; 10];
    let mut first = digits.len();
    while let Some(digit) = first.checked_sub(1).and_then(|at| digits.get_mut(at)) {
        *digit += u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        first -= 1;
        if number == 0 {
            break;
        }
    }
    let digits = digits.get(first..).map(std::str::from_utf8);
    out.push_str(digits.and_then(Result::ok).unwrap_or_default());
}
