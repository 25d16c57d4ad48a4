//! Deliveries as the relay sees them: what is due, and what became of an attempt.
//! Here because an event must stay until its receiver has it, in order within its case.
//! In: attempts. Out: due deliveries, at most one per case and endpoint at a time; where the endpoint then stands.
//! Not here: channels that take everything at once (gathered), HTTP, signatures, retry schedules.

use hub_model::push::{Endpoint, Heard};

use crate::db::{self, Row, Tx};
use crate::{Result, Store, endpoint};
use sqlx::AssertSqlSafe;

/// Attempts of one delivery that are remembered one by one; earlier ones are only counted.
pub const ATTEMPTS_KEPT: u32 = 20;

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
    /// The trace it came to be in, as W3C writes it.
    pub traceparent: Option<String>,
    /// Attempts made so far.
    pub attempts: u32,
    /// Those of them that do not count against it.
    pub excused: u32,
    /// Whether a person had it sent again.
    pub replay: bool,
}

/// What became of an event by an attempt.
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

impl AttemptOutcome {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Retry { .. } => "retry",
            Self::Dead => "dead",
        }
    }
}

/// What an attempt tells about the endpoint; why is the attempt's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It takes events.
    Took,
    /// It asks for patience.
    Busy,
    /// It failed, or refused this event.
    Failed,
    /// It does not take our credential.
    Unauthorised,
    /// It says that it is gone.
    Gone,
}

/// One attempt's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which event.
    pub sequence: i64,
    /// Which attempt of this event, from 1.
    pub number: u32,
    /// What became of the event.
    pub outcome: AttemptOutcome,
    /// What it tells about the endpoint.
    pub told: Told,
    /// Whether it does not count against the event.
    pub excused: bool,
    /// The HTTP status, when there was one.
    pub status: Option<u16>,
    /// Why it failed, without payload or credentials.
    pub error: Option<String>,
    /// What the receiver gave as proof that it has the event.
    pub receipt: Option<String>,
    /// How long it took.
    pub took_ms: i64,
}

impl Attempt {
    /// What the endpoint's standing follows from.
    pub(crate) fn heard(&self) -> Heard<'_> {
        let why = self.error.as_deref().unwrap_or_default();
        match self.told {
            Told::Took => Heard::Took,
            Told::Busy => Heard::Busy,
            Told::Failed => Heard::Failed(why),
            Told::Unauthorised => Heard::Unauthorised(why),
            Told::Gone => Heard::Gone(why),
        }
    }

    const fn state(&self) -> (&'static str, Option<i64>) {
        match self.outcome {
            AttemptOutcome::Acknowledged => ("acknowledged", None),
            AttemptOutcome::Retry { due_ms } => ("pending", Some(due_ms)),
            AttemptOutcome::Dead => ("dead", None),
        }
    }
}

/// The columns a [`Delivery`] is read from, of `delivery d JOIN outbox o`.
pub(crate) const COLUMNS: &str = "o.sequence, o.event_id, o.case_id, o.type, o.at_ms, o.data, o.traceparent, d.attempts, \
     d.excused, d.replay";

pub(crate) fn delivery(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        sequence: row.try_get("sequence")?,
        event_id: row.try_get("event_id")?,
        case_id: row.try_get("case_id")?,
        kind: row.try_get("type")?,
        at_ms: row.try_get("at_ms")?,
        data: row.try_get("data")?,
        traceparent: row.try_get("traceparent")?,
        attempts: row.try_get("attempts")?,
        excused: row.try_get("excused")?,
        replay: row.try_get("replay")?,
    })
}

