//! Commands about cases, exemptions, silences and held rules, over the Unix socket.
//! Here apart from runs (control): these answer at once, a run may take its time.
//! In: JSON requests of the socket's owner. Out: what was done, or the error's text with status 4xx or 5xx.
//! Not here: departments; they have credentials and another door.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hub_model::Scope;
use hub_runtime::report::Report;
use hub_runtime::{ActAsked, Acted, Error, ExemptAsked, SilenceAsked, clock};
use hub_store::{Quieting, Released};
use serde::{Deserialize, Serialize};

use crate::Doors;
use crate::control::status_of;

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

/// An exemption or a silence to be ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Whether it is a silence; else an exemption.
    pub silence: bool,
    /// Its number.
    pub number: i64,
    /// Who says so.
    pub actor: String,
    /// Why.
    pub reason: String,
}

impl EndRequest {
    /// Which of the two.
    #[must_use]
    pub const fn which(&self) -> Quieting {
        if self.silence {
            Quieting::Silence
        } else {
            Quieting::Exemption
        }
    }
}

/// A held rule to be released.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// Which, by whom and why.
    pub released: Released,
    /// Push what became due for at most this many seconds.
    pub wait_seconds: u64,
}

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new()
        .route("/v1/case/act", post(act))
        .route("/v1/exempt", post(exempt))
        .route("/v1/silence", post(silence))
        .route("/v1/quiet/end", post(end))
        .route("/v1/check/release", post(release))
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn refuse(error: Error) -> (StatusCode, String) {
    (status_of(&error), error.to_string())
}

/// Does something to a case.
async fn act(State(doors): State<Doors>, Json(asked): Json<ActAsked>) -> Answer<Acted> {
    let whole = Scope::whole();
    doors
        .hub
        .now()
        .act(&whole, &asked)
        .await
        .map(Json)
        .map_err(refuse)
}

/// Keeps an exemption; answers its number.
async fn exempt(State(doors): State<Doors>, Json(asked): Json<ExemptAsked>) -> Answer<i64> {
    doors.hub.now().exempt(&asked).await.map(Json).map_err(refuse)
}

/// Keeps a silence; answers its number.
async fn silence(State(doors): State<Doors>, Json(asked): Json<SilenceAsked>) -> Answer<i64> {
    doors.hub.now().silence(&asked).await.map(Json).map_err(refuse)
}

/// Ends an exemption or a silence; answers whether it stood.
async fn end(State(doors): State<Doors>, Json(asked): Json<EndRequest>) -> Answer<bool> {
    let who = (asked.actor.as_str(), asked.reason.as_str());
    let store = &doors.hub.store;
    let ended = store
        .end_quiet(asked.which(), asked.number, who, clock::now_ms())
        .await;
    ended.map(Json).map_err(|error| refuse(error.into()))
}

/// Releases a rule and cross-checks; answers the report.
async fn release(State(doors): State<Doors>, Json(asked): Json<ReleaseRequest>) -> Answer<Report> {
    let hub = doors.hub.now();
    // A task of its own, as a run has.
    let work = doors
        .tasks
        .spawn(async move { hub.release(asked.released).await });
    let mut report = work
        .await
        .map_err(|error| refuse(Error::Task(error)))?
        .map_err(refuse)?;
    let pushed = doors.relay.drain(Duration::from_secs(asked.wait_seconds)).await;
    report.events = pushed.map_err(refuse)?;
    Ok(Json(report))
}
