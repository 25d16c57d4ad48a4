//! Reaching for what a plugin has no business with, each in its own way.
//! Here because "nothing else" is a promise that only an attempt can prove.
//! In: what is reached for and where. Out: whether it was got, as a line of the log.
//! Not here: what should have been granted (tests).

use std::io::ErrorKind;
use std::net::TcpStream;
use std::process::Command;
use std::{fs, io};

unsafe extern "C" {
    fn getppid() -> i32;
    fn kill(process: i32, signal: i32) -> i32;
}

/// `got`, `denied`, or whatever else became of it.
pub(crate) fn told(result: io::Result<()>) -> String {
    match result {
        Ok(()) => "reach=got".to_owned(),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => "reach=denied".to_owned(),
        Err(error) => format!("reach={error}"),
    }
}

pub(crate) fn read(path: &str) -> io::Result<()> {
    fs::read(path).map(drop)
}

pub(crate) fn list(path: &str) -> io::Result<()> {
    fs::read_dir(path).map(drop)
}

pub(crate) fn write(path: &str) -> io::Result<()> {
    fs::write(format!("{path}/written"), "x")
}

pub(crate) fn scratch() -> io::Result<()> {
    let file = std::env::temp_dir().join("scratch");
    fs::write(&file, "x")?;
    read(&file.to_string_lossy())?;
    fs::remove_file(file)
}

pub(crate) fn start(program: &str) -> io::Result<()> {
    Command::new(program).status().map(drop)
}

pub(crate) fn connect(address: &str) -> io::Result<()> {
    TcpStream::connect(address).map(drop)
}

/// Whether the hub could be sent a signal; none is sent.
pub(crate) fn signal_the_hub() -> io::Result<()> {
    // SAFETY: takes nothing, returns a number.
    let hub = unsafe { getppid() };
    // SAFETY: signal 0 only asks whether it would be allowed.
    match unsafe { kill(hub, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
