//! The two kinds of failure: a plugin file that is not used, and a plugin that failed while running.
//! Here so that callers branch on `Category` and `Cause`, never on text.
//! In: what was found. Out: `PluginError` (before loading), `Fault` (afterwards, with the log's tail).
//! Not here: what to do about it.

use plugin_abi::Category;
use plugin_abi::ffi::Failure;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Why a plugin file is not used. Each names the path, what was found and what would have been right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Larger than any plugin should be.
    #[error("{path}: {found} bytes, a plugin has at most {max}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: u64,
        /// The bound.
        max: u64,
    },
    /// Not a shared library for this machine.
    #[error("{path}: {found}, expected {expected}")]
    WrongFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// Built for another major version of the ABI.
    #[error("{path}: plugin ABI {found}, hub speaks {spoken}")]
    WrongAbi {
        /// The file.
        path: PathBuf,
        /// As its note says.
        found: String,
        /// As this hub speaks.
        spoken: String,
    },
    /// The lock file does not know the plugin.
    #[error("{lock}: no plugin {name:?}; it knows: {known}")]
    NotLocked {
        /// The lock file.
        lock: PathBuf,
        /// Who was asked for.
        name: String,
        /// Who is there.
        known: String,
    },
    /// The file's bytes are not the ones that were added.
    #[error(
        "{path}: sha256 {found}, but {expected} was locked: the file was altered or replaced; if you replaced it yourself, pin it again with `hub plugin add`"
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// Its hash now.
        found: String,
        /// The pinned hash.
        expected: String,
    },
    /// Signatures are required, and none of the publishers has signed this.
    #[error(
        "{path}: not signed by a trusted publisher ({publishers}): {reason}; ask for a signed plugin, or add its publisher's key to plugins.public_keys"
    )]
    NotSigned {
        /// The file.
        path: PathBuf,
        /// What was found instead of a signature.
        reason: String,
        /// Who could have signed it.
        publishers: String,
    },
    /// A script whose interpreter nobody allowed.
    #[error(
        "{path}：首行指定的解释器 {interpreter} 不在 plugins.interpreters 所列目录（{known}）中，请把解释器自己的目录加进去，如 \"/srv/hub/python\" / its first line wants to be run by {interpreter}, which lies in no folder of plugins.interpreters ({known}); add the interpreter's own folder there, such as \"/srv/hub/python\""
    )]
    UnknownInterpreter {
        /// The file.
        path: PathBuf,
        /// As its first line names it.
        interpreter: PathBuf,
        /// The folders that are allowed.
        known: String,
    },
    /// The lock file is not valid.
    #[error("{path}: {message}")]
    BadLock {
        /// The lock file.
        path: PathBuf,
        /// Line, column and reason.
        message: String,
    },
}

/// How a plugin failed, as seen from outside. `Plugin` and `Panic` are its own words, the rest is this crate's finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The plugin returned an error.
    Plugin,
    /// The plugin panicked; the SDK caught it.
    Panic,
    /// The file could not be loaded, or its descriptor was refused.
    Load,
    /// A signal ended the child.
    Signal(i32),
    /// The child ran into its memory limit.
    OutOfMemory,
    /// The plugin neither worked nor stopped when asked; or stopped only when the watchdog asked.
    Hung,
    /// The child sent something that is not allowed.
    Protocol,
    /// The child ended without saying `done`; its exit code.
    Exit(Option<i32>),
    /// The child did not start.
    Spawn,
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Plugin => out.write_str("plugin"),
            Cause::Panic => out.write_str("panic"),
            Cause::Load => out.write_str("load"),
            Cause::Signal(signal) => write!(out, "signal {signal}"),
            Cause::OutOfMemory => out.write_str("out of memory"),
            Cause::Hung => out.write_str("hung"),
            Cause::Protocol => out.write_str("protocol"),
            Cause::Exit(Some(code)) => write!(out, "exit {code}"),
            Cause::Exit(None) => out.write_str("exit"),
            Cause::Spawn => out.write_str("spawn"),
        }
    }
}

/// A failed call. A `Cancelled` fault with cause `Hung` was not asked for by the caller but by the watchdog.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What kind; decides the reaction.
    pub category: Category,
    /// How it was found.
    pub cause: Cause,
    /// One sentence for a person.
    pub message: String,
    /// The source's own code, 0 when none.
    pub vendor_code: i32,
    /// How long the source asked to wait.
    pub retry_after: Option<Duration>,
    /// The plugin's document for machines.
    pub detail: Option<serde_json::Value>,
    /// The last lines of the plugin's log and of its standard error, oldest first.
    pub log_tail: Vec<String>,
}

impl Fault {
    pub(crate) fn new(category: Category, cause: Cause, message: impl Into<String>) -> Fault {
        Fault {
            category,
            cause,
            message: message.into(),
            vendor_code: 0,
            retry_after: None,
            detail: None,
            log_tail: Vec::new(),
        }
    }

    pub(crate) fn protocol(message: impl Into<String>) -> Fault {
        Fault::new(Category::Internal, Cause::Protocol, message)
    }

    pub(crate) fn spawn(message: impl Into<String>) -> Fault {
        Fault::new(Category::Internal, Cause::Spawn, message)
    }

    pub(crate) fn load(message: impl Into<String>) -> Fault {
        Fault::new(Category::Config, Cause::Load, message)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Fault {
        Fault {
            category: failure.category,
            cause: if failure.panicked {
                Cause::Panic
            } else {
                Cause::Plugin
            },
            message: failure.message,
            vendor_code: failure.vendor_code,
            retry_after: (failure.retry_after_ms > 0).then(|| Duration::from_millis(failure.retry_after_ms)),
            detail: serde_json::from_str(&failure.detail_json).ok(),
            log_tail: Vec::new(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.category, self.message)
    }
}

impl std::error::Error for Fault {}
