//! Where a cursor was: its last value as text, and the type to bind it by.
//! Here because a value saved as text must come back as the very value, of the column's own type.
//! In: the cursor's column of a batch in its order; a saved place. Out: the place; the statement's one parameter.
//! Not here: the statement (options), when a place is saved (reading).

use std::sync::Arc;

use arrow_cast::cast;
use plugin_api::Error;
use plugin_api::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use plugin_api::arrow::schema::{DataType, Field, Schema};
use plugin_api::serde::{Deserialize, Serialize};

/// A place: the value, and its type in Arrow's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "plugin_api::serde")]
pub(crate) struct Place(String, String);

impl Place {
    /// That of the last row that has one.
    pub(crate) fn last_of(column: &ArrayRef) -> Result<Option<Self>, Error> {
        let Some(last) = (0..column.len()).rev().find(|row| !column.is_null(*row)) else {
            return Ok(None);
        };
        let text = cast(&column.slice(last, 1), &DataType::Utf8)?;
        let text = text.as_any().downcast_ref::<StringArray>();
        Ok(text.map(|text| Self(text.value(0).to_owned(), column.data_type().to_string())))
    }

    /// The one row of parameters.
    pub(crate) fn parameter(&self) -> Result<RecordBatch, Error> {
        let Self(value, of) = self;
        let of: DataType = of
            .parse()
            .map_err(|_| Error::config(format!("游标的类型 {of} 无法识别，请换一列")))?;
        let text: ArrayRef = Arc::new(StringArray::from(vec![value.as_str()]));
        let schema = Schema::new(vec![Field::new("0", of.clone(), true)]);
        Ok(RecordBatch::try_new(Arc::new(schema), vec![cast(&text, &of)?])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::arrow::array::types::Int32Type;
    use plugin_api::arrow::array::{
        Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
        LargeStringArray, TimestampMicrosecondArray, TimestampNanosecondArray, new_null_array,
    };

    #[test]
    fn a_place_comes_back_as_the_very_value() {
        let micros = TimestampMicrosecondArray::from(vec![1_693_670_400_123_456]);
        let decimal = Decimal128Array::from(vec![1_200_050]);
        let columns: [ArrayRef; 10] = [
            Arc::new(Int64Array::from(vec![i64::MAX])),
            Arc::new(Int32Array::from(vec![7])),
            Arc::new(StringArray::from(vec!["二〇二三"])),
            Arc::new(LargeStringArray::from(vec!["x"])),
            Arc::new(Date32Array::from(vec![19_603])),
            Arc::new(micros.clone()),
            Arc::new(micros.with_timezone("UTC")),
            Arc::new(TimestampNanosecondArray::from(vec![1_693_670_400_123_456_789]).with_timezone("+08:00")),
            Arc::new(decimal.with_precision_and_scale(18, 2).unwrap()),
            Arc::new(Float64Array::from(vec![0.1])),
        ];
        for column in columns {
            let place = Place::last_of(&column).unwrap().unwrap();
            let parameter = place.parameter().unwrap();
            assert_eq!(parameter.column(0), &column, "{place:?}");
        }
        assert_eq!(
            Place::last_of(&new_null_array(&DataType::Int64, 3)).unwrap(),
            None
        );
        let words: DictionaryArray<Int32Type> = ["a", "b"].into_iter().collect();
        let words: ArrayRef = Arc::new(words);
        assert_eq!(Place::last_of(&words).unwrap().unwrap().0, "b");
    }
}
