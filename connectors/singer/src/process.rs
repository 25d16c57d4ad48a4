//! The tap as a process: its files, its environment, its end.
//! Here because a secret belongs in a file only its owner reads, and a process that was started must be seen to its end.
//! In: the options, what to ask. Out: its standard output; afterwards whether it ended well, or an error that says why not.
//! Not here: what the lines mean. What it writes to standard error is kept, bounded, and shown only when it failed, masked.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connector_kit::offered::refused;
use plugin_api::{Context, Error};
use serde_json::Value;
use tempfile::TempDir;

use crate::catalog::CATALOG_BYTES_MAX;
use crate::options::{CatalogArgument, Options};
use crate::said;

/// Lines of standard error kept, and bytes of each.
const TAIL_LINES: usize = 40;
const LINE_BYTES_MAX: u64 = 8 << 10;
/// How long a tap that has closed its output may take to end.
const END_MAX: Duration = Duration::from_secs(60);
/// How long the last lines of standard error are waited for.
const TAIL_MAX: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Where a tap's own helpers are looked for.
const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A tap at work.
pub(crate) struct Tap {
    child: Arc<Mutex<Child>>,
    tail: Tail,
    drain: Option<JoinHandle<()>>,
    /// Its files, which go with it.
    _folder: TempDir,
}

type Tail = Arc<Mutex<VecDeque<String>>>;

/// Ends a tap from another thread.
pub(crate) struct Killer(Arc<Mutex<Child>>);

impl Killer {
    /// Ends it and waits until it has.
    pub(crate) fn kill(self) {
        let mut child = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has ended already cannot be killed, and need not.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// What a tap is asked for.
pub(crate) enum Ask<'a> {
    Discover,
    Sync {
        catalog: &'a Value,
        state: Option<&'a Value>,
    },
}

impl Tap {
    pub(crate) fn start(
        options: &Options,
        ctx: &Context,
        ask: &Ask<'_>,
    ) -> Result<(Self, ChildStdout), Error> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(&options.tap);
        command.args(&options.args);
        let mut give = |name: &str, argument: &str, value: &Value| -> Result<(), Error> {
            command.arg(argument).arg(file(folder.path(), name, value)?);
            Ok(())
        };
        give("config.json", "--config", &options.with_secrets(ctx)?)?;
        match ask {
            Ask::Discover => _ = command.arg("--discover"),
            Ask::Sync { catalog, state } => {
                let argument = match options.catalog_argument {
                    CatalogArgument::Catalog => "--catalog",
                    CatalogArgument::Properties => "--properties",
                };
                give("catalog.json", argument, catalog)?;
                if let Some(state) = state {
                    give("state.json", "--state", state)?;
                }
            }
        }
        command
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("LANG", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| not_started(&options.tap, &error))?;
        let tail = Tail::default();
        let drain = child
            .stderr
            .take()
            .map(|stderr| drained(stderr, Arc::clone(&tail)));
        let stdout = child.stdout.take();
        let tap = Self {
            child: Arc::new(Mutex::new(child)),
            tail,
            drain: drain.transpose()?,
            _folder: folder,
        };
        let stdout = stdout.ok_or_else(|| Error::internal("the tap has no standard output"))?;
        Ok((tap, stdout))
    }

    pub(crate) fn killer(&self) -> Killer {
        Killer(Arc::clone(&self.child))
    }

    /// Waits for its end, after its output has.
    pub(crate) fn end(mut self) -> Result<(), Error> {
        let until = Instant::now() + END_MAX;
        let status = loop {
            if let Some(status) = self.looked()? {
                break status;
            }
            if Instant::now() > until {
                self.killer().kill();
                return Err(Error::transient(format!(
                    "tap 关闭输出后 {} 秒仍未退出，已结束它",
                    END_MAX.as_secs()
                )));
            }
            std::thread::sleep(LOOK_EVERY);
        };
        if status.success() {
            return Ok(());
        }
        let until = Instant::now() + TAIL_MAX;
        while let Some(drain) = self
            .drain
            .take_if(|drain| !drain.is_finished() && Instant::now() < until)
        {
            std::thread::sleep(LOOK_EVERY);
            self.drain = Some(drain);
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        Err(said::failed(status, &tail))
    }

    fn looked(&self) -> Result<Option<ExitStatus>, Error> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(child.try_wait()?)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.killer().kill();
    }
}

