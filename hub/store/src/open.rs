//! Opens the database with the settings that keep its promises.
//! Here because every connection must have them: WAL, FULL sync, one writer, secure delete.
//! In: the data directory and what access is wanted. Out: a `Store`.
//! Not here: what is in the tables.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::{Error, Result, catalogue};

const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing; the caller holds the [`crate::Lease`].
    Write,
    /// Reading only, also while another process writes.
    Read,
}

/// The control store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
    data_dir: PathBuf,
}

impl Store {
    /// Opens `<data_dir>/hub.db`; with [`Access::Write`] creates and migrates it.
    ///
    /// # Errors
    /// [`Error::Missing`] when reading what was never made; [`Error::Migrate`] when it is newer than this binary.
    pub async fn open(data_dir: &Path, access: Access) -> Result<Self> {
        let path = data_dir.join("hub.db");
        if access == Access::Read && !path.exists() {
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
            .pragma("temp_store", "MEMORY");
        let reading = options.clone().read_only(true);
        let readers = SqlitePoolOptions::new().max_connections(READERS_MAX);
        if access == Access::Read {
            let reader = readers.connect_with(reading).await?;
            return Ok(Self {
                writer: reader.clone(),
                reader,
                data_dir: data_dir.to_owned(),
            });
        }
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.create_if_missing(true))
            .await?;
        refuse_old_sqlite(&writer).await?;
        sqlx::migrate!("./migrations").run(&writer).await?;
        let store = Self {
            reader: readers.connect_with(reading).await?,
            writer,
            data_dir: data_dir.to_owned(),
        };
        let mut tx = store.begin().await?;
        catalogue::initialise(&mut tx, &store.lake_dir()).await?;
        tx.commit().await?;
        Ok(store)
    }

    /// The folder the lake's files live in.
    #[must_use]
    pub fn lake_dir(&self) -> PathBuf {
        self.data_dir.join("lake")
    }

    /// Begins a write. Immediate: a deferred one loses against a concurrent writer after it has read.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
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
