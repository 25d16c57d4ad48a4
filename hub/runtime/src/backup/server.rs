//! What was restored into a folder, carried to the server that the configuration names.
//! Here because a backup is files, whatever the hub works on: a server is filled from one, and so a site moves to a server.
//! In: a folder with a database and a lake. Out: the same on the server and in its lake; the file is called `hub.db.moved` then.
//! Not here: restoring the folder (backup), carrying rows (store).

use std::fs;
use std::path::{Path, PathBuf};

use hub_store::{Access, Home, Lease, Store};

use super::DATABASE;
use super::files::{copied, io_error, make};
use crate::Result;

/// Folders within folders of a lake.
const DEPTH_MAX: usize = 8;

/// Carries what lies in the data directory of `home` to its server and its lake, for the node called so.
///
/// # Errors
/// When the server holds something already, another node has it, or one of the disks refuses; then the folder is as it was.
pub async fn into_server(home: &Home, node: &str) -> Result<()> {
    let folder = home.data_dir.as_path();
    fs::create_dir_all(&home.lake_dir).map_err(io_error(&home.lake_dir))?;
    let lease = Lease::take(home, node).await?;
    // A backup of an older hub is brought to this one's form first.
    Store::open(folder, Access::Write).await?.close().await;
    let file = Store::open(folder, Access::Read).await?;
    let store = Store::open(home, Access::Write).await?.under(&lease);
    let (from, to) = (folder.join("lake"), home.lake_dir.clone());
    let carried = tokio::task::spawn_blocking(move || lake(&from, &to, DEPTH_MAX)).await?;
    carried?;
    store.take_over(&file).await?;
    store.close().await;
    file.close().await;
    // Kept, under a name nobody opens: it is the way back.
    let (was, moved) = (folder.join(DATABASE), folder.join(format!("{DATABASE}.moved")));
    fs::rename(&was, &moved).map_err(io_error(&was))?;
    // What reading it left beside it, empty.
    for beside in ["-wal", "-shm"] {
        let path = folder.join(format!("{DATABASE}{beside}"));
        if path.exists() {
            fs::remove_file(&path).map_err(io_error(&path))?;
        }
    }
    Ok(())
}

/// Copies the files of `from` that `to` lacks: one that is there is the same, as no name is given twice.
fn lake(from: &Path, to: &Path, depth: usize) -> Result<()> {
    if from == to || !from.is_dir() || depth == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(from).map_err(io_error(from))? {
        let path: PathBuf = entry.map_err(io_error(from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            if !target.is_dir() {
                make(&target)?;
            }
            lake(&path, &target, depth - 1)?;
        } else if !target.exists() {
            copied(from, &path, &target)?;
        }
    }
    Ok(())
}
