//! Where spans are told: a collector of OpenTelemetry, for whoever has one.
//! Here because a city looks at all of its services in one place; a county needs no such thing, and its binary has none in it.
//! In: `[otel]` of `hub.toml`. Out: a checked address with its bounds; nothing where none is written.
//! Not here: spans (runtime), sending them (log).

use std::time::Duration;

use hub_runtime::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::files::Reader;
use super::hub_file;
use super::secrets::SecretRef;

/// Longest wait for the collector's answer, seconds.
const TIMEOUT_SECONDS_MAX: u64 = 30;
/// Longest name the hub goes by there, characters.
const SERVICE_NAME_MAX: usize = 64;

/// Where spans of runs, checks, pushes and requests are told, by OTLP over HTTP; nowhere when `endpoint` is left out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Otel {
    /// The collector's address for traces, `http` or `https`, as it is posted to.
    pub(super) endpoint: Option<String>,
    /// What is sent to it as `Authorization`.
    pub(super) authorization: Option<SecretRef>,
    /// Which share of the traces that begin here is told, from 0 to 1.
    pub(super) sample_ratio: f64,
    /// What the hub is called there.
    pub(super) service_name: String,
    /// How long the collector has to answer.
    pub(super) timeout_seconds: u64,
}

impl Default for Otel {
    fn default() -> Self {
        Self {
            endpoint: None,
            authorization: None,
            sample_ratio: 1.0,
            service_name: "hub".to_owned(),
            timeout_seconds: 5,
        }
    }
}

/// The collector.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    /// Where it is posted to.
    pub(crate) endpoint: Url,
    /// What is sent to it as `Authorization`.
    #[cfg_attr(
        not(feature = "otel"),
        expect(dead_code, reason = "a binary that tells nobody anything has no use for it")
    )]
    pub(crate) authorization: Option<Secret>,
    /// Which share of the traces that begin here is told.
    pub(crate) sample_ratio: f64,
    /// What the hub is called there: its name, its site, its node.
    pub(crate) service: [String; 3],
    /// How long it has to answer.
    pub(crate) timeout: Duration,
}

impl Collector {
    /// What cannot change while a service runs; another secret is taken at its next start.
    pub(super) fn fixed(&self) -> (&Url, f64, &[String; 3], Duration) {
        (&self.endpoint, self.sample_ratio, &self.service, self.timeout)
    }
}

/// The collector that is written, of the node `node` of `site`.
pub(super) fn collector(
    reader: &Reader,
    written: &Otel,
    (site, node): (&str, &str),
) -> anyhow::Result<Option<Collector>> {
    let wrong = |key: &str, told: String| Err(hub_file::wrong(reader, key, told));
    if !(0.0..=1.0).contains(&written.sample_ratio) {
        let told = format!(
            "otel.sample_ratio = {}: 0 至 1 / from 0 to 1",
            written.sample_ratio
        );
        return wrong("sample_ratio", told);
    }
    if !(1..=TIMEOUT_SECONDS_MAX).contains(&written.timeout_seconds) {
        let told = format!(
            "otel.timeout_seconds = {}: 1 至 {TIMEOUT_SECONDS_MAX} / from 1 to {TIMEOUT_SECONDS_MAX}",
            written.timeout_seconds
        );
        return wrong("timeout_seconds", told);
    }
    let name = &written.service_name;
    if name.is_empty() || name.chars().count() > SERVICE_NAME_MAX || name.chars().any(char::is_control) {
        let told = format!(
            "otel.service_name = {name:?}: 1 至 {SERVICE_NAME_MAX} 个字符 / from 1 to {SERVICE_NAME_MAX} characters"
        );
        return wrong("service_name", told);
    }
    let Some(endpoint) = &written.endpoint else {
        if written.authorization.is_some() {
            let told =
                "otel.authorization：没有 otel.endpoint，用不上 / without otel.endpoint it opens nothing";
            return wrong("authorization", told.to_owned());
        }
        return Ok(None);
    };
    let parsed = Url::parse(endpoint).ok();
    let is_usable = |url: &Url| {
        let is_bare = url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare
    };
    let Some(parsed) = parsed.filter(is_usable) else {
        let told = "otel.endpoint：须是 http 或 https 地址，如 http://127.0.0.1:4318/v1/traces；口令另写 authorization = { file = … } / \
                    wants an http or https address; a password goes into authorization = { file = … }";
        return wrong("endpoint", told.to_owned());
    };
    if !cfg!(feature = "otel") {
        let told = "otel.endpoint：本程序编译时未带 OpenTelemetry，送不出任何东西。去掉这一项，或自行编译带它的程序 / \
                    this binary was built without OpenTelemetry and tells nobody anything: take the key away, or build one that has it: \
                    cargo build --release --workspace --features hub/otel";
        return wrong("endpoint", told.to_owned());
    }
    let authorization = authorization(reader, written)?;
    Ok(Some(Collector {
        endpoint: parsed,
        authorization,
        sample_ratio: written.sample_ratio,
        service: [name.clone(), site.to_owned(), node.to_owned()],
        timeout: Duration::from_secs(written.timeout_seconds),
    }))
}

/// What is sent as `Authorization`: one line, as a header can be.
fn authorization(reader: &Reader, written: &Otel) -> anyhow::Result<Option<Secret>> {
    let Some(secret) = &written.authorization else {
        return Ok(None);
    };
    let secret = secret.fetch(reader, &hub_file::saying(reader, "authorization")?)?;
    let text = secret.reveal();
    if text.is_empty() || !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        let told = "otel.authorization：须是一行可见字符，如 Bearer … / wants one line of visible characters, such as Bearer …";
        return Err(hub_file::wrong(reader, "authorization", told.to_owned()));
    }
    Ok(Some(secret))
}
