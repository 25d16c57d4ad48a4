//! What a process has used so far.
//! Here because every bench prints it.
//! In: nothing. Out: CPU seconds, peak memory.
//! Not here: what is measured.

use nix::sys::resource::{UsageWho, getrusage};

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
