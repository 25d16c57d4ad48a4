//! Writes cases with their history, and warnings with their evidence.
//! Here because a hundred thousand of them change in one night, and each kind is one statement.
//! In: changed cases. Out: rows, in the transaction of the commit.
//! Not here: reading them (cases), deciding what changes (runtime).

use std::sync::Arc;

use chrono::NaiveDate;
use hub_model::case::{Action, DeedRecord, Reason};
use hub_model::values::division_of;
use hub_model::{Calendar, Case, CaseId, CaseState, Evidence, Fingerprint, Warning};

use crate::Result;
use crate::db::{self, Tx};

/// A warning as it now stands and, unless it cleared, why.
#[derive(Debug, Clone)]
pub struct WarningRound {
    /// The warning.
    pub warning: Warning,
    /// This round's evidence; a cleared warning has none.
    pub evidence: Option<Arc<Evidence>>,
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

/// Writes `changes`.
pub(crate) async fn write(tx: &mut Tx, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    write_cases(tx, changes, at_ms).await?;
    write_warnings(tx, changes, at_ms).await?;
    write_deeds(tx, changes).await
}

async fn write_cases(tx: &mut Tx, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    let statement = (
        "INSERT INTO cases (case_id, subject, state, severity, version, round, department, previous, suspended_from,
             concluded_by, closed, due, overdue, news, clocks, opened_ms, changed_ms, place, division) ",
        " ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, severity = excluded.severity,
             version = excluded.version, round = excluded.round, department = excluded.department,
             suspended_from = excluded.suspended_from, concluded_by = excluded.concluded_by, closed = excluded.closed,
             due = excluded.due, overdue = excluded.overdue, news = excluded.news, clocks = excluded.clocks,
             changed_ms = excluded.changed_ms, place = CASE WHEN excluded.place = '' THEN cases.place ELSE excluded.place END,
             division = CASE WHEN excluded.place = '' THEN cases.division ELSE excluded.division END",
    );
    db::insert(
        tx,
        statement,
        19,
        changes,
        |values, change @ CaseChange { case, news, .. }| {
            // Where its last warning says that it is; what a deed changes says nothing of it.
            let place = change
                .warnings
                .iter()
                .map(|round| round.place.as_str())
                .find(|place| !place.is_empty());
            let place = place.unwrap_or_default();
            let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
            values
                .push_bind(case.id.to_string())
                .push_bind(case.subject.to_string())
                .push_bind(case.state.as_str())
                .push_bind(case.severity.as_str())
                .push_bind(whole(case.version))
                .push_bind(case.round)
                .push_bind(&case.department)
                .push_bind(case.previous.map(|previous| previous.to_string()))
                .push_bind(case.suspended_from.map(CaseState::as_str))
                .push_bind(case.concluded_by.as_deref())
                .push_bind(day(case.closed))
                .push_bind(day(case.due()))
                .push_bind(case.is_overdue())
                .push_bind(day(*news))
                .push_bind(serde_json::to_string(&case.clocks)?)
                .push_bind(at_ms)
                .push_bind(at_ms)
                .push_bind(place)
                .push_bind(division_of(place));
            Ok(())
        },
    )
    .await
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn write_warnings(tx: &mut Tx, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    let rounds = changes
        .iter()
        .flat_map(|change| change.warnings.iter().map(move |round| (change.case.id, round)));
    let mut rounds: Vec<(CaseId, &WarningRound)> = rounds.collect();
    // Neighbours in the index one after the other: each of its pages is found once.
    rounds.sort_unstable_by(|(_, one), (_, other)| one.warning.fingerprint.cmp(&other.warning.fingerprint));
    let statement = (
        "INSERT INTO warning (fingerprint, case_id, rule, subject, period_key, band, severity, round, evidence_digest,
             clean, place, quiet, told, opened_ms, changed_ms, cleared_ms) ",
        " ON CONFLICT (fingerprint) DO UPDATE SET case_id = excluded.case_id, band = excluded.band,
             severity = excluded.severity, round = excluded.round, evidence_digest = excluded.evidence_digest,
             clean = excluded.clean, place = excluded.place, quiet = excluded.quiet, told = excluded.told,
             changed_ms = excluded.changed_ms,
             cleared_ms = excluded.cleared_ms",
    );
    db::insert(tx, statement, 16, &rounds, |values, (case, round)| {
        let warning = &round.warning;
        values
            .push_bind(warning.fingerprint.as_str())
            .push_bind(case.to_string())
            .push_bind(warning.rule.as_str())
            .push_bind(warning.subject.to_string())
            .push_bind(&warning.period_key)
            .push_bind(&warning.band)
            .push_bind(warning.severity.as_str())
            .push_bind(warning.round)
            .push_bind(&warning.evidence_digest)
            .push_bind(warning.clean)
            .push_bind(&round.place)
            .push_bind(round.quiet.as_deref())
            .push_bind(round.told)
            .push_bind(at_ms)
            .push_bind(at_ms)
            .push_bind(warning.cleared.then_some(at_ms));
        Ok(())
    })
    .await?;
    let told: Vec<(&WarningRound, &Evidence)> = rounds
        .into_iter()
        .filter_map(|(_, round)| Some((round, round.evidence.as_deref()?)))
        .collect();
    let statement = (
        "INSERT INTO evidence (fingerprint, round, at_ms, rule_version, title, body, score) ",
        "",
    );
    db::insert(tx, statement, 7, &told, |values, (round, evidence)| {
        values
            .push_bind(round.warning.fingerprint.as_str())
            .push_bind(round.warning.round)
            .push_bind(at_ms)
            .push_bind(round.rule_version)
            .push_bind(&round.title)
            .push_bind(serde_json::to_string(evidence)?)
            .push_bind(evidence.score.total());
        Ok(())
    })
    .await
}

