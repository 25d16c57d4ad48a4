//! Another configuration, over the Unix socket.
//! Here because whoever changed a file wants to be told whether it holds, and if not, which line is wrong.
//! In: who asks. Out: what holds now; or RFC 9457's `application/problem+json` with every reason, and then nothing changed.
//! Not here: reading files (the binary), going by them (runtime).

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use hub_runtime::reload::{NotReloaded, Reason, ReloadAsked};
use serde::{Deserialize, Serialize};

use crate::Doors;

/// What the problem is called by.
const KIND: &str = "urn:hub:problem:configuration-refused";

/// Who wants the files read anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadRequest {
    /// Who says so.
    pub actor: String,
}

/// Why the files were not taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReloadProblem {
    /// What it is called by.
    pub r#type: String,
    /// What it is.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The reasons, one a line.
    pub detail: String,
    /// The hash of the configuration that goes on.
    pub configuration: String,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new().route("/v1/reload", post(reload))
}

async fn reload(State(doors): State<Doors>, Json(asked): Json<ReloadRequest>) -> Response {
    let reloads = doors.reloads;
    let asked = ReloadAsked {
        actor: asked.actor,
        how: "command",
    };
    // A task of its own: a client that goes away must not end it between two of its steps.
    let work = doors.tasks.spawn(async move { reloads.reload(asked).await });
    match work.await {
        Ok(Ok(reloaded)) => Json(reloaded).into_response(),
        Ok(Err(refused)) => problem(refused),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn problem(refused: NotReloaded) -> Response {
    let status = if refused.written {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let lines: Vec<&str> = refused
        .reasons
        .iter()
        .map(|reason| reason.message.as_str())
        .collect();
    let problem = ReloadProblem {
        r#type: KIND.to_owned(),
        title: "新配置未采用，原配置继续有效 / the new configuration was not taken, the old one goes on"
            .to_owned(),
        status: status.as_u16(),
        detail: lines.join("\n"),
        configuration: refused.configuration,
        reasons: refused.reasons,
    };
    let mut response = (status, Json(problem)).into_response();
    let kind = axum::http::HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
