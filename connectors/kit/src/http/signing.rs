//! Signs requests by configuration: which values in which order, joined how, hashed how, put where.
//! Here because every gateway invents its own signature out of the same few parts; a new one must not need code.
//! In: `Signing` from the configuration, the secret, a request's parts. Out: query parameters or headers to add.
//! Not here: sending (client.rs). The secret never leaves this file but as part of a hash.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use plugin_api::Error;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;
use sha1::Sha1;
use sha2::Sha256;
use sm3::Sm3;

use crate::options::refused;

/// Most values that are joined and most that are put into a request.
pub const PARTS_MAX: usize = 20;

/// 请求签名。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Signing {
    /// 应用标识（appKey），不是秘密。
    #[serde(default)]
    pub key: String,
    /// 密钥：`[connector.secrets]` 中的名称。
    pub secret: String,
    /// 参与签名的值，按顺序：`{key} {secret} {timestamp} {nonce} {method} {path} {params} {body}`，`{params}` 为按名称排序的查询参数。
    pub fields: Vec<String>,
    /// 各值之间的连接符，默认为空。
    #[serde(default)]
    pub joiner: String,
    /// 摘要算法，`hmac-` 开头的以密钥为 HMAC 密钥。
    pub hash: Hash,
    /// 签名的编码。
    #[serde(default)]
    pub encoding: Encoding,
    /// 时间戳的单位。
    #[serde(default)]
    pub timestamp: TimestampUnit,
    /// 放进请求的名称与内容，如 `{ appKey = "{key}", timestamp = "{timestamp}", sign = "{sign}" }`。
    pub put: BTreeMap<String, String>,
    /// 放在查询参数还是请求头中。
    #[serde(default)]
    pub place: PlaceOf,
    /// 本机时钟与对方相差较大时，按对方响应头 Date 校正时间戳。
    #[serde(default = "yes")]
    pub follow_server_clock: bool,
    /// 先以本密钥换取会话密钥，再用会话密钥签名。
    #[serde(default)]
    pub refresh: Option<Refresh>,
}

/// 换取会话密钥。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Refresh {
    /// 换取密钥的路径，以原密钥签名。
    pub path: String,
    /// 响应中会话密钥的 JSON 指针。
    pub pointer: String,
    /// 会话密钥的有效分钟数，到期重新换取。
    #[serde(default = "refresh_minutes")]
    pub minutes: u64,
}

const fn yes() -> bool {
    true
}

const fn refresh_minutes() -> u64 {
    30
}

/// 摘要算法。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "kebab-case")]
#[schemars(crate = "plugin_api::schemars")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sm3,
    HmacMd5,
    HmacSha1,
    HmacSha256,
    HmacSm3,
}

/// 签名的编码。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "kebab-case")]
#[schemars(crate = "plugin_api::schemars")]
pub enum Encoding {
    /// 小写十六进制。
    #[default]
    HexLower,
    /// 大写十六进制。
    HexUpper,
    /// Base64。
    Base64,
}

/// 时间戳的单位。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum TimestampUnit {
    /// 毫秒。
    #[default]
    Ms,
    /// 秒。
    S,
}

/// 签名放在哪里。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum PlaceOf {
    /// 查询参数。
    #[default]
    Query,
    /// 请求头。
    Header,
}

/// The parts of a request that may be signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Sorted by name, `a=1&b=2`, not escaped.
    pub(crate) params: &'a str,
    pub(crate) body: &'a str,
    /// Milliseconds since 1970, by the clock that counts.
    pub(crate) now_ms: u64,
    pub(crate) nonce: &'a str,
}

impl Signing {
    /// Whether it can be used at all.
    ///
    /// # Errors
    /// `config`, naming the field.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.fields.is_empty() || self.fields.len() > PARTS_MAX || self.put.len() > PARTS_MAX {
            return Err(refused(
                "http.signing.fields",
                format!("应有 1 到 {PARTS_MAX} 项"),
            ));
        }
        if !self.put.values().any(|text| text.contains("{sign}")) {
            return Err(refused("http.signing.put", "没有 {sign}，签名不会被发出"));
        }
        if self.put.values().any(|text| text.contains("{secret}")) {
            return Err(refused(
                "http.signing.put",
                "不能放 {secret}：密钥不应出现在请求中",
            ));
        }
        Ok(())
    }

    /// What to add to the request.
    pub(crate) fn sign(&self, secret: &str, parts: &Parts<'_>) -> Vec<(String, String)> {
        let timestamp = match self.timestamp {
            TimestampUnit::Ms => parts.now_ms,
            TimestampUnit::S => parts.now_ms / 1000,
        }
        .to_string();
        let fill = |template: &str, secret: &str, sign: &str| {
            let values = [
                ("{key}", self.key.as_str()),
                ("{secret}", secret),
                ("{timestamp}", &timestamp),
                ("{nonce}", parts.nonce),
                ("{method}", parts.method),
                ("{path}", parts.path),
                ("{params}", parts.params),
                ("{body}", parts.body),
                ("{sign}", sign),
            ];
            filled(template, &values)
        };
        let fields: Vec<String> = self.fields.iter().map(|field| fill(field, secret, "")).collect();
        let sign = self.encode(&digest(
            self.hash,
            secret.as_bytes(),
            fields.join(&self.joiner).as_bytes(),
        ));
        self.put
            .iter()
            .map(|(name, template)| (name.clone(), fill(template, "", &sign)))
            .collect()
    }

    fn encode(&self, digest: &[u8]) -> String {
        match self.encoding {
            Encoding::HexLower => hex::encode(digest),
            Encoding::HexUpper => hex::encode_upper(digest),
            Encoding::Base64 => STANDARD.encode(digest),
        }
    }
}

