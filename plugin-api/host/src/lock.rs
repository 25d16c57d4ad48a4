//! `plugins.lock`: which bytes may run. And `Verified`: those bytes, out of anybody's reach.
//! Here because a check of a path says nothing about what is loaded from that path a moment later.
//! In: the lock file (TOML), a plugin folder. Out: `Verified`, a sealed copy in memory whose hash was checked.
//! Not here: whose signature counts (`trust`); who may add an entry.

use crate::file::{Kind, hash_to, io_error, read_note};
use crate::{Access, PluginError, PluginFile, Trust};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// One pinned plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The connector's name, by which configuration refers to it.
    pub name: String,
    /// The connector's version.
    pub version: String,
    /// File name within the plugin folder; never a path.
    pub file: String,
    /// Lower-case hex.
    pub sha256: String,
    /// ABI version, such as `1.0`.
    pub abi: String,
}

/// The lock file in memory.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    path: PathBuf,
    entries: Vec<Entry>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    plugin: Vec<Entry>,
}

impl Lock {
    /// Reads the file; one that does not exist is an empty lock.
    ///
    /// # Errors
    /// When it cannot be read or is not valid.
    pub fn load(path: &Path) -> Result<Lock, PluginError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io_error(path, error)),
        };
        let document: Document = toml::from_str(&text).map_err(|error| bad(path, error.to_string()))?;
        for entry in &document.plugin {
            check_file_name(path, &entry.file)?;
        }
        Ok(Lock {
            path: path.to_owned(),
            entries: document.plugin,
        })
    }

    /// The pinned plugins, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Pins a plugin, in place of an older entry of the same name.
    ///
    /// # Errors
    /// When the file is not a plain name.
    pub fn add(&mut self, entry: Entry) -> Result<(), PluginError> {
        check_file_name(&self.path, &entry.file)?;
        self.entries.retain(|known| known.name != entry.name);
        self.entries.push(entry);
        self.entries.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(())
    }

    /// Forgets a plugin; whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|known| known.name != name);
        self.entries.len() < before
    }

    /// Writes the file beside the old one and puts it in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self) -> Result<(), PluginError> {
        let document = Document {
            plugin: self.entries.clone(),
        };
        let text = toml::to_string(&document).map_err(|error| bad(&self.path, error.to_string()))?;
        let draft = self.path.with_extension("lock.new");
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&draft, &self.path))
            .map_err(|error| io_error(&self.path, error))
    }

    /// The bytes of a pinned plugin, checked.
    ///
    /// # Errors
    /// When it is not pinned, cannot be read, is no plugin, its bytes are others than the pinned ones, or `trust` requires a
    /// signature it does not have.
    pub fn verify(&self, name: &str, dir: &Path, trust: &Trust) -> Result<Verified, PluginError> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else {
            let known: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            return Err(PluginError::NotLocked {
                lock: self.path.clone(),
                name: name.to_owned(),
                known,
            });
        };
        Verified::take(&dir.join(&entry.file), &entry.name, &entry.sha256, trust)
    }
}

impl PluginFile {
    /// The bytes of this very file, provided they still are what `open` saw. For adding and testing a plugin;
    /// configured connectors go through [`Lock::verify`].
    ///
    /// # Errors
    /// When the file changed since, cannot be read, or `trust` requires a signature it does not have.
    pub fn verify(&self, trust: &Trust) -> Result<Verified, PluginError> {
        let name = self
            .path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Verified::take(&self.path, &name, &self.sha256, trust)
    }
}

/// A plugin's bytes whose hash was checked, held so that they stay these bytes.
#[derive(Debug)]
pub struct Verified {
    name: String,
    path: PathBuf,
    sha256: String,
    publisher: Option<String>,
    program: Option<Access>,
    descriptor: OwnedFd,
    sealed: bool,
}

impl Verified {
    fn take(path: &Path, name: &str, expected: &str, trust: &Trust) -> Result<Verified, PluginError> {
        let file = File::open(path).map_err(|source| io_error(path, source))?;
        let memory = memfd_create("hub-plugin", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING);
        let (holder, sha256, sealed) = match memory {
            Ok(memory) => {
                let mut copy = File::from(memory);
                let (sha256, _) = hash_to(&file, path, &mut copy)?;
                let sealed = fcntl(&copy, FcntlArg::F_ADD_SEALS(SealFlag::all())).is_ok();
                (copy, sha256, sealed)
            }
            // Hosts that forbid executable memory files: the plugin folder must then be writable by root only.
            Err(_) => {
                let (sha256, _) = hash_to(&file, path, &mut std::io::sink())?;
                (file, sha256, false)
            }
        };
        if !expected.eq_ignore_ascii_case(&sha256) {
            let (path, expected) = (path.to_owned(), expected.to_owned());
            return Err(PluginError::Altered {
                path,
                found: sha256,
                expected,
            });
        }
        let kind = read_note(&holder, path)?.kind;
        let mut program = match &kind {
            Kind::Library => None,
            Kind::Program { interpreter } => Some(trust.reach(path, interpreter.as_deref())?),
        };
        if let (Some(reach), false) = (&mut program, sealed) {
            // Not a file in memory, which anybody may run who holds it.
            reach.execute.insert(path.to_owned());
        }
        // Of the bytes that will be loaded, not of the path they came from.
        let publisher = trust.publisher(&holder, path)?;
        let name = name.to_owned();
        Ok(Verified {
            name,
            path: path.to_owned(),
            sha256,
            publisher,
            program,
            descriptor: holder.into(),
            sealed,
        })
    }

    /// The connector's name in the lock.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the bytes came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lower-case hex of the bytes that will be loaded.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whose signature they carry, of the publishers that are known.
    pub fn publisher(&self) -> Option<&str> {
        self.publisher.as_deref()
    }

    /// Whether they are a sealed copy; otherwise they are the opened file itself.
    pub fn sealed(&self) -> bool {
        self.sealed
    }

    /// Of a program: what it needs to run at all, its interpreter above all.
    pub(crate) fn program(&self) -> Option<&Access> {
        self.program.as_ref()
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

fn bad(path: &Path, message: String) -> PluginError {
    PluginError::BadLock {
        path: path.to_owned(),
        message,
    }
}

fn check_file_name(lock: &Path, file: &str) -> Result<(), PluginError> {
    let plain = Path::new(file).file_name().is_some_and(|name| name == file);
    if plain {
        Ok(())
    } else {
        Err(bad(lock, format!("{file:?} is not a plain file name")))
    }
}
