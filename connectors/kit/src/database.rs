//! Databases: a view or a query in PostgreSQL, MySQL (MariaDB too) or SQLite, read in a session that cannot write.
//! Here because many departments share a table on a front-end machine and nothing else.
//! In: an address, a password by name, a query. Out: a spool of records, every value as the text the database makes of it.
//! Not here: Oracle, Dameng, KingbaseES (their drivers are not Rust's); what a column means.

mod options;

use std::str::FromStr;
use std::time::Duration;

use futures::TryStreamExt;
use plugin_api::{Context, Error};
use serde_json::{Map, Value};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Connection, Executor, Row, SqlSafeStr, Statement, TypeInfo,
};

pub use options::{Database, Query};

use crate::http::fetch::WHOLE;
use crate::remote::{Fetch, State};
use crate::spool::Spool;

/// Rows of a page of the spool.
const PAGE_ROWS: usize = 1_000;
/// Most columns of a query.
const COLUMNS_MAX: usize = 2_000;

/// The kinds of database, by the scheme of their URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Postgres,
    MySql,
    Sqlite,
}

impl Kind {
    fn of(url: &str) -> Result<Self, Error> {
        match url.split(':').next() {
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            Some("mysql" | "mariadb") => Ok(Self::MySql),
            Some("sqlite") => Ok(Self::Sqlite),
            _ => Err(Error::config(
                "database.url 应以 postgres://、mysql:// 或 sqlite: 开头",
            )),
        }
    }

