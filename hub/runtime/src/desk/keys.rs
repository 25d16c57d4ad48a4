//! Tokens and signing keys of credentials, all computed from one key of the site.
//! Here because a database that is copied must open nothing: it holds keyed digests, and signing keys nowhere at all.
//! In: the site's identity key. Out: fresh tokens, their digests, the signing key of a credential's nth token.
//! Not here: who may have one, and where digests are kept.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use hub_model::CredentialId;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;

/// What every token begins with, so that one that leaked is recognised.
const PREFIX: &str = "hub_";
const TOKEN_BYTES: usize = 32;
/// What tells the derived keys apart; never changed, or every credential would be worth nothing.
const FOR_TOKENS: &[u8] = b"hub credential tokens 1";
const FOR_SIGNING: &[u8] = b"hub credential signing 1";

type Key = Zeroizing<Vec<u8>>;

/// The keys of a site's credentials.
#[derive(Clone)]
pub struct Keys {
    tokens: Key,
    signing: Key,
}

impl Keys {
    /// The keys that follow from the site's identity key.
    #[must_use]
    pub fn of_site(identity_key: &[u8; 32]) -> Self {
        Self {
            tokens: digest(identity_key, &[FOR_TOKENS]),
            signing: digest(identity_key, &[FOR_SIGNING]),
        }
    }

    /// A fresh token for `id`.
    pub(super) fn token(id: &CredentialId) -> Secret {
        let random = Zeroizing::new(rand::random::<[u8; TOKEN_BYTES]>());
        Secret::new(format!(
            "{PREFIX}{id}_{}",
            URL_SAFE_NO_PAD.encode(random.as_slice())
        ))
    }

    /// Whose token it says it is.
    pub(super) fn id_in(token: &str) -> Option<CredentialId> {
        let (id, _) = token.strip_prefix(PREFIX)?.split_once('_')?;
        CredentialId::parse(id).ok()
    }

    /// The digest of a token, hexadecimal.
    pub(super) fn token_digest(&self, token: &str) -> String {
        hex::encode(&*digest(&self.tokens, &[token.as_bytes()]))
    }

    /// Whether `token` has this digest; takes as long whichever it is.
    pub(super) fn is_token(&self, token: &str, kept: &str) -> bool {
        let Ok(kept) = hex::decode(kept) else {
            return false;
        };
        mac(&self.tokens, &[token.as_bytes()]).verify_slice(&kept).is_ok()
    }

    /// The key that requests made with the nth token of `id` are signed with.
    pub(super) fn signing_key(&self, id: &CredentialId, generation: u32) -> Key {
        digest(
            &self.signing,
            &[id.as_str().as_bytes(), b"/", &generation.to_be_bytes()],
        )
    }

    /// The same as its holder is given it: `whsec_…`.
    pub(super) fn signing_secret(&self, id: &CredentialId, generation: u32) -> Secret {
        Secret::new(format!(
            "whsec_{}",
            STANDARD.encode(&*self.signing_key(id, generation))
        ))
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
    for part in parts {
        mac.update(part);
    }
    mac
}

fn digest(key: &[u8], parts: &[&[u8]]) -> Key {
    Zeroizing::new(mac(key, parts).finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_what_it_was_made_for_at_the_site_it_was_made_at() {
        let (keys, other) = (Keys::of_site(&[1; 32]), Keys::of_site(&[2; 32]));
        let id = CredentialId::parse("civil-1").unwrap();
        let token = Keys::token(&id);
        assert_eq!(Keys::id_in(token.reveal()), Some(id.clone()));
        let kept = keys.token_digest(token.reveal());
        assert!(keys.is_token(token.reveal(), &kept));
        assert!(!keys.is_token(Keys::token(&id).reveal(), &kept));
        assert!(!other.is_token(token.reveal(), &kept));
        assert!(!keys.is_token(token.reveal(), "zz"));
        let secret = keys.signing_secret(&id, 1);
        assert_eq!(secret.signing_key().unwrap(), keys.signing_key(&id, 1));
        assert_ne!(keys.signing_key(&id, 1), keys.signing_key(&id, 2));
        for wrong in ["", "hub_", "hub_civil-1", "bearer_civil-1_x", "hub_A_x"] {
            assert_eq!(Keys::id_in(wrong), None, "{wrong}");
        }
    }
}
