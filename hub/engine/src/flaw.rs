//! Rows their connector could not trust: refused before any mapping sees what they mean.
//! Here because a broken byte or a field given twice is known where the row was read, and every mapping would forget it.
//! In: `_flaw` in a row's `_header`. Out: refusals with the catalogue's code and a clerk's words.
//! Not here: values that are whole but mean nothing; those are the mapping's to refuse.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::{DataType, Schema};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::SessionContext;
use hub_model::HEADER;

use crate::Result;
use crate::mapping::Mapping;

/// The key beside the columns' places.
const KEY: &str = "_flaw";

/// The refusals of a stream that says where its columns stood; none of one that does not.
pub(crate) fn mapping(landed: &Schema) -> Result<Option<Mapping>> {
    if landed.column_with_name(HEADER).is_none() {
        return Ok(None);
    }
    let sql = format!(
        r#"INSERT INTO rejected (row, code, reason, _locator)
SELECT "_row", flaw_code("{HEADER}"),
       coalesce(refusal_reason(flaw_code("{HEADER}")), '该行无法读取，请核对原文件后重新报送'), "_locator"
FROM landed WHERE flaw_code("{HEADER}") IS NOT NULL"#
    );
    Mapping::parse(&sql, "the hub's own refusals").map(Some)
}

/// Registers `flaw_code`.
pub(crate) fn register(context: &SessionContext) {
    context.register_udf(ScalarUDF::from(FlawCode {
        signature: Signature::any(1, Volatility::Immutable),
    }));
}

/// `flaw_code(_header)`: looks at each header once, however many rows share it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FlawCode {
    signature: Signature,
}

impl ScalarUDFImpl for FlawCode {
    fn name(&self) -> &str {
        "flaw_code"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        Ok(ColumnarValue::Array(codes(&arrays[0])?))
    }
}

fn codes(headers: &ArrayRef) -> DataFusionResult<ArrayRef> {
    if let Some(dictionary) = headers.as_dictionary_opt::<Int32Type>() {
        let values = codes(dictionary.values())?;
        let values = values.as_string::<i32>();
        let keys = dictionary.keys();
        let code = |key: Option<i32>| {
            let at = usize::try_from(key?).ok()?;
            values.is_valid(at).then(|| values.value(at))
        };
        return Ok(Arc::new(keys.iter().map(code).collect::<StringArray>()));
    }
    let texts = arrow_cast::cast(headers, &DataType::Utf8)?;
    Ok(Arc::new(
        texts
            .as_string::<i32>()
            .iter()
            .map(|header| header.and_then(code_in))
            .collect::<StringArray>(),
    ))
}

fn code_in(header: &str) -> Option<String> {
    if !header.contains(KEY) {
        return None;
    }
    let places: std::collections::BTreeMap<String, String> = serde_json::from_str(header).ok()?;
    places.get(KEY).cloned()
}

#[cfg(test)]
mod tests {
    use arrow_array::{DictionaryArray, Int32Array};

    use super::*;

    #[test]
    fn one_look_per_header() {
        let values = StringArray::from(vec![r#"{"a":"B:甲"}"#, r#"{"a":"B:甲","_flaw":"D14"}"#]);
        let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(1)]);
        let headers: ArrayRef =
            Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values)).unwrap());
        let codes = codes(&headers).unwrap();
        let codes: Vec<_> = codes.as_string::<i32>().iter().collect();
        assert_eq!(codes, [None, Some("D14"), None, Some("D14")]);
    }
}
