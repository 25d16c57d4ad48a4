//! The database underneath: SQLite or PostgreSQL, one statement for both.
//! Here because the rest of this crate says once what it wants, and both databases must do the same.
//! In: statements with `?` or `?1` for values, PostgreSQL's `::type` where it needs to be told. Out: rows.
//! Not here: which of the two is used (open), their tables (migrations).

mod builder;
mod dialect;
mod query;
mod row;
mod rows;
mod value;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub(crate) use builder::Builder;
pub(crate) use query::{Query, query, query_as, query_scalar};
pub(crate) use row::{FromRow, Row, from_row};
pub(crate) use rows::insert;
pub(crate) use value::Value;

/// Connections to the database.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    /// A file.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// What is done whole or not at all.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Where a statement runs.
pub(crate) enum On<'e> {
    Pool(&'e Pool),
    Tx(&'e mut Tx),
}

impl<'e> From<&'e Pool> for On<'e> {
    fn from(pool: &'e Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'e> From<&'e mut Tx> for On<'e> {
    fn from(tx: &'e mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl Pool {
    /// Begins reading: everything that is read by it is of one moment.
    pub(crate) async fn begin(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?)
            }
        })
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether somebody of ours has all of them.
    pub(crate) fn is_taken(&self, most: u32) -> bool {
        match self {
            Self::Sqlite(pool) => pool.num_idle() == 0 && pool.size() >= most,
            Self::Postgres(pool) => pool.num_idle() == 0 && pool.size() >= most,
        }
    }
}

impl Tx {
    /// Makes it true.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Leaves everything as it was.
    pub(crate) async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }

    /// A transaction of the connection that `pool` has only one of.
    pub(crate) async fn immediate(pool: &SqlitePool) -> sqlx::Result<Self> {
        Ok(Self::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?))
    }
}
