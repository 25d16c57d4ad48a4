//! The outbox: events, written in the transaction of the change they tell, and how many are where.
//! Here because an event must be there exactly when its change is.
//! In: messages, routes. Out: a delivery for each channel an event goes through, counts.
//! Not here: what is due and what became of an attempt (delivery), HTTP, signatures, retry schedules.

use std::collections::BTreeMap;

use hub_model::route::{Matter, NewsKind, Routes};
use hub_model::{CaseId, EventType, OutboxMessage, Severity};
use serde::Serialize;

use crate::db::{self, Row, Tx};
use crate::{Error, Result, Store};

/// Events whose way is looked up at a time.
const MATTERS_AT_ONCE: i64 = 5_000;

/// Counts over the whole outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OutboxCounts {
    /// Deliveries attempted at least once.
    pub sent: u64,
    /// Deliveries a receiver has acknowledged.
    pub acknowledged: u64,
    /// Deliveries whose retries are exhausted.
    pub dead: u64,
    /// Deliveries still to be made.
    pub pending: u64,
}

impl Store {
    /// Knows the channels of `routes` from now on, and gives each that never had a delivery the events there are and that go
    /// through it: a channel added later misses nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn adopt_endpoints(&self, routes: &Routes, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        adopt(&mut tx, routes, at_ms).await?;
        Ok(tx.commit().await?)
    }

    /// Counts over the whole outbox.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts> {
        let (sent, acknowledged, dead, pending): (i64, i64, i64, i64) = db::query_as(
            "SELECT count(*) FILTER (WHERE attempts > 0), count(*) FILTER (WHERE state = 'acknowledged'),
                 count(*) FILTER (WHERE state = 'dead'), count(*) FILTER (WHERE state = 'pending') FROM delivery",
        )
        .fetch_one(&self.reader)
        .await?;
        let [sent, acknowledged, dead, pending] =
            [sent, acknowledged, dead, pending].map(|n| u64::try_from(n).unwrap_or_default());
        Ok(OutboxCounts {
            sent,
            acknowledged,
            dead,
            pending,
        })
    }
}

/// Knows the channels of `routes` from now on, and gives each that never had a delivery the events there are.
pub(crate) async fn adopt(tx: &mut Tx, routes: &Routes, at_ms: i64) -> Result<()> {
    let mut new = Vec::new();
    for endpoint in routes.channels() {
        db::query(
            "INSERT INTO endpoint (endpoint, standing, since_ms) VALUES (?1, 'active', ?2) ON CONFLICT DO NOTHING",
        )
        .bind(endpoint)
        .bind(at_ms)
        .execute(&mut *tx)
        .await?;
        let had: bool = db::query_scalar("SELECT EXISTS (SELECT 1 FROM delivery WHERE endpoint = ?)")
            .bind(endpoint)
            .fetch_one(&mut *tx)
            .await?;
        if !had {
            new.push(endpoint.as_str());
        }
    }
    if !new.is_empty() {
        deliver(tx, routes, &new, 0, at_ms).await?;
    }
    Ok(())
}

/// Adds `messages` in order, each due at the channels that `routes` say, from when they say; all came to be in one trace.
pub(crate) async fn write(
    tx: &mut Tx,
    messages: &[OutboxMessage],
    traceparent: Option<&str>,
    routes: &Routes,
    at_ms: i64,
) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let before: i64 = db::query_scalar("SELECT coalesce(max(sequence), 0) FROM outbox")
        .fetch_one(&mut *tx)
        .await?;
    let statement = (
        "INSERT INTO outbox (event_id, case_id, type, at_ms, data, traceparent) ",
        "",
    );
    db::insert(tx, statement, 6, messages, |values, message| {
        values
            .push_bind(message.id.to_string())
            .push_bind(message.case_id.to_string())
            .push_bind(message.kind.name())
            .push_bind(at_ms)
            .push_bind(&message.data)
            .push_bind(traceparent);
        Ok(())
    })
    .await?;
    let channels: Vec<&str> = routes.channels().iter().map(String::as_str).collect();
    deliver(tx, routes, &channels, before, at_ms).await
}

