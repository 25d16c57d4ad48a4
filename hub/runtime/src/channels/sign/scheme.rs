//! The schemes of Standard Webhooks: `v1` (HMAC-SHA256), `v1a` (ed25519), `v1sm` (SM2 with SM3).
//! Here because several of them stand in one header, and two keys of one while they are exchanged.
//! In: keys as `whsec_…`, `whsk_…` or PEM, a content. Out: `v1,… v1a,…`.
//! Not here: what is signed.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac as _};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::sm2::Sm2Signing;
use crate::Secret;

const ED25519_PREFIX: &str = "whsk_";
const SEED_BYTES: usize = 32;

/// One signature of a content, as it stands in the header.
pub trait Scheme: Send + Sync + fmt::Debug {
    /// `name,base64`.
    fn sign(&self, content: &[u8]) -> String;
}

/// The schemes and keys something is signed with; receivers take whichever they know.
#[derive(Debug, Clone, Default)]
pub struct Schemes(Vec<Arc<dyn Scheme>>);

impl Schemes {
    /// Signs with `whsec_…` besides; receivers that still have the former secret take that one's.
    ///
    /// # Errors
    /// What is wrong with the secret, without showing it.
    pub fn hmac(mut self, secret: &Secret) -> Result<Self, String> {
        self.0.push(Arc::new(HmacSha256(secret.signing_key()?)));
        Ok(self)
    }

    /// Signs with an ed25519 key, `whsk_…`, besides.
    ///
    /// # Errors
    /// What is wrong with the key, without showing it.
    pub fn ed25519(mut self, secret: &Secret) -> Result<Self, String> {
        const WRONG: &str = "an ed25519 key is whsk_ and base64 of 32 bytes, or of 64 with its public key";
        let encoded = secret.reveal().trim().strip_prefix(ED25519_PREFIX).ok_or(WRONG)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| WRONG)?);
        let seed = bytes.get(..SEED_BYTES).ok_or(WRONG)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| WRONG)?;
        match bytes.get(SEED_BYTES..) {
            Some([]) => {}
            Some(public) if public == pair.public_key().as_ref() => {}
            Some(_) | None => {
                return Err("the public half of the ed25519 key is not that of its private half".to_owned());
            }
        }
        self.0.push(Arc::new(Ed25519(pair)));
        Ok(self)
    }

    /// Signs with SM2 besides; standard receivers ignore it.
    #[must_use]
    pub fn sm2(mut self, key: Sm2Signing) -> Self {
        self.0.push(Arc::new(key));
        self
    }

    /// Whether nothing is signed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every signature of `content`, separated by spaces.
    #[must_use]
    pub fn sign(&self, content: &[u8]) -> String {
        let signatures: Vec<String> = self.0.iter().map(|scheme| scheme.sign(content)).collect();
        signatures.join(" ")
    }
}

struct HmacSha256(Zeroizing<Vec<u8>>);

impl fmt::Debug for HmacSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSha256(..)")
    }
}

impl Scheme for HmacSha256 {
    fn sign(&self, content: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
        mac.update(content);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

struct Ed25519(Ed25519KeyPair);

impl fmt::Debug for Ed25519 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519(..)")
    }
}

impl Scheme for Ed25519 {
    fn sign(&self, content: &[u8]) -> String {
        format!("v1a,{}", STANDARD.encode(self.0.sign(content)))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_published_vector_of_standard_webhooks() {
        let schemes = Schemes::default().hmac(&Secret::new(SECRET.to_owned())).unwrap();
        let content = br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#;
        assert_eq!(
            schemes.sign(content),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert!(!format!("{schemes:?}").contains("MfKQ"), "{schemes:?}");
    }

    #[test]
    fn an_ed25519_signature_is_verified_with_the_public_key_and_by_no_other_content() {
        let seed = [7_u8; SEED_BYTES];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public = pair.public_key().as_ref().to_vec();
        let whole = [seed.as_slice(), &public].concat();
        for bytes in [seed.to_vec(), whole] {
            let key = Secret::new(format!("whsk_{}", STANDARD.encode(bytes)));
            let signed = Schemes::default().ed25519(&key).unwrap().sign(b"content");
            let signature = STANDARD.decode(signed.strip_prefix("v1a,").unwrap()).unwrap();
            let verifier = UnparsedPublicKey::new(&ED25519, &public);
            assert!(verifier.verify(b"content", &signature).is_ok());
            assert!(verifier.verify(b"Content", &signature).is_err());
        }
    }

    #[test]
    fn two_secrets_sign_side_by_side_and_bad_keys_are_refused() {
        let former = Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
        let both = Schemes::default()
            .hmac(&Secret::new(SECRET.to_owned()))
            .and_then(|schemes| schemes.hmac(&former))
            .unwrap();
        assert_eq!(both.sign(b"x").matches("v1,").count(), 2);
        let whole = [[7_u8; 32], [9; 32]].concat();
        for wrong in [
            "".to_owned(),
            "whsk_AAAA".to_owned(),
            SECRET.to_owned(),
            format!("whsk_{}", STANDARD.encode(whole)),
        ] {
            assert!(Schemes::default().ed25519(&Secret::new(wrong)).is_err());
        }
    }
}
