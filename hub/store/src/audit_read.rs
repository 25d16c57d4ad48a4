//! The audit log, read and verified.
//! Here because an entry that was altered, taken out or put in must be found, and the first one named.
//! In: the log. Out: its head, or the first entry that does not follow from the one before; entries of a subject.
//! Not here: writing (audit). Whoever may write the file can also take away its end: only a head kept elsewhere shows that.

use futures::TryStreamExt;
use serde::Serialize;

use crate::audit::chained;
use crate::db::{self, Builder, Row};
use crate::{AuditEntry, Result, Store};

/// Most entries a listing returns.
const ENTRIES_MAX: u32 = 10_000;

/// An entry as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Its place, from 1 on without a gap.
    pub seq: i64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The entry.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// The hash over it and all before it.
    pub hash: String,
}

/// What became of verifying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verified {
    /// Every entry follows from the one before.
    Whole {
        /// Entries.
        entries: i64,
        /// The last one's hash; empty when there is none.
        head: String,
    },
    /// The first entry that does not.
    Broken {
        /// Its place.
        seq: i64,
        /// What is wrong.
        why: Flaw,
    },
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// It is not there.
    Missing,
    /// It, or its hash, is not what was written.
    Altered,
}

impl Store {
    /// Walks the whole log. With `expect`, a place and the hash that was noted of it elsewhere, that entry must be the same.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn verify_audit(&self, expect: Option<(i64, &str)>) -> Result<Verified> {
        let mut rows = db::query("SELECT * FROM audit ORDER BY seq").fetch(&self.reader);
        let (mut seq, mut hash) = (0, String::new());
        while let Some(row) = rows.try_next().await? {
            let row = audit_row(&row)?;
            seq += 1;
            if row.seq != seq {
                return Ok(Verified::Broken {
                    seq,
                    why: Flaw::Missing,
                });
            }
            hash = chained(&hash, seq, row.at_ms, &row.entry);
            let noted = expect.is_none_or(|(noted, expected)| noted != seq || expected == hash);
            if hash != row.hash || !noted {
                return Ok(Verified::Broken {
                    seq,
                    why: Flaw::Altered,
                });
            }
        }
        if expect.is_some_and(|(noted, _)| noted > seq) {
            return Ok(Verified::Broken {
                seq: seq + 1,
                why: Flaw::Missing,
            });
        }
        Ok(Verified::Whole {
            entries: seq,
            head: hash,
        })
    }

    /// The last `limit` entries, the newest first; of `subject`, `actor` and actions that begin with `action` only.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit_rows(
        &self,
        subject: Option<&str>,
        actor: Option<&str>,
        action: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        let mut query: Builder<'_> = Builder::new("SELECT * FROM audit WHERE true");
        if let Some(subject) = subject {
            query.push(" AND subject = ").push_bind(subject);
        }
        if let Some(actor) = actor {
            query.push(" AND actor = ").push_bind(actor);
        }
        if let Some(action) = action {
            query.push(" AND substr(action, 1, length(").push_bind(action);
            query.push(")) = ").push_bind(action);
        }
        query
            .push(" ORDER BY seq DESC LIMIT ")
            .push_bind(limit.min(ENTRIES_MAX));
        let rows = query.build().fetch_all(&self.reader).await?;
        rows.iter().map(audit_row).collect()
    }
}

fn audit_row(row: &Row) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: row.try_get("seq")?,
        at_ms: row.try_get("at_ms")?,
        entry: AuditEntry {
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            subject: row.try_get("subject")?,
            detail: row.try_get("detail")?,
        },
        hash: row.try_get("hash")?,
    })
}
