//! Writes cases with their history, and warnings with their evidence.
//! Here because a hundred thousand of them change in one night, and each kind is one statement.
//! In: changed cases. Out: rows, in the transaction of the commit.
//! Not here: reading them (cases), deciding what changes (runtime).

use chrono::NaiveDate;
use hub_model::case::{Action, DeedRecord, Reason};
use hub_model::{Calendar, Case, CaseId, Evidence, Fingerprint, Warning};
use sqlx::{Sqlite, Transaction};

use crate::Result;

type Tx<'a> = Transaction<'a, Sqlite>;

/// Cases bound as one JSON text: some tens of megabytes, far from SQLite's limit of one gigabyte.
const CASES_AT_ONCE: usize = 10_000;

/// A warning as it now stands and, unless it cleared, why.
#[derive(Debug, Clone)]
pub struct WarningRound {
    /// The warning.
    pub warning: Warning,
    /// This round's evidence; a cleared warning has none.
    pub evidence: Option<Evidence>,
    /// The rule's version.
    pub rule_version: u32,
    /// The rule's title.
    pub title: String,
    /// Where its subject is, `county/town/village` as far as it is known.
    pub place: String,
    /// What keeps it from being pushed.
    pub quiet: Option<String>,
    /// Whether receivers were told of it.
    pub told: bool,
}

/// A case and what changed about its warnings.
#[derive(Debug, Clone)]
pub struct CaseChange {
    /// The case as it now stands.
    pub case: Case,
    /// The next day on which a clock of it has something to tell.
    pub news: Option<NaiveDate>,
    /// Its changed warnings.
    pub warnings: Vec<WarningRound>,
    /// What was done to it, oldest first.
    pub deeds: Vec<DeedRecord>,
    /// What the last deed was asked with, when it came with an idempotency key.
    pub request: Option<Request>,
}

impl CaseChange {
    /// The change to `case`, with nothing done and no warning changed.
    #[must_use]
    pub fn of(case: Case, calendar: &Calendar) -> Self {
        Self {
            news: case.next_news(calendar),
            case,
            warnings: Vec::new(),
            deeds: Vec::new(),
            request: None,
        }
    }
}

/// An idempotency key with a digest of what was asked under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The key.
    pub key: String,
    /// The digest, hexadecimal.
    pub digest: String,
}

/// Writes `changes`, some thousands at a time.
pub(crate) async fn write(tx: &mut Tx<'_>, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    for changes in changes.chunks(CASES_AT_ONCE) {
        write_cases(tx, changes, at_ms).await?;
        write_warnings(tx, changes, at_ms).await?;
        write_deeds(tx, changes).await?;
    }
    Ok(())
}