impl Store {
    /// At most `limit` deliveries to `endpoint` that are due at `now_ms`: the oldest pending of each case, in the order in
    /// which they fell due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn due(&self, endpoint: &str, now_ms: i64, limit: u32) -> Result<Vec<Delivery>> {
        self.due_by(endpoint, now_ms, limit, "d.due_ms, d.sequence").await
    }

    /// The delivery to try a broken `endpoint` with: of those due, the one that was tried least. An event no receiver would
    /// take must not be the only one by which the endpoint is judged.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn probe(&self, endpoint: &str, now_ms: i64) -> Result<Vec<Delivery>> {
        self.due_by(endpoint, now_ms, 1, "d.attempts, d.due_ms, d.sequence")
            .await
    }

    async fn due_by(&self, endpoint: &str, now_ms: i64, limit: u32, order: &str) -> Result<Vec<Delivery>> {
        let query = format!(
            "SELECT {COLUMNS} FROM delivery d JOIN outbox o USING (sequence)
             WHERE d.endpoint = ?1 AND d.state = 'pending' AND d.head = 1 AND d.due_ms <= ?2
             ORDER BY {order} LIMIT ?3"
        );
        let rows = db::query(AssertSqlSafe(query))
            .bind(endpoint)
            .bind(now_ms)
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(delivery).collect()
    }

    /// When the next delivery to `endpoint` may be made: the earliest among the oldest pending of each case;
    /// `None` when nothing is pending.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_due_ms(&self, endpoint: &str) -> Result<Option<i64>> {
        let next = db::query_scalar(
            "SELECT min(due_ms) FROM delivery WHERE endpoint = ?1 AND state = 'pending' AND head = 1",
        );
        Ok(next.bind(endpoint).fetch_one(&self.reader).await?)
    }

    /// Records attempts made to `endpoint`, in the order in which they ended and in one transaction; returns where the
    /// endpoint then stands.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_attempts(
        &self,
        endpoint: &str,
        attempts: &[Attempt],
        at_ms: i64,
    ) -> Result<Endpoint> {
        let mut tx = self.begin().await?;
        write_attempts(&mut tx, endpoint, attempts, at_ms).await?;
        next_heads(&mut tx, endpoint, attempts).await?;
        let heard = attempts.iter().map(Attempt::heard);
        let stands = endpoint::hear(&mut tx, endpoint, heard, "hub", at_ms).await?;
        tx.commit().await?;
        Ok(stands)
    }
}

async fn write_attempts(tx: &mut Tx, endpoint: &str, attempts: &[Attempt], at_ms: i64) -> Result<()> {
    for attempt in attempts {
        let (state, due_ms) = attempt.state();
        db::query(
            "UPDATE delivery SET attempts = attempts + 1, excused = excused + ?3, state = ?4, due_ms = coalesce(?5, due_ms),
                 last_status = ?6, last_error = ?7, receipt = ?8, head = CASE WHEN ?4 = 'pending' THEN head ELSE 0 END,
                 done_ms = CASE WHEN ?4 = 'pending' THEN NULL ELSE ?9 END
             WHERE endpoint = ?1 AND sequence = ?2 AND state = 'pending'",
        )
        .bind(endpoint)
        .bind(attempt.sequence)
        .bind(attempt.excused)
        .bind(state)
        .bind(due_ms)
        .bind(attempt.status)
        .bind(&attempt.error)
        .bind(&attempt.receipt)
        .bind(at_ms)
        .execute(&mut *tx)
        .await?;
        remember(tx, endpoint, attempt, at_ms).await?;
    }
    Ok(())
}

/// Keeps one attempt, and forgets the one that is too many.
pub(crate) async fn remember(tx: &mut Tx, endpoint: &str, attempt: &Attempt, at_ms: i64) -> Result<()> {
    db::query(
        "INSERT INTO attempt (endpoint, sequence, number, at_ms, took_ms, outcome, status, error)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (endpoint, sequence, number) DO UPDATE SET at_ms = excluded.at_ms, took_ms = excluded.took_ms,
             outcome = excluded.outcome, status = excluded.status, error = excluded.error",
    )
    .bind(endpoint)
    .bind(attempt.sequence)
    .bind(attempt.number)
    .bind(at_ms.saturating_sub(attempt.took_ms))
    .bind(attempt.took_ms)
    .bind(attempt.outcome.as_str())
    .bind(attempt.status)
    .bind(&attempt.error)
    .execute(&mut *tx)
    .await?;
    if let Some(oldest) = attempt
        .number
        .checked_sub(ATTEMPTS_KEPT)
        .filter(|oldest| *oldest > 0)
    {
        db::query("DELETE FROM attempt WHERE endpoint = ? AND sequence = ? AND number <= ?")
            .bind(endpoint)
            .bind(attempt.sequence)
            .bind(oldest)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Lets the next event of every case go whose event is done with. Left to itself, SQLite would look through the whole queue.
async fn next_heads(tx: &mut Tx, endpoint: &str, attempts: &[Attempt]) -> Result<()> {
    let done = attempts
        .iter()
        .filter(|attempt| !matches!(attempt.outcome, AttemptOutcome::Retry { .. }));
    for attempt in done {
        db::query(
            "UPDATE delivery SET head = 1 WHERE endpoint = ?1 AND sequence = (
                 SELECT min(n.sequence) FROM delivery AS n INDEXED BY delivery_pending
                 WHERE n.endpoint = ?1 AND n.state = 'pending' AND n.case_id = (
                     SELECT case_id FROM delivery WHERE endpoint = ?1 AND sequence = ?2))",
        )
        .bind(endpoint)
        .bind(attempt.sequence)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
