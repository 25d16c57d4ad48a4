//! Who asks, and what came with the request: token, signature, key, version, body.
//! Here because each of them is refused in one way, whichever question it came with.
//! In: headers, queries, bodies as they came. Out: checked values, or a problem.
//! Not here: what is asked.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequestParts, Query};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use hub_model::Permission;
use hub_runtime::desk::{Caller, Code, SignatureHeaders, is_key, said_of_keys};

use super::Api;
use super::problem::Problem;

/// Whoever asks.
pub(crate) struct Asks(pub(crate) Caller);

impl Asks {
    /// The caller, when it may.
    pub(crate) fn may(self, permission: Permission) -> Result<Caller, Problem> {
        self.and(permission)?;
        Ok(self.0)
    }

    /// Refuses a caller that may not.
    pub(crate) fn and(&self, permission: Permission) -> Result<(), Problem> {
        if self.0.permissions().contains(&permission) {
            Ok(())
        } else {
            Err(Problem::because(
                Code::PermissionMissing,
                format!("The credential does not allow {}.", permission.as_str()),
            ))
        }
    }
}

impl FromRequestParts<Api> for Asks {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let refused = || Problem::new(Code::Unauthenticated);
        let token = text(&parts.headers, AUTHORIZATION.as_str()).ok_or_else(refused)?;
        let (scheme, token) = token.split_once(' ').ok_or_else(refused)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refused());
        }
        let caller = api.desk.caller(token.trim()).await?;
        caller.map(Self).ok_or_else(refused)
    }
}

/// A header's text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The signature's headers.
pub(crate) fn signature(headers: &HeaderMap) -> SignatureHeaders<'_> {
    SignatureHeaders {
        id: text(headers, "webhook-id"),
        timestamp: text(headers, "webhook-timestamp"),
        signature: text(headers, "webhook-signature"),
    }
}

/// The idempotency key, which must be there.
pub(crate) fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = text(headers, "idempotency-key").map(str::trim);
    key.filter(|key| is_key(key))
        .map(str::to_owned)
        .ok_or_else(|| Problem::new(Code::IdempotencyKeyInvalid))
}

/// The version that was seen, which must be said.
pub(crate) fn version(headers: &HeaderMap) -> Result<u64, Problem> {
    let Some(header) = headers.get(IF_MATCH) else {
        return Err(Problem::new(Code::IfMatchMissing));
    };
    let quoted = header.to_str().ok().map(str::trim);
    let inside = quoted.and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
    inside
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::new(Code::IfMatchInvalid))
}

/// What stands behind the `?`.
pub(crate) fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    match query {
        Ok(Query(query)) => Ok(query),
        // Its text repeats what was sent only where it names a key.
        Err(rejection) => Err(Problem::because(
            Code::RequestMalformed,
            said_of_keys(&rejection.body_text()).unwrap_or_else(|| {
                "A parameter of the query has not the form that the OpenAPI document gives it.".to_owned()
            }),
        )),
    }
}

/// Refuses a body that is of none of the media types `kinds`.
pub(crate) fn media_type(headers: &HeaderMap, kinds: &[&str]) -> Result<(), Problem> {
    let kind = text(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if kinds.contains(&kind.as_str()) {
        Ok(())
    } else {
        Err(Problem::new(Code::MediaTypeUnsupported))
    }
}

/// The body, of one of the media types `kinds`.
pub(crate) fn body(
    headers: &HeaderMap,
    kinds: &[&str],
    body: Result<Bytes, BytesRejection>,
) -> Result<Bytes, Problem> {
    media_type(headers, kinds)?;
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(Code::BodyTooLarge)
        } else {
            Problem::because(Code::RequestMalformed, "The body ended early.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_version_is_seen_or_asked_for() {
        let of = |value: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(IF_MATCH, HeaderValue::from_static(value));
            }
            version(&headers).map_err(|problem| problem.code.clone())
        };
        assert_eq!(of(Some("\"12\"")), Ok(12));
        assert_eq!(of(None), Err("if_match_missing".to_owned()));
        for wrong in [
            "12",
            "*",
            "\"a\"",
            "W/\"12\"",
            "\"\"",
            "\"-1\"",
            "\"99999999999999999999999\"",
        ] {
            assert_eq!(of(Some(wrong)), Err("if_match_invalid".to_owned()), "{wrong}");
        }
    }
}
