//! What was sent and what was given up, and having it sent again.
//! Here because a dead letter is never deleted, and a receiver that lost its database must be able to get everything anew.
//! In: which endpoint, since when, which case. Out: lists; deliveries that are pending again, under the same ids.
//! Not here: sending.

use serde::{Deserialize, Serialize};

use crate::db::{self, Builder, Row};
use crate::{AuditEntry, Error, Result, Store, audit};

/// Most rows a listing returns.
const ROWS_MAX: u32 = 10_000;
/// Most deliveries sent again at once.
pub const REPLAY_MAX: u64 = 200_000;

/// One attempt, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// The endpoint.
    pub endpoint: String,
    /// The event.
    pub event_id: String,
    /// Its place in the outbox.
    pub sequence: i64,
    /// Its case.
    pub case_id: String,
    /// Its type.
    pub kind: String,
    /// Which attempt, from 1.
    pub number: u32,
    /// When it began.
    pub at_ms: i64,
    /// How long it took.
    pub took_ms: i64,
    /// `acknowledged`, `retry` or `dead`.
    pub outcome: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadRow {
    /// The endpoint.
    pub endpoint: String,
    /// The event.
    pub event_id: String,
    /// Its place in the outbox.
    pub sequence: i64,
    /// Its case.
    pub case_id: String,
    /// Its type.
    pub kind: String,
    /// When it happened.
    pub at_ms: i64,
    /// When it was given up.
    pub done_ms: Option<i64>,
    /// Attempts made.
    pub attempts: u32,
    /// The last status.
    pub status: Option<u16>,
    /// The last error.
    pub error: Option<String>,
}

/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// To this endpoint.
    pub endpoint: Option<String>,
    /// Of events that happened since then.
    pub since_ms: Option<i64>,
    /// About this case.
    pub case_id: Option<String>,
    /// This event.
    pub event_id: Option<String>,
}

/// What is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The endpoint.
    pub endpoint: String,
    /// Deliveries that had been given up.
    pub dead: u64,
    /// Deliveries that had been taken.
    pub acknowledged: u64,
}

