//! The numbers that the store knows: runs, rules, cases, schedules, what goes out.
//! Here because these are the same whether a service tells them or `hub metrics` does.
//! In: what was counted. Out: rows of the page.
//! Not here: counting (hub-store), what only a running service knows (answered).

use hub_model::push::Standing;
use hub_store::{EndpointRow, Gauges, RowCount, RunCount, ScheduleCount};

use crate::numbers::Page;

/// How a run is called that brought what it was asked for.
const COMMITTED: &str = "committed";

/// Runs, their rows, and what waits or was refused.
pub(super) fn runs(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
    let of = |run: &RunCount| (run.connector.clone(), run.state.clone());
    let counted = gauges.runs.iter().map(|run| (of(run), run.runs));
    page.counter(
        "hub_runs_total",
        "Runs that are kept, by how they ended.",
        &["connector", "outcome"],
        counted.map(|((connector, state), runs)| (vec![connector, state], runs)),
    )?;
    let took = gauges.runs.iter().filter_map(|run| Some((of(run), run.took_ms?)));
    page.seconds(
        "hub_run_last_duration_seconds",
        "How long the last run that ended so took.",
        &["connector", "outcome"],
        took.map(|((connector, state), took_ms)| (vec![connector, state], took_ms)),
    )?;
    let good = gauges.runs.iter().filter(|run| run.state == COMMITTED);
    page.seconds(
        "hub_source_last_success_timestamp_seconds",
        "When the source last brought what it was asked for.",
        &["source"],
        good.filter_map(|run| Some((vec![run.connector.clone()], run.last_ms?))),
    )?;
    let stages = |row: &RowCount| {
        [
            ("read", row.rows_in),
            ("accepted", row.accepted),
            ("rejected", row.rejected),
            ("filtered", row.filtered),
        ]
    };
    let rows = gauges.rows.iter().flat_map(|row| {
        stages(row).map(|(stage, rows)| (vec![row.connector.clone(), stage.to_owned()], rows))
    });
    page.counter(
        "hub_rows_total",
        "Rows of the runs that are kept; read = accepted + rejected + filtered.",
        &["connector", "stage"],
        rows,
    )?;
    let held = i64::try_from(gauges.held_parts).unwrap_or(i64::MAX);
    page.gauge(
        "hub_parts_held",
        "Parts that wait for a person.",
        &[],
        [(vec![], held)],
    )?;
    let refused = gauges.refused_rows;
    page.gauge(
        "hub_refused_rows_open",
        "Refused rows nobody has put right.",
        &[],
        [(vec![], refused)],
    )
}

/// What rules found, and whether they may speak.
pub(super) fn rules(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
    page.gauge(
        "hub_rule_findings",
        "What a rule found when it was last computed.",
        &["rule"],
        gauges
            .rules
            .iter()
            .map(|rule| (vec![rule.rule.clone()], rule.findings)),
    )?;
    page.gauge(
        "hub_rule_state",
        "How a rule's last evaluation ended; 1 for the state it has.",
        &["rule", "state"],
        gauges
            .rules
            .iter()
            .map(|rule| (vec![rule.rule.clone(), rule.state.clone()], 1)),
    )?;
    page.gauge(
        "hub_rule_breaker_open",
        "Rules that would open too much at once and wait for a person.",
        &["rule"],
        gauges.held_rules.iter().map(|held| (vec![held.rule.clone()], 1)),
    )?;
    let checked = gauges.checked_ms.map(|at_ms| (vec![], at_ms));
    page.seconds(
        "hub_check_last_timestamp_seconds",
        "When rules were last evaluated.",
        &[],
        checked,
    )
}

/// Warnings and cases, by whose they are.
pub(super) fn cases(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
    let two = |rows: &[(String, String, i64)]| -> Vec<(Vec<String>, i64)> {
        let rows = rows.iter();
        rows.map(|(one, other, count)| (vec![one.clone(), other.clone()], *count))
            .collect()
    };
    page.gauge(
        "hub_warnings_open",
        "Warnings that are not cleared.",
        &["department", "severity"],
        two(&gauges.warnings),
    )?;
    page.gauge(
        "hub_cases_open",
        "Cases that are not closed.",
        &["department", "state"],
        two(&gauges.cases),
    )?;
    let overdue = gauges.overdue.iter();
    page.gauge(
        "hub_cases_overdue",
        "Cases that are not closed and past their day.",
        &["department"],
        overdue.map(|(department, count)| (vec![department.clone()], *count)),
    )
}

/// Fires, and how schedules stand.
pub(super) fn schedules(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
    let fires = gauges.fires.iter();
    page.counter(
        "hub_schedule_fires_total",
        "Fires that are kept, by what became of them.",
        &["schedule", "outcome"],
        fires.map(|(schedule, state, count)| (vec![schedule.clone(), state.clone()], *count)),
    )?;
    let is = |name: &str, help: &str, holds: fn(&ScheduleCount) -> bool| {
        let rows = gauges.schedules.iter();
        let rows = rows.map(|row| (vec![row.schedule.clone()], i64::from(holds(row))));
        page.gauge(name, help, &["schedule"], rows)
    };
    is(
        "hub_schedule_paused",
        "1 for a schedule somebody paused.",
        |row| row.paused,
    )?;
    is(
        "hub_schedule_late",
        "1 for a schedule whose last success is older than it may be.",
        |row| row.late,
    )?;
    let done = gauges.schedules.iter();
    page.seconds(
        "hub_schedule_last_success_timestamp_seconds",
        "When the last success of a schedule ended.",
        &["schedule"],
        done.filter_map(|row| Some((vec![row.schedule.clone()], row.done_ms?))),
    )
}

/// What goes out, to each endpoint.
pub(super) fn push(page: &Page, gauges: &Gauges, now_ms: i64) -> prometheus::Result<()> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let of = |number: fn(&EndpointRow) -> u64| {
        let rows = gauges.endpoints.iter();
        rows.map(move |row| (vec![row.endpoint.id.clone()], count(number(row))))
    };
    page.gauge(
        "hub_push_queue_depth",
        "Events still to be sent.",
        &["endpoint"],
        of(|row| row.pending),
    )?;
    page.gauge(
        "hub_push_dead_letters",
        "Events whose retries are exhausted.",
        &["endpoint"],
        of(|row| row.dead),
    )?;
    page.counter(
        "hub_push_acknowledged_total",
        "Events the endpoint has taken, of those that are kept.",
        &["endpoint"],
        of(|row| row.acknowledged),
    )?;
    let waits = gauges.endpoints.iter().map(|row| {
        let since = row.oldest_ms.map_or(0, |at_ms| now_ms.saturating_sub(at_ms));
        (vec![row.endpoint.id.clone()], since)
    });
    page.seconds(
        "hub_push_oldest_pending_seconds",
        "How long the oldest event that is still to be sent has waited.",
        &["endpoint"],
        waits,
    )?;
    let standing = gauges.endpoints.iter().map(|row| {
        let labels = vec![row.endpoint.id.clone(), row.endpoint.standing.as_str().to_owned()];
        (labels, i64::from(row.endpoint.standing != Standing::Active))
    });
    page.gauge(
        "hub_push_out_of_service",
        "1 for an endpoint nothing goes out to, and how it stands.",
        &["endpoint", "standing"],
        standing,
    )
}
