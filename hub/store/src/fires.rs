//! Fires: one row for each nominal time of a schedule, from its falling due to its end.
//! Here because a slot must be neither run twice nor lost, whenever the hub dies.
//! In: what was decided about fires. Out: rows, those that are open first of all.
//! Not here: deciding (runtime), standings of schedules (schedules).

use chrono::NaiveDate;
use serde::Serialize;

use crate::db::{self, Builder, Row, Tx};
use crate::many::appended;
use crate::{AuditEntry, Error, FireState, Result, Store, audit};

/// Rows kept of each schedule, the newest; open ones are always kept.
pub const FIRES_KEPT: u32 = 2_000;
/// Most rows of a list.
const ROWS_MAX: u32 = 100_000;

/// A fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FireRow {
    /// Its schedule.
    pub schedule: String,
    /// What it is known by; milliseconds since 1970 UTC, as all its times are.
    pub nominal_ms: i64,
    /// Its business date.
    pub day: NaiveDate,
    /// Where it stands.
    pub state: FireState,
    /// It starts no earlier.
    pub due_ms: i64,
    /// Until when its upstreams are waited for.
    pub until_ms: Option<i64>,
    /// Why it stands there, where there is something to say.
    pub reason: Option<String>,
    /// Runs of its tries.
    pub runs: Vec<String>,
    /// Tries that began.
    pub tries: u32,
    /// Whether a person asked for it.
    pub by_hand: bool,
    /// Whether its calendar was assumed.
    pub assumed: bool,
    /// When it was first given to the hub.
    pub claimed_ms: Option<i64>,
    /// When its last try began.
    pub started_ms: Option<i64>,
    /// When it ended.
    pub ended_ms: Option<i64>,
}

/// A fire nobody has seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireMade {
    /// What it is known by.
    pub nominal_ms: i64,
    /// Its business date.
    pub day: NaiveDate,
    /// [`FireState::Waiting`], [`FireState::Skipped`] or [`FireState::Missed`].
    pub state: FireState,
    /// It starts no earlier.
    pub due_ms: i64,
    /// Until when its upstreams are waited for.
    pub until_ms: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// Whether a person asked for it.
    pub by_hand: bool,
    /// Whether its calendar was assumed.
    pub assumed: bool,
    /// Whether it is left out when the day has a row of the same state already.
    pub once_a_day: bool,
}

/// What was decided about a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleDecided {
    /// Which.
    pub schedule: String,
    /// Everything that fell due until then is decided; `None` leaves it as it was.
    pub decided_ms: Option<i64>,
    /// New fires.
    pub fires: Vec<FireMade>,
}

/// A fire that stands otherwise now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireMoved {
    /// Its schedule.
    pub schedule: String,
    /// What it is known by.
    pub nominal_ms: i64,
    /// Where it stands now.
    pub state: FireState,
    /// Why.
    pub reason: Option<String>,
    /// From when on it may start, where that is another moment now.
    pub due_ms: Option<i64>,
    /// When its try began and the how manieth it was, where that is not written yet.
    pub began: Option<(i64, u32)>,
}

/// A fire that is given to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireClaimed {
    /// Its schedule.
    pub schedule: String,
    /// What it is known by.
    pub nominal_ms: i64,
    /// The run this try will be.
    pub run: String,
}

