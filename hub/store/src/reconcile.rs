//! What became of the events of a month, endpoint by endpoint: sent, received, accepted, answered.
//! Here because "we sent it" and "nothing ever came" are settled once a month by counting the same things.
//! In: the beginning and the end of the month. Out: a row for each endpoint that is pushed to, and for each that fetches.
//! Not here: sending, and how the table is printed.

use serde::Serialize;

use crate::db::{self, Row};
use crate::{Result, Store};

/// How an endpoint gets its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The hub pushes.
    Push,
    /// It fetches.
    Pull,
}

/// An endpoint's month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// The channel, or the credential.
    pub endpoint: String,
    /// How it gets its events.
    pub way: Way,
    /// Events that happened in the month and were for it.
    pub events: u64,
    /// Those of them that were sent or handed out at least once.
    pub sent: u64,
    /// Those that it confirmed.
    pub received: u64,
    /// Cases that the events it confirmed were about.
    pub cases: u64,
    /// Those of them that were accepted after the event, or at any time since.
    pub accepted: u64,
    /// Those that were verified or rejected since.
    pub answered: u64,
}

/// Counts over `told (endpoint, case_id, at_ms, sent, received)`.
macro_rules! counted {
    () => {
        "SELECT endpoint, count(*) AS events, count(*) FILTER (WHERE sent) AS sent,
             count(*) FILTER (WHERE received) AS received,
             count(DISTINCT CASE WHEN received THEN case_id END) AS cases,
             count(DISTINCT CASE WHEN received AND EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = told.case_id
                 AND e.action = 'accept' AND e.at_ms >= told.at_ms) THEN case_id END) AS accepted,
             count(DISTINCT CASE WHEN received AND EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = told.case_id
                 AND e.action IN ('verify', 'reject') AND e.at_ms >= told.at_ms) THEN case_id END) AS answered
         FROM told GROUP BY endpoint ORDER BY endpoint"
    };
}

impl Store {
    /// What became of the events that happened from `from_ms` to before `to_ms`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn reconcile(&self, from_ms: i64, to_ms: i64) -> Result<Vec<Reconciled>> {
        let pushed = concat!(
            "WITH told AS (SELECT d.endpoint, d.case_id, o.at_ms, d.attempts > 0 AS sent, d.state = 'acknowledged' AS received
                 FROM outbox o JOIN delivery d USING (sequence) WHERE o.at_ms >= ?1 AND o.at_ms < ?2) ",
            counted!()
        );
        let fetched = concat!(
            "WITH told AS (SELECT p.credential_id AS endpoint, o.case_id, o.at_ms, o.sequence <= p.served AS sent,
                     o.sequence <= p.acknowledged AS received
                 FROM outbox o JOIN cases c USING (case_id) JOIN pull p ON true JOIN credential k USING (credential_id)
                 WHERE o.at_ms >= ?1 AND o.at_ms < ?2 AND (k.department IS NULL OR k.department = c.department)
                   AND substr(coalesce(c.division, ''), 1, length(k.division)) = k.division) ",
            counted!()
        );
        let mut endpoints = Vec::new();
        for (sql, way) in [(pushed, Way::Push), (fetched, Way::Pull)] {
            let rows = db::query(sql)
                .bind(from_ms)
                .bind(to_ms)
                .fetch_all(&self.reader)
                .await?;
            for row in &rows {
                endpoints.push(reconciled(row, way)?);
            }
        }
        Ok(endpoints)
    }
}

fn reconciled(row: &Row, way: Way) -> Result<Reconciled> {
    let count = |column: &str| -> Result<u64> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
    };
    Ok(Reconciled {
        endpoint: row.try_get("endpoint")?,
        way,
        events: count("events")?,
        sent: count("sent")?,
        received: count("received")?,
        cases: count("cases")?,
        accepted: count("accepted")?,
        answered: count("answered")?,
    })
}