/// What the tap answers to `--discover`.
pub(crate) fn discovered(options: &Options, ctx: &Context) -> Result<Vec<u8>, Error> {
    let (tap, stdout) = Tap::start(options, ctx, &Ask::Discover)?;
    let reader = std::thread::Builder::new()
        .name("catalogue".into())
        .spawn(move || {
            let mut bytes = Vec::new();
            // One byte more tells that it is too long.
            let read = stdout.take(CATALOG_BYTES_MAX + 1).read_to_end(&mut bytes);
            read.map(|_| bytes)
        })?;
    let began = Instant::now();
    while !reader.is_finished() {
        ctx.sleep(LOOK_EVERY)?;
        ctx.progress(0, 0, None);
        if began.elapsed() > options.patience().silent {
            return Err(Error::transient(format!(
                "tap --discover 超过 {} 秒（silent_seconds）没有结束",
                options.silent_seconds
            )));
        }
    }
    let bytes = reader
        .join()
        .map_err(|_| Error::internal("the catalogue's reader panicked"))??;
    if bytes.len() as u64 <= CATALOG_BYTES_MAX {
        tap.end().map_err(|error| error.while_doing("tap --discover"))?;
    }
    Ok(bytes)
}

/// A file of JSON that only its owner may read.
fn file(folder: &Path, name: &str, value: &Value) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(value.to_string().as_bytes())?;
    Ok(path)
}

/// Reads standard error to its end and keeps its last lines.
fn drained(stderr: ChildStderr, tail: Tail) -> Result<JoinHandle<()>, Error> {
    let run = move || {
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            if tail.len() == TAIL_LINES {
                tail.pop_front();
            }
            tail.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    };
    Ok(std::thread::Builder::new()
        .name("standard error".into())
        .spawn(run)?)
}

/// Why a tap could not be started, and which line of the configuration would let it.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the list of kinds is open, and of the rest the system's words are all there is"
)]
fn not_started(tap: &Path, error: &std::io::Error) -> Error {
    let shown = tap.display();
    match error.kind() {
        std::io::ErrorKind::NotFound if tap.is_file() => {
            let with = interpreter(tap).map_or_else(String::new, |with| format!(" {}", with.display()));
            Error::not_found(format!("tap：{shown} 的解释器{with} 不存在，请重新安装 tap"))
        }
        std::io::ErrorKind::NotFound => {
            Error::not_found(format!("tap：没有 {shown} 这个文件，请核对路径或安装 tap"))
        }
        std::io::ErrorKind::PermissionDenied => {
            let mut need: Vec<PathBuf> = tap
                .parent()
                .and_then(Path::parent)
                .map(Path::to_owned)
                .into_iter()
                .collect();
            need.extend(interpreter(tap).and_then(|with| granted(&with.canonicalize().ok()?)));
            let need: Vec<String> = need
                .iter()
                .map(|path| format!("{:?}", path.display().to_string()))
                .collect();
            Error::permission(format!(
                "tap：不允许运行 {shown}。请在 [connector.access] 中写 execute = [{}]，并核对文件的执行权限",
                need.join(", ")
            ))
        }
        _ => refused("tap", format!("{shown} 无法启动：{error}")),
    }
}

/// What has to be granted to run an interpreter: itself where it is the system's, whose libraries every program reads, else
/// all that was installed with it.
fn granted(interpreter: &Path) -> Option<PathBuf> {
    if interpreter.starts_with("/usr") || interpreter.starts_with("/bin") {
        return Some(interpreter.to_owned());
    }
    Some(interpreter.parent()?.parent()?.to_owned())
}

/// What runs a script, as its first line says.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut line = Vec::new();
    let file = std::fs::File::open(script).ok()?;
    BufReader::new(file)
        .take(LINE_BYTES_MAX)
        .read_until(b'\n', &mut line)
        .ok()?;
    let line = String::from_utf8(line).ok()?;
    let program = line.strip_prefix("#!")?.split_whitespace().next()?;
    Some(PathBuf::from(program))
}
