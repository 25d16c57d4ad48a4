//! Commands about credentials, over the Unix socket.
//! Here because a token is shown once, to whoever owns the socket.
//! In: JSON requests of the socket's owner. Out: what was issued, or the error's text with status 4xx or 5xx.
//! Not here: how tokens are made (runtime), the list, which is read from the store.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hub_runtime::Error;
use hub_runtime::desk::{CredentialAsked, Issued, RevokeAsked, RotateAsked};

use crate::Doors;
use crate::control::status_of;

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new()
        .route("/v1/credential/add", post(add))
        .route("/v1/credential/rotate", post(rotate))
        .route("/v1/credential/revoke", post(revoke))
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn refuse(error: Error) -> (StatusCode, String) {
    (status_of(&error), error.to_string())
}

async fn add(State(doors): State<Doors>, Json(asked): Json<CredentialAsked>) -> Answer<Issued> {
    doors.desk.issue(&asked).await.map(Json).map_err(refuse)
}

async fn rotate(State(doors): State<Doors>, Json(asked): Json<RotateAsked>) -> Answer<Issued> {
    doors.desk.rotate(&asked).await.map(Json).map_err(refuse)
}

async fn revoke(State(doors): State<Doors>, Json(asked): Json<RevokeAsked>) -> Answer<()> {
    doors.desk.revoke(&asked).await.map(Json).map_err(refuse)
}
