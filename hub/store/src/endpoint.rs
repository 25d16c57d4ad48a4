//! Endpoints: where each stands, how much waits for it, and the words that change that.
//! Here because a paused receiver must still be paused after a restart, and somebody must be able to see why.
//! In: what was heard. Out: standings, audited whenever one changes.
//! Not here: what follows from what was heard (model), single events (delivery).

use hub_model::push::{Endpoint, Heard, Standing};
use serde::{Deserialize, Serialize};

use crate::db::{self, Row, Tx};
use crate::{AuditEntry, Error, Result, Store, audit};
use sqlx::AssertSqlSafe;

/// An endpoint with what waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRow {
    /// Where it stands.
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// Events still to be sent.
    pub pending: u64,
    /// Events whose retries are exhausted.
    pub dead: u64,
    /// Events it has.
    pub acknowledged: u64,
    /// When the oldest event that is still to be sent happened.
    pub oldest_ms: Option<i64>,
    /// When it last took one.
    pub last_taken_ms: Option<i64>,
}

const COLUMNS: &str = "endpoint, standing, since_ms, reason, by_hand, failures, probe_ms";

fn endpoint(row: &Row) -> Result<Endpoint> {
    let word: String = row.try_get("standing")?;
    Ok(Endpoint {
        id: row.try_get("endpoint")?,
        standing: Standing::parse(&word).ok_or(Error::Unreadable {
            what: "endpoint.standing",
            value: word,
        })?,
        since_ms: row.try_get("since_ms")?,
        reason: row.try_get("reason")?,
        by_hand: row.try_get("by_hand")?,
        failures: row.try_get("failures")?,
        probe_ms: row.try_get("probe_ms")?,
    })
}

impl Store {
    /// Where the endpoint `id` stands; `None` when there never was one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn endpoint(&self, id: &str) -> Result<Option<Endpoint>> {
        let query = format!("SELECT {COLUMNS} FROM endpoint WHERE endpoint = ?");
        let row = db::query(AssertSqlSafe(query))
            .bind(id)
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(endpoint).transpose()
    }

    /// Every endpoint there ever was, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn endpoints(&self) -> Result<Vec<EndpointRow>> {
        let query = format!(
            "SELECT {COLUMNS}, coalesce(pending, 0) AS pending, coalesce(dead, 0) AS dead,
                 coalesce(acknowledged, 0) AS acknowledged, last_taken_ms,
                 (SELECT o.at_ms FROM delivery d JOIN outbox o USING (sequence)
                  WHERE d.endpoint = endpoint.endpoint AND d.state = 'pending' ORDER BY d.sequence LIMIT 1) AS oldest_ms
             FROM endpoint LEFT JOIN (
                 SELECT endpoint, count(*) FILTER (WHERE state = 'pending') AS pending,
                     count(*) FILTER (WHERE state = 'dead') AS dead,
                     count(*) FILTER (WHERE state = 'acknowledged') AS acknowledged,
                     max(done_ms) FILTER (WHERE state = 'acknowledged') AS last_taken_ms
                 FROM delivery GROUP BY endpoint) AS counted USING (endpoint)
             ORDER BY endpoint"
        );
        let rows = db::query(AssertSqlSafe(query)).fetch_all(&self.reader).await?;
        let row = |row: &Row| {
            let count =
                |name| Ok::<_, Error>(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or_default());
            Ok(EndpointRow {
                endpoint: endpoint(row)?,
                pending: count("pending")?,
                dead: count("dead")?,
                acknowledged: count("acknowledged")?,
                oldest_ms: row.try_get("oldest_ms")?,
                last_taken_ms: row.try_get("last_taken_ms")?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// Those nothing goes out to, but for a probe.
    pub(crate) async fn out_of_service(&self) -> Result<Vec<Endpoint>> {
        let query = format!("SELECT {COLUMNS} FROM endpoint WHERE standing <> 'active' ORDER BY endpoint");
        let rows = db::query(AssertSqlSafe(query)).fetch_all(&self.reader).await?;
        rows.iter().map(endpoint).collect()
    }

    /// Takes what was heard of `id`, by a ping or from the person `actor`; returns where it then stands.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hear(&self, id: &str, heard: Heard<'_>, actor: &str, at_ms: i64) -> Result<Endpoint> {
        let mut tx = self.begin().await?;
        let stands = hear(&mut tx, id, std::iter::once(heard), actor, at_ms).await?;
        tx.commit().await?;
        Ok(stands)
    }
}

/// Moves the endpoint by what was heard, one after the other, and audits it when it stands otherwise than before.
pub(crate) async fn hear<'a>(
    tx: &mut Tx,
    id: &str,
    heard: impl Iterator<Item = Heard<'a>>,
    actor: &str,
    at_ms: i64,
) -> Result<Endpoint> {
    let query = format!("SELECT {COLUMNS} FROM endpoint WHERE endpoint = ?");
    let row = db::query(AssertSqlSafe(query))
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
    let was = row.as_ref().map(endpoint).transpose()?;
    let before = was.clone().unwrap_or_else(|| Endpoint::new(id, at_ms));
    let after = heard.fold(before.clone(), |endpoint, heard| endpoint.after(heard, at_ms));
    if was.as_ref() == Some(&after) {
        return Ok(after);
    }
    db::query(
        "INSERT INTO endpoint (endpoint, standing, since_ms, reason, by_hand, failures, probe_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (endpoint) DO UPDATE SET standing = excluded.standing, since_ms = excluded.since_ms,
             reason = excluded.reason, by_hand = excluded.by_hand, failures = excluded.failures,
             probe_ms = excluded.probe_ms",
    )
    .bind(id)
    .bind(after.standing.as_str())
    .bind(after.since_ms)
    .bind(&after.reason)
    .bind(after.by_hand)
    .bind(after.failures)
    .bind(after.probe_ms)
    .execute(&mut *tx)
    .await?;
    if after.standing != before.standing || after.by_hand != before.by_hand {
        let detail = serde_json::json!({ "was": before.standing, "reason": after.reason });
        let entry = AuditEntry {
            actor: actor.to_owned(),
            action: format!("push.{}", after.standing.as_str()),
            subject: format!("endpoint/{id}"),
            detail: detail.to_string(),
        };
        audit::append(tx, at_ms, &[entry]).await?;
    }
    Ok(after)
}
