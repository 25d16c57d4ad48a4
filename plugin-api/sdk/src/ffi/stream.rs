//! Exports batches as an `ArrowArrayStream`, and holds the connector to what it declared.
//! Here instead of Arrow's own exporter, which lets panics and NULs abort the process.
//! In: `Plan` (batches, declared schema, request). Out: a C stream; at an error a text, and more by `last_error`.
//! Not here: the arrays' memory; Arrow's exporter of single arrays does that.

use super::convert::clean;
use super::entry::Shared;
use crate::{Batches, Error, ReadRequest};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{Schema, SchemaRef};
use plugin_abi::ffi::{ArrowArray, ArrowArrayStream, ArrowSchema};
use std::ffi::{CString, c_char, c_int};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Return code of failed stream calls. C streams know errno values only; the category is in `last_error`.
const EIO: c_int = 5;

/// Everything a stream needs to begin.
pub(super) struct Plan {
    batches: Batches,
    full: SchemaRef,
    wanted: SchemaRef,
    projection: Option<Vec<usize>>,
    rows_left: Option<u64>,
    deadline: Option<(Instant, u64)>,
}

impl Plan {
    pub(super) fn new(full: SchemaRef, batches: Batches, request: &ReadRequest) -> Result<Plan, Error> {
        let projection = request.columns.as_ref().map(|columns| {
            let index_of = |column: &String| {
                full.index_of(column).map_err(|_| {
                    Error::config(format!("stream {:?} has no column {column:?}", request.stream))
                })
            };
            columns.iter().map(index_of).collect::<Result<Vec<_>, _>>()
        });
        let projection = projection.transpose()?;
        let wanted = match &projection {
            Some(indices) => Arc::new(full.project(indices)?),
            None => Arc::clone(&full),
        };
        let deadline = request
            .deadline_ms
            .map(|ms| (Instant::now() + Duration::from_millis(ms), ms));
        Ok(Plan {
            batches,
            full,
            wanted,
            projection,
            rows_left: request.max_rows,
            deadline,
        })
    }

    fn next(&mut self, shared: &Shared) -> Result<Option<RecordBatch>, Error> {
        shared.context.ensure_running()?;
        if let Some((end, ms)) = self.deadline
            && Instant::now() > end
        {
            return Err(Error::transient(format!("the read took longer than {ms} ms")));
        }
        if self.rows_left == Some(0) {
            return Ok(None);
        }
        let batch = match self.batches.next() {
            None => return shared.context.panics().verdict().map(|()| None),
            Some(batch) => self.conforming(batch?)?,
        };
        let Some(left) = &mut self.rows_left else {
            return Ok(Some(batch));
        };
        let rows = batch.num_rows().min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= rows as u64;
        Ok(Some(batch.slice(0, rows)))
    }

    /// The batch under the declared schema, cut to the wanted columns.
    fn conforming(&self, batch: RecordBatch) -> Result<RecordBatch, Error> {
        if Arc::ptr_eq(batch.schema_ref(), &self.wanted) {
            return Ok(batch);
        }
        let (batch, target) = match &self.projection {
            Some(indices) if same_columns(&batch.schema(), &self.full) => {
                (batch.project(indices)?, &self.wanted)
            }
            _ => (batch, &self.wanted),
        };
        if !same_columns(&batch.schema(), target) {
            return Err(Error::schema(format!(
                "a batch differs from the declared schema: declared [{}], got [{}]",
                columns(target),
                columns(&batch.schema())
            )));
        }
        // Also refuses nulls in columns declared to have none.
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(target), batch.columns().to_vec(), &options)
            .map_err(|error| Error::schema(format!("a batch differs from the declared schema: {error}")))
    }
}

fn same_columns(left: &Schema, right: &Schema) -> bool {
    left.fields().len() == right.fields().len()
        && left.fields().iter().zip(right.fields()).all(|(left, right)| {
            Arc::ptr_eq(left, right) || (left.name() == right.name() && left.data_type() == right.data_type())
        })
}

fn columns(schema: &Schema) -> String {
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| format!("{}: {}", field.name(), field.data_type()))
        .collect();
    columns.join(", ")
}

/// What the C stream's `private_data` leads to.
struct Exported {
    plan: Option<Plan>,
    wanted: SchemaRef,
    shared: Arc<Shared>,
    last_error: CString,
}