/// Notes how often in a row the subjects of `counted` were found clean.
pub(crate) async fn count_clean(tx: &mut Tx, counted: &[(Fingerprint, u32)]) -> Result<()> {
    db::query(
        "UPDATE warning SET clean = (counted.value::json ->> 1)::bigint FROM json_each(?) AS counted
         WHERE fingerprint = counted.value::json ->> 0",
    )
    .bind(serde_json::to_string(counted)?)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

async fn write_deeds(tx: &mut Tx, changes: &[CaseChange]) -> Result<()> {
    let mut rows: Vec<(&CaseChange, &DeedRecord, bool)> = Vec::new();
    let mut answers = Vec::new();
    for change in changes {
        for (nth, record) in change.deeds.iter().enumerate() {
            let action = record.deed.action;
            if [Action::Verify, Action::Reject].contains(&action) {
                let reason = record.deed.reason.filter(|_| action == Action::Reject);
                answers.push((change.case.id, record.round, record.at_ms, reason));
            }
            let is_asked = nth + 1 == change.deeds.len();
            rows.push((change, record, is_asked));
        }
    }
    let statement = (
        "INSERT INTO case_event (case_id, version, round, at_ms, was, state, action, body, request_key, request_digest) ",
        "",
    );
    db::insert(tx, statement, 10, &rows, |values, (change, record, is_asked)| {
        let request = change.request.as_ref().filter(|_| *is_asked);
        values
            .push_bind(change.case.id.to_string())
            .push_bind(whole(record.version))
            .push_bind(record.round)
            .push_bind(record.at_ms)
            .push_bind(record.was.as_str())
            .push_bind(record.state.as_str())
            .push_bind(record.deed.action.as_str())
            .push_bind(serde_json::to_string(&record.deed)?)
            .push_bind(request.map(|request| request.key.as_str()))
            .push_bind(request.map(|request| request.digest.as_str()));
        Ok(())
    })
    .await?;
    write_answers(tx, &answers).await
}

/// Notes what was answered of every warning that stands in the cases.
async fn write_answers(tx: &mut Tx, answers: &[(CaseId, u32, i64, Option<Reason>)]) -> Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    db::query(
        "INSERT INTO answer (case_id, case_round, fingerprint, round, rule, at_ms, rejected)
         SELECT value::json ->> 0, (value::json ->> 1)::bigint, w.fingerprint, w.round, w.rule, (value::json ->> 2)::bigint,
             value::json ->> 3
         FROM json_each(?) JOIN warning w ON w.case_id = value::json ->> 0 WHERE w.cleared_ms IS NULL
         ON CONFLICT (case_id, case_round, fingerprint) DO UPDATE SET round = excluded.round, at_ms = excluded.at_ms, rejected = excluded.rejected",
    )
    .bind(serde_json::to_string(answers)?)
    .execute(&mut *tx)
    .await?;
    Ok(())
}
