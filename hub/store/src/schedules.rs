//! Schedules as the database knows them: how far each is decided, who paused it, whether it is late.
//! Here because none of this may be forgotten when the hub is started anew.
//! In: definitions, deeds of people, what the watchdog found. Out: standings, audited when a person or the hub changes one.
//! Not here: what a definition says (runtime), single fires (fires).

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::db::{self, On, Row, Tx};
use crate::{AuditEntry, Result, Store, audit};

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// Its id.
    pub schedule: String,
    /// A digest of what decides when it fires; empty while no file configures it.
    pub definition: String,
    /// Everything that fell due until then is decided; milliseconds since 1970 UTC, as all its times are.
    pub decided_ms: i64,
    /// Since when the definition is known.
    pub since_ms: i64,
    /// When it was paused.
    pub paused_ms: Option<i64>,
    /// By whom.
    pub paused_by: Option<String>,
    /// Why.
    pub paused_reason: Option<String>,
    /// Since when its last success is older than it may be.
    pub late_ms: Option<i64>,
}

impl Store {
    /// Takes over `definitions`, ids with digests: one that is new, or another than before, begins now, and nothing from before
    /// is made good. One that is not among them begins anew when it comes back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn adopt_schedules(&self, definitions: &[(String, String)], at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        adopt(&mut tx, definitions, at_ms).await?;
        Ok(tx.commit().await?)
    }

    /// Every schedule there ever was, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn schedules(&self) -> Result<BTreeMap<String, ScheduleRow>> {
        all(&self.reader).await
    }

    /// Pauses `schedule`, by `actor` and for a reason; whether it ran before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pause_schedule(
        &self,
        schedule: &str,
        (actor, reason): (&str, &str),
        at_ms: i64,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let paused = db::query(
            "UPDATE schedule SET paused_ms = ?, paused_by = ?, paused_reason = ? WHERE schedule = ? AND paused_ms IS NULL",
        )
        .bind(at_ms)
        .bind(actor)
        .bind(reason)
        .bind(schedule)
        .execute(&mut tx)
        .await?
        .rows_affected();
        if paused > 0 {
            let detail = serde_json::json!({ "reason": reason });
            audit::append(
                &mut tx,
                at_ms,
                &[deed(actor, "schedule.paused", schedule, &detail)],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(paused > 0)
    }

    /// Lets `schedule` run again: what fell due until now is decided, and nothing of it is made good. Whether it was paused.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn resume_schedule(&self, schedule: &str, actor: &str, at_ms: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let resumed = db::query(
            "UPDATE schedule SET paused_ms = NULL, paused_by = NULL, paused_reason = NULL, decided_ms = CASE WHEN decided_ms < ?1 THEN ?1 ELSE decided_ms END
             WHERE schedule = ?2 AND paused_ms IS NOT NULL",
        )
        .bind(at_ms)
        .bind(schedule)
        .execute(&mut tx)
        .await?
        .rows_affected();
        if resumed > 0 {
            audit::append(
                &mut tx,
                at_ms,
                &[deed(actor, "schedule.resumed", schedule, &serde_json::json!({}))],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(resumed > 0)
    }

    /// Decided is nothing later than `at_ms` any more: a clock that had gone ahead was put right.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn schedules_not_ahead(&self, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query(
            "UPDATE schedule SET decided_ms = ?1, since_ms = CASE WHEN since_ms < ?1 THEN since_ms ELSE ?1 END WHERE decided_ms > ?1",
        )
        .bind(at_ms)
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Keeps since when `schedule` is late, or that it is not, and that somebody was told.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn schedule_late(&self, schedule: &str, late_ms: Option<i64>, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query("UPDATE schedule SET late_ms = ? WHERE schedule = ?")
            .bind(late_ms)
            .bind(schedule)
            .execute(&mut tx)
            .await?;
        let action = if late_ms.is_some() {
            "schedule.late"
        } else {
            "schedule.fresh"
        };
        let detail = serde_json::json!({ "since_ms": late_ms });
        audit::append(&mut tx, at_ms, &[deed("hub", action, schedule, &detail)]).await?;
        Ok(tx.commit().await?)
    }

    /// When each schedule last ended well, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn schedules_done(&self) -> Result<BTreeMap<String, i64>> {
        let rows: Vec<(String, i64)> = db::query_as(
            "SELECT schedule, max(ended_ms) FROM fire WHERE state = 'done' AND ended_ms IS NOT NULL GROUP BY schedule",
        )
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// When each connector was last read to the end, by whoever asked for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn connectors_read(&self) -> Result<BTreeMap<String, i64>> {
        let rows: Vec<(String, i64)> = db::query_as(
            "SELECT connector, max(ended_ms) FROM run
             WHERE state NOT IN ('running', 'failed', 'interrupted') AND ended_ms IS NOT NULL GROUP BY connector",
        )
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// When rules were last evaluated.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn checked_ms(&self) -> Result<Option<i64>> {
        Ok(db::query_scalar("SELECT max(at_ms) FROM evaluation")
            .fetch_one(&self.reader)
            .await?)
    }
}

/// Takes `definitions` over, as [`Store::adopt_schedules`] says.
pub(crate) async fn adopt(tx: &mut Tx, definitions: &[(String, String)], at_ms: i64) -> Result<()> {
    let ids: Vec<&str> = definitions.iter().map(|(id, _)| id.as_str()).collect();
    db::query(
        "UPDATE schedule SET definition = '', late_ms = NULL WHERE schedule NOT IN (SELECT value FROM json_each(?))",
    )
    .bind(serde_json::to_string(&ids)?)
    .execute(&mut *tx)
    .await?;
    let known: Vec<(String, String)> = db::query_as("SELECT schedule, definition FROM schedule")
        .fetch_all(&mut *tx)
        .await?;
    let known: HashSet<(String, String)> = known.into_iter().collect();
    for (id, definition) in definitions.iter().filter(|one| !known.contains(*one)) {
        db::query(
            "INSERT INTO schedule (schedule, definition, decided_ms, since_ms) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (schedule) DO UPDATE SET definition = excluded.definition, decided_ms = excluded.decided_ms,
                 since_ms = excluded.since_ms, late_ms = NULL
             WHERE schedule.definition <> excluded.definition",
        )
        .bind(id)
        .bind(definition)
        .bind(at_ms)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Every schedule there ever was, by id.
pub(crate) async fn all(from: impl Into<On<'_>>) -> Result<BTreeMap<String, ScheduleRow>> {
    let rows = db::query("SELECT * FROM schedule").fetch_all(from).await?;
    rows.iter()
        .map(|read| row(read).map(|row| (row.schedule.clone(), row)))
        .collect()
}

/// An entry about `schedule`.
fn deed(actor: &str, action: &str, schedule: &str, detail: &serde_json::Value) -> AuditEntry {
    AuditEntry {
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: format!("schedule/{schedule}"),
        detail: detail.to_string(),
    }
}

fn row(row: &Row) -> Result<ScheduleRow> {
    Ok(ScheduleRow {
        schedule: row.try_get("schedule")?,
        definition: row.try_get("definition")?,
        decided_ms: row.try_get("decided_ms")?,
        since_ms: row.try_get("since_ms")?,
        paused_ms: row.try_get("paused_ms")?,
        paused_by: row.try_get("paused_by")?,
        paused_reason: row.try_get("paused_reason")?,
        late_ms: row.try_get("late_ms")?,
    })
}
