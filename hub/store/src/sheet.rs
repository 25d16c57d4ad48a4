//! Cases as they stand on a worksheet (交办单): one row each, with everything open about it.
//! Here because offices work through a list on paper or in a spreadsheet, household by household, the gravest first.
//! In: a scope, states, a place. Out: rows by town, gravest first; at most a sheet's worth.
//! Not here: the workbook's form and what comes back (runtime).

use chrono::NaiveDate;
use hub_model::{CaseId, CaseState, CitedCell, RuleId, Scope, Severity, Subject};
use serde::Deserialize;

use crate::cases::case;
use crate::db::{Pool, Row};
use crate::gathered::Waiting;
use crate::scoped::{self, in_scope};
use crate::{Result, Store};

/// Most rows of one worksheet.
pub const SHEET_ROWS_MAX: u32 = 50_000;

/// A case on a worksheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// The case.
    pub case: CaseId,
    /// Its version, which whoever fills the row in has seen.
    pub version: u64,
    /// Whom it is about.
    pub subject: Subject,
    /// How urgent.
    pub severity: Severity,
    /// Where it stands.
    pub state: CaseState,
    /// Who must act.
    pub department: String,
    /// By when.
    pub due: Option<NaiveDate>,
    /// `county/town/village`, as far as it is known.
    pub place: String,
    /// What is open about it, the gravest first.
    pub warnings: Vec<SheetWarning>,
}

/// A warning on a worksheet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SheetWarning {
    /// Its rule.
    pub rule: RuleId,
    /// The sentence.
    pub sentence: String,
    /// The cells behind it.
    pub cells: Vec<CitedCell>,
}

impl SheetRow {
    /// `county/town`, as far as they are known.
    #[must_use]
    pub fn town(&self) -> String {
        town(&self.place)
    }
}

/// The first two parts of a place.
fn town(place: &str) -> String {
    place.split('/').take(2).collect::<Vec<_>>().join("/")
}

/// The rows of a sheet, with their warnings as `$warnings` puts them into a JSON list.
macro_rules! sheet {
    ($warnings:literal) => {
        concat!(
            "SELECT c.*, (SELECT ",
            $warnings,
            " FROM (
                 SELECT w.rule, e.body::json ->> 'sentence' AS sentence, e.body::json -> 'cells' AS cells
                 FROM warning w JOIN evidence e ON e.fingerprint = w.fingerprint AND e.round = w.round
                 WHERE w.case_id = c.case_id AND w.cleared_ms IS NULL AND w.quiet IS NULL
                 ORDER BY CASE w.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END,
                     e.score DESC, w.rule) AS told) AS warnings
             FROM cases c WHERE ",
            in_scope!(),
            " AND c.state IN (SELECT value FROM json_each(?3)) AND (?4 = '' OR c.place = ?4 OR c.place LIKE ?5 ESCAPE '!')
             ORDER BY c.place, CASE c.severity WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 ELSE 3 END,
                 c.due NULLS FIRST, c.case_id LIMIT ?6"
        )
    };
}

impl Store {
    /// The towns, as `county/town`, of which `endpoint` waits for news about cases of `scope` at `place` or within it; sorted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waiting_towns(
        &self,
        endpoint: &str,
        waiting: &Waiting,
        scope: &Scope,
        place: &str,
    ) -> Result<Vec<String>> {
        let sql = concat!(
            "SELECT DISTINCT c.place FROM delivery d JOIN cases c ON c.case_id = d.case_id
             WHERE d.endpoint = ?3 AND d.state = 'pending' AND d.sequence BETWEEN ?4 AND ?5 AND d.due_ms <= ?6 AND ",
            in_scope!(),
            " AND (?7 = '' OR c.place = ?7 OR c.place LIKE ?8 ESCAPE '!')",
        );
        let rows = scoped::query(sql, scope)
            .bind(endpoint.to_owned())
            .bind(waiting.from)
            .bind(waiting.upto)
            .bind(waiting.due_ms)
            .bind(place.to_owned())
            .bind(within(place))
            .fetch_all(&self.reader)
            .await?;
        let mut towns = std::collections::BTreeSet::new();
        for row in rows {
            towns.insert(town(&row.try_get::<String, _>("place")?));
        }
        Ok(towns.into_iter().collect())
    }

    /// The cases of `scope` in one of `states` at `place` or within it, anywhere when it is empty; by town, the gravest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sheet_rows(
        &self,
        scope: &Scope,
        states: &[CaseState],
        place: &str,
    ) -> Result<Vec<SheetRow>> {
        let sql = match self.reader {
            Pool::Sqlite(_) => sheet!("json_group_array(json_array(rule, sentence, json(cells)))"),
            Pool::Postgres(_) => {
                sheet!("coalesce(json_agg(json_build_array(rule, sentence, cells)), '[]')::text")
            }
        };
        let rows = scoped::query(sql, scope)
            .bind(serde_json::to_string(states)?)
            .bind(place)
            .bind(within(place))
            .bind(SHEET_ROWS_MAX)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(sheet_row).collect()
    }
}

/// The pattern of what lies within `place`.
fn within(place: &str) -> String {
    let place = place.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("{place}/%")
}

fn sheet_row(row: &Row) -> Result<SheetRow> {
    let warnings: String = row.try_get("warnings")?;
    let case = case(row)?;
    Ok(SheetRow {
        case: case.id,
        version: case.version,
        due: case.due(),
        severity: case.severity,
        state: case.state,
        place: row.try_get("place")?,
        warnings: serde_json::from_str(&warnings)?,
        department: case.department,
        subject: case.subject,
    })
}
