//! A copy of the database, as of one moment, while others write; and whether a database is sound.
//! Here because a file that is copied while it is written to is no database.
//! In: a path. Out: a new database there; what is wrong with this one.
//! Not here: the lake's files, and what a backup is (runtime).

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::{Result, Store};

/// Writes all that `pool` sees at this moment into the new database `path`.
pub(crate) async fn copy(pool: &SqlitePool, path: &Path) -> Result<()> {
    sqlx::query("VACUUM INTO ?")
        .bind(path.to_string_lossy().into_owned())
        .execute(pool)
        .await?;
    // A copy begins without the log that every reader of ours expects.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let copy = SqliteConnection::connect_with(&options).await?;
    Ok(copy.close().await?)
}

impl Store {
    /// Writes all there is at this moment into the new database `path`. Nobody waits for it.
    ///
    /// # Errors
    /// When there is such a file already, or the disk refuses.
    pub async fn copy_to(&self, path: &Path) -> Result<()> {
        copy(&self.reader, path).await
    }

    /// What is wrong with the database file; `None` when it is sound.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sound(&self) -> Result<Option<String>> {
        let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(&self.reader)
            .await?;
        Ok((said != "ok").then_some(said))
    }
}
