//! The audit log: who did what to which subject, each entry chained to the one before by its hash.
//! Here because a deleted or altered entry must show.
//! In: entries, inside the transaction of the deed. Out: the log.
//! Not here: personal data; subjects are dense ids.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::db::{self, Tx};
use crate::{Result, Store};

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    /// Who: `schedule`, `operator`, a department.
    pub actor: String,
    /// What: `run.committed`, `warning.opened`, …
    pub action: String,
    /// On what: `household/42`, `connector/stream`.
    pub subject: String,
    /// Further facts as JSON text.
    pub detail: String,
}

impl Store {
    /// Writes `entries` at `at_ms` by themselves: of deeds that change nothing, such as looking at what is masked.
    ///
    /// # Errors
    /// When the database refuses; then the deed must not be done.
    pub async fn record(&self, entries: &[AuditEntry], at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        append(&mut tx, at_ms, entries).await?;
        Ok(tx.commit().await?)
    }
}

/// Appends `entries` at `at_ms`, in order.
pub(crate) async fn append(tx: &mut Tx, at_ms: i64, entries: &[AuditEntry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let last: Option<(i64, String)> = db::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *tx)
        .await?;
    let (mut seq, mut hash) = last.unwrap_or_default();
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        seq += 1;
        hash = chained(&hash, seq, at_ms, entry);
        rows.push((seq, entry, hash.clone()));
    }
    let statement = (
        "INSERT INTO audit (seq, at_ms, actor, action, subject, detail, hash) ",
        "",
    );
    db::insert(tx, statement, 7, &rows, |values, (seq, entry, hash)| {
        values
            .push_bind(*seq)
            .push_bind(at_ms)
            .push_bind(&entry.actor)
            .push_bind(&entry.action)
            .push_bind(&entry.subject)
            .push_bind(&entry.detail)
            .push_bind(hash);
        Ok(())
    })
    .await
}

/// The hash of an entry after `previous`.
pub(crate) fn chained(previous: &str, seq: i64, at_ms: i64, entry: &AuditEntry) -> String {
    let mut digest = Sha256::new();
    let (seq, at_ms) = (seq.to_string(), at_ms.to_string());
    for part in [
        previous,
        &seq,
        &at_ms,
        &entry.actor,
        &entry.action,
        &entry.subject,
        &entry.detail,
    ] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    hex::encode(digest.finalize())
}
