//! Writes batches as frames.
//! Here for the child only.
//! In: a schema once, then batches. Out: `u32 length ‖ IPC messages` per batch, gathered without copying the columns.
//! Not here: the cap of the reader, which is this one's too.

use super::LENGTH_BYTES;
use arrow_array::RecordBatch;
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions, StreamEncoder, write_message};
use arrow_schema::{ArrowError, Schema};
use std::io::{self, IoSlice, Write};

/// Slices handed to one system call; the kernel takes at most 1024.
const SLICES_MAX: usize = 512;

pub(crate) enum WriteError {
    Arrow(ArrowError),
    TooLarge { bytes: usize, max: usize },
    Io(io::Error),
}

pub(crate) struct FrameWriter<W> {
    out: W,
    max: usize,
    encoder: Option<StreamEncoder>,
}

impl<W: Write> FrameWriter<W> {
    pub(crate) fn new(out: W, max: usize) -> FrameWriter<W> {
        FrameWriter {
            out,
            max,
            encoder: None,
        }
    }

    /// One frame with the schema; batches of it may follow.
    pub(crate) fn schema(&mut self, schema: &Schema) -> Result<(), WriteError> {
        let options = IpcWriteOptions::default();
        let mut tracker = DictionaryTracker::new(false);
        let generator = IpcDataGenerator::default();
        let encoded = generator.schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, &options);
        let mut bytes = Vec::new();
        write_message(&mut bytes, encoded, &options).map_err(WriteError::Arrow)?;
        // The encoder repeats the schema before its first batch, which the reader allows.
        self.encoder = Some(StreamEncoder::try_new(schema).map_err(WriteError::Arrow)?);
        self.frame(&[&bytes])
    }

    /// One frame with the batch and the dictionaries it needs.
    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let Some(encoder) = self.encoder.as_mut() else {
            return Err(WriteError::Io(io::Error::other("a batch before its schema")));
        };
        let buffers = encoder.encode(batch).map_err(WriteError::Arrow)?;
        let slices: Vec<&[u8]> = buffers.iter().map(|buffer| buffer.as_slice()).collect();
        self.frame(&slices)
    }

    fn frame(&mut self, slices: &[&[u8]]) -> Result<(), WriteError> {
        let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
        let max = self.max.min(u32::MAX as usize);
        let length = u32::try_from(bytes).ok().filter(|_| bytes <= max);
        let Some(length) = length else {
            return Err(WriteError::TooLarge { bytes, max });
        };
        let length: [u8; LENGTH_BYTES] = length.to_le_bytes();
        let mut all: Vec<IoSlice<'_>> = Vec::with_capacity(slices.len() + 1);
        all.push(IoSlice::new(&length));
        all.extend(
            slices
                .iter()
                .filter(|slice| !slice.is_empty())
                .map(|slice| IoSlice::new(slice)),
        );
        write_all(&mut self.out, &mut all).map_err(WriteError::Io)
    }
}

fn write_all(out: &mut impl Write, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        let some = slices.get(..SLICES_MAX).unwrap_or(slices);
        match out.write_vectored(some) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
