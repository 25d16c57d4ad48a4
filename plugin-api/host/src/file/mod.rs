//! Looks at a plugin file without running any of it.
//! Here because loading already executes constructors: listing and adding plugins must not.
//! In: a path. Out: `PluginFile` (hash, kind, ABI, SDK), or what is wrong with it.
//! Not here: whether it is trusted (`lock`), loading it (`ffi::load`), becoming it (`child::program`).

mod elf;
mod script;

use crate::PluginError;
use crate::limits::PLUGIN_BYTES_MAX;
use plugin_abi::note;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes copied and hashed at a time.
const CHUNK: usize = 1 << 20;

/// What a plugin file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A shared library of our ABI.
    Library,
    /// An executable that speaks our protocol: compiled, or a script with its interpreter.
    Program {
        /// As the script's first line names it; `None` of a compiled one.
        interpreter: Option<PathBuf>,
    },
}

/// A file that says it is a connector: a shared library of our ABI, or a program of our protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// The file.
    pub path: PathBuf,
    /// Lower-case hex of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// ABI version of its note, such as `1.0`; of a program the version of the protocol, such as `wire-1`.
    pub abi: String,
    /// SDK of its note, such as `rust-0.1.0` or `c`.
    pub sdk: String,
    /// How it is run.
    pub kind: Kind,
}

impl PluginFile {
    /// Reads header, note and hash.
    ///
    /// # Errors
    /// When it cannot be read, is neither a shared library for this machine nor a program, or speaks another ABI.
    pub fn open(path: &Path) -> Result<PluginFile, PluginError> {
        let file = File::open(path).map_err(|source| io_error(path, source))?;
        let (sha256, bytes) = hash_to(&file, path, &mut io::sink())?;
        let Said { kind, abi, sdk } = read_note(&file, path)?;
        Ok(PluginFile {
            path: path.to_owned(),
            sha256,
            bytes,
            abi,
            sdk,
            kind,
        })
    }
}

/// What a file says about itself.
pub(crate) struct Said {
    pub(crate) kind: Kind,
    abi: String,
    sdk: String,
}

/// Checks the header and reads the note; `path` is for messages only.
pub(crate) fn read_note(file: &File, path: &Path) -> Result<Said, PluginError> {
    let wrong = |found: String, expected: &str| PluginError::WrongFile {
        path: path.to_owned(),
        found,
        expected: expected.to_owned(),
    };
    let problem = |problem| match problem {
        elf::Problem::Io(source) => io_error(path, source),
        elf::Problem::Wrong { found, expected } => wrong(found, &expected),
    };
    if let Some(head) = script::head(file).map_err(|source| io_error(path, source))? {
        return script::said(&head, path);
    }
    let section = elf::section(file, script::SECTION, &elf::RUNS).map_err(problem)?;
    if let Some(section) = section {
        return script::compiled(&section, path);
    }
    let section = elf::section(file, note::SECTION, &elf::LOADS).map_err(problem)?;
    let expected = "a connector's note in section .hub_abi";
    let Some(section) = section else {
        return Err(wrong("a shared library without .hub_abi".into(), expected));
    };
    let Some(note) = note::parse(&section) else {
        return Err(wrong("an unreadable .hub_abi".into(), expected));
    };
    if note.major != plugin_abi::ABI_MAJOR {
        return Err(PluginError::WrongAbi {
            path: path.to_owned(),
            found: format!("{}.{}", note.major, note.minor),
            spoken: format!("{}.x", plugin_abi::ABI_MAJOR),
        });
    }
    Ok(Said {
        kind: Kind::Library,
        abi: format!("{}.{}", note.major, note.minor),
        sdk: note.sdk,
    })
}

/// Copies the file and hashes exactly the bytes that were copied.
pub(crate) fn hash_to(
    mut file: &File,
    path: &Path,
    copy: &mut dyn Write,
) -> Result<(String, u64), PluginError> {
    let mut digest = Sha256::new();
    let mut chunk = vec![0u8; CHUNK];
    let mut total = 0u64;
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => chunk.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io_error(path, error)),
        };
        total += read.len() as u64;
        if total > PLUGIN_BYTES_MAX {
            return Err(PluginError::TooLarge {
                path: path.to_owned(),
                found: total,
                max: PLUGIN_BYTES_MAX,
            });
        }
        digest.update(read);
        copy.write_all(read).map_err(|error| io_error(path, error))?;
    }
    Ok((hex::encode(digest.finalize()), total))
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> PluginError {
    PluginError::Io {
        path: path.to_owned(),
        source,
    }
}
