//! Whether the database can be written at this moment, and has the form this binary knows.
//! Here because a file that opened well a month ago may lie on a full disk, be locked, or be of a newer hub by now.
//! In: nothing. Out: a write that was really made and says nothing new; migrations that do not fit.
//! Not here: judging it (web), whether the file is sound (copy).

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use crate::db::{self, Tx};
use crate::{Result, Store, form};

/// What came of trying to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// It was written and reached the disk.
    Written,
    /// Somebody of ours writes right now; nothing was tried.
    UnderWay,
}

impl Store {
    /// Writes a number that stands there already, to the disk, as any commit is.
    ///
    /// # Errors
    /// When the database refuses: it is locked by another program, the disk is full or broken.
    pub async fn write_probe(&self) -> Result<Probed> {
        if self.is_written() {
            return Ok(Probed::UnderWay);
        }
        let mut tx = self.begin().await?;
        match &mut tx {
            Tx::Sqlite(_) => {
                let number: i64 = db::query_scalar("PRAGMA user_version").fetch_one(&mut tx).await?;
                // Nothing else uses it. A page is written and synced all the same, and readers see no other data.
                let same = format!("PRAGMA user_version = {number}");
                db::query(AssertSqlSafe(same)).execute(&mut tx).await?;
            }
            // A transaction with a number is written to the log when it ends, and changes nothing.
            Tx::Postgres(_) => {
                db::query("SELECT pg_current_xact_id()::text")
                    .execute(&mut tx)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(Probed::Written)
    }

    /// Migrations by which the database is not what this binary knows: too many, missing, or broken off.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn unknown_migrations(&self) -> Result<Vec<i64>> {
        let there: Vec<(i64, bool)> = db::query_as("SELECT version, success FROM _sqlx_migrations")
            .fetch_all(&self.reader)
            .await?;
        let done = there.iter().filter(|(_, success)| *success);
        let done: BTreeSet<i64> = done.map(|(version, _)| *version).collect();
        let known: BTreeSet<i64> = form::migrations(&self.reader)
            .iter()
            .map(|migration| migration.version)
            .collect();
        let mut unlike: Vec<i64> = done.symmetric_difference(&known).copied().collect();
        unlike.extend(
            there
                .iter()
                .filter(|(_, success)| !success)
                .map(|(version, _)| version),
        );
        unlike.sort_unstable();
        unlike.dedup();
        Ok(unlike)
    }

    /// When the audit log's last entry was written; `None` while there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_entry_ms(&self) -> Result<Option<i64>> {
        Ok(
            db::query_scalar("SELECT at_ms FROM audit ORDER BY seq DESC LIMIT 1")
                .fetch_optional(&self.reader)
                .await?,
        )
    }
}
