//! Events as CloudEvents 1.0, structured JSON.
//! Here because webhook, batch and file must say the same of an event.
//! In: a delivery. Out: its JSON, equal for every attempt and every channel.
//! Not here: the payload, which is made with the change it tells of (hub-model).

use hub_store::Delivery;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock;

/// Digits of a sequence: compared as text, as CloudEvents' `sequence` extension asks.
const SEQUENCE_DIGITS: usize = 20;
/// What every type of ours begins with, and no schema's name repeats.
const PREFIX: &str = "cn.gov.hub.";
/// Where schemas are when nobody says: a name, which needs no server to be one.
const SCHEMAS: &str = "urn:hub:schema:";

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

    /// `delivery` as receivers get it.
    pub(super) fn event(&self, delivery: &Delivery) -> Result<CloudEvent, serde_json::Error> {
        let subject = format!("case/{}", delivery.case_id);
        Ok(CloudEvent {
            specversion: "1.0",
            id: delivery.event_id.clone(),
            source: self.name(),
            r#type: delivery.kind.clone(),
            partitionkey: Some(subject.clone()),
            subject,
            time: clock::rfc3339(delivery.at_ms),
            datacontenttype: "application/json",
            dataschema: self.schema(&delivery.kind),
            sequence: Some(format!("{:0SEQUENCE_DIGITS$}", delivery.sequence)),
            data: serde_json::from_str(&delivery.data)?,
        })
    }

    /// A ping of `endpoint`, which is about no case and has no place in the order.
    pub(super) fn ping(&self, endpoint: &str, at_ms: i64) -> Result<CloudEvent, serde_json::Error> {
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
pub(super) struct CloudEvent {
    specversion: &'static str,
    pub(super) id: String,
    pub(super) source: String,
    pub(super) r#type: String,
    pub(super) subject: String,
    pub(super) time: String,
    datacontenttype: &'static str,
    dataschema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitionkey: Option<String>,
    pub(super) data: Box<RawValue>,
}
