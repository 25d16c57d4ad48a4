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
    /// A migration failed or the database is newer than this binary.
    #[error("database migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database refused.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A stored document is not the JSON it should be.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
}
