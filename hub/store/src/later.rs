//! What a large commit leaves in SQLite's log is carried into the database behind it.
//! Here because a night's findings are hundreds of megabytes: written twice, synced twice, while everybody waits for the commit.
//! In: a commit. Out: the same commit, and a checkpoint on a connection of its own, which keeps nobody from reading or writing.
//! Not here: small writes, which SQLite carries by itself every thousand pages; what is written.

use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::Result;
use crate::db::Pool;

/// SQLite's own: pages in the log after which it carries them.
const PAGES: u32 = 1_000;
/// The same during a large write, a gigabyte: what is more, and what a write that was broken off leaves behind, is carried all the same.
const PAGES_LARGE: u32 = 262_144;

/// A checkpoint that may be under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Later(Arc<Mutex<JoinSet<()>>>);

impl Later {
    /// Does `work`, a large write through `writer`, and has what it leaves in the log carried afterwards.
    pub(crate) async fn after<T>(&self, writer: &Pool, work: impl Future<Output = Result<T>>) -> Result<T> {
        let Pool::Sqlite(writer) = writer else {
            return work.await;
        };
        self.done().await;
        carry_after(writer, PAGES_LARGE).await?;
        let done = work.await;
        // What is done is done, whatever becomes of this: a connection that cannot do it cannot write either, and goes.
        let _ = carry_after(writer, PAGES).await;
        let options = SqliteConnectOptions::clone(&writer.connect_options());
        self.0.lock().await.spawn(async move {
            // What keeps it from that keeps the next write from it too, which tells; the log is whole meanwhile.
            let _ = carry(&options).await;
        });
        done
    }

    /// Waits for what is under way.
    pub(crate) async fn done(&self) {
        let mut tasks = self.0.lock().await;
        // One that panicked carried nothing; the log is whole without it.
        while tasks.join_next().await.is_some() {}
    }
}

/// Has the connection that writes carry the log when it is this long.
async fn carry_after(writer: &SqlitePool, pages: u32) -> Result<()> {
    let pragma = format!("PRAGMA wal_autocheckpoint = {pages}");
    sqlx::query(sqlx::AssertSqlSafe(pragma)).fetch_all(writer).await?;
    Ok(())
}

async fn carry(options: &SqliteConnectOptions) -> sqlx::Result<()> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_all(&mut connection)
        .await?;
    connection.close().await
}
