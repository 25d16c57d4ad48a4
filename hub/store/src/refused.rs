//! Refused rows: which are open, why, and by which run they were closed.
//! Here because a list that goes back to a department must hold what is still wrong, each row once, and nothing that was put right.
//! In: what runs found in each part, inside their commit. Out: groups, rows, and where a row landed.
//! Not here: the rows' values, which stay in landing, and how rows are numbered (engine).

use std::collections::BTreeMap;

use hub_model::{FileRef, Lineage, PartRefusals, RefusalReason, RowKey, RunId, StreamId};
use serde::Serialize;

use crate::db::{self, Row, Tx};
use crate::runs::stream_id;
use crate::{Error, Result, Store};

/// Rows bound as one JSON text.
const ROWS_AT_ONCE: usize = 10_000;

/// Which refused rows are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusedFilter {
    /// Of one connector.
    pub connector: Option<String>,
    /// Of one stream.
    pub stream: Option<String>,
    /// Refused for this reason code, among others.
    pub code: Option<String>,
    /// Those that are closed, too.
    pub closed_too: bool,
}

/// Refused rows of a part that share a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedGroup {
    /// The connector.
    pub connector: String,
    /// The stream.
    pub stream: String,
    /// The part: the period, where the source has one.
    pub part: String,
    /// The reason code.
    pub code: String,
    /// The offending column, when one is to blame.
    pub column: Option<String>,
    /// One of the sentences given for it, Chinese.
    pub reason: String,
    /// The number of one of them, of an open one where there is one.
    pub number: String,
    /// Rows that are open.
    pub open: u64,
    /// Rows that were closed.
    pub closed: u64,
}

/// How a refused row was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// Its correction came and stands in its place.
    Corrected,
    /// Its part was sent again, without the row or with one that is not refused; or it is not refused any more.
    SentAnew,
}

impl Closed {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::SentAnew => "sent_anew",
        }
    }
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its number.
    pub key: RowKey,
    /// Its stream.
    pub stream: StreamId,
    /// Its part.
    pub part: String,
    /// The run that read it last, and its number there.
    pub run: RunId,
    /// `_row` within that run's stream.
    pub row: i64,
    /// Why it was refused then.
    pub reasons: Vec<RefusalReason>,
    /// The run that refused it first, and when that was committed.
    pub first_run: String,
    /// When that was.
    pub first_ms: i64,
    /// The run that closed it, when, and how.
    pub closed: Option<(String, i64, Closed)>,
}