async fn write_cases(tx: &mut Tx<'_>, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    let mut rows = Vec::with_capacity(changes.len());
    for CaseChange { case, news, .. } in changes {
        rows.push(serde_json::json!([
            case.id,
            case.subject.to_string(),
            case.state,
            case.severity,
            case.version,
            case.round,
            case.department,
            case.previous,
            case.suspended_from,
            case.concluded_by,
            case.closed,
            case.due(),
            case.is_overdue(),
            news,
            serde_json::to_string(&case.clocks)?,
        ]));
    }
    sqlx::query(
        "INSERT INTO cases (case_id, subject, state, severity, version, round, department, previous, suspended_from,
             concluded_by, closed, due, overdue, news, clocks, opened_ms, changed_ms)
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
             value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, ?2, ?2 FROM json_each(?1) WHERE true
         ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, severity = excluded.severity,
             version = excluded.version, round = excluded.round, department = excluded.department,
             suspended_from = excluded.suspended_from, concluded_by = excluded.concluded_by, closed = excluded.closed,
             due = excluded.due, overdue = excluded.overdue, news = excluded.news, clocks = excluded.clocks,
             changed_ms = excluded.changed_ms",
    )
    .bind(serde_json::to_string(&rows)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_warnings(tx: &mut Tx<'_>, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    let mut warnings = Vec::new();
    let mut rounds = Vec::new();
    for change in changes {
        for WarningRound {
            warning,
            evidence,
            rule_version,
            title,
            place,
            quiet,
            told,
        } in &change.warnings
        {
            warnings.push(serde_json::json!([
                warning.fingerprint,
                change.case.id,
                warning.rule,
                warning.subject.to_string(),
                warning.period_key,
                warning.band,
                warning.severity,
                warning.round,
                warning.evidence_digest,
                warning.cleared,
                warning.clean,
                place,
                quiet,
                told
            ]));
            if let Some(evidence) = evidence {
                rounds.push((
                    warning.fingerprint.as_str(),
                    warning.round,
                    rule_version,
                    title,
                    serde_json::to_string(evidence)?,
                    evidence.score.total(),
                ));
            }
        }
    }
    sqlx::query(
        "INSERT INTO warning (fingerprint, case_id, rule, subject, period_key, band, severity, round, evidence_digest,
             clean, place, quiet, told, opened_ms, last_seen_ms, cleared_ms)
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
             value->>10, value->>11, value->>12, value->>13, ?2, ?2, iif(value->>9, ?2, NULL) FROM json_each(?1) WHERE true
         ON CONFLICT (fingerprint) DO UPDATE SET case_id = excluded.case_id, band = excluded.band,
             severity = excluded.severity, round = excluded.round, evidence_digest = excluded.evidence_digest,
             clean = excluded.clean, place = excluded.place, quiet = excluded.quiet, told = excluded.told,
             last_seen_ms = iif(excluded.cleared_ms IS NULL, excluded.last_seen_ms, warning.last_seen_ms),
             cleared_ms = excluded.cleared_ms",
    )
    .bind(serde_json::to_string(&warnings)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO evidence (fingerprint, round, at_ms, rule_version, title, body, score)
         SELECT value->>0, value->>1, ?2, value->>2, value->>3, value->>4, value->>5 FROM json_each(?1)",
    )
    .bind(serde_json::to_string(&rounds)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that `kept` were seen again.
pub(crate) async fn touch_kept(tx: &mut Tx<'_>, kept: &[Fingerprint], at_ms: i64) -> Result<()> {
    sqlx::query("UPDATE warning SET last_seen_ms = ?, clean = 0 WHERE fingerprint IN (SELECT value FROM json_each(?))")
        .bind(at_ms)
        .bind(serde_json::to_string(kept)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes how often in a row the subjects of `counted` were found clean.
pub(crate) async fn count_clean(tx: &mut Tx<'_>, counted: &[(Fingerprint, u32)]) -> Result<()> {
    sqlx::query(
        "UPDATE warning SET clean = counted.value->>1 FROM json_each(?) AS counted WHERE fingerprint = counted.value->>0",
    )
    .bind(serde_json::to_string(counted)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_deeds(tx: &mut Tx<'_>, changes: &[CaseChange]) -> Result<()> {
    let mut rows = Vec::new();
    let mut answers = Vec::new();
    for change in changes {
        for (nth, record) in change.deeds.iter().enumerate() {
            let request = change.request.as_ref().filter(|_| nth + 1 == change.deeds.len());
            if [Action::Verify, Action::Reject].contains(&record.deed.action) {
                let reason = record
                    .deed
                    .reason
                    .filter(|_| record.deed.action == Action::Reject);
                answers.push((change.case.id, record.round, record.at_ms, reason));
            }
            rows.push(serde_json::json!([
                change.case.id,
                record.version,
                record.round,
                record.at_ms,
                record.was,
                record.state,
                record.deed.action,
                serde_json::to_string(&record.deed)?,
                request.map(|request| &request.key),
                request.map(|request| &request.digest),
            ]));
        }
    }
    sqlx::query(
        "INSERT INTO case_event (case_id, version, round, at_ms, was, state, action, body, request_key, request_digest)
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9
         FROM json_each(?)",
    )
    .bind(serde_json::to_string(&rows)?)
    .execute(&mut **tx)
    .await?;
    write_answers(tx, &answers).await
}

/// Notes what was answered of every warning that stands in the cases.
async fn write_answers(tx: &mut Tx<'_>, answers: &[(CaseId, u32, i64, Option<Reason>)]) -> Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO answer (case_id, case_round, fingerprint, round, rule, at_ms, rejected)
         SELECT value->>0, value->>1, w.fingerprint, w.round, w.rule, value->>2, value->>3
         FROM json_each(?) JOIN warning w ON w.case_id = value->>0 WHERE w.cleared_ms IS NULL
         ON CONFLICT DO UPDATE SET round = excluded.round, at_ms = excluded.at_ms, rejected = excluded.rejected",
    )
    .bind(serde_json::to_string(answers)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
