//! The lake's catalogue: DuckLake 1.0 tables inside the control database.
//! Here because a file becomes visible in the same transaction that moves the cursor and opens the warnings.
//! In: files already written and synced. Out: rows of the `ducklake_*` tables.
//! Not here: Parquet, and which rows a file holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::DateTime;
use hub_model::tables::{self, History};
use hub_model::{NewFile, RunId, Schema};

use crate::Result;
use crate::catalogue_table::{Known, ensure_table, uuid_of};
use crate::db::{self, Tx};

pub(crate) const MAIN_SCHEMA: i64 = 0;
pub(crate) const LANDING_SCHEMA: i64 = 1;

/// Writes the catalogue's first snapshot when there is none.
pub(crate) async fn initialise(tx: &mut Tx, lake_dir: &Path) -> Result<()> {
    let known: i64 = db::query_scalar("SELECT count(*) FROM ducklake_snapshot")
        .fetch_one(&mut *tx)
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
        db::query("INSERT INTO ducklake_metadata (key, value) VALUES (?, ?)")
            .bind(key)
            .bind(value)
            .execute(&mut *tx)
            .await?;
    }
    for (id, schema) in [(MAIN_SCHEMA, Schema::Main), (LANDING_SCHEMA, Schema::Landing)] {
        db::query(
            "INSERT INTO ducklake_schema (schema_id, schema_uuid, begin_snapshot, schema_name, path, path_is_relative)
             VALUES (?, ?::uuid, 0, ?, ?, TRUE)",
        )
        .bind(id)
        .bind(uuid_of(schema.as_str()))
        .bind(schema.as_str())
        .bind(format!("{}/", schema.as_str()))
        .execute(&mut *tx)
        .await?;
    }
    let first = match tx {
        Tx::Sqlite(_) => {
            "INSERT INTO ducklake_snapshot VALUES (0, strftime('%Y-%m-%d %H:%M:%f+00', 'now'), 0, 2, 0)"
        }
        Tx::Postgres(_) => "INSERT INTO ducklake_snapshot VALUES (0, clock_timestamp(), 0, 2, 0)",
    };
    db::query(first).execute(&mut *tx).await?;
    db::query(r#"INSERT INTO ducklake_snapshot_changes (snapshot_id, changes_made) VALUES (0, 'created_schema:"main"')"#)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// A moment as the catalogue writes it.
pub(crate) fn moment(at_ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    at.format("%Y-%m-%d %H:%M:%S%.3f+00").to_string()
}

/// The snapshot being written.
pub(crate) struct Snapshot {
    pub(crate) id: i64,
    pub(crate) schema_version: i64,
    pub(crate) next_catalog_id: i64,
    pub(crate) next_file_id: i64,
    pub(crate) changes: Vec<String>,
}

/// Adds `files` in one new snapshot and ends the files they supersede. Returns the snapshot's id.
pub(crate) async fn add_files(tx: &mut Tx, files: &[(RunId, NewFile)], at_ms: i64) -> Result<Option<i64>> {
    if files.is_empty() {
        return Ok(None);
    }
    let (id, schema_version, next_catalog_id, next_file_id): (i64, i64, i64, i64) = db::query_as(
        "SELECT snapshot_id, schema_version, next_catalog_id, next_file_id FROM ducklake_snapshot
         ORDER BY snapshot_id DESC LIMIT 1",
    )
    .fetch_one(&mut *tx)
    .await?;
    let mut snapshot = Snapshot {
        id: id + 1,
        schema_version,
        next_catalog_id,
        next_file_id,
        changes: Vec::new(),
    };
    let mut shrunk = supersede(tx, &snapshot, files).await?;
    let mut by_table: BTreeMap<(Schema, &str), Vec<&(RunId, NewFile)>> = BTreeMap::new();
    for file in files {
        by_table
            .entry((file.1.schema, &file.1.table))
            .or_default()
            .push(file);
    }
    for ((schema, table), files) in by_table {
        let known = ensure_table(tx, &mut snapshot, schema, table, &files).await?;
        for (run, file) in &files {
            insert_file(tx, &mut snapshot, &known, *run, file).await?;
        }
        end_outdated(tx, &snapshot, schema, table).await?;
        snapshot
            .changes
            .push(format!("inserted_into_table:{}", known.table_id));
        shrunk.remove(&known.table_id);
    }
    snapshot.changes.extend(
        shrunk
            .into_iter()
            .map(|table_id| format!("deleted_from_table:{table_id}")),
    );
    db::query("INSERT INTO ducklake_snapshot VALUES (?, ?::timestamptz, ?, ?, ?)")
        .bind(snapshot.id)
        .bind(moment(at_ms))
        .bind(snapshot.schema_version)
        .bind(snapshot.next_catalog_id)
        .bind(snapshot.next_file_id)
        .execute(&mut *tx)
        .await?;
    db::query(
        "INSERT INTO ducklake_snapshot_changes (snapshot_id, changes_made, author) VALUES (?, ?, 'hub')",
    )
    .bind(snapshot.id)
    .bind(snapshot.changes.join(","))
    .execute(&mut *tx)
    .await?;
    Ok(Some(snapshot.id))
}

/// Ends every present file of the streams and parts that `files` bring again, in every table: a part is replaced
/// whole, also where its new version has no row. Returns the tables that lost files.
async fn supersede(tx: &mut Tx, snapshot: &Snapshot, files: &[(RunId, NewFile)]) -> Result<BTreeSet<i64>> {
    let parts: BTreeSet<_> = files
        .iter()
        .map(|(_, f)| (&f.stream.connector, &f.stream.stream, &f.part))
        .collect();
    let logs = tables::ALL
        .iter()
        .filter(|table| table.history == History::EachRun)
        .map(|table| table.name);
    let ended: Vec<i64> = db::query_scalar(
        "UPDATE ducklake_data_file SET end_snapshot = ?1 WHERE end_snapshot IS NULL AND data_file_id IN (
             SELECT data_file_id FROM lake_file
             JOIN (SELECT value::json ->> 0 AS c, value::json ->> 1 AS s, value::json ->> 2 AS p FROM json_each(?2)) AS brought
             ON connector = c AND stream = s AND part = p
             WHERE NOT (schema_name = 'main' AND table_name IN (SELECT value FROM json_each(?3))))
         RETURNING table_id",
    )
    .bind(snapshot.id)
    .bind(serde_json::to_string(&parts)?)
    .bind(serde_json::to_string(&logs.collect::<Vec<_>>())?)
    .fetch_all(&mut *tx)
    .await?;
    Ok(ended.into_iter().collect())
}

