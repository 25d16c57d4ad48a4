//! How a channel signs, as it is written in `channels.toml`.
//! Here because keys are the part of a channel that goes wrong most quietly, and every mistake in them has a place.
//! In: a channel's keys. Out: signers and schemes.
//! Not here: what is signed (runtime), the channel's other keys (channels).

use std::sync::Arc;

use hub_runtime::channels::{Encoding, HeaderMac, Mac, Over, Schemes, Sign, Signer, Sm2Signing};

use super::super::channels_file::{RawEncoding, RawOver, RawSigner, RawWebhook};
use super::super::secrets::SecretRef;
use super::Page;

const SIGNATURE_HEADER: &str = "x-hub-signature";
const TIMESTAMP_HEADER: &str = "x-hub-timestamp";

impl Page<'_> {
    /// How a webhook's requests are signed.
    pub(super) fn signer(&self, raw: &RawWebhook) -> anyhow::Result<Arc<dyn Sign>> {
        let secret = || {
            let secret = raw.secret.as_ref();
            self.secret(
                secret.ok_or_else(|| self.wrong("signer", "this signer needs a secret = { file = … }"))?,
            )
        };
        Ok(match raw.signer {
            RawSigner::StandardWebhooks => {
                secret()?;
                let keys = (&raw.ed25519_key, &raw.sm2_key, raw.sm2_identity.as_deref());
                Signer::standard_webhooks(self.schemes(&raw.secret, &raw.previous_secret, keys)?)
            }
            RawSigner::None => Signer::none(),
            RawSigner::Bearer => Signer::bearer(secret()?),
            RawSigner::Basic => Signer::basic(secret()?).map_err(|told| self.wrong("secret", &told))?,
            RawSigner::Dingtalk => Signer::dingtalk(secret()?),
            RawSigner::HmacSha256Header => self.header(raw, Mac::Sha256(secret()?))?,
            RawSigner::Sm3Hmac => self.header(raw, Mac::Sm3(secret()?))?,
            RawSigner::Sm2Sm3 => {
                let key = raw.sm2_key.as_ref();
                let key = key.ok_or_else(|| self.wrong("signer", "sm2-sm3 needs sm2_key = { file = … }"))?;
                let key = self.sm2(key, raw.sm2_identity.as_deref())?;
                let der = raw.signature.as_ref().is_some_and(|signature| signature.der);
                self.header(raw, Mac::Sm2 { key, der })?
            }
        })
    }

    fn header(&self, raw: &RawWebhook, key: Mac) -> anyhow::Result<Arc<dyn Sign>> {
        let form = raw.signature.as_ref();
        let name = |written: Option<&String>, otherwise: &'static str| {
            let name = written.map_or(otherwise, |written| written);
            name.parse()
                .map_err(|_| self.wrong(name, "that cannot be the name of a header"))
        };
        let timestamp = form.and_then(|form| form.timestamp_header.as_ref());
        Ok(Signer::header(
            HeaderMac {
                header: name(form.and_then(|form| form.header.as_ref()), SIGNATURE_HEADER)?,
                prefix: form.map(|form| form.prefix.clone()).unwrap_or_default(),
                timestamp_header: Some(name(timestamp, TIMESTAMP_HEADER)?),
                over: match form.map(|form| form.over).unwrap_or_default() {
                    RawOver::TimestampBody => Over::TimestampBody,
                    RawOver::Body => Over::Body,
                },
                encoding: match form.map(|form| form.encoding).unwrap_or_default() {
                    RawEncoding::Hex => Encoding::Hex,
                    RawEncoding::Base64 => Encoding::Base64,
                },
            },
            key,
        ))
    }

    /// The schemes of Standard Webhooks for which there is a key.
    pub(in crate::settings) fn schemes(
        &self,
        secret: &Option<SecretRef>,
        previous: &Option<SecretRef>,
        (ed25519, sm2, identity): (&Option<SecretRef>, &Option<SecretRef>, Option<&str>),
    ) -> anyhow::Result<Schemes> {
        let mut schemes = Schemes::default();
        for (key, secret) in [("secret", secret), ("previous_secret", previous)] {
            if let Some(secret) = secret {
                let signed = schemes.hmac(&self.secret(secret)?);
                schemes = signed.map_err(|told| self.wrong(key, &told))?;
            }
        }
        if let Some(key) = ed25519 {
            let signed = schemes.ed25519(&self.secret(key)?);
            schemes = signed.map_err(|told| self.wrong("ed25519_key", &told))?;
        }
        if let Some(key) = sm2 {
            schemes = schemes.sm2(self.sm2(key, identity)?);
        }
        Ok(schemes)
    }

    fn sm2(&self, key: &SecretRef, identity: Option<&str>) -> anyhow::Result<Sm2Signing> {
        let key = Sm2Signing::new(&self.secret(key)?, identity.unwrap_or(Sm2Signing::DISTID));
        key.map_err(|told| self.wrong("sm2_key", &told))
    }
}
