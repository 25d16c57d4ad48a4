//! The commit: files, cursors, warnings, cases, outbox and audit become true together, or not at all.
//! Here because this is the line between "nothing happened" and "everything is remembered".
//! In: what runs brought and what the cross-check changed. Out: nothing; afterwards it has happened.
//! Not here: deciding what changed (the diff) and sending it (the relay).

use std::collections::BTreeMap;

use hub_model::guard::Profile;
use hub_model::{
    Case, Evidence, Fingerprint, Key, Lineage, NewFile, OutboxMessage, PartRefusals, RowCounts, RunId,
    RunState, StreamId, Warning, Whose,
};
use sqlx::{Sqlite, Transaction};

use crate::{
    AuditEntry, Decision, Error, HeldStream, Linking, Result, Store, audit, catalogue, held_write, links,
    refused, registry,
};

type Tx<'a> = Transaction<'a, Sqlite>;

/// Cases bound as one JSON text: some tens of megabytes, far from SQLite's limit of one gigabyte.
const CASES_AT_ONCE: usize = 10_000;

/// What a run's stream brought.
#[derive(Debug, Clone)]
pub struct StreamCommit {
    /// The stream's name.
    pub stream: String,
    /// Its rows, which must balance.
    pub rows: RowCounts,
    /// Wall time.
    pub seconds: f64,
    /// How far it was read, as JSON text; `None` leaves the cursor where it was.
    pub cursor: Option<String>,
    /// How its canonical columns were computed.
    pub lineage: Lineage,
    /// What became of refused rows of each part that was read.
    pub refusals: Vec<PartRefusals>,
    /// Its landed and canonical files.
    pub files: Vec<NewFile>,
    /// What each part looks like: later ones are compared with it.
    pub profiles: BTreeMap<String, Profile>,
}

/// A run that succeeded.
#[derive(Debug, Clone)]
pub struct CommittedRun {
    /// The run.
    pub run: RunId,
    /// Its connector.
    pub connector: String,
    /// Its streams.
    pub streams: Vec<StreamCommit>,
    /// Most memory its child held, bytes.
    pub peak_child_bytes: u64,
    /// What it read that waits for a person.
    pub held: Vec<HeldStream>,
}

/// One rule's evaluation.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The rule.
    pub rule: String,
    /// `evaluated` or `not_computable`.
    pub state: &'static str,
    /// Why not, when not.
    pub reason: Option<String>,
    /// How many subjects it found.
    pub findings: u64,
    /// Bands whose parameter is unset.
    pub unset_bands: Vec<String>,
}

/// A warning as it now stands and, unless it cleared, why.
#[derive(Debug, Clone)]
pub struct WarningRound {
    /// The warning.
    pub warning: Warning,
    /// This round's evidence; a cleared warning has none.
    pub evidence: Option<Evidence>,
    /// The rule's version.
    pub rule_version: u32,
    /// The rule's title.
    pub title: String,
}

/// A case and what changed about its warnings.
#[derive(Debug, Clone)]
pub struct CaseChange {
    /// The case as it now stands.
    pub case: Case,
    /// Its changed warnings.
    pub warnings: Vec<WarningRound>,
}

/// Everything one cross-check makes true.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The runs.
    pub runs: Vec<CommittedRun>,
    /// What a person decided; its run then reads nothing.
    pub decision: Option<Decision>,
    /// Ids given to households.
    pub households: Vec<(Key, u64)>,
    /// Ids given to people.
    pub people: Vec<(Key, u64)>,
    /// Whom rows were found to speak of; `None` leaves the links as they are.
    pub linking: Option<Linking>,
    /// The evaluations.
    pub evaluations: Vec<Evaluation>,
    /// Changed cases.
    pub cases: Vec<CaseChange>,
    /// Warnings seen again unchanged.
    pub kept: Vec<Fingerprint>,
    /// The events, in order.
    pub outbox: Vec<OutboxMessage>,
    /// Where each event goes.
    pub endpoints: Vec<String>,
    /// Audit entries.
    pub audit: Vec<AuditEntry>,
}