/// For a table that pictures the present: ends every file that is not of its stream's latest part, also one
/// just added, when an older month arrives after a newer.
async fn end_outdated(tx: &mut Tx, snapshot: &Snapshot, schema: Schema, table: &str) -> Result<()> {
    if history(schema, table) != History::Latest {
        return Ok(());
    }
    db::query(
        "UPDATE ducklake_data_file SET end_snapshot = ?1 WHERE end_snapshot IS NULL AND data_file_id IN (
             SELECT data_file_id FROM (
                 SELECT f.data_file_id, f.part, max(f.part) OVER (PARTITION BY f.connector, f.stream) AS latest
                 FROM lake_file f JOIN ducklake_data_file d USING (data_file_id)
                 WHERE f.schema_name = ?2 AND f.table_name = ?3 AND d.end_snapshot IS NULL) AS present
             WHERE part < latest)",
    )
    .bind(snapshot.id)
    .bind(schema.as_str())
    .bind(table)
    .execute(&mut *tx)
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
    tx: &mut Tx,
    snapshot: &mut Snapshot,
    known: &Known,
    run: RunId,
    file: &NewFile,
) -> Result<()> {
    let data_file_id = snapshot.next_file_id;
    snapshot.next_file_id += 1;
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let [rows, bytes, footer] =
        [file.rows, file.bytes, file.footer_bytes].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    db::query(
        "INSERT INTO ducklake_data_file (data_file_id, table_id, begin_snapshot, path, path_is_relative, file_format,
             record_count, file_size_bytes, footer_size, mapping_id, row_id_start)
         SELECT ?, ?, ?, ?, TRUE, 'parquet', ?, ?, ?, ?, next_row_id FROM ducklake_table_stats WHERE table_id = ?",
    )
    .bind(data_file_id)
    .bind(known.table_id)
    .bind(snapshot.id)
    .bind(name)
    .bind(rows)
    .bind(bytes)
    .bind(footer)
    .bind(known.mapping_id)
    .bind(known.table_id)
    .execute(&mut *tx)
    .await?;
    db::query(
        "UPDATE ducklake_table_stats SET record_count = record_count + ?1, next_row_id = next_row_id + ?1,
             file_size_bytes = file_size_bytes + ?2 WHERE table_id = ?3",
    )
    .bind(rows)
    .bind(bytes)
    .bind(known.table_id)
    .execute(&mut *tx)
    .await?;
    db::query(
        "INSERT INTO lake_file (data_file_id, run_id, connector, stream, schema_name, table_name, part, path, corrections)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(data_file_id)
    .bind(run.to_string())
    .bind(&file.stream.connector)
    .bind(&file.stream.stream)
    .bind(file.schema.as_str())
    .bind(&file.table)
    .bind(&file.part)
    .bind(&file.path)
    .bind(i64::try_from(file.corrections).unwrap_or(i64::MAX))
    .execute(&mut *tx)
    .await?;
    Ok(())
}