/// Replaces `{name}`s in one pass: what a value brings in is not looked at again.
pub(crate) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match values.iter().find(|(name, _)| from.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(value);
                rest = from.split_at(name.len()).1;
            }
            None => {
                out.push('{');
                rest = from.split_at(1).1;
            }
        }
    }
    out.push_str(rest);
    out
}

fn digest(hash: Hash, key: &[u8], text: &[u8]) -> Vec<u8> {
    fn plain<D: Digest>(text: &[u8]) -> Vec<u8> {
        D::digest(text).to_vec()
    }
    fn keyed<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
        let mut mac =
            <M as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
    match hash {
        Hash::Md5 => plain::<Md5>(text),
        Hash::Sha1 => plain::<Sha1>(text),
        Hash::Sha256 => plain::<Sha256>(text),
        Hash::Sm3 => plain::<Sm3>(text),
        Hash::HmacMd5 => keyed::<Hmac<Md5>>(key, text),
        Hash::HmacSha1 => keyed::<Hmac<Sha1>>(key, text),
        Hash::HmacSha256 => keyed::<Hmac<Sha256>>(key, text),
        Hash::HmacSm3 => keyed::<Hmac<Sm3>>(key, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signing(hash: Hash) -> Signing {
        Signing {
            key: "app".into(),
            secret: "s".into(),
            fields: vec!["{key}".into(), "{secret}".into(), "{timestamp}".into()],
            joiner: String::new(),
            hash,
            encoding: Encoding::HexLower,
            timestamp: TimestampUnit::Ms,
            put: BTreeMap::from([
                ("sign".into(), "{sign}".into()),
                ("appKey".into(), "{key}".into()),
            ]),
            place: PlaceOf::Query,
            follow_server_clock: true,
            refresh: None,
        }
    }

    const PARTS: Parts<'static> = Parts {
        method: "GET",
        path: "/a",
        params: "a=1&b=2",
        body: "",
        now_ms: 1_700_000_000_123,
        nonce: "n",
    };

    #[test]
    fn published_vectors_of_every_hash() {
        for (hash, expect) in [
            (Hash::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Hash::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                Hash::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                Hash::Sm3,
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
            ),
        ] {
            assert_eq!(hex::encode(digest(hash, b"", b"abc")), expect);
        }
        // RFC 2202 and RFC 4231, test case 2.
        let text = b"what do ya want for nothing?";
        assert_eq!(
            hex::encode(digest(Hash::HmacMd5, b"Jefe", text)),
            "750c783e6ab0b503eaa86e310a5db738"
        );
        assert_eq!(
            hex::encode(digest(Hash::HmacSha1, b"Jefe", text)),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        assert_eq!(
            hex::encode(digest(Hash::HmacSha256, b"Jefe", text)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn the_order_the_joiner_and_the_case_are_the_configurations() {
        let mut signing = signing(Hash::Sha256);
        let sign = |signing: &Signing| signing.sign("secret", &PARTS)[1].1.clone();
        assert_eq!(
            sign(&signing),
            hex::encode(digest(Hash::Sha256, b"", b"appsecret1700000000123"))
        );
        signing.joiner = "|".into();
        signing.timestamp = TimestampUnit::S;
        signing.encoding = Encoding::HexUpper;
        signing.fields.push("{params}{body}{path}".into());
        let expect = hex::encode_upper(digest(Hash::Sha256, b"", b"app|secret|1700000000|a=1&b=2/a"));
        assert_eq!(sign(&signing), expect);
        assert_eq!(signing.sign("secret", &PARTS)[0], ("appKey".into(), "app".into()));
    }

    #[test]
    fn a_secret_cannot_be_put_into_a_request_and_values_are_not_templates() {
        let mut signing = signing(Hash::Md5);
        signing.check().unwrap();
        signing.put.insert("x".into(), "{secret}".into());
        assert!(signing.check().is_err());
        assert_eq!(filled("{a}{b}{c", &[("{a}", "{b}"), ("{b}", "2")]), "{b}2{c");
    }
}
