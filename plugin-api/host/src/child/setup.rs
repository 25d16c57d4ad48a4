//! Makes the process safe to load a stranger's code into, before that code is there.
//! Here as the list of what a plugin cannot do to its surroundings; each step stands on its own.
//! In: inherited descriptors, the job's limits. Out: the channels, moved out of reach of `printf`.
//! Not here: the job.

use crate::Limits;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::{close, dup2_stdin, dup2_stdout, getppid};
use std::fs;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;

/// Lowest number for the moved channels: away from 0, 1 and 2.
const CHANNELS_FROM: RawFd = 10;
const FIRST_NOT_STANDARD: RawFd = 3;

pub(super) struct Channels {
    pub(super) control: UnixStream,
    pub(super) data: OwnedFd,
}

/// Moves the channels away and puts harmless files on 0 and 1: what a plugin prints lands in the log.
/// `None` when 0 is not a socket, so nobody will ever send a job.
pub(super) fn channels() -> Option<Channels> {
    let stdin = fs::metadata("/proc/self/fd/0").ok()?;
    if !stdin.file_type().is_socket() {
        return None;
    }
    close_strangers();
    let away = |descriptor: std::os::fd::BorrowedFd<'_>| {
        fcntl(descriptor, FcntlArg::F_DUPFD_CLOEXEC(CHANNELS_FROM))
            .ok()
            .map(crate::ffi::adopt)
    };
    let control = away(std::io::stdin().as_fd())?;
    let data = away(std::io::stdout().as_fd())?;
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty()).ok()?;
    dup2_stdin(&null).ok()?;
    dup2_stdout(std::io::stderr().as_fd()).ok()?;
    Some(Channels {
        control: UnixStream::from(control),
        data,
    })
}

/// Closes what the parent leaked. The listing's own descriptor is among the numbers and closed by then.
fn close_strangers() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers: Vec<RawFd> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number >= FIRST_NOT_STANDARD) {
        let _ = close(number);
    }
}

/// Limits and rights, in an order in which each still can be set.
pub(super) fn limits(limits: &Limits, hub_pid: i32) -> Result<(), String> {
    // Ours first when memory runs out; not settable in some containers, which is no reason to stop.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_DATA, limits.memory_bytes),
        (Resource::RLIMIT_CPU, limits.cpu_seconds),
        (Resource::RLIMIT_NOFILE, limits.open_files),
    ] {
        // A machine that allows less is kept to as well: nobody may raise it again.
        let most = getrlimit(resource).map_or(most, |(_, allowed)| most.min(allowed));
        setrlimit(resource, most, most).map_err(|error| format!("limit {resource:?} {most}: {error}"))?;
    }
    let failed = |what: &str, error: nix::Error| format!("{what}: {error}");
    // No core and no tracing by others: this memory holds secrets.
    prctl::set_dumpable(false).map_err(|error| failed("not dumpable", error))?;
    prctl::set_no_new_privs().map_err(|error| failed("no new privileges", error))?;
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(|error| failed("parent death signal", error))?;
    if hub_pid != 0 && getppid().as_raw() != hub_pid {
        return Err("the hub that started this process is gone".into());
    }
    Ok(())
}

/// High-water mark of resident memory, as the kernel counted it.
pub(super) fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim()
        .strip_suffix("kB")?
        .trim()
        .parse::<u64>()
        .ok()
        .map(|kib| kib << 10)
}
