//! Exemptions and silences, kept with who gave them, until when and why they ended.
//! Here because what keeps a warning from being pushed must itself be seen and answered for.
//! In: what people lay down and end. Out: what stands, and what stood.
//! Not here: what follows for warnings (model, the next check).

use chrono::NaiveDate;
use hub_model::case::Reason;
use hub_model::quiet::{Exemption, Silence};
use hub_model::{RuleId, Severity, Subject};

use crate::db::{self, Row, Tx};
use crate::{AuditEntry, Error, Result, Store, audit};

/// Most that a listing returns, and most that stand at once.
const QUIET_MAX: u32 = 100_000;

impl Store {
    /// Keeps an exemption; an earlier one of the same subject and rule is ended by it. Returns its number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exempt(&self, exemption: &Exemption, at_ms: i64) -> Result<i64> {
        let mut tx = self.begin().await?;
        db::query(
            "UPDATE exemption SET ended_ms = ?, ended_by = ?, ended_reason = 'replaced'
             WHERE subject = ? AND rule = ? AND ended_ms IS NULL",
        )
        .bind(at_ms)
        .bind(&exemption.approver)
        .bind(exemption.subject.to_string())
        .bind(exemption.rule.as_str())
        .execute(&mut tx)
        .await?;
        let number: i64 = db::query_scalar(
            "INSERT INTO exemption (subject, rule, reason, body, until, approver, at_ms, severity, evidence)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING exemption_id",
        )
        .bind(exemption.subject.to_string())
        .bind(exemption.rule.as_str())
        .bind(exemption.reason.words().0)
        .bind(&exemption.text)
        .bind(exemption.until.to_string())
        .bind(&exemption.approver)
        .bind(at_ms)
        .bind(exemption.severity.as_str())
        .bind(serde_json::to_string(&exemption.evidence)?)
        .fetch_one(&mut tx)
        .await?;
        let detail = serde_json::json!({
            "exemption": number, "rule": exemption.rule, "reason": exemption.reason, "until": exemption.until,
        });
        let entry = entry(
            &exemption.approver,
            "exemption.given",
            exemption.subject.to_string(),
            &detail,
        );
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Keeps a silence. Returns its number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn silence(&self, silence: &Silence, at_ms: i64) -> Result<i64> {
        let mut tx = self.begin().await?;
        let number: i64 = db::query_scalar(
            "INSERT INTO silence (rule, department, place, severity, until, reason, author, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING silence_id",
        )
        .bind(&silence.rule)
        .bind(&silence.department)
        .bind(&silence.place)
        .bind(silence.severity.map(Severity::as_str))
        .bind(silence.until.to_string())
        .bind(&silence.reason)
        .bind(&silence.author)
        .bind(at_ms)
        .fetch_one(&mut tx)
        .await?;
        let detail = serde_json::json!({
            "rule": silence.rule, "department": silence.department, "place": silence.place,
            "severity": silence.severity, "until": silence.until,
        });
        let entry = entry(
            &silence.author,
            "silence.made",
            format!("silence/{number}"),
            &detail,
        );
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Ends an exemption or a silence by its number; whether it stood.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_quiet(
        &self,
        which: Quieting,
        number: i64,
        (actor, reason): (&str, &str),
        at_ms: i64,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let ended = db::query(which.ending())
            .bind(at_ms)
            .bind(actor)
            .bind(reason)
            .bind(number)
            .execute(&mut tx)
            .await?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = serde_json::json!({ "reason": reason });
        let word = which.word();
        let entry = entry(
            actor,
            &format!("{word}.ended"),
            format!("{word}/{number}"),
            &detail,
        );
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Exemptions, the newest first; without `all`, those that stand on `day`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exemptions(&self, day: NaiveDate, all: bool) -> Result<Vec<Exemption>> {
        let rows = db::query(
            "SELECT * FROM exemption WHERE ?1 = 1 OR (ended_ms IS NULL AND until >= ?2) ORDER BY exemption_id DESC LIMIT ?3",
        )
        .bind(all)
        .bind(day.to_string())
        .bind(QUIET_MAX)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(exemption).collect()
    }

    /// Silences, the newest first; without `all`, those that stand on `day`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn silences(&self, day: NaiveDate, all: bool) -> Result<Vec<Silence>> {
        let rows = db::query(
            "SELECT * FROM silence WHERE ?1 = 1 OR (ended_ms IS NULL AND until >= ?2) ORDER BY silence_id DESC LIMIT ?3",
        )
        .bind(all)
        .bind(day.to_string())
        .bind(QUIET_MAX)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(silence).collect()
    }
}

/// Ends exemptions whose evidence is another one now.
pub(crate) async fn overtake(tx: &mut Tx, numbers: &[i64], at_ms: i64) -> Result<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    db::query(
        "UPDATE exemption SET ended_ms = ?, ended_by = 'hub', ended_reason = '依据有实质变化 / the evidence changed'
         WHERE ended_ms IS NULL AND exemption_id IN (SELECT value::bigint FROM json_each(?))",
    )
    .bind(at_ms)
    .bind(serde_json::to_string(numbers)?)
    .execute(&mut *tx)
    .await?;
    let ended = |number: &i64| {
        let detail = serde_json::json!({ "reason": "evidence" });
        entry("hub", "exemption.ended", format!("exemption/{number}"), &detail)
    };
    let entries: Vec<AuditEntry> = numbers.iter().map(ended).collect();
    audit::append(tx, at_ms, &entries).await
}

