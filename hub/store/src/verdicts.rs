//! What people said about who is whom.
//! Here because a verdict is honoured ever after, and whoever gave it may have been wrong: it can be undone.
//! In: a verdict with its reason and who gave it. Out: the verdicts that stand, their history.
//! Not here: what becomes of a verdict (the next linking).

use hub_model::{Says, Verdict, Whose};
use serde::{Deserialize, Serialize};

use crate::db::{self, Row};
use crate::{AuditEntry, Error, Result, Store, audit};

/// A verdict as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// Its number.
    pub verdict_id: i64,
    /// What was said.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub actor: String,
    /// When.
    pub at_ms: i64,
    /// When it was undone; `None` while it stands.
    pub undone_ms: Option<i64>,
    /// Why it was undone.
    pub undone_reason: Option<String>,
}

impl Store {
    /// Keeps a verdict; an earlier one on the same pair is undone by it. Returns its number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn judge(&self, verdict: &Verdict, reason: &str, actor: &str, at_ms: i64) -> Result<i64> {
        let mut tx = self.begin().await?;
        let [from, to] = [verdict.from, verdict.to].map(|id| i64::try_from(id).unwrap_or(i64::MAX));
        db::query(
            "UPDATE verdict SET undone_ms = ?1, undone_by = ?2, undone_reason = ?3
             WHERE whose = ?4 AND from_id = ?5 AND to_id = ?6 AND undone_ms IS NULL",
        )
        .bind(at_ms)
        .bind(actor)
        .bind(reason)
        .bind(verdict.whose.as_str())
        .bind(from)
        .bind(to)
        .execute(&mut tx)
        .await?;
        let number: i64 = db::query_scalar(
            "INSERT INTO verdict (whose, from_id, to_id, says, reason, actor, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING verdict_id",
        )
        .bind(verdict.whose.as_str())
        .bind(from)
        .bind(to)
        .bind(verdict.says.as_str())
        .bind(reason)
        .bind(actor)
        .bind(at_ms)
        .fetch_one(&mut tx)
        .await?;
        let detail = serde_json::json!({ "verdict": number, "says": verdict.says, "of": verdict.to, "reason": reason });
        let entry = AuditEntry {
            actor: actor.to_owned(),
            action: "link.judged".to_owned(),
            subject: format!("{}/{}", verdict.whose.as_str(), verdict.from),
            detail: detail.to_string(),
        };
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Undoes verdict `number`; whether one with that number stood.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn undo_verdict(&self, number: i64, reason: &str, actor: &str, at_ms: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let undone = db::query(
            "UPDATE verdict SET undone_ms = ?, undone_by = ?, undone_reason = ? WHERE verdict_id = ? AND undone_ms IS NULL",
        )
        .bind(at_ms)
        .bind(actor)
        .bind(reason)
        .bind(number)
        .execute(&mut tx)
        .await?;
        if undone.rows_affected() == 0 {
            return Ok(false);
        }
        let entry = AuditEntry {
            actor: actor.to_owned(),
            action: "link.undone".to_owned(),
            subject: format!("verdict/{number}"),
            detail: serde_json::json!({ "reason": reason }).to_string(),
        };
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The verdicts that stand, in the order they were given.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn verdicts(&self) -> Result<Vec<Verdict>> {
        let rows = db::query("SELECT * FROM verdict WHERE undone_ms IS NULL ORDER BY verdict_id")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(|row| Ok(verdict_row(row)?.verdict)).collect()
    }

    /// Verdict `number`, also when it was undone.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn verdict(&self, number: i64) -> Result<Option<VerdictRow>> {
        let row = db::query("SELECT * FROM verdict WHERE verdict_id = ?")
            .bind(number)
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(verdict_row).transpose()
    }

    /// The last `limit` verdicts, the newest first, those undone too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn verdict_history(&self, limit: u32) -> Result<Vec<VerdictRow>> {
        let rows = db::query("SELECT * FROM verdict ORDER BY verdict_id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(verdict_row).collect()
    }
}

fn verdict_row(row: &Row) -> Result<VerdictRow> {
    let unreadable = |what: &'static str, value: String| Error::Unreadable { what, value };
    let (whose, says): (String, String) = (row.try_get("whose")?, row.try_get("says")?);
    let id = |column: &str| -> Result<u64> {
        let id: i64 = row.try_get(column)?;
        u64::try_from(id).map_err(|_| unreadable("verdict id", id.to_string()))
    };
    Ok(VerdictRow {
        verdict_id: row.try_get("verdict_id")?,
        verdict: Verdict {
            whose: Whose::parse(&whose).ok_or_else(|| unreadable("verdict.whose", whose))?,
            from: id("from_id")?,
            to: id("to_id")?,
            says: Says::parse(&says).ok_or_else(|| unreadable("verdict.says", says))?,
        },
        reason: row.try_get("reason")?,
        actor: row.try_get("actor")?,
        at_ms: row.try_get("at_ms")?,
        undone_ms: row.try_get("undone_ms")?,
        undone_reason: row.try_get("undone_reason")?,
    })
}
