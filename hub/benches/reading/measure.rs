//! CPU seconds and peak memory of a piece of work, and the median of several.
//! Here because every figure must be taken the same way: user and system time of this process and of its reaped children.
//! In: work. Out: `Cost`.
//! Not here: what the work is.

use std::fs;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Rounds of each figure; the median counts.
pub(crate) const ROUNDS: usize = 5;
const MEGABYTE: f64 = 1e6;

/// What a piece of work cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// User and system time of this process and the children that ended meanwhile.
    pub(crate) cpu_seconds: f64,
    /// The most this process held meanwhile.
    pub(crate) peak_mb: f64,
}

/// Does `work` and says what it cost.
pub(crate) fn cost<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    // 5 sets the high-water mark back to what is held now.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = cpu_seconds();
    let done = work();
    let cost = Cost {
        cpu_seconds: cpu_seconds() - before,
        peak_mb: peak_mb(),
    };
    (done, cost)
}

/// The middle one of `values`.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The biggest of `values`.
pub(crate) fn most(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, f64::max)
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MEGABYTE
}

fn cpu_seconds() -> f64 {
    let of = |who| {
        let usage = getrusage(who).unwrap();
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
    };
    (of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)) as f64 / 1e6
}

fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    megabytes(kilobytes * 1024)
}
