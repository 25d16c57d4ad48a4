//! SQLite: WAL, FULL sync, one writer, secure delete.
//! Here because every connection must have these settings.
//! In: the file. Out: connections that write and such that read; a file of an older form was copied and brought up.
//! Not here: what is in it.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use super::{READERS_MAX, WRITERS};
use crate::db::Pool;
use crate::{Error, Result, form};

/// Pages the writer holds, KiB. Rows go into indexes of ids that chance has made: what does not fit is read and written
/// over and over.
const WRITER_CACHE_KIB: u32 = 65_536;
/// Rows read ahead of whoever takes them.
const ROWS_AHEAD: usize = 1_024;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("temp_store", "MEMORY")
        .row_buffer_size(ROWS_AHEAD)
}

async fn readers(path: &Path) -> Result<Pool> {
    let pool = SqlitePoolOptions::new().max_connections(READERS_MAX);
    Ok(Pool::Sqlite(
        pool.connect_with(options(path).read_only(true)).await?,
    ))
}

/// Connections that read, twice.
pub(super) async fn reading(path: &Path) -> Result<(Pool, Pool)> {
    if !path.exists() {
        return Err(Error::Missing {
            path: path.to_owned(),
        });
    }
    let reader = readers(path).await?;
    Ok((reader.clone(), reader))
}

/// Connections that write and such that read.
pub(super) async fn writing(path: &Path) -> Result<(Pool, Pool)> {
    let options = options(path)
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
        .connect_with(options)
        .await?;
    refuse_old(&writer).await?;
    form::bring_up_file(&writer, path).await?;
    Ok((Pool::Sqlite(writer), readers(path).await?))
}

async fn refuse_old(pool: &SqlitePool) -> Result<()> {
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