    fn quoted(self, name: &str) -> String {
        match self {
            Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::Postgres | Self::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// What makes the session one that cannot write, and its reading one moment's.
    const fn read_only(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"],
            Self::MySql => &[
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION READ ONLY",
            ],
            Self::Sqlite => &["PRAGMA query_only = ON", "BEGIN"],
        }
    }
}

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
        stream: &str,
        ctx: &Context,
    ) -> Result<Self, Error> {
        Kind::of(&database.url)?;
        Ok(Self {
            database: database.clone(),
            source: query.check(stream)?,
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
        let password = self
            .database
            .password
            .as_ref()
            .map(|name| self.ctx.secret(name))
            .transpose()?;
        let password = password.as_ref().map(|secret| secret.expose());
        let url = &self.database.url;
        let wrong = |_| Error::config("database.url 无法识别，应形如 postgres://用户@主机:端口/库");
        let reading = async {
            match Kind::of(url)? {
                Kind::Postgres => {
                    let mut options = PgConnectOptions::from_str(url)
                        .map_err(wrong)?
                        .disable_statement_logging();
                    if let Some(password) = password {
                        options = options.password(password);
                    }
                    let connection = PgConnection::connect_with(&options)
                        .await
                        .map_err(|error| said(&error))?;
                    postgres(self, connection, after, plan_only).await
                }
                Kind::MySql => {
                    let mut options = MySqlConnectOptions::from_str(url)
                        .map_err(wrong)?
                        .disable_statement_logging();
                    if let Some(password) = password {
                        options = options.password(password);
                    }
                    let connection = MySqlConnection::connect_with(&options)
                        .await
                        .map_err(|error| said(&error))?;
                    mysql(self, connection, after, plan_only).await
                }
                Kind::Sqlite => {
                    let options = SqliteConnectOptions::from_str(url).map_err(wrong)?;
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
        let deadline = Duration::from_secs(self.database.total_seconds.max(1));
        let bounded = async {
            tokio::time::timeout(deadline, reading).await.unwrap_or_else(|_| {
                Err(Error::transient(format!(
                    "查询超过 {} 秒未完成",
                    deadline.as_secs()
                )))
            })
        };
        self.ctx
            .block_on(bounded)?
            .map_err(|error: Error| error.while_doing(format!("流 {}", self.stream)))
    }
}

impl Fetch for DatabaseFetch {
    fn parts(&mut self, state: &State) -> Result<Vec<String>, Error> {
        // Later parts of a cursor stand beside the earlier ones; a full reading replaces itself.
        let count = state.cursor.as_ref().map_or(0, |(_, count)| *count);
        Ok(vec![if count == 0 {
            WHOLE.to_owned()
        } else {
            format!("more-{count:06}")
        }])
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
    ($name:ident, $connection:ty, $kind:expr, $cursor:expr) => {
        async fn $name(
            fetch: &DatabaseFetch,
            mut connection: $connection,
            after: Option<&str>,
            plan_only: bool,
        ) -> Result<(Spool, Option<String>), Error> {
            for statement in $kind.read_only() {
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
            let plan = plan(fetch, $kind, &columns, after.is_some(), $cursor)?;
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

reader!(postgres, PgConnection, Kind::Postgres, |kind: &str| format!(
    "CAST($1 AS {kind})"
));
reader!(mysql, MySqlConnection, Kind::MySql, |_: &str| "?".to_owned());
reader!(sqlite, SqliteConnection, Kind::Sqlite, |_: &str| "?".to_owned());

struct Plan {
    sql: String,
    cursor: Option<usize>,
}

/// Every column as text, by the database's own cast; rows after the cursor, in its order.
fn plan(
    fetch: &DatabaseFetch,
    kind: Kind,
    columns: &[(String, String)],
    goes_on: bool,
    parameter: impl Fn(&str) -> String,
) -> Result<Plan, Error> {
    if columns.is_empty() || columns.len() > COLUMNS_MAX {
        return Err(Error::schema(format!("查询应有 1 到 {COLUMNS_MAX} 列")));
    }
    let text = if kind == Kind::MySql { "CHAR" } else { "TEXT" };
    let list: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("CAST(q.{} AS {text})", kind.quoted(name)))
        .collect();
    let mut sql = format!("SELECT {} FROM ({}) q", list.join(", "), fetch.source);
    let mut cursor = None;
    if let Some(name) = &fetch.cursor {
        let index = columns
            .iter()
            .position(|(column, _)| column == name)
            .ok_or_else(|| {
                Error::config(format!(
                    "游标列“{name}”不在查询结果中，现有列：{}",
                    names(columns)
                ))
            })?;
        let quoted = kind.quoted(name);
        if goes_on {
            sql.push_str(&format!(" WHERE q.{quoted} > {}", parameter(&columns[index].1)));
        }
        sql.push_str(&format!(" ORDER BY q.{quoted}"));
        cursor = Some(index);
    }
    Ok(Plan { sql, cursor })
}

fn names(columns: &[(String, String)]) -> String {
    columns
        .iter()
        .take(50)
        .map(|(name, _)| name.as_str())
        .collect::<Vec<_>>()
        .join("、")
}

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

/// Category, cause and what to do; the server's own words may quote a value.
fn said(error: &sqlx::Error) -> Error {
    if let sqlx::Error::Database(error) = error {
        let code = error.code().unwrap_or_default().into_owned();
        return match code.as_str() {
            "28P01" | "28000" => Error::auth(format!("数据库拒绝了用户名或口令（{code}），请核对")),
            "42501" => Error::permission(format!("数据库用户没有读取权限（{code}），请对方授权")),
            "42P01" | "3D000" | "42S02" => {
                Error::not_found(format!("库、表或视图不存在（{code}），请核对名称"))
            }
            "42703" | "42601" | "42S22" | "42000" => {
                Error::config(format!("查询语句有误（{code}），请核对列名与语法"))
            }
            "25006" => Error::permission(format!("查询试图写入，已被只读会话拒绝（{code}）")),
            "57014" | "53300" | "57P03" | "08004" => {
                Error::transient(format!("数据库繁忙（{code}），稍后再试"))
            }
            _ => Error::data(format!("数据库报告错误（{code}），请核对查询语句")),
        };
    }
    #[allow(clippy::wildcard_enum_match_arm, reason = "the list of errors is open")]
    match error {
        sqlx::Error::Tls(_) => Error::auth("与数据库的安全连接无法建立，请核对证书"),
        sqlx::Error::Configuration(_) => Error::config("数据库地址无法识别"),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => {
            Error::transient("无法连接数据库或连接中断，请检查主机、端口与网络")
        }
        _ => Error::data("数据库的应答无法识别，请核对查询语句"),
    }
}
