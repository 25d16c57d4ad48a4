//! The end of keeping, over the Unix socket.
//! Here because while a service runs, only it may remove.
//! In: who asks. Out: what went.
//! Not here: what would go; whoever looks reads the store.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hub_runtime::{Error, Retained};
use serde::{Deserialize, Serialize};

use crate::Doors;
use crate::control::status_of;

/// Who has what is past keeping removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetainRequest {
    /// Who says so.
    pub actor: String,
}

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new().route("/v1/retention", post(retain))
}

async fn retain(
    State(doors): State<Doors>,
    Json(asked): Json<RetainRequest>,
) -> Result<Json<Retained>, (StatusCode, String)> {
    let refuse = |error: Error| (status_of(&error), error.to_string());
    let hub = doors.hub.now();
    // A task of its own: a client that goes away must not end it between two of its steps.
    let work = doors.tasks.spawn(async move { hub.retain(&asked.actor).await });
    let done = work.await.map_err(|error| refuse(Error::Task(error)))?;
    done.map(Json).map_err(refuse)
}
