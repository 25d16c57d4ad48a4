//! The lake's catalogue: DuckLake 1.0 tables inside the control database.
//! Here because a file becomes visible in the same transaction that moves the cursor and opens the warnings.
//! In: files already written and synced. Out: rows of the `ducklake_*` tables.
//! Not here: Parquet, and which rows a file holds.

use std::collections::BTreeMap;
use std::path::Path;

use hub_model::tables::{self, History};
use hub_model::{NewFile, RunId, Schema};
use sqlx::{Sqlite, Transaction};

use crate::Result;

const MAIN_SCHEMA: i64 = 0;
const LANDING_SCHEMA: i64 = 1;

type Tx<'a> = Transaction<'a, Sqlite>;

/// Writes the catalogue's first snapshot when there is none.
pub(crate) async fn initialise(tx: &mut Tx<'_>, lake_dir: &Path) -> Result<()> {
    let known: i64 = sqlx::query_scalar("SELECT count(*) FROM ducklake_snapshot")
        .fetch_one(&mut **tx)
        .await?;
    if known > 0 {
        return Ok(());
    }
    let data_path = format!("{}/", lake_dir.display());
    for (key, value) in [
        ("version", "1.0"),
        ("created_by", concat!("hub ", env!("CARGO_PKG_VERSION"))),
        ("data_path", &data_path),
        ("encrypted", "false"),
    ] {
        sqlx::query("INSERT INTO ducklake_metadata (key, value) VALUES (?, ?)")
            .bind(key)
            .bind(value)
            .execute(&mut **tx)
            .await?;
    }
    for (id, schema) in [(MAIN_SCHEMA, Schema::Main), (LANDING_SCHEMA, Schema::Landing)] {
        sqlx::query(
            "INSERT INTO ducklake_schema (schema_id, schema_uuid, begin_snapshot, schema_name, path, path_is_relative)
             VALUES (?, ?, 0, ?, ?, 1)",
        )
        .bind(id)
        .bind(uuid_of(schema.as_str()))
        .bind(schema.as_str())
        .bind(format!("{}/", schema.as_str()))
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query("INSERT INTO ducklake_snapshot VALUES (0, strftime('%Y-%m-%d %H:%M:%f+00', 'now'), 0, 2, 0)")
        .execute(&mut **tx)
        .await?;
    sqlx::query(r#"INSERT INTO ducklake_snapshot_changes (snapshot_id, changes_made) VALUES (0, 'created_schema:"main"')"#)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A name-based UUID (version 8): the catalogue wants one, and equal names may have equal ones.
fn uuid_of(name: &str) -> String {
    use sha2::{Digest, Sha256};
    let hex = hex::encode(Sha256::digest(name.as_bytes()));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// The snapshot being written.
struct Snapshot {
    id: i64,
    schema_version: i64,
    next_catalog_id: i64,
    next_file_id: i64,
    changes: Vec<String>,
}

/// Adds `files` in one new snapshot and ends the files they supersede. Returns the snapshot's id.
pub(crate) async fn add_files(
    tx: &mut Tx<'_>,
    files: &[(RunId, NewFile)],
    at_ms: i64,
) -> Result<Option<i64>> {
    if files.is_empty() {
        return Ok(None);
    }
    let (id, schema_version, next_catalog_id, next_file_id): (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT snapshot_id, schema_version, next_catalog_id, next_file_id FROM ducklake_snapshot
         ORDER BY snapshot_id DESC LIMIT 1",
    )
    .fetch_one(&mut **tx)
    .await?;
    let mut snapshot = Snapshot {
        id: id + 1,
        schema_version,
        next_catalog_id,
        next_file_id,
        changes: Vec::new(),
    };
    let mut by_table: BTreeMap<(Schema, &str), Vec<&(RunId, NewFile)>> = BTreeMap::new();
    for file in files {
        by_table
            .entry((file.1.schema, &file.1.table))
            .or_default()
            .push(file);
    }
    for ((schema, table), files) in by_table {
        let table_id = ensure_table(tx, &mut snapshot, schema, table, &files).await?;
        let ended = supersede(tx, &snapshot, schema, table, &files).await?;
        for (run, file) in &files {
            insert_file(tx, &mut snapshot, table_id, *run, file).await?;
        }
        end_outdated(tx, &snapshot, schema, table).await?;
        snapshot.changes.push(format!("inserted_into_table:{table_id}"));
        if ended > 0 {
            snapshot.changes.push(format!("deleted_from_table:{table_id}"));
        }
    }
    sqlx::query("INSERT INTO ducklake_snapshot VALUES (?, strftime('%Y-%m-%d %H:%M:%f+00', ? / 1000.0, 'unixepoch'), ?, ?, ?)")
        .bind(snapshot.id)
        .bind(at_ms)
        .bind(snapshot.schema_version)
        .bind(snapshot.next_catalog_id)
        .bind(snapshot.next_file_id)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO ducklake_snapshot_changes (snapshot_id, changes_made, author) VALUES (?, ?, 'hub')",
    )
    .bind(snapshot.id)
    .bind(snapshot.changes.join(","))
    .execute(&mut **tx)
    .await?;
    Ok(Some(snapshot.id))
}

/// The id of `table`, made now when unknown, and made anew when its columns are others than before.
async fn ensure_table(
    tx: &mut Tx<'_>,
    snapshot: &mut Snapshot,
    schema: Schema,
    table: &str,
    files: &[&(RunId, NewFile)],
) -> Result<i64> {
    let schema_id = if schema == Schema::Main {
        MAIN_SCHEMA
    } else {
        LANDING_SCHEMA
    };
    let columns: Vec<(String, String)> = files
        .first()
        .map(|(_, file)| {
            file.columns
                .iter()
                .map(|(n, t)| (n.clone(), (*t).to_owned()))
                .collect()
        })
        .unwrap_or_default();
    let known: Option<i64> = sqlx::query_scalar(
        "SELECT table_id FROM ducklake_table WHERE schema_id = ? AND table_name = ? AND end_snapshot IS NULL",
    )
    .bind(schema_id)
    .bind(table)
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(table_id) = known {
        let present: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name, column_type FROM ducklake_column WHERE table_id = ? AND end_snapshot IS NULL ORDER BY column_order",
        )
        .bind(table_id)
        .fetch_all(&mut **tx)
        .await?;
        if present == columns {
            return Ok(table_id);
        }
        drop_table(tx, snapshot, table_id).await?;
    }
    let table_id = snapshot.next_catalog_id;
    snapshot.next_catalog_id += 1;
    snapshot.schema_version += 1;
    sqlx::query(
        "INSERT INTO ducklake_table (table_id, table_uuid, begin_snapshot, schema_id, table_name, path, path_is_relative)
         VALUES (?, ?, ?, ?, ?, ?, 1)",
    )
    .bind(table_id)
    .bind(uuid_of(&format!("{}.{table}.{table_id}", schema.as_str())))
    .bind(snapshot.id)
    .bind(schema_id)
    .bind(table)
    .bind(format!("{table}/"))
    .execute(&mut **tx)
    .await?;
    for ((name, kind), order) in columns.iter().zip(1_i64..) {
        sqlx::query(
            "INSERT INTO ducklake_column (column_id, begin_snapshot, table_id, column_order, column_name, column_type,
             default_value, nulls_allowed, default_value_type, default_value_dialect)
             VALUES (?, ?, ?, ?, ?, ?, 'NULL', 1, 'literal', 'duckdb')",
        )
        .bind(order)
        .bind(snapshot.id)
        .bind(table_id)
        .bind(order)
        .bind(name)
        .bind(kind)
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query("INSERT INTO ducklake_schema_versions VALUES (?, ?, ?)")
        .bind(snapshot.id)
        .bind(snapshot.schema_version)
        .bind(table_id)
        .execute(&mut **tx)
        .await?;
    sqlx::query("INSERT INTO ducklake_table_stats VALUES (?, 0, 0, 0)")
        .bind(table_id)
        .execute(&mut **tx)
        .await?;
    snapshot
        .changes
        .push(format!(r#"created_table:"{}"."{table}""#, schema.as_str()));
    Ok(table_id)
}

async fn drop_table(tx: &mut Tx<'_>, snapshot: &mut Snapshot, table_id: i64) -> Result<()> {
    for sql in [
        "UPDATE ducklake_table SET end_snapshot = ? WHERE table_id = ? AND end_snapshot IS NULL",
        "UPDATE ducklake_column SET end_snapshot = ? WHERE table_id = ? AND end_snapshot IS NULL",
        "UPDATE ducklake_data_file SET end_snapshot = ? WHERE table_id = ? AND end_snapshot IS NULL",
    ] {
        sqlx::query(sql)
            .bind(snapshot.id)
            .bind(table_id)
            .execute(&mut **tx)
            .await?;
    }
    snapshot.changes.push(format!("dropped_table:{table_id}"));
    Ok(())
}

/// Ends the earlier files of the same stream and part. Returns how many.
async fn supersede(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    schema: Schema,
    table: &str,
    files: &[&(RunId, NewFile)],
) -> Result<u64> {
    if history(schema, table) == History::EachRun {
        return Ok(0);
    }
    let parts: Vec<_> = files
        .iter()
        .map(|(_, f)| (&f.stream.connector, &f.stream.stream, &f.part))
        .collect();
    let ended = sqlx::query(
        "UPDATE ducklake_data_file SET end_snapshot = ? WHERE end_snapshot IS NULL AND data_file_id IN (
             SELECT data_file_id FROM lake_file JOIN (SELECT DISTINCT value->>0 AS c, value->>1 AS s, value->>2 AS p FROM json_each(?))
             ON connector = c AND stream = s AND part = p WHERE schema_name = ? AND table_name = ?)",
    )
    .bind(snapshot.id)
    .bind(serde_json::to_string(&parts)?)
    .bind(schema.as_str())
    .bind(table)
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected())
}

/// For a table that pictures the present: ends every file that is not of its stream's latest part, also one
/// just added, when an older month arrives after a newer.
async fn end_outdated(tx: &mut Tx<'_>, snapshot: &Snapshot, schema: Schema, table: &str) -> Result<()> {
    if history(schema, table) != History::Latest {
        return Ok(());
    }
    sqlx::query(
        "UPDATE ducklake_data_file SET end_snapshot = ?1 WHERE end_snapshot IS NULL AND data_file_id IN (
             SELECT data_file_id FROM (
                 SELECT f.data_file_id, f.part, max(f.part) OVER (PARTITION BY f.connector, f.stream) AS latest
                 FROM lake_file f JOIN ducklake_data_file d USING (data_file_id)
                 WHERE f.schema_name = ?2 AND f.table_name = ?3 AND d.end_snapshot IS NULL)
             WHERE part < latest)",
    )
    .bind(snapshot.id)
    .bind(schema.as_str())
    .bind(table)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn history(schema: Schema, table: &str) -> History {
    match schema {
        Schema::Landing => History::EachPart,
        Schema::Main => tables::find(table).map_or(History::EachPart, |table| table.history),
    }
}

async fn insert_file(
    tx: &mut Tx<'_>,
    snapshot: &mut Snapshot,
    table_id: i64,
    run: RunId,
    file: &NewFile,
) -> Result<()> {
    let data_file_id = snapshot.next_file_id;
    snapshot.next_file_id += 1;
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let [rows, bytes, footer] =
        [file.rows, file.bytes, file.footer_bytes].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    sqlx::query(
        "INSERT INTO ducklake_data_file (data_file_id, table_id, begin_snapshot, path, path_is_relative, file_format,
             record_count, file_size_bytes, footer_size, row_id_start)
         SELECT ?, ?, ?, ?, 1, 'parquet', ?, ?, ?, next_row_id FROM ducklake_table_stats WHERE table_id = ?",
    )
    .bind(data_file_id)
    .bind(table_id)
    .bind(snapshot.id)
    .bind(name)
    .bind(rows)
    .bind(bytes)
    .bind(footer)
    .bind(table_id)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE ducklake_table_stats SET record_count = record_count + ?1, next_row_id = next_row_id + ?1,
             file_size_bytes = file_size_bytes + ?2 WHERE table_id = ?3",
    )
    .bind(rows)
    .bind(bytes)
    .bind(table_id)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO lake_file (data_file_id, run_id, connector, stream, schema_name, table_name, part, path)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(data_file_id)
    .bind(run.to_string())
    .bind(&file.stream.connector)
    .bind(&file.stream.stream)
    .bind(file.schema.as_str())
    .bind(&file.table)
    .bind(&file.part)
    .bind(&file.path)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