impl Store {
    /// Keeps what was decided. A nominal time that is known stays as it is, unless it did not run and comes again, which it
    /// does when a clock had gone ahead. Returns how many fires began to wait.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn decide_fires(
        &self,
        decided: &[ScheduleDecided],
        audit: &[AuditEntry],
        at_ms: i64,
    ) -> Result<u64> {
        let mut tx = self.begin().await?;
        let mut waiting = 0;
        for of in decided {
            if let Some(decided_ms) = of.decided_ms {
                db::query("UPDATE schedule SET decided_ms = ? WHERE schedule = ?")
                    .bind(decided_ms)
                    .bind(&of.schedule)
                    .execute(&mut tx)
                    .await?;
            }
            for fire in &of.fires {
                let made = make(&mut tx, &of.schedule, fire, at_ms).await?;
                waiting += u64::from(made && fire.state == FireState::Waiting);
            }
            if !of.fires.is_empty() {
                forget(&mut tx, &of.schedule).await?;
            }
        }
        audit::append(&mut tx, at_ms, audit).await?;
        tx.commit().await?;
        Ok(waiting)
    }

    /// Moves fires.
    ///
    /// # Errors
    /// When the database refuses; then none is moved.
    pub async fn move_fires(&self, moved: &[FireMoved], audit: &[AuditEntry], at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        for fire in moved {
            let ended_ms = (!fire.state.is_open()).then_some(at_ms);
            db::query(
                "UPDATE fire SET state = ?, reason = ?, due_ms = coalesce(?, due_ms), ended_ms = ?,
                     started_ms = coalesce(?, started_ms), tries = coalesce(?, tries)
                 WHERE schedule = ? AND nominal_ms = ?",
            )
            .bind(fire.state.as_str())
            .bind(&fire.reason)
            .bind(fire.due_ms)
            .bind(ended_ms)
            .bind(fire.began.map(|(at_ms, _)| at_ms))
            .bind(fire.began.map(|(_, tries)| tries))
            .bind(&fire.schedule)
            .bind(fire.nominal_ms)
            .execute(&mut tx)
            .await?;
        }
        audit::append(&mut tx, at_ms, audit).await?;
        Ok(tx.commit().await?)
    }

    /// Gives fires that wait to the hub, each with the run its try will be: should the hub die, that run tells what became of it.
    ///
    /// # Errors
    /// When the database refuses; then none is given.
    pub async fn claim_fires(&self, claimed: &[FireClaimed], at_ms: i64) -> Result<()> {
        if claimed.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for fire in claimed {
            db::query(concat!(
                "UPDATE fire SET state = 'claimed', runs = ",
                appended!("runs"),
                ", claimed_ms = coalesce(claimed_ms, ?), started_ms = NULL, ended_ms = NULL
                 WHERE schedule = ? AND nominal_ms = ? AND state = 'waiting'",
            ))
            .bind(serde_json::to_string(&fire.run)?)
            .bind(at_ms)
            .bind(&fire.schedule)
            .bind(fire.nominal_ms)
            .execute(&mut tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Records that a fire's try, its `tries`th, began in earnest.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fire_began(&self, schedule: &str, nominal_ms: i64, tries: u32, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        db::query(
            "UPDATE fire SET state = 'running', started_ms = ?, tries = ? WHERE schedule = ? AND nominal_ms = ?",
        )
        .bind(at_ms)
        .bind(tries)
        .bind(schedule)
        .bind(nominal_ms)
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Fires that are not over, those that were due first before the others.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_fires(&self) -> Result<Vec<FireRow>> {
        let rows = db::query(
            "SELECT * FROM fire WHERE state IN ('waiting', 'claimed', 'running') ORDER BY due_ms, nominal_ms, schedule",
        )
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(row).collect()
    }

    /// Fires of one of `days`, by schedule and time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fires_of_days(&self, days: &[NaiveDate]) -> Result<Vec<FireRow>> {
        let days: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        let rows = db::query(
            "SELECT * FROM fire WHERE day IN (SELECT value FROM json_each(?)) ORDER BY schedule, nominal_ms",
        )
        .bind(serde_json::to_string(&days)?)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(row).collect()
    }

    /// The newest `limit` fires, the newest first; of `schedule` and made since `since_ms` only.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fires(
        &self,
        schedule: Option<&str>,
        since_ms: Option<i64>,
        limit: u32,
    ) -> Result<Vec<FireRow>> {
        let mut query: Builder<'_> = Builder::new("SELECT * FROM fire WHERE true");
        if let Some(schedule) = schedule {
            query.push(" AND schedule = ").push_bind(schedule);
        }
        if let Some(since_ms) = since_ms {
            query.push(" AND made_ms >= ").push_bind(since_ms);
        }
        query
            .push(" ORDER BY nominal_ms DESC, schedule LIMIT ")
            .push_bind(limit.min(ROWS_MAX));
        let rows = query.build().fetch_all(&self.reader).await?;
        rows.iter().map(row).collect()
    }
}

