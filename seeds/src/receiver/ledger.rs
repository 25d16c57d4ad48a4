//! Ledger: what the receiver has seen: ids, order, meanings, counts, and how it was told to behave.
//! Here because "at least once, in order, no effective duplicate" is judged at the receiving end.
//! In: verified events and refusals, one at a time. Out: the HTTP status to give, `Stats`, one JSON line per request.
//! Not here: HTTP (mod.rs), signatures (verify.rs). Events are remembered as 16-byte digests, their data is not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::verify::{Event, Key, Refusal, key};

/// Events whose ids are remembered; a receiver that would have to forget one answers 507 instead.
pub const EVENTS_MAX: usize = 2_000_000;
/// Event types counted by name; further ones are counted as `other`.
pub const TYPES_MAX: usize = 100;
/// Subjects with order violations listed by name; all are counted.
pub const SUBJECTS_LISTED_MAX: usize = 100;
/// Longest delay of an answer.
pub const DELAY_MS_MAX: u64 = 600_000;

/// How the receiver is told to behave (`PUT /control`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Control {
    /// Status to answer instead of 200; null or 200 behaves normally.
    pub status: Option<u16>,
    /// For so many well-signed requests; null means until told otherwise.
    pub times: Option<u64>,
    /// Wait so long before answering, in milliseconds.
    pub delay_ms: u64,
    /// True: the event is recorded and only the answer fails, as when an acknowledgement is lost on its way.
    pub record: bool,
}

/// What the receiver has seen (`GET /stats`). Every request to `/hook` is in exactly one of
/// `unique`, `duplicates`, `failed_on_request`, `bad_signature`, `invalid`, `over_capacity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Requests to `/hook`.
    pub received: u64,
    /// Events taken for the first time, by `webhook-id`.
    pub unique: u64,
    /// Events whose `webhook-id` was taken before: retries.
    pub duplicates: u64,
    /// Of the unique ones: the same subject, type, fingerprint, round and version as an earlier event under another id.
    pub effective_duplicates: u64,
    /// Well-signed events not recorded because a failure was asked for.
    pub failed_on_request: u64,
    /// Signature wrong, or too old.
    pub bad_signature: u64,
    /// Headers, content type or event wrong.
    pub invalid: u64,
    /// Refused because no more ids can be remembered.
    pub over_capacity: u64,
    /// Unique events without a `sequence`; their order is not judged.
    pub without_sequence: u64,
    /// Unique events whose sequence is not above the last one of their subject.
    pub order_violations: u64,
    /// The same by subject, up to `SUBJECTS_LISTED_MAX`.
    pub order_violations_by_subject: BTreeMap<String, u64>,
    /// Subjects seen.
    pub subjects: u64,
    /// Unique events by type.
    pub types: BTreeMap<String, u64>,
}

/// What to answer, and after what wait.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) delay: Duration,
    pub(crate) text: &'static str,
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) control: Control,
    pub(crate) stats: Stats,
    ids: HashSet<Key>,
    meanings: HashSet<Key>,
    last_sequence: HashMap<Key, Box<str>>,
    log: Option<File>,
}

/// One line of the log: a request that carried a valid event, or one that was refused (then without the event's fields).
#[derive(Default, Serialize)]
struct Line<'a> {
    at_ms: i64,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    event_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<&'a str>,
    duplicate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'a str>,
}

impl Ledger {
    pub(crate) fn new(log: Option<File>) -> Self {
        Self {
            log,
            ..Self::default()
        }
    }

    /// Takes one request; `at_ms` is when it came.
    ///
    /// # Errors
    /// When the log cannot be written; nothing was recorded then.
    pub(crate) fn take(&mut self, request: Result<Event, Refusal>, at_ms: i64) -> io::Result<Answer> {
        let event = match request {
            Ok(event) => event,
            Err(refusal) => return self.refuse(refusal, at_ms),
        };
        let id = key(&[&event.id]);
        let duplicate = self.ids.contains(&id);
        let control = self.next_control();
        let failing = control
            .status
            .and_then(|status| StatusCode::from_u16(status).ok());
        let failing = failing.filter(|status| !status.is_success());
        let recorded = failing.is_none() || control.record;
        let full = recorded && !duplicate && self.ids.len() >= EVENTS_MAX;
        let status = match failing {
            _ if full => StatusCode::INSUFFICIENT_STORAGE,
            Some(status) => status,
            None => StatusCode::OK,
        };
        self.write(&Line {
            at_ms,
            status: status.as_u16(),
            id: Some(&event.id),
            event_type: Some(&event.event_type),
            subject: Some(&event.subject),
            sequence: event.sequence.as_deref(),
            duplicate,
            refused: None,
        })?;
        self.stats.received += 1;
        match (full, recorded, duplicate) {
            (true, _, _) => self.stats.over_capacity += 1,
            (false, false, _) => self.stats.failed_on_request += 1,
            (false, true, true) => self.stats.duplicates += 1,
            (false, true, false) => self.record(id, &event),
        }
        let delay = Duration::from_millis(control.delay_ms.min(DELAY_MS_MAX));
        let text = if status.is_success() {
            ""
        } else {
            "按要求返回的失败"
        };
        Ok(Answer { status, delay, text })
    }

    fn refuse(&mut self, refusal: Refusal, at_ms: i64) -> io::Result<Answer> {
        let status = refusal.status();
        let text = refusal.reason();
        self.write(&Line {
            at_ms,
            status: status.as_u16(),
            refused: Some(text),
            ..Line::default()
        })?;
        self.stats.received += 1;
        match refusal {
            Refusal::Signature | Refusal::Stale => self.stats.bad_signature += 1,
            Refusal::Headers | Refusal::ContentType | Refusal::NotAnEvent(_) => self.stats.invalid += 1,
        }
        Ok(Answer {
            status,
            delay: Duration::ZERO,
            text,
        })
    }

    /// The behaviour for one request; counts `times` down and returns to normal at its end.
    fn next_control(&mut self) -> Control {
        let control = self.control;
        match &mut self.control.times {
            Some(0) => return Control::default(),
            Some(times) => {
                *times -= 1;
                if *times == 0 {
                    self.control = Control::default();
                }
            }
            None => {}
        }
        control
    }

    fn record(&mut self, id: Key, event: &Event) {
        self.ids.insert(id);
        self.stats.unique += 1;
        if let Some(meaning) = event.meaning
            && !self.meanings.insert(meaning)
        {
            self.stats.effective_duplicates += 1;
        }
        let known = self.stats.types.contains_key(&event.event_type) || self.stats.types.len() < TYPES_MAX;
        let name = if known { event.event_type.as_str() } else { "other" };
        *self.stats.types.entry(name.to_owned()).or_insert(0) += 1;
        let subject = key(&[&event.subject]);
        let Some(sequence) = event.sequence.as_deref() else {
            self.stats.without_sequence += 1;
            return;
        };
        let last = self.last_sequence.get(&subject);
        if last.is_some_and(|last| sequence <= &**last) {
            self.stats.order_violations += 1;
            let listed = &mut self.stats.order_violations_by_subject;
            if listed.contains_key(&event.subject) || listed.len() < SUBJECTS_LISTED_MAX {
                *listed.entry(event.subject.clone()).or_insert(0) += 1;
            }
        } else {
            self.last_sequence.insert(subject, sequence.into());
        }
        self.stats.subjects = self.last_sequence.len() as u64;
    }

    fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        // One write per line: a reader of the file never sees half a line.
        log.write_all(&text)
    }
}
