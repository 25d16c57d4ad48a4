//! Many rows in one statement, each value bound by itself; many rows read as one text.
//! Here because a night writes a hundred thousand rows, and taking each of them apart as JSON again costs more than writing it.
//! Reading is the other way about: each value the driver hands over is copied three times and freed by itself.
//! In: statements, rows, how one is bound. Out: rows, in the transaction of the commit; rows of a table, as one reading saw it.
//! Not here: which rows (case_write, outbox, audit).

use futures::TryStreamExt;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::db::{self, Builder, Pool, Tx, Values};
use sqlx::AssertSqlSafe;

/// Values bound in one statement; SQLite's own limit is 32,766.
const VALUES_MAX: usize = 3_000;
/// Rows handed over as one text.
const ROWS_READ: u32 = 5_000;

/// The column `$list`, a JSON list as text, with the bound JSON value as its last.
macro_rules! appended {
    ($list:literal) => {
        concat!(
            "substr(",
            $list,
            ", 1, length(",
            $list,
            ") - 1) || CASE WHEN ",
            $list,
            " = '[]' THEN '' ELSE ',' END || ? || ']'"
        )
    };
}
pub(crate) use appended;

/// Writes `rows`, of `columns` values each: `before`, `VALUES …`, `after`.
pub(crate) async fn insert<'q, T>(
    tx: &mut Tx,
    (before, after): (&'static str, &'static str),
    columns: usize,
    rows: &'q [T],
    bind: impl Fn(&mut Values<'_, 'q>, &'q T),
) -> Result<()> {
    for rows in rows.chunks((VALUES_MAX / columns.max(1)).max(1)) {
        let mut query = Builder::new(before);
        query.push_values(rows, |values, row| bind(values, row));
        query.push(after);
        query.build().execute(&mut *tx).await?;
    }
    Ok(())
}

/// Every row of `table`, each an array of `columns`.
pub(crate) async fn read<T: DeserializeOwned>(
    reader: &Pool,
    table: &'static str,
    columns: &'static str,
) -> Result<Vec<T>> {
    match reader {
        Pool::Sqlite(_) => read_file(reader, table, columns).await,
        Pool::Postgres(_) => {
            let statement = format!("SELECT json_build_array({columns})::text FROM {table}");
            let mut rows = db::query(AssertSqlSafe(statement)).fetch(reader);
            let mut read = Vec::new();
            while let Some(row) = rows.try_next().await? {
                read.push(serde_json::from_str(&row.try_get::<String, _>(0)?)?);
            }
            Ok(read)
        }
    }
}

async fn read_file<T: DeserializeOwned>(reader: &Pool, table: &str, columns: &str) -> Result<Vec<T>> {
    let statement = format!(
        "SELECT max(at), json_group_array(json_array({columns})) FROM
             (SELECT rowid AS at, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?)"
    );
    // One transaction: what is written meanwhile belongs to the next reading.
    let mut tx = reader.begin().await?;
    let (mut read, mut after) = (Vec::new(), i64::MIN);
    loop {
        let rows = db::query_as(AssertSqlSafe(statement.clone()));
        let (last, text): (Option<i64>, String) = rows.bind(after).bind(ROWS_READ).fetch_one(&mut tx).await?;
        let Some(last) = last else { return Ok(read) };
        read.append(&mut serde_json::from_str(&text)?);
        after = last;
    }
}
