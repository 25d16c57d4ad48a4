//! What can go wrong between the hub and its database.
//! Here because callers branch on few cases: locked by another hub, too new, damaged, or just SQL.
//! In: driver errors. Out: one enum whose texts name the thing and what to do.
//! Not here: exit codes (the binary's business).

use std::path::PathBuf;

/// A store operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the data directory.
    #[error("{} is held by another hub process (pid {holder}) that takes no commands; wait for it to end, or stop it", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// What the lock file says of its holder.
        holder: String,
    },
    /// The data directory was never initialised.
    #[error("no database at {}; `hub init DIR` makes a configuration, and its first run the database", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The linked SQLite has a known corruption bug.
    #[error("SQLite {found} is older than 3.51.3, which fixes a corruption of its write-ahead log")]
    OldSqlite {
        /// The version found.
        found: String,
    },
    /// A stored value that this version cannot read.
    #[error(
        "the database holds {what} = {value:?}, which this version does not know; was it written by a newer hub?"
    )]
    Unreadable {
        /// The column.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The ids in the database were given with another identity key.
    #[error(
        "the people in this data directory were given their ids {}; with this identity.key nobody would be found again",
        if *older { "by an older hub, in another form: begin with a new data_dir" }
        else { "with another identity key: restore the key from its backup" }
    )]
    IdentityKey {
        /// Whether an older hub gave them, before keys had fingerprints.
        older: bool,
    },
    /// The rows of a stream do not add up.
    #[error(
        "stream {stream}: {rows_in} rows in, but {accounted} accepted, rejected or filtered; nothing of this run was committed"
    )]
    Unbalanced {
        /// The stream.
        stream: String,
        /// Rows in.
        rows_in: u64,
        /// Rows accounted for.
        accounted: u64,
    },
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program wrote the database.
    #[error(
        "{}：由更新的程序写成（第 {found} 版，本程序只认到第 {known} 版），没有改动：请装回新版程序，或恢复升级前的备份 / \
         was written by a newer hub (form {found}; this one knows {known}) and is left as it is: \
         install the newer hub again, or restore a backup made before it", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// An older program wrote the database, and this is only to read it.
    #[error(
        "{}：还是旧版程序的格式（第 {found} 版，本程序是第 {known} 版）：请重启服务（hub serve），升级前的数据库会另存一份 / \
         is still as an older hub wrote it (form {found}; this one writes {known}): start the service of this version (hub serve), \
         which keeps a copy and brings it up", path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The one this program writes.
        known: i64,
    },
    /// A migration failed.
    #[error("database migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database refused.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A stored document is not the JSON it should be.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
}
