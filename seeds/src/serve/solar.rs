//! The grid company: an index of settlement files, and the files, one zip for each county and month.
//! Here because settlements are fetched as files over HTTP, not as rows.
//! In: `/pv/index.json`, `/pv/<county>/settlements-202310.zip`. Out: the list; XML in a zip.
//! Not here: the element names (departments' output).

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::Shared;
use crate::county::COUNTIES;
use crate::departments::Month;

const PREFIX: &str = "settlements-";
const SUFFIX: &str = ".zip";

pub(super) async fn index(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let mut files = Vec::new();
    for month in shared.data.settled().iter() {
        for county in &COUNTIES {
            files.push(json!({
                "county": county.code,
                "month": month,
                "path": format!("/pv/{}/{PREFIX}{month}{SUFFIX}", county.code),
            }));
        }
    }
    Json(json!({ "files": files }))
}

pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    Path((county, file)): Path<(String, String)>,
) -> Response<Body> {
    let month = file
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(SUFFIX))
        .and_then(Month::parse);
    let unit = COUNTIES.iter().position(|unit| unit.code == county);
    let (Some(month), Some(unit)) = (month, unit) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !shared.data.settled().contains(month) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let entry = format!("{PREFIX}{month}-{county}.xml");
    let made = tokio::task::spawn_blocking(move || shared.data.settlements(unit, month, &entry)).await;
    match made {
        Ok(Ok(zip)) => ([("content-type", "application/zip")], zip).into_response(),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
