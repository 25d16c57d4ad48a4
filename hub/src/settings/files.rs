//! Reads configuration files of one directory.
//! Here because each file is bounded, and a mistake in it is told with its place.
//! In: names below the directory. Out: texts and typed values.
//! Not here: what the values mean.

use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use hub_model::{Mistake, Place, from_toml};
use serde::de::DeserializeOwned;

use crate::exit::ConfigError;

/// Longest configuration file, bytes.
const FILE_MAX: u64 = 1 << 20;
/// Most files in a folder of them.
const FILES_MAX: usize = 1000;

/// A configuration directory.
pub(super) struct Reader {
    pub(super) dir: PathBuf,
}

impl Reader {
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
        text.map_err(|error| ConfigError(format!("{}: {error}", path.display())).into())
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
