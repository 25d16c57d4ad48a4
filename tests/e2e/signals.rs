//! Signals to processes of ours.
//! Here because a service is asked to stop and to read anew as its manager asks it.
//! In: a child. Out: nothing; the signal is on its way.
//! Not here: what a service does then.

use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Sends SIGTERM.
pub(crate) fn terminate(child: &Child) {
    signal(child, Signal::SIGTERM);
}

/// Sends SIGHUP.
pub(crate) fn hang_up(child: &Child) {
    signal(child, Signal::SIGHUP);
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
    kill(pid, signal).expect("a process of ours");
}
