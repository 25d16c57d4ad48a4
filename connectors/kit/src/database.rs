//! Databases: a view or a query in PostgreSQL, MySQL (MariaDB too) or SQLite, read in a session that cannot write;
//! and, for the hub's table channels only, two tables that rows are exchanged through (exchange).
//! Here because many departments share a table on a front-end machine and nothing else.
//! In: an address, a password by name, a query. Out: a spool of records, every value as the text the database makes of it.
//! Not here: Oracle, Dameng, KingbaseES (their drivers are not Rust's); what a column means.

mod connect;
mod exchange;
mod exchange_sql;
mod faults;
mod options;
mod sql;

use std::str::FromStr;

use futures::TryStreamExt;
use plugin_api::{Context, Error};
use serde_json::{Map, Value};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Connection, Executor, Row, SqlSafeStr, Statement, TypeInfo,
};

pub use exchange::{EventRow, Exchange, ResultRow};
pub(crate) use exchange::{STREAM, schema};
use faults::said;
pub use options::{Database, Query, select};
use sql::{Kind, plan};

use crate::held::part;
use crate::remote::{Fetch, State};
use crate::spool::Spool;

/// Rows of a page of the spool.
const PAGE_ROWS: usize = 1_000;

/// Fetches a stream from a database.
pub(crate) struct DatabaseFetch {
    database: Database,
    source: String,
    cursor: Option<String>,
    stream: String,
    ctx: Context,
}

impl DatabaseFetch {
    pub(crate) fn new(
        database: &Database,
        query: &Query,
        at: &str,
        stream: &str,
        ctx: &Context,
    ) -> Result<Self, Error> {
        Ok(Self {
            database: database.clone(),
            source: query.check(&format!("{at}.database"))?,
            cursor: query.cursor.clone(),
            stream: stream.to_owned(),
            ctx: ctx.clone(),
        })
    }

    /// Connects and plans the query, reading nothing.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.run(None, true).map(|_| ())
    }

    fn run(&self, after: Option<&str>, plan_only: bool) -> Result<(Spool, Option<String>), Error> {
        let password = self.database.secret(&self.ctx)?;
        let password = password.as_ref().map(|secret| secret.expose());
        let url = &self.database.url;
        let reading = async {
            match Kind::of(url)? {
                Kind::Postgres => {
                    let options = connect::postgres(url, password)?;
                    let connection = PgConnection::connect_with(&options)
                        .await
                        .map_err(|error| said(&error))?;
                    postgres(self, connection, after, plan_only).await
                }
                Kind::MySql => {
                    let options = connect::mysql(url, password)?;
                    let connection = MySqlConnection::connect_with(&options)
                        .await
                        .map_err(|error| said(&error))?;
                    mysql(self, connection, after, plan_only).await
                }
                Kind::Sqlite => {
                    let options = SqliteConnectOptions::from_str(url).map_err(connect::wrong)?;
                    let options = options
                        .read_only(true)
                        .create_if_missing(false)
                        .disable_statement_logging();
                    let connection = SqliteConnection::connect_with(&options)
                        .await
                        .map_err(|error| said(&error))?;
                    sqlite(self, connection, after, plan_only).await
                }
            }
        };
        let read = self.database.in_time(&self.ctx, reading);
        read.map_err(|error: Error| error.while_doing(format!("流 {}", self.stream)))
    }
}

impl Fetch for DatabaseFetch {
    fn parts(&mut self, state: &State) -> Result<Vec<String>, Error> {
        // Later parts of a cursor stand beside the earlier ones; a full reading replaces itself.
        Ok(vec![part(state.cursor.as_ref().map_or(0, |(_, count)| *count))])
    }

    fn fetch(&mut self, _: &str, state: &mut State) -> Result<Spool, Error> {
        let after = state.cursor.as_ref().map(|(cursor, _)| cursor.as_str());
        let (spool, last) = self.run(after, false)?;
        if let Some(last) = last {
            let count = state.cursor.as_ref().map_or(0, |(_, count)| *count);
            state.cursor = Some((last, count + 1));
        }
        Ok(spool)
    }
}

/// The same reading for each driver: their types share no trait that would let one function do.
macro_rules! reader {
    ($name:ident, $connection:ty, $kind:expr) => {
        async fn $name(
            fetch: &DatabaseFetch,
            mut connection: $connection,
            after: Option<&str>,
            plan_only: bool,
        ) -> Result<(Spool, Option<String>), Error> {
            for statement in $kind.session() {
                connection
                    .execute(*statement)
                    .await
                    .map_err(|error| said(&error))?;
            }
            let sql = format!("SELECT * FROM ({}) q", fetch.source);
            let described = connection
                .prepare(AssertSqlSafe(sql).into_sql_str())
                .await
                .map_err(|error| said(&error))?;
            let columns: Vec<(String, String)> = described
                .columns()
                .iter()
                .map(|column| {
                    (
                        column.name().to_owned(),
                        column.type_info().name().to_owned(),
                    )
                })
                .collect();
            let cursor = fetch.cursor.as_deref();
            let plan = plan($kind, &fetch.source, cursor, &columns, after.is_some())?;
            if plan_only {
                return Ok((Spool::new(), None));
            }
            let mut query = sqlx::query(AssertSqlSafe(plan.sql));
            if let Some(after) = after {
                query = query.bind(after.to_owned());
            }
            let mut rows = query.fetch(&mut connection);
            let mut pages = PageWriter::new(&fetch.stream);
            while let Some(row) = rows.try_next().await.map_err(|error| said(&error))? {
                let mut record = Map::new();
                for (index, (name, _)) in columns.iter().enumerate() {
                    if let Some(text) = row
                        .try_get::<Option<String>, _>(index)
                        .map_err(|error| said(&error))?
                    {
                        record.insert(name.clone(), Value::String(text));
                    }
                }
                let cursor = plan.cursor.map(|index| columns[index].0.as_str());
                pages.row(record, cursor, &fetch.ctx)?;
            }
            pages.finish()
        }
    };
}

reader!(postgres, PgConnection, Kind::Postgres);
reader!(mysql, MySqlConnection, Kind::MySql);
reader!(sqlite, SqliteConnection, Kind::Sqlite);

struct PageWriter {
    spool: Spool,
    page: Vec<String>,
    rows: u64,
    last: Option<String>,
    stream: String,
}

impl PageWriter {
    fn new(stream: &str) -> Self {
        Self {
            spool: Spool::new(),
            page: Vec::new(),
            rows: 0,
            last: None,
            stream: stream.to_owned(),
        }
    }

    fn row(&mut self, record: Map<String, Value>, cursor: Option<&str>, ctx: &Context) -> Result<(), Error> {
        if let Some(last) = cursor
            .and_then(|cursor| record.get(cursor))
            .and_then(Value::as_str)
        {
            self.last = Some(last.to_owned());
        }
        self.page.push(Value::Object(record).to_string());
        self.rows += 1;
        if self.page.len() == PAGE_ROWS {
            self.flush()?;
            ctx.progress(self.rows, 0, None);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let page = (self.rows.saturating_sub(1)) / PAGE_ROWS as u64 + 1;
        self.spool.page(
            format!("{}?page={page}#", self.stream),
            self.page.iter().map(String::as_str),
        )?;
        self.page.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(Spool, Option<String>), Error> {
        if !self.page.is_empty() {
            self.flush()?;
        }
        Ok((self.spool, self.last))
    }
}
