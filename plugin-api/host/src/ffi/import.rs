//! Turns raw Arrow C structs into checked Arrow values.
//! Here because nothing a plugin hands over may be believed: every array is validated in full.
//! In: unreleased C structs, owned by us. Out: schemas, batches, `Failure` with category schema or data.
//! Not here: pointers into nowhere; they cannot be found, which is why plugins run in a child.

use arrow_array::{Array, RecordBatch, RecordBatchOptions, StructArray};
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{DataType, Schema, SchemaRef};
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

/// Takes the array over, as one batch of `schema`.
pub(crate) fn import_batch(raw: ArrowArray, schema: &SchemaRef) -> Result<RecordBatch, Failure> {
    // SAFETY: both are the same C struct; `raw` is forgotten here, so it is released once, by the Arrow crate.
    let array = unsafe { (&raw const raw).cast::<FFI_ArrowArray>().read() };
    let target = DataType::Struct(schema.fields().clone());
    let batch = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the plugin promises an array of its declared schema; the validation below checks what can be.
        let mut data = unsafe { arrow_array::ffi::from_ffi_and_data_type(array, target) }?;
        data.align_buffers();
        data.validate_full()?;
        let rows = StructArray::from(data);
        if rows.null_count() > 0 {
            return Err(arrow_schema::ArrowError::InvalidArgumentError(
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
