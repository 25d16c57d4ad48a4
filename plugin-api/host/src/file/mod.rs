//! Looks at a plugin file without running any of it.
//! Here because loading already executes constructors: listing and adding plugins must not.
//! In: a path. Out: `PluginFile` (hash, ABI, SDK), or what is wrong with it.
//! Not here: whether it is trusted (`lock`), loading it (`ffi::load`).

mod elf;

use crate::PluginError;
use crate::limits::PLUGIN_BYTES_MAX;
use plugin_abi::note;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes copied and hashed at a time.
const CHUNK: usize = 1 << 20;

/// A shared library that says it is a connector of our ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// The file.
    pub path: PathBuf,
    /// Lower-case hex of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// ABI version of its note, such as `1.0`.
    pub abi: String,
    /// SDK of its note, such as `rust-0.1.0` or `c`.
    pub sdk: String,
}

impl PluginFile {
    /// Reads header, note and hash.
    ///
    /// # Errors
    /// When it cannot be read, is no shared library for this machine, or speaks another ABI.
    pub fn open(path: &Path) -> Result<PluginFile, PluginError> {
        let file = File::open(path).map_err(|source| io_error(path, source))?;
        let (sha256, bytes) = hash_to(&file, path, &mut io::sink())?;
        let note = read_note(&file, path)?;
        Ok(PluginFile {
            path: path.to_owned(),
            sha256,
            bytes,
            abi: format!("{}.{}", note.major, note.minor),
            sdk: note.sdk,
        })
    }
}

/// Checks the header and reads the note; `path` is for messages only.
pub(crate) fn read_note(file: &File, path: &Path) -> Result<note::Note, PluginError> {
    let wrong = |found: String, expected: &str| PluginError::WrongFile {
        path: path.to_owned(),
        found,
        expected: expected.to_owned(),
    };
    let section = elf::section(file, note::SECTION).map_err(|problem| match problem {
        elf::Problem::Io(source) => io_error(path, source),
        elf::Problem::Wrong { found, expected } => wrong(found, &expected),
    })?;
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
    Ok(note)
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
