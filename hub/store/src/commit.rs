//! The commit: files, cursors, warnings, cases, outbox and audit become true together, or not at all.
//! Here because this is the line between "nothing happened" and "everything is remembered".
//! In: what runs brought and what the cross-check changed. Out: nothing; afterwards it has happened.
//! Not here: deciding what changed (the diff) and sending it (the relay).

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_model::guard::Profile;
use hub_model::route::Routes;
use hub_model::{
    Fingerprint, Key, Lineage, NewFile, OutboxMessage, PartRefusals, RowCounts, RunId, RunState, StreamId,
    Whose,
};

use crate::db::{self, Tx};
use crate::{
    AuditEntry, CaseChange, Decision, Error, HeldRule, HeldStream, Linking, Released, Result, Store, audit,
    case_write, catalogue, held_rules, held_write, links, outbox, quiet, refused, registry,
};

/// Cases that change in one commit from which on its log is carried behind it.
const LARGE: usize = 1_000;

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
    /// How many warnings it opened, or would have.
    pub opened: u64,
    /// Bands whose parameter is unset.
    pub unset_bands: Vec<String>,
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
    /// The hash of the configuration they went by.
    pub configuration: Option<String>,
    /// Changed cases.
    pub cases: Vec<CaseChange>,
    /// Warnings that stand, whose subjects were found clean another number of times in a row: how often.
    pub clean: Vec<(Fingerprint, u32)>,
    /// Exemptions that no longer hold, because the evidence is another one now.
    pub overtaken: Vec<i64>,
    /// Rules that are held because they would open too much.
    pub held_rules: Vec<HeldRule>,
    /// Rules that a person released.
    pub released: Vec<Released>,
    /// The events, in order.
    pub outbox: Vec<OutboxMessage>,
    /// The trace they came to be in, as W3C writes it.
    pub traceparent: Option<String>,
    /// Where events go.
    pub routes: Arc<Routes>,
    /// Audit entries.
    pub audit: Vec<AuditEntry>,
}

impl Store {
    /// Makes `commit` true at `at_ms`, in one transaction.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] when rows are unaccounted for; otherwise when the database refuses. Then nothing changed.
    pub async fn commit(&self, commit: &Commit, at_ms: i64) -> Result<()> {
        self.count_commit();
        let written = Box::pin(self.write_commit(commit, at_ms));
        let done = if commit.cases.len() < LARGE {
            written.await
        } else {
            self.at_large(written).await
        };
        self.count_commit();
        done
    }

    async fn write_commit(&self, commit: &Commit, at_ms: i64) -> Result<()> {
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
        write_evaluations(&mut tx, commit, at_ms).await?;
        case_write::write(&mut tx, &commit.cases, at_ms).await?;
        case_write::count_clean(&mut tx, &commit.clean).await?;
        quiet::overtake(&mut tx, &commit.overtaken, at_ms).await?;
        held_rules::write(&mut tx, &commit.held_rules, &commit.released, at_ms).await?;
        let traceparent = commit.traceparent.as_deref();
        outbox::write(&mut tx, &commit.outbox, traceparent, &commit.routes, at_ms).await?;
        audit::append(&mut tx, at_ms, &commit.audit).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes what `runs` brought; those that read supersede what was held of their streams.
pub(crate) async fn write_runs(tx: &mut Tx, runs: &[CommittedRun], reads: bool, at_ms: i64) -> Result<()> {
    let mut files = Vec::new();
    for run in runs {
        let state = if run.held.is_empty() {
            RunState::Committed
        } else {
            RunState::Held
        };
        db::query("UPDATE run SET state = ?, ended_ms = ?, peak_child_bytes = ? WHERE run_id = ?")
            .bind(state.as_str())
            .bind(at_ms)
            .bind(i64::try_from(run.peak_child_bytes).unwrap_or(i64::MAX))
            .bind(run.run.to_string())
            .execute(&mut *tx)
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

async fn write_stream(tx: &mut Tx, run: &CommittedRun, stream: &StreamCommit, at_ms: i64) -> Result<()> {
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
    db::query(
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
    .execute(&mut *tx)
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
    tx: &mut Tx,
    run: RunId,
    connector: &str,
    stream: &str,
    state: &str,
) -> Result<()> {
    db::query(
        "INSERT INTO stream_cursor (connector, stream, run_id, state) VALUES (?, ?, ?, ?)
         ON CONFLICT (connector, stream) DO UPDATE SET run_id = excluded.run_id, state = excluded.state",
    )
    .bind(connector)
    .bind(stream)
    .bind(run.to_string())
    .bind(state)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

async fn write_evaluations(tx: &mut Tx, commit: &Commit, at_ms: i64) -> Result<()> {
    for evaluation in &commit.evaluations {
        db::query(
            "INSERT INTO evaluation (at_ms, rule, state, reason, findings, unset_bands, opened, configuration)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (rule, at_ms) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                 findings = excluded.findings, unset_bands = excluded.unset_bands, opened = excluded.opened,
                 configuration = excluded.configuration",
        )
        .bind(at_ms)
        .bind(&evaluation.rule)
        .bind(evaluation.state)
        .bind(&evaluation.reason)
        .bind(i64::try_from(evaluation.findings).unwrap_or(i64::MAX))
        .bind(serde_json::to_string(&evaluation.unset_bands)?)
        .bind(i64::try_from(evaluation.opened).unwrap_or(i64::MAX))
        .bind(&commit.configuration)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
