//! Opens the database with the settings that keep its promises.
//! Here because every connection must have them: WAL, FULL sync, one writer, secure delete.
//! In: the data directory and what access is wanted. Out: a `Store`.
//! Not here: what is in the tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, Transaction};

use crate::{Error, Result, catalogue, form};

const READERS_MAX: u32 = 4;
const WRITERS: u32 = 1;
/// Pages the writer holds, KiB. Rows go into indexes of ids that chance has made: what does not fit is read and written
/// over and over.
const WRITER_CACHE_KIB: u32 = 65_536;
/// Rows read ahead of whoever takes them.
const ROWS_AHEAD: usize = 1_024;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing; the caller holds the [`crate::Lease`].
    Write,
    /// Reading only, also while another process writes.
    Read,
    /// The same, of an older program's database too: whether it is sound, its audit log, which files it names. Nothing else in it
    /// need be as this program knows it.
    Inspect,
}

/// The control store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
    data_dir: PathBuf,
    commits: Arc<AtomicU64>,
}

impl Store {
    /// Opens `<data_dir>/hub.db`; with [`Access::Write`] creates and migrates it.
    ///
    /// # Errors
    /// [`Error::Missing`] when reading what was never made; [`Error::Newer`] when a newer program wrote it; [`Error::Older`] when
    /// reading more than [`Access::Inspect`] allows of what an older one wrote; with [`Access::Write`] that is copied and brought up.
    pub async fn open(data_dir: &Path, access: Access) -> Result<Self> {
        let path = data_dir.join("hub.db");
        if access != Access::Write && !path.exists() {
            return Err(Error::Missing { path });
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("temp_store", "MEMORY")
            .row_buffer_size(ROWS_AHEAD);
        let reading = options.clone().read_only(true);
        let readers = SqlitePoolOptions::new().max_connections(READERS_MAX);
        if access != Access::Write {
            let reader = readers.connect_with(reading).await?;
            form::check(&reader, &path, access).await?;
            return Ok(Self {
                writer: reader.clone(),
                reader,
                data_dir: data_dir.to_owned(),
                commits: Arc::default(),
            });
        }
        let writing = options
            .create_if_missing(true)
            // Holds from a database's creation, or its next `VACUUM`, on.
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"));
        let writer = SqlitePoolOptions::new()
            .max_connections(WRITERS)
            // A full disk ends a transaction behind the driver's back, which then begins no other: such a connection is done.
            .before_acquire(|connection, _| {
                let sound = !connection.is_in_transaction();
                Box::pin(async move { Ok(sound) })
            })
            .connect_with(writing)
            .await?;
        refuse_old_sqlite(&writer).await?;
        form::bring_up(&writer, &path).await?;
        let store = Self {
            reader: readers.connect_with(reading).await?,
            writer,
            data_dir: data_dir.to_owned(),
            commits: Arc::default(),
        };
        let mut tx = store.begin().await?;
        catalogue::initialise(&mut tx, &store.lake_dir()).await?;
        tx.commit().await?;
        store.adopt_divisions().await?;
        Ok(store)
    }

    /// The folder the lake's files live in.
    #[must_use]
    pub fn lake_dir(&self) -> PathBuf {
        self.data_dir.join("lake")
    }

    /// Rises when a commit begins and when it ends. While it stays, no warning and no case changes: the holder of the lease
    /// is the only one who writes.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Counts a commit that begins or ends.
    pub(crate) fn count_commit(&self) {
        self.commits.fetch_add(1, Ordering::AcqRel);
    }

    /// Begins a write. Immediate: a deferred one loses against a concurrent writer after it has read.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Whether somebody of ours writes right now.
    pub(crate) fn is_written(&self) -> bool {
        self.writer.num_idle() == 0 && self.writer.size() >= WRITERS
    }

    /// Writes what is still in the log into the database and closes it.
    pub async fn close(self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

async fn refuse_old_sqlite(pool: &SqlitePool) -> Result<()> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(pool)
        .await?;
    let mut parts = found.split('.').map(|part| part.parse().unwrap_or(0));
    let version = (
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    );
    if version < SQLITE_MIN {
        Err(Error::OldSqlite { found })
    } else {
        Ok(())
    }
}
