//! A door for fuzzing: what a child may send, read and decoded as the hub does.
//! Here because the fuzz targets (tests/fuzz) are a crate of their own, and what they try is nobody else's to call.
//! In: any bytes. Out: nothing; a batch that passes and is not whole is a panic.
//! Not here: an interface. It may change with any commit, and is hidden from the documentation.

use std::io::Write;
use std::os::fd::AsFd;

use arrow_array::Array;

use crate::frame::{Arrived, Decoder, Incoming};

/// Largest frame that is taken.
const FRAME_BYTES: usize = 32 << 10;
/// What a pipe holds without a reader.
const PIPE_BYTES: usize = 60_000;

/// The data channel of a child that said `bytes` and ended.
///
/// # Panics
/// When a batch passes that is not valid Arrow down to its last offset.
pub fn frames(bytes: &[u8]) {
    let Ok((reader, mut writer)) = std::io::pipe() else {
        return;
    };
    if writer
        .write_all(bytes.get(..PIPE_BYTES).unwrap_or(bytes))
        .is_err()
    {
        return;
    }
    drop(writer);
    let mut incoming = Incoming::new(FRAME_BYTES);
    let mut decoder = Decoder::new(FRAME_BYTES);
    loop {
        match incoming.read(reader.as_fd()) {
            Ok(Arrived::Part) => {}
            Ok(Arrived::End) | Err(_) => return,
            Ok(Arrived::Frame(frame)) => match decoder.decode(frame) {
                Ok(Some(batch)) => {
                    for column in batch.columns() {
                        let valid = column.to_data().validate_full();
                        assert!(valid.is_ok(), "a batch passed that is not whole: {valid:?}");
                    }
                }
                Ok(None) => {}
                Err(_) => return,
            },
        }
    }
}
