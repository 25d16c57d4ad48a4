//! One hash over what a snapshot says, whichever way it came to say it.
//! Here because "a replay changes nothing" is a promise that two machines, or one before and after, must be able to compare.
//! In: the canonical files of a snapshot. Out: a sha256 for every table and one for all.
//! Not here: where rows stand and who brought them; derived tables, which say nothing of their own.
//!
//! A row's digest covers its own columns in the model's order, without ids the hub gives and without provenance: runs, streams,
//! files and places do not matter, nor does the order of rows. A table's hash covers its name, its columns, and the sorted
//! digests of its rows, a row that comes twice counting twice. `rejected` is left out: it is a log of runs, and a replay is
//! one more run. Digests are sorted by the query engine, which spills what does not fit; nothing grows with the lake.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BinaryArray};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, create_udf};
use datafusion::prelude::{SessionContext, ident};
use futures::StreamExt;
use hub_model::ActiveData;
use hub_model::tables::{self, Column, Filled, History, Table};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Result, session};

/// What is hashed first: another way of hashing would be another version.
const VERSION: &str = "hub snapshot 1";
const DIGEST: &str = "digest";

/// The hash of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotHash {
    /// sha256 over all tables, in hex.
    pub sha256: String,
    /// Every table that is covered, in the model's order; one without rows too.
    pub tables: Vec<TableHash>,
}

/// The hash of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableHash {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// sha256, in hex.
    pub sha256: String,
}

/// Hashes the canonical tables of `data`.
pub(crate) async fn hash(context: &SessionContext, lake: &Path, data: &ActiveData) -> Result<SnapshotHash> {
    let mut all = Sha256::new();
    text(&mut all, VERSION);
    let mut hashes = Vec::new();
    for table in tables::ALL
        .into_iter()
        .filter(|table| table.history != History::EachRun)
    {
        let files = data.tables.get(table.name).map(Vec::as_slice).unwrap_or_default();
        let rows = context.read_table(session::files(table.schema(), lake, files)?)?;
        let columns: Vec<Column> = table.columns.iter().copied().filter(is_natural).collect();
        let digests = rows
            .select(vec![digest(&columns).alias(DIGEST)])?
            .sort(vec![ident(DIGEST).sort(true, false)])?;
        let mut digests = digests.execute_stream().await?;
        let mut hasher = of_table(table, &columns);
        let mut rows = 0;
        while let Some(batch) = digests.next().await {
            let batch = batch?;
            for digest in batch.column(0).as_binary::<i32>().iter().flatten() {
                hasher.update(digest);
                rows += 1;
            }
        }
        let digest = hasher.finalize();
        text(&mut all, table.name);
        all.update(digest);
        hashes.push(TableHash {
            table: table.name,
            rows,
            sha256: hex::encode(digest),
        });
    }
    Ok(SnapshotHash {
        sha256: hex::encode(all.finalize()),
        tables: hashes,
    })
}

/// Whether a column says something of its own.
const fn is_natural(column: &Column) -> bool {
    matches!(column.filled, Filled::Required | Filled::Optional)
}

fn of_table(table: &Table, columns: &[Column]) -> Sha256 {
    let mut hasher = Sha256::new();
    text(&mut hasher, table.name);
    for column in columns {
        text(&mut hasher, column.name);
    }
    hasher
}

/// A row's digest, as an expression over `columns`.
fn digest(columns: &[Column]) -> Expr {
    let digests = |args: &[ColumnarValue]| -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let rows = arrays.first().map_or(0, Array::len);
        let of_row = |row: usize| {
            let mut hasher = Sha256::new();
            for array in &arrays {
                value(&mut hasher, array, row);
            }
            hasher.finalize()
        };
        Ok(ColumnarValue::Array(Arc::new(
            (0..rows).map(|row| Some(of_row(row))).collect::<BinaryArray>(),
        )))
    };
    let kinds = columns.iter().map(|column| column.kind.arrow()).collect();
    let function = create_udf(
        "_digest",
        kinds,
        arrow_schema::DataType::Binary,
        Volatility::Immutable,
        Arc::new(digests),
    );
    function.call(columns.iter().map(|column| ident(column.name)).collect())
}

