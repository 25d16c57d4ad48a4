//! Deliveries that go out together: everything that waits for an endpoint, as one file or one digest.
//! Here because a robot may be told twenty times a minute and a drop folder wants files, not events.
//! In: what was sent, up to which event. Out: what waits, as events or as counts; all of it acknowledged at once.
//! Not here: events that go out one by one (delivery), and how a digest reads (channels).

use std::collections::BTreeMap;

use hub_model::push::Endpoint;

use crate::db;
use crate::delivery::{self, Attempt, AttemptOutcome, COLUMNS, Delivery};
use crate::{Result, Store, endpoint};
use sqlx::AssertSqlSafe;

/// What waits for an endpoint, up to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The first event's place in the outbox.
    pub from: i64,
    /// The last one's.
    pub upto: i64,
    /// How many.
    pub events: u64,
    /// What fell due later is not meant, also when it lies between: somebody had it sent again meanwhile.
    pub due_ms: i64,
    /// Attempts made of the last one.
    pub attempts: u32,
}

/// A town's news of one severity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DigestKey {
    /// The severity's word; empty when the event has none.
    pub severity: String,
    /// The town; empty when it is not known.
    pub town: String,
}

/// What waits, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digest {
    /// Events by severity and town.
    pub by_town: BTreeMap<DigestKey, u64>,
    /// Events by CloudEvents type.
    pub by_kind: BTreeMap<String, u64>,
    /// Cases they are about.
    pub cases: u64,
    /// Events.
    pub events: u64,
}

