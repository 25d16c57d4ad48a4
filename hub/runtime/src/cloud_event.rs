//! Events as CloudEvents 1.0, structured JSON.
//! Here because webhook, batch, file and whoever fetches must be told the same of an event.
//! In: an event of the outbox. Out: its JSON, equal for every attempt and every way.
//! Not here: the payload, which is made with the change it tells of (hub-model).

use hub_store::{Delivery, PulledEvent};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock;

/// Digits of a sequence: compared as text, as CloudEvents' `sequence` extension asks.
const SEQUENCE_DIGITS: usize = 20;
/// What every type of ours begins with, and no schema's name repeats.
const PREFIX: &str = "cn.gov.hub.";
/// Where schemas are when nobody says: a name, which needs no server to be one.
const SCHEMAS: &str = "urn:hub:schema:";

/// What there is to tell of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    sequence: i64,
    event_id: &'a str,
    case_id: &'a str,
    kind: &'a str,
    at_ms: i64,
    data: &'a str,
    traceparent: Option<&'a str>,
}

impl<'a> From<&'a Delivery> for Told<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            sequence: delivery.sequence,
            event_id: &delivery.event_id,
            case_id: &delivery.case_id,
            kind: &delivery.kind,
            at_ms: delivery.at_ms,
            data: &delivery.data,
            traceparent: delivery.traceparent.as_deref(),
        }
    }
}

impl<'a> From<&'a PulledEvent> for Told<'a> {
    fn from(event: &'a PulledEvent) -> Self {
        Self {
            sequence: event.sequence,
            event_id: &event.event_id,
            case_id: &event.case_id,
            kind: &event.kind,
            at_ms: event.at_ms,
            data: &event.data,
            traceparent: event.traceparent.as_deref(),
        }
    }
}

/// A place in the outbox as receivers compare it.
pub(crate) fn sequence(number: i64) -> String {
    format!("{number:0SEQUENCE_DIGITS$}")
}

/// What events say of where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    site: String,
    schemas: String,
}

impl Source {
    /// Of the hub called `site`, whose schemas are below `schemas`.
    #[must_use]
    pub fn new(site: &str, schemas: Option<&str>) -> Self {
        Self {
            site: site.to_owned(),
            schemas: schemas.unwrap_or(SCHEMAS).to_owned(),
        }
    }

    /// What names this hub.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The event that `told` is of, as receivers get it.
    pub(crate) fn event<'a>(&self, told: impl Into<Told<'a>>) -> Result<CloudEvent, serde_json::Error> {
        let told: Told<'a> = told.into();
        let subject = format!("case/{}", told.case_id);
        Ok(CloudEvent {
            specversion: "1.0",
            id: told.event_id.to_owned(),
            source: self.name(),
            r#type: told.kind.to_owned(),
            partitionkey: Some(subject.clone()),
            subject,
            time: clock::rfc3339(told.at_ms),
            datacontenttype: "application/json",
            dataschema: self.schema(told.kind),
            sequence: Some(sequence(told.sequence)),
            traceparent: told.traceparent.map(str::to_owned),
            data: serde_json::from_str(told.data)?,
        })
    }

    /// A ping of `endpoint`, which is about no case and has no place in the order.
    pub(crate) fn ping(&self, endpoint: &str, at_ms: i64) -> Result<CloudEvent, serde_json::Error> {
        const PING: &str = "cn.gov.hub.endpoint.ping.v1";
        Ok(CloudEvent {
            specversion: "1.0",
            id: clock::event_id(at_ms).to_string(),
            source: self.name(),
            r#type: PING.to_owned(),
            subject: format!("endpoint/{endpoint}"),
            time: clock::rfc3339(at_ms),
            datacontenttype: "application/json",
            dataschema: self.schema(PING),
            sequence: None,
            partitionkey: None,
            traceparent: None,
            data: serde_json::value::to_raw_value(&serde_json::json!({ "endpoint": endpoint }))?,
        })
    }

    fn name(&self) -> String {
        format!("/hub/{}", self.site)
    }

    fn schema(&self, kind: &str) -> String {
        format!(
            "{}{}.json",
            self.schemas,
            kind.strip_prefix(PREFIX).unwrap_or(kind)
        )
    }
}

/// A CloudEvent.
#[derive(Debug, Serialize)]
pub(crate) struct CloudEvent {
    specversion: &'static str,
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) r#type: String,
    pub(crate) subject: String,
    pub(crate) time: String,
    datacontenttype: &'static str,
    dataschema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sequence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitionkey: Option<String>,
    /// The trace it came to be in, by the extension for distributed tracing; how it travels is the header's to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    pub(crate) data: Box<RawValue>,
}
