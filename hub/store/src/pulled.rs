//! The outbox as those see it who fetch: events in order, and how far each has come.
//! Here because behind a one-way gateway nobody can be pushed to, and nothing may be missed all the same.
//! In: a scope, the last sequence somebody has. Out: the next events; what was served and confirmed.
//! Not here: pushing (outbox), how an event looks outside (runtime).

use hub_model::{CredentialId, Scope};

use crate::db;
use crate::scoped::{self, in_scope};
use crate::{Result, Store};

/// Most events of a page.
pub const EVENT_PAGE_MAX: u32 = 1_000;
/// Events looked through for one page: a department with few of its own must not read the whole outbox at once.
const LOOKED_THROUGH: i64 = 50_000;

/// An event as it stands in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledEvent {
    /// Its place in the outbox.
    pub sequence: i64,
    /// Its id, the same wherever it is delivered.
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
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events, in order.
    pub events: Vec<PulledEvent>,
    /// Up to where the outbox was looked through: what to ask after next.
    pub through: i64,
    /// Whether there is more to look through.
    pub more: bool,
    /// The last sequence there is.
    pub last: i64,
}

/// How far somebody has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pull {
    /// The last sequence that was looked through for them.
    pub served: i64,
    /// The last one they confirmed.
    pub acknowledged: i64,
}

impl Store {
    /// The events after `after` about cases that are in `scope` now, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn events_after(&self, scope: &Scope, after: i64, limit: u32) -> Result<EventPage> {
        let limit = limit.clamp(1, EVENT_PAGE_MAX);
        let mut tx = self.reader.begin().await?;
        let last: i64 = db::query_scalar("SELECT coalesce(max(sequence), 0) FROM outbox")
            .fetch_one(&mut tx)
            .await?;
        let end = after.max(0).saturating_add(LOOKED_THROUGH).min(last).max(after);
        let sql = concat!(
            "SELECT o.sequence, o.event_id, o.case_id, o.type, o.at_ms, o.data, o.traceparent
             FROM outbox o CROSS JOIN cases c ON c.case_id = o.case_id
             WHERE o.sequence > ?3 AND o.sequence <= ?4 AND ",
            in_scope!(),
            " ORDER BY o.sequence LIMIT ?5"
        );
        let rows = scoped::query(sql, scope)
            .bind(after)
            .bind(end)
            .bind(limit)
            .fetch_all(&mut tx)
            .await?;
        let events = rows
            .iter()
            .map(|row| {
                Ok(PulledEvent {
                    sequence: row.try_get("sequence")?,
                    event_id: row.try_get("event_id")?,
                    case_id: row.try_get("case_id")?,
                    kind: row.try_get("type")?,
                    at_ms: row.try_get("at_ms")?,
                    data: row.try_get("data")?,
                    traceparent: row.try_get("traceparent")?,
                })
            })
            .collect::<Result<Vec<PulledEvent>>>()?;
        let is_full = events.len() == limit as usize;
        let through = events
            .last()
            .filter(|_| is_full)
            .map_or(end, |event| event.sequence);
        Ok(EventPage {
            more: through < last,
            events,
            through,
            last,
        })
    }

    /// How far the holder of `credential` has come.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pull_of(&self, credential: &CredentialId) -> Result<Pull> {
        let row = db::query("SELECT served, acknowledged FROM pull WHERE credential_id = ?")
            .bind(credential.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let Some(row) = row else {
            return Ok(Pull::default());
        };
        Ok(Pull {
            served: row.try_get("served")?,
            acknowledged: row.try_get("acknowledged")?,
        })
    }

    /// Notes that events up to `through` were handed to the holder of `credential`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn served(&self, credential: &CredentialId, through: i64, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query(
            "INSERT INTO pull (credential_id, served, acknowledged, served_ms) VALUES (?, ?, 0, ?)
             ON CONFLICT (credential_id) DO UPDATE SET served_ms = excluded.served_ms,
                 served = CASE WHEN excluded.served > pull.served THEN excluded.served ELSE pull.served END",
        )
        .bind(credential.as_str())
        .bind(through)
        .bind(at_ms)
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Notes that the holder of `credential` has all events up to `through`; one who has confirmed more keeps that. `None`
    /// when so much was never handed out: then nothing is changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn acknowledge(
        &self,
        credential: &CredentialId,
        through: i64,
        at_ms: i64,
    ) -> Result<Option<Pull>> {
        let mut tx = self.begin().await?;
        let noted = db::query(
            "UPDATE pull SET acknowledged = CASE WHEN acknowledged < ?2 THEN ?2 ELSE acknowledged END, acknowledged_ms = ?3
             WHERE credential_id = ?1 AND served >= ?2",
        )
        .bind(credential.as_str())
        .bind(through)
        .bind(at_ms)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        if noted.rows_affected() == 0 && through > 0 {
            return Ok(None);
        }
        Ok(Some(self.pull_of(credential).await?))
    }
}