impl Store {
    /// Makes `commit` true at `at_ms`, in one transaction.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] when rows are unaccounted for; otherwise when the database refuses. Then nothing changed.
    pub async fn commit(&self, commit: &Commit, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        write_runs(&mut tx, &commit.runs, commit.decision.is_none(), at_ms).await?;
        if let Some(decision) = &commit.decision {
            held_write::decide(&mut tx, decision, at_ms).await?;
        }
        registry::insert(&mut tx, Whose::Household, &commit.households).await?;
        registry::insert(&mut tx, Whose::Person, &commit.people).await?;
        if let Some(linking) = &commit.linking {
            links::write(&mut tx, linking, at_ms).await?;
        }
        write_evaluations(&mut tx, &commit.evaluations, at_ms).await?;
        for cases in commit.cases.chunks(CASES_AT_ONCE) {
            write_cases(&mut tx, cases, at_ms).await?;
            write_warnings(&mut tx, cases, at_ms).await?;
        }
        touch_kept(&mut tx, &commit.kept, at_ms).await?;
        write_outbox(&mut tx, &commit.outbox, &commit.endpoints, at_ms).await?;
        audit::append(&mut tx, at_ms, &commit.audit).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes what `runs` brought; those that read supersede what was held of their streams.
pub(crate) async fn write_runs(
    tx: &mut Tx<'_>,
    runs: &[CommittedRun],
    reads: bool,
    at_ms: i64,
) -> Result<()> {
    let mut files = Vec::new();
    for run in runs {
        let state = if run.held.is_empty() {
            RunState::Committed
        } else {
            RunState::Held
        };
        sqlx::query("UPDATE run SET state = ?, ended_ms = ?, peak_child_bytes = ? WHERE run_id = ?")
            .bind(state.as_str())
            .bind(at_ms)
            .bind(i64::try_from(run.peak_child_bytes).unwrap_or(i64::MAX))
            .bind(run.run.to_string())
            .execute(&mut **tx)
            .await?;
        for stream in &run.streams {
            write_stream(tx, run, stream, at_ms).await?;
            files.extend(stream.files.iter().map(|file| (run.run, file.clone())));
        }
        held_write::write(tx, run, reads, at_ms).await?;
    }
    catalogue::add_files(tx, &files, at_ms).await?;
    Ok(())
}

async fn write_stream(tx: &mut Tx<'_>, run: &CommittedRun, stream: &StreamCommit, at_ms: i64) -> Result<()> {
    let rows = stream.rows;
    if !rows.balanced() {
        return Err(Error::Unbalanced {
            stream: format!("{}/{}", run.connector, stream.stream),
            rows_in: rows.rows_in,
            accounted: rows.accepted + rows.rejected + rows.filtered,
        });
    }
    let [rows_in, accepted, rejected, filtered] = [rows.rows_in, rows.accepted, rows.rejected, rows.filtered]
        .map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    sqlx::query(
        "INSERT INTO run_stream (run_id, stream, rows_in, accepted, rejected, filtered, seconds, lineage)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(run.run.to_string())
    .bind(&stream.stream)
    .bind(rows_in)
    .bind(accepted)
    .bind(rejected)
    .bind(filtered)
    .bind(stream.seconds)
    .bind(serde_json::to_string(&stream.lineage)?)
    .execute(&mut **tx)
    .await?;
    let id = StreamId::new(&run.connector, &stream.stream);
    refused::write(tx, run.run, &id, &stream.refusals, at_ms).await?;
    if let Some(cursor) = &stream.cursor {
        write_cursor(tx, run.run, &run.connector, &stream.stream, cursor).await?;
    }
    Ok(())
}

/// Notes how far `stream` was read.
pub(crate) async fn write_cursor(
    tx: &mut Tx<'_>,
    run: RunId,
    connector: &str,
    stream: &str,
    state: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO stream_cursor (connector, stream, run_id, state) VALUES (?, ?, ?, ?)
         ON CONFLICT (connector, stream) DO UPDATE SET run_id = excluded.run_id, state = excluded.state",
    )
    .bind(connector)
    .bind(stream)
    .bind(run.to_string())
    .bind(state)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_evaluations(tx: &mut Tx<'_>, evaluations: &[Evaluation], at_ms: i64) -> Result<()> {
    for evaluation in evaluations {
        sqlx::query(
            "INSERT OR REPLACE INTO evaluation (at_ms, rule, state, reason, findings, unset_bands) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(at_ms)
        .bind(&evaluation.rule)
        .bind(evaluation.state)
        .bind(&evaluation.reason)
        .bind(i64::try_from(evaluation.findings).unwrap_or(i64::MAX))
        .bind(serde_json::to_string(&evaluation.unset_bands)?)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn write_cases(tx: &mut Tx<'_>, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            let case = &change.case;
            (
                case.id.to_string(),
                case.subject.to_string(),
                case.state.as_str(),
                case.severity.as_str(),
                case.version,
            )
        })
        .collect();
    sqlx::query(
        "INSERT INTO cases (case_id, subject, state, severity, version, opened_ms, changed_ms)
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, ?2, ?2 FROM json_each(?1) WHERE true
         ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, severity = excluded.severity,
             version = excluded.version, changed_ms = excluded.changed_ms",
    )
    .bind(serde_json::to_string(&rows)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_warnings(tx: &mut Tx<'_>, changes: &[CaseChange], at_ms: i64) -> Result<()> {
    let mut warnings = Vec::new();
    let mut rounds = Vec::new();
    for change in changes {
        for WarningRound {
            warning,
            evidence,
            rule_version,
            title,
        } in &change.warnings
        {
            warnings.push(serde_json::json!([
                warning.fingerprint,
                change.case.id,
                warning.rule,
                warning.subject.to_string(),
                warning.period_key,
                warning.band,
                warning.severity,
                warning.round,
                warning.evidence_digest,
                warning.cleared
            ]));
            if let Some(evidence) = evidence {
                rounds.push((
                    warning.fingerprint.as_str(),
                    warning.round,
                    rule_version,
                    title,
                    serde_json::to_string(evidence)?,
                ));
            }
        }
    }
    sqlx::query(
        "INSERT INTO warning (fingerprint, case_id, rule, subject, period_key, band, severity, round, evidence_digest,
             opened_ms, last_seen_ms, cleared_ms)
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
             ?2, ?2, iif(value->>9, ?2, NULL) FROM json_each(?1) WHERE true
         ON CONFLICT (fingerprint) DO UPDATE SET case_id = excluded.case_id, band = excluded.band,
             severity = excluded.severity, round = excluded.round, evidence_digest = excluded.evidence_digest,
             last_seen_ms = iif(excluded.cleared_ms IS NULL, excluded.last_seen_ms, warning.last_seen_ms),
             cleared_ms = excluded.cleared_ms",
    )
    .bind(serde_json::to_string(&warnings)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO evidence (fingerprint, round, at_ms, rule_version, title, body)
         SELECT value->>0, value->>1, ?2, value->>2, value->>3, value->>4 FROM json_each(?1)",
    )
    .bind(serde_json::to_string(&rounds)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn touch_kept(tx: &mut Tx<'_>, kept: &[Fingerprint], at_ms: i64) -> Result<()> {
    sqlx::query("UPDATE warning SET last_seen_ms = ? WHERE fingerprint IN (SELECT value FROM json_each(?))")
        .bind(at_ms)
        .bind(serde_json::to_string(kept)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn write_outbox(
    tx: &mut Tx<'_>,
    messages: &[OutboxMessage],
    endpoints: &[String],
    at_ms: i64,
) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let before: i64 = sqlx::query_scalar("SELECT coalesce(max(sequence), 0) FROM outbox")
        .fetch_one(&mut **tx)
        .await?;
    let rows: Vec<_> = messages
        .iter()
        .map(|message| {
            (
                message.id.to_string(),
                message.case_id.to_string(),
                message.kind.name(),
                &message.data,
            )
        })
        .collect();
    sqlx::query(
        "INSERT INTO outbox (event_id, case_id, type, at_ms, data)
         SELECT value->>0, value->>1, value->>2, ?2, value->>3 FROM json_each(?1) ORDER BY key",
    )
    .bind(serde_json::to_string(&rows)?)
    .bind(at_ms)
    .execute(&mut **tx)
    .await?;
    for endpoint in endpoints {
        sqlx::query(
            "INSERT INTO delivery (endpoint, sequence, case_id, state, attempts, due_ms)
             SELECT ?, sequence, case_id, 'pending', 0, ? FROM outbox WHERE sequence > ?",
        )
        .bind(endpoint)
        .bind(at_ms)
        .bind(before)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
