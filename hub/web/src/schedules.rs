//! Commands about schedules over the Unix socket: pause, resume, backfill.
//! Here because while a service runs, only its own loop may be told what to do.
//! In: JSON requests of the socket's owner. Out: where a schedule stands, which fires were asked for.
//! Not here: what is only looked at; whoever looks reads the store.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::NaiveDate;
use hub_runtime::Error;
use hub_runtime::scheduler::Backfilled;
use hub_store::ScheduleRow;
use serde::{Deserialize, Serialize};

use crate::Doors;
use crate::control::status_of;

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

/// A schedule, and who asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// Which schedule.
    pub schedule: String,
    /// Why; for a pause.
    pub reason: String,
    /// Who says so.
    pub actor: String,
}

/// Days whose fires are to be made good.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackfillRequest {
    /// Which schedule.
    pub schedule: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Who says so.
    pub actor: String,
}

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new()
        .route("/v1/schedule/pause", post(pause))
        .route("/v1/schedule/resume", post(resume))
        .route("/v1/schedule/backfill", post(backfill))
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn refuse(error: Error) -> (StatusCode, String) {
    (status_of(&error), error.to_string())
}

async fn pause(State(doors): State<Doors>, Json(asked): Json<ScheduleRequest>) -> Answer<ScheduleRow> {
    let stands = doors
        .scheduler
        .pause(&asked.schedule, &asked.reason, &asked.actor)
        .await;
    stands.map(Json).map_err(refuse)
}

async fn resume(State(doors): State<Doors>, Json(asked): Json<ScheduleRequest>) -> Answer<ScheduleRow> {
    let stands = doors.scheduler.resume(&asked.schedule, &asked.actor).await;
    stands.map(Json).map_err(refuse)
}

async fn backfill(State(doors): State<Doors>, Json(asked): Json<BackfillRequest>) -> Answer<Backfilled> {
    let days = (asked.from, asked.to);
    let asked = doors
        .scheduler
        .backfill(&asked.schedule, days, &asked.actor)
        .await;
    asked.map(Json).map_err(refuse)
}
