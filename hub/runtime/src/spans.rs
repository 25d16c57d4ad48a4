//! Spans: what has a beginning and an end, for whoever has them told to a collector.
//! Here because a run, the check of it and what is pushed of it are one story, and several crates have a part in it.
//! In: what begins, what it came to. Out: spans of `tracing` with the log's own fields; the trace of one as W3C's `traceparent`.
//! Not here: who tells them to whom (hub). Nothing of a row is in one.

use std::sync::OnceLock;

use hub_model::{RunFault, RunState};
use hub_store::{Attempt, AttemptOutcome, Delivery};
use tracing::Span;
use tracing::field::Empty;

use crate::clock;

/// What a span is marked with that did not end well.
const WRONG: &str = "ERROR";

/// Whoever knows which trace a span is of.
pub trait Traces: Send + Sync {
    /// The span as W3C writes it; none when it is of no trace.
    fn traceparent(&self, span: &Span) -> Option<String>;

    /// `span`, which nobody has entered yet, is below the one that `traceparent` names.
    fn below(&self, span: &Span, traceparent: &str);

    /// `span` follows from the one that `traceparent` names too.
    fn follows(&self, span: &Span, traceparent: &str);
}

static TRACES: OnceLock<Box<dyn Traces>> = OnceLock::new();

/// Has `traces` asked from now on; the first one stays.
pub fn traced_by(traces: Box<dyn Traces>) {
    let _ = TRACES.set(traces);
}

/// The span this is called in, as W3C writes it; none where nobody traces.
#[must_use]
pub fn here() -> Option<String> {
    TRACES.get()?.traceparent(&Span::current())
}

/// A request to the departments' API, below the span its sender names.
#[must_use]
pub fn request(method: &str, route: &str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        otel.status_code = Empty,
        method,
        route,
        status = Empty,
    );
    if let Some((traces, traceparent)) = TRACES.get().zip(traceparent) {
        traces.below(&span, traceparent);
    }
    span
}

/// The request was answered with `status`.
pub fn answered(span: &Span, status: u16) {
    span.record("status", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", WRONG);
    }
}

/// A fire of `schedule`.
pub(crate) fn fire(schedule: &str, nominal_ms: i64) -> Span {
    tracing::info_span!(
        "fire",
        otel.status_code = Empty,
        schedule,
        nominal = clock::rfc3339(nominal_ms),
        outcome = Empty,
    )
}

/// The fire came to `outcome`.
pub(crate) fn fired(span: &Span, outcome: &str, well: bool) {
    span.record("outcome", outcome);
    if !well {
        span.record("otel.status_code", WRONG);
    }
}

/// What one turn does: runs, and the check of them.
pub(crate) fn turn() -> Span {
    tracing::info_span!("turn")
}

/// A run of `connector`.
pub(crate) fn run(connector: &str) -> Span {
    tracing::info_span!(
        "run",
        otel.status_code = Empty,
        connector,
        run = Empty,
        outcome = Empty,
        fault = Empty,
    )
}

/// The run ended as `state`, by `fault` when it failed.
pub(crate) fn ran(span: &Span, state: RunState, fault: Option<&RunFault>) {
    span.record("outcome", state.as_str());
    if let Some(fault) = fault {
        span.record("fault", &*fault.category);
        span.record("otel.status_code", WRONG);
    }
}

/// Fetching and landing what a connector has: its child hands on a batch, and the hub writes it.
pub(crate) fn read() -> Span {
    tracing::info_span!("read")
}

/// Giving the rows of `stream` their meaning.
pub(crate) fn normalise(stream: &str, rows: u64) -> Span {
    tracing::info_span!("normalise", stream, rows = whole(rows))
}

/// A check, with all that follows from it.
pub(crate) fn check() -> Span {
    tracing::info_span!("check", rules = Empty, opened = Empty, cleared = Empty)
}

/// The check at hand was of so many rules, and opened and cleared so many warnings.
pub(crate) fn checked(rules: u64, opened: u64, cleared: u64) {
    let span = Span::current();
    span.record("rules", whole(rules));
    span.record("opened", whole(opened));
    span.record("cleared", whole(cleared));
}

/// Finding whom rows speak of.
pub(crate) fn link() -> Span {
    tracing::info_span!("link")
}

/// Evaluating the rules.
pub(crate) fn evaluate() -> Span {
    tracing::info_span!("evaluate")
}

/// Making it all true, with `events` to tell.
pub(crate) fn commit(events: usize) -> Span {
    tracing::info_span!("commit", events = whole(events as u64))
}

/// A message with `events` to the endpoint `sink`: below the span the first of them came to be in.
pub(crate) fn push(sink: &str, events: &[Delivery]) -> Span {
    let span = push_of(sink, events.len() as u64);
    if let [event] = events {
        span.record("event_id", &*event.event_id);
    }
    if let Some(traces) = TRACES.get() {
        let mut told: Vec<&str> = events
            .iter()
            .filter_map(|event| event.traceparent.as_deref())
            .collect();
        told.dedup();
        let mut told = told.into_iter();
        if let Some(first) = told.next() {
            traces.below(&span, first);
        }
        for other in told {
            traces.follows(&span, other);
        }
    }
    span
}

/// The same of everything that waits there.
pub(crate) fn push_of(sink: &str, events: u64) -> Span {
    tracing::info_span!(
        "push",
        otel.kind = "client",
        otel.status_code = Empty,
        sink,
        events = whole(events),
        event_id = Empty,
        attempt = Empty,
        outcome = Empty,
        status = Empty,
    )
}

/// The message came to these attempts; of several the worst is told.
pub(crate) fn pushed(span: &Span, attempts: &[Attempt]) {
    let badness = |attempt: &&Attempt| match attempt.outcome {
        AttemptOutcome::Acknowledged => 0,
        AttemptOutcome::Retry { .. } => 1,
        AttemptOutcome::Dead => 2,
    };
    let Some(attempt) = attempts.iter().max_by_key(badness) else {
        return;
    };
    span.record("attempt", i64::from(attempt.number));
    span.record("outcome", attempt.outcome.as_str());
    span.record("status", attempt.status.map(i64::from));
    if attempt.outcome != AttemptOutcome::Acknowledged {
        span.record("otel.status_code", WRONG);
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
