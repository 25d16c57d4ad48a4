//! What a process has used so far; the allocator it uses.
//! Here because every bench prints it, and allocates as the hub does.
//! In: nothing. Out: CPU seconds, peak memory.
//! Not here: what is measured.

use nix::sys::resource::{UsageWho, getrusage};

/// The hub's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// CPU seconds, of all threads.
pub(crate) fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// The most memory it held, megabytes.
pub(crate) fn peak_mb() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss() / 1024
}
