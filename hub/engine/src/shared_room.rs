//! The room for what the rules of a check share: a part of the engine's memory, and counted as all of its memory is.
//! Here because what is held for others must leave the rules the memory they work in.
//! In: how much may be held; bytes that are to be. Out: whether there is room; it is given back when what took it goes.
//! Not here: what is held (shared).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

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
