//! What a plugin said when it returned non-zero, and the two shapes of call that can say so.
//! Here because every function of the ABI ends in the same error struct.
//! In: a closure that makes the raw call. Out: `Result` with owned texts; the plugin's buffers are released.
//! Not here: which functions there are (`client`).

use super::{HubBuf, HubError};
use crate::{Category, ERROR_FLAG_PANIC};
use std::fmt;

/// What a plugin said when it returned non-zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub category: Category,
    /// For a person.
    pub message: String,
    /// The source's own code, 0 when none.
    pub vendor_code: i32,
    /// Milliseconds to wait, 0 when unknown.
    pub retry_after_ms: u64,
    /// JSON for machines, or empty.
    pub detail_json: String,
    /// Whether the SDK caught a panic.
    pub panicked: bool,
}

impl Failure {
    /// A failure found on this side of the ABI.
    pub fn new(category: Category, message: impl Into<String>) -> Failure {
        Failure {
            category,
            message: message.into(),
            vendor_code: 0,
            retry_after_ms: 0,
            detail_json: String::new(),
            panicked: false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.category, self.message)
    }
}

pub(super) fn call(call: impl FnOnce(*mut HubError) -> i32) -> Result<(), Failure> {
    let mut error = HubError::empty();
    let code = call(&raw mut error);
    // SAFETY: the callee filled the buffer or left it empty; taken once.
    let message = unsafe { error.message.take() };
    // SAFETY: as above.
    let detail_json = unsafe { error.detail_json.take() };
    if code == 0 {
        return Ok(());
    }
    let message = if message.is_empty() {
        format!("failed with code {code} and no message")
    } else {
        message
    };
    Err(Failure {
        category: Category::from_code(code),
        message,
        vendor_code: error.vendor_code,
        retry_after_ms: error.retry_after_ms,
        detail_json,
        panicked: error.flags & ERROR_FLAG_PANIC != 0,
    })
}

pub(super) fn call_for_text(
    function: impl FnOnce(*mut HubBuf, *mut HubError) -> i32,
) -> Result<String, Failure> {
    let mut out = HubBuf::empty();
    let result = call(|error| function(&raw mut out, error));
    // SAFETY: the callee filled the buffer or left it empty; taken once.
    let text = unsafe { out.take() };
    result.map(|()| text)
}
