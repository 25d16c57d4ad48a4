//! The host's table of callbacks, made from a Rust trait.
//! Here so that hosts implement a trait and no panic of theirs crosses into a plugin.
//! In: `Callbacks`. Out: `Table`, a stable `hub_host` that lives as long as the instance.
//! Not here: what a host does with a log line or a checkpoint.

use super::{HubBuf, HubHost, HubStr, size_of_u32, text_of};
use crate::{ABI_MAJOR, ABI_MINOR, Category};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// What a host offers. Called from any thread of the plugin.
pub trait Callbacks: Send + Sync {
    /// A log line; the level is one of [`crate::level`].
    fn log(&self, level: i32, target: String, message: String);
    /// Rows and bytes read so far, and the total rows or 0.
    fn progress(&self, rows: u64, bytes: u64, total: u64);
    /// `state_json` may be saved once the first `after_batch` batches are durable.
    ///
    /// # Errors
    /// Why it was not taken.
    fn checkpoint(&self, stream: String, after_batch: u64, state_json: String) -> Result<(), Category>;
    /// Whether the plugin should stop.
    fn is_cancelled(&self) -> bool;
    /// A granted secret.
    fn secret(&self, name: &str) -> Option<String>;
}

/// The table and what its `ctx` leads to.
pub(super) struct Table {
    table: Box<HubHost>,
    callbacks: *mut Box<dyn Callbacks>,
}

impl Table {
    pub(super) fn new(callbacks: Box<dyn Callbacks>) -> Table {
        let callbacks = Box::into_raw(Box::new(callbacks));
        let table = Box::new(HubHost {
            size: size_of_u32::<HubHost>(),
            abi_major: ABI_MAJOR,
            abi_minor: ABI_MINOR,
            ctx: callbacks.cast(),
            log: Some(log),
            progress: Some(progress),
            checkpoint: Some(checkpoint),
            is_cancelled: Some(is_cancelled),
            get_secret: Some(get_secret),
        });
        Table { table, callbacks }
    }

    pub(super) fn as_ptr(&self) -> *const HubHost {
        ptr::from_ref(&*self.table)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`; the instance was closed, so no callback comes any more.
        drop(unsafe { Box::from_raw(self.callbacks) });
    }
}

/// Runs one callback; a panic of the host's own code becomes `absent`.
///
/// # Safety
/// `ctx` is the one of a live `Table`.
unsafe fn with<T>(ctx: *mut c_void, absent: T, call: impl FnOnce(&dyn Callbacks) -> T) -> T {
    // SAFETY: the contract: `ctx` leads to the box made in `Table::new`, shared and alive.
    let Some(callbacks) = (unsafe { ctx.cast::<Box<dyn Callbacks>>().as_ref() }) else {
        return absent;
    };
    catch_unwind(AssertUnwindSafe(|| call(callbacks.as_ref()))).unwrap_or(absent)
}

unsafe extern "C" fn log(ctx: *mut c_void, level: i32, target: HubStr, message: HubStr) {
    // SAFETY: the plugin lends both texts for this call.
    let target = unsafe { text_of(target) };
    // SAFETY: as above.
    let message = unsafe { text_of(message) };
    // SAFETY: the plugin hands back the table's `ctx`.
    unsafe { with(ctx, (), |host| host.log(level, target, message)) };
}

unsafe extern "C" fn progress(ctx: *mut c_void, rows: u64, bytes: u64, total: u64) {
    // SAFETY: the plugin hands back the table's `ctx`.
    unsafe { with(ctx, (), |host| host.progress(rows, bytes, total)) };
}

unsafe extern "C" fn checkpoint(ctx: *mut c_void, stream: HubStr, after_batch: u64, state: HubStr) -> i32 {
    // SAFETY: the plugin lends both texts for this call.
    let stream = unsafe { text_of(stream) };
    // SAFETY: as above.
    let state = unsafe { text_of(state) };
    let absent = Err(Category::Internal);
    // SAFETY: the plugin hands back the table's `ctx`.
    let taken = unsafe { with(ctx, absent, |host| host.checkpoint(stream, after_batch, state)) };
    taken.map_or_else(Category::code, |()| 0)
}

unsafe extern "C" fn is_cancelled(ctx: *mut c_void) -> i32 {
    // SAFETY: the plugin hands back the table's `ctx`.
    i32::from(unsafe { with(ctx, true, |host| host.is_cancelled()) })
}

unsafe extern "C" fn get_secret(ctx: *mut c_void, name: HubStr, out: *mut HubBuf) -> i32 {
    // SAFETY: the plugin lends the text for this call.
    let name = unsafe { text_of(name) };
    // SAFETY: the plugin hands back the table's `ctx`.
    let secret = unsafe { with(ctx, None, |host| host.secret(&name)) };
    match secret {
        Some(text) if !out.is_null() => {
            // SAFETY: not NULL; the plugin passes a buffer to be filled.
            unsafe { out.write(HubBuf::from_text(text)) };
            0
        }
        Some(_) => Category::Internal.code(),
        None => Category::NotFound.code(),
    }
}
