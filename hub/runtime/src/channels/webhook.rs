//! Events by HTTP POST: CloudEvents with Standard Webhooks headers, or a platform's own dialect.
//! Here because most receivers are servers.
//! In: events of different cases. Out: one request, and what its answer means.
//! Not here: when to try again (relay), signatures (sign), addresses (networks).

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_store::Delivery;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Error as JsonError;
use sha2::{Digest, Sha256};

use super::http::Http;
use super::sign::Message;
use super::{Answer, EventChannel, Verdict, Webhook};
use crate::cloud_event::{CloudEvent, Source};
use crate::{Error, Result, spans};

const ONE: HeaderValue = HeaderValue::from_static("application/cloudevents+json; charset=utf-8");
const MANY: HeaderValue = HeaderValue::from_static("application/cloudevents-batch+json; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const REPLAY: HeaderName = HeaderName::from_static("hub-replay");
/// Bytes of the digest that names a batch.
const BATCH_ID_BYTES: usize = 16;

/// A webhook, ready to send.
pub(super) struct Channel {
    id: String,
    http: Http,
    settings: Webhook,
    source: Source,
    headers: HeaderMap,
}

/// A message: its id, its type, its body.
struct Body {
    id: String,
    content_type: HeaderValue,
    bytes: Vec<u8>,
}

impl Channel {
    pub(super) fn new(id: &str, settings: &Webhook, source: Source) -> Result<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let header = HeaderName::try_from(name)
                .ok()
                .zip(HeaderValue::try_from(value).ok());
            let (name, value) = header.ok_or_else(|| Error::Channel {
                channel: id.to_owned(),
                message: format!("headers: {name:?} cannot be a header"),
            })?;
            headers.insert(name, value);
        }
        Ok(Self {
            id: id.to_owned(),
            http: Http::new(id, settings.timeout, &settings.networks, &settings.authorities)?,
            settings: settings.clone(),
            source,
            headers,
        })
    }

    fn message(&self, events: &[Delivery], at_ms: i64) -> Result<Body, JsonError> {
        let mut told = Vec::with_capacity(events.len());
        for event in events {
            told.push(self.source.event(event)?);
        }
        self.body(told, at_ms)
    }

    fn body(&self, mut events: Vec<CloudEvent>, at_ms: i64) -> Result<Body, JsonError> {
        if let [event] = events.as_mut_slice()
            && self.settings.batch_max <= 1
        {
            let (content_type, bytes) = match &self.settings.template {
                Some(template) => (JSON, template.body(event, at_ms)?),
                None => (ONE, serde_json::to_vec(event)?),
            };
            return Ok(Body {
                id: std::mem::take(&mut event.id),
                content_type,
                bytes,
            });
        }
        // The same batch has the same id, another one another: a receiver that knows an id may drop what carries it.
        let mut digest = Sha256::new();
        for event in &events {
            digest.update(event.id.as_bytes());
            digest.update(b" ");
        }
        let digest = digest.finalize();
        Ok(Body {
            id: format!(
                "batch_{}",
                hex::encode(digest.get(..BATCH_ID_BYTES).unwrap_or(&digest))
            ),
            content_type: MANY,
            bytes: serde_json::to_vec(&events)?,
        })
    }

    async fn post(&self, body: std::result::Result<Body, JsonError>, replay: bool, at_ms: i64) -> Answer {
        let body = match body {
            Ok(body) => body,
            Err(error) => return Answer::not(Verdict::Refused, None, format!("event JSON: {error}")),
        };
        let marks = self.settings.signer.sign(&Message {
            id: &body.id,
            at_ms,
            body: &body.bytes,
        });
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, body.content_type);
        headers.extend(marks.headers);
        if replay {
            headers.insert(REPLAY, HeaderValue::from_static("1"));
        }
        // Which attempt this is of: the event's own, in the body, says where it came to be, and is signed and the same each time.
        if let Some(here) = spans::here().and_then(|here| HeaderValue::try_from(here).ok()) {
            headers.insert(TRACEPARENT, here);
        }
        let mut url = self.settings.url.clone();
        if !marks.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&marks.query);
        }
        match self.http.post(url, headers, body.bytes, at_ms).await {
            Ok(reply) => reply.judged(self.settings.success.as_ref(), self.settings.busy.as_ref()),
            Err(answer) => answer,
        }
    }
}

impl EventChannel for Channel {
    fn send<'a>(&'a self, events: &'a [Delivery], at_ms: i64) -> BoxFuture<'a, Answer> {
        let replay = events.iter().any(|event| event.replay);
        self.post(self.message(events, at_ms), replay, at_ms).boxed()
    }

    fn ping(&self, at_ms: i64) -> BoxFuture<'_, Answer> {
        let event = self.source.ping(&self.id, at_ms);
        let body = event.and_then(|event| self.body(vec![event], at_ms));
        self.post(body, false, at_ms).boxed()
    }

    fn batch_max(&self) -> usize {
        self.settings.batch_max
    }

    fn concurrency(&self) -> usize {
        self.settings.concurrency
    }
}