impl Store {
    /// Refused rows, counted by part and reason, in order. A row with two reasons counts under both.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn refused_groups(&self, filter: &RefusedFilter) -> Result<Vec<RefusedGroup>> {
        let rows = db::query(
            "SELECT connector, stream, part, reason.value::json ->> 'code' AS code, reason.value::json ->> 'column' AS blamed,
                    min(reason.value::json ->> 'reason') AS said,
                    coalesce(min(row_key) FILTER (WHERE closed_run IS NULL), min(row_key)) AS number,
                    count(*) FILTER (WHERE closed_run IS NULL) AS open,
                    count(*) FILTER (WHERE closed_run IS NOT NULL) AS closed
             FROM refused_row, json_each(reasons) AS reason
             WHERE (?1 IS NULL OR connector = ?1) AND (?2 IS NULL OR stream = ?2)
               AND (?3 IS NULL OR reason.value::json ->> 'code' = ?3) AND (?4 = 1 OR closed_run IS NULL)
             GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
        )
        .bind(&filter.connector)
        .bind(&filter.stream)
        .bind(&filter.code)
        .bind(filter.closed_too)
        .fetch_all(&self.reader)
        .await?;
        let count = |row: &Row, name: &str| -> Result<u64> {
            Ok(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or_default())
        };
        let group = |row: &Row| {
            Ok(RefusedGroup {
                connector: row.try_get("connector")?,
                stream: row.try_get("stream")?,
                part: row.try_get("part")?,
                code: row.try_get("code")?,
                column: row.try_get("blamed")?,
                reason: row.try_get("said")?,
                number: row.try_get("number")?,
                open: count(row, "open")?,
                closed: count(row, "closed")?,
            })
        };
        rows.iter().map(group).collect()
    }

    /// The refused rows with this number: one, unless two sites' lists were brought together.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn refused_row(&self, key: RowKey) -> Result<Option<RefusedRow>> {
        let row =
            db::query("SELECT * FROM refused_row WHERE row_key = ? ORDER BY connector, stream, part LIMIT 1")
                .bind(key.to_string())
                .fetch_optional(&self.reader)
                .await?;
        row.as_ref().map(refused_row).transpose()
    }

    /// Open refused rows, at most `limit`, by stream, part and row; closed ones are left out whatever the filter says.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_refused(&self, filter: &RefusedFilter, limit: u32) -> Result<Vec<RefusedRow>> {
        let rows = db::query(
            "SELECT * FROM refused_row
             WHERE closed_run IS NULL AND (?1 IS NULL OR connector = ?1) AND (?2 IS NULL OR stream = ?2)
               AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(reasons) WHERE value::json ->> 'code' = ?3))
             ORDER BY connector, stream, part, run_id, \"row\" LIMIT ?4",
        )
        .bind(&filter.connector)
        .bind(&filter.stream)
        .bind(&filter.code)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(refused_row).collect()
    }

    /// Where rows of a part landed in a run, and what its canonical columns are made of.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn landed(&self, stream: &StreamId, run: RunId, part: &str) -> Result<(Vec<FileRef>, Lineage)> {
        let files = db::query(
            "SELECT f.path, d.record_count FROM lake_file f JOIN ducklake_data_file d USING (data_file_id)
             WHERE f.connector = ? AND f.stream = ? AND f.run_id = ? AND f.part = ? AND f.schema_name = 'landing'
             ORDER BY f.data_file_id",
        )
        .bind(&stream.connector)
        .bind(&stream.stream)
        .bind(run.to_string())
        .bind(part)
        .fetch_all(&self.reader)
        .await?;
        let lineage: Option<String> =
            db::query_scalar("SELECT lineage FROM run_stream WHERE run_id = ? AND stream = ?")
                .bind(run.to_string())
                .bind(&stream.stream)
                .fetch_optional(&self.reader)
                .await?;
        let lineage = lineage.map(|text| serde_json::from_str(&text)).transpose()?;
        let files = files.iter().map(file_ref).collect::<Result<_>>()?;
        Ok((files, lineage.unwrap_or_default()))
    }

    /// The present landed files of those of `parts` in which corrections stand, and of `corrected` parts, by part.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn standing(
        &self,
        stream: &StreamId,
        parts: &[&str],
        corrected: &[&str],
    ) -> Result<BTreeMap<String, Vec<FileRef>>> {
        let rows = db::query(
            "SELECT f.part, f.path, d.record_count,
                    sum(f.corrections) OVER (PARTITION BY f.part) > 0
                        OR f.part IN (SELECT value FROM json_each(?4)) AS wanted
             FROM lake_file f JOIN ducklake_data_file d USING (data_file_id)
             WHERE f.schema_name = 'landing' AND f.connector = ?1 AND f.stream = ?2 AND d.end_snapshot IS NULL
               AND f.part IN (SELECT value FROM json_each(?3))
             ORDER BY f.data_file_id",
        )
        .bind(&stream.connector)
        .bind(&stream.stream)
        .bind(serde_json::to_string(parts)?)
        .bind(serde_json::to_string(corrected)?)
        .fetch_all(&self.reader)
        .await?;
        let mut standing: BTreeMap<String, Vec<FileRef>> = BTreeMap::new();
        for row in &rows {
            if row.try_get("wanted")? {
                standing
                    .entry(row.try_get("part")?)
                    .or_default()
                    .push(file_ref(row)?);
            }
        }
        Ok(standing)
    }
}

