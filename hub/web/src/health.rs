//! `/livez` and `/readyz`.
//! Here because a watchdog must be told the truth: alive is not ready.
//! In: nothing. Out: 200 or 503, with the reasons.
//! Not here: numbers about work done (status, metrics).

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};

use crate::Doors;

/// The routes.
pub(crate) fn health(doors: Doors) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .with_state(doors)
}

async fn ready(State(doors): State<Doors>) -> (StatusCode, Json<Value>) {
    let mut reasons: Vec<String> = doors.ready.reasons().into_iter().map(str::to_owned).collect();
    if let Err(error) = doors.hub.store.outbox_counts().await {
        tracing::error!(%error, "the store does not answer");
        reasons.push("the store does not answer".to_owned());
    }
    if doors.scheduler.is_silent() {
        reasons.push("the scheduler does not answer".to_owned());
    }
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "ready": reasons.is_empty(), "reasons": reasons })),
    )
}
