//! Carries everything from one kind of database into the other, as of one moment.
//! Here because a backup is a file whatever the hub works on, and a hub that grows moves from the file to a server.
//! In: a database with rows, another of the same form without. Out: the same rows in both.
//! Not here: copying a file (copy), what a backup is (runtime).

use std::collections::HashMap;
use std::path::Path;

use futures::TryStreamExt;
use sqlx::AssertSqlSafe;

use crate::db::{self, Builder, Pool, Tx, Value};
use crate::{Error, Result, Store, open};

/// Values bound in one statement.
const VALUES_MAX: usize = 3_000;
/// Columns whose numbers the server gives out, by table.
const COUNTED: [(&str, &str); 5] = [
    ("outbox", "sequence"),
    ("exemption", "exemption_id"),
    ("silence", "silence_id"),
    ("verdict", "verdict_id"),
    ("configuration", "number"),
];

/// Writes everything `server` holds into the new file `path`.
pub(crate) async fn out(server: &Pool, path: &Path) -> Result<()> {
    let (file, reader) = open::new_file(path).await?;
    let mut from = server.begin().await?;
    let mut to = file.begin().await?;
    db::query("PRAGMA defer_foreign_keys = ON")
        .execute(&mut to)
        .await?;
    for table in Table::all(&reader, server).await? {
        table.carry(&mut from, &mut to).await?;
    }
    from.rollback().await?;
    to.commit().await?;
    reader.close().await;
    file.close().await;
    Ok(())
}

/// Writes everything the file holds into `to`, a transaction on a server that holds nothing yet.
async fn into(file: &Pool, server: &Pool, to: &mut Tx) -> Result<()> {
    let mut from = file.begin().await?;
    db::query("SET CONSTRAINTS ALL DEFERRED")
        .execute(&mut *to)
        .await?;
    for table in Table::all(file, server).await? {
        // What opening a database puts there.
        let cleared = format!("DELETE FROM {}", table.name);
        db::query(AssertSqlSafe(cleared)).execute(&mut *to).await?;
        table.carry(&mut from, to).await?;
    }
    for (table, column) in COUNTED {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false) FROM {table}"
        );
        db::query(AssertSqlSafe(next)).execute(&mut *to).await?;
    }
    Ok(from.rollback().await?)
}

impl Store {
    /// Takes everything over from the database `file` of this program's form, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Filled`] when this database holds anything; when it is no server, or one of the two refuses.
    pub async fn take_over(&self, file: &Self) -> Result<()> {
        let mut to = self.begin().await?;
        let held: i64 = db::query_scalar("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM run)")
            .fetch_one(&mut to)
            .await?;
        if held > 0 || !matches!(self.reader, Pool::Postgres(_)) {
            return Err(Error::Filled {
                database: self.database(),
            });
        }
        into(&file.reader, &self.reader, &mut to).await?;
        // The lake lies where this hub has it, not where the other had it.
        db::query("UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'")
            .bind(format!("{}/", self.lake_dir().display()))
            .execute(&mut to)
            .await?;
        Ok(to.commit().await?)
    }
}

struct Table {
    name: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    /// As the file declares it.
    of_file: String,
    /// As the server does.
    of_server: String,
}

impl Table {
    /// The tables of both, in the order in which they name one another.
    async fn all(file: &Pool, server: &Pool) -> Result<Vec<Self>> {
        let names: Vec<String> = db::query_scalar(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_sqlx_migrations'
                 AND substr(name, 1, 7) <> 'sqlite_' ORDER BY rowid",
        )
        .fetch_all(file)
        .await?;
        let kinds: Vec<(String, String, String)> = db::query_as(
            "SELECT table_name::text, column_name::text, udt_name::text FROM information_schema.columns
             WHERE table_schema = current_schema()",
        )
        .fetch_all(server)
        .await?;
        let kinds: HashMap<(String, String), String> = kinds
            .into_iter()
            .map(|(table, column, kind)| ((table, column), kind))
            .collect();
        let mut tables = Vec::new();
        for name in names {
            let columns: Vec<(String, String)> =
                db::query_as("SELECT name, type FROM pragma_table_info(?) ORDER BY cid")
                    .bind(&name)
                    .fetch_all(file)
                    .await?;
            let columns = columns.into_iter().map(|(column, of_file)| {
                let key = (name.clone(), column);
                let of_server = kinds.get(&key).cloned().ok_or_else(|| Error::Unreadable {
                    what: "information_schema.columns",
                    value: format!("{}.{}", key.0, key.1),
                })?;
                Ok(Column {
                    name: key.1,
                    of_file,
                    of_server,
                })
            });
            let columns = columns.collect::<Result<_>>()?;
            tables.push(Self { name, columns });
        }
        Ok(tables)
    }

    async fn carry(&self, from: &mut Tx, to: &mut Tx) -> Result<()> {
        let of_server = matches!(from, Tx::Postgres(_));
        let read: Vec<String> = self.columns.iter().map(|column| column.read(of_server)).collect();
        let read = format!("SELECT {} FROM {}", read.join(", "), self.name);
        let at_once = (VALUES_MAX / self.columns.len().max(1)).max(1);
        let mut rows = db::query(AssertSqlSafe(read)).fetch(from);
        let mut some = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let values = self.columns.iter().enumerate();
            let values = values.map(|(nth, column)| column.value(&row, nth));
            some.push(values.collect::<Result<Vec<Value<'static>>>>()?);
            if some.len() == at_once {
                self.write(std::mem::take(&mut some), to).await?;
            }
        }
        self.write(some, to).await
    }

    async fn write(&self, rows: Vec<Vec<Value<'static>>>, to: &mut Tx) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        let mut query = Builder::new(format!(
            "INSERT INTO {} ({}) VALUES ",
            self.name,
            names.join(", ")
        ));
        for (nth, row) in rows.into_iter().enumerate() {
            query.push(if nth == 0 { "(" } else { "), (" });
            for (nth, (value, column)) in row.into_iter().zip(&self.columns).enumerate() {
                query.push(if nth == 0 { "" } else { ", " });
                query.push_value(value).push(column.cast());
            }
        }
        query.push(")");
        query.build().execute(to).await?;
        Ok(())
    }
}

impl Column {
    /// The words by which it is read.
    fn read(&self, of_server: bool) -> String {
        let name = format!("\"{}\"", self.name);
        match self.of_server.as_str() {
            "bool" if of_server => format!("{name}::int"),
            "uuid" if of_server => format!("{name}::text"),
            "timestamptz" if of_server => {
                format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') || '+00'")
            }
            _ => name,
        }
    }

    /// What is said of it to a server; a file's statement leaves it out.
    fn cast(&self) -> &'static str {
        match self.of_server.as_str() {
            "bool" => "::int::bool",
            "uuid" => "::uuid",
            "timestamptz" => "::timestamptz",
            _ => "",
        }
    }

    fn value(&self, row: &db::Row, nth: usize) -> Result<Value<'static>> {
        Ok(match self.of_file.as_str() {
            "INTEGER" | "BIGINT" => Value::Whole(row.try_get(nth)?),
            "REAL" => Value::Real(row.try_get(nth)?),
            "BLOB" => Value::Blob(row.try_get::<Option<Vec<u8>>, _>(nth)?.map(Into::into)),
            _ => Value::Text(row.try_get::<Option<String>, _>(nth)?.map(Into::into)),
        })
    }
}
