//! What programs and their authors read about the API: OpenAPI, AsyncAPI, schemas of events, codes of problems.
//! Here because a contract that is served by what keeps it cannot be another version's.
//! In: the OpenAPI document of the router, the types of events. Out: JSON documents, for everybody.
//! Not here: the manual.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue};
use hub_model::EventType;
use hub_runtime::desk::Code;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Api;
use super::asyncapi;
use super::problem::Problem;

/// The documents, rendered once.
pub(crate) struct Documents {
    openapi: String,
    asyncapi: String,
}

impl Documents {
    pub(super) fn new(openapi: &utoipa::openapi::OpenApi) -> Self {
        Self {
            openapi: openapi.to_json().unwrap_or_default(),
            asyncapi: asyncapi::document().to_string(),
        }
    }
}

type Document = ([(HeaderName, HeaderValue); 1], String);

fn json(text: String) -> Document {
    let kind = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, kind)], text)
}

/// OpenAPI 3.1
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "documents", security(()),
    responses((status = 200, description = "this document", body = serde_json::Value))
)]
pub(crate) async fn openapi(State(api): State<Api>) -> Document {
    json(
        api.documents
            .get()
            .map(|documents| documents.openapi.clone())
            .unwrap_or_default(),
    )
}

/// AsyncAPI 3.0: what is pushed
#[utoipa::path(
    get, path = "/api/v1/asyncapi.json", tag = "documents", security(()),
    responses((status = 200, description = "the events and how they are pushed", body = serde_json::Value))
)]
pub(crate) async fn asyncapi(State(api): State<Api>) -> Document {
    json(
        api.documents
            .get()
            .map(|documents| documents.asyncapi.clone())
            .unwrap_or_default(),
    )
}

/// JSON Schema of an event
#[utoipa::path(
    get, path = "/api/v1/schemas/{event}", tag = "documents", security(()),
    params(("event" = String, Path, description = "such as warning.opened.v1.json", example = "warning.opened.v1.json")),
    responses(
        (status = 200, description = "JSON Schema 2020-12 of the whole CloudEvent", body = serde_json::Value, content_type = "application/schema+json"),
        (status = 404, description = "`not_found`", body = super::problem::Body, content_type = "application/problem+json")
    )
)]
pub(crate) async fn schema(
    event: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Document, Problem> {
    let none = || Problem::new(Code::NotFound);
    let Path(event) = event.map_err(|_| none())?;
    let name = event.strip_suffix(".json").ok_or_else(none)?;
    let kind = EventType::of_short_name(name).ok_or_else(none)?;
    let schema: Value = kind.schema();
    let media = HeaderValue::from_static("application/schema+json");
    Ok(([(CONTENT_TYPE, media)], schema.to_string()))
}

/// A code of a problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemCode {
    code: &'static str,
    status: u16,
    /// What it is, Chinese.
    title: &'static str,
    /// What it is and what to do, English.
    detail: &'static str,
}

/// Every code a problem may carry
#[utoipa::path(
    get, path = "/api/v1/problems", tag = "documents", security(()),
    responses((status = 200, description = "the codes", body = Vec<ProblemCode>))
)]
pub(crate) async fn problems() -> Json<Vec<ProblemCode>> {
    let codes = Code::ALL.iter().map(|code| {
        let meaning = code.meaning();
        ProblemCode {
            code: meaning.word,
            status: meaning.status,
            title: meaning.title,
            detail: meaning.detail,
        }
    });
    Json(codes.collect())
}
