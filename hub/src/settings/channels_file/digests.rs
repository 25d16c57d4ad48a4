//! Channels that tell how much is new, as they are written in `channels.toml`.
//! Here because robots and mails share nothing with channels that carry events but their file.
//! In: a channel's table. Out: what was written.
//! Not here: what the values mean (channels).

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::secrets::SecretRef;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::settings) struct RawRobot {
    pub(in crate::settings) id: String,
    #[serde(rename = "kind")]
    #[schemars(schema_with = "super::kinds::robot")]
    _kind: IgnoredAny,
    pub(in crate::settings) dialect: RawDialect,
    pub(in crate::settings) url: Option<String>,
    pub(in crate::settings) token: SecretRef,
    pub(in crate::settings) secret: Option<SecretRef>,
    pub(in crate::settings) link: Option<String>,
    #[serde(default)]
    pub(in crate::settings) allow_networks: Vec<String>,
    pub(in crate::settings) authorities: Option<PathBuf>,
    pub(in crate::settings) timeout_seconds: Option<u64>,
    pub(in crate::settings) digest_minutes: Option<u64>,
    pub(in crate::settings) rate_per_minute: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::settings) enum RawDialect {
    Wecom,
    Dingtalk,
}

/// Whose worksheets go with a mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::settings) struct RawOffice {
    pub(in crate::settings) department: String,
    #[serde(default)]
    pub(in crate::settings) place: String,
    #[serde(default)]
    pub(in crate::settings) closes: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::settings) struct RawEmail {
    pub(in crate::settings) id: String,
    #[serde(rename = "kind")]
    #[schemars(schema_with = "super::kinds::email")]
    _kind: IgnoredAny,
    pub(in crate::settings) host: String,
    pub(in crate::settings) port: Option<u16>,
    #[serde(default)]
    pub(in crate::settings) security: RawSecurity,
    pub(in crate::settings) user: Option<String>,
    pub(in crate::settings) password: Option<SecretRef>,
    pub(in crate::settings) from: String,
    pub(in crate::settings) to: Vec<String>,
    pub(in crate::settings) link: Option<String>,
    #[serde(default)]
    pub(in crate::settings) allow_networks: Vec<String>,
    pub(in crate::settings) authorities: Option<PathBuf>,
    pub(in crate::settings) timeout_seconds: Option<u64>,
    pub(in crate::settings) digest_minutes: Option<u64>,
    pub(in crate::settings) worksheet: Option<RawOffice>,
    pub(in crate::settings) rate_per_minute: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::settings) enum RawSecurity {
    None,
    #[default]
    Starttls,
    Tls,
}
