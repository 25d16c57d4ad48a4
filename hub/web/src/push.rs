//! Commands about push over the Unix socket: ping, pause, resume, replay, collect.
//! Here because while a service runs, only it sends and only it writes.
//! In: JSON requests of the socket's owner. Out: where an endpoint stands, what is sent again.
//! Not here: what is only looked at; whoever looks reads the store.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hub_model::push::Endpoint;
use hub_runtime::Error;
use hub_runtime::collect::Collected;
use hub_runtime::relay::Pinged;
use hub_store::{Replayed, Sent};
use serde::{Deserialize, Serialize};

use crate::Doors;
use crate::control::status_of;

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

/// An endpoint, and who asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointRequest {
    /// Which endpoint.
    pub endpoint: String,
    /// Why; for a pause.
    pub reason: String,
    /// Who says so.
    pub actor: String,
}

/// Deliveries to be sent again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// Which.
    pub sent: Sent,
    /// Those that were taken too.
    pub taken: bool,
    /// Who says so.
    pub actor: String,
}

/// A round for answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectRequest {
    /// Which channel's; every one's when unsaid.
    pub endpoint: Option<String>,
}

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new()
        .route("/v1/push/ping", post(ping))
        .route("/v1/push/pause", post(pause))
        .route("/v1/push/resume", post(resume))
        .route("/v1/push/replay", post(replay))
        .route("/v1/push/collect", post(collect))
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn refuse(error: Error) -> (StatusCode, String) {
    (status_of(&error), error.to_string())
}

async fn ping(State(doors): State<Doors>, Json(asked): Json<EndpointRequest>) -> Answer<Pinged> {
    let pinged = doors.relay.ping(&asked.endpoint, &asked.actor).await;
    pinged.map(Json).map_err(refuse)
}

async fn pause(State(doors): State<Doors>, Json(asked): Json<EndpointRequest>) -> Answer<Endpoint> {
    let stands = doors
        .relay
        .pause(&asked.endpoint, &asked.reason, &asked.actor)
        .await;
    stands.map(Json).map_err(refuse)
}

async fn resume(State(doors): State<Doors>, Json(asked): Json<EndpointRequest>) -> Answer<Endpoint> {
    let stands = doors.relay.resume(&asked.endpoint, &asked.actor).await;
    stands.map(Json).map_err(refuse)
}

async fn replay(State(doors): State<Doors>, Json(asked): Json<ReplayRequest>) -> Answer<Vec<Replayed>> {
    let replayed = doors.relay.replay(&asked.sent, asked.taken, &asked.actor).await;
    replayed.map(Json).map_err(refuse)
}

async fn collect(State(doors): State<Doors>, Json(asked): Json<CollectRequest>) -> Answer<Vec<Collected>> {
    let collected = doors.collector.collect(asked.endpoint.as_deref()).await;
    collected.map(Json).map_err(refuse)
}
