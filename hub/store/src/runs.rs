//! Runs: their start, their end, and how far each stream was read.
//! Here because a run that the hub died in must be found, and a cursor must move only with its rows.
//! In: run ids, faults. Out: rows for commands and pages.
//! Not here: a run's success, which is part of the commit.

use std::collections::BTreeMap;

use hub_model::{RowCounts, RunFault, RunId, RunState, StreamId};
use serde::Serialize;

use crate::db::{self, Row};
use crate::many::appended;
use crate::{Error, Result, Store};

/// A run as commands show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRow {
    /// Its id.
    pub run_id: String,
    /// The connector.
    pub connector: String,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub started_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// Why it failed, when it did.
    pub fault: Option<RunFault>,
    /// What its connector said a person should know.
    pub remarks: Vec<String>,
    /// The hash of the configuration it went by; unknown of runs from before that was kept.
    pub configuration: Option<String>,
}

/// What a run brought of one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamRow {
    /// The stream.
    pub stream: String,
    /// Its rows.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// Wall time.
    pub seconds: f64,
}

impl Store {
    /// Records that a run of `connector` began, by the configuration of this hash.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_started(
        &self,
        run: RunId,
        (connector, configuration): (&str, &str),
        at_ms: i64,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query(
            "INSERT INTO run (run_id, connector, state, started_ms, configuration) VALUES (?, ?, 'running', ?, ?)",
        )
        .bind(run.to_string())
        .bind(connector)
        .bind(at_ms)
        .bind(configuration)
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Records that a run failed; the data before it stays the present.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_failed(&self, run: RunId, fault: &RunFault, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query(
            "UPDATE run SET state = 'failed', ended_ms = ?, category = ?, cause = ?, message = ?, log_tail = ?
             WHERE run_id = ?",
        )
        .bind(at_ms)
        .bind(&fault.category)
        .bind(&fault.cause)
        .bind(&fault.message)
        .bind(serde_json::to_string(&fault.log_tail)?)
        .bind(run.to_string())
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Keeps what a run's connector remarked.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_remarked(&self, run: RunId, remarks: &[String]) -> Result<()> {
        if remarks.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        db::query("UPDATE run SET remarks = ? WHERE run_id = ?")
            .bind(serde_json::to_string(remarks)?)
            .bind(run.to_string())
            .execute(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Adds a remark to those of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_remark_added(&self, run: RunId, remark: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query(concat!(
            "UPDATE run SET remarks = ",
            appended!("remarks"),
            " WHERE run_id = ?"
        ))
        .bind(serde_json::to_string(remark)?)
        .bind(run.to_string())
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Keeps the `states` of streams of `connector`, in which no row of `run` is taken.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_spent(
        &self,
        run: RunId,
        connector: &str,
        states: &BTreeMap<String, String>,
    ) -> Result<()> {
        if states.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for (stream, state) in states {
            crate::commit::write_cursor(&mut tx, run, connector, stream, state).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Run `run_id`, when there is one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&self, run_id: &str) -> Result<Option<RunRow>> {
        let row = db::query("SELECT * FROM run WHERE run_id = ?")
            .bind(run_id)
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(run_row).transpose()
    }

    /// Records that every run under way failed together, because nothing of them could be committed; their ids
    /// and connectors.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fail_running(&self, fault: &RunFault, at_ms: i64) -> Result<Vec<(String, String)>> {
        let mut tx = self.begin().await?;
        let failed = db::query_as(
            "UPDATE run SET state = 'failed', ended_ms = ?, category = ?, cause = ?, message = ?, log_tail = '[]'
             WHERE state = 'running' RETURNING run_id, connector",
        )
        .bind(at_ms)
        .bind(&fault.category)
        .bind(&fault.cause)
        .bind(&fault.message)
        .fetch_all(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(failed)
    }

    /// Marks the runs a dead hub left behind; their ids and connectors.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_interrupted(&self, at_ms: i64) -> Result<Vec<(String, String)>> {
        let mut tx = self.begin().await?;
        let marked = db::query_as(
            "UPDATE run SET state = 'interrupted', ended_ms = ?, category = 'internal', cause = 'interrupted', message = 'the hub ended while this run was under way'
             WHERE state = 'running' RETURNING run_id, connector",
        )
        .bind(at_ms)
        .fetch_all(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(marked)
    }

    /// The ids of every run there was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_ids(&self) -> Result<Vec<String>> {
        Ok(db::query_scalar("SELECT run_id FROM run")
            .fetch_all(&self.reader)
            .await?)
    }

    /// The cursor of each stream of `connector`, as JSON text.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cursors(&self, connector: &str) -> Result<BTreeMap<String, String>> {
        let rows: Vec<(String, String)> =
            db::query_as("SELECT stream, state FROM stream_cursor WHERE connector = ?")
                .bind(connector)
                .fetch_all(&self.reader)
                .await?;
        Ok(rows.into_iter().collect())
    }

    /// The newest `limit` runs, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunRow>> {
        let rows = db::query("SELECT * FROM run ORDER BY started_ms DESC, run_id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(run_row).collect()
    }

    /// The newest `limit` ended runs of `connector`, the newest first, without those the hub itself broke off and those of
    /// cause `not`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ended_runs(&self, connector: &str, not: &str, limit: u32) -> Result<Vec<RunRow>> {
        let rows = db::query(
            "SELECT * FROM run WHERE connector = ? AND state NOT IN ('running', 'interrupted') AND coalesce(cause, '') <> ?
             ORDER BY started_ms DESC, run_id DESC LIMIT ?",
        )
        .bind(connector)
        .bind(not)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(run_row).collect()
    }

    /// The last ended run of each connector that asked its source, by connector; one that made active what a person approved
    /// asked nobody.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_runs(&self) -> Result<BTreeMap<String, RunRow>> {
        let rows = db::query(
            "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY connector ORDER BY started_ms DESC, run_id DESC) AS n
                            FROM run WHERE state <> 'running' AND run_id NOT IN (
                                SELECT decided_run FROM held_part WHERE state = 'approved')) AS newest WHERE n = 1",
        )
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| run_row(row).map(|run| (run.connector.clone(), run)))
            .collect()
    }

    /// When each stream last brought rows that were taken, milliseconds since 1970.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_fed(&self) -> Result<BTreeMap<StreamId, i64>> {
        let rows: Vec<(String, String, i64)> = db::query_as(
            "SELECT connector, stream, max(ended_ms) FROM run JOIN run_stream USING (run_id)
             WHERE accepted > 0 AND state <> 'failed' AND ended_ms IS NOT NULL GROUP BY 1, 2",
        )
        .fetch_all(&self.reader)
        .await?;
        let id = |(connector, stream, at_ms): (String, String, i64)| (StreamId { connector, stream }, at_ms);
        Ok(rows.into_iter().map(id).collect())
    }

    /// What a run brought, stream by stream.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run_streams(&self, run_id: &str) -> Result<Vec<StreamRow>> {
        let rows = db::query("SELECT * FROM run_stream WHERE run_id = ? ORDER BY stream")
            .bind(run_id)
            .fetch_all(&self.reader)
            .await?;
        let count = |row: &Row, column: &'static str| -> Result<u64> {
            let n: i64 = row.try_get(column)?;
            u64::try_from(n).map_err(|_| Error::Unreadable {
                what: "run_stream count",
                value: n.to_string(),
            })
        };
        rows.iter()
            .map(|row| {
                Ok(StreamRow {
                    stream: row.try_get("stream")?,
                    rows: RowCounts {
                        rows_in: count(row, "rows_in")?,
                        accepted: count(row, "accepted")?,
                        rejected: count(row, "rejected")?,
                        filtered: count(row, "filtered")?,
                    },
                    seconds: row.try_get("seconds")?,
                })
            })
            .collect()
    }

    /// The canonical tables each stream feeds today, for telling which rules a failed or held source silences.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tables_by_stream(&self) -> Result<BTreeMap<StreamId, Vec<String>>> {
        let rows: Vec<(String, String, String)> = db::query_as(
            "SELECT DISTINCT connector, stream, table_name FROM lake_file JOIN ducklake_data_file USING (data_file_id)
             WHERE schema_name = 'main' AND end_snapshot IS NULL ORDER BY 1, 2, 3",
        )
        .fetch_all(&self.reader)
        .await?;
        let mut tables: BTreeMap<StreamId, Vec<String>> = BTreeMap::new();
        for (connector, stream, table) in rows {
            tables
                .entry(StreamId { connector, stream })
                .or_default()
                .push(table);
        }
        Ok(tables)
    }
}

