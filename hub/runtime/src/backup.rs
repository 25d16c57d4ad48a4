//! Backup and restore: the database, the lake, the configuration with its keys, as one folder that vouches for itself.
//! Here because a copy taken while the hub writes is worth nothing unless every part of it is of one moment.
//! In: a data directory, a configuration directory. Out: a folder with a manifest; or both directories, as they were.
//! Not here: where backups are kept and for how long. A backup holds everything about everybody: it is the owner's alone.

mod files;
mod lock;
mod server;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use hub_store::{Access, Home, Store, Verified};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, clock};
use files::{Configuration, beside, copied, io_error, make, new, seen, sync};
pub(crate) use lock::alone;
pub use server::into_server;

/// What vouches for a backup.
const MANIFEST: &str = "manifest.json";
/// Where the data lies in it.
const DATA: &str = "data";
/// Where the configuration lies in it.
const CONFIG: &str = "config";
/// The database.
const DATABASE: &str = "hub.db";
/// The form of the manifest.
const FORM: u32 = 1;
/// Largest manifest that is read, bytes.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;
/// Folders within folders of a configuration.
const DEPTH_MAX: usize = 8;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of this file.
    pub form: u32,
    /// The version of the hub that made it.
    pub version: String,
    /// When.
    pub made: String,
    /// Where the configuration lay.
    pub config_dir: PathBuf,
    /// Where the data lay.
    pub data_dir: PathBuf,
    /// Entries of the audit log, and the hash of the last.
    pub audit: (i64, String),
    /// Every file, by its path below the backup.
    pub files: Vec<Copied>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Its path below the backup.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its digest.
    pub sha256: String,
}

