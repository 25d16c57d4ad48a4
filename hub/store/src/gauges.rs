//! Numbers for whoever watches many hubs: runs, rows, rules, warnings, cases, schedules, the outbox.
//! Here because a program that asks every minute must cost little and never hear of a person.
//! In: nothing. Out: counts by connector, rule, department and endpoint; no place, no household.
//! Not here: how they are written (web), what is worth an alarm (the alert rules that are shipped).

use crate::db::{self, from_row};
use crate::{EndpointRow, HeldRule, Result, Store};

/// The numbers of a moment.
#[derive(Debug, Clone, Default)]
pub struct Gauges {
    /// Runs by connector and how they ended.
    pub runs: Vec<RunCount>,
    /// Rows by connector.
    pub rows: Vec<RowCount>,
    /// Rules as they were last evaluated.
    pub rules: Vec<RuleCount>,
    /// Rules that wait for a person.
    pub held_rules: Vec<HeldRule>,
    /// Parts that wait for a person.
    pub held_parts: u64,
    /// Open warnings by department and severity.
    pub warnings: Vec<(String, String, i64)>,
    /// Cases that are not closed, by department and state.
    pub cases: Vec<(String, String, i64)>,
    /// Those of them that are overdue, by department.
    pub overdue: Vec<(String, i64)>,
    /// Refused rows nobody has put right.
    pub refused_rows: i64,
    /// Receivers, and what waits for them.
    pub endpoints: Vec<EndpointRow>,
    /// When rules were last evaluated.
    pub checked_ms: Option<i64>,
    /// Schedules there are.
    pub schedules: Vec<ScheduleCount>,
    /// Fires that are kept, by schedule and what became of them.
    pub fires: Vec<(String, String, i64)>,
}

/// A schedule as it stands.
#[derive(Debug, Clone)]
pub struct ScheduleCount {
    /// The schedule.
    pub schedule: String,
    /// Whether somebody paused it.
    pub paused: bool,
    /// Whether its last success is older than it may be.
    pub late: bool,
    /// When its last success ended.
    pub done_ms: Option<i64>,
}

from_row!(ScheduleCount {
    schedule,
    paused,
    late,
    done_ms
});

/// Runs of a connector that ended one way.
#[derive(Debug, Clone)]
pub struct RunCount {
    /// The connector.
    pub connector: String,
    /// How they ended.
    pub state: String,
    /// How many.
    pub runs: i64,
    /// When the last of them ended.
    pub last_ms: Option<i64>,
    /// How long that one took, milliseconds.
    pub took_ms: Option<i64>,
}

from_row!(RunCount {
    connector,
    state,
    runs,
    last_ms,
    took_ms
});

/// Rows of a connector, of every run that is kept.
#[derive(Debug, Clone)]
pub struct RowCount {
    /// The connector.
    pub connector: String,
    /// Read.
    pub rows_in: i64,
    /// Accepted.
    pub accepted: i64,
    /// Refused.
    pub rejected: i64,
    /// Not meant for the hub.
    pub filtered: i64,
}

from_row!(RowCount {
    connector,
    rows_in,
    accepted,
    rejected,
    filtered
});

/// A rule as it was last evaluated.
#[derive(Debug, Clone)]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// Whether it could be computed.
    pub state: String,
    /// What it found.
    pub findings: i64,
}

from_row!(RuleCount {
    rule,
    state,
    findings
});

impl Store {
    /// Reads the numbers.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn gauges(&self) -> Result<Gauges> {
        let runs = db::query_as(
            "SELECT connector, state, count(*) AS runs, max(ended_ms) AS last_ms,
                 (SELECT n.ended_ms - n.started_ms FROM run n
                  WHERE n.connector = r.connector AND n.state = r.state ORDER BY n.ended_ms DESC NULLS LAST LIMIT 1) AS took_ms
             FROM run r GROUP BY connector, state ORDER BY connector, state",
        );
        let rows = db::query_as(
            "SELECT connector, CAST(sum(rows_in) AS BIGINT) AS rows_in, CAST(sum(accepted) AS BIGINT) AS accepted,
                 CAST(sum(rejected) AS BIGINT) AS rejected, CAST(sum(filtered) AS BIGINT) AS filtered
             FROM run_stream JOIN run USING (run_id) GROUP BY connector ORDER BY connector",
        );
        let checked_ms: Option<i64> = db::query_scalar("SELECT max(at_ms) FROM evaluation")
            .fetch_one(&self.reader)
            .await?;
        let rules =
            db::query_as("SELECT rule, state, findings FROM evaluation WHERE at_ms = ? ORDER BY rule");
        let warnings = db::query_as(
            "SELECT c.department, w.severity, count(*) FROM warning w JOIN cases c ON c.case_id = w.case_id
             WHERE w.cleared_ms IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
        );
        let cases = db::query_as(
            "SELECT department, state, count(*) FROM cases WHERE state <> 'closed' GROUP BY 1, 2 ORDER BY 1, 2",
        );
        let overdue = db::query_as(
            "SELECT department, count(*) FROM cases WHERE state <> 'closed' AND overdue = 1 GROUP BY 1 ORDER BY 1",
        );
        let schedules = db::query_as(
            "SELECT schedule, paused_ms IS NOT NULL AS paused, late_ms IS NOT NULL AS late,
                 (SELECT max(ended_ms) FROM fire f WHERE f.schedule = s.schedule AND f.state = 'done') AS done_ms
             FROM schedule s WHERE definition <> '' ORDER BY schedule",
        );
        let fires = db::query_as(
            "SELECT schedule, f.state, count(*) FROM fire f JOIN schedule s USING (schedule)
             WHERE s.definition <> '' GROUP BY 1, 2 ORDER BY 1, 2",
        );
        let refused_rows = db::query_scalar("SELECT count(*) FROM refused_row WHERE closed_run IS NULL");
        Ok(Gauges {
            runs: runs.fetch_all(&self.reader).await?,
            rows: rows.fetch_all(&self.reader).await?,
            rules: rules.bind(checked_ms).fetch_all(&self.reader).await?,
            held_rules: self.held_rules().await?,
            held_parts: u64::try_from(self.held().await?.len()).unwrap_or(u64::MAX),
            warnings: warnings.fetch_all(&self.reader).await?,
            cases: cases.fetch_all(&self.reader).await?,
            overdue: overdue.fetch_all(&self.reader).await?,
            refused_rows: refused_rows.fetch_one(&self.reader).await?,
            endpoints: self.endpoints().await?,
            checked_ms,
            schedules: schedules.fetch_all(&self.reader).await?,
            fires: fires.fetch_all(&self.reader).await?,
        })
    }
}
