//! SM2 signatures over SM3 digests (GM/T 0003, GM/T 0004), for receivers that must check with 商用密码.
//! Here because formats vary from platform to platform: raw r‖s or DER, and an identity of the signer's own.
//! In: a PKCS#8 PEM key, as `openssl genpkey -algorithm SM2` writes it; a content. Out: a signature.
//! Not here: certified modules; one behind a signing server is another [`super::Scheme`].

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sm2::SecretKey;
use sm2::dsa::SigningKey;
use sm2::dsa::signature::Signer as _;
use sm2::pkcs8::DecodePrivateKey as _;

use super::Scheme;
use crate::Secret;

/// A key that signs.
#[derive(Clone)]
pub struct Sm2Signing {
    key: SigningKey,
}

impl Sm2Signing {
    /// What GM/T 0009 takes for the signer's identity when nothing else was agreed.
    pub const DISTID: &'static str = "1234567812345678";

    /// The key of `pem`, signing as `distid`.
    ///
    /// # Errors
    /// What is wrong, without showing the key.
    pub fn new(pem: &Secret, distid: &str) -> Result<Self, String> {
        let key = SecretKey::from_pkcs8_pem(pem.reveal().trim()).map_err(|_| {
            "an SM2 key is a PKCS#8 PEM, as `openssl genpkey -algorithm SM2` writes it".to_owned()
        })?;
        let key = SigningKey::new(distid, &key)
            .map_err(|_| "the identity of an SM2 signer has at most 8191 bytes".to_owned())?;
        Ok(Self { key })
    }

    /// The signature of `content`: 64 bytes r‖s, or DER.
    #[must_use]
    pub fn bytes(&self, content: &[u8], der: bool) -> Vec<u8> {
        let signature = self.key.sign(content);
        if der {
            signature.to_der().as_bytes().to_vec()
        } else {
            signature.to_bytes().to_vec()
        }
    }
}

impl fmt::Debug for Sm2Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm2Signing(..)")
    }
}

impl Scheme for Sm2Signing {
    fn sign(&self, content: &[u8]) -> String {
        format!("v1sm,{}", STANDARD.encode(self.bytes(content, false)))
    }
}
