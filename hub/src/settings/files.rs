//! Reads configuration files of one directory.
//! Here because each file is bounded, and a mistake in it is told with its place.
//! In: names below the directory. Out: texts and typed values.
//! Not here: what the values mean.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use hub_model::{Mistake, Place, from_toml};
use hub_store::ConfigurationFiles;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::exit::ConfigError;

/// Longest configuration file, bytes.
const FILE_MAX: u64 = 1 << 20;
/// Most files in a folder of them.
const FILES_MAX: usize = 1000;
/// What a variable begins with that sets a key.
pub(super) const VARIABLE: &str = "HUB__";
/// Digits of a digest by which a configuration is called.
const HASH_DIGITS: usize = 16;

/// A configuration directory.
pub(super) struct Reader {
    pub(super) dir: PathBuf,
    /// What was read; each file once, so that all is said of one state of it.
    read: RefCell<BTreeMap<PathBuf, String>>,
    /// Whether there is nothing else: it was so once, and was kept.
    is_past: bool,
}

impl Reader {
    /// The directory as it is.
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            read: RefCell::default(),
            is_past: false,
        }
    }

    /// The directory as it was when its files said this; by path below it. Secrets are what they are.
    pub(super) fn past(dir: &Path, texts: BTreeMap<String, String>) -> Self {
        let texts = texts.into_iter().map(|(path, text)| (dir.join(path), text));
        Self {
            dir: dir.to_owned(),
            read: RefCell::new(texts.collect()),
            is_past: true,
        }
    }

    /// The files that were read so far, with a digest of them and of the variables that set something.
    pub(super) fn files(&self) -> ConfigurationFiles {
        let mut whole = Sha256::new();
        let mut files = BTreeMap::new();
        for (path, text) in self.read.borrow().iter() {
            let path = path.strip_prefix(&self.dir).unwrap_or(path);
            let digest = hex::encode(Sha256::digest(text));
            whole.update(format!("{}\n{digest}\n", path.display()));
            files.insert(path.display().to_string(), (digest, text.clone()));
        }
        let mut variables: Vec<(String, String)> = std::env::vars()
            .filter(|(name, _)| name.starts_with(VARIABLE))
            .collect();
        variables.sort_unstable();
        for (name, value) in variables {
            whole.update(format!("{name}={value}\n"));
        }
        ConfigurationFiles {
            hash: hex::encode(whole.finalize()).chars().take(HASH_DIGITS).collect(),
            files,
        }
    }

    /// Whether there is a file `path`.
    pub(super) fn is_file(&self, path: &Path) -> bool {
        let path = self.path(path);
        self.read.borrow().contains_key(&path) || !self.is_past && path.is_file()
    }

    /// `path`, which may be relative to the directory, without `.` and `..`, so that messages name one place one way.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        let mut clean = PathBuf::new();
        for part in self.dir.join(path).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    clean.pop();
                }
                Component::Prefix(_) | Component::RootDir | Component::Normal(_) => clean.push(part),
            }
        }
        clean
    }

    /// The text of `path`.
    pub(super) fn text(&self, path: &Path) -> anyhow::Result<String> {
        let path = self.path(path);
        if let Some(text) = self.read.borrow().get(&path) {
            return Ok(text.clone());
        }
        if self.is_past {
            return Err(ConfigError(format!("{}: 当时没有 / it was not there then", path.display())).into());
        }
        let bytes = std::fs::metadata(&path)
            .with_context(|| path.display().to_string())?
            .len();
        if bytes > FILE_MAX {
            return Err(ConfigError(format!(
                "{}: {bytes} bytes; a configuration file has at most {FILE_MAX}",
                path.display()
            ))
            .into());
        }
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
        self.read.borrow_mut().insert(path, text.clone());
        Ok(text)
    }

    /// A mistake in `path`, at the first place where it says `words`; at its beginning when it does not.
    pub(super) fn mistake(&self, path: &Path, words: &str, message: String) -> Mistake {
        let text = self.text(path).unwrap_or_default();
        let offset = said_at(&text, words).unwrap_or_default();
        Mistake {
            place: Place::of(&self.path(path).display().to_string(), &text, offset),
            message,
        }
    }

    /// `path` as TOML.
    pub(super) fn toml<T: DeserializeOwned>(&self, path: &Path) -> anyhow::Result<T> {
        let shown = self.path(path).display().to_string();
        Ok(from_toml(&self.text(path)?, &shown)?)
    }

    /// The files of `folder` that end in `.extension`, by name; a missing folder has none.
    pub(super) fn folder(&self, folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
        let folder = self.path(folder);
        if self.is_past {
            let read = self.read.borrow();
            let is_in = |path: &&PathBuf| {
                path.parent() == Some(&*folder) && path.extension().is_some_and(|found| found == extension)
            };
            return Ok(read.keys().filter(is_in).cloned().collect());
        }
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
        if files.len() > FILES_MAX {
            return Err(ConfigError(format!("{}: more than {FILES_MAX} files", folder.display())).into());
        }
        files.sort();
        Ok(files)
    }
}

/// Where `text` says `words`, in what holds rather than in a comment when it stands in both.
fn said_at(text: &str, words: &str) -> Option<usize> {
    let mut begins = 0;
    for line in text.split_inclusive('\n') {
        if let Some(at) = line.find(words).filter(|_| !line.starts_with('#')) {
            return Some(begins + at);
        }
        begins += line.len();
    }
    text.find(words)
}