/// Adds one value, so that no two rows of values add alike.
fn value(hasher: &mut Sha256, array: &ArrayRef, row: usize) {
    if array.is_null(row) {
        hasher.update([0]);
        return;
    }
    hasher.update([1]);
    if let Some(texts) = array.as_string_opt::<i32>() {
        text(hasher, texts.value(row));
    } else if let Some(ints) = array.as_primitive_opt::<Int64Type>() {
        hasher.update(ints.value(row).to_le_bytes());
    } else if let Some(ids) = array.as_primitive_opt::<UInt64Type>() {
        hasher.update(ids.value(row).to_le_bytes());
    } else if let Some(days) = array.as_primitive_opt::<Date32Type>() {
        hasher.update(days.value(row).to_le_bytes());
    } else if let Some(truths) = array.as_boolean_opt() {
        hasher.update([u8::from(truths.value(row))]);
    }
}

fn text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::test_lake::Lake;

    /// The hash of a snapshot whose tables hold these rows, in files of `cut` rows.
    async fn hash_of(rows: &[(&str, toml::Table)], cut: usize, run: u128) -> SnapshotHash {
        let mut lake = Lake::empty();
        let mut tables: BTreeMap<&str, Vec<toml::Table>> = BTreeMap::new();
        for (table, row) in rows {
            tables.entry(table).or_default().push(row.clone());
        }
        for (name, rows) in tables {
            for rows in rows.chunks(cut) {
                lake.add(name, rows, run);
            }
        }
        let runtime = session::runtime(1 << 26).unwrap();
        hash(&session::context(&runtime, 2), lake.folder.path(), &lake.data)
            .await
            .unwrap()
    }

    fn rows() -> Vec<(&'static str, toml::Table)> {
        let text = r#"
            loan = [{ household_no = "H1", amount_fen = 100 }, { household_no = "H1", amount_fen = 200 }, { household_no = "H2" }]
            membership = [{ household_id = 1, person_id = 7, household_no = "H1", since = 2020-01-01, is_head = true }]
            rejected = [{ row = 1, code = "D01" }]
        "#;
        let tables: BTreeMap<String, Vec<toml::Table>> = toml::from_str(text).unwrap();
        let named = |(name, rows): (String, Vec<toml::Table>)| {
            let name = tables::find(&name).unwrap().name;
            rows.into_iter().map(move |row| (name, row))
        };
        tables.into_iter().flat_map(named).collect()
    }

    #[tokio::test]
    async fn order_files_ids_and_provenance_do_not_matter() {
        let expected = hash_of(&rows(), 10, 1).await;
        assert_eq!(expected.tables.len(), tables::ALL.len() - 1);
        for turn in 0..rows().len() {
            let mut turned = rows();
            turned.rotate_left(turn);
            for (number, (_, row)) in turned.iter_mut().enumerate() {
                row.insert("_run".to_owned(), format!("R{turn}").into());
                row.insert("_locator".to_owned(), format!("f{turn}!s!{number}").into());
            }
            assert_eq!(
                hash_of(&turned, 1 + turn % 2, 2).await,
                expected,
                "turned by {turn}"
            );
        }
        let mut other_ids = rows();
        for (_, row) in other_ids.iter_mut().filter(|(table, _)| *table == "membership") {
            row.insert("household_id".to_owned(), 9.into());
            row.insert("person_id".to_owned(), 9.into());
        }
        other_ids.retain(|(table, _)| *table != "rejected");
        assert_eq!(hash_of(&other_ids, 10, 3).await, expected);
    }

    #[tokio::test]
    async fn every_change_of_what_is_said_matters() {
        let expected = hash_of(&rows(), 10, 1).await.sha256;
        let mut changed: Vec<Vec<(&str, toml::Table)>> = Vec::new();
        changed.push(rows().into_iter().skip(1).collect());
        changed.push([rows(), rows().into_iter().take(1).collect()].concat());
        let mut amount = rows();
        amount[0].1.insert("amount_fen".to_owned(), 101.into());
        changed.push(amount);
        let mut null = rows();
        null[0].1.remove("amount_fen");
        changed.push(null);
        for (number, rows) in changed.iter().enumerate() {
            assert_ne!(hash_of(rows, 10, 1).await.sha256, expected, "change {number}");
        }
    }
}
