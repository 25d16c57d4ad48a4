//! One screen's worth of facts: did last night go well, what is stuck.
//! Here because `hub status` and the health endpoints ask the same questions.
//! In: nothing. Out: counts.
//! Not here: judging them.

use hub_model::StreamId;
use hub_model::push::Endpoint;
use serde::Serialize;

use crate::db;
use crate::{ConfigurationRow, HeldRow, HeldRule, OutboxCounts, Result, RunRow, Store};

/// The state of the hub as its database tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The node that works, where several share a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The last ended run of each connector.
    pub last_runs: Vec<RunRow>,
    /// Parts that broke a bound and wait for a person.
    pub held: Vec<HeldSummary>,
    /// Rules that would open too much at once and wait for a person.
    pub held_rules: Vec<HeldRule>,
    /// Cases that are not closed.
    pub open_cases: u64,
    /// Those of them that are overdue.
    pub overdue_cases: u64,
    /// Open warnings that are kept from being pushed.
    pub quiet_warnings: u64,
    /// Open warnings.
    pub open_warnings: u64,
    /// Refused rows nobody has put right.
    pub open_refused: u64,
    /// The outbox.
    pub outbox: OutboxCounts,
    /// Receivers nothing goes out to, and why.
    pub out_of_service: Vec<Endpoint>,
    /// When rules were last evaluated.
    pub checked_ms: Option<i64>,
    /// The hash of the configuration they were evaluated by.
    pub checked_by: Option<String>,
    /// The configuration that was loaded last.
    pub configuration: Option<ConfigurationRow>,
    /// Rules that could not be computed then, with the reason.
    pub not_computable: Vec<(String, String)>,
}

/// A part that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSummary {
    /// The run that read it.
    pub run_id: String,
    /// Its stream.
    #[serde(flatten)]
    pub stream: StreamId,
    /// Its name.
    pub part: String,
    /// Its rows.
    pub rows: u64,
    /// How it differs, a sentence each.
    pub why: Vec<String>,
}

impl From<HeldRow> for HeldSummary {
    fn from(row: HeldRow) -> Self {
        Self {
            run_id: row.run_id,
            stream: row.stream,
            part: row.held.part,
            rows: row.held.profile.rows,
            why: row
                .held
                .deviations
                .iter()
                .map(|deviation| deviation.drift.sentence())
                .collect(),
        }
    }
}

impl Store {
    /// Reads the status.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn status(&self) -> Result<Status> {
        let (cases, warnings, refused, overdue, quiet): (i64, i64, i64, i64, i64) = db::query_as(
            "SELECT (SELECT count(*) FROM cases WHERE state <> 'closed'),
                    (SELECT count(*) FROM warning WHERE cleared_ms IS NULL),
                    (SELECT count(*) FROM refused_row WHERE closed_run IS NULL),
                    (SELECT count(*) FROM cases WHERE state <> 'closed' AND overdue = 1),
                    (SELECT count(*) FROM warning WHERE cleared_ms IS NULL AND quiet IS NOT NULL)",
        )
        .fetch_one(&self.reader)
        .await?;
        let checked_ms: Option<i64> = db::query_scalar("SELECT max(at_ms) FROM evaluation")
            .fetch_one(&self.reader)
            .await?;
        let checked_by: Option<Option<String>> =
            db::query_scalar("SELECT configuration FROM evaluation WHERE at_ms = ? LIMIT 1")
                .bind(checked_ms)
                .fetch_optional(&self.reader)
                .await?;
        let not_computable = db::query_as(
            "SELECT rule, coalesce(reason, '') FROM evaluation WHERE at_ms = ? AND state = 'not_computable' ORDER BY rule",
        )
        .bind(checked_ms)
        .fetch_all(&self.reader)
        .await?;
        Ok(Status {
            node: self.working_node().await?,
            last_runs: self.last_runs().await?.into_values().collect(),
            held: self.held().await?.into_iter().map(HeldSummary::from).collect(),
            open_cases: u64::try_from(cases).unwrap_or_default(),
            held_rules: self.held_rules().await?,
            overdue_cases: u64::try_from(overdue).unwrap_or_default(),
            quiet_warnings: u64::try_from(quiet).unwrap_or_default(),
            open_warnings: u64::try_from(warnings).unwrap_or_default(),
            open_refused: u64::try_from(refused).unwrap_or_default(),
            outbox: self.outbox_counts().await?,
            out_of_service: self.out_of_service().await?,
            checked_ms,
            checked_by: checked_by.flatten(),
            configuration: self.configuration().await?,
            not_computable,
        })
    }
}
