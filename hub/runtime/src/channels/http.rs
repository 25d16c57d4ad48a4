//! One POST: no redirects, no proxies, only to addresses that were looked at, bounded in time and size.
//! Here because every channel over HTTP needs the same care.
//! In: an address, headers, a body. Out: the reply, or why there is none.
//! Not here: what a reply means (answer), what is sent.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};
use url::{Host, Url};

use super::answer::{Answer, Reply, retry_after};
use super::networks::{Looked, Networks, SystemNames};
use crate::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read; the rest is of no use.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Connections to one receiver that are kept open between two messages.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// A client for one receiver.
pub(super) struct Http {
    client: Client,
    networks: Arc<Networks>,
}

impl Http {
    /// For `channel`, which may connect to `networks` and trusts `authorities` besides the system's.
    pub(super) fn new(
        channel: &str,
        timeout: Duration,
        networks: &Arc<Networks>,
        authorities: &[u8],
    ) -> Result<Self> {
        let fail = |error: reqwest::Error| Error::Channel {
            channel: channel.to_owned(),
            message: cause_of(&error),
        };
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .dns_resolver(Arc::new(Looked {
                networks: Arc::clone(networks),
                names: Arc::new(SystemNames),
            }));
        if !authorities.is_empty() {
            for authority in Certificate::from_pem_bundle(authorities).map_err(fail)? {
                builder = builder.add_root_certificate(authority);
            }
        }
        Ok(Self {
            client: builder.build().map_err(fail)?,
            networks: Arc::clone(networks),
        })
    }

    /// Sends `body`. What is no reply is an answer already.
    pub(super) async fn post(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        at_ms: i64,
    ) -> Result<Reply, Answer> {
        self.look(&url)?;
        let sent = self.client.post(url).headers(headers).body(body).send().await;
        let response = sent.map_err(|error| Answer::failed(None, cause_of(&error)))?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| retry_after(header, at_ms));
        // Half an answer is no answer: the receiver may not have what it was about to confirm.
        let body = read(response)
            .await
            .map_err(|error| Answer::failed(Some(status), format!("the answer broke off: {error}")))?;
        Ok(Reply {
            status,
            retry_after,
            body,
        })
    }

    /// A host written as an address is not resolved: it is looked at here.
    fn look(&self, url: &Url) -> Result<(), Answer> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => std::net::IpAddr::V6(address).to_canonical(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        let looked = self.networks.look(&address.to_string(), address);
        looked.map_err(|told| Answer::failed(None, told.to_string()))
    }
}

/// The answer to its end, so that the connection can be used again; of a long one only its beginning.
async fn read(response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| cause_of(&error))?;
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause, without the URL, which may carry a key.
fn cause_of(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let kind = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "could not connect"
    } else if error.is_builder() {
        "cannot be set up"
    } else {
        "broke off"
    };
    // An error that is its own cause names the URL.
    match error.url() {
        Some(url) if cause.to_string().contains(url.as_str()) => kind.to_owned(),
        Some(_) | None => format!("{kind}: {cause}"),
    }
}
