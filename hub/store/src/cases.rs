//! One case whole, and warnings, read.
//! Here because commands, pages and the diff ask for them.
//! In: an id, a rule. Out: rows, newest evidence with them.
//! Not here: lists (case_read); changing them, which only a commit does.

use chrono::NaiveDate;
use hub_model::case::{Action, DeedRecord};
use hub_model::{
    Case, CaseId, CaseState, Evidence, Fingerprint, RuleId, Scope, Severity, Subject, Tracked, Warning,
};
use serde::{Deserialize, Serialize};

use crate::db::{self, FromRow, Row, from_row};
use crate::scoped::{self, in_scope};
use crate::{Error, Result, Store, many};

/// Most deeds of a case that are shown.
const DEEDS_MAX: u32 = 1_000;

/// A warning of a case with its present evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseWarning {
    /// The warning.
    #[serde(flatten)]
    pub warning: Warning,
    /// The rule's title when the evidence was taken.
    pub title: String,
    /// What keeps it from being pushed.
    pub quiet: Option<String>,
    /// The evidence.
    pub evidence: Evidence,
}

/// A case, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseDetail {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// When it was opened.
    pub opened_ms: i64,
    /// By when something must be done.
    pub due: Option<NaiveDate>,
    /// Whether something was not done by its day in this round.
    pub overdue: bool,
    /// Its warnings, gravest first, open before cleared.
    pub warnings: Vec<CaseWarning>,
    /// What was done to it, oldest first.
    pub history: Vec<DeedRecord>,
}

impl Store {
    /// Every warning, for the diff.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn warnings(&self) -> Result<Vec<Tracked>> {
        let rows: Vec<WarningRow> = many::read(&self.reader, "warning", WarningRow::COLUMNS).await?;
        rows.into_iter().map(WarningRow::tracked).collect()
    }

    /// The open warnings of `rule` with their present evidence.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_warnings_of(&self, rule: &str) -> Result<Vec<(Warning, Evidence)>> {
        let rows = db::query(
            "SELECT w.*, e.body FROM warning w JOIN evidence e ON e.fingerprint = w.fingerprint AND e.round = w.round
             WHERE w.rule = ? AND w.cleared_ms IS NULL ORDER BY w.subject",
        )
        .bind(rule)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get("body")?;
                Ok((warning(row)?, serde_json::from_str(&body)?))
            })
            .collect()
    }

    /// The last warning of `rule` about `subject`, with its last evidence.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn warning_of(&self, subject: &Subject, rule: &RuleId) -> Result<Option<(Warning, Evidence)>> {
        let row = db::query(
            "SELECT w.*, e.body FROM warning w JOIN evidence e ON e.fingerprint = w.fingerprint
             WHERE w.subject = ? AND w.rule = ? ORDER BY w.cleared_ms IS NOT NULL, w.changed_ms DESC, e.round DESC LIMIT 1",
        )
        .bind(subject.to_string())
        .bind(rule.as_str())
        .fetch_optional(&self.reader)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let body: String = row.try_get("body")?;
        Ok(Some((warning(&row)?, serde_json::from_str(&body)?)))
    }

    /// The case of `scope` with this id, whole; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn case_detail(&self, scope: &Scope, id: CaseId) -> Result<Option<CaseDetail>> {
        let sql = concat!(
            "SELECT c.* FROM cases c WHERE ",
            in_scope!(),
            " AND c.case_id = ?3"
        );
        let Some(row) = scoped::query(sql, scope)
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
        else {
            return Ok(None);
        };
        let warnings = db::query(
            "SELECT w.*, e.title, e.body FROM warning w JOIN evidence e ON e.fingerprint = w.fingerprint
             WHERE w.case_id = ? AND e.round = (SELECT max(round) FROM evidence x WHERE x.fingerprint = w.fingerprint)
             ORDER BY w.cleared_ms IS NOT NULL,
                 CASE w.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, w.rule",
        )
        .bind(id.to_string())
        .fetch_all(&self.reader)
        .await?;
        let warnings = warnings
            .iter()
            .map(|row| {
                let body: String = row.try_get("body")?;
                Ok(CaseWarning {
                    warning: warning(row)?,
                    title: row.try_get("title")?,
                    quiet: row.try_get("quiet")?,
                    evidence: serde_json::from_str(&body)?,
                })
            })
            .collect::<Result<_>>()?;
        let case = case(&row)?;
        Ok(Some(CaseDetail {
            due: case.due(),
            overdue: case.is_overdue(),
            case,
            opened_ms: row.try_get("opened_ms")?,
            warnings,
            history: self.deeds_of(id).await?,
        }))
    }

    /// What was done to the case with this id, oldest first.
    async fn deeds_of(&self, id: CaseId) -> Result<Vec<DeedRecord>> {
        let rows = db::query("SELECT * FROM case_event WHERE case_id = ? ORDER BY version LIMIT ?")
            .bind(id.to_string())
            .bind(DEEDS_MAX)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(deed).collect()
    }

    /// The deed that was asked of the case under this key, with the digest of what was asked.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn requested(
        &self,
        id: CaseId,
        action: Action,
        key: &str,
    ) -> Result<Option<(DeedRecord, String)>> {
        let row = db::query("SELECT * FROM case_event WHERE case_id = ? AND action = ? AND request_key = ?")
            .bind(id.to_string())
            .bind(action.as_str())
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| Ok((deed(&row)?, row.try_get("request_digest")?)))
            .transpose()
    }
}

