//! The most memory a hub and its children have held, as the system counts it.
//! Here because a promise about memory is kept by the process that made it, not by a report about itself.
//! In: the hub's process. Out: its peak, and the highest peak among its connectors' children.
//! Not here: limits.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest wait for the run of a class: large files are written, hashed and read, by a machine that may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(900);
/// A child that lives shorter is not seen; what grows takes longer.
const LOOK: Duration = Duration::from_millis(5);
/// What a connector's child is started as.
const CHILD: &str = "connector-host";

/// Peaks of resident memory, MB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Peak {
    pub(crate) hub_mb: u64,
    pub(crate) child_mb: u64,
}

/// A look at a process and its children, again and again.
pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Peak>,
}

/// Begins to watch.
pub(crate) fn watch(hub: u32) -> Watch {
    let over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&over);
    let thread = std::thread::spawn(move || {
        let mut peak = Peak::default();
        while !told.load(Ordering::Relaxed) {
            peak.hub_mb = peak.hub_mb.max(highest_mb(hub).unwrap_or_default());
            for child in children(hub) {
                // Before it is started anew it is a copy of the hub.
                let is_child = fs::read_to_string(format!("/proc/{child}/cmdline"))
                    .is_ok_and(|line| line.contains(CHILD));
                if let Some(mb) = highest_mb(child).filter(|_| is_child) {
                    peak.child_mb = peak.child_mb.max(mb);
                }
            }
            std::thread::sleep(LOOK);
        }
        peak
    });
    Watch { over, thread }
}

impl Watch {
    /// Ends the watch.
    pub(crate) fn peak(self) -> Peak {
        self.over.store(true, Ordering::Relaxed);
        let peak = self.thread.join().expect("a watcher");
        assert!(peak.hub_mb > 0 && peak.child_mb > 0, "nobody was seen: {peak:?}");
        peak
    }
}

/// `VmHWM`: the most a process has ever held.
fn highest_mb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kb: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kb / 1_024)
}

/// Processes started by any thread of this one.
fn children(process: u32) -> Vec<u32> {
    let tasks = format!("/proc/{process}/task");
    let Ok(threads) = fs::read_dir(Path::new(&tasks)) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let all: Vec<u32> = lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|id| id.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect();
    all
}
