//! Writes Rust results through the pointers a host passed.
//! Here because every entry ends the same way: text into a buffer, or an error into a struct.
//! In: owned Rust values, pointers from the host. Out: filled structs and the return code.
//! Not here: what the values mean. NULL targets are allowed and mean that the host does not care.

use crate::Error;
use plugin_abi::ffi::{HubBuf, HubError, size_of_u32};

/// Bytes of an error's message that reach the host.
const MESSAGE_BYTES_MAX: usize = 8 << 10;

/// Hands `text` to the host.
///
/// # Safety
/// `out` is NULL or valid for writing a `HubBuf`, whose old value needs no release.
pub(super) unsafe fn put_text(out: *mut HubBuf, text: String) {
    if !out.is_null() {
        // SAFETY: valid for writes by this function's contract.
        unsafe { out.write(HubBuf::from_text(text)) };
    }
}

/// Fills the host's error and gives the return code.
///
/// # Safety
/// `out` is NULL, or valid for reading its `size` and for writing as many bytes.
pub(super) unsafe fn put_error(out: *mut HubError, error: &Error) -> i32 {
    let code = error.category().code();
    if out.is_null() {
        return code;
    }
    // SAFETY: the first field of every version of the struct is its size.
    let size = unsafe { out.cast::<u32>().read() };
    if size < size_of_u32::<HubError>() {
        return code;
    }
    let filled = HubError {
        size,
        category: code,
        vendor_code: error.vendor_code(),
        flags: if error.panicked {
            plugin_abi::ERROR_FLAG_PANIC
        } else {
            0
        },
        retry_after_ms: error
            .retry_after()
            .map_or(0, |wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        message: HubBuf::from_text(clean(error.message())),
        detail_json: HubBuf::from_text(error.detail().map(ToString::to_string).unwrap_or_default()),
    };
    // SAFETY: at least our size by the check above; the caller zeroed it, so nothing needs a release.
    unsafe { out.write(filled) };
    code
}

/// No NUL, which C hosts would take for the end, and no more than the bound, cut between characters.
pub(super) fn clean(message: &str) -> String {
    let mut text = message.replace('\0', "\u{2400}");
    if text.len() > MESSAGE_BYTES_MAX {
        let end = (0..=MESSAGE_BYTES_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lose_their_nuls_and_are_cut_between_characters() {
        assert_eq!(clean("a\0b"), "a\u{2400}b");
        let long = clean(&"收".repeat(MESSAGE_BYTES_MAX));
        assert!(long.len() <= MESSAGE_BYTES_MAX + '…'.len_utf8());
        assert!(long.ends_with("收…"));
    }
}
