//! `/metrics`: the hub's numbers as Prometheus reads them.
//! Here because whoever watches many machines wants the same few numbers of each, every minute.
//! In: the store's numbers (kept), the service's own (answered). Out: the text format; every name passes `promtool check metrics`.
//! Not here: what is counted (hub-store); labels are connectors, rules, departments and endpoints, never people or places.

mod answered;
mod kept;

use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use hub_runtime::clock;
use hub_store::Gauges;
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};

pub use answered::{Answered, Service};

pub(crate) use answered::watch;

use crate::numbers::Page;
use crate::{Doors, readiness};

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
        Some(Service {
            answered: &doors.answered,
            findings: &findings,
            reload: doors.reloads.last(),
        }),
    );
    let text = text.map_err(|error| failed(&error))?;
    Ok(([(CONTENT_TYPE, TEXT_FORMAT)], text))
}

/// The numbers as text; `service` is what only a running service knows.
///
/// # Errors
/// Never, as long as the names here are names.
pub fn told(gauges: &Gauges, data_dir: &Path, service: Option<Service<'_>>) -> prometheus::Result<String> {
    let page = Page(Registry::new());
    let now_ms = clock::now_ms();
    page.gauge(
        "hub_build_info",
        "Which version answers.",
        &["version"],
        [(vec![env!("CARGO_PKG_VERSION").to_owned()], 1)],
    )?;
    kept::runs(&page, gauges)?;
    kept::rules(&page, gauges)?;
    kept::cases(&page, gauges)?;
    kept::schedules(&page, gauges)?;
    kept::push(&page, gauges, now_ms)?;
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
    if let Some(service) = service {
        answered::service(&page, &service)?;
        families.extend(service.answered.registry.gather());
    }
    families.extend(page.0.gather());
    TextEncoder::new().encode_to_string(&families)
}