fn run_row(row: &Row) -> Result<RunRow> {
    let word: String = row.try_get("state")?;
    let state = RunState::parse(&word).ok_or(Error::Unreadable {
        what: "run.state",
        value: word,
    })?;
    let category: Option<String> = row.try_get("category")?;
    let message: Option<String> = row.try_get("message")?;
    let log_tail: Option<String> = row.try_get("log_tail")?;
    let fault = match (category, message) {
        (None, None) => None,
        (category, message) => Some(RunFault {
            category: category.unwrap_or_default(),
            cause: row.try_get::<Option<String>, _>("cause")?.unwrap_or_default(),
            message: message.unwrap_or_default(),
            log_tail: log_tail
                .map(|text| serde_json::from_str(&text))
                .transpose()?
                .unwrap_or_default(),
        }),
    };
    Ok(RunRow {
        run_id: row.try_get("run_id")?,
        connector: row.try_get("connector")?,
        state,
        started_ms: row.try_get("started_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        fault,
        remarks: serde_json::from_str(&row.try_get::<String, _>("remarks")?)?,
        configuration: row.try_get("configuration")?,
    })
}

/// Parses a stored `connector`, `stream` pair.
pub(crate) fn stream_id(row: &Row) -> Result<StreamId> {
    Ok(StreamId {
        connector: row.try_get("connector")?,
        stream: row.try_get("stream")?,
    })
}
