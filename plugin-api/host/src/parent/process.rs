//! One child process with its three channels, alone in its process group.
//! Here because starting needs care: an environment of one variable, no argument that tells anything, one spawning thread.
//! In: executable and arguments. Out: `Process`, killed with all its descendants when dropped.
//! Not here: reading the channels (`pump`).

use crate::limits::{JOB_WRITE_TIMEOUT, PIPE_BYTES};
use crate::wire::Down;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::sys::socket::{ControlMessage, MsgFlags, UnixAddr, sendmsg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::io::{self, IoSlice, PipeReader, Write};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// How often a wait for the child's end looks again.
const WAIT_STEP: Duration = Duration::from_millis(2);

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Code(i32),
    Signal(i32),
}

pub(crate) struct Process {
    child: Child,
    group: Pid,
    ended: Option<Ended>,
    /// Its folder for temporary files, which goes with it.
    _scratch: TempDir,
}

/// The hub's allocator takes a gigabyte of room at once, of which it uses what it needs; the child's limit on memory counts all of it.
/// Told so, it takes room as it needs it.
const SMALL_BEGIN: (&str, &str) = ("MIMALLOC_ARENA_EAGER_COMMIT", "0");

/// The parent's ends of the channels.
pub(crate) struct Channels {
    pub(crate) control: UnixStream,
    pub(crate) data: PipeReader,
    pub(crate) stderr: PipeReader,
}

impl Process {
    pub(crate) fn start(exe: &Path, args: &[String]) -> io::Result<(Process, Channels)> {
        let scratch = tempfile::Builder::new().prefix("hub-connector-").tempdir()?;
        let (control, theirs) = UnixStream::pair()?;
        let (data, data_out) = io::pipe()?;
        let (stderr, stderr_out) = io::pipe()?;
        // A smaller pipe works too, with more switches between the two processes.
        let _ = fcntl(&data, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES));
        let mut command = Command::new(exe);
        command
            .args(args)
            .env_clear()
            .env("TMPDIR", scratch.path())
            .env(SMALL_BEGIN.0, SMALL_BEGIN.1)
            .process_group(0)
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::from(data_out))
            .stderr(Stdio::from(stderr_out));
        let child = spawn(command)?;
        control.set_write_timeout(Some(JOB_WRITE_TIMEOUT))?;
        let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        Ok((
            Process {
                child,
                group,
                ended: None,
                _scratch: scratch,
            },
            Channels {
                control,
                data,
                stderr,
            },
        ))
    }

    /// How the child ended, if it did. It is not reaped yet, so its number cannot be anyone else's.
    pub(crate) fn ended(&mut self) -> Option<Ended> {
        if self.ended.is_none() {
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
            self.ended = match waitid(Id::Pid(self.group), flags) {
                Ok(WaitStatus::Exited(_, code)) => Some(Ended::Code(code)),
                Ok(WaitStatus::Signaled(_, signal, _)) => Some(Ended::Signal(signal as i32)),
                Ok(_) | Err(_) => None,
            };
        }
        self.ended
    }

    /// Waits for the end, for at most so long.
    pub(crate) fn wait(&mut self, longest: Duration) -> Option<Ended> {
        let until = Instant::now() + longest;
        loop {
            if let Some(ended) = self.ended() {
                return Some(ended);
            }
            if Instant::now() >= until {
                return None;
            }
            thread::sleep(WAIT_STEP);
        }
    }

    /// Ends the child and everything it started in its group.
    pub(crate) fn kill(&mut self) {
        // Nothing to kill is what we want.
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Before reaping, while the number of the group is still ours.
        self.kill();
        let _ = self.child.wait();
    }
}

/// Starts children from one thread that lives as long as this process: the kernel ends a child when the *thread* that
/// started it ends, if the child asked to die with its parent.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, mpsc::Sender<io::Result<Child>>);
    static SPAWNER: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        let run = move || {
            for (mut command, answer) in inbox {
                // The asker may have gone; its child then sees its channels closed.
                let _ = answer.send(command.spawn());
            }
        };
        // Without the thread every order fails below, as a fault of its own.
        let _ = thread::Builder::new().name("plugin-spawner".into()).spawn(run);
        Mutex::new(orders)
    });
    let (answer, result) = mpsc::channel();
    let gone = |_| io::Error::other("the spawning thread is gone");
    spawner
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send((command, answer))
        .map_err(gone_order)?;
    result.recv().map_err(gone)?
}

fn gone_order<T>(_: mpsc::SendError<T>) -> io::Error {
    io::Error::other("the spawning thread is gone")
}

/// The way down to the child; any thread may send.
#[derive(Clone)]
pub(crate) struct Control(Arc<Mutex<UnixStream>>);

impl Control {
    pub(crate) fn new(stream: UnixStream) -> Control {
        Control(Arc::new(Mutex::new(stream)))
    }

    /// Sends the first message together with the plugin's file.
    pub(crate) fn send_with(&self, message: &Down, file: BorrowedFd<'_>) -> io::Result<()> {
        let line = line(message)?;
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let descriptors = [file.as_raw_fd()];
        let rights = [ControlMessage::ScmRights(&descriptors)];
        let sent = loop {
            let parts = [IoSlice::new(&line)];
            match sendmsg::<UnixAddr>(stream.as_raw_fd(), &parts, &rights, MsgFlags::MSG_NOSIGNAL, None) {
                Err(Errno::EINTR) => {}
                other => break other?,
            }
        };
        stream.write_all(line.get(sent..).unwrap_or_default())
    }

    pub(crate) fn send(&self, message: &Down) -> io::Result<()> {
        let line = line(message)?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&line)
    }
}

fn line(message: &Down) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(serde_json::to_vec(message)?);
    line.push(b'\n');
    Ok(line)
}