fn file_ref(row: &Row) -> Result<FileRef> {
    let rows: i64 = row.try_get("record_count")?;
    Ok(FileRef {
        path: row.try_get("path")?,
        rows: u64::try_from(rows).unwrap_or_default(),
    })
}

fn refused_row(row: &Row) -> Result<RefusedRow> {
    let unreadable = |what: &'static str, value: String| Error::Unreadable { what, value };
    let (key, run): (String, String) = (row.try_get("row_key")?, row.try_get("run_id")?);
    let closed: Option<(String, i64, String)> = match row.try_get::<Option<String>, _>("closed_run")? {
        Some(by) => Some((by, row.try_get("closed_ms")?, row.try_get("closed_how")?)),
        None => None,
    };
    let closed = closed.map(|(by, at, how)| {
        let known = [Closed::Corrected, Closed::SentAnew];
        let found = known.into_iter().find(|known| known.as_str() == how);
        found
            .map(|how| (by, at, how))
            .ok_or_else(|| unreadable("refused_row.closed_how", how))
    });
    Ok(RefusedRow {
        key: RowKey::parse(&key).map_err(|_| unreadable("refused_row.row_key", key))?,
        stream: stream_id(row)?,
        part: row.try_get("part")?,
        run: RunId::parse(&run).map_err(|_| unreadable("refused_row.run_id", run))?,
        row: row.try_get("row")?,
        reasons: serde_json::from_str(&row.try_get::<String, _>("reasons")?)?,
        first_run: row.try_get("first_run")?,
        first_ms: row.try_get("first_ms")?,
        closed: closed.transpose()?,
    })
}

/// Keeps what a run found in the parts of a stream: rows refused are open, whatever they were before; rows that were open
/// and are not among them are closed.
pub(crate) async fn write(
    tx: &mut Tx,
    run: RunId,
    stream: &StreamId,
    parts: &[PartRefusals],
    at_ms: i64,
) -> Result<()> {
    for part in parts {
        for rows in part.refused.chunks(ROWS_AT_ONCE) {
            let rows: Vec<_> = rows
                .iter()
                .map(|refusal| {
                    let reasons: Vec<&RefusalReason> = refusal.reasons.iter().map(AsRef::as_ref).collect();
                    (refusal.key, refusal.row, reasons)
                })
                .collect();
            db::query(
                "INSERT INTO refused_row (connector, stream, part, row_key, run_id, \"row\", reasons, first_run, first_ms)
                 SELECT ?1, ?2, ?3, value::json ->> 0, ?4, (value::json ->> 1)::bigint, (value::json -> 2)::text, ?4, ?5 FROM json_each(?6) WHERE true
                 ON CONFLICT (connector, stream, part, row_key) DO UPDATE SET run_id = excluded.run_id,
                     \"row\" = excluded.\"row\", reasons = excluded.reasons,
                     closed_run = NULL, closed_ms = NULL, closed_how = NULL",
            )
            .bind(&stream.connector)
            .bind(&stream.stream)
            .bind(&part.part)
            .bind(run.to_string())
            .bind(at_ms)
            .bind(serde_json::to_string(&rows)?)
            .execute(&mut *tx)
            .await?;
        }
        db::query(
            "UPDATE refused_row SET closed_run = ?4, closed_ms = ?5,
                 closed_how = CASE WHEN row_key IN (SELECT value FROM json_each(?6)) THEN 'corrected' ELSE 'sent_anew' END
             WHERE connector = ?1 AND stream = ?2 AND part = ?3 AND closed_run IS NULL AND run_id <> ?4",
        )
        .bind(&stream.connector)
        .bind(&stream.stream)
        .bind(&part.part)
        .bind(run.to_string())
        .bind(at_ms)
        .bind(serde_json::to_string(&part.corrected)?)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
