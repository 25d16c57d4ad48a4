//! Refusals as RFC 9457 has them.
//! Here because every answer that is not the one asked for must look the same.
//! In: a code, what more there is to say; refusals and errors of the runtime. Out: `application/problem+json`.
//! Not here: the codes, and what is refused (runtime). No value that was sent is repeated in a text: it may be somebody's number.

use std::collections::BTreeMap;
use std::ops::Deref;

use axum::http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use hub_model::case::Role;
use hub_runtime::Error;
use hub_runtime::desk::{Code, Refusal, Unsigned};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, RefOr, ResponseBuilder, ResponsesBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::views::words;

/// A refusal; boxed, for it is rare and what is passed on instead is small.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Body>);

/// What is said of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body {
    /// Where the code is explained.
    pub(crate) r#type: String,
    /// What it is, Chinese.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What it is in this case and what to do, English.
    pub(crate) detail: String,
    /// What programs branch on; its meaning never changes.
    pub(crate) code: String,
    /// What the case allows its caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed: Option<Vec<String>>,
    /// Which fields are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<Vec<String>>,
    /// Who may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roles: Option<Vec<String>>,
    /// The case's present version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    /// How far events were handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) served: Option<String>,
}

impl Problem {
    /// The refusal `code`, in its own words.
    pub(crate) fn new(code: Code) -> Self {
        let meaning = code.meaning();
        Self(Box::new(Body {
            r#type: format!("/api/v1/problems#{}", meaning.word),
            title: meaning.title.to_owned(),
            status: meaning.status,
            detail: meaning.detail.to_owned(),
            code: meaning.word.to_owned(),
            allowed: None,
            fields: None,
            roles: None,
            version: None,
            served: None,
        }))
    }

    /// The same, with more said of it.
    pub(crate) fn with(mut self, say: impl FnOnce(&mut Body)) -> Self {
        say(&mut self.0);
        self
    }

    /// The refusal `code`, because of `detail`.
    pub(crate) fn because(code: Code, detail: impl Into<String>) -> Self {
        Self::new(code).with(|said| said.detail = detail.into())
    }

    /// The refusal of a deed that a caller in `role` asked for.
    pub(crate) fn of_deed(error: Error, role: Role) -> Self {
        Refusal::of_deed(error, role).map_or_else(|error| Self::internal(&error), Self::from)
    }

    /// The refusal of a signature.
    pub(crate) fn of_signature(wrong: Unsigned) -> Self {
        Self::new(match wrong {
            Unsigned::Missing => Code::SignatureMissing,
            Unsigned::Old => Code::SignatureOld,
            Unsigned::Forged => Code::SignatureInvalid,
            Unsigned::Replayed => Code::SignatureReplayed,
            Unsigned::IdReused => Code::SignatureIdReused,
            Unsigned::Unbound => Code::SignatureUnbound,
        })
    }

    /// Something of ours failed: the log says what, the answer does not.
    pub(crate) fn internal(error: &Error) -> Self {
        tracing::error!(%error, "a request of the API failed");
        Self::new(Code::Internal)
    }
}

impl Deref for Problem {
    type Target = Body;

    fn deref(&self) -> &Body {
        &self.0
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::internal(&error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let owned = |names: Vec<&'static str>| {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            Some(names).filter(|names| !names.is_empty())
        };
        Self::new(refusal.code).with(|said| {
            if let Some(detail) = refusal.detail {
                said.detail = detail;
            }
            said.allowed = refusal.allowed.as_deref().map(words);
            said.fields = owned(refusal.fields);
            said.roles = owned(refusal.roles.into_iter().map(Role::as_str).collect());
            said.version = refusal.version;
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = axum::http::StatusCode::from_u16(self.status)
            .unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(CONTENT_TYPE, kind)], body).into_response();
        if status == axum::http::StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"hub\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// Refusals of requests that read.
pub(crate) struct Reading;
/// Refusals of requests that change something.
pub(crate) struct Changing;

type Documented = BTreeMap<String, RefOr<utoipa::openapi::Response>>;

fn documented(statuses: &[u16]) -> Documented {
    let mut responses = ResponsesBuilder::new();
    for status in statuses {
        let of_status = |code: &&Code| code.meaning().status == *status;
        let words: Vec<String> = Code::ALL
            .iter()
            .filter(of_status)
            .map(|code| format!("`{}`", code.meaning().word))
            .collect();
        let content = ContentBuilder::new()
            .schema(Some(utoipa::openapi::Ref::from_schema_name("Problem")))
            .build();
        let response = ResponseBuilder::new()
            .description(words.join(", "))
            .content("application/problem+json", content);
        responses = responses.response(status.to_string(), response);
    }
    responses.build().responses.into_iter().collect()
}

impl IntoResponses for Reading {
    fn responses() -> Documented {
        documented(&[400, 401, 403, 404, 408, 422, 500, 503])
    }
}

impl IntoResponses for Changing {
    fn responses() -> Documented {
        documented(&[400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 500, 503])
    }
}
