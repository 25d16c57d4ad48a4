//! Sweeps files no transaction ever named.
//! Here because a kill between writing a file and committing leaves it behind, and disks fill.
//! In: the lake's folder, the catalogue's list, the runs the database knows. Out: how many files were removed.
//! Not here: files of the past, which the catalogue still names, files that wait for a person, and files of runs this database never heard of: those
//! are another database's, and may be all that is left of it. Only the holder of the lease may sweep.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use hub_store::Store;

use crate::{Error, Result};

/// Removes every file of a known run that the catalogue does not name.
pub(crate) async fn orphans(store: &Store) -> Result<u64> {
    let mut named: HashSet<String> = store.catalogued_paths().await?.into_iter().collect();
    named.extend(store.held_paths().await?);
    let runs: HashSet<String> = store.run_ids().await?.into_iter().collect();
    let lake = store.lake_dir().to_owned();
    if !lake.is_dir() {
        return Ok(0);
    }
    let swept = tokio::task::spawn_blocking(move || {
        let mut sweep = Sweep {
            lake: &lake,
            named: &named,
            runs: &runs,
            removed: 0,
            foreign: 0,
        };
        sweep.folder(&lake)?;
        Ok::<_, Error>((sweep.removed, sweep.foreign))
    });
    let (removed, foreign) = swept.await??;
    if foreign > 0 {
        tracing::warn!(
            foreign,
            "the lake holds files of runs this database does not know; they are left alone"
        );
    }
    Ok(removed)
}

struct Sweep<'a> {
    lake: &'a Path,
    named: &'a HashSet<String>,
    runs: &'a HashSet<String>,
    removed: u64,
    foreign: u64,
}

impl Sweep<'_> {
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let io = |source| Error::Io {
            path: folder.to_owned(),
            source,
        };
        for entry in fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(io)?);
            if kind.is_dir() {
                self.folder(&path)?;
            } else if kind.is_file() {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        let relative = path
            .strip_prefix(self.lake)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        if self.named.contains(&relative) {
            return Ok(());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name
            .split_once('-')
            .is_some_and(|(run, _)| self.runs.contains(run))
        {
            self.foreign += 1;
            return Ok(());
        }
        self.removed += 1;
        fs::remove_file(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })
    }
}
