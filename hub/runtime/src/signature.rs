//! Secrets and Standard Webhooks signatures.
//! Here because a receiver must know that a warning is ours and unaltered.
//! In: `whsec_…` secrets, an event id, a timestamp, a body. Out: the three headers' values.
//! Not here: sending. A secret never prints.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
/// Standard Webhooks asks for 24 to 64 bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A text nobody may read by accident; wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one who must have it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The signing key behind a `whsec_…` secret.
    ///
    /// # Errors
    /// What is wrong with it, without showing it.
    pub fn signing_key(&self) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        let encoded = self
            .0
            .trim()
            .strip_prefix(PREFIX)
            .ok_or("a signing secret begins with `whsec_`")?;
        let key = STANDARD
            .decode(encoded)
            .map_err(|_| "after `whsec_` comes base64")?;
        if KEY_BYTES.contains(&key.len()) {
            Ok(Zeroizing::new(key))
        } else {
            Err("a signing key has 24 to 64 bytes")
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The `webhook-signature` header: HMAC-SHA256 over `id.timestamp.body`, scheme `v1`.
#[must_use]
pub(crate) fn signature(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_of_standard_webhooks() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let key = secret.signing_key().unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn a_bad_secret_is_refused_without_being_shown() {
        for wrong in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!", "whsec_AAAA"] {
            assert!(Secret::new(wrong.to_owned()).signing_key().is_err(), "{wrong}");
        }
    }
}
