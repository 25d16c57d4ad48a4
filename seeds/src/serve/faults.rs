//! Faults: how the services are told to misbehave, as gateways do.
//! Here because a connector is only proved on a service that lies, stalls and breaks off.
//! In: `PUT /control`. Out: for each request the fault to show, if any; counts.
//! Not here: what a healthy service answers (hr.rs, market.rs, solar.rs).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, Version, header};
use futures::stream;
use serde::{Deserialize, Serialize};

/// Longest pause between two bytes.
pub const DRIP_MS_MAX: u64 = 10_000;
/// Paths counted by name; further ones are counted as `other`.
pub const PATHS_MAX: usize = 100;

/// Between the half of a body that is sent and the break.
const BREAK_AFTER: Duration = Duration::from_millis(20);

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 200 and the gateway's login page in HTML.
    LoginPage,
    /// 200 and an envelope that says 500.
    Code500,
    /// 429 with `Retry-After`.
    TooMany,
    /// 503.
    Unavailable,
    /// Half of the body, then an ordinary end: nothing but the text itself tells that it was cut.
    CutBody,
    /// Half of the body, then the connection breaks.
    BrokenBody,
    /// The body a byte at a time.
    SlowDrip,
    /// 302 to another host.
    Redirect,
    /// Pages that never end.
    EndlessPaging,
    /// The first page, whichever is asked for.
    SamePage,
    /// Every signature has expired.
    ExpiredSignature,
}

/// How the services are told to behave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Control {
    /// The fault; null behaves normally.
    pub fault: Option<Fault>,
    /// For so many requests; null means until told otherwise.
    pub times: Option<u64>,
    /// Only for paths that begin so; empty means all.
    pub path: String,
    /// Seconds of `Retry-After`.
    pub retry_after_s: u64,
    /// Pause between two bytes of a slow body, in milliseconds.
    pub drip_ms: u64,
    /// Where a redirect leads; empty means a host that does not exist.
    pub location: String,
}

/// What the services have seen (`GET /stats`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Requests to the departments' services.
    pub requests: u64,
    /// Requests a fault was shown to.
    pub faulted: u64,
    /// Requests without a good signature.
    pub unsigned: u64,
    /// Requests by path.
    pub paths: BTreeMap<String, u64>,
}

/// The fault one request is shown, with its settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown(pub(crate) Option<(Fault, Control)>);

impl Shown {
    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.0.as_ref().is_some_and(|(shown, _)| *shown == fault)
    }
}

#[derive(Default)]
pub(crate) struct Behaviour {
    pub(crate) control: Control,
    pub(crate) stats: Stats,
}

impl Behaviour {
    /// Counts a request and says which fault it is shown.
    pub(crate) fn next(&mut self, path: &str) -> Shown {
        let stats = &mut self.stats;
        stats.requests += 1;
        let known = stats.paths.contains_key(path) || stats.paths.len() < PATHS_MAX;
        *stats
            .paths
            .entry(if known { path } else { "other" }.to_owned())
            .or_insert(0) += 1;
        let control = self.control.clone();
        let Some(fault) = control.fault.filter(|_| path.starts_with(&control.path)) else {
            return Shown(None);
        };
        match &mut self.control.times {
            Some(0) => return Shown(None),
            Some(times) => {
                *times -= 1;
                if *times == 0 {
                    self.control = Control::default();
                }
            }
            None => {}
        }
        self.stats.faulted += 1;
        Shown(Some((fault, control)))
    }
}

/// The answer to give instead of asking the service at all, if the fault is one of those.
pub(crate) fn instead(shown: &Shown, path: &str) -> Option<Response<Body>> {
    let (fault, control) = shown.0.as_ref()?;
    let answer = |status: StatusCode, kind: &'static str, text: &str| {
        let mut response = Response::new(Body::from(text.to_owned()));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    const JSON: &str = "application/json; charset=utf-8";
    match fault {
        Fault::LoginPage => Some(answer(
            StatusCode::OK,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>统一身份认证</title></head><body><form action=\"/login\">请登录</form></body></html>",
        )),
        Fault::Code500 if path.starts_with("/open/") => Some(answer(
            StatusCode::OK,
            JSON,
            "{\"errcode\":500,\"errmsg\":\"系统繁忙\"}",
        )),
        Fault::Code500 => Some(answer(
            StatusCode::OK,
            JSON,
            "{\"code\":500,\"msg\":\"系统繁忙\",\"data\":null}",
        )),
        Fault::TooMany => {
            let mut response = answer(StatusCode::TOO_MANY_REQUESTS, JSON, "{\"msg\":\"请求过于频繁\"}");
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(control.retry_after_s));
            Some(response)
        }
        Fault::Unavailable => Some(answer(
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain; charset=utf-8",
            "服务暂不可用",
        )),
        Fault::Redirect => {
            let mut response = answer(StatusCode::FOUND, "text/plain; charset=utf-8", "");
            let location = match control.location.as_str() {
                "" => "http://login.example.invalid/",
                location => location,
            };
            let location = HeaderValue::from_str(location).ok()?;
            response.headers_mut().insert(header::LOCATION, location);
            Some(response)
        }
        Fault::CutBody | Fault::BrokenBody | Fault::SlowDrip => None,
        Fault::EndlessPaging | Fault::SamePage | Fault::ExpiredSignature => None,
    }
}

/// The service's answer, spoilt on its way, if the fault is one of those.
pub(crate) fn spoilt(shown: &Shown, mut response: Response<Body>, body: Bytes) -> Response<Body> {
    let half = body.slice(..body.len() / 2);
    match &shown.0 {
        Some((Fault::CutBody, _)) => {
            // HTTP/1.0 without a length: the end of the connection is the end of the body.
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.version_mut() = Version::HTTP_10;
            let parts = stream::iter([Ok::<_, std::io::Error>(half)]);
            *response.body_mut() = Body::from_stream(parts);
        }
        Some((Fault::BrokenBody, _)) => {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            let parts = stream::unfold(Some(half), |half| async move {
                match half {
                    Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
                    Some(_sent) => {
                        // Without a pause the server would break off before it sent the half.
                        tokio::time::sleep(BREAK_AFTER).await;
                        Some((Err(std::io::Error::other("broken off on request")), None))
                    }
                    None => None,
                }
            });
            *response.body_mut() = Body::from_stream(parts);
        }
        Some((Fault::SlowDrip, control)) => {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            let pause = Duration::from_millis(control.drip_ms.min(DRIP_MS_MAX));
            let drip = stream::unfold(body, move |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(pause).await;
                let byte = rest.split_to(1);
                Some((Ok::<_, std::io::Error>(byte), rest))
            });
            *response.body_mut() = Body::from_stream(drip);
        }
        Some(_) | None => *response.body_mut() = Body::from(body),
    }
    response
}
