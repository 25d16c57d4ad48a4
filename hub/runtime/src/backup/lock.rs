//! Keeps a backup and the end of keeping apart.
//! Here because a backup copies for an hour what the database named when it began, and nothing of it may go meanwhile.
//! In: the data directory. Out: a guard; the kernel drops the lock when the process dies.
//! Not here: the lease, which a backup does without.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use super::files::io_error;
use crate::{Error, Result};

/// The file, below the data directory.
const NAME: &str = "backup.lock";

/// Held while a backup is made; there may be several.
pub(super) fn shared(data_dir: &Path) -> Result<File> {
    let file = open(data_dir)?;
    file.lock_shared().map_err(io_error(&data_dir.join(NAME)))?;
    Ok(file)
}

/// Held while what backups may name goes.
///
/// # Errors
/// [`Error::Unfit`] while a backup is being made; when the disk refuses.
pub(crate) fn alone(data_dir: &Path) -> Result<File> {
    let file = open(data_dir)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Unfit(
            "正在备份，备份完成前不清理；请稍后再试 / a backup is being made, and nothing goes before it is; try again later"
                .to_owned(),
        )),
        Err(TryLockError::Error(source)) => Err(io_error(&data_dir.join(NAME))(source)),
    }
}

/// Whoever made the file, to read it is enough for a lock.
fn open(data_dir: &Path) -> Result<File> {
    let path = data_dir.join(NAME);
    match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path).map_err(io_error(&path))
        }
        opened => opened.map_err(io_error(&path)),
    }
}