fn deed(row: &Row) -> Result<DeedRecord> {
    let body: String = row.try_get("body")?;
    Ok(DeedRecord {
        version: number(row, "version")?,
        round: u32::try_from(number(row, "round")?).unwrap_or(u32::MAX),
        at_ms: row.try_get("at_ms")?,
        was: state(row, "was")?,
        state: state(row, "state")?,
        deed: serde_json::from_str(&body)?,
    })
}

fn number(row: &Row, column: &str) -> Result<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
}

fn state(row: &Row, column: &'static str) -> Result<CaseState> {
    let word: String = row.try_get(column)?;
    CaseState::parse(&word).ok_or(Error::Unreadable {
        what: column,
        value: word,
    })
}

fn case_id(text: String) -> Result<CaseId> {
    CaseId::parse(&text).map_err(|_| Error::Unreadable {
        what: "case_id",
        value: text,
    })
}

fn warning(row: &Row) -> Result<Warning> {
    WarningRow::from_row(row)?.warning()
}

/// A row of the table of warnings.
#[derive(Deserialize)]
struct WarningRow {
    fingerprint: String,
    case_id: String,
    rule: String,
    subject: String,
    period_key: String,
    band: String,
    severity: String,
    round: u32,
    evidence_digest: String,
    clean: u32,
    place: String,
    quiet: Option<String>,
    told: u8,
    cleared_ms: Option<i64>,
}

from_row!(WarningRow {
    fingerprint,
    case_id,
    rule,
    subject,
    period_key,
    band,
    severity,
    round,
    evidence_digest,
    clean,
    place,
    quiet,
    told,
    cleared_ms
});

impl WarningRow {
    /// In the order of the fields.
    const COLUMNS: &str = "fingerprint, case_id, rule, subject, period_key, band, severity, round, evidence_digest, clean, \
                           place, quiet, told, cleared_ms";

    fn tracked(mut self) -> Result<Tracked> {
        Ok(Tracked {
            case: case_id(std::mem::take(&mut self.case_id))?,
            place: std::mem::take(&mut self.place),
            quiet: self.quiet.take(),
            told: self.told != 0,
            warning: self.warning()?,
        })
    }

    fn warning(self) -> Result<Warning> {
        let subject = Subject::parse(&self.subject).map_err(|_| Error::Unreadable {
            what: "subject",
            value: self.subject,
        })?;
        Ok(Warning {
            fingerprint: Fingerprint::from_stored(self.fingerprint),
            rule: RuleId::parse(&self.rule).map_err(|_| Error::Unreadable {
                what: "warning.rule",
                value: self.rule,
            })?,
            subject,
            period_key: self.period_key,
            band: self.band,
            severity: Severity::parse(&self.severity).ok_or(Error::Unreadable {
                what: "severity",
                value: self.severity,
            })?,
            round: self.round,
            cleared: self.cleared_ms.is_some(),
            evidence_digest: self.evidence_digest,
            clean: self.clean,
        })
    }
}

pub(crate) fn case(row: &Row) -> Result<Case> {
    let clocks: String = row.try_get("clocks")?;
    let previous: Option<String> = row.try_get("previous")?;
    let from: Option<String> = row.try_get("suspended_from")?;
    let closed: Option<String> = row.try_get("closed")?;
    Ok(Case {
        id: case_id(row.try_get("case_id")?)?,
        subject: subject(row)?,
        state: state(row, "state")?,
        severity: severity(row)?,
        version: number(row, "version")?,
        round: u32::try_from(number(row, "round")?).unwrap_or(u32::MAX),
        department: row.try_get("department")?,
        previous: previous.map(case_id).transpose()?,
        suspended_from: from.map(|_| state(row, "suspended_from")).transpose()?,
        concluded_by: row.try_get("concluded_by")?,
        closed: closed.and_then(|day| day.parse().ok()),
        clocks: serde_json::from_str(&clocks)?,
    })
}

fn subject(row: &Row) -> Result<Subject> {
    let text: String = row.try_get("subject")?;
    Subject::parse(&text).map_err(|_| Error::Unreadable {
        what: "subject",
        value: text,
    })
}

fn severity(row: &Row) -> Result<Severity> {
    let word: String = row.try_get("severity")?;
    Severity::parse(&word).ok_or(Error::Unreadable {
        what: "severity",
        value: word,
    })
}
