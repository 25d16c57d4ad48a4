//! Writes what was held, what was decided about it, and what approved parts looked like.
//! Here because all of it becomes true in the transaction of a run's commit, or not at all.
//! In: a run with what it held; a decision. Out: rows, and where the runs they belong to stand now.
//! Not here: reading them (held).

use sqlx::{Sqlite, Transaction};

use crate::{CommittedRun, Decision, Result};

type Tx<'a> = Transaction<'a, Sqlite>;

/// Most parts of a stream whose profiles are kept; the earliest by name go first.
const PROFILES_KEPT_MAX: i64 = 60;

/// Keeps what `run` held and what its parts looked like; what was held of streams it read anew is superseded.
pub(crate) async fn write(tx: &mut Tx<'_>, run: &CommittedRun, reads: bool, at_ms: i64) -> Result<()> {
    let id = run.run.to_string();
    for stream in &run.streams {
        for (part, profile) in &stream.profiles {
            sqlx::query(
                "INSERT OR REPLACE INTO stream_profile (connector, stream, part, run_id, at_ms, body)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(&run.connector)
            .bind(&stream.stream)
            .bind(part)
            .bind(&id)
            .bind(at_ms)
            .bind(serde_json::to_string(profile)?)
            .execute(&mut **tx)
            .await?;
        }
        sqlx::query(
            "DELETE FROM stream_profile WHERE connector = ?1 AND stream = ?2 AND part IN (
                 SELECT part FROM stream_profile WHERE connector = ?1 AND stream = ?2
                 ORDER BY part DESC LIMIT -1 OFFSET ?3)",
        )
        .bind(&run.connector)
        .bind(&stream.stream)
        .bind(PROFILES_KEPT_MAX)
        .execute(&mut **tx)
        .await?;
        if reads {
            supersede(tx, run, &stream.stream, at_ms).await?;
        }
    }
    for stream in &run.held {
        sqlx::query("INSERT INTO held_stream (run_id, stream, body) VALUES (?, ?, ?)")
            .bind(&id)
            .bind(&stream.stream)
            .bind(serde_json::to_string(&stream.job)?)
            .execute(&mut **tx)
            .await?;
        for part in &stream.parts {
            sqlx::query(
                "INSERT INTO held_part (run_id, stream, part, connector, state, digest, body)
                 VALUES (?, ?, ?, ?, 'held', ?, ?)",
            )
            .bind(&id)
            .bind(&stream.stream)
            .bind(&part.part)
            .bind(&run.connector)
            .bind(&part.profile.digest)
            .bind(serde_json::to_string(part)?)
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(())
}

async fn supersede(tx: &mut Tx<'_>, run: &CommittedRun, stream: &str, at_ms: i64) -> Result<()> {
    let runs: Vec<String> = sqlx::query_scalar(
        "UPDATE held_part SET state = 'superseded', decided_ms = ?1, decided_run = ?2
         WHERE connector = ?3 AND stream = ?4 AND state = 'held' AND run_id <> ?2 RETURNING run_id",
    )
    .bind(at_ms)
    .bind(run.run.to_string())
    .bind(&run.connector)
    .bind(stream)
    .fetch_all(&mut **tx)
    .await?;
    for run_id in runs {
        settle(tx, &run_id).await?;
    }
    Ok(())
}

/// Records `decision` and where its run stands after it.
pub(crate) async fn decide(tx: &mut Tx<'_>, decision: &Decision, at_ms: i64) -> Result<()> {
    let run_id = decision.held_run.to_string();
    for (stream, part) in &decision.parts {
        sqlx::query(
            "UPDATE held_part SET state = ?, decided_ms = ?, decided_run = ?, actor = ?, reason = ?
             WHERE run_id = ? AND stream = ? AND part = ? AND state = 'held'",
        )
        .bind(decision.state.as_str())
        .bind(at_ms)
        .bind(decision.run.map(|run| run.to_string()))
        .bind(&decision.actor)
        .bind(&decision.reason)
        .bind(&run_id)
        .bind(stream)
        .bind(part)
        .execute(&mut **tx)
        .await?;
    }
    settle(tx, &run_id).await
}

/// Where run `run_id` stands by what became of the parts it held.
pub(crate) async fn settle(tx: &mut Tx<'_>, run_id: &str) -> Result<()> {
    sqlx::query(
        "UPDATE run SET state = (
             SELECT CASE WHEN max(state = 'held') THEN 'held' WHEN max(state = 'approved') THEN 'approved'
                         WHEN max(state = 'rejected') THEN 'rejected' ELSE 'superseded' END
             FROM held_part WHERE held_part.run_id = ?1)
         WHERE run_id = ?1",
    )
    .bind(run_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
