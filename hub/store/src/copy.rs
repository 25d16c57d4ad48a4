//! A copy of the database, as of one moment, while others write; and whether a database is sound.
//! Here because a file that is copied while it is written to is no database.
//! In: a path. Out: a new database there; what is wrong with this one.
//! Not here: the lake's files, and what a backup is (runtime).

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::db::{self, Pool};
use crate::{Result, Store, carry};

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
        match &self.reader {
            Pool::Sqlite(pool) => copy(pool, path).await,
            Pool::Postgres(_) => carry::out(&self.reader, path).await,
        }
    }

    /// What is wrong with the database file; `None` when it is sound.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sound(&self) -> Result<Option<String>> {
        let asked = match self.reader {
            Pool::Sqlite(_) => "PRAGMA integrity_check(1)",
            // A server looks after its files itself.
            Pool::Postgres(_) => "SELECT 'ok'",
        };
        let said: String = db::query_scalar(asked).fetch_one(&self.reader).await?;
        Ok((said != "ok").then_some(said))
    }
}
