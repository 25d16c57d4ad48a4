//! `/livez` and `/readyz`.
//! Here because a watchdog must be told the truth: alive is not ready.
//! In: nothing. Out: 200 or 503; why, and with `?verbose` every cause, as JSON or text.
//! Not here: the causes (readiness), numbers about work done (status, metrics).

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hub_runtime::checked::{self, Checked, Mark};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{Doors, readiness};

/// The routes. `/livez` asks nothing of anybody: who answers is alive, and one that is stuck does not answer.
pub(crate) fn health(doors: Doors) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .with_state(doors)
}

/// The routes of a node that stands by: alive, and not ready for what it last `found`, which keeps everybody at the one that works.
pub fn standby(found: watch::Receiver<Checked>) -> Router {
    type Found = watch::Receiver<Checked>;
    let ready = |State(found): State<Found>, Query(asked): Query<Asked>, headers: HeaderMap| async move {
        let finding = found.borrow().clone();
        answer(vec![finding], &asked, &headers)
    };
    Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .with_state(found)
}

/// How it is asked.
#[derive(Debug, Deserialize)]
struct Asked {
    /// Every cause, not only those that are wrong; written without a value.
    verbose: Option<String>,
    /// `text` or `json`; else as `Accept` says.
    format: Option<String>,
}

/// What is answered.
#[derive(Debug, Serialize)]
struct Answer {
    ready: bool,
    /// What is wrong, a sentence each, that begins with its name.
    reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<Checked>>,
}

async fn ready(State(doors): State<Doors>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let findings = doors.ready.look(&doors).await;
    answer(findings, &asked, &headers)
}

fn answer(findings: Vec<Checked>, asked: &Asked, headers: &HeaderMap) -> Response {
    let ready = readiness::is_ready(&findings);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let wrong = findings.iter().filter(|finding| finding.mark == Mark::Wrong);
    if wants_text(asked, headers) {
        let shown: Vec<Checked> = match &asked.verbose {
            Some(_) => findings,
            None => wrong.cloned().collect(),
        };
        let mut lines = checked::lines(&shown, |title, check| format!("{title} {check}"));
        lines.push(
            if ready {
                "就绪 ready"
            } else {
                "未就绪 not ready"
            }
            .to_owned(),
        );
        let text = format!("{}\n", lines.join("\n"));
        return (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    }
    let answer = Answer {
        ready,
        reasons: wrong
            .map(|finding| format!("{}: {}", finding.check, finding.found))
            .collect(),
        checks: asked.verbose.as_ref().map(|_| findings),
    };
    (status, Json(answer)).into_response()
}

fn wants_text(asked: &Asked, headers: &HeaderMap) -> bool {
    match asked.format.as_deref() {
        Some(format) => format == "text",
        None => {
            let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
            accept.is_some_and(|accept| accept.starts_with("text/plain"))
        }
    }
}