impl Store {
    /// What had fallen due for `endpoint` before `now_ms`: the first `limit` events.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waiting(&self, endpoint: &str, now_ms: i64, limit: u32) -> Result<Option<Waiting>> {
        // What is put back at this very moment must wait for the next time.
        let due_ms = now_ms.saturating_sub(1);
        let row = db::query(
            "SELECT min(sequence) AS first, max(sequence) AS upto, count(*) AS events, max(attempts) AS attempts FROM (
                 SELECT sequence, attempts FROM delivery INDEXED BY delivery_waiting
                 WHERE endpoint = ?1 AND state = 'pending' AND due_ms <= ?2
                 ORDER BY sequence LIMIT ?3) AS first_ones",
        )
        .bind(endpoint)
        .bind(due_ms)
        .bind(limit)
        .fetch_one(&self.reader)
        .await?;
        let (first, upto): (Option<i64>, Option<i64>) = (row.try_get("first")?, row.try_get("upto")?);
        let (Some(from), Some(upto)) = (first, upto) else {
            return Ok(None);
        };
        let events: i64 = row.try_get("events")?;
        Ok(Some(Waiting {
            from,
            upto,
            events: u64::try_from(events).unwrap_or_default(),
            due_ms,
            attempts: row.try_get("attempts")?,
        }))
    }

    /// The events of `waiting`, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waiting_events(&self, endpoint: &str, waiting: &Waiting) -> Result<Vec<Delivery>> {
        let query = format!(
            "SELECT {COLUMNS} FROM delivery d JOIN outbox o USING (sequence)
             WHERE d.endpoint = ?1 AND d.state = 'pending' AND d.sequence BETWEEN ?2 AND ?3 AND d.due_ms <= ?4
             ORDER BY d.sequence"
        );
        let rows = db::query(AssertSqlSafe(query))
            .bind(endpoint)
            .bind(waiting.from)
            .bind(waiting.upto)
            .bind(waiting.due_ms)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(delivery::delivery).collect()
    }

    /// The events of `waiting`, counted: no case, no household, no village stands in it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn digest(&self, endpoint: &str, waiting: &Waiting) -> Result<Digest> {
        let rows: Vec<(String, String, String, i64)> = db::query_as(
            "SELECT o.type, coalesce(o.data::json ->> 'severity', ''),
                 coalesce((SELECT w.place FROM warning w WHERE w.case_id = d.case_id AND w.place <> '' LIMIT 1), ''),
                 count(*)
             FROM delivery d JOIN outbox o USING (sequence)
             WHERE d.endpoint = ?1 AND d.state = 'pending' AND d.sequence BETWEEN ?2 AND ?3 AND d.due_ms <= ?4
             GROUP BY 1, 2, 3",
        )
        .bind(endpoint)
        .bind(waiting.from)
        .bind(waiting.upto)
        .bind(waiting.due_ms)
        .fetch_all(&self.reader)
        .await?;
        let mut digest = Digest::default();
        for (kind, severity, place, events) in rows {
            let events = u64::try_from(events).unwrap_or_default();
            let town = place.split('/').nth(1).unwrap_or_default().to_owned();
            *digest.by_town.entry(DigestKey { severity, town }).or_default() += events;
            *digest.by_kind.entry(kind).or_default() += events;
            digest.events += events;
        }
        let cases: i64 = db::query_scalar(
            "SELECT count(DISTINCT case_id) FROM delivery
             WHERE endpoint = ?1 AND state = 'pending' AND sequence BETWEEN ?2 AND ?3 AND due_ms <= ?4",
        )
        .bind(endpoint)
        .bind(waiting.from)
        .bind(waiting.upto)
        .bind(waiting.due_ms)
        .fetch_one(&self.reader)
        .await?;
        digest.cases = u64::try_from(cases).unwrap_or_default();
        Ok(digest)
    }

    /// Records one attempt to send all of `waiting`; its outcome is that of every one of them. Returns where the endpoint
    /// then stands.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_gathered(
        &self,
        endpoint: &str,
        waiting: &Waiting,
        attempt: &Attempt,
        at_ms: i64,
    ) -> Result<Endpoint> {
        let taken = attempt.outcome == AttemptOutcome::Acknowledged;
        let mut tx = self.begin().await?;
        db::query(
            "UPDATE delivery SET attempts = attempts + 1, last_status = ?5, last_error = ?6,
                 state = CASE WHEN ?7 = 1 THEN 'acknowledged' ELSE state END, head = CASE WHEN ?7 = 1 THEN 0 ELSE head END,
                 receipt = ?8, done_ms = CASE WHEN ?7 = 1 THEN ?9 END
             WHERE endpoint = ?1 AND state = 'pending' AND sequence BETWEEN ?2 AND ?3 AND due_ms <= ?4",
        )
        .bind(endpoint)
        .bind(waiting.from)
        .bind(waiting.upto)
        .bind(waiting.due_ms)
        .bind(attempt.status)
        .bind(&attempt.error)
        .bind(taken)
        .bind(&attempt.receipt)
        .bind(at_ms)
        .execute(&mut tx)
        .await?;
        if taken {
            // Somebody may make a channel of another kind of it: then the first of each case must be known.
            db::query(
                "UPDATE delivery SET head = 1 WHERE endpoint = ?1 AND state = 'pending' AND (case_id, sequence) IN (
                     SELECT n.case_id, min(n.sequence) FROM delivery AS n INDEXED BY delivery_pending
                     WHERE n.endpoint = ?1 AND n.state = 'pending'
                         AND n.case_id IN (SELECT case_id FROM delivery
                                           WHERE endpoint = ?1 AND sequence BETWEEN ?2 AND ?3 AND done_ms = ?4)
                     GROUP BY n.case_id)",
            )
            .bind(endpoint)
            .bind(waiting.from)
            .bind(waiting.upto)
            .bind(at_ms)
            .execute(&mut tx)
            .await?;
        }
        delivery::remember(&mut tx, endpoint, attempt, at_ms).await?;
        let heard = std::iter::once(attempt.heard());
        let stands = endpoint::hear(&mut tx, endpoint, heard, "hub", at_ms).await?;
        tx.commit().await?;
        Ok(stands)
    }
}
