//! SQL functions for the field's own work, over columns.
//! Here because mappings must say `money_fen("纯收入")`, not twenty lines of string functions.
//! In: text as it came. Out: a typed value, or NULL when the text is not one; a function never fails on data.
//! Not here: what one cell means (`hub_model::values`), what a mapping does with a NULL.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use arrow_schema::{DataType, Field};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use hub_model::values;

use crate::{flaw, string_agg};

/// Registers every function.
pub(crate) fn register(context: &SessionContext) {
    flaw::register(context);
    string_agg::register(context);
    texts(context);
    codes(context);
    numbers(context);
    days(context);
    booleans(context);
    lists(context);
    id_refusal(context);
}

fn texts(context: &SessionContext) {
    text(context, "blank", |t| values::blank(t).map(Cow::Borrowed));
    text(context, "text_clean", values::text_clean);
    text(context, "cn_name", values::cn_name);
    text(context, "cn_name_key", values::cn_name_key);
    text(context, "pinyin_key", |t| values::pinyin_key(t).map(Cow::Owned));
    text(context, "village_key", values::village_key);
    text(context, "phone", values::phone);
    text(context, "uscc", values::uscc);
    text(context, "division_code", values::division_code);
    text(context, "province_code", |t| {
        values::province_code(t).map(Cow::Borrowed)
    });
    text(context, "id_no", |t| {
        let id = values::id_no(t)?;
        // Nearly every number is written as it is kept.
        let as_kept = id.reveal() == t;
        Some(if as_kept {
            Cow::Borrowed(t)
        } else {
            Cow::Owned(id.reveal().to_owned())
        })
    });
    text(context, "id_kind", |t| {
        values::id_kind(t).map(|kind| kind.as_str().into())
    });
    text(context, "id_reason", |t| values::id_reason(t).map(Cow::Borrowed));
    text(context, "lost_byte", |t| {
        let readings = values::lost_byte(t)?.readings;
        Some(Cow::Owned(readings.join("、")))
    });
    text(context, "date_precision", |t| {
        values::date_precision(t).map(|p| p.as_str().into())
    });
}

fn codes(context: &SessionContext) {
    text(context, "refusal_reason", |t| {
        values::refusal_reason(t).map(Cow::Borrowed)
    });
    text(context, "sex", |t| values::sex(t).map(Cow::Borrowed));
    text(context, "disability_kind", |t| {
        values::disability_kind(t).map(Cow::Borrowed)
    });
    text(context, "relation", |t| values::relation(t).map(Cow::Borrowed));
    text(context, "ethnicity", |t| values::ethnicity(t).map(Cow::Borrowed));
    text(context, "education", |t| values::education(t).map(Cow::Borrowed));
    text(context, "health", values::health);
    text(context, "relation_gb", |t| {
        values::relation_gb(t).map(Cow::Borrowed)
    });
    text(context, "money_unit", |t| {
        values::money_unit(t).map(Cow::Borrowed)
    });
}

fn numbers(context: &SessionContext) {
    number::<Int64Type>(context, "money_fen", values::money_fen);
    number::<Int64Type>(context, "whole_number", values::whole_number);
    number::<Int64Type>(context, "unit_price", values::unit_price);
    number::<Int64Type>(context, "watt_hours", values::watt_hours);
    number::<Int64Type>(context, "watts", values::watts);
    number::<Int64Type>(context, "milli", values::milli);
    number::<Int64Type>(context, "percent_bp", values::percent_bp);
    number::<Int64Type>(context, "year", values::year);
    number::<Int64Type>(context, "disability_grade", values::disability_grade);
    money_fen_in(context);
}

fn days(context: &SessionContext) {
    number::<Date32Type>(context, "cn_date", values::cn_date);
    number::<Date32Type>(context, "cn_date_end", values::cn_date_end);
    number::<Date32Type>(context, "month", values::month);
    number::<Date32Type>(context, "birth_date", values::birth_date);
}

fn booleans(context: &SessionContext) {
    boolean(context, "yes_no", values::yes_no);
    boolean(context, "is_footer", |t| Some(values::is_footer(t)));
    boolean(context, "excel_cut", |t| Some(values::excel_cut(t)));
}

/// A function from one text to a text.
fn text(context: &SessionContext, name: &str, of: fn(&str) -> Option<Cow<'_, str>>) {
    function(context, name, DataType::Utf8, move |cells| {
        let mut out = StringBuilder::with_capacity(cells.len(), cells.value_data().len());
        for cell in cells {
            out.append_option(cell.and_then(of));
        }
        Arc::new(out.finish())
    });
}

