//! The data pipe: frames of a length and whole Arrow IPC messages.
//! Here instead of an IPC stream reader because that one believes any length and takes a cut stream for its end.
//! In: batches, or bytes of a hostile child. Out: frames, or batches; memory is bounded by the cap.
//! Not here: when to read (`parent`), the control channel (`wire`).

mod read;
mod write;

pub(crate) use read::{Arrived, Decoder, Incoming};
pub(crate) use write::{FrameWriter, WriteError};

/// Bytes of a frame's length field, a little-endian u32.
const LENGTH_BYTES: usize = 4;

#[cfg(test)]
mod tests;