impl Store {
    /// At most `limit` attempts of `sent`, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn attempts(&self, sent: &Sent, limit: u32) -> Result<Vec<AttemptRow>> {
        let mut query = Builder::new(
            "SELECT d.endpoint, o.event_id, o.sequence, o.case_id, o.type, d.number, d.at_ms, d.took_ms, d.outcome,
                 d.status, d.error
             FROM attempt d JOIN outbox o USING (sequence) WHERE true",
        );
        narrow(&mut query, sent);
        query.push(" ORDER BY d.at_ms DESC, d.sequence DESC, d.number DESC LIMIT ");
        query.push_bind(limit.min(ROWS_MAX));
        let rows = query.build().fetch_all(&self.reader).await?;
        let row = |row: &Row| {
            Ok(AttemptRow {
                endpoint: row.try_get("endpoint")?,
                event_id: row.try_get("event_id")?,
                sequence: row.try_get("sequence")?,
                case_id: row.try_get("case_id")?,
                kind: row.try_get("type")?,
                number: row.try_get("number")?,
                at_ms: row.try_get("at_ms")?,
                took_ms: row.try_get("took_ms")?,
                outcome: row.try_get("outcome")?,
                status: row.try_get("status")?,
                error: row.try_get("error")?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// At most `limit` deliveries of `sent` that were given up, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn dead(&self, sent: &Sent, limit: u32) -> Result<Vec<DeadRow>> {
        let mut query = Builder::new(
            "SELECT d.endpoint, o.event_id, o.sequence, o.case_id, o.type, o.at_ms, d.done_ms, d.attempts, d.last_status,
                 d.last_error
             FROM delivery d JOIN outbox o USING (sequence) WHERE d.state = 'dead'",
        );
        narrow(&mut query, sent);
        query.push(" ORDER BY d.endpoint, d.sequence LIMIT ");
        query.push_bind(limit.min(ROWS_MAX));
        let rows = query.build().fetch_all(&self.reader).await?;
        let row = |row: &Row| {
            Ok(DeadRow {
                endpoint: row.try_get("endpoint")?,
                event_id: row.try_get("event_id")?,
                sequence: row.try_get("sequence")?,
                case_id: row.try_get("case_id")?,
                kind: row.try_get("type")?,
                at_ms: row.try_get("at_ms")?,
                done_ms: row.try_get("done_ms")?,
                attempts: row.try_get("attempts")?,
                status: row.try_get("last_status")?,
                error: row.try_get("last_error")?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// What of `sent` a replay would send again: what was given up; what was taken too, when `taken`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn replayable(&self, sent: &Sent, taken: bool) -> Result<Vec<Replayed>> {
        let mut query = Builder::new(
            "SELECT d.endpoint, count(*) FILTER (WHERE d.state = 'dead') AS dead,
                 count(*) FILTER (WHERE d.state = 'acknowledged') AS acknowledged
             FROM delivery d JOIN outbox o USING (sequence) WHERE d.state IN ",
        );
        query.push(states(taken));
        narrow(&mut query, sent);
        query.push(" GROUP BY d.endpoint ORDER BY d.endpoint");
        let rows = query.build().fetch_all(&self.reader).await?;
        let row = |row: &Row| {
            let count =
                |name| Ok::<_, Error>(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or_default());
            Ok(Replayed {
                endpoint: row.try_get("endpoint")?,
                dead: count("dead")?,
                acknowledged: count("acknowledged")?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// Has `sent` sent again, under the same ids and in order within each case, because `actor` says so.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn replay(&self, sent: &Sent, taken: bool, actor: &str, at_ms: i64) -> Result<Vec<Replayed>> {
        let replayed = self.replayable(sent, taken).await?;
        let mut tx = self.begin().await?;
        let mut query =
            Builder::new("UPDATE delivery SET state = 'pending', head = 0, replay = 1, due_ms = ");
        query.push_bind(at_ms);
        query.push(
            ", excused = attempts, done_ms = NULL FROM (
                 SELECT d.endpoint, d.sequence FROM delivery d JOIN outbox o USING (sequence) WHERE d.state IN ",
        );
        query.push(states(taken));
        narrow(&mut query, sent);
        query.push(
            ") AS again WHERE delivery.endpoint = again.endpoint AND delivery.sequence = again.sequence",
        );
        query.build().execute(&mut tx).await?;
        // Whoever was first in a case may be no longer: what is replayed is older.
        db::query(
            "UPDATE delivery SET head = CASE WHEN sequence = (
                 SELECT min(n.sequence) FROM delivery AS n INDEXED BY delivery_pending
                 WHERE n.endpoint = delivery.endpoint AND n.case_id = delivery.case_id AND n.state = 'pending')
                 THEN 1 ELSE 0 END
             WHERE state = 'pending' AND (endpoint, case_id) IN (
                 SELECT endpoint, case_id FROM delivery WHERE state = 'pending' AND replay = 1 AND due_ms = ?)",
        )
        .bind(at_ms)
        .execute(&mut tx)
        .await?;
        let entries: Vec<AuditEntry> = replayed
            .iter()
            .map(|replayed| AuditEntry {
                actor: actor.to_owned(),
                action: "push.replayed".to_owned(),
                subject: format!("endpoint/{}", replayed.endpoint),
                detail: serde_json::json!({ "of": sent, "dead": replayed.dead, "acknowledged": replayed.acknowledged })
                    .to_string(),
            })
            .collect();
        audit::append(&mut tx, at_ms, &entries).await?;
        tx.commit().await?;
        Ok(replayed)
    }
}

const fn states(taken: bool) -> &'static str {
    if taken {
        "('dead', 'acknowledged')"
    } else {
        "('dead')"
    }
}

/// Narrows a query over `d`, which has an endpoint, and `o`, the outbox.
fn narrow(query: &mut Builder<'_>, sent: &Sent) {
    if let Some(endpoint) = &sent.endpoint {
        query.push(" AND d.endpoint = ").push_bind(endpoint.clone());
    }
    if let Some(since_ms) = sent.since_ms {
        query.push(" AND o.at_ms >= ").push_bind(since_ms);
    }
    if let Some(case_id) = &sent.case_id {
        query.push(" AND o.case_id = ").push_bind(case_id.clone());
    }
    if let Some(event_id) = &sent.event_id {
        query.push(" AND o.event_id = ").push_bind(event_id.clone());
    }
}
