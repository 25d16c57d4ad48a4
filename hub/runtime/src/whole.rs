//! Files that are there whole or not at all, also after a power cut.
//! Here because gateways carry away whatever has a name, and half a file is worse than none.
//! In: a folder, a name, bytes. Out: the file, complete and on the disk before its name is there.
//! Not here: what is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What a file is called while it is written; gateways leave names with a leading dot alone.
pub(crate) const HIDDEN: &str = ".part-";

/// Writes `name` in `folder`; what was called so before is replaced.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let hidden = folder.join(format!("{HIDDEN}{name}"));
    let written = (|| {
        let mut file = File::create(&hidden)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&hidden, folder.join(name))?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // Whatever stopped it may stop this too; the next attempt writes over it.
        let _ = fs::remove_file(&hidden);
    }
    written
}

/// Moves `name` from one folder into another, which is on the same disk.
pub(crate) fn shift(from: &Path, name: &str, to: &Path, called: &str) -> io::Result<()> {
    fs::rename(from.join(name), to.join(called))?;
    File::open(to)?.sync_all()?;
    File::open(from)?.sync_all()
}
