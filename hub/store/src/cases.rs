//! Cases and warnings, read.
//! Here because commands, pages and the diff ask for them.
//! In: filters. Out: rows, newest evidence with them.
//! Not here: changing them, which only a commit does.

use hub_model::{Case, CaseId, CaseState, Evidence, Fingerprint, RuleId, Severity, Subject, Warning};
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{Error, Result, Store};

/// Most rows a listing returns.
pub(crate) const CASES_MAX: u32 = 10_000;

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// Its open warnings.
    pub open_warnings: u64,
    /// Rules behind them.
    pub rules: Vec<String>,
    /// The gravest open warning's sentence; when all have cleared, the last one's.
    pub sentence: String,
    /// When it was opened.
    pub opened_ms: i64,
}

/// A warning of a case with its present evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseWarning {
    /// The warning.
    #[serde(flatten)]
    pub warning: Warning,
    /// The rule's title when the evidence was taken.
    pub title: String,
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
    /// Its warnings, gravest first, open before cleared.
    pub warnings: Vec<CaseWarning>,
}

impl Store {
    /// Every warning, for the diff.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn warnings(&self) -> Result<Vec<Warning>> {
        let rows = sqlx::query("SELECT * FROM warning")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(warning).collect()
    }

    /// The open warnings of `rule` with their present evidence.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_warnings_of(&self, rule: &str) -> Result<Vec<(Warning, Evidence)>> {
        let rows = sqlx::query(
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

    /// Every open case, for merging new warnings into.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_cases(&self) -> Result<Vec<Case>> {
        let rows = sqlx::query("SELECT * FROM cases WHERE state = 'open'")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(case).collect()
    }

    /// The gravest open cases first, at most `limit` (and never more than 10,000).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn case_rows(&self, limit: u32) -> Result<Vec<CaseRow>> {
        let rows = sqlx::query(
            "SELECT c.*, count(w.fingerprint) AS open_warnings, group_concat(DISTINCT w.rule) AS rules,
                 (SELECT e.body ->> '$.sentence' FROM evidence e JOIN warning v USING (fingerprint)
                  WHERE v.case_id = c.case_id AND e.round = (SELECT max(round) FROM evidence x WHERE x.fingerprint = v.fingerprint)
                  ORDER BY v.cleared_ms IS NOT NULL,
                      CASE v.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, v.rule
                  LIMIT 1) AS sentence
             FROM (SELECT * FROM cases WHERE state = 'open'
                   ORDER BY CASE severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, case_id
                   LIMIT ?) c
             LEFT JOIN warning w ON w.case_id = c.case_id AND w.cleared_ms IS NULL
             GROUP BY c.case_id
             ORDER BY CASE c.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, c.case_id",
        )
        .bind(limit.min(CASES_MAX))
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let rules: Option<String> = row.try_get("rules")?;
                Ok(CaseRow {
                    case: case(row)?,
                    open_warnings: u64::try_from(row.try_get::<i64, _>("open_warnings")?).unwrap_or_default(),
                    rules: rules
                        .map(|text| text.split(',').map(str::to_owned).collect())
                        .unwrap_or_default(),
                    sentence: row.try_get::<Option<String>, _>("sentence")?.unwrap_or_default(),
                    opened_ms: row.try_get("opened_ms")?,
                })
            })
            .collect()
    }

    /// The case with this id, whole; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn case_detail(&self, id: CaseId) -> Result<Option<CaseDetail>> {
        let Some(row) = sqlx::query("SELECT * FROM cases WHERE case_id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
        else {
            return Ok(None);
        };
        let warnings = sqlx::query(
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
                    evidence: serde_json::from_str(&body)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Some(CaseDetail {
            case: case(&row)?,
            opened_ms: row.try_get("opened_ms")?,
            warnings,
        }))
    }
}

fn warning(row: &SqliteRow) -> Result<Warning> {
    let rule: String = row.try_get("rule")?;
    Ok(Warning {
        fingerprint: Fingerprint::from_stored(row.try_get("fingerprint")?),
        rule: RuleId::parse(&rule).map_err(|_| Error::Unreadable {
            what: "warning.rule",
            value: rule,
        })?,
        subject: subject(row)?,
        period_key: row.try_get("period_key")?,
        band: row.try_get("band")?,
        severity: severity(row)?,
        round: row.try_get("round")?,
        cleared: row.try_get::<Option<i64>, _>("cleared_ms")?.is_some(),
        evidence_digest: row.try_get("evidence_digest")?,
    })
}

fn case(row: &SqliteRow) -> Result<Case> {
    let (id, state): (String, String) = (row.try_get("case_id")?, row.try_get("state")?);
    Ok(Case {
        id: CaseId::parse(&id).map_err(|_| Error::Unreadable {
            what: "cases.case_id",
            value: id,
        })?,
        subject: subject(row)?,
        state: CaseState::parse(&state).ok_or(Error::Unreadable {
            what: "cases.state",
            value: state,
        })?,
        severity: severity(row)?,
        version: u64::try_from(row.try_get::<i64, _>("version")?).unwrap_or_default(),
    })
}

fn subject(row: &SqliteRow) -> Result<Subject> {
    let text: String = row.try_get("subject")?;
    Subject::parse(&text).map_err(|_| Error::Unreadable {
        what: "subject",
        value: text,
    })
}

fn severity(row: &SqliteRow) -> Result<Severity> {
    let word: String = row.try_get("severity")?;
    Severity::parse(&word).ok_or(Error::Unreadable {
        what: "severity",
        value: word,
    })
}
