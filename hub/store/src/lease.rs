//! The lease: one hub writes, and it is known which.
//! Here because two hubs on one database would each send every warning.
//! In: where the data lies. Out: a guard. The kernel drops a folder's lock when the process dies, however it dies; a server's
//! lease ends when nobody prolongs it.
//! Not here: how a server's lease is kept (node).

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use tokio::sync::watch;

use crate::node::NodeLease;
use crate::{Error, Home, Result};

/// Holding this value means being the only writer of the database.
#[derive(Debug)]
pub struct Lease {
    node: Option<NodeLease>,
    _file: File,
}

impl Lease {
    /// Takes the lease of `home`: the folder's, and its server's for a node of this name.
    ///
    /// # Errors
    /// [`Error::Held`] when another process has the folder, [`Error::HeldByNode`] when another node has the server,
    /// [`Error::Io`] when the lock file cannot be made; when the server refuses.
    pub async fn take(home: impl Into<Home>, node: &str) -> Result<Self> {
        let home: Home = home.into();
        let file = lock(&home.data_dir)?;
        let node = match &home.server {
            Some(server) => Some(NodeLease::take(server, node).await?),
            None => None,
        };
        Ok(Self { node, _file: file })
    }

    /// The number by which a node writes.
    pub(crate) fn epoch(&self) -> Option<i64> {
        self.node.as_ref().map(|node| node.epoch)
    }

    /// Becomes true when another node may have it; `None` of a folder's, which is not lost while the process lives.
    #[must_use]
    pub fn lost(&self) -> Option<watch::Receiver<bool>> {
        self.node.as_ref().map(NodeLease::lost)
    }
}

fn lock(data_dir: &Path) -> Result<File> {
    let path = data_dir.join("hub.lock");
    let io = |source| Error::Io {
        path: path.clone(),
        source,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(io)?;
            return Err(Error::Held {
                path,
                holder: holder.trim().to_owned(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    writeln!(file, "{}", std::process::id()).map_err(io)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_taker_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lease::take(dir.path(), "a").await.unwrap();
        let refused = Lease::take(dir.path(), "b").await.unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        assert!(Lease::take(dir.path(), "b").await.is_ok());
    }
}
