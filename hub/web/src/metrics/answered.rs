//! The numbers that only a running service knows: requests it answered, whether it is ready, whether its configuration holds.
//! Here because they are gone with the process, and a store knows nothing of them.
//! In: requests, findings, the last reload. Out: rows of the page; a registry that is counted into.
//! Not here: what the store knows (kept).

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hub_runtime::checked::{Checked, Mark};
use hub_runtime::reload::LastReload;
use hub_runtime::spans;
use prometheus::{HistogramOpts, HistogramVec, Registry};
use tracing::{Instrument, Span};

use crate::api::PREFIX;
use crate::numbers::Page;
use crate::readiness;

/// Seconds that answers are counted by: a page is read in the first, a batch of deeds in the last.
const BUCKETS: [f64; 8] = [0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// The header that names the span of whoever asks.
const TRACEPARENT: &str = "traceparent";

/// Requests that were answered since the service began.
#[derive(Clone)]
pub struct Answered {
    pub(super) registry: Registry,
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
    let span = if route.starts_with(PREFIX) {
        let traceparent = request.headers().get(TRACEPARENT);
        let traceparent = traceparent.and_then(|value| value.to_str().ok());
        spans::request(&method, &route, traceparent)
    } else {
        // Whoever asks for health asks all day.
        Span::none()
    };
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    spans::answered(&span, status.as_u16());
    let labels = [method.as_str(), &route, status.as_str()];
    answered
        .seconds
        .with_label_values(&labels)
        .observe(began.elapsed().as_secs_f64());
    response
}

/// What a running service says of itself.
pub struct Service<'a> {
    /// Requests it answered.
    pub answered: &'a Answered,
    /// What `/readyz` finds.
    pub findings: &'a [Checked],
    /// How the last reading of its configuration went.
    pub reload: LastReload,
}

/// Whether it is ready, and goes by the files that are there.
pub(super) fn service(page: &Page, service: &Service<'_>) -> prometheus::Result<()> {
    let ready = i64::from(readiness::is_ready(service.findings));
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
        service.findings.iter().map(of),
    )?;
    // Named and meant as Prometheus' own: the start counts as the first reading.
    let LastReload { taken, taken_ms } = service.reload;
    page.gauge(
        "hub_config_last_reload_successful",
        "Whether the last reading of the configuration was taken; 0 while the one before goes on.",
        &[],
        [(vec![], i64::from(taken))],
    )?;
    page.seconds(
        "hub_config_last_reload_success_timestamp_seconds",
        "When the configuration that holds was read.",
        &[],
        [(vec![], taken_ms)],
    )
}
