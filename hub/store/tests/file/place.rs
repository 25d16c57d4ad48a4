//! A folder with a file.
//! Here because every test has one of its own.
//! In: nothing. Out: where it is; statements run on it beside the store.
//! Not here: tests.

use std::path::Path;

use hub_store::Home;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Executor};

pub(crate) struct Place(tempfile::TempDir);

impl Place {
    #[expect(clippy::unused_async, reason = "a server takes its time")]
    pub(crate) async fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn home(&self) -> Home {
        Home::from(self.0.path())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    async fn raw(&self) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(self.path().join("hub.db"));
        SqlitePool::connect_with(options.foreign_keys(true))
            .await
            .unwrap()
    }

    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) {
        let raw = self.raw().await;
        raw.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
            .await
            .unwrap();
        raw.close().await;
    }

    /// The first column of what a statement answers.
    pub(crate) async fn list(&self, sql: &'static str) -> Vec<String> {
        let raw = self.raw().await;
        let list = sqlx::query_scalar(sql).fetch_all(&raw).await.unwrap();
        raw.close().await;
        list
    }

    /// Every row that is named is there.
    pub(crate) async fn fits(&self) {
        let raw = self.raw().await;
        let broken = sqlx::query("PRAGMA foreign_key_check")
            .fetch_all(&raw)
            .await
            .unwrap();
        assert!(broken.is_empty());
        raw.close().await;
    }
}
