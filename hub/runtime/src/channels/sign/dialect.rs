//! Signatures of platforms with a dialect of their own: a bearer token, a password, a MAC or SM2 signature in a header, 钉钉.
//! Here because an unknown provincial platform must need configuration, not code.
//! In: a secret, how it is used. Out: headers and query parameters.
//! Not here: Standard Webhooks (mod).

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac as _};
use reqwest::header::{AUTHORIZATION, HeaderName};
use sha2::Sha256;
use sm3::Sm3;

use super::{Marks, Message, Sign, Sm2Signing, StandardWebhooks};
use crate::Secret;
use crate::channels::Schemes;

/// Makes signers.
pub struct Signer;

impl Signer {
    /// Nothing is signed.
    #[must_use]
    pub fn none() -> Arc<dyn Sign> {
        Arc::new(Unsigned)
    }

    /// `authorization: Bearer …`.
    #[must_use]
    pub fn bearer(token: Secret) -> Arc<dyn Sign> {
        Arc::new(Bearer(token))
    }

    /// `authorization: Basic …`, of a secret written `user:password`.
    ///
    /// # Errors
    /// When the secret has no colon.
    pub fn basic(login: Secret) -> Result<Arc<dyn Sign>, String> {
        if !login.reveal().contains(':') {
            return Err("a secret for basic is written user:password".to_owned());
        }
        Ok(Arc::new(Basic(login)))
    }

    /// `timestamp` and `sign` in the query, as 钉钉 wants them.
    #[must_use]
    pub fn dingtalk(secret: Secret) -> Arc<dyn Sign> {
        Arc::new(Dingtalk(secret))
    }

    /// A signature in a header.
    #[must_use]
    pub fn header(form: HeaderMac, key: Mac) -> Arc<dyn Sign> {
        Arc::new(InHeader { form, key })
    }

    /// The three headers of Standard Webhooks.
    #[must_use]
    pub fn standard_webhooks(schemes: Schemes) -> Arc<dyn Sign> {
        StandardWebhooks::with(schemes)
    }
}

/// What a signature in a header is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The body.
    Body,
    /// The attempt's time in seconds, a full stop, the body.
    TimestampBody,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal, lower case.
    Hex,
    /// Base64.
    Base64,
}

/// How a signature in a header looks.
#[derive(Debug, Clone)]
pub struct HeaderMac {
    /// The header.
    pub header: HeaderName,
    /// What stands before the signature in it, such as `sha256=`.
    pub prefix: String,
    /// The header with the attempt's time in seconds; none for none.
    pub timestamp_header: Option<HeaderName>,
    /// What it is over.
    pub over: Over,
    /// How it is written.
    pub encoding: Encoding,
}

/// What signs in a header.
pub enum Mac {
    /// HMAC-SHA256, keyed with the secret's text.
    Sha256(Secret),
    /// HMAC-SM3, keyed with the secret's text.
    Sm3(Secret),
    /// SM2 over SM3.
    Sm2 {
        /// The key.
        key: Sm2Signing,
        /// DER instead of r‖s.
        der: bool,
    },
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac(..)")
    }
}

impl Mac {
    fn of(&self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes())
                    .unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
                mac.update(content);
                mac.finalize().into_bytes().to_vec()
            }
            Self::Sm3(secret) => {
                let mut mac = Hmac::<Sm3>::new_from_slice(secret.reveal().as_bytes())
                    .unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
                mac.update(content);
                mac.finalize().into_bytes().to_vec()
            }
            Self::Sm2 { key, der } => key.bytes(content, *der),
        }
    }
}

#[derive(Debug)]
struct Unsigned;

impl Sign for Unsigned {
    fn sign(&self, _: &Message<'_>) -> Marks {
        Marks::default()
    }
}

#[derive(Debug)]
struct Bearer(Secret);

impl Sign for Bearer {
    fn sign(&self, _: &Message<'_>) -> Marks {
        Marks::default().header(AUTHORIZATION, &format!("Bearer {}", self.0.reveal()))
    }
}

#[derive(Debug)]
struct Basic(Secret);

