//! The outbox: events, written in the transaction of the change they tell, and how many are where.
//! Here because an event must be there exactly when its change is.
//! In: messages. Out: one delivery for each endpoint, counts.
//! Not here: what is due and what became of an attempt (delivery), HTTP, signatures, retry schedules.

use hub_model::OutboxMessage;
use serde::Serialize;
use sqlx::{Sqlite, Transaction};

use crate::{Result, Store, many};

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
    /// Knows `endpoints` from now on, and gives each that never had a delivery all events there are: a channel added later
    /// misses nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn adopt_endpoints(&self, endpoints: &[String], at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        for endpoint in endpoints {
            sqlx::query(
                "INSERT INTO endpoint (endpoint, standing, since_ms) VALUES (?1, 'active', ?2) ON CONFLICT DO NOTHING",
            )
            .bind(endpoint)
            .bind(at_ms)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms, head)
                 SELECT ?1, sequence, case_id, 'pending', 0, ?2,
                     row_number() OVER (PARTITION BY case_id ORDER BY sequence) = 1
                 FROM outbox WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE endpoint = ?1)",
            )
            .bind(endpoint)
            .bind(at_ms)
            .execute(&mut *tx)
            .await?;
        }
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
            "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms, head)
             SELECT ?1, sequence, case_id, 'pending', 0, ?2,
                 row_number() OVER (PARTITION BY case_id ORDER BY sequence) = 1
                 AND NOT EXISTS (SELECT 1 FROM delivery AS d INDEXED BY delivery_pending
                                 WHERE d.endpoint = ?1 AND d.case_id = outbox.case_id
                                 AND d.state = 'pending')
             FROM outbox WHERE sequence > ?3",
        )
        .bind(endpoint)
        .bind(at_ms)
        .bind(before)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
