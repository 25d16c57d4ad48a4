//! Held parts: what broke a bound and waits for a person, what was decided, and what approved parts looked like.
//! Here because nothing of a held part may be active, nothing of it may be lost, and who decided must be told for ever.
//! In: a run, a stream, a rejection taken back. Out: rows to show, files to approve, the history to compare with.
//! Not here: writing them (held_write), comparing (model), when to hold (runtime).

use std::collections::BTreeMap;

use hub_model::guard::{Deviation, History, Profile};
use hub_model::{NewFile, RunId, StreamId};
use serde::{Deserialize, Serialize};

use crate::db::{self, Row};
use crate::runs::stream_id;
use crate::{AuditEntry, Error, Result, Store, audit, held_write};

/// Where a held part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeldState {
    /// Waits for a person.
    Held,
    /// Made active.
    Approved,
    /// Dropped; the same rows are not taken when they come again.
    Rejected,
    /// A later run read the stream anew.
    Superseded,
    /// Was rejected, and the rejection was taken back.
    Withdrawn,
}

impl HeldState {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [
            Self::Held,
            Self::Approved,
            Self::Rejected,
            Self::Superseded,
            Self::Withdrawn,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// A part that broke a bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldPart {
    /// Its name.
    pub part: String,
    /// The part it was compared with.
    pub against: String,
    /// How it differs.
    pub deviations: Vec<Deviation>,
    /// What it looks like.
    pub profile: Profile,
    /// Its landed files.
    pub files: Vec<NewFile>,
}

/// How the rows of a held stream are normalised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldJob {
    /// The mapping.
    pub mapping: String,
    /// Where it stands, for errors.
    pub origin: String,
    /// The columns as the connector declared them: name and Arrow type.
    pub columns: Vec<(String, String)>,
    /// How far the stream was read.
    pub cursor: Option<String>,
}

/// What is held of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldStream {
    /// The stream's name.
    pub stream: String,
    /// How its rows are normalised.
    pub job: HeldJob,
    /// Its parts.
    pub parts: Vec<HeldPart>,
}

/// A held part as commands show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldRow {
    /// The run that read it.
    pub run_id: String,
    /// Its stream.
    #[serde(flatten)]
    pub stream: StreamId,
    /// Where it stands.
    pub state: HeldState,
    /// What it is.
    #[serde(flatten)]
    pub held: HeldPart,
    /// When that was decided.
    pub decided_ms: Option<i64>,
    /// The run in which it became active, or that read the stream anew.
    pub decided_run: Option<String>,
    /// Who decided.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What a person decided about held parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The run that read them.
    pub held_run: RunId,
    /// Stream and part of each.
    pub parts: Vec<(String, String)>,
    /// [`HeldState::Approved`] or [`HeldState::Rejected`].
    pub state: HeldState,
    /// The run in which they become active.
    pub run: Option<RunId>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
}

impl Store {
    /// What approved parts of `stream` looked like.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn history(&self, stream: &StreamId) -> Result<History> {
        let rows: Vec<(String, String)> =
            db::query_as("SELECT part, body FROM stream_profile WHERE connector = ? AND stream = ?")
                .bind(&stream.connector)
                .bind(&stream.stream)
                .fetch_all(&self.reader)
                .await?;
        let mut history = History::default();
        for (part, body) in rows {
            history.parts.insert(part, serde_json::from_str(&body)?);
        }
        Ok(history)
    }

    /// The streams of `connector` with approved profiles, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn profiled_streams(&self, connector: &str) -> Result<Vec<String>> {
        Ok(
            db::query_scalar(
                "SELECT DISTINCT stream FROM stream_profile WHERE connector = ? ORDER BY stream",
            )
            .bind(connector)
            .fetch_all(&self.reader)
            .await?,
        )
    }

    /// What was rejected of `stream`: part and digest, with the run that was rejected.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rejected(&self, stream: &StreamId) -> Result<BTreeMap<(String, String), String>> {
        let rows: Vec<(String, String, String)> = db::query_as(
            "SELECT part, digest, run_id FROM held_part
             WHERE connector = ? AND stream = ? AND state = 'rejected' ORDER BY run_id",
        )
        .bind(&stream.connector)
        .bind(&stream.stream)
        .fetch_all(&self.reader)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(part, digest, run)| ((part, digest), run))
            .collect())
    }

    /// Everything that waits for a person.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn held(&self) -> Result<Vec<HeldRow>> {
        let rows = db::query("SELECT * FROM held_part WHERE state = 'held' ORDER BY run_id, stream, part")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(held_row).collect()
    }

    /// What run `run_id` held, whatever became of it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn held_of(&self, run_id: &str) -> Result<Vec<HeldRow>> {
        let rows = db::query("SELECT * FROM held_part WHERE run_id = ? ORDER BY stream, part")
            .bind(run_id)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(held_row).collect()
    }

    /// How rows of `stream` that run `run_id` held are normalised.
    ///
    /// # Errors
    /// When the database refuses, or the run held nothing of the stream.
    pub async fn held_job(&self, run_id: &str, stream: &str) -> Result<HeldJob> {
        let body: String = db::query_scalar("SELECT body FROM held_stream WHERE run_id = ? AND stream = ?")
            .bind(run_id)
            .bind(stream)
            .fetch_one(&self.reader)
            .await?;
        Ok(serde_json::from_str(&body)?)
    }

    /// Paths of landed files that wait for a person: no catalogue names them, and they are no orphans.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn held_paths(&self) -> Result<Vec<String>> {
        Ok(db::query_scalar(
            "SELECT file.value::json ->> 'path' FROM held_part, json_each(held_part.body::json ->> 'files') AS file
             WHERE state = 'held'",
        )
        .fetch_all(&self.reader)
        .await?)
    }

    /// Takes back what was rejected of run `run_id`, so that it is held again when it comes again; how many parts that were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn withdraw_rejection(
        &self,
        run_id: &str,
        (actor, reason): (&str, &str),
        at_ms: i64,
    ) -> Result<u64> {
        let mut tx = self.begin().await?;
        let withdrawn = db::query(
            "UPDATE held_part SET state = 'withdrawn', decided_ms = ?, actor = ?, reason = ?
             WHERE run_id = ? AND state = 'rejected'",
        )
        .bind(at_ms)
        .bind(actor)
        .bind(reason)
        .bind(run_id)
        .execute(&mut tx)
        .await?
        .rows_affected();
        if withdrawn > 0 {
            held_write::settle(&mut tx, run_id).await?;
            let entry = AuditEntry {
                actor: actor.to_owned(),
                action: "run.rejection_withdrawn".to_owned(),
                subject: run_id.to_owned(),
                detail: serde_json::json!({ "reason": reason, "parts": withdrawn }).to_string(),
            };
            audit::append(&mut tx, at_ms, &[entry]).await?;
        }
        tx.commit().await?;
        Ok(withdrawn)
    }
}

fn held_row(row: &Row) -> Result<HeldRow> {
    let word: String = row.try_get("state")?;
    Ok(HeldRow {
        run_id: row.try_get("run_id")?,
        stream: stream_id(row)?,
        state: HeldState::parse(&word).ok_or(Error::Unreadable {
            what: "held_part.state",
            value: word,
        })?,
        held: serde_json::from_str(&row.try_get::<String, _>("body")?)?,
        decided_ms: row.try_get("decided_ms")?,
        decided_run: row.try_get("decided_run")?,
        actor: row.try_get("actor")?,
        reason: row.try_get("reason")?,
    })
}
