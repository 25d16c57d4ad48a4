//! What the tests of hostile plugins share: the built plugin, the child's executable, a compiler.
//! Here because these tests need artefacts that cargo does not hand to a test.
//! In: the folder this test was built to. Out: paths, launches, drained sessions.
//! Not here: any expectation.

use plugin_host::{
    Access, Fault, Host, Isolation, Launch, Limits, PluginFile, ReadReport, ReadRequest, ReadSession, Trust,
    Verified, discard_logs,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// For the faults that are about stalling.
pub(crate) const STALL_MS: u64 = 1500;
/// For all others: a busy machine is no fault.
pub(crate) const PATIENCE_MS: u64 = 30_000;
pub(crate) const GRACE_MS: u64 = 700;
const MEMORY_BYTES: u64 = 256 << 20;
/// Exit code of a `connector-host` that was started by hand.
const BY_HAND: i32 = 64;

/// In-process runs take turns: a panic of a plugin's own thread counts against every instance in the process.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn hostile() -> Arc<Verified> {
    verified(&artifact("libhostile.so"))
}

pub(crate) fn verified(path: &Path) -> Arc<Verified> {
    let file = PluginFile::open(path).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(file.verify(&Trust::default()).expect("unaltered"))
}

pub(crate) fn launch(plugin: &Arc<Verified>, fault: &str, isolation: Isolation) -> Launch {
    Launch {
        plugin: Arc::clone(plugin),
        config: serde_json::json!({ "fault": fault }),
        secrets: [("token".to_owned(), "s3cret".to_owned())].into(),
        isolation,
        limits: Limits {
            memory_bytes: MEMORY_BYTES,
            stall_ms: if fault.starts_with("loop_") {
                STALL_MS
            } else {
                PATIENCE_MS
            },
            grace_ms: GRACE_MS,
            ..Limits::default()
        },
        access: Some(Access::default()),
        log: discard_logs(),
    }
}

/// Rows that came before the end, and how it ended.
pub(crate) fn read(
    plugin: &Arc<Verified>,
    fault: &str,
    isolation: Isolation,
) -> (u64, Result<ReadReport, Fault>) {
    let mut session = match host().read(&launch(plugin, fault, isolation), ReadRequest::new("rows")) {
        Ok(session) => session,
        Err(fault) => return (0, Err(fault)),
    };
    let (rows, end) = drain(&mut session);
    (rows, end.and_then(|()| session.finish()))
}

pub(crate) fn drain(session: &mut ReadSession) -> (u64, Result<(), Fault>) {
    let mut rows = 0;
    loop {
        match session.next() {
            Ok(Some(batch)) => rows += batch.num_rows() as u64,
            Ok(None) => return (rows, Ok(())),
            Err(fault) => return (rows, Err(fault)),
        }
    }
}

/// The hub itself where it was built, or else plugin-host's example, which is built on the spot.
pub(crate) fn host() -> Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(find_host).clone()
}

fn find_host() -> Host {
    let hub = profile_dir().join("hub");
    let by_hand = Command::new(&hub)
        .arg("connector-host")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if by_hand.is_ok_and(|status| status.code() == Some(BY_HAND)) {
        return Host {
            exe: hub,
            args: vec!["connector-host".into()],
        };
    }
    // Every time: cargo builds examples for nobody, and an old one would test old code.
    let target = profile_dir()
        .parent()
        .map(Path::to_owned)
        .expect("a target folder");
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "-p",
            "plugin-host",
            "--example",
            "connector_host",
            "--target-dir",
        ])
        .arg(target)
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "the example was not built"
    );
    Host {
        exe: profile_dir().join("examples/connector_host"),
        args: Vec::new(),
    }
}

/// `target/debug`, or wherever this test was built to.
pub(crate) fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("this test's path");
    let dir = test
        .parent()
        .and_then(Path::parent)
        .expect("the profile's folder");
    dir.to_owned()
}

pub(crate) fn artifact(name: &str) -> PathBuf {
    // Built as a dependency it is in `deps` only; that copy is never stale.
    profile_dir().join("deps").join(name)
}

pub(crate) struct Compiled {
    pub(crate) path: PathBuf,
    _dir: tempfile::TempDir,
}

pub(crate) fn compile(compiler: &[&str], source: &str, flags: &[&str]) -> Compiled {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("plugin.so");
    let output = Command::new(compiler[0])
        .args(&compiler[1..])
        .args([
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
            "-fvisibility=hidden",
        ])
        .args(flags)
        .arg("-I")
        .arg(here.join("../plugin-api/abi/include"))
        .arg(here.join(source))
        .arg("-o")
        .arg(&path)
        .output()
        .expect("a compiler, which linking this test needed too");
    assert!(
        output.status.success(),
        "{source}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Compiled { path, _dir: dir }
}
