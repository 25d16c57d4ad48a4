//! SQL functions for the field's own work, over columns.
//! Here because mappings must say `money_fen("纯收入")`, not twenty lines of string functions.
//! In: text as it came. Out: a typed value, or NULL when the text is not one; a function never fails on data.
//! Not here: what a mapping does with a NULL.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use arrow_schema::DataType;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use hub_model::{Fen, IdNumber};

/// Registers every function.
pub(crate) fn register(context: &SessionContext) {
    let int = DataType::Int64;
    text_function(context, "money_fen", int.clone(), |text| {
        Arc::new(
            text.iter()
                .map(|t| t.and_then(Fen::parse_yuan).map(|fen| fen.0))
                .collect::<Int64Array>(),
        )
    });
    text_function(context, "whole_number", int, |text| {
        Arc::new(
            text.iter()
                .map(|t| t.and_then(whole_number))
                .collect::<Int64Array>(),
        )
    });
    text_function(context, "id_no", DataType::Utf8, |text| {
        Arc::new(
            text.iter()
                .map(|t| t.and_then(IdNumber::parse).map(|id| id.reveal().to_owned()))
                .collect::<StringArray>(),
        )
    });
    text_function(context, "yes_no", DataType::Boolean, |text| {
        Arc::new(text.iter().map(|t| t.and_then(yes_no)).collect::<BooleanArray>())
    });
    text_function(context, "blank", DataType::Utf8, |text| {
        Arc::new(
            text.iter()
                .map(|t| t.map(str::trim).filter(|t| !t.is_empty()))
                .collect::<StringArray>(),
        )
    });
}

fn text_function(context: &SessionContext, name: &str, out: DataType, over: fn(&StringArray) -> ArrayRef) {
    let function = move |args: &[ColumnarValue]| -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        Ok(ColumnarValue::Array(over(arrays[0].as_string::<i32>())))
    };
    context.register_udf(create_udf(
        name,
        vec![DataType::Utf8],
        out,
        Volatility::Immutable,
        Arc::new(function),
    ));
}

/// A whole number as sheets hold them: `4`, `4.0`, `４`, `1,200`. `None` for a fraction or any other text.
fn whole_number(text: &str) -> Option<i64> {
    let fen = Fen::parse_yuan(text)?.0;
    (fen % 100 == 0).then_some(fen / 100)
}

/// 是/否 and their spellings.
fn yes_no(text: &str) -> Option<bool> {
    match text.trim() {
        "是" | "有" | "Y" | "y" | "1" | "1.0" | "true" | "TRUE" | "√" => Some(true),
        "否" | "无" | "N" | "n" | "0" | "0.0" | "false" | "FALSE" | "×" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_as_sheets_hold_them() {
        for (text, number) in [
            ("4", Some(4)),
            ("4.0", Some(4)),
            ("４", Some(4)),
            ("1,200", Some(1200)),
            ("4.5", None),
            ("四", None),
        ] {
            assert_eq!(whole_number(text), number, "{text}");
        }
    }

    #[test]
    fn yes_and_no_and_neither() {
        assert_eq!(
            (yes_no(" 是 "), yes_no("否"), yes_no("不详")),
            (Some(true), Some(false), None)
        );
    }
}
