//! Finds the built programs, runs them with a limit, waits for conditions.
//! Here because a test that hangs tells nobody anything: every wait in these tests ends.
//! In: a command, a limit. Out: exit code, standard output and standard error.
//! Not here: what a hub is (site), HTTP.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest wait for one command of the hub; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
pub(crate) const BUILD_PATIENCE: Duration = Duration::from_secs(1800);
const POLL: Duration = Duration::from_millis(10);

/// `target/debug`, or wherever this test was built to, with everything in it up to date.
pub(crate) fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// `cargo test` builds neither binaries nor plugins of other packages, and an old binary would test old code.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("this test's path");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("the profile's folder");
    // Not cargo's folder: somebody copied the artefacts there to have them tested.
    if !folder.join(".fingerprint").is_dir() {
        return folder.to_owned();
    }
    let (target, profile) = (folder.parent().expect("the target folder"), folder.file_name());
    let mut cargo = cargo();
    cargo
        .args(["build", "--workspace", "--quiet", "--target-dir"])
        .arg(target);
    if profile.is_some_and(|profile| profile != "debug") {
        cargo.arg("--profile").arg(profile.unwrap_or_default());
    }
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    run(&mut cargo, BUILD_PATIENCE).good();
    folder.to_owned()
}

/// Cargo, as from a shell.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells a test about its package, build scripts of others take for a change of theirs: all would be built again.
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"]
            .iter()
            .any(|start| told.starts_with(start))
        {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// The program `name`, with nothing of this test's environment but the search path.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(built().join(name));
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Itself, when the exit code is `code`.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\nstdout: {}\nstderr: {}",
            self.stdout,
            self.stderr
        );
        self
    }

    pub(crate) fn good(self) -> Self {
        self.ended(0)
    }

    /// Standard output, which is one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "not one JSON value: {error}\nstdout: {}\nstderr: {}",
                self.stdout, self.stderr
            )
        })
    }
}

/// A running command whose output is collected.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

pub(crate) fn start(command: &mut Command) -> Running {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    Running {
        child,
        stdout,
        stderr,
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came until the pipe broke is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Running {
    /// Waits for the end; what has not ended within `limit` is killed, and the test fails.
    pub(crate) fn outcome(mut self, limit: Duration) -> Outcome {
        let status = ended_within(&mut self.child, limit);
        if status.is_none() {
            self.child.kill().expect("killed");
            self.child.wait().expect("reaped");
        }
        let text = |thread: Option<JoinHandle<String>>| {
            thread.map_or_else(String::new, |t| t.join().expect("a reader"))
        };
        let outcome = Outcome {
            code: status.and_then(|status| status.code()),
            stdout: text(self.stdout.take()),
            stderr: text(self.stderr.take()),
        };
        assert!(status.is_some(), "did not end within {limit:?}: {outcome:?}");
        outcome
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("reaped");
        for thread in [self.stdout.take(), self.stderr.take()].into_iter().flatten() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn run(command: &mut Command, limit: Duration) -> Outcome {
    start(command).outcome(limit)
}

/// The status, once `child` has ended; `None` when it has not within `limit`.
pub(crate) fn ended_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    poll(limit, || child.try_wait().expect("a child of ours"))
}

/// What `look` finds, as soon as it finds something; `None` after `limit`.
pub(crate) fn poll<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if began.elapsed() > limit {
            return None;
        }
        std::thread::sleep(POLL);
    }
}

/// Waits until `look` says yes.
pub(crate) fn wait_until(what: &str, mut look: impl FnMut() -> bool) {
    let came = poll(PATIENCE, || look().then_some(()));
    assert!(came.is_some(), "not within {PATIENCE:?}: {what}");
}

/// Prints a line that is shown for passing tests too, which `eprintln!` is not.
pub(crate) fn say(line: &str) {
    // Nobody to read it is no reason to fail.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A setting of this test run.
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok())
}

/// Whether there is an outside party's `program`; a test without it says so and skips.
///
/// # Panics
/// When there is none and `HUB_REQUIRE_EXTERNAL=1`.
pub(crate) fn is_there(program: &str) -> bool {
    let probe = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    has(program, probe.is_ok())
}

/// Whether `what`, of somebody else's, is there, as was found out; a test without it says so and skips.
///
/// # Panics
/// When it is not and `HUB_REQUIRE_EXTERNAL=1`.
pub(crate) fn has(what: &str, is_there: bool) -> bool {
    assert!(
        is_there || setting("HUB_REQUIRE_EXTERNAL").as_deref() != Some("1"),
        "HUB_REQUIRE_EXTERNAL=1, but there is no {what}"
    );
    if !is_there {
        say(&format!("skipped: there is no {what}"));
    }
    is_there
}

/// Runs `script` of this folder with Python, which has `modules`; `None` when there is no such Python.
///
/// # Panics
/// When there is none and `HUB_REQUIRE_EXTERNAL=1`, or the script fails.
pub(crate) fn python(modules: &[&str], script: &str, arguments: &[&str]) -> Option<Value> {
    let python = setting("HUB_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let import = format!("import sys, {}", modules.join(", "));
    let probe = Command::new(&python)
        .args(["-c", &import])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        let missing = format!("{python} with {}", modules.join(" and "));
        assert!(
            setting("HUB_REQUIRE_EXTERNAL").as_deref() != Some("1"),
            "HUB_REQUIRE_EXTERNAL=1, but there is no {missing}"
        );
        say(&format!(
            "skipped: there is no {missing}; set HUB_PYTHON to one that has it"
        ));
        return None;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e").join(script);
    let mut command = Command::new(&python);
    command.arg(file).args(arguments);
    Some(run(&mut command, PATIENCE).good().json())
}