/// What is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quieting {
    /// An exemption.
    Exemption,
    /// A silence.
    Silence,
}

impl Quieting {
    const fn word(self) -> &'static str {
        match self {
            Self::Exemption => "exemption",
            Self::Silence => "silence",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Exemption => {
                "UPDATE exemption SET ended_ms = ?, ended_by = ?, ended_reason = ? WHERE exemption_id = ? AND ended_ms IS NULL"
            }
            Self::Silence => {
                "UPDATE silence SET ended_ms = ?, ended_by = ?, ended_reason = ? WHERE silence_id = ? AND ended_ms IS NULL"
            }
        }
    }
}

fn entry(actor: &str, action: &str, subject: String, detail: &serde_json::Value) -> AuditEntry {
    AuditEntry {
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject,
        detail: detail.to_string(),
    }
}

fn read<T>(what: &'static str, value: String, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    parse(&value).ok_or(Error::Unreadable { what, value })
}

fn exemption(row: &Row) -> Result<Exemption> {
    let evidence: String = row.try_get("evidence")?;
    Ok(Exemption {
        id: row.try_get("exemption_id")?,
        subject: read("exemption.subject", row.try_get("subject")?, |text| {
            Subject::parse(text).ok()
        })?,
        rule: read("exemption.rule", row.try_get("rule")?, |text| {
            RuleId::parse(text).ok()
        })?,
        reason: read("exemption.reason", row.try_get("reason")?, Reason::parse)?,
        text: row.try_get("body")?,
        until: read("exemption.until", row.try_get("until")?, |text| text.parse().ok())?,
        approver: row.try_get("approver")?,
        at_ms: row.try_get("at_ms")?,
        severity: read("exemption.severity", row.try_get("severity")?, Severity::parse)?,
        evidence: serde_json::from_str(&evidence)?,
        ended_ms: row.try_get("ended_ms")?,
        ended_reason: row.try_get("ended_reason")?,
    })
}

fn silence(row: &Row) -> Result<Silence> {
    let severity: Option<String> = row.try_get("severity")?;
    Ok(Silence {
        id: row.try_get("silence_id")?,
        rule: row.try_get("rule")?,
        department: row.try_get("department")?,
        place: row.try_get("place")?,
        severity: severity
            .map(|word| read("silence.severity", word, Severity::parse))
            .transpose()?,
        until: read("silence.until", row.try_get("until")?, |text| text.parse().ok())?,
        reason: row.try_get("reason")?,
        author: row.try_get("author")?,
        at_ms: row.try_get("at_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        ended_reason: row.try_get("ended_reason")?,
    })
}
