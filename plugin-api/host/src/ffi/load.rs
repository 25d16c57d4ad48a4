//! Loads a shared library and fetches its descriptor. Nothing is ever unloaded.
//! Here because both isolation modes load alike: the child at once, the hub only when told to.
//! In: the descriptor of checked bytes. Out: `Plugin`, or why it was refused.
//! Not here: checking hashes (`lock`).

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use plugin_abi::ffi::{EntryPoint, Plugin};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Keeps the library for ever: unloading would leave thread-local destructors and returned arrays dangling.
/// The value is glibc's and musl's.
const RTLD_NODELETE: i32 = 0x1000;

/// Loads the very bytes behind `file`. The caller keeps the descriptor open for ever, since the loader knows loaded
/// files by this path.
pub(crate) fn load(file: BorrowedFd<'_>) -> Result<Plugin, String> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: running the file's constructors is the very point; its bytes were checked against the lock. All symbols
    // are bound now, so that a missing one is an error here and not a crash later.
    let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
        .map_err(|error| format!("the file cannot be loaded: {error}"))?;
    // SAFETY: the symbol's name carries the ABI's major version, so its type is the one of that version.
    let entry = unsafe { library.get::<EntryPoint>(plugin_abi::SYMBOL.as_bytes()) };
    let entry = match entry {
        Ok(entry) => *entry,
        Err(_) => return Err(format!("the file has no symbol {}", plugin_abi::SYMBOL)),
    };
    std::mem::forget(library);
    // SAFETY: the entry point takes nothing and returns a pointer; what it does is the plugin's responsibility.
    let descriptor = unsafe { entry() };
    // SAFETY: a plugin promises a descriptor that lives for ever; one that lies crashes the child, not the hub.
    unsafe { Plugin::check(descriptor) }.map_err(|refused| refused.0)
}
