//! A reader that ends a record, or a name, which has grown beyond its bound.
//! Here because the parser itself has none: a record without end would be held whole.
//! In: a document's bytes, and word of what is being held. Out: the same bytes, or an error.
//! Not here: values nobody asked for, which are passed over and may be as large as they like.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::RECORD_BYTES_MAX;

/// Ends what is held in memory once it has grown beyond a record's bound: the parser itself has none.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Bytes of what is being held; none while things are passed over.
    held: Rc<Cell<Option<usize>>>,
}

impl Meter {
    pub(super) fn over<R: Read>(&self, inner: R) -> Metered<R> {
        Metered {
            inner,
            held: Rc::clone(&self.held),
        }
    }

    /// What comes next is passed over.
    pub(super) fn pass(&self) {
        self.held.set(None);
    }

    /// Reads something that is held whole, unless what is read says otherwise.
    pub(super) fn held<T>(&self, read: impl FnOnce() -> T) -> T {
        self.held.set(Some(0));
        let read = read();
        self.held.set(None);
        read
    }
}

/// A document under a [`Meter`].
pub(super) struct Metered<R> {
    inner: R,
    held: Rc<Cell<Option<usize>>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        if let Some(held) = self.held.get() {
            if held + read > RECORD_BYTES_MAX {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            self.held.set(Some(held + read));
        }
        Ok(read)
    }
}
