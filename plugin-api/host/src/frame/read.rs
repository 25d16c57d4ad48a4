//! Reads frames and decodes them, believing nothing.
//! Here because the child is untrusted: lengths are checked against the frame before anything is allocated or decoded.
//! In: bytes of the pipe, then whole frames. Out: schemas and batches, fully validated; otherwise a sentence.
//! Not here: who waits for bytes (`parent::pump`).

use super::LENGTH_BYTES;
use crate::ffi::read_spare;
use crate::limits::{BATCH_ROWS_MAX, COLUMNS_MAX, DICTIONARY_FRAMES_MAX};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{Message, MessageHeader, root_as_message};
use arrow_schema::SchemaRef;
use std::collections::HashMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const CONTINUATION: u32 = u32::MAX;
const WORD: usize = 4;

/// A frame that is still arriving.
pub(crate) struct Incoming {
    max: usize,
    length: Vec<u8>,
    body: Option<(usize, Vec<u8>)>,
}

/// What one read brought.
pub(crate) enum Arrived {
    Part,
    Frame(Vec<u8>),
    End,
}

impl Incoming {
    pub(crate) fn new(max: usize) -> Incoming {
        Incoming {
            max,
            length: Vec::with_capacity(LENGTH_BYTES),
            body: None,
        }
    }

    /// Reads once; the caller knows that there is something to read.
    pub(crate) fn read(&mut self, pipe: BorrowedFd<'_>) -> Result<Arrived, String> {
        let Some((want, body)) = &mut self.body else {
            let missing = LENGTH_BYTES - self.length.len();
            return match read_spare(pipe, &mut self.length, missing) {
                Ok(0) if self.length.is_empty() => Ok(Arrived::End),
                Ok(0) => Err("the data ends inside of a frame's length".into()),
                Ok(_) => self.begin(),
                Err(error) => interrupted(error),
            };
        };
        let missing = *want - body.len();
        match read_spare(pipe, body, missing) {
            Ok(0) => Err(format!(
                "the data ends inside of a frame: {} of {want} bytes",
                body.len()
            )),
            Ok(_) if body.len() == *want => {
                let frame = std::mem::take(body);
                self.body = None;
                Ok(Arrived::Frame(frame))
            }
            Ok(_) => Ok(Arrived::Part),
            Err(error) => interrupted(error),
        }
    }

    fn begin(&mut self) -> Result<Arrived, String> {
        let Ok(length) = <[u8; LENGTH_BYTES]>::try_from(self.length.as_slice()) else {
            return Ok(Arrived::Part);
        };
        self.length.clear();
        let want = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if want == 0 || want > self.max {
            return Err(format!(
                "corrupt stream: a frame of {want} bytes, allowed are 1 to {}",
                self.max
            ));
        }
        self.body = Some((want, Vec::with_capacity(want)));
        Ok(Arrived::Part)
    }
}

fn interrupted(error: io::Error) -> Result<Arrived, String> {
    if matches!(
        error.kind(),
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
    ) {
        return Ok(Arrived::Part);
    }
    Err(format!("the data pipe failed: {error}"))
}

/// Decodes the frames of one stream.
pub(crate) struct Decoder {
    dictionary_bytes_max: usize,
    schema: Option<SchemaRef>,
    dictionaries: HashMap<i64, ArrayRef>,
    dictionary_bytes: HashMap<i64, usize>,
}

impl Decoder {
    pub(crate) fn new(frame_bytes: usize) -> Decoder {
        Decoder {
            dictionary_bytes_max: frame_bytes.saturating_mul(DICTIONARY_FRAMES_MAX),
            schema: None,
            dictionaries: HashMap::new(),
            dictionary_bytes: HashMap::new(),
        }
    }

    /// The schema, once its frame came.
    pub(crate) fn schema(&self) -> Option<&SchemaRef> {
        self.schema.as_ref()
    }

    /// Decodes one frame: at most one batch, at most `rows_max` rows being a matter of the caller.
    pub(crate) fn decode(&mut self, frame: Vec<u8>) -> Result<Option<RecordBatch>, String> {
        // The decoder has panics on malformed input; they are the child's fault and must not be ours.
        match catch_unwind(AssertUnwindSafe(|| self.messages(Buffer::from_vec(frame)))) {
            Ok(result) => result.map_err(|reason| format!("corrupt stream: {reason}")),
            Err(_) => Err("corrupt stream: the Arrow library gave up on it".into()),
        }
    }