/// Writes a new fire; whether it is new.
async fn make(tx: &mut Tx, schedule: &str, fire: &FireMade, at_ms: i64) -> Result<bool> {
    let ended_ms = (!fire.state.is_open()).then_some(at_ms);
    // Whoever asks by hand asks for one that is over; what is open or went well stays.
    let made = db::query(
        "INSERT INTO fire (schedule, nominal_ms, day, state, due_ms, until_ms, reason, by_hand, assumed, made_ms, ended_ms)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
         WHERE ?12 = 0 OR NOT EXISTS (SELECT 1 FROM fire WHERE schedule = ?1 AND day = ?3 AND state = ?4)
         ON CONFLICT (schedule, nominal_ms) DO UPDATE SET
             state = excluded.state, due_ms = excluded.due_ms, until_ms = excluded.until_ms, reason = excluded.reason,
             by_hand = excluded.by_hand, made_ms = excluded.made_ms, tries = 0,
             claimed_ms = NULL, started_ms = NULL, ended_ms = NULL
         WHERE excluded.state = 'waiting' AND (fire.state = 'missed'
             OR fire.state = 'skipped' AND fire.made_ms > excluded.made_ms
             OR excluded.by_hand = 1 AND fire.state IN ('failed', 'skipped', 'upstream_timeout'))",
    )
    .bind(schedule)
    .bind(fire.nominal_ms)
    .bind(fire.day.to_string())
    .bind(fire.state.as_str())
    .bind(fire.due_ms)
    .bind(fire.until_ms)
    .bind(&fire.reason)
    .bind(fire.by_hand)
    .bind(fire.assumed)
    .bind(at_ms)
    .bind(ended_ms)
    .bind(fire.once_a_day)
    .execute(&mut *tx)
    .await?;
    Ok(made.rows_affected() > 0)
}

/// Forgets what is over and older than the newest rows that are kept.
async fn forget(tx: &mut Tx, schedule: &str) -> Result<()> {
    db::query(
        "DELETE FROM fire WHERE schedule = ?1 AND state NOT IN ('waiting', 'claimed', 'running') AND nominal_ms <=
             (SELECT nominal_ms FROM fire WHERE schedule = ?1 ORDER BY nominal_ms DESC LIMIT 1 OFFSET ?2)",
    )
    .bind(schedule)
    .bind(FIRES_KEPT)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

fn row(row: &Row) -> Result<FireRow> {
    let unreadable = |what: &'static str| move |value: String| Error::Unreadable { what, value };
    let word: String = row.try_get("state")?;
    let state = FireState::ALL.into_iter().find(|state| state.as_str() == word);
    let day: String = row.try_get("day")?;
    Ok(FireRow {
        schedule: row.try_get("schedule")?,
        nominal_ms: row.try_get("nominal_ms")?,
        day: day.parse().map_err(|_| unreadable("fire.day")(day))?,
        state: state.ok_or_else(|| unreadable("fire.state")(word))?,
        due_ms: row.try_get("due_ms")?,
        until_ms: row.try_get("until_ms")?,
        reason: row.try_get("reason")?,
        runs: serde_json::from_str(&row.try_get::<String, _>("runs")?)?,
        tries: row.try_get("tries")?,
        by_hand: row.try_get("by_hand")?,
        assumed: row.try_get("assumed")?,
        claimed_ms: row.try_get("claimed_ms")?,
        started_ms: row.try_get("started_ms")?,
        ended_ms: row.try_get("ended_ms")?,
    })
}
