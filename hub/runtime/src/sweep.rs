//! Sweeps files no transaction ever named.
//! Here because a kill between writing a file and committing leaves it behind, and disks fill.
//! In: the lake's folder and the catalogue's list. Out: how many files were removed.
//! Not here: files of the past, which the catalogue still names. Only the holder of the lease may sweep.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use hub_store::Store;

use crate::{Error, Result};

/// Removes every file below the lake's folder that the catalogue does not name.
pub(crate) async fn orphans(store: &Store) -> Result<u64> {
    let known: HashSet<String> = store.catalogued_paths().await?.into_iter().collect();
    let lake = store.lake_dir();
    if !lake.is_dir() {
        return Ok(0);
    }
    tokio::task::spawn_blocking(move || sweep(&lake, &lake, &known)).await?
}

fn sweep(lake: &Path, folder: &Path, known: &HashSet<String>) -> Result<u64> {
    let io = |source| Error::Io {
        path: folder.to_owned(),
        source,
    };
    let mut removed = 0;
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_dir() {
            removed += sweep(lake, &path, known)?;
            continue;
        }
        let relative = path
            .strip_prefix(lake)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        if !known.contains(&relative) {
            fs::remove_file(&path).map_err(|source| Error::Io {
                path: path.clone(),
                source,
            })?;
            removed += 1;
        }
    }
    Ok(removed)
}
