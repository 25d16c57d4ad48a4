//! The room for what the rules of a check share: a part of the engine's memory, and counted as all of its memory is.
//! Here because what is held for others must leave the rules the memory they work in.
//! In: how much may be held; rows that are to be. Out: whether there is room; it is given back when what took it goes.
//! Not here: which rows are held, and how long (shared).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use futures::TryStreamExt;

/// How much of the engine's memory what is shared may hold, and holds.
#[derive(Debug)]
pub(crate) struct Room {
    bytes_max: usize,
    held: AtomicUsize,
}

impl Room {
    pub(crate) const fn of(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            held: AtomicUsize::new(0),
        }
    }

    pub(crate) const fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.held.load(Ordering::Acquire) == 0
    }
}

/// Memory that was taken, until it is given back.
pub(crate) struct Taken {
    room: Arc<Room>,
    bytes: usize,
    reservation: MemoryReservation,
}

impl Taken {
    pub(crate) fn none(room: &Arc<Room>, pool: &Arc<dyn MemoryPool>) -> Self {
        Self {
            room: Arc::clone(room),
            bytes: 0,
            reservation: MemoryConsumer::new("what rules share").register(pool),
        }
    }

    /// Takes `bytes` more; whether there was room.
    pub(crate) fn more(&mut self, bytes: usize) -> bool {
        let most = self.room.bytes_max;
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= most);
        let held = &self.room.held;
        if held
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .is_err()
        {
            return false;
        }
        self.bytes += bytes;
        self.reservation.try_grow(bytes).is_ok()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// What `stream` brings; nothing when there is no room for it or for another part.
pub(crate) async fn part(
    mut stream: SendableRecordBatchStream,
    schema: &SchemaRef,
    mut taken: Taken,
    is_full: &AtomicBool,
) -> Result<Option<(Vec<RecordBatch>, Taken)>> {
    let mut batches = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        let batch = fitted(schema, batch)?;
        if is_full.load(Ordering::Relaxed) || !taken.more(batch.get_array_memory_size()) {
            is_full.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        batches.push(batch);
    }
    Ok(Some((batches, taken)))
}

/// `batch` with the columns of `schema`, in no more memory than they need.
fn fitted(schema: &SchemaRef, batch: RecordBatch) -> Result<RecordBatch> {
    let (_, mut columns, _) = batch.into_parts();
    // What was read into grew by doubling.
    columns.iter_mut().for_each(Array::shrink_to_fit);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
