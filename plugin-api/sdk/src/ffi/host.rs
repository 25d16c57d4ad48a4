//! The host's callbacks as a `Host`.
//! Here because they are raw function pointers with a lifetime: from `open` until `close` returns.
//! In: a `hub_host` of any size ≥ its first fields. Out: safe calls, no-ops after `close`.
//! Not here: what the callbacks do.

use crate::host::Host;
use plugin_abi::Category;
use plugin_abi::ffi::{HubBuf, HubHost, HubStr, size_of_u32};
use std::ptr;
use std::sync::{PoisonError, RwLock};

/// The copied table; taken away at `close`, which waits for calls under way.
pub(super) struct CHost(RwLock<Option<HubHost>>);

impl CHost {
    /// Copies what the host knows of the table; an older host's is shorter and the rest stays NULL.
    ///
    /// # Safety
    /// `table` is NULL, or valid for reading as many bytes as its first field says.
    pub(super) unsafe fn copy(table: *const HubHost) -> CHost {
        if table.is_null() {
            return CHost(RwLock::new(None));
        }
        let mut copy = HubHost {
            size: 0,
            abi_major: 0,
            abi_minor: 0,
            ctx: ptr::null_mut(),
            log: None,
            progress: None,
            checkpoint: None,
            is_cancelled: None,
            get_secret: None,
        };
        // SAFETY: the first field of every version of the table is its size.
        let size = unsafe { table.cast::<u32>().read() };
        let bytes = size.min(size_of_u32::<HubHost>()) as usize;
        // SAFETY: `bytes` is within both tables, which do not overlap; zero bytes are valid for every field.
        unsafe { ptr::copy_nonoverlapping(table.cast::<u8>(), ptr::from_mut(&mut copy).cast::<u8>(), bytes) };
        CHost(RwLock::new(Some(copy)))
    }

    /// No call reaches the host from here on.
    pub(super) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<T>(&self, absent: T, call: impl FnOnce(&HubHost) -> Option<T>) -> T {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.as_ref().and_then(call).unwrap_or(absent)
    }
}

impl Host for CHost {
    fn log(&self, level: i32, target: &str, message: &str) {
        self.with((), |host| {
            // SAFETY: the table is live while the read lock is held, and both texts for the call.
            host.log
                .map(|log| unsafe { log(host.ctx, level, HubStr::lend(target), HubStr::lend(message)) })
        });
    }

    fn progress(&self, rows: u64, bytes: u64, total: u64) {
        self.with((), |host| {
            // SAFETY: the table is live while the read lock is held.
            host.progress
                .map(|progress| unsafe { progress(host.ctx, rows, bytes, total) })
        });
    }

    fn checkpoint(&self, stream: &str, after_batch: u64, state: &str) -> Result<(), Category> {
        let code = self.with(Category::Unsupported.code(), |host| {
            let checkpoint = host.checkpoint?;
            // SAFETY: the table is live while the read lock is held, and both texts for the call.
            Some(unsafe { checkpoint(host.ctx, HubStr::lend(stream), after_batch, HubStr::lend(state)) })
        });
        if code == 0 {
            Ok(())
        } else {
            Err(Category::from_code(code))
        }
    }

    fn is_cancelled(&self) -> bool {
        let answer = self.with(0, |host| {
            let asked = host.is_cancelled?;
            // SAFETY: the table is live while the read lock is held.
            Some(unsafe { asked(host.ctx) })
        });
        answer != 0
    }

    fn secret(&self, name: &str) -> Result<String, Category> {
        let mut out = HubBuf::empty();
        let code = self.with(Category::Unsupported.code(), |host| {
            let get = host.get_secret?;
            // SAFETY: the table is live while the read lock is held; `out` is ours to be filled.
            Some(unsafe { get(host.ctx, HubStr::lend(name), &raw mut out) })
        });
        // SAFETY: the host filled the buffer or left it empty; it was not released yet.
        let text = unsafe { out.take() };
        if code == 0 {
            Ok(text)
        } else {
            Err(Category::from_code(code))
        }
    }
}
