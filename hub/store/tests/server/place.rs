//! A folder with a database on the server.
//! Here because every test has one of its own.
//! In: the server. Out: where it is; statements run on it beside the store.
//! Not here: starting the server (postgres), tests.

use std::sync::atomic::{AtomicU32, Ordering};

use hub_store::{Home, Server};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::postgres::server;

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Place {
    dir: tempfile::TempDir,
    pub(crate) url: String,
}

impl Place {
    /// # Panics
    /// When no server is installed.
    pub(crate) async fn new() -> Self {
        let server = server().expect("PostgreSQL, Debian's package postgresql");
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        connection.execute(AssertSqlSafe(create)).await.unwrap();
        connection.close().await.unwrap();
        Self {
            dir: tempfile::tempdir().unwrap(),
            url: server.url(&name),
        }
    }

    pub(crate) fn home(&self) -> Home {
        let mut home = Home::from(self.dir.path());
        home.server = Some(Server::parse(&self.url).unwrap());
        home
    }

    async fn raw(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) {
        let mut raw = self.raw().await;
        raw.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
            .await
            .unwrap();
    }

    /// The first column of what a statement answers.
    pub(crate) async fn list(&self, sql: &'static str) -> Vec<String> {
        let mut raw = self.raw().await;
        sqlx::query_scalar(sql).fetch_all(&mut raw).await.unwrap()
    }

    /// Every row that is named is there: the server sees to it, but for what is written by the hundred thousand.
    pub(crate) async fn fits(&self) {
        for lost in [
            "SELECT w.fingerprint FROM warning w LEFT JOIN cases c USING (case_id) WHERE c.case_id IS NULL",
            "SELECT e.fingerprint FROM evidence e LEFT JOIN warning w USING (fingerprint) WHERE w.fingerprint IS NULL",
            "SELECT d.sequence::text FROM delivery d LEFT JOIN outbox o USING (sequence) WHERE o.sequence IS NULL",
        ] {
            assert_eq!(self.list(lost).await, Vec::<String>::new(), "{lost}");
        }
    }
}
