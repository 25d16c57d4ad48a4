//! Takes schemas and batches back from the C structs, as a host does.
//! Here for `testing` only, which calls a connector through its own ABI.
//! In: unreleased structs, owned by us. Out: Arrow values of this SDK's version.
//! Not here: validating strangers' data; these structs were made in this very process.

use super::Descriptor;
use crate::Error;
use arrow_array::{RecordBatch, StructArray};
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{DataType, Schema, SchemaRef};
use plugin_abi::ffi::{ArrowArray, ArrowSchema, Plugin};
use std::sync::Arc;

impl Descriptor {
    /// The same checks a host makes.
    pub(crate) fn plugin(self) -> Result<Plugin, Error> {
        // SAFETY: a descriptor of this process, built by `__build` and alive for ever.
        unsafe { Plugin::check(self.0) }.map_err(|refused| Error::config(refused.0))
    }
}

pub(crate) fn import_schema(raw: ArrowSchema) -> Result<SchemaRef, Error> {
    // SAFETY: both are the same C struct; `raw` is forgotten here, so it is released once.
    let schema = unsafe { (&raw const raw).cast::<FFI_ArrowSchema>().read() };
    Ok(Arc::new(Schema::try_from(&schema)?))
}

pub(crate) fn import_batch(raw: ArrowArray, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    // SAFETY: both are the same C struct; `raw` is forgotten here, so it is released once.
    let array = unsafe { (&raw const raw).cast::<FFI_ArrowArray>().read() };
    let target = DataType::Struct(schema.fields().clone());
    // SAFETY: the stream promises arrays of its schema, and the SDK's exporter keeps that promise.
    let data = unsafe { arrow_array::ffi::from_ffi_and_data_type(array, target) }?;
    data.validate_full()?;
    Ok(RecordBatch::from(StructArray::from(data)).with_schema(Arc::clone(schema))?)
}
