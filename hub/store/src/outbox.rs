//! The outbox as the relay sees it: what is due, and what became of an attempt.
//! Here because an event must stay until its receiver has it, in order within its case.
//! In: attempts. Out: due deliveries, at most one per case and endpoint at a time.
//! Not here: HTTP, signatures, retry schedules.

use hub_model::OutboxMessage;
use serde::Serialize;
use sqlx::{Row, Sqlite, Transaction};

use crate::{Result, Store, many};

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event's place in the outbox.
    pub sequence: i64,
    /// The event's id, constant over retries.
    pub event_id: String,
    /// Its case.
    pub case_id: String,
    /// Its CloudEvents type.
    pub kind: String,
    /// When it happened.
    pub at_ms: i64,
    /// Its payload, JSON text.
    pub data: String,
    /// Attempts made so far.
    pub attempts: u32,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The receiver has it.
    Acknowledged,
    /// Try again at this time.
    Retry {
        /// When.
        due_ms: i64,
    },
    /// The schedule is exhausted; it stays, for a person to replay.
    Dead,
}

/// One attempt's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which event.
    pub sequence: i64,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// The HTTP status, when there was one.
    pub status: Option<u16>,
    /// Why it failed, without payload or credentials.
    pub error: Option<String>,
}

/// Counts over the whole outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OutboxCounts {
    /// Deliveries attempted at least once.
    pub sent: u64,
    /// Deliveries a receiver has acknowledged.
    pub acknowledged: u64,
    /// Deliveries whose retries are exhausted.
    pub dead: u64,
    /// Deliveries still to be made.
    pub pending: u64,
}

impl Store {
    /// At most `limit` deliveries to `endpoint` that are due at `now_ms`: the oldest pending of each case,
    /// in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn due(&self, endpoint: &str, now_ms: i64, limit: u32) -> Result<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT o.sequence, o.event_id, o.case_id, o.type, o.at_ms, o.data, d.attempts
             FROM delivery d JOIN outbox o USING (sequence)
             WHERE d.endpoint = ?1 AND d.state = 'pending' AND d.due_ms <= ?2
               AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.endpoint = ?1 AND e.case_id = d.case_id
                               AND e.state = 'pending' AND e.sequence < d.sequence)
             ORDER BY d.sequence LIMIT ?3",
        )
        .bind(endpoint)
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Delivery {
                    sequence: row.try_get("sequence")?,
                    event_id: row.try_get("event_id")?,
                    case_id: row.try_get("case_id")?,
                    kind: row.try_get("type")?,
                    at_ms: row.try_get("at_ms")?,
                    data: row.try_get("data")?,
                    attempts: row.try_get("attempts")?,
                })
            })
            .collect()
    }

    /// When the next delivery to `endpoint` may be made: the earliest among the oldest pending of each case;
    /// `None` when nothing is pending.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_due_ms(&self, endpoint: &str) -> Result<Option<i64>> {
        let next = sqlx::query_scalar(
            "SELECT min(d.due_ms) FROM delivery d WHERE d.endpoint = ?1 AND d.state = 'pending'
               AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.endpoint = ?1 AND e.case_id = d.case_id
                               AND e.state = 'pending' AND e.sequence < d.sequence)",
        );
        Ok(next.bind(endpoint).fetch_one(&self.reader).await?)
    }

    /// Gives every endpoint that never had a delivery all events there are: a channel added later misses nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn adopt_endpoints(&self, endpoints: &[String], at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        for endpoint in endpoints {
            sqlx::query(
                "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms)
                 SELECT ?1, sequence, case_id, 'pending', 0, ?2 FROM outbox
                 WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE endpoint = ?1)",
            )
            .bind(endpoint)
            .bind(at_ms)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Records attempts made to `endpoint`, in one transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_attempts(&self, endpoint: &str, attempts: &[Attempt], at_ms: i64) -> Result<()> {
        let rows: Vec<_> = attempts
            .iter()
            .map(|attempt| {
                let (state, due_ms) = match attempt.outcome {
                    AttemptOutcome::Acknowledged => ("acknowledged", None),
                    AttemptOutcome::Retry { due_ms } => ("pending", Some(due_ms)),
                    AttemptOutcome::Dead => ("dead", None),
                };
                (attempt.sequence, state, due_ms, attempt.status, &attempt.error)
            })
            .collect();
        let mut tx = self.begin().await?;
        sqlx::query(
            "UPDATE delivery SET attempts = attempts + 1, state = a.value->>1, due_ms = coalesce(a.value->>2, due_ms),
                 last_status = a.value->>3, last_error = a.value->>4,
                 done_ms = iif(a.value->>1 = 'pending', NULL, ?3)
             FROM json_each(?1) AS a WHERE endpoint = ?2 AND sequence = a.value->>0",
        )
        .bind(serde_json::to_string(&rows)?)
        .bind(endpoint)
        .bind(at_ms)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Counts over the whole outbox.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts> {
        let (sent, acknowledged, dead, pending): (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE attempts > 0), count(*) FILTER (WHERE state = 'acknowledged'),
                 count(*) FILTER (WHERE state = 'dead'), count(*) FILTER (WHERE state = 'pending') FROM delivery",
        )
        .fetch_one(&self.reader)
        .await?;
        let [sent, acknowledged, dead, pending] =
            [sent, acknowledged, dead, pending].map(|n| u64::try_from(n).unwrap_or_default());
        Ok(OutboxCounts {
            sent,
            acknowledged,
            dead,
            pending,
        })
    }
}

/// Adds `messages` in order, due at once at every one of `endpoints`.
pub(crate) async fn write(
    tx: &mut Transaction<'_, Sqlite>,
    messages: &[OutboxMessage],
    endpoints: &[String],
    at_ms: i64,
) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let before: i64 = sqlx::query_scalar("SELECT coalesce(max(sequence), 0) FROM outbox")
        .fetch_one(&mut **tx)
        .await?;
    let statement = ("INSERT INTO outbox (event_id, case_id, type, at_ms, data) ", "");
    many::insert(tx, statement, 5, messages, |values, message| {
        values
            .push_bind(message.id.to_string())
            .push_bind(message.case_id.to_string())
            .push_bind(message.kind.name())
            .push_bind(at_ms)
            .push_bind(&message.data);
    })
    .await?;
    for endpoint in endpoints {
        sqlx::query(
            "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms)
             SELECT ?, sequence, case_id, 'pending', 0, ? FROM outbox WHERE sequence > ?",
        )
        .bind(endpoint)
        .bind(at_ms)
        .bind(before)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
