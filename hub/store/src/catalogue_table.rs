//! Tables of the catalogue: made when first needed, widened when files bring a new column, never narrowed.
//! Here because an upgrade that adds a column must not end a single row of the present.
//! In: a table's name, the columns of its new files. Out: its id and the mapping by which its columns are found.
//! Not here: files and snapshots (catalogue).

use std::borrow::Cow;

use hub_model::{NewFile, RunId, Schema};
use sha2::{Digest, Sha256};

use crate::Result;
use crate::catalogue::{LANDING_SCHEMA, MAIN_SCHEMA, Snapshot};
use crate::db::{self, Tx};

/// A table as a new file needs to know it.
pub(crate) struct Known {
    pub(crate) table_id: i64,
    pub(crate) mapping_id: i64,
}

/// `table`, made now when unknown, with a column added for each that `files` bring for the first time. Nothing is ever
/// taken away: older files keep their rows, and read NULL for columns they do not have.
pub(crate) async fn ensure_table(
    tx: &mut Tx,
    snapshot: &mut Snapshot,
    schema: Schema,
    table: &str,
    files: &[&(RunId, NewFile)],
) -> Result<Known> {
    let schema_id = if schema == Schema::Main {
        MAIN_SCHEMA
    } else {
        LANDING_SCHEMA
    };
    let found: Option<i64> = db::query_scalar(
        "SELECT table_id FROM ducklake_table WHERE schema_id = ? AND table_name = ? AND end_snapshot IS NULL",
    )
    .bind(schema_id)
    .bind(table)
    .fetch_optional(&mut *tx)
    .await?;
    let table_id = match found {
        Some(table_id) => table_id,
        None => create_table(tx, snapshot, schema_id, schema, table).await?,
    };
    let columns: &[(String, Cow<'static, str>)] = files.first().map_or(&[], |(_, file)| &file.columns);
    let evolved = add_columns(tx, snapshot, table_id, columns).await?;
    if evolved {
        snapshot.schema_version += 1;
        db::query("INSERT INTO ducklake_schema_versions VALUES (?, ?, ?)")
            .bind(snapshot.id)
            .bind(snapshot.schema_version)
            .bind(table_id)
            .execute(&mut *tx)
            .await?;
    }
    if evolved && found.is_some() {
        snapshot.changes.push(format!("altered_table:{table_id}"));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mapping_id = ensure_mapping(tx, snapshot, table_id, &names, evolved).await?;
    Ok(Known { table_id, mapping_id })
}

async fn create_table(
    tx: &mut Tx,
    snapshot: &mut Snapshot,
    schema_id: i64,
    schema: Schema,
    table: &str,
) -> Result<i64> {
    let table_id = snapshot.next_catalog_id;
    snapshot.next_catalog_id += 1;
    db::query(
        "INSERT INTO ducklake_table (table_id, table_uuid, begin_snapshot, schema_id, table_name, path, path_is_relative)
         VALUES (?, ?::uuid, ?, ?, ?, ?, TRUE)",
    )
    .bind(table_id)
    .bind(uuid_of(&format!("{}.{table}.{table_id}", schema.as_str())))
    .bind(snapshot.id)
    .bind(schema_id)
    .bind(table)
    .bind(format!("{table}/"))
    .execute(&mut *tx)
    .await?;
    db::query("INSERT INTO ducklake_table_stats VALUES (?, 0, 0, 0)")
        .bind(table_id)
        .execute(&mut *tx)
        .await?;
    snapshot
        .changes
        .push(format!(r#"created_table:"{}"."{table}""#, schema.as_str()));
    Ok(table_id)
}

/// Adds the columns the table does not have yet; one whose type changed becomes a new column of the same name.
/// Returns whether there was any.
async fn add_columns(
    tx: &mut Tx,
    snapshot: &Snapshot,
    table_id: i64,
    columns: &[(String, Cow<'static, str>)],
) -> Result<bool> {
    let present: Vec<(String, String)> = db::query_as(
        "SELECT column_name, column_type FROM ducklake_column WHERE table_id = ? AND end_snapshot IS NULL",
    )
    .bind(table_id)
    .fetch_all(&mut *tx)
    .await?;
    let known =
        |column: &&(String, Cow<'static, str>)| present.iter().any(|(n, k)| *n == column.0 && *k == column.1);
    let fresh: Vec<_> = columns.iter().filter(|column| !known(column)).collect();
    for (name, kind) in &fresh {
        db::query(
            "UPDATE ducklake_column SET end_snapshot = ? WHERE table_id = ? AND column_name = ? AND end_snapshot IS NULL",
        )
        .bind(snapshot.id)
        .bind(table_id)
        .bind(name)
        .execute(&mut *tx)
        .await?;
        db::query(
            "INSERT INTO ducklake_column (column_id, begin_snapshot, table_id, column_order, column_name, column_type,
                 default_value, nulls_allowed, default_value_type, default_value_dialect)
             SELECT coalesce(max(column_id), 0) + 1, ?1, ?2, coalesce(max(column_id), 0) + 1, ?3, ?4,
                 'NULL', TRUE, 'literal', 'duckdb' FROM ducklake_column WHERE table_id = ?2",
        )
        .bind(snapshot.id)
        .bind(table_id)
        .bind(name)
        .bind(kind.as_ref())
        .execute(&mut *tx)
        .await?;
    }
    Ok(!fresh.is_empty())
}

/// The mapping by which readers find a file's columns by name; the table's last one when it still fits.
async fn ensure_mapping(
    tx: &mut Tx,
    snapshot: &mut Snapshot,
    table_id: i64,
    names: &[&str],
    evolved: bool,
) -> Result<i64> {
    let last: Option<i64> =
        db::query_scalar("SELECT max(mapping_id) FROM ducklake_column_mapping WHERE table_id = ?")
            .bind(table_id)
            .fetch_one(&mut *tx)
            .await?;
    if let Some(mapping_id) = last.filter(|_| !evolved) {
        let mapped: Vec<String> = db::query_scalar(
            "SELECT source_name FROM ducklake_name_mapping WHERE mapping_id = ? ORDER BY column_id",
        )
        .bind(mapping_id)
        .fetch_all(&mut *tx)
        .await?;
        if mapped == names {
            return Ok(mapping_id);
        }
    }
    let mapping_id = snapshot.next_file_id;
    snapshot.next_file_id += 1;
    db::query("INSERT INTO ducklake_column_mapping VALUES (?, ?, 'map_by_name')")
        .bind(mapping_id)
        .bind(table_id)
        .execute(&mut *tx)
        .await?;
    for (name, order) in names.iter().zip(0_i64..) {
        db::query(
            "INSERT INTO ducklake_name_mapping (mapping_id, column_id, source_name, target_field_id, is_partition)
             SELECT ?1, ?2, ?3, column_id, FALSE FROM ducklake_column
             WHERE table_id = ?4 AND column_name = ?3 AND end_snapshot IS NULL",
        )
        .bind(mapping_id)
        .bind(order)
        .bind(name)
        .bind(table_id)
        .execute(&mut *tx)
        .await?;
    }
    Ok(mapping_id)
}

/// A name-based UUID (version 8): the catalogue wants one, and equal names may have equal ones.
pub(crate) fn uuid_of(name: &str) -> String {
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
