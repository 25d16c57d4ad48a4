//! Turns raw Arrow C structs into checked Arrow values.
//! Here because nothing a plugin hands over may be believed: every array is validated, by the hub's process in full.
//! In: unreleased C structs, owned by us. Out: schemas, batches, `Failure` with category schema or data.
//! Not here: pointers into nowhere; they cannot be found, which is why plugins run in a child.

use arrow_array::{Array, RecordBatch, RecordBatchOptions, StructArray};
use arrow_data::ArrayData;
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use plugin_abi::Category;
use plugin_abi::ffi::{ArrowArray, ArrowSchema, Failure};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Takes the schema over.
pub(crate) fn import_schema(raw: ArrowSchema) -> Result<SchemaRef, Failure> {
    // SAFETY: both are the same C struct; `raw` is forgotten here, so it is released once, by the Arrow crate.
    let schema = unsafe { (&raw const raw).cast::<FFI_ArrowSchema>().read() };
    let schema = catch_unwind(AssertUnwindSafe(|| Schema::try_from(&schema)));
    match schema {
        Ok(Ok(schema)) => Ok(Arc::new(schema)),
        Ok(Err(error)) => Err(Failure::new(
            Category::Schema,
            format!("unusable schema: {error}"),
        )),
        Err(_) => Err(Failure::new(
            Category::Schema,
            "unusable schema: the Arrow library gave up on it",
        )),
    }
}

/// How far a batch is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Everything: the batch will be used.
    InFull,
    /// Everything but the characters of texts: the batch will only be sent, to a hub that looks at every byte itself.
    ToBeSent,
}

/// Takes the array over, as one batch of `schema`.
pub(crate) fn import_batch(
    raw: ArrowArray,
    schema: &SchemaRef,
    checked: Checked,
) -> Result<RecordBatch, Failure> {
    // SAFETY: both are the same C struct; `raw` is forgotten here, so it is released once, by the Arrow crate.
    let array = unsafe { (&raw const raw).cast::<FFI_ArrowArray>().read() };
    let target = DataType::Struct(schema.fields().clone());
    let batch = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the plugin promises an array of its declared schema; the validation below checks what can be.
        let mut data = unsafe { arrow_array::ffi::from_ffi_and_data_type(array, target) }?;
        data.align_buffers();
        match checked {
            Checked::InFull => data.validate_full()?,
            Checked::ToBeSent => validate_to_be_sent(&data)?,
        }
        let rows = StructArray::from(data);
        if rows.null_count() > 0 {
            return Err(ArrowError::InvalidArgumentError(
                "a row that is null as a whole".into(),
            ));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let (_, columns, _) = rows.into_parts();
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    }));
    match batch {
        Ok(Ok(batch)) => Ok(batch),
        Ok(Err(error)) => Err(Failure::new(Category::Data, format!("corrupt batch: {error}"))),
        Err(_) => Err(Failure::new(
            Category::Data,
            "corrupt batch: the Arrow library gave up on it",
        )),
    }
}

/// Full validation but for the bytes of texts, of which the offsets are looked at.
fn validate_to_be_sent(rows: &ArrayData) -> Result<(), ArrowError> {
    rows.validate()?;
    rows.validate_nulls()?;
    for column in rows.child_data() {
        if column.data_type() != &DataType::Utf8 {
            column.validate_full()?;
            continue;
        }
        column.validate()?;
        column.validate_nulls()?;
        let offsets = column.buffer::<i32>(0);
        let offsets = offsets.get(..=column.len()).unwrap_or_default();
        if !offsets.is_sorted() {
            return Err(ArrowError::InvalidArgumentError(
                "the offsets of a column of texts go backwards".into(),
            ));
        }
    }
    Ok(())
}
