//! Building and reading the two text types, `HubStr` and `HubBuf`, and the error that carries them.
//! Here because both sides need the same few lines and their lifetimes are easy to get wrong.
//! In: Rust text. Out: C text, and back as owned Rust text (invalid UTF-8 is replaced, never refused).
//! Not here: what the texts mean.

use super::{HubBuf, HubError, HubStr};
use std::ffi::c_void;
use std::{ptr, slice};

impl HubStr {
    /// No text.
    pub const EMPTY: HubStr = HubStr {
        ptr: ptr::null(),
        len: 0,
    };

    /// Lends `text`; the caller keeps it alive for the call.
    pub const fn lend(text: &str) -> HubStr {
        HubStr {
            ptr: text.as_ptr(),
            len: text.len(),
        }
    }
}

/// Copies borrowed text.
///
/// # Safety
/// `text.ptr` is valid for `text.len` bytes, or NULL with length 0.
pub unsafe fn text_of(text: HubStr) -> String {
    // SAFETY: the caller's guarantee is this function's.
    unsafe { copy(text.ptr, text.len) }
}

/// # Safety
/// `start` is valid for `len` bytes, or NULL.
unsafe fn copy(start: *const u8, len: usize) -> String {
    if start.is_null() || len == 0 {
        return String::new();
    }
    // SAFETY: valid for `len` bytes by this function's contract; not NULL by the check above.
    let bytes = unsafe { slice::from_raw_parts(start, len) };
    String::from_utf8_lossy(bytes).into_owned()
}

impl HubBuf {
    /// Nothing, to be filled by a callee.
    pub const fn empty() -> HubBuf {
        HubBuf {
            ptr: ptr::null_mut(),
            len: 0,
            release: None,
            private_data: ptr::null_mut(),
        }
    }

    /// Hands `text` over; `release` wipes and frees it, whoever calls it.
    pub fn from_text(text: String) -> HubBuf {
        if text.is_empty() {
            return HubBuf::empty();
        }
        let boxed: Box<[u8]> = text.into_bytes().into_boxed_slice();
        let len = boxed.len();
        let start = Box::into_raw(boxed).cast::<u8>();
        HubBuf {
            ptr: start,
            len,
            release: Some(release_text),
            private_data: start.cast::<c_void>(),
        }
    }

    /// Copies the text and releases the buffer.
    ///
    /// # Safety
    /// The buffer is as its producer filled it and was not released yet.
    pub unsafe fn take(&mut self) -> String {
        // SAFETY: an unreleased buffer is valid for `len` bytes; its producer guarantees it.
        let text = unsafe { copy(self.ptr, self.len) };
        // SAFETY: unreleased by this function's contract.
        unsafe { self.give_back() };
        text
    }

    /// Releases the buffer and leaves it empty.
    ///
    /// # Safety
    /// As for [`HubBuf::take`].
    pub unsafe fn give_back(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the producer's own function on the producer's own, unreleased buffer.
            unsafe { release(self) };
        }
        *self = HubBuf::empty();
    }
}

/// # Safety
/// Called once, by the owner of a buffer made by [`HubBuf::from_text`].
unsafe extern "C" fn release_text(buf: *mut HubBuf) {
    // SAFETY: the owner passes its own buffer, which nobody else uses during the call.
    let Some(buf) = (unsafe { buf.as_mut() }) else {
        return;
    };
    if !buf.private_data.is_null() {
        let whole = ptr::slice_from_raw_parts_mut(buf.private_data.cast::<u8>(), buf.len);
        // SAFETY: `from_text` made this slice by `Box::into_raw` with the same length; it is freed only here.
        let mut bytes = unsafe { Box::from_raw(whole) };
        // Secrets travel in these buffers; the fence-like read keeps the wipe from being optimised away.
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
    *buf = HubBuf::empty();
}

impl HubError {
    /// A zeroed error with its size set, as every caller must pass one.
    pub fn empty() -> HubError {
        HubError {
            size: size_of_u32::<HubError>(),
            category: 0,
            vendor_code: 0,
            flags: 0,
            retry_after_ms: 0,
            message: HubBuf::empty(),
            detail_json: HubBuf::empty(),
        }
    }
}

/// `size_of` as the ABI stores it.
///
/// # Panics
/// For types of 4 GiB or more, at compile time; the ABI has none.
pub const fn size_of_u32<T>() -> u32 {
    let size = size_of::<T>();
    assert!(size < u32::MAX as usize);
    #[allow(clippy::cast_possible_truncation, reason = "asserted on the line above")]
    let size = size as u32;
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_round_trip_and_the_buffer_is_empty_afterwards() {
        let mut buf = HubBuf::from_text("纯收入".into());
        // SAFETY: just built, not released.
        assert_eq!(unsafe { buf.take() }, "纯收入");
        assert!(buf.ptr.is_null() && buf.release.is_none());
        // SAFETY: an empty buffer is valid.
        assert_eq!(unsafe { buf.take() }, "");
        // SAFETY: NULL with length 0 is allowed.
        assert_eq!(unsafe { text_of(HubStr::EMPTY) }, "");
    }
}
