//! What a driver gives, as text with every digit it had.
//! Here because drivers' types do not last (one guesses them from the first rows), and an identifier must never be a float.
//! In: arrays of any type. Out: arrays of text, and which rows cannot be trusted. Types without a text are refused by name.
//! Not here: batches, places, parts (reading).

use std::sync::Arc;

use arrow_cast::cast;
use plugin_api::arrow::array::builder::StringBuilder;
use plugin_api::arrow::array::cast::AsArray;
use plugin_api::arrow::array::{Array, ArrayRef};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::{Error, columns as special};

/// Longest text of one value, in bytes; a longer one costs its row.
pub(crate) const VALUE_BYTES_MAX: usize = 128 << 10;
/// Moments are shown by the clock of every county.
pub(crate) const ZONE: &str = "+08:00";
/// What a decoder puts where bytes were no text, and what becomes of it when it is taken for GBK.
const DAMAGE: [&str; 2] = ["\u{FFFD}", "锟斤拷"];

/// Why a row cannot be trusted, as reason codes of the catalogue of dirt.
pub(crate) const UNDECODABLE: &str = "D14";
pub(crate) const TOO_LONG: &str = "D09";

/// The schema of a stream of columns of these names.
pub(crate) fn schema(names: &[String]) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields: Vec<Field> = names
        .iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    fields.push(Field::new(special::LOCATOR, DataType::Utf8, false));
    fields.push(Field::new(special::PART, dictionary.clone(), false));
    fields.push(Field::new(special::HEADER, dictionary, false));
    Arc::new(Schema::new(fields))
}

/// Whether values of a type have a text.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "a type of a later version has no text until somebody tried"
)]
pub(crate) fn has_text(of: &DataType) -> bool {
    match of {
        DataType::Dictionary(_, values) => has_text(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null | DataType::Boolean => {
            true
        }
        DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64 => true,
        DataType::Time32(_) | DataType::Time64(_) => true,
        other => other.is_numeric(),
    }
}

/// The same values as text, copied: a driver's own arrays may hold what is no text, and anything where a value is missing.
/// `flaw` is told the rows that cannot be trusted, with the reason's code.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "of every other type the cast decides"
)]
pub(crate) fn of(array: &ArrayRef, flaw: &mut dyn FnMut(usize, &'static str)) -> Result<ArrayRef, Error> {
    let bytes = match array.data_type() {
        DataType::Utf8 => cast(array, &DataType::Binary)?,
        DataType::LargeUtf8 => cast(&cast(array, &DataType::LargeBinary)?, &DataType::Binary)?,
        DataType::Timestamp(unit, Some(_)) => {
            let here = DataType::Timestamp(*unit, Some(ZONE.into()));
            cast(&cast(&cast(array, &here)?, &DataType::Utf8)?, &DataType::Binary)?
        }
        _ => cast(&cast(array, &DataType::Utf8)?, &DataType::Binary)?,
    };
    Ok(checked(&bytes, flaw))
}

/// Bytes as texts, one by one.
fn checked(bytes: &ArrayRef, flaw: &mut dyn FnMut(usize, &'static str)) -> ArrayRef {
    let bytes = bytes.as_binary::<i32>();
    let mut out = StringBuilder::with_capacity(bytes.len(), bytes.values().len());
    for (row, value) in bytes.iter().enumerate() {
        let Some(value) = value else {
            out.append_null();
            continue;
        };
        if value.len() > VALUE_BYTES_MAX {
            flaw(row, TOO_LONG);
            out.append_null();
            continue;
        }
        let text = String::from_utf8_lossy(value);
        if !text.is_ascii() && DAMAGE.iter().any(|mark| text.contains(mark)) {
            flaw(row, UNDECODABLE);
        }
        out.append_value(&text);
    }
    Arc::new(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::arrow::array::types::Int32Type;
    use plugin_api::arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
        LargeStringArray, StringArray, TimestampMicrosecondArray, UInt64Array,
    };

    fn texts(array: impl Array + 'static) -> (Vec<String>, Vec<(usize, &'static str)>) {
        let array: ArrayRef = Arc::new(array);
        assert!(has_text(array.data_type()), "{:?}", array.data_type());
        let mut flaws = Vec::new();
        let texts = of(&array, &mut |row, code| flaws.push((row, code))).unwrap();
        let texts = texts.as_string::<i32>().iter();
        (texts.map(|text| text.unwrap_or("-").to_owned()).collect(), flaws)
    }

    #[test]
    fn every_type_has_the_text_the_page_promises() {
        let dictionary: DictionaryArray<Int32Type> = ["住院", "门诊", "住院"].into_iter().collect();
        let moment = TimestampMicrosecondArray::from(vec![1_693_670_400_000_000]);
        for (texts, expected) in [
            (
                texts(Int64Array::from(vec![Some(341_202_196_507_041_013), None])).0,
                vec!["341202196507041013", "-"],
            ),
            (
                texts(UInt64Array::from(vec![u64::MAX])).0,
                vec!["18446744073709551615"],
            ),
            (
                texts(
                    Decimal128Array::from(vec![1_200_050])
                        .with_precision_and_scale(18, 2)
                        .unwrap(),
                )
                .0,
                vec!["12000.50"],
            ),
            (texts(Float64Array::from(vec![0.1])).0, vec!["0.1"]),
            (texts(BooleanArray::from(vec![true])).0, vec!["true"]),
            (texts(Date32Array::from(vec![19_603])).0, vec!["2023-09-03"]),
            (texts(moment.clone()).0, vec!["2023-09-02T16:00:00"]),
            (
                texts(moment.with_timezone("UTC")).0,
                vec!["2023-09-03T00:00:00+08:00"],
            ),
            (texts(dictionary).0, vec!["住院", "门诊", "住院"]),
            (texts(LargeStringArray::from(vec!["甲"])).0, vec!["甲"]),
        ] {
            assert_eq!(texts, expected);
        }
        assert!(!has_text(&DataType::Binary));
        assert!(!has_text(&DataType::new_list(DataType::Utf8, true)));
    }

    #[test]
    fn bytes_that_are_no_text_and_texts_without_end_flaw_their_row() {
        let long = "x".repeat(VALUE_BYTES_MAX + 1);
        let (values, flaws) = texts(StringArray::from(vec!["甲", &long, "乙\u{FFFD}"]));
        assert_eq!((values[0].as_str(), values[1].as_str()), ("甲", "-"));
        assert_eq!(flaws, [(1, TOO_LONG), (2, UNDECODABLE)]);
        let gbk: ArrayRef = Arc::new(BinaryArray::from(vec![&b"ok"[..], b"\xbc\xd7"]));
        let mut flaws = Vec::new();
        checked(&gbk, &mut |row, code| flaws.push((row, code)));
        assert_eq!(flaws, [(1, UNDECODABLE)]);
    }
}
