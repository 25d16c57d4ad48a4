//! How a request is signed: what is put into its headers or its query so that the receiver knows it is ours and unaltered.
//! Here because every platform wants another form, and none of them is worth a channel of its own.
//! In: id, time, body. Out: headers and query parameters.
//! Not here: sending. A key never prints.

mod dialect;
mod scheme;
mod sm2;
mod verify;

use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

pub use dialect::{Encoding, HeaderMac, Mac, Over, Signer};
pub use scheme::{Scheme, Schemes};
pub use sm2::Sm2Signing;
pub(crate) use verify::is_signed;

/// What is signed.
pub struct Message<'a> {
    /// The message's id, constant over retries.
    pub id: &'a str,
    /// When this attempt is made.
    pub at_ms: i64,
    /// The body as it is sent.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// The attempt's time, in seconds.
    #[must_use]
    pub const fn seconds(&self) -> i64 {
        self.at_ms.div_euclid(1000)
    }
}

/// What a signature adds to a request.
#[derive(Debug, Default)]
pub struct Marks {
    /// Headers.
    pub headers: HeaderMap,
    /// Query parameters.
    pub query: Vec<(&'static str, String)>,
}

impl Marks {
    /// With `value` as header `name`; one that cannot be a header is left out, which the receiver will refuse.
    fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }
}

/// Signs requests. What a site's own signing server or hardware does is one more of these.
pub trait Sign: Send + Sync + fmt::Debug {
    /// What `message` carries.
    fn sign(&self, message: &Message<'_>) -> Marks;
}

/// Standard Webhooks: three headers, one signature for each scheme and key.
#[derive(Debug)]
pub(super) struct StandardWebhooks {
    schemes: Schemes,
}

impl StandardWebhooks {
    /// Signed with every one of `schemes`.
    #[must_use]
    pub(super) fn with(schemes: Schemes) -> Arc<dyn Sign> {
        Arc::new(Self { schemes })
    }
}

impl Sign for StandardWebhooks {
    fn sign(&self, message: &Message<'_>) -> Marks {
        let seconds = message.seconds().to_string();
        let content = [
            message.id.as_bytes(),
            b".",
            seconds.as_bytes(),
            b".",
            message.body,
        ]
        .concat();
        Marks::default()
            .header(HeaderName::from_static("webhook-id"), message.id)
            .header(HeaderName::from_static("webhook-timestamp"), &seconds)
            .header(
                HeaderName::from_static("webhook-signature"),
                &self.schemes.sign(&content),
            )
    }
}
