//! The key of the blind index: what turns a number and a name into 128 bits nobody can turn back.
//! Here because ids must be the same for the same person for good, and no list of numbers may lie in the database.
//! In: texts that identify somebody. Out: keys of the registry; a fingerprint that tells one site's key from another's.
//! Not here: where the key is kept (settings) and what identifies somebody (mentions).

use hmac::{Hmac, KeyInit, Mac};
use hub_model::Key;
use sha2::Sha256;

/// What keys are made of, as this number says; it is part of the fingerprint.
const FORM: &str = "2";

/// The key of the blind index. Whoever has it can find out whether a known number is in the hub.
#[derive(Clone)]
pub struct IdentityKey(Hmac<Sha256>);

impl IdentityKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        let mac = Hmac::new_from_slice(&bytes);
        Self(mac.unwrap_or_else(|_| unreachable!("HMAC takes any key length")))
    }

    /// Tells this key from any other, and nothing else about it: stored beside the ids that were given with it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(self.key_of(&["fingerprint", FORM]))
    }

    pub(crate) fn key_of(&self, parts: &[&str]) -> Key {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let mut key = Key::default();
        key.iter_mut()
            .zip(mac.finalize().into_bytes())
            .for_each(|(to, from)| *to = from);
        key
    }
}

impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_or_another_cut_between_the_parts_is_another_digest() {
        let key = IdentityKey::new([7; 32]);
        assert_eq!(
            key.key_of(&["a", "bc"]),
            IdentityKey::new([7; 32]).key_of(&["a", "bc"])
        );
        assert_ne!(key.key_of(&["a", "bc"]), key.key_of(&["ab", "c"]));
        assert_ne!(key.fingerprint(), IdentityKey::new([8; 32]).fingerprint());
        assert_eq!(format!("{key:?}"), "IdentityKey(..)");
    }
}
