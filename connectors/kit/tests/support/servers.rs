//! Servers of our own for a test: started in a folder, as somebody without rights, stopped with the test.
//! Here because the two databases are started the same way and refuse to run as root, as which CI runs.
//! In: a program, who may run it. Out: a child that ends with its owner; how to wait until it answers.
//! Not here: which programs, and what is asked of them.

use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start, or its data folder to be made.
const START_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// `program`, run by `user` when we are root.
pub(crate) fn as_user(user: &str, program: &Path, args: &[&str]) -> Command {
    let root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = if root {
        Command::new("setpriv")
    } else {
        Command::new(program)
    };
    if root {
        command
            .args([
                &format!("--reuid={user}"),
                &format!("--regid={user}"),
                "--clear-groups",
            ])
            .arg(program);
    }
    command
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/");
    command
}

/// Runs a command to its end, within bounds.
pub(crate) fn done(mut command: Command) {
    let mut told = tempfile::tempfile().unwrap();
    command
        .stdout(told.try_clone().unwrap())
        .stderr(told.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let mut words = move || {
        let mut words = String::new();
        told.rewind().unwrap();
        told.read_to_string(&mut words).unwrap();
        words
    };
    let until = Instant::now() + START_MAX;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}: {status}\n{}", words());
            return;
        }
        if Instant::now() > until {
            let _killed = child.kill();
            panic!("not done in time: {command:?}\n{}", words());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A folder anybody may write to.
pub(crate) fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    folder
}

/// A port nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    signal: &'static str,
}

impl Server {
    /// Starts it and waits until `answers`. `signal` ends it at once.
    pub(crate) fn start(
        mut command: Command,
        signal: &'static str,
        mut answers: impl FnMut() -> bool,
    ) -> Self {
        let mut server = Self {
            child: command.spawn().unwrap(),
            signal,
        };
        let until = Instant::now() + START_MAX;
        while !answers() {
            assert!(
                server.child.try_wait().unwrap().is_none(),
                "ended at once: {command:?}"
            );
            assert!(Instant::now() < until, "did not start: {command:?}");
            std::thread::sleep(LOOK_EVERY);
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = Command::new("kill")
            .args([self.signal, &self.child.id().to_string()])
            .status();
        let _waited = self.child.wait();
    }
}

/// Says that a test is skipped because a program is missing; under `HUB_REQUIRE_EXTERNAL` it fails instead.
#[expect(
    clippy::print_stderr,
    reason = "who runs the tests should see what was not tried"
)]
pub(crate) fn skipped(program: &str) {
    assert!(
        std::env::var_os("HUB_REQUIRE_EXTERNAL").is_none(),
        "{program} is not installed"
    );
    eprintln!("SKIPPED: {program} is not installed");
}

/// Runs a future to its end.
pub(crate) fn block<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}
