//! The few system calls that have no safe form.
//! Here as single-purpose functions.
//! In: descriptors. Out: bytes, ownership, the end of the process.
//! Not here: policy.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// Reads once into the unused capacity of `buffer`, at most `max` bytes; 0 is the end.
///
/// Frames are large, and zeroing them first would cost as much as copying them.
pub(crate) fn read_spare(file: BorrowedFd<'_>, buffer: &mut Vec<u8>, max: usize) -> io::Result<usize> {
    let spare = buffer.spare_capacity_mut();
    let want = spare.len().min(max);
    let start = spare.as_mut_ptr().cast::<nix::libc::c_void>();
    // SAFETY: `start` is valid for writing `want` bytes, which lie within the buffer's capacity.
    let read = unsafe { nix::libc::read(file.as_raw_fd(), start, want) };
    let Ok(read) = usize::try_from(read) else {
        return Err(io::Error::last_os_error());
    };
    let filled = buffer.len() + read;
    // SAFETY: the system filled exactly `read` bytes after the old length, within the capacity.
    unsafe { buffer.set_len(filled) };
    Ok(read)
}

/// Takes over a descriptor that came over a socket.
pub(crate) fn adopt(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the kernel made this descriptor for us in `recvmsg`; nobody else knows its number.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}

/// Ends the process without running destructors of code that is not ours.
pub(crate) fn leave(code: u8) -> ! {
    // SAFETY: always allowed; everything worth saying was written before.
    unsafe { nix::libc::_exit(i32::from(code)) }
}