impl Manifest {
    /// Where the data goes when the configuration goes to `config_dir`: below it as it was, else where it lay.
    #[must_use]
    pub fn data_for(&self, config_dir: &Path) -> PathBuf {
        match self.data_dir.strip_prefix(&self.config_dir) {
            Ok(below) => config_dir.join(below),
            Err(_) => self.data_dir.clone(),
        }
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Makes a backup of the data of `home` and the configuration in `config_dir` as the new folder `to`. A hub may be at work.
///
/// # Errors
/// When `to` is there already, there is no database, or a disk refuses; then `to` is not there.
pub async fn backup(home: &Home, config_dir: &Path, to: &Path) -> Result<Manifest> {
    if to.exists() {
        return Err(io_error(to)(io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    // Until it is made, nothing that it names goes.
    let _kept = lock::shared(home.locks())?;
    let part = beside(to);
    // What an earlier attempt left.
    let _ = fs::remove_dir_all(&part);
    let made = whole(home, config_dir, &part).await;
    let placed = made.and_then(|manifest| {
        fs::rename(&part, to).map_err(io_error(to))?;
        if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        Ok(manifest)
    });
    if placed.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    placed
}

async fn whole(home: &Home, config_dir: &Path, part: &Path) -> Result<Manifest> {
    let (data, config) = (part.join(DATA), part.join(CONFIG));
    for folder in [&data, &config] {
        make(folder)?;
    }
    // The database first, as of one moment; files it names are never changed, and not removed while they are named.
    let store = Store::open(home, Access::Inspect).await?;
    store.copy_to(&data.join(DATABASE)).await?;
    store.close().await;
    let copy = Store::open(data.as_path(), Access::Inspect).await?;
    let mut named = copy.catalogued_paths().await?;
    named.extend(copy.held_paths().await?);
    let audit = match copy.verify_audit(None).await? {
        Verified::Whole { entries, head } => (entries, head),
        Verified::Broken { seq, .. } => (seq.saturating_sub(1), String::new()),
    };
    copy.close().await;
    named.sort();
    named.dedup();
    let real = |dir: &Path| fs::canonicalize(dir).map_err(io_error(dir));
    let (data_dir, config_dir) = (real(&home.data_dir)?, real(config_dir)?);
    let (part, lake) = (part.to_owned(), home.lake_dir.clone());
    let (kept_out, configuration) = (data_dir.clone(), config_dir.clone());
    let files = tokio::task::spawn_blocking(move || {
        let mut files = vec![seen(&part, &part.join(DATA).join(DATABASE))?];
        for path in &named {
            let to = part.join(DATA).join("lake").join(path);
            files.push(copied(&part, &lake.join(path), &to)?);
        }
        let mut copy = Configuration {
            root: &part,
            kept_out: &kept_out,
            files: &mut files,
        };
        copy.folder(&configuration, &part.join(CONFIG), DEPTH_MAX)?;
        Ok::<_, Error>((part, files))
    });
    let (part, files) = files.await??;
    let manifest = Manifest {
        form: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made: clock::rfc3339(clock::now_ms()),
        config_dir,
        data_dir,
        audit,
        files,
    };
    let path = part.join(MANIFEST);
    let mut file = new(&path)?;
    let text = serde_json::to_vec_pretty(&manifest)?;
    file.write_all(&text)
        .and_then(|()| file.sync_all())
        .map_err(io_error(&path))?;
    Ok(manifest)
}

/// Looks whether the backup `from` is whole: every file there, and as it was written.
///
/// # Errors
/// The first file that is missing or altered; when it is no backup, or of a newer hub.
pub fn check(from: &Path) -> Result<Manifest> {
    let path = from.join(MANIFEST);
    let file = File::open(&path).map_err(io_error(&path))?;
    let mut text = Vec::new();
    file.take(MANIFEST_BYTES_MAX)
        .read_to_end(&mut text)
        .map_err(io_error(&path))?;
    let manifest: Manifest = serde_json::from_slice(&text)?;
    if manifest.form > FORM {
        return Err(Error::Unfit(format!(
            "{}：由更新的版本（{}）备份，请用那个版本恢复 / made by a newer hub",
            path.display(),
            manifest.version
        )));
    }
    for file in &manifest.files {
        let inside = Path::new(&file.path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(Error::Unfit(format!(
                "{}：路径不在备份内 / leads out of the backup",
                file.path
            )));
        }
        let path = from.join(&file.path);
        let found = seen(from, &path)?;
        if found != *file {
            return Err(Error::Unfit(format!(
                "{}：与备份时不一致，此备份不可用 / is not as it was backed up",
                path.display()
            )));
        }
    }
    Ok(manifest)
}

/// Puts the backup `from` back, into directories that are not there or empty; the database is checked before anything is in place.
///
/// # Errors
/// When the backup is not whole, something is there already, or a disk refuses.
pub async fn restore(from: &Path, data_dir: &Path, config_dir: &Path) -> Result<Manifest> {
    for dir in [config_dir, data_dir] {
        let taken = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
        if taken {
            return Err(Error::Unfit(format!(
                "{} 不是空目录，不会覆盖；请先移走 / is not empty, and nothing is overwritten",
                dir.display()
            )));
        }
    }
    let source = from.to_owned();
    let manifest = tokio::task::spawn_blocking(move || check(&source)).await??;
    let config_part = beside(config_dir);
    let mut data_part = beside(data_dir);
    if data_dir.starts_with(config_dir) {
        let name = config_part
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        data_part = config_part.with_file_name(format!("{name}-data"));
    }
    for part in [&data_part, &config_part] {
        let _ = fs::remove_dir_all(part);
        make(part)?;
    }
    for file in &manifest.files {
        let source = from.join(&file.path);
        let mut path = Path::new(&file.path).components();
        let root = path
            .next()
            .map(|part| part.as_os_str().to_owned())
            .unwrap_or_default();
        let to = match root.to_str() {
            Some(DATA) => data_part.join(path.as_path()),
            _ => config_part.join(path.as_path()),
        };
        copied(from, &source, &to)?;
    }
    let store = Store::open(data_part.as_path(), Access::Inspect).await?;
    let sound = store.sound().await;
    let audit = store.verify_audit(None).await?;
    store.close().await;
    if let Some(wrong) = sound? {
        return Err(Error::Unfit(format!(
            "数据库不完整 / the database is damaged: {wrong}"
        )));
    }
    if let Verified::Broken { seq, .. } = audit {
        tracing::warn!(seq, "the audit log was not whole when the backup was made");
    }
    for (part, dir) in [(&config_part, config_dir), (&data_part, data_dir)] {
        // Empty, as was looked at.
        let _ = fs::remove_dir(dir);
        if let Some(parent) = dir.parent() {
            fs::create_dir_all(parent).map_err(io_error(parent))?;
        }
        fs::rename(part, dir).map_err(io_error(dir))?;
    }
    Ok(manifest)
}
