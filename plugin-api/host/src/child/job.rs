//! Receives what to do: the first line of the control channel, and the plugin's file with it.
//! Here because the file comes as a descriptor over the socket, so that the bytes that run are the checked ones.
//! In: the control socket. Out: a job or a program to become, the file, and bytes read past the line.
//! Not here: obeying it.

use crate::ffi::adopt;
use crate::limits::{LINE_BYTES_MAX, READ_BYTES};
use crate::wire::{Become, Down, Job};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, UnixAddr, recvmsg};
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use zeroize::Zeroizing;

/// The first line.
pub(super) enum First {
    /// Load the file and do this; the bytes were read past the line.
    Job(Box<Job>, Vec<u8>),
    /// Become the file, which reads the job that follows.
    Program(Box<Become>),
}

pub(super) fn receive(control: &UnixStream) -> Result<(First, Option<OwnedFd>), String> {
    // The line holds secrets; wiped when dropped.
    let mut line = Zeroizing::new(Vec::new());
    let mut file = None;
    loop {
        let mut bytes = Zeroizing::new(vec![0u8; READ_BYTES]);
        let read = receive_some(control, &mut bytes, &mut file)?;
        if read == 0 {
            return Err("the hub closed the channel".into());
        }
        line.extend_from_slice(bytes.get(..read).unwrap_or_default());
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            let rest = line.split_off(end + 1);
            return match serde_json::from_slice(&line).map_err(|error| error.to_string())? {
                Down::Job(job) => Ok((First::Job(job, rest), file)),
                // The kernel hands out nothing beyond a message with a descriptor, and the hub keeps that message short.
                Down::Program(_) if !rest.is_empty() => Err("the job came with the program".into()),
                Down::Program(program) => Ok((First::Program(program), file)),
                Down::Cancel => Err("cancelled before it began".into()),
            };
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(format!("a job of more than {LINE_BYTES_MAX} bytes"));
        }
    }
}

fn receive_some(control: &UnixStream, bytes: &mut [u8], file: &mut Option<OwnedFd>) -> Result<usize, String> {
    loop {
        let mut space = cmsg_space!([RawFd; 1]);
        let mut parts = [IoSliceMut::new(bytes)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        match recvmsg::<UnixAddr>(control.as_raw_fd(), &mut parts, Some(&mut space), flags) {
            Ok(message) => {
                let rights = message.cmsgs().map_err(|error| error.to_string())?;
                for right in rights {
                    if let ControlMessageOwned::ScmRights(descriptors) = right {
                        *file = descriptors.into_iter().map(adopt).next_back();
                    }
                }
                return Ok(message.bytes);
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}
