//! Counts what comes out of a compressed stream and stops it when that is too much.
//! Here because neither gzip nor zip says truly how large its content is.
//! In: a decompressing reader, limits. Out: the same bytes, or an error whose sentence [`said`] finds again.
//! Not here: which format the bytes are.

use std::io::{self, Read};

use plugin_api::Error;

use super::{Limits, broken, too_large};

/// Marks an error of the meter among those of the decompressor.
#[derive(Debug)]
struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("inflates to more than the limit")
    }
}

impl std::error::Error for TooLarge {}

/// A reader that ends with an error once it has given too much.
pub(crate) struct Metered<R> {
    inner: R,
    bytes: u64,
    most: u64,
}

impl<R> Metered<R> {
    /// Meters what `packed` compressed bytes become.
    pub(crate) fn new(inner: R, packed: u64, limits: &Limits) -> Self {
        let by_ratio = packed.saturating_mul(limits.ratio).max(limits.ratio_from_bytes);
        Self {
            inner,
            bytes: 0,
            most: limits.inflated_bytes.min(by_ratio),
        }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(to)?;
        self.bytes += read as u64;
        if self.bytes > self.most {
            return Err(io::Error::other(TooLarge));
        }
        Ok(read)
    }
}

/// What to say of an error while inflating.
pub(crate) fn said(error: &io::Error) -> Error {
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<TooLarge>()) {
        return too_large();
    }
    broken()
}
