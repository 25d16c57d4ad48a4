//! `/metrics`: the hub's numbers as Prometheus reads them.
//! Here because whoever watches many machines wants the same few numbers of each, every minute.
//! In: the store's numbers, requests that were answered. Out: the text format; every name passes `promtool check metrics`.
//! Not here: what is counted (hub-store); labels are connectors, rules, departments and endpoints, never people or places.

use std::path::Path;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use hub_model::push::Standing;
use hub_runtime::checked::{Checked, Mark};
use hub_runtime::clock;
use hub_store::Gauges;
use prometheus::{HistogramOpts, HistogramVec, Registry, TEXT_FORMAT, TextEncoder};

use crate::numbers::Page;
use crate::{Doors, readiness};

/// Seconds that answers are counted by: a page is read in the first, a batch of deeds in the last.
const BUCKETS: [f64; 8] = [0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];
/// How a run is called that brought what it was asked for.
const COMMITTED: &str = "committed";

/// Requests that were answered since the service began.
#[derive(Clone)]
pub struct Answered {
    registry: Registry,
    seconds: HistogramVec,
}

impl Answered {
    /// None yet, and what the process itself uses.
    ///
    /// # Errors
    /// Never, as long as the names here are names.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let options = HistogramOpts::new(
            "hub_http_request_duration_seconds",
            "How long requests took, by route and status.",
        )
        .buckets(BUCKETS.to_vec());
        let seconds = HistogramVec::new(options, &["method", "route", "status"])?;
        registry.register(Box::new(seconds.clone()))?;
        let process = prometheus::process_collector::ProcessCollector::for_self();
        registry.register(Box::new(process))?;
        Ok(Self { registry, seconds })
    }
}

/// Counts how long the rest takes to answer.
pub(crate) async fn watch(State(answered): State<Answered>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().as_str().to_owned();
    // The route as it is written, never the address with somebody's id in it.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(|path| path.as_str().to_owned()).unwrap_or_default();
    let response = next.run(request).await;
    let status = response.status();
    let labels = [method.as_str(), &route, status.as_str()];
    answered
        .seconds
        .with_label_values(&labels)
        .observe(began.elapsed().as_secs_f64());
    response
}

/// What is answered where `[server] metrics` listens.
pub fn metrics(doors: Doors) -> Router {
    Router::new().route("/metrics", get(scrape)).with_state(doors)
}

async fn scrape(State(doors): State<Doors>) -> Result<([(HeaderName, &'static str); 1], String), StatusCode> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the numbers could not be read");
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let gauges = doors.hub.store.gauges().await.map_err(|error| failed(&error))?;
    let findings = doors.ready.look(&doors).await;
    let text = told(
        &gauges,
        &doors.hub.now().sources.settings.home.data_dir,
        Some((&doors.answered, &findings)),
    );
    let text = text.map_err(|error| failed(&error))?;
    Ok(([(CONTENT_TYPE, TEXT_FORMAT)], text))
}

/// The numbers as text; `service` is what only a running service knows: what it answered, and whether it is ready.
///
/// # Errors
/// Never, as long as the names here are names.
pub fn told(
    gauges: &Gauges,
    data_dir: &Path,
    service: Option<(&Answered, &[Checked])>,
) -> prometheus::Result<String> {
    let page = Page(Registry::new());
    let now_ms = clock::now_ms();
    page.gauge(
        "hub_build_info",
        "Which version answers.",
        &["version"],
        [(vec![env!("CARGO_PKG_VERSION").to_owned()], 1)],
    )?;
    runs(&page, gauges)?;
    rules(&page, gauges)?;
    cases(&page, gauges)?;
    schedules(&page, gauges)?;
    push(&page, gauges, now_ms)?;
    if let Some(free) = readiness::free_bytes(data_dir) {
        let free = i64::try_from(free).unwrap_or(i64::MAX);
        page.gauge(
            "hub_data_free_bytes",
            "Room left where the data lies.",
            &[],
            [(vec![], free)],
        )?;
    }
    let mut families = Vec::new();
    if let Some((answered, findings)) = service {
        let ready = i64::from(readiness::is_ready(findings));
        page.gauge("hub_ready", "Whether /readyz says yes.", &[], [(vec![], ready)])?;
        let of = |finding: &Checked| {
            (
                vec![finding.check.to_owned()],
                i64::from(finding.mark != Mark::Wrong),
            )
        };
        page.gauge(
            "hub_ready_check",
            "1 for what /readyz finds as it should be, 0 for what it does not.",
            &["check"],
            findings.iter().map(of),
        )?;
        families.extend(answered.registry.gather());
    }
    families.extend(page.0.gather());
    TextEncoder::new().encode_to_string(&families)
}

fn runs(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
    let of = |run: &hub_store::RunCount| (run.connector.clone(), run.state.clone());
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
    let stages = |row: &hub_store::RowCount| {
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

fn rules(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
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

fn cases(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
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

fn schedules(page: &Page, gauges: &Gauges) -> prometheus::Result<()> {
    let fires = gauges.fires.iter();
    page.counter(
        "hub_schedule_fires_total",
        "Fires that are kept, by what became of them.",
        &["schedule", "outcome"],
        fires.map(|(schedule, state, count)| (vec![schedule.clone(), state.clone()], *count)),
    )?;
    let is = |name: &str, help: &str, holds: fn(&hub_store::ScheduleCount) -> bool| {
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

fn push(page: &Page, gauges: &Gauges, now_ms: i64) -> prometheus::Result<()> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let of = |number: fn(&hub_store::EndpointRow) -> u64| {
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
