//! Commands from the operator's shell, over the Unix socket.
//! Here because while a service runs it is the only writer, and the shell must still be able to say "run now".
//! In: JSON requests of the socket's owner. Out: reports, or the error's text with status 4xx or 5xx.
//! Not here: departments; they have credentials and another door.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hub_model::Verdict;
use hub_model::case::Refused;
use hub_runtime::report::Report;
use hub_runtime::{DecisionAsked, Error, Which, clock};
use hub_store::AuditEntry;
use serde::{Deserialize, Serialize};

use crate::Doors;

/// How actions end that looked at personal values.
pub const REVEALED: &str = ".revealed";
/// How actions end that took something out of the hub.
pub const EXPORTED: &str = ".exported";

/// A request to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// The connector; `None` with `all` runs every one, without it only the cross-check.
    pub connector: Option<String>,
    /// Every connector.
    pub all: bool,
    /// Answer when done, and push what became due for at most this many seconds; `None` answers at once.
    pub wait_seconds: Option<u64>,
}

impl RunRequest {
    /// Which connectors are meant.
    #[must_use]
    pub fn which(&self) -> Which {
        match (&self.connector, self.all) {
            (Some(id), _) => Which::One(id.clone()),
            (None, true) => Which::All,
            (None, false) => Which::CheckOnly,
        }
    }
}

/// The routes of the control socket.
pub fn control(doors: Doors) -> Router {
    Router::new()
        .route("/v1/run", post(run))
        .route("/v1/run/decide", post(decide))
        .route("/v1/run/withdraw", post(withdraw))
        .route("/v1/audit", post(audit))
        .route("/v1/verdict", post(judge))
        .route("/v1/verdict/undo", post(undo_verdict))
        .merge(crate::cases::routes())
        .merge(crate::credentials::routes())
        .merge(crate::push::routes())
        .merge(crate::reload::routes())
        .merge(crate::retention::routes())
        .merge(crate::schedules::routes())
        .merge(crate::top::routes())
        .with_state(doors)
}

/// Records that somebody is about to look at what is masked; whoever asks shows nothing before the answer.
async fn audit(
    State(doors): State<Doors>,
    Json(entry): Json<AuditEntry>,
) -> Result<Json<()>, (StatusCode, String)> {
    // What the shell may record changes nothing.
    if ![REVEALED, EXPORTED].iter().any(|end| entry.action.ends_with(end)) {
        let message =
            format!("only entries whose action ends with {REVEALED:?} or {EXPORTED:?} come from outside");
        return Err((StatusCode::BAD_REQUEST, message));
    }
    let recorded = doors.hub.store.record(&[entry], clock::now_ms()).await;
    recorded.map(Json).map_err(store_failed)
}

/// A verdict to be kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeRequest {
    /// What was said.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub actor: String,
}

/// A verdict to be undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// Its number.
    pub verdict: i64,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub actor: String,
}

/// Keeps a verdict; answers its number.
async fn judge(
    State(doors): State<Doors>,
    Json(asked): Json<JudgeRequest>,
) -> Result<Json<i64>, (StatusCode, String)> {
    let kept = doors
        .hub
        .store
        .judge(&asked.verdict, &asked.reason, &asked.actor, clock::now_ms())
        .await;
    kept.map(Json).map_err(store_failed)
}

/// Undoes a verdict; answers whether it stood.
async fn undo_verdict(
    State(doors): State<Doors>,
    Json(asked): Json<UndoRequest>,
) -> Result<Json<bool>, (StatusCode, String)> {
    let undone = doors
        .hub
        .store
        .undo_verdict(asked.verdict, &asked.reason, &asked.actor, clock::now_ms())
        .await;
    undone.map(Json).map_err(store_failed)
}

/// A decision about what a run held.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// What is decided.
    pub asked: DecisionAsked,
    /// Push what became due for at most this many seconds.
    pub wait_seconds: u64,
}

/// A rejection to be taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// The run.
    pub run: String,
    /// Who says so.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// Does what was decided; answers the report.
async fn decide(
    State(doors): State<Doors>,
    Json(request): Json<DecideRequest>,
) -> Result<Json<Report>, (StatusCode, String)> {
    let refuse = |error: Error| (status_of(&error), error.to_string());
    let hub = doors.hub.now();
    // A task of its own, as a run has.
    let work = doors.tasks.spawn(async move { hub.decide(&request.asked).await });
    let mut report = work
        .await
        .map_err(|error| refuse(Error::Task(error)))?
        .map_err(refuse)?;
    report.events = doors
        .relay
        .drain(Duration::from_secs(request.wait_seconds))
        .await
        .map_err(refuse)?;
    Ok(Json(report))
}

/// Takes a rejection back; answers how many parts it was about.
async fn withdraw(
    State(doors): State<Doors>,
    Json(asked): Json<WithdrawRequest>,
) -> Result<Json<u64>, (StatusCode, String)> {
    let store = &doors.hub.store;
    let who = (asked.actor.as_str(), asked.reason.as_str());
    let withdrawn = store.withdraw_rejection(&asked.run, who, clock::now_ms()).await;
    withdrawn.map(Json).map_err(store_failed)
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn store_failed(error: hub_store::Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn run(
    State(doors): State<Doors>,
    Json(request): Json<RunRequest>,
) -> Result<Json<Option<Report>>, (StatusCode, String)> {
    let refuse = |error: Error| (status_of(&error), error.to_string());
    let which = request.which();
    if let Which::One(id) = &which {
        doors.hub.now().sources.connector(id).map_err(refuse)?;
    }
    let hub = doors.hub.now();
    // A task of its own: a client that goes away must not break a run between two of its steps.
    let work = doors.tasks.spawn(async move {
        let done = hub.run(which).await;
        if let Err(error) = &done {
            tracing::error!(%error, "a run that was asked for failed");
        }
        done
    });
    let Some(seconds) = request.wait_seconds else {
        return Ok(Json(None));
    };
    let mut report = work
        .await
        .map_err(|error| refuse(Error::Task(error)))?
        .map_err(refuse)?;
    report.events = doors
        .relay
        .drain(Duration::from_secs(seconds))
        .await
        .map_err(refuse)?;
    Ok(Json(Some(report)))
}

/// The status that tells what kind of error it is.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    if let Error::Case(refused) = error {
        return match refused {
            Refused::Role { .. } => StatusCode::FORBIDDEN,
            Refused::NotAllowed { .. } | Refused::SameEyes { .. } => StatusCode::CONFLICT,
            Refused::Missing { .. } | Refused::Unfit { .. } | Refused::Actor => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
    }
    let not_there = matches!(
        error,
        Error::NoConnector { .. }
            | Error::NotHeld { .. }
            | Error::NotHeldRule { .. }
            | Error::NoCase { .. }
            | Error::NoCredential { .. }
            | Error::NoWarning { .. }
            | Error::NoEndpoint { .. }
            | Error::NoSchedule { .. }
    );
    if not_there {
        StatusCode::NOT_FOUND
    } else if matches!(error, Error::Stale { .. }) {
        StatusCode::PRECONDITION_FAILED
    } else if matches!(error, Error::KeyReused { .. } | Error::OtherCase { .. }) {
        StatusCode::CONFLICT
    } else if matches!(error, Error::Unfit(_)) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}