impl Exported {
    fn fail(&mut self, error: Error) -> c_int {
        self.last_error = CString::new(clean(&error.to_string())).unwrap_or_default();
        self.shared.remember(error);
        EIO
    }
}

/// Fills the host's schema.
///
/// # Safety
/// `out` is NULL or valid for writing a released `ArrowSchema`.
pub(super) unsafe fn put_schema(out: *mut ArrowSchema, schema: &Schema) -> Result<(), Error> {
    let exported = FFI_ArrowSchema::try_from(schema)?;
    if out.is_null() {
        return Err(Error::internal("no place for the schema"));
    }
    // SAFETY: the two structs are the same C struct; the target is released, so nothing is lost.
    unsafe { out.cast::<FFI_ArrowSchema>().write(exported) };
    Ok(())
}

/// Fills the host's stream.
///
/// # Safety
/// `out` is valid for writing a released `ArrowArrayStream`.
pub(super) unsafe fn put_stream(out: *mut ArrowArrayStream, plan: Plan, shared: Arc<Shared>) {
    let wanted = Arc::clone(&plan.wanted);
    let exported = Box::new(Exported {
        plan: Some(plan),
        wanted,
        shared,
        last_error: CString::default(),
    });
    let stream = ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: Box::into_raw(exported).cast(),
    };
    // SAFETY: valid by the contract, and released, so nothing is lost.
    unsafe { out.write(stream) };
}

/// # Safety
/// `stream` is one of ours, not released, used by one thread at a time.
unsafe fn exported<'a>(stream: *mut ArrowArrayStream) -> Option<&'a mut Exported> {
    // SAFETY: the host passes a valid stream.
    let stream = unsafe { stream.as_ref() }?;
    // SAFETY: `put_stream` put a box of this type there; `release` sets it to NULL.
    unsafe { stream.private_data.cast::<Exported>().as_mut() }
}

unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: the host's unreleased stream.
    let Some(exported) = (unsafe { exported(stream) }) else {
        return EIO;
    };
    // SAFETY: the host passes a released schema to be filled.
    match unsafe { put_schema(out, &exported.wanted) } {
        Ok(()) => 0,
        Err(error) => exported.fail(error),
    }
}

unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: the host's unreleased stream.
    let Some(exported) = (unsafe { exported(stream) }) else {
        return EIO;
    };
    if out.is_null() {
        return exported.fail(Error::internal("no place for the batch"));
    }
    let shared = Arc::clone(&exported.shared);
    let result = match exported.plan.as_mut() {
        None => Ok(None),
        Some(plan) => shared.run("read", || {
            Ok(plan
                .next(&shared)?
                .map(|batch| FFI_ArrowArray::new(&StructArray::from(batch).to_data())))
        }),
    };
    match result {
        Ok(Some(array)) => {
            // SAFETY: the two structs are the same C struct; the host passes a released one.
            unsafe { out.cast::<FFI_ArrowArray>().write(array) };
            0
        }
        Ok(None) => {
            // SAFETY: as above; a released array is the end of the stream.
            unsafe { out.write(ArrowArray::empty()) };
            exported.end();
            0
        }
        Err(error) => {
            exported.end();
            exported.fail(error)
        }
    }
}

impl Exported {
    /// No more batches; the iterator is dropped under the guard, so a panic in its `drop` is only logged.
    fn end(&mut self) {
        let Some(plan) = self.plan.take() else { return };
        let _ = crate::log::with_host(self.shared.context.host(), || {
            crate::panics::guard(None, "drop of the stream", || {
                drop(plan);
                Ok(())
            })
        });
        self.shared.streaming.store(false, Ordering::SeqCst);
    }
}

unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: the host's unreleased stream.
    match unsafe { exported(stream) } {
        Some(exported) if !exported.last_error.is_empty() => exported.last_error.as_ptr(),
        Some(_) | None => std::ptr::null(),
    }
}

unsafe extern "C" fn release(stream: *mut ArrowArrayStream) {
    // SAFETY: the host passes a valid stream.
    let Some(stream) = (unsafe { stream.as_mut() }) else {
        return;
    };
    let private = std::mem::replace(stream, ArrowArrayStream::empty()).private_data;
    if private.is_null() {
        return;
    }
    // SAFETY: made by `Box::into_raw` in `put_stream`; the stream is released once, which the line above ensures.
    let mut exported = unsafe { Box::from_raw(private.cast::<Exported>()) };
    exported.end();
}
