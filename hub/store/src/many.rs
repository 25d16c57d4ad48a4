//! Many rows read as one text.
//! Here because each value the driver hands over is copied three times and freed by itself.
//! In: a table, its columns. Out: its rows, as one reading saw them.
//! Not here: writing many (db).

use futures::TryStreamExt;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::db::{self, Pool};
use sqlx::AssertSqlSafe;

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