/// Makes events after `after` due at those of `endpoints` they go through.
async fn deliver(tx: &mut Tx, routes: &Routes, endpoints: &[&str], after: i64, at_ms: i64) -> Result<()> {
    if routes.is_to_all() {
        for endpoint in endpoints {
            let all = db::query(
                "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms, head)
                 SELECT ?1, sequence, case_id, 'pending', 0, ?2,
                     CASE WHEN row_number() OVER (PARTITION BY case_id ORDER BY sequence) = 1
                         AND NOT EXISTS (SELECT 1 FROM delivery AS d INDEXED BY delivery_pending
                                         WHERE d.endpoint = ?1 AND d.case_id = outbox.case_id AND d.state = 'pending')
                     THEN 1 ELSE 0 END
                 FROM outbox WHERE sequence > ?3",
            );
            all.bind(endpoint)
                .bind(at_ms)
                .bind(after)
                .execute(&mut *tx)
                .await?;
        }
        return Ok(());
    }
    let mut after = after;
    loop {
        let page = matters(tx, after).await?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        let mut due: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
        for (sequence, matter) in &page {
            for (channel, way) in routes.ways(matter, at_ms) {
                if endpoints.contains(&channel) {
                    due.entry(channel).or_default().push((*sequence, way.due_ms));
                }
            }
        }
        for (endpoint, due) in due {
            deliver_some(tx, endpoint, &due).await?;
        }
    }
}

/// Makes events due at `endpoint`: sequences, each with its moment.
async fn deliver_some(tx: &mut Tx, endpoint: &str, due: &[(i64, i64)]) -> Result<()> {
    let due = serde_json::to_string(due)?;
    db::query(
        "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms, head)
         SELECT ?1, o.sequence, o.case_id, 'pending', 0, (j.value::json ->> 1)::bigint,
             CASE WHEN row_number() OVER (PARTITION BY o.case_id ORDER BY o.sequence) = 1
                 AND NOT EXISTS (SELECT 1 FROM delivery AS d INDEXED BY delivery_pending
                                 WHERE d.endpoint = ?1 AND d.case_id = o.case_id AND d.state = 'pending')
             THEN 1 ELSE 0 END
         FROM json_each(?2) j JOIN outbox o ON o.sequence = (j.value::json ->> 0)::bigint",
    )
    .bind(endpoint)
    .bind(&due)
    .execute(&mut *tx)
    .await?;
    // What goes before it in its case waits no longer than it does: something grave is not held up by what may wait till morning.
    db::query(
        "UPDATE delivery SET due_ms = urgent.due_ms FROM
             (SELECT o.case_id, min((j.value::json ->> 1)::bigint) AS due_ms
              FROM json_each(?2) j JOIN outbox o ON o.sequence = (j.value::json ->> 0)::bigint GROUP BY o.case_id) AS urgent
         WHERE delivery.endpoint = ?1 AND delivery.case_id = urgent.case_id AND delivery.state = 'pending'
             AND delivery.attempts = 0 AND delivery.due_ms > urgent.due_ms",
    )
    .bind(endpoint)
    .bind(&due)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// What the events after `after` are about, a page of them.
async fn matters(tx: &mut Tx, after: i64) -> Result<Vec<(i64, Matter)>> {
    let rows = db::query(
        "SELECT o.sequence, o.type, c.place, coalesce(c.division, '') AS division,
             coalesce(o.data::json ->> 'department', c.department) AS department,
             coalesce(o.data::json ->> 'severity', c.severity) AS severity,
             coalesce(o.data::json -> 'rule' ->> 'id',
                 (SELECT group_concat(w.rule) FROM warning w WHERE w.case_id = o.case_id), '') AS rules
         FROM outbox o JOIN cases c USING (case_id) WHERE o.sequence > ? ORDER BY o.sequence LIMIT ?",
    )
    .bind(after)
    .bind(MATTERS_AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    rows.iter().map(matter).collect()
}

fn matter(row: &Row) -> Result<(i64, Matter)> {
    let (kind, severity): (String, String) = (row.try_get("type")?, row.try_get("severity")?);
    let event = EventType::ALL.into_iter().find(|event| event.name() == kind);
    let event = event.ok_or(Error::Unreadable {
        what: "outbox.type",
        value: kind,
    })?;
    let rules: String = row.try_get("rules")?;
    let matter = Matter {
        kind: NewsKind::of(event),
        department: row.try_get("department")?,
        place: row.try_get("place")?,
        division: row.try_get("division")?,
        severity: Severity::parse(&severity).ok_or(Error::Unreadable {
            what: "severity",
            value: severity,
        })?,
        rules: rules.split(',').map(str::to_owned).collect(),
    };
    Ok((row.try_get("sequence")?, matter))
}

impl Store {
    /// What news about this case would be about, if it were a warning's; `None` when there is no such case.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn matter_of(&self, case: CaseId) -> Result<Option<Matter>> {
        let row = db::query(
            "SELECT 0 AS sequence, ?2 AS type, c.place, coalesce(c.division, '') AS division, c.department, c.severity,
                 coalesce((SELECT group_concat(w.rule) FROM warning w WHERE w.case_id = c.case_id AND w.cleared_ms IS NULL), '')
                     AS rules
             FROM cases c WHERE c.case_id = ?1",
        )
        .bind(case.to_string())
        .bind(EventType::Opened.name())
        .fetch_optional(&self.reader)
        .await?;
        row.map(|row| Ok(matter(&row)?.1)).transpose()
    }
}
