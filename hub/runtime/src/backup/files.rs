//! Files of a backup: copied onto the disk, counted, digested, for their owner alone.
//! Here because a copy that was not synced, or that others can read, is no backup.
//! In: paths. Out: new files, and what the manifest says of them.
//! Not here: which files belong to a backup (backup).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Copied;
use crate::{Error, Result};

/// Who may read it: its owner.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// Bytes moved at once.
const BLOCK: usize = 1 << 20;
/// Largest file of a configuration that is taken along, bytes.
const CONFIG_FILE_BYTES_MAX: u64 = 64 << 20;

/// The folder that `path` is made as before it has its name.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".part-{name}"))
}

pub(super) fn make(folder: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)
        .map_err(io_error(folder))
}

pub(super) fn new(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(FILE_MODE);
    options.open(path).map_err(io_error(path))
}

pub(super) fn sync(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io_error(folder))
}

pub(super) fn io_error(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        path: path.clone(),
        source,
    }
}

/// A configuration directory being copied.
pub(super) struct Configuration<'a> {
    pub(super) root: &'a Path,
    /// The data, which may lie within.
    pub(super) kept_out: &'a Path,
    pub(super) files: &'a mut Vec<Copied>,
}

impl Configuration<'_> {
    /// Copies the files below `from` to `to`; links and sockets are nobody's configuration.
    pub(super) fn folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<()> {
        if depth == 0 {
            return Err(Error::Unfit(format!(
                "{}：目录层数过多 / folders too deep",
                from.display()
            )));
        }
        make(to)?;
        for entry in fs::read_dir(from).map_err(io_error(from))? {
            let entry = entry.map_err(io_error(from))?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(io_error(from))?);
            let to = to.join(entry.file_name());
            if path == self.kept_out {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path, &to, depth - 1)?;
            } else if kind.is_file() {
                let bytes = entry.metadata().map_err(io_error(&path))?.len();
                if bytes > CONFIG_FILE_BYTES_MAX {
                    return Err(Error::Unfit(format!(
                        "{}：{bytes} 字节，配置目录里不应有这么大的文件 / too large for a configuration",
                        path.display()
                    )));
                }
                self.files.push(copied(self.root, &path, &to)?);
            }
        }
        Ok(())
    }
}

/// Copies `from` to the new file `to`, onto the disk, with the rights its owner has and nobody else's.
pub(super) fn copied(root: &Path, from: &Path, to: &Path) -> Result<Copied> {
    if let Some(parent) = to.parent() {
        make(parent)?;
    }
    let mut source = File::open(from).map_err(io_error(from))?;
    let mode = source.metadata().map_err(io_error(from))?.permissions().mode() & 0o700;
    let mut target = new(to)?;
    let (bytes, sha256) = poured(from, &mut source, |block| {
        target.write_all(block).map_err(io_error(to))
    })?;
    target
        .set_permissions(fs::Permissions::from_mode(mode))
        .and_then(|()| target.sync_all())
        .map_err(io_error(to))?;
    Ok(Copied {
        path: below(root, to),
        bytes,
        sha256,
    })
}

/// Gives all of `source`, which is `from`, to `take`; its bytes and its digest.
fn poured(
    from: &Path,
    source: &mut File,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<(u64, String)> {
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; BLOCK];
    loop {
        let read = source.read(&mut block).map_err(io_error(from))?;
        let Some(block) = block.get(..read).filter(|block| !block.is_empty()) else {
            return Ok((bytes, hex::encode(digest.finalize())));
        };
        digest.update(block);
        take(block)?;
        bytes += read as u64;
    }
}

/// What `path` is, for the manifest of `root`.
pub(super) fn seen(root: &Path, path: &Path) -> Result<Copied> {
    let mut file = File::open(path).map_err(io_error(path))?;
    let (bytes, sha256) = poured(path, &mut file, |_| Ok(()))?;
    Ok(Copied {
        path: below(root, path),
        bytes,
        sha256,
    })
}

fn below(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().into_owned()
}
