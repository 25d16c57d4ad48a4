//! Secrets.
//! Here because a secret must not be read by accident: it never prints, and is wiped when dropped.
//! In: a text. Out: the text, or the signing key behind `whsec_…`.
//! Not here: what is signed with it (channels), where it was written (the binary's settings).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_secret_is_refused_without_being_shown() {
        for wrong in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!", "whsec_AAAA"] {
            assert!(Secret::new(wrong.to_owned()).signing_key().is_err(), "{wrong}");
        }
        let shown = format!("{:?}", Secret::new("whsec_MfKQ".to_owned()));
        assert_eq!(shown, "Secret(..)");
    }
}
