//! The ABI's structs, exactly as in `include/hub_connector.h`, and the only unsafe room of this crate.
//! Here because both sides must agree to the byte; the assertions below stop a build that does not.
//! In/Out: `#[repr(C)]` values. Texts are UTF-8 with explicit length; who allocates, releases.
//! Not here: any policy; a pointer is only followed in the few functions marked so.

mod arrow;
mod buf;
mod callbacks;
mod client;
mod failure;

pub use arrow::{ArrowArray, ArrowArrayStream, ArrowSchema};
pub use buf::{size_of_u32, text_of};
pub use callbacks::Callbacks;
pub use client::{Canceller, Instance as OpenInstance, Plugin, Refused, Stream};
pub use failure::Failure;

use std::ffi::c_void;

/// Text lent for the length of one call: UTF-8, not NUL-terminated.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct HubStr {
    /// First byte; may be NULL only when `len` is 0.
    pub ptr: *const u8,
    /// Bytes.
    pub len: usize,
}

/// Text owned by its producer, given back by calling `release`.
#[derive(Debug)]
#[repr(C)]
pub struct HubBuf {
    /// First byte; may be NULL only when `len` is 0.
    pub ptr: *mut u8,
    /// Bytes.
    pub len: usize,
    /// Gives the bytes back and zeroes the struct; NULL for static text.
    pub release: Option<unsafe extern "C" fn(*mut HubBuf)>,
    /// The producer's own.
    pub private_data: *mut c_void,
}

/// Filled by the callee when it returns non-zero. The caller zeroes it and sets `size`.
#[derive(Debug)]
#[repr(C)]
pub struct HubError {
    /// Bytes of this struct as the caller knows it.
    pub size: u32,
    /// Code of [`crate::Category`].
    pub category: i32,
    /// The source's own code, such as an HTTP status; 0 when none.
    pub vendor_code: i32,
    /// [`crate::ERROR_FLAG_PANIC`] or 0.
    pub flags: u32,
    /// For `rate_limited`, milliseconds to wait; 0 when unknown.
    pub retry_after_ms: u64,
    /// One sentence for a person.
    pub message: HubBuf,
    /// A JSON object for machines, or empty.
    pub detail_json: HubBuf,
}

/// What the host offers to a plugin. Valid from `open` until `close` returns, from any thread.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct HubHost {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// ABI major of the host.
    pub abi_major: u16,
    /// ABI minor of the host.
    pub abi_minor: u16,
    /// Handed back in every call.
    pub ctx: *mut c_void,
    /// Level, target, message.
    pub log: Option<unsafe extern "C" fn(*mut c_void, i32, HubStr, HubStr)>,
    /// Rows, bytes, total rows or 0.
    pub progress: Option<unsafe extern "C" fn(*mut c_void, u64, u64, u64)>,
    /// Stream, after which batch, state as JSON. Non-zero when the host cannot take it.
    pub checkpoint: Option<unsafe extern "C" fn(*mut c_void, HubStr, u64, HubStr) -> i32>,
    /// Non-zero when the work should stop.
    pub is_cancelled: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    /// Fills the buffer with a granted secret; a category code when it was not granted.
    pub get_secret: Option<unsafe extern "C" fn(*mut c_void, HubStr, *mut HubBuf) -> i32>,
}

/// An instance as C sees it: the plugin's own pointer.
pub type Instance = *mut c_void;

