//! Sign: the signatures of the three signed services, and whether a request carries a good one.
//! Here because each gateway signs in its own way, and connectors are tried against both.
//! In: key, secret, time, path. Out: signatures; a refusal with its reason.
//! Not here: what is answered (pages.rs, market.rs).

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::sources::{APP_KEY, AppSecret};

/// A request may be signed so long before or after its arrival, in milliseconds.
pub const WINDOW_MS: i64 = 60 * 60 * 1000;

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsigned {
    Wrong,
    Expired,
}

impl Unsigned {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Wrong => "签名错误",
            Self::Expired => "签名已过期",
        }
    }
}

/// `sign` of human resources: lower-case hexadecimal SHA-256 of key, secret and time one after the other.
pub fn hr_sign(app_key: &str, secret: &AppSecret, timestamp_ms: i64) -> String {
    hex::encode(Sha256::digest(format!(
        "{app_key}{}{timestamp_ms}",
        secret.text()
    )))
}

/// `sign` of the insurance office: the same parts, SHA-1.
pub fn insurance_sign(app_key: &str, secret: &AppSecret, timestamp_ms: i64) -> String {
    hex::encode(Sha1::digest(format!("{app_key}{}{timestamp_ms}", secret.text())))
}

/// `X-Sign` of the 832 platform: upper-case hexadecimal HMAC-SHA256, under the secret, of key, time and path.
pub fn market_sign(app_key: &str, secret: &AppSecret, timestamp_ms: i64, path: &str) -> String {
    let key = secret.text().as_bytes();
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(format!("{app_key}{timestamp_ms}{path}").as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
}

/// Checks `appKey`, `timestamp` and `sign`, from the query or, where it has none, from the headers.
pub(crate) fn hr(
    secret: &AppSecret,
    query: impl Fn(&str) -> Option<String>,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<(), Unsigned> {
    let given = |name| query(name).or_else(|| header(headers, name));
    let (key, time, sign) = parts(given("appKey"), given("timestamp"), given("sign"))?;
    check(&key, sign == hr_sign(&key, secret, time), time, now_ms)
}

/// Checks the same three, from the headers only.
pub(crate) fn insurance(secret: &AppSecret, headers: &HeaderMap, now_ms: i64) -> Result<(), Unsigned> {
    let given = |name| header(headers, name);
    let (key, time, sign) = parts(given("appkey"), given("timestamp"), given("sign"))?;
    check(&key, sign == insurance_sign(&key, secret, time), time, now_ms)
}

/// Checks `X-App-Key`, `X-Timestamp` and `X-Sign`.
pub(crate) fn market(
    secret: &AppSecret,
    path: &str,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<(), Unsigned> {
    let given = |name| header(headers, name);
    let (key, time, sign) = parts(given("x-app-key"), given("x-timestamp"), given("x-sign"))?;
    check(&key, sign == market_sign(&key, secret, time, path), time, now_ms)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn parts(
    key: Option<String>,
    time: Option<String>,
    sign: Option<String>,
) -> Result<(String, i64, String), Unsigned> {
    let time = time.and_then(|time| time.parse().ok());
    match (key, time, sign) {
        (Some(key), Some(time), Some(sign)) => Ok((key, time, sign)),
        _something_missing => Err(Unsigned::Wrong),
    }
}

/// The signature before the clock: only who knows the secret is told that the time is wrong.
fn check(key: &str, genuine: bool, time: i64, now_ms: i64) -> Result<(), Unsigned> {
    if key != APP_KEY || !genuine {
        Err(Unsigned::Wrong)
    } else if now_ms.abs_diff(time) > WINDOW_MS.unsigned_abs() {
        Err(Unsigned::Expired)
    } else {
        Ok(())
    }
}
