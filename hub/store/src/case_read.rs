//! Lists of cases, by what clerks look for.
//! Here because a worklist is asked for by state, department, severity and day.
//! In: filters. Out: rows, gravest first; the cases the check works on.
//! Not here: one case whole (cases).

use chrono::NaiveDate;
use hub_model::case::CaseRound;
use hub_model::{Case, CaseState, Scope, Severity, Subject};
use serde::Serialize;

use crate::cases::case;
use crate::db::{self, Row};
use crate::scoped;
use crate::{Result, Store};

/// Most rows a listing returns.
const CASES_MAX: u32 = 10_000;
/// How long a closed case is counted by indicators: a year, with some to spare.
const ROUNDS_MS: i64 = 400 * 86_400_000;

/// Rows of [`case_row`]: of the cases in the scope bound by [`scoped::query`] that `$which` means, with its order and limit; at last in
/// `$order`.
macro_rules! case_rows {
    ($which:literal, $order:literal) => {
        concat!(
            "SELECT c.*,
                 (SELECT count(*) FROM warning w WHERE w.case_id = c.case_id AND w.cleared_ms IS NULL) AS open_warnings,
                 (SELECT count(w.quiet) FROM warning w WHERE w.case_id = c.case_id AND w.cleared_ms IS NULL) AS quiet_warnings,
                 (SELECT group_concat(DISTINCT w.rule) FROM warning w WHERE w.case_id = c.case_id AND w.cleared_ms IS NULL) AS rules,
                 (SELECT e.body::json ->> 'sentence' FROM evidence e JOIN warning v USING (fingerprint)
                  WHERE v.case_id = c.case_id AND e.round = (SELECT max(round) FROM evidence x WHERE x.fingerprint = v.fingerprint)
                  ORDER BY v.cleared_ms IS NOT NULL,
                      CASE v.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, e.score DESC, v.rule
                  LIMIT 1) AS sentence
             FROM (SELECT c.*, (SELECT max(e.score) FROM warning w JOIN evidence e ON e.fingerprint = w.fingerprint AND e.round = w.round
                                WHERE w.case_id = c.case_id AND w.cleared_ms IS NULL) AS score
                   FROM cases c WHERE ",
            crate::scoped::in_scope!(),
            " AND ",
            $which,
            ") c ORDER BY ",
            $order
        )
    };
}
pub(crate) use case_rows;

/// Which cases are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseFilter {
    /// In one of these states; in any but closed when empty.
    pub states: Vec<CaseState>,
    /// Of this department.
    pub department: Option<String>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Due by this day, inclusive.
    pub due: Option<NaiveDate>,
    /// Overdue in this round.
    pub overdue: bool,
    /// At most so many, and never more than 10,000.
    pub limit: u32,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// By when something must be done.
    pub due: Option<NaiveDate>,
    /// Whether something was not done by its day in this round.
    pub overdue: bool,
    /// Its open warnings.
    pub open_warnings: u64,
    /// Those of them that are kept from being pushed.
    pub quiet_warnings: u64,
    /// Rules behind them.
    pub rules: Vec<String>,
    /// The most points one of its open warnings has, of a hundred; none when it has none.
    pub score: Option<u32>,
    /// The gravest open warning's sentence; when all have cleared, the last one's.
    pub sentence: String,
    /// When it was opened.
    pub opened_ms: i64,
}

impl Store {
    /// The case of each of `subjects` that is not closed, for merging new warnings into.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_cases_of(&self, subjects: &[&Subject]) -> Result<Vec<Case>> {
        let subjects: Vec<String> = subjects.iter().map(ToString::to_string).collect();
        let rows = db::query(
            "SELECT c.* FROM json_each(?) s JOIN cases c ON c.subject = s.value AND c.state <> 'closed'",
        )
        .bind(serde_json::to_string(&subjects)?)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(case).collect()
    }

    /// Every case that is not closed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_cases(&self) -> Result<Vec<Case>> {
        let rows = db::query("SELECT * FROM cases WHERE state <> 'closed'")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(case).collect()
    }

    /// Every case that is not closed or was changed within about a year before `now_ms`, in its last round.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn case_rounds(&self, now_ms: i64) -> Result<Vec<CaseRound>> {
        let rows = db::query("SELECT * FROM cases WHERE state <> 'closed' OR changed_ms >= ?")
            .bind(now_ms.saturating_sub(ROUNDS_MS))
            .fetch_all(&self.reader)
            .await?;
        let round = |row| Ok(CaseRound::of(case(row)?, Row::try_get(row, "place")?));
        rows.iter().map(round).collect()
    }

    /// Cases one of whose clocks has something to tell on `day`, or that have no clocks yet.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cases_with_news(&self, day: NaiveDate) -> Result<Vec<Case>> {
        let rows = db::query("SELECT * FROM cases WHERE state <> 'closed' AND news <= ? ORDER BY case_id")
            .bind(day.to_string())
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(case).collect()
    }

    /// The last closed case of each of `subjects` that has one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_closed(&self, subjects: &[&Subject]) -> Result<Vec<Case>> {
        let subjects: Vec<String> = subjects.iter().map(ToString::to_string).collect();
        let rows = db::query(
            "SELECT c.* FROM json_each(?) s JOIN cases c ON c.case_id =
                 (SELECT case_id FROM cases WHERE subject = s.value AND state = 'closed'
                  ORDER BY closed DESC NULLS LAST, changed_ms DESC, case_id DESC LIMIT 1)",
        )
        .bind(serde_json::to_string(&subjects)?)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(case).collect()
    }

    /// The cases of `scope` that `filter` means, the gravest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn case_rows(&self, scope: &Scope, filter: &CaseFilter) -> Result<Vec<CaseRow>> {
        let sql = case_rows!(
            "CASE WHEN ?3 = '[]' THEN state <> 'closed' ELSE state IN (SELECT value FROM json_each(?3)) END
                 AND (?4 IS NULL OR department = ?4) AND (?5 IS NULL OR severity = ?5)
                 AND (?6 IS NULL OR due <= ?6) AND (?7 = 0 OR overdue = 1)
             ORDER BY CASE severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, score DESC NULLS LAST, case_id
             LIMIT ?8",
            "CASE c.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END, c.score DESC NULLS LAST, c.case_id"
        );
        let rows = scoped::query(sql, scope)
            .bind(serde_json::to_string(&filter.states)?)
            .bind(&filter.department)
            .bind(filter.severity.map(Severity::as_str))
            .bind(filter.due.map(|day| day.to_string()))
            .bind(filter.overdue)
            .bind(filter.limit.min(CASES_MAX))
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(case_row).collect()
    }
}

pub(crate) fn case_row(row: &Row) -> Result<CaseRow> {
    let count = |column: &str| -> Result<u64> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
    };
    let rules: Option<String> = row.try_get("rules")?;
    let case = case(row)?;
    Ok(CaseRow {
        due: case.due(),
        overdue: case.is_overdue(),
        case,
        open_warnings: count("open_warnings")?,
        quiet_warnings: count("quiet_warnings")?,
        rules: rules
            .map(|text| text.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        score: row
            .try_get::<Option<i64>, _>("score")?
            .and_then(|score| u32::try_from(score).ok()),
        sentence: row.try_get::<Option<String>, _>("sentence")?.unwrap_or_default(),
        opened_ms: row.try_get("opened_ms")?,
    })
}
