//! Verify: is this request a signed CloudEvents 1.0 event, and what does it say.
//! Here because a receiver that takes anything proves nothing about the sender.
//! In: secret, headers, body, the time. Out: `Event` or the `Refusal` with its HTTP status. Bodies are never kept.
//! Not here: whether the event was seen before (ledger.rs).

use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// A request may be signed so long before or after its arrival.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;
/// Longest webhook-id, type, subject or sequence taken.
pub const TEXT_BYTES_MAX: usize = 512;
const CONTENT_TYPE: &str = "application/cloudevents+json";

/// First 16 bytes of a sha256: enough to tell events apart, small enough to keep by the million.
pub(crate) type Key = [u8; 16];

/// What is kept of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// `webhook-id`: the same for every attempt to deliver the event.
    pub(crate) id: String,
    pub(crate) event_type: String,
    pub(crate) subject: String,
    pub(crate) sequence: Option<String>,
    /// Subject, type, fingerprint, round and version: the same under two ids means the sender said one thing twice.
    pub(crate) meaning: Option<Key>,
}

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Headers,
    Stale,
    Signature,
    ContentType,
    NotAnEvent(&'static str),
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Headers | Self::NotAnEvent(_) => StatusCode::BAD_REQUEST,
            Self::Stale | Self::Signature => StatusCode::UNAUTHORIZED,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Headers => "缺少 webhook-id、webhook-timestamp 或 webhook-signature 请求头",
            Self::Stale => "webhook-timestamp 与接收时间相差超过 5 分钟",
            Self::Signature => "签名不符",
            Self::ContentType => "内容类型应为 application/cloudevents+json",
            Self::NotAnEvent(reason) => reason,
        }
    }
}

/// The `webhook-signature` of a body, as the sender must compute it: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.
pub fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    format!(
        "v1,{}",
        STANDARD.encode(
            keyed(secret, id, &timestamp.to_string(), body)
                .finalize()
                .into_bytes()
        )
    )
}

fn keyed(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    // HMAC takes a key of any length, so the else branch is never walked.
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret.key()) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

pub(crate) fn verify(
    secret: &Secret,
    headers: &HeaderMap,
    body: &[u8],
    now_ms: i64,
) -> Result<Event, Refusal> {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .ok_or(Refusal::Headers)
    };
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let seconds: i64 = timestamp.parse().map_err(|_| Refusal::Headers)?;
    if id.is_empty() || id.len() > TEXT_BYTES_MAX || id.contains('.') {
        return Err(Refusal::Headers);
    }
    // The signature before the clock: only a sender that knows the secret is told its clock is wrong.
    let genuine = header("webhook-signature")?
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .any(|one| {
            STANDARD
                .decode(one)
                .is_ok_and(|sum| keyed(secret, id, timestamp, body).verify_slice(&sum).is_ok())
        });
    if !genuine {
        return Err(Refusal::Signature);
    }
    if (now_ms / 1000).abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Refusal::Stale);
    }
    let media_type = header("content-type")
        .map_err(|_| Refusal::ContentType)?
        .split(';')
        .next()
        .unwrap_or("")
        .trim();
    if !media_type.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Err(Refusal::ContentType);
    }
    event(id, body)
}

fn event(id: &str, body: &[u8]) -> Result<Event, Refusal> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(Refusal::NotAnEvent("请求体不是 JSON 对象"));
    };
    if fields.get("specversion").and_then(Value::as_str) != Some("1.0") {
        return Err(Refusal::NotAnEvent("specversion 应为 1.0"));
    }
    let lower = |name: &String| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !fields.keys().all(|name| name == "data_base64" || lower(name)) {
        return Err(Refusal::NotAnEvent("属性名只能含小写字母和数字"));
    }
    required(&fields, "id")?;
    required(&fields, "source")?;
    let event_type = required(&fields, "type")?.to_owned();
    let subject = optional(&fields, "subject")?.unwrap_or("").to_owned();
    let sequence = optional(&fields, "sequence")?.map(str::to_owned);
    let meaning = meaning(&event_type, &subject, fields.get("data"));
    Ok(Event {
        id: id.to_owned(),
        event_type,
        subject,
        sequence,
        meaning,
    })
}

fn required<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    optional(fields, name)?
        .filter(|text| !text.is_empty())
        .ok_or(Refusal::NotAnEvent("缺少 id、source 或 type 属性"))
}

fn optional<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= TEXT_BYTES_MAX => Ok(Some(text)),
        Some(_) => Err(Refusal::NotAnEvent(
            "id、source、type、subject、sequence 应为不超过 512 字节的字符串",
        )),
    }
}

fn meaning(event_type: &str, subject: &str, data: Option<&Value>) -> Option<Key> {
    let data = data?.as_object()?;
    let fingerprint = data.get("fingerprint")?.as_str()?;
    let text = |name| data.get(name).map(Value::to_string).unwrap_or_default();
    Some(key(&[
        subject,
        event_type,
        fingerprint,
        &text("round"),
        &text("version"),
    ]))
}

/// A short digest of some texts; where one ends and the next begins matters.
pub(crate) fn key(parts: &[&str]) -> Key {
    let mut sum = Sha256::new();
    for part in parts {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part.as_bytes());
    }
    let full = sum.finalize();
    let mut short = Key::default();
    short.copy_from_slice(&full[..16]);
    short
}