    fn messages(&mut self, mut rest: Buffer) -> Result<Option<RecordBatch>, String> {
        let mut batch = None;
        while !rest.is_empty() {
            let (header, body, after) = split(&rest)?;
            rest = after;
            let message = root_as_message(&header).map_err(|error| format!("unreadable header: {error}"))?;
            if batch.is_some() {
                return Err("more than one batch in a frame".into());
            }
            batch = self.message(&message, &body)?;
        }
        Ok(batch)
    }

    fn message(&mut self, message: &Message<'_>, body: &Buffer) -> Result<Option<RecordBatch>, String> {
        let version = message.version();
        if let Some(schema) = message.header_as_schema() {
            self.take_schema(fb_to_schema(schema).into())?;
            return Ok(None);
        }
        let Some(schema) = self.schema.as_ref() else {
            return Err("data before the schema".into());
        };
        if let Some(dictionary) = message.header_as_dictionary_batch() {
            let compressed = dictionary.data().is_some_and(|data| data.compression().is_some());
            if compressed || dictionary.isDelta() {
                return Err("compressed and delta dictionaries are not part of this protocol".into());
            }
            self.dictionary_bytes.insert(dictionary.id(), body.len());
            let bytes: usize = self.dictionary_bytes.values().sum();
            if bytes > self.dictionary_bytes_max {
                return Err(format!(
                    "dictionaries of {bytes} bytes, allowed are {}",
                    self.dictionary_bytes_max
                ));
            }
            read_dictionary(body, dictionary, schema, &mut self.dictionaries, &version)
                .map_err(|error| error.to_string())?;
            return Ok(None);
        }
        let Some(header) = message.header_as_record_batch() else {
            return match message.header_type() {
                MessageHeader::NONE => Ok(None),
                other => Err(format!("a message of type {other:?}")),
            };
        };
        if header.compression().is_some() {
            return Err("compressed batches are not part of this protocol".into());
        }
        if header.length() < 0 || header.length() > BATCH_ROWS_MAX {
            return Err(format!(
                "a batch of {} rows, allowed are {BATCH_ROWS_MAX}",
                header.length()
            ));
        }
        let schema = Arc::clone(schema);
        read_record_batch(body, header, schema, &self.dictionaries, None, &version)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    fn take_schema(&mut self, schema: SchemaRef) -> Result<(), String> {
        let columns = schema.flattened_fields().len();
        if columns > COLUMNS_MAX {
            return Err(format!("{columns} columns, allowed are {COLUMNS_MAX}"));
        }
        match &self.schema {
            Some(known) if *known != schema => Err("a second, different schema".into()),
            Some(_) => Ok(()),
            None => {
                self.schema = Some(schema);
                Ok(())
            }
        }
    }
}

/// Splits the first message off: its header, its body, the rest. Both lengths must lie within the frame.
fn split(rest: &Buffer) -> Result<(Buffer, Buffer, Buffer), String> {
    let frame = rest.len();
    let word = |at: usize| {
        let bytes = rest
            .get(at..at + WORD)
            .and_then(|bytes| <[u8; WORD]>::try_from(bytes).ok());
        bytes
            .map(u32::from_le_bytes)
            .ok_or_else(|| "a frame ends inside of a message".to_owned())
    };
    let marker = word(0)?;
    if marker != CONTINUATION {
        return Err(format!("a message starts with {marker:#x}"));
    }
    let header_len = usize::try_from(word(WORD)?).unwrap_or(usize::MAX);
    let from = 2 * WORD;
    let header_end = from.checked_add(header_len).filter(|end| *end <= frame);
    let Some(header_end) = header_end else {
        return Err(format!(
            "declared header of {header_len} bytes exceeds its frame of {frame}"
        ));
    };
    // Copied, because the header's reader demands an alignment that a frame does not promise.
    let header = Buffer::from(rest.get(from..header_end).unwrap_or_default());
    let declared = root_as_message(&header)
        .map_err(|error| format!("unreadable header: {error}"))?
        .bodyLength();
    let body_len = usize::try_from(declared).unwrap_or(usize::MAX);
    let body_end = header_end.checked_add(body_len).filter(|end| *end <= frame);
    let Some(body_end) = body_end else {
        return Err(format!(
            "declared body of {declared} bytes exceeds its frame of {frame}"
        ));
    };
    let body = rest.slice_with_length(header_end, body_len);
    Ok((header, body, rest.slice_with_length(body_end, frame - body_end)))
}