/// What a plugin is: the value behind the pointer that `hub_connector_v1` returns. Lives for ever.
#[derive(Debug)]
#[repr(C)]
pub struct HubConnector {
    /// [`crate::MAGIC`].
    pub magic: u32,
    /// Bytes of this struct as the plugin knows it.
    pub size: u32,
    /// ABI major the plugin was built for.
    pub abi_major: u16,
    /// ABI minor the plugin was built for.
    pub abi_minor: u16,
    /// [`crate::FLAG_CHILD_ONLY`] or 0.
    pub flags: u32,
    /// Short name, such as `roster`.
    pub name: HubStr,
    /// Version of the connector.
    pub version: HubStr,
    /// Who built it, such as `rust-0.1.0`.
    pub sdk: HubStr,
    /// Optional: the description and the JSON Schema of the configuration; needs no instance.
    pub spec: Option<unsafe extern "C" fn(*mut HubBuf, *mut HubError) -> i32>,
    /// Mandatory: from configuration JSON to an instance. Cheap, no network.
    pub open: Option<unsafe extern "C" fn(HubStr, *const HubHost, *mut Instance, *mut HubError) -> i32>,
    /// Optional: is the source there, do the credentials work.
    pub check: Option<unsafe extern "C" fn(Instance, *mut HubError) -> i32>,
    /// Mandatory: the streams, as a JSON array.
    pub discover: Option<unsafe extern "C" fn(Instance, *mut HubBuf, *mut HubError) -> i32>,
    /// Mandatory: one stream's Arrow schema.
    pub stream_schema: Option<unsafe extern "C" fn(Instance, HubStr, *mut ArrowSchema, *mut HubError) -> i32>,
    /// Mandatory: from a request as JSON to a stream of batches.
    pub read: Option<unsafe extern "C" fn(Instance, HubStr, *mut ArrowArrayStream, *mut HubError) -> i32>,
    /// Optional: the structured form of the last failed `get_next`; 0 when there is none.
    pub last_error: Option<unsafe extern "C" fn(Instance, *mut HubError) -> i32>,
    /// Optional: only sets a flag; any thread, any time between `open` and `close`.
    pub cancel: Option<unsafe extern "C" fn(Instance)>,
    /// Mandatory: ends the instance and joins its threads.
    pub close: Option<unsafe extern "C" fn(Instance)>,
    /// The least minor of a host that can run this plugin.
    pub abi_minor_required: u32,
    /// Zero.
    pub padding: u32,
    /// NULL; for later minors.
    pub reserved: [*const c_void; 4],
}

// SAFETY: a descriptor is never written after it was built, and its pointers lead to memory that lives for ever;
// the plugin guarantees both by the contract of `hub_connector_v1`.
unsafe impl Sync for HubConnector {}
// SAFETY: as for `Sync`: shared constants have no owning thread.
unsafe impl Send for HubConnector {}
// SAFETY: the host guarantees that its callbacks may be called from any thread between `open` and `close`.
unsafe impl Send for HubHost {}
// SAFETY: as for `Send`: the callbacks are callable from several threads at once.
unsafe impl Sync for HubHost {}

/// The entry point's type.
pub type EntryPoint = unsafe extern "C" fn() -> *const HubConnector;

#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::{offset_of, size_of};
    assert!(size_of::<HubStr>() == 16);
    assert!(size_of::<HubBuf>() == 32);
    assert!(size_of::<HubError>() == 88);
    assert!(offset_of!(HubError, retry_after_ms) == 16);
    assert!(offset_of!(HubError, message) == 24);
    assert!(offset_of!(HubError, detail_json) == 56);
    assert!(size_of::<HubHost>() == 56);
    assert!(offset_of!(HubHost, ctx) == 8);
    assert!(offset_of!(HubHost, get_secret) == 48);
    assert!(size_of::<HubConnector>() == crate::DESCRIPTOR_SIZE_MIN as usize);
    assert!(offset_of!(HubConnector, name) == 16);
    assert!(offset_of!(HubConnector, spec) == 64);
    assert!(offset_of!(HubConnector, stream_schema) == 96);
    assert!(offset_of!(HubConnector, close) == 128);
    assert!(offset_of!(HubConnector, abi_minor_required) == 136);
    assert!(offset_of!(HubConnector, reserved) == 144);
    assert!(size_of::<ArrowSchema>() == 72);
    assert!(size_of::<ArrowArray>() == 80);
    assert!(size_of::<ArrowArrayStream>() == 40);
};
