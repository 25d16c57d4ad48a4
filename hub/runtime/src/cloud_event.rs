//! An event as it looks outside: CloudEvents 1.0, structured JSON.
//! Here because whoever is pushed to and whoever fetches must get the same event, byte for byte.
//! In: an event of the outbox. Out: JSON text, equal whenever it is rendered.
//! Not here: transports, signatures; what an event is about (model).

use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock;

/// Digits of a sequence: compared as text, as CloudEvents' `sequence` extension asks.
const SEQUENCE_DIGITS: usize = 20;

/// What there is to render.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// Its place in the outbox.
    pub(crate) sequence: i64,
    /// Its id, constant over retries.
    pub(crate) event_id: &'a str,
    /// Its case.
    pub(crate) case_id: &'a str,
    /// Its CloudEvents type.
    pub(crate) kind: &'a str,
    /// When it happened.
    pub(crate) at_ms: i64,
    /// Its payload, JSON text.
    pub(crate) data: &'a str,
}

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    r#type: &'a str,
    subject: &'a str,
    time: String,
    datacontenttype: &'a str,
    sequence: String,
    partitionkey: &'a str,
    data: Box<RawValue>,
}

/// The event of the hub of `site`.
pub(crate) fn render(site: &str, told: Told<'_>) -> serde_json::Result<String> {
    let subject = format!("case/{}", told.case_id);
    serde_json::to_string(&CloudEvent {
        specversion: "1.0",
        id: told.event_id,
        source: &format!("/hub/{site}"),
        r#type: told.kind,
        subject: &subject,
        time: clock::rfc3339(told.at_ms),
        datacontenttype: "application/json",
        sequence: sequence(told.sequence),
        partitionkey: &subject,
        data: serde_json::from_str(told.data)?,
    })
}

/// A place in the outbox as receivers compare it.
pub(crate) fn sequence(number: i64) -> String {
    format!("{number:0SEQUENCE_DIGITS$}")
}
