//! Cases page by page, in the order they were opened.
//! Here because a program that fetches all of them must neither miss one nor see one twice while cases change.
//! In: a scope, filters, the last case it has. Out: the next rows, and whether more follow.
//! Not here: the worklist by urgency (case_read).

use hub_model::{CaseId, CaseState, Scope, Severity};

use crate::case_read::{case_row, case_rows};
use crate::{CaseRow, Result, Store, scoped};

/// Most rows of a page.
pub const CASE_PAGE_MAX: u32 = 500;

/// Which cases are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageFilter {
    /// In one of these states; in any when empty.
    pub states: Vec<CaseState>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// In divisions whose code begins so.
    pub division: Option<String>,
    /// With an open warning of this rule.
    pub rule: Option<String>,
    /// Opened after this one.
    pub after: Option<CaseId>,
    /// At most so many, and never more than 500.
    pub limit: u32,
}

impl Store {
    /// The next cases of `scope` that `filter` means, the oldest first; whether more follow.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn case_page(&self, scope: &Scope, filter: &PageFilter) -> Result<(Vec<CaseRow>, bool)> {
        let limit = filter.limit.clamp(1, CASE_PAGE_MAX);
        let sql = case_rows!(
            "(?3 = '[]' OR state IN (SELECT value FROM json_each(?3))) AND (?4 IS NULL OR severity = ?4)
                 AND (?5 IS NULL OR substr(coalesce(division, ''), 1, length(?5)) = ?5)
                 AND (?6 IS NULL OR EXISTS (SELECT 1 FROM warning r
                      WHERE r.case_id = c.case_id AND r.rule = ?6 AND r.cleared_ms IS NULL))
                 AND (?7 IS NULL OR case_id > ?7)
             ORDER BY case_id LIMIT ?8",
            "c.case_id"
        );
        let rows = scoped::query(sql, scope)
            .bind(serde_json::to_string(&filter.states)?)
            .bind(filter.severity.map(Severity::as_str))
            .bind(&filter.division)
            .bind(&filter.rule)
            .bind(filter.after.map(|id| id.to_string()))
            .bind(limit + 1)
            .fetch_all(&self.reader)
            .await?;
        let mut rows = rows.iter().map(case_row).collect::<Result<Vec<CaseRow>>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok((rows, more))
    }
}
