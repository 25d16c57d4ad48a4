//! Becomes a program that speaks the protocol itself: rights given up, channels put back to 0 and 1, then `execve`.
//! Here because a connector in another language gets the same cell as a library, and must not build it itself.
//! In: what to give up, the program's checked bytes. Out: that program in this process; only a failure returns.
//! Not here: its job, which it reads from the socket itself.

use super::setup::Channels;
use super::{give_up, up::ToParent};
use crate::wire::{Become, Up, WIRE_VERSION, WireError};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::unistd::{dup2_stdin, dup2_stdout, execve};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// Becomes `file`. Returns only after a failure: whether the parent could be told.
pub(super) fn become_it(program: &Become, file: Option<OwnedFd>, channels: &Channels) -> io::Result<()> {
    let parent = ToParent::new(channels.control.try_clone()?, BTreeMap::new());
    let refused = replace(program, file, channels, &parent);
    parent.send(&Up::Error(refused))
}

fn replace(program: &Become, file: Option<OwnedFd>, channels: &Channels, parent: &ToParent) -> WireError {
    if program.wire != WIRE_VERSION {
        return super::other_version(program.wire);
    }
    let Some(file) = file else {
        return super::refuse("no program came with the message".into());
    };
    match give_up(&program.limits, program.hub_pid, program.access.as_ref()) {
        Ok(Some(warning)) => parent.warn(warning),
        Ok(None) => {}
        Err(refused) => return refused,
    }
    match start(program, &file, channels) {
        Ok(never) => match never {},
        Err(message) => super::refuse(message),
    }
}

fn start(program: &Become, file: &OwnedFd, channels: &Channels) -> Result<Infallible, String> {
    let failed = |what: &str, error: nix::Error| format!("{what}: {error}");
    dup2_stdin(&channels.control).map_err(|error| failed("the control channel", error))?;
    dup2_stdout(&channels.data).map_err(|error| failed("the data channel", error))?;
    // An interpreter opens the script by this path after the change of programs.
    fcntl(file, FcntlArg::F_SETFD(FdFlag::empty())).map_err(|error| failed("the program's file", error))?;
    let text = |bytes: Vec<u8>| CString::new(bytes).map_err(|_| "a NUL in a name".to_owned());
    let path = text(format!("/proc/self/fd/{}", file.as_raw_fd()).into_bytes())?;
    let name = text(program.plugin.clone().into_bytes())?;
    let scratch = text([b"TMPDIR=", std::env::temp_dir().as_os_str().as_bytes()].concat())?;
    execve(&path, &[name], &[scratch]).map_err(|error| {
        format!(
            "the program does not start: {error}; is its interpreter installed, and may it be started here?"
        )
    })
}
