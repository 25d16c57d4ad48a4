//! One attempt to push one event: Standard Webhooks headers, HTTP POST.
//! Here because what a receiver answers decides between done, later and never.
//! In: a delivery, a channel. Out: what became of it.
//! Not here: when to try again (relay) and order.

use std::time::Duration;

use futures::StreamExt;
use hub_store::Delivery;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use zeroize::Zeroizing;

use crate::cloud_event::{self, Told};
use crate::settings::Channel;
use crate::{Error, Result, clock, signature};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read; the rest is of no use.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The longest wait a receiver may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The receiver has it.
    Acknowledged,
    /// Try again by the schedule, or after what the receiver asked.
    Later { after: Option<Duration> },
    /// The receiver says this event will never do; a few tries, then a person looks.
    Refused,
}

/// A channel, ready to send.
pub(crate) struct Webhook {
    client: Client,
    key: Zeroizing<Vec<u8>>,
    site: String,
    pub(crate) channel: Channel,
}

impl Webhook {
    pub(crate) fn new(channel: Channel, site: &str) -> Result<Self> {
        let fail = |message: String| Error::Channel {
            channel: channel.id.clone(),
            message,
        };
        let key = channel
            .secret
            .signing_key()
            .map_err(|message| fail(message.to_owned()))?;
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(channel.timeout)
            .build()
            .map_err(|error| fail(error.to_string()))?;
        Ok(Self {
            client,
            key,
            site: site.to_owned(),
            channel,
        })
    }

    pub(crate) async fn send(&self, delivery: &Delivery) -> Answer {
        let body = match self.body(delivery) {
            Ok(body) => body,
            Err(error) => {
                return Answer {
                    verdict: Verdict::Refused,
                    status: None,
                    error: Some(error.to_string()),
                };
            }
        };
        let timestamp = clock::now_ms() / 1000;
        let sent = self
            .client
            .post(self.channel.url.clone())
            .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", &delivery.event_id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                signature::signature(&self.key, &delivery.event_id, timestamp, &body),
            )
            .body(body)
            .send()
            .await;
        match sent {
            Ok(response) => answered(response).await,
            Err(error) => Answer {
                verdict: Verdict::Later { after: None },
                status: None,
                error: Some(cause_of(&error)),
            },
        }
    }

    /// The event as receivers get it; equal for every attempt.
    fn body(&self, delivery: &Delivery) -> std::result::Result<Vec<u8>, serde_json::Error> {
        let told = Told {
            sequence: delivery.sequence,
            event_id: &delivery.event_id,
            case_id: &delivery.case_id,
            kind: &delivery.kind,
            at_ms: delivery.at_ms,
            data: &delivery.data,
        };
        cloud_event::render(&self.site, told).map(String::into_bytes)
    }
}

async fn answered(response: Response) -> Answer {
    let status = response.status();
    let after = retry_after(response.headers());
    let whole = drained(response).await;
    let verdict = match whole {
        // Half an answer is no answer: the receiver may not have what it was about to confirm.
        Err(error) => {
            return Answer {
                verdict: Verdict::Later { after: None },
                status: Some(status.as_u16()),
                error: Some(error),
            };
        }
        Ok(()) => verdict(status, after),
    };
    let error = (verdict != Verdict::Acknowledged).then(|| format!("the receiver answered {status}"));
    Answer {
        verdict,
        status: Some(status.as_u16()),
        error,
    }
}

fn verdict(status: StatusCode, after: Option<Duration>) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Acknowledged,
        400 | 404 | 410 | 413 | 415 | 422 => Verdict::Refused,
        _ => Verdict::Later { after },
    }
}

/// Reads the answer to its end, so that the connection can be used again; bounded.
async fn drained(response: Response) -> std::result::Result<(), String> {
    let mut bytes = 0;
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        bytes += chunk.map_err(|error| cause_of(&error))?.len();
        if bytes > ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok(())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
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
    } else {
        "broke off"
    };
    format!("{kind}: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_status_means() {
        let later = |seconds: Option<u64>| Verdict::Later {
            after: seconds.map(Duration::from_secs),
        };
        let table = [
            (200, Verdict::Acknowledged),
            (202, Verdict::Acknowledged),
            (302, later(None)),
            (401, later(None)),
            (404, Verdict::Refused),
            (422, Verdict::Refused),
            (429, later(None)),
            (500, later(None)),
        ];
        for (status, expected) in table {
            assert_eq!(
                verdict(StatusCode::from_u16(status).unwrap(), None),
                expected,
                "{status}"
            );
        }
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        headers.insert(RETRY_AFTER, "999999999".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(RETRY_AFTER_MAX));
    }
}