impl Sign for Basic {
    fn sign(&self, _: &Message<'_>) -> Marks {
        let login = STANDARD.encode(self.0.reveal());
        Marks::default().header(AUTHORIZATION, &format!("Basic {login}"))
    }
}

#[derive(Debug)]
struct Dingtalk(Secret);

impl Sign for Dingtalk {
    fn sign(&self, message: &Message<'_>) -> Marks {
        let secret = self.0.reveal();
        let content = format!("{}\n{secret}", message.at_ms);
        let sign = Mac::Sha256(self.0.clone()).of(content.as_bytes());
        Marks {
            query: vec![
                ("timestamp", message.at_ms.to_string()),
                ("sign", STANDARD.encode(sign)),
            ],
            ..Marks::default()
        }
    }
}

#[derive(Debug)]
struct InHeader {
    form: HeaderMac,
    key: Mac,
}

impl Sign for InHeader {
    fn sign(&self, message: &Message<'_>) -> Marks {
        let HeaderMac {
            header,
            prefix,
            timestamp_header,
            over,
            encoding,
        } = &self.form;
        let seconds = message.seconds().to_string();
        let signature = match over {
            Over::Body => self.key.of(message.body),
            Over::TimestampBody => {
                let content = [seconds.as_bytes(), b".", message.body].concat();
                self.key.of(&content)
            }
        };
        let signature = match encoding {
            Encoding::Hex => hex::encode(signature),
            Encoding::Base64 => STANDARD.encode(signature),
        };
        let marks = Marks::default().header(header.clone(), &format!("{prefix}{signature}"));
        match timestamp_header {
            Some(name) => marks.header(name.clone(), &seconds),
            None => marks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: Message<'static> = Message {
        id: "01K",
        at_ms: 1_700_000_000_123,
        body: b"{}",
    };

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn tokens_and_passwords_stand_in_the_authorization_header_and_do_not_print() {
        let bearer = Signer::bearer(secret("t0ken"));
        assert_eq!(bearer.sign(&MESSAGE).headers[AUTHORIZATION], "Bearer t0ken");
        assert!(!format!("{bearer:?}{:?}", bearer.sign(&MESSAGE)).contains("t0ken"));
        let basic = Signer::basic(secret("Aladdin:open sesame")).unwrap();
        assert_eq!(
            basic.sign(&MESSAGE).headers[AUTHORIZATION],
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert!(Signer::basic(secret("nobody")).is_err());
        assert!(Signer::none().sign(&MESSAGE).headers.is_empty());
    }

    #[test]
    fn a_mac_in_a_header_is_over_what_was_agreed_and_written_as_agreed() {
        let form = |over, encoding| HeaderMac {
            header: HeaderName::from_static("x-signature"),
            prefix: "sha256=".to_owned(),
            timestamp_header: Some(HeaderName::from_static("x-timestamp")),
            over,
            encoding,
        };
        // echo -n '{}' | openssl dgst -sha256 -hmac key
        let signer = Signer::header(form(Over::Body, Encoding::Hex), Mac::Sha256(secret("key")));
        let marks = signer.sign(&MESSAGE);
        assert_eq!(
            marks.headers["x-signature"],
            "sha256=a777724d943eb48dc69bca8a4a6d57a04db3f9ec7e1de4e581e860265bdf3032"
        );
        assert_eq!(marks.headers["x-timestamp"], "1700000000");
        let over = Signer::header(
            form(Over::TimestampBody, Encoding::Base64),
            Mac::Sm3(secret("key")),
        );
        let whole = Mac::Sm3(secret("key")).of(b"1700000000.{}");
        let expected = format!("sha256={}", STANDARD.encode(whole));
        assert_eq!(over.sign(&MESSAGE).headers["x-signature"], expected.as_str());
    }

    #[test]
    fn the_robot_of_dingtalk_is_signed_as_its_manual_says() {
        let marks = Signer::dingtalk(secret("SEC1")).sign(&MESSAGE);
        let content = Mac::Sha256(secret("SEC1")).of(b"1700000000123\nSEC1");
        assert_eq!(
            marks.query,
            [
                ("timestamp", "1700000000123".to_owned()),
                ("sign", STANDARD.encode(content))
            ]
        );
    }
}
