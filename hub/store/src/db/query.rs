//! A statement with its values, run on either database.
//! Here because what runs it is all that differs.
//! In: a statement, values, a pool or a transaction. Out: rows; how many rows it changed.
//! Not here: what the statements say.

use std::marker::PhantomData;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::Error;

use super::dialect::{Dialect, Sql};
use super::row::Read;
use super::value::{Bind, Value, for_postgres, for_sqlite};
use super::{FromRow, On, Pool, Row, Tx};

/// A statement with the values bound so far.
pub(crate) struct Query<'q> {
    sql: Sql,
    values: Vec<Value<'q>>,
}

/// A statement whose rows are rows.
pub(crate) fn query<'q>(sql: impl Into<Sql>) -> Query<'q> {
    Query {
        sql: sql.into(),
        values: Vec::new(),
    }
}

/// What a statement changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done(u64);

impl Done {
    pub(crate) const fn rows_affected(self) -> u64 {
        self.0
    }
}

/// Runs `$method` wherever the statement is to run.
macro_rules! run {
    ($query:expr, $on:expr, $method:ident) => {{
        let Query { sql, values } = $query;
        macro_rules! made {
            ($dialect:ident, $arguments:ident) => {
                sqlx::query_with(
                    sql.text(Dialect::$dialect),
                    $arguments(values).map_err(Error::Encode)?,
                )
            };
        }
        match $on.into() {
            On::Pool(Pool::Sqlite(pool)) => Ran::Sqlite(made!(Sqlite, for_sqlite).$method(pool).await?),
            On::Tx(Tx::Sqlite(tx)) => Ran::Sqlite(made!(Sqlite, for_sqlite).$method(&mut **tx).await?),
            On::Pool(Pool::Postgres(pool)) => {
                Ran::Postgres(made!(Postgres, for_postgres).$method(pool).await?)
            }
            On::Tx(Tx::Postgres(tx)) => {
                Ran::Postgres(made!(Postgres, for_postgres).$method(&mut **tx).await?)
            }
        }
    }};
}

/// What came back, and from which.
enum Ran<S, P> {
    Sqlite(S),
    Postgres(P),
}

impl<'q> Query<'q> {
    pub(super) fn with(sql: String, values: Vec<Value<'q>>) -> Self {
        Self {
            sql: Sql::Made(sql),
            values,
        }
    }

    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Bind<'q>) -> Self {
        self.values.push(value.value());
        self
    }

    /// Runs it.
    pub(crate) async fn execute(self, on: impl Into<On<'_>>) -> sqlx::Result<Done> {
        Ok(Done(match run!(self, on, execute) {
            Ran::Sqlite(done) => done.rows_affected(),
            Ran::Postgres(done) => done.rows_affected(),
        }))
    }

    /// Its rows.
    pub(crate) async fn fetch_all(self, on: impl Into<On<'_>>) -> sqlx::Result<Vec<Row>> {
        Ok(match run!(self, on, fetch_all) {
            Ran::Sqlite(rows) => rows.into_iter().map(Row::Sqlite).collect(),
            Ran::Postgres(rows) => rows.into_iter().map(Row::Postgres).collect(),
        })
    }

    /// Its first row, if there is one.
    pub(crate) async fn fetch_optional(self, on: impl Into<On<'_>>) -> sqlx::Result<Option<Row>> {
        Ok(match run!(self, on, fetch_optional) {
            Ran::Sqlite(row) => row.map(Row::Sqlite),
            Ran::Postgres(row) => row.map(Row::Postgres),
        })
    }

    /// Its first row.
    pub(crate) async fn fetch_one(self, on: impl Into<On<'_>>) -> sqlx::Result<Row> {
        self.fetch_optional(on).await?.ok_or(Error::RowNotFound)
    }

    /// Its rows, one after the other.
    pub(crate) fn fetch<'e>(self, on: impl Into<On<'e>>) -> BoxStream<'e, sqlx::Result<Row>> {
        let Self { sql, values } = self;
        // Values that cannot be bound are told with the first row.
        macro_rules! rows {
            ($dialect:ident, $arguments:ident, $on:expr) => {
                match $arguments(values) {
                    Ok(values) => sqlx::query_with(sql.text(Dialect::$dialect), values)
                        .fetch($on)
                        .map_ok(Row::$dialect)
                        .boxed(),
                    Err(error) => stream::iter([Err(Error::Encode(error))]).boxed(),
                }
            };
        }
        match on.into() {
            On::Pool(Pool::Sqlite(pool)) => rows!(Sqlite, for_sqlite, pool),
            On::Tx(Tx::Sqlite(tx)) => rows!(Sqlite, for_sqlite, &mut **tx),
            On::Pool(Pool::Postgres(pool)) => rows!(Postgres, for_postgres, pool),
            On::Tx(Tx::Postgres(tx)) => rows!(Postgres, for_postgres, &mut **tx),
        }
    }
}

/// A statement of whose rows something is made.
pub(crate) struct Mapped<'q, T> {
    query: Query<'q>,
    make: fn(&Row) -> sqlx::Result<T>,
    made: PhantomData<T>,
}

/// A statement of whose rows the first column is wanted.
pub(crate) fn query_scalar<'q, T: Read>(sql: impl Into<Sql>) -> Mapped<'q, T> {
    Mapped {
        query: query(sql),
        make: |row| row.try_get(0),
        made: PhantomData,
    }
}

/// A statement whose rows are wanted as `T`.
pub(crate) fn query_as<'q, T: FromRow>(sql: impl Into<Sql>) -> Mapped<'q, T> {
    Mapped {
        query: query(sql),
        make: T::from_row,
        made: PhantomData,
    }
}

impl<'q, T> Mapped<'q, T> {
    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Bind<'q>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// What its rows make.
    pub(crate) async fn fetch_all(self, on: impl Into<On<'_>>) -> sqlx::Result<Vec<T>> {
        let rows = self.query.fetch_all(on).await?;
        rows.iter().map(self.make).collect()
    }

    /// What its first row makes, if there is one.
    pub(crate) async fn fetch_optional(self, on: impl Into<On<'_>>) -> sqlx::Result<Option<T>> {
        let row = self.query.fetch_optional(on).await?;
        row.as_ref().map(self.make).transpose()
    }

    /// What its first row makes.
    pub(crate) async fn fetch_one(self, on: impl Into<On<'_>>) -> sqlx::Result<T> {
        self.fetch_optional(on).await?.ok_or(Error::RowNotFound)
    }
}
