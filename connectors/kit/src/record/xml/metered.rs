//! A reader that ends an event which has grown beyond its bound.
//! Here because the parser itself has none: a quote that is never closed would be held whole.
//! In: a document's bytes. Out: the same, or an error.
//! Not here: the bounds of files (guard).

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Most bytes of one tag, text or comment.
const EVENT_BYTES_MAX: u64 = 4 << 20;

/// Ends an event that has grown beyond its bound: the parser itself has none.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    /// Bytes of the event at hand; set to nothing when it is over.
    pub(super) used: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.used.set(self.used.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used.get() > EVENT_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "one event is too long",
            ));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.used.set(self.used.get() + amount as u64);
        self.inner.consume(amount);
    }
}
