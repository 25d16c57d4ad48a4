//! Writes what was held, what was decided about it, and what approved parts looked like.
//! Here because all of it becomes true in the transaction of a run's commit, or not at all.
//! In: a run with what it held; a decision. Out: rows, and where the runs they belong to stand now.
//! Not here: reading them (held).

use crate::db::{self, Tx};
use crate::{CommittedRun, Decision, Result};

/// Most parts of a stream whose profiles are kept; the earliest by name go first.
const PROFILES_KEPT_MAX: i64 = 60;

/// Keeps what `run` held and what its parts looked like; what was held of streams it read anew is superseded.
pub(crate) async fn write(tx: &mut Tx, run: &CommittedRun, reads: bool, at_ms: i64) -> Result<()> {
    let id = run.run.to_string();
    for stream in &run.streams {
        for (part, profile) in &stream.profiles {
            db::query(
                "INSERT INTO stream_profile (connector, stream, part, run_id, at_ms, body) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (connector, stream, part) DO UPDATE SET run_id = excluded.run_id, at_ms = excluded.at_ms,
                     body = excluded.body",
            )
            .bind(&run.connector)
            .bind(&stream.stream)
            .bind(part)
            .bind(&id)
            .bind(at_ms)
            .bind(serde_json::to_string(profile)?)
            .execute(&mut *tx)
            .await?;
        }
        db::query(
            "DELETE FROM stream_profile WHERE connector = ?1 AND stream = ?2 AND part IN (
                 SELECT part FROM stream_profile WHERE connector = ?1 AND stream = ?2
                 ORDER BY part DESC LIMIT 9223372036854775807 OFFSET ?3)",
        )
        .bind(&run.connector)
        .bind(&stream.stream)
        .bind(PROFILES_KEPT_MAX)
        .execute(&mut *tx)
        .await?;
        if reads {
            supersede(tx, run, &stream.stream, at_ms).await?;
        }
    }
    for stream in &run.held {
        db::query("INSERT INTO held_stream (run_id, stream, body) VALUES (?, ?, ?)")
            .bind(&id)
            .bind(&stream.stream)
            .bind(serde_json::to_string(&stream.job)?)
            .execute(&mut *tx)
            .await?;
        for part in &stream.parts {
            db::query(
                "INSERT INTO held_part (run_id, stream, part, connector, state, digest, body)
                 VALUES (?, ?, ?, ?, 'held', ?, ?)",
            )
            .bind(&id)
            .bind(&stream.stream)
            .bind(&part.part)
            .bind(&run.connector)
            .bind(&part.profile.digest)
            .bind(serde_json::to_string(part)?)
            .execute(&mut *tx)
            .await?;
        }
    }
    Ok(())
}

async fn supersede(tx: &mut Tx, run: &CommittedRun, stream: &str, at_ms: i64) -> Result<()> {
    let runs: Vec<String> = db::query_scalar(
        "UPDATE held_part SET state = 'superseded', decided_ms = ?1, decided_run = ?2
         WHERE connector = ?3 AND stream = ?4 AND state = 'held' AND run_id <> ?2 RETURNING run_id",
    )
    .bind(at_ms)
    .bind(run.run.to_string())
    .bind(&run.connector)
    .bind(stream)
    .fetch_all(&mut *tx)
    .await?;
    for run_id in runs {
        settle(tx, &run_id).await?;
    }
    Ok(())
}

/// Records `decision` and where its run stands after it.
pub(crate) async fn decide(tx: &mut Tx, decision: &Decision, at_ms: i64) -> Result<()> {
    let run_id = decision.held_run.to_string();
    for (stream, part) in &decision.parts {
        db::query(
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
        .execute(&mut *tx)
        .await?;
    }
    settle(tx, &run_id).await
}

/// Where run `run_id` stands by what became of the parts it held.
pub(crate) async fn settle(tx: &mut Tx, run_id: &str) -> Result<()> {
    db::query(
        "UPDATE run SET state = (
             SELECT CASE WHEN count(*) FILTER (WHERE state = 'held') > 0 THEN 'held'
                         WHEN count(*) FILTER (WHERE state = 'approved') > 0 THEN 'approved'
                         WHEN count(*) FILTER (WHERE state = 'rejected') > 0 THEN 'rejected' ELSE 'superseded' END
             FROM held_part WHERE held_part.run_id = ?1)
         WHERE run_id = ?1",
    )
    .bind(run_id)
    .execute(&mut *tx)
    .await?;
    Ok(())
}
