//! What an instance may ask of whoever runs it, as a Rust trait.
//! Here because there are two: the C callbacks (`ffi::host`) and the in-memory one of unit tests (`testing`).
//! In: log lines, progress, checkpoints, questions. Out: answers.
//! Not here: pointers.

use plugin_abi::Category;

/// Callable from any thread between `open` and `close`; afterwards every call is a no-op.
pub(crate) trait Host: Send + Sync {
    fn log(&self, level: i32, target: &str, message: &str);
    fn progress(&self, rows: u64, bytes: u64, total: u64);
    fn checkpoint(&self, stream: &str, after_batch: u64, state: &str) -> Result<(), Category>;
    fn is_cancelled(&self) -> bool;
    fn secret(&self, name: &str) -> Result<String, Category>;
}
