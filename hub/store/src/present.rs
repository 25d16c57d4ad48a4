//! The present and the past: which files count, which rows they were made from, and which files are known at all.
//! Here because the engine reads a snapshot, and the sweep must never take what a past one still names.
//! In: nothing, a moment, or runs not yet committed. Out: `ActiveData`, paths.
//! Not here: how files enter the catalogue and leave the present (catalogue).

use std::sync::Arc;

use hub_model::{ActiveData, FileRef, LandedSource, RunId, Schema};

use crate::db::{self, Tx};
use crate::runs::stream_id;
use crate::{CommittedRun, Error, Result, Store, catalogue, commit, links};

impl Store {
    /// The present: canonical files by table, and the landed rows they were made from.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn active_data(&self) -> Result<ActiveData> {
        let mut tx = self.reader.begin().await?;
        let mut data = active_data(&mut tx, None).await?;
        data.links = Arc::new(links::read(&mut tx, None).await?);
        tx.rollback().await?;
        Ok(data)
    }

    /// What was the present at `until_ms`, commits of that very millisecond included; `None` when nothing had been
    /// committed by then. No table of it is stale: what a source failed to bring later was not known.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn past_data(&self, until_ms: i64) -> Result<Option<ActiveData>> {
        let mut tx = self.reader.begin().await?;
        // The first snapshot is the empty lake.
        let snapshot: Option<i64> = db::query_scalar(
            "SELECT max(snapshot_id) FROM ducklake_snapshot WHERE snapshot_id > 0
             AND snapshot_time <= ?::timestamptz",
        )
        .bind(catalogue::moment(until_ms))
        .fetch_one(&mut tx)
        .await?;
        let data = match snapshot {
            Some(snapshot) => {
                let mut data = active_data(&mut tx, Some(snapshot)).await?;
                data.links = Arc::new(links::read(&mut tx, Some(until_ms)).await?);
                Some(data)
            }
            None => None,
        };
        tx.rollback().await?;
        Ok(data)
    }

    /// Paths of every file the catalogue knows, present or past; any other file in the lake is an orphan.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn catalogued_paths(&self) -> Result<Vec<String>> {
        Ok(db::query_scalar("SELECT path FROM lake_file")
            .fetch_all(&self.reader)
            .await?)
    }

    /// The present as it would be after `runs` were committed, without links; nothing is kept. `reads` as in the commit:
    /// whether the runs read, or make active what a person approved.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn preview(&self, runs: &[CommittedRun], reads: bool, at_ms: i64) -> Result<ActiveData> {
        let mut tx = self.begin().await?;
        commit::write_runs(&mut tx, runs, reads, at_ms).await?;
        let data = active_data(&mut tx, None).await?;
        tx.rollback().await?;
        Ok(data)
    }
}

/// Files of the present; `?1` is NULL.
const PRESENT: &str =
    "SELECT f.run_id, f.connector, f.stream, f.schema_name, f.table_name, f.path, d.record_count
     FROM lake_file f JOIN ducklake_data_file d USING (data_file_id)
     WHERE d.end_snapshot IS NULL AND ?1 IS NULL ORDER BY f.data_file_id";
/// Files of snapshot `?1`: begun by then and not ended yet.
const PAST: &str = "SELECT f.run_id, f.connector, f.stream, f.schema_name, f.table_name, f.path, d.record_count
     FROM lake_file f JOIN ducklake_data_file d USING (data_file_id)
     WHERE d.begin_snapshot <= ?1 AND (d.end_snapshot IS NULL OR d.end_snapshot > ?1) ORDER BY f.data_file_id";

/// The files of `snapshot`, or of the present.
async fn active_data(tx: &mut Tx, snapshot: Option<i64>) -> Result<ActiveData> {
    let mut data = ActiveData::default();
    let rows = db::query(if snapshot.is_some() { PAST } else { PRESENT })
        .bind(snapshot)
        .fetch_all(&mut *tx)
        .await?;
    for row in &rows {
        let count: i64 = row.try_get("record_count")?;
        let file = FileRef {
            path: row.try_get("path")?,
            rows: u64::try_from(count).unwrap_or_default(),
        };
        let schema: String = row.try_get("schema_name")?;
        if schema == Schema::Main.as_str() {
            data.tables
                .entry(row.try_get("table_name")?)
                .or_default()
                .push(file);
            continue;
        }
        let run: String = row.try_get("run_id")?;
        let run = RunId::parse(&run).map_err(|_| Error::Unreadable {
            what: "lake_file.run_id",
            value: run,
        })?;
        data.landed
            .entry((stream_id(row)?, run))
            .or_default()
            .files
            .push(file);
    }
    for ((stream, run), source) in &mut data.landed {
        let lineage: Option<String> =
            db::query_scalar("SELECT lineage FROM run_stream WHERE run_id = ? AND stream = ?")
                .bind(run.to_string())
                .bind(&stream.stream)
                .fetch_optional(&mut *tx)
                .await?;
        *source = LandedSource {
            files: std::mem::take(&mut source.files),
            lineage: lineage
                .map(|text| serde_json::from_str(&text))
                .transpose()?
                .unwrap_or_default(),
        };
    }
    Ok(data)
}