/// A function from one text to a number or a day.
fn number<T: ArrowPrimitiveType>(context: &SessionContext, name: &str, of: fn(&str) -> Option<T::Native>) {
    function(context, name, T::DATA_TYPE, move |cells| {
        Arc::new(
            cells
                .iter()
                .map(|cell| cell.and_then(of))
                .collect::<PrimitiveArray<T>>(),
        )
    });
}

/// A function from one text to yes or no.
fn boolean(context: &SessionContext, name: &str, of: fn(&str) -> Option<bool>) {
    function(context, name, DataType::Boolean, move |cells| {
        Arc::new(
            cells
                .iter()
                .map(|cell| cell.and_then(of))
                .collect::<BooleanArray>(),
        )
    });
}

fn function(
    context: &SessionContext,
    name: &str,
    out: DataType,
    over: impl Fn(&StringArray) -> ArrayRef + Send + Sync + 'static,
) {
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

/// `money_fen_in(text, unit)`: the text's own unit counts where it names one, the given unit otherwise.
fn money_fen_in(context: &SessionContext) {
    function_of_two(context, "money_fen_in", DataType::Int64, |cells, units| {
        let fen = cells
            .iter()
            .zip(units)
            .map(|(cell, unit)| values::money_fen_in(cell?, unit?));
        Arc::new(fen.collect::<PrimitiveArray<Int64Type>>())
    });
}

/// `id_refusal(number, name)`: the code by which a row that names a person goes back.
fn id_refusal(context: &SessionContext) {
    function_of_two(context, "id_refusal", DataType::Utf8, |numbers, names| {
        let codes = numbers
            .iter()
            .zip(names)
            .map(|(number, name)| values::id_refusal(number, name));
        Arc::new(codes.collect::<StringArray>())
    });
}

fn function_of_two(
    context: &SessionContext,
    name: &str,
    out: DataType,
    over: fn(&StringArray, &StringArray) -> ArrayRef,
) {
    let function = move |args: &[ColumnarValue]| -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let (one, other) = (arrays[0].as_string::<i32>(), arrays[1].as_string::<i32>());
        Ok(ColumnarValue::Array(over(one, other)))
    };
    context.register_udf(create_udf(
        name,
        vec![DataType::Utf8, DataType::Utf8],
        out,
        Volatility::Immutable,
        Arc::new(function),
    ));
}

/// `split_values(text)`: the values of a cell that holds several, for `unnest`.
fn lists(context: &SessionContext) {
    let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
    function(context, "split_values", DataType::List(item), |cells| {
        let mut out = ListBuilder::new(StringBuilder::new());
        for cell in cells {
            match cell {
                Some(cell) => {
                    for value in values::split_values(cell) {
                        out.values().append_value(value);
                    }
                    out.append(true);
                }
                None => out.append(false),
            }
        }
        Arc::new(out.finish())
    });
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;

    use super::*;

    async fn one(sql: &str) -> String {
        let context = SessionContext::new();
        register(&context);
        let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
        let text = arrow_cast::cast(batches[0].column(0), &DataType::Utf8).unwrap();
        let text = text.as_string::<i32>();
        if text.is_null(0) {
            "NULL".to_owned()
        } else {
            text.value(0).to_owned()
        }
    }

    #[tokio::test]
    async fn every_kind_of_function_over_sql() {
        for (sql, expect) in [
            ("SELECT blank('  ')", "NULL"),
            ("SELECT money_fen('1,234.50元')", "123450"),
            ("SELECT money_fen_in('1.5', '万元')", "1500000"),
            ("SELECT cn_date('2023年9月1日')", "2023-09-01"),
            ("SELECT cn_date_end('202310')", "2023-10-31"),
            ("SELECT province_code('浙江省杭州市')", "33"),
            ("SELECT month('202310')", "2023-10-01"),
            ("SELECT yes_no('是')", "true"),
            ("SELECT is_footer('合计')", "true"),
            ("SELECT id_no('110105491231002')", "11010519491231002X"),
            ("SELECT id_kind('3.41221E+17')", "scientific"),
            ("SELECT sex('11010519491231002X')", "女"),
            ("SELECT birth_date('11010519491231002X')", "1949-12-31"),
            (
                "SELECT CAST(month('202310') + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)",
                "2023-10-31",
            ),
            (
                "SELECT array_to_string(split_values('低保、残疾人补贴；临时救助'), '|')",
                "低保|残疾人补贴|临时救助",
            ),
            (
                "SELECT refusal_reason(id_refusal('3.41221E+17', '甲')) LIKE '%丢失%'",
                "true",
            ),
            ("SELECT money_fen(NULL)", "NULL"),
        ] {
            assert_eq!(one(sql).await, expect, "{sql}");
        }
    }
}
