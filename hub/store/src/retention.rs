//! What is past keeping: how much it is, and its removal in bounded transactions.
//! Here because a hub runs for years on one disk, and what goes must leave everything else as it is.
//! In: the moment before which each kind goes, how many stay at most. Out: counts; rows removed.
//! Not here: which rows those are (retention_kinds), days and settings (runtime), files in the lake (runtime's sweep).

use serde::{Deserialize, Serialize};

use crate::db::{self, Pool, Tx};
use crate::retention_kinds::{Doomed, Floor, doomed};
use crate::{Result, Store};
use sqlx::AssertSqlSafe;

/// Rows that go in one transaction: nobody waits longer than these take.
pub const ROWS_AT_ONCE: u32 = 2_000;
/// Pages of the database that are given back in one transaction.
const PAGES_AT_ONCE: u32 = 4_096;
/// How the database says that it can give pages back.
const INCREMENTAL: i64 = 2;

/// A kind of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Snapshots of the lake: days that `--as-of` can ask about.
    Snapshots,
    /// Links between rows and people that only those snapshots had.
    Links,
    /// What each linking did, but for the last.
    LinkReports,
    /// Files of the lake that only those snapshots name.
    Files,
    /// What rules' evaluations came to.
    Evaluations,
    /// Attempts to deliver events that were delivered.
    Attempts,
    /// Events that were delivered, of closed cases, with their deliveries.
    Events,
    /// Refused rows that were put right.
    Refused,
    /// Held parts that were decided, but for rejected ones.
    HeldParts,
    /// Runs nothing names any more.
    Runs,
    /// Logs of runs: files, which the database does not know.
    RunLogs,
}

impl Kept {
    /// All that are rows, in the order in which they go: each only when nothing that stays, or goes later, names it.
    pub const ALL: [Self; 10] = [
        Self::Snapshots,
        Self::Links,
        Self::LinkReports,
        Self::Files,
        Self::Evaluations,
        Self::Attempts,
        Self::Events,
        Self::Refused,
        Self::HeldParts,
        Self::Runs,
    ];

    /// The word for it, as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshots => "snapshots",
            Self::Links => "links",
            Self::LinkReports => "link_reports",
            Self::Files => "files",
            Self::Evaluations => "evaluations",
            Self::Attempts => "attempts",
            Self::Events => "events",
            Self::Refused => "refused",
            Self::HeldParts => "held_parts",
            Self::Runs => "runs",
            Self::RunLogs => "run_logs",
        }
    }

    /// The same for people, Chinese.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Snapshots => "历史时点",
            Self::Links => "已失效的身份关联",
            Self::LinkReports => "历次关联情况",
            Self::Files => "仅历史时点引用的数据文件",
            Self::Evaluations => "历次规则评估",
            Self::Attempts => "已送达消息的推送记录",
            Self::Events => "已办结事项的已送达消息",
            Self::Refused => "已改正的退回行",
            Self::HeldParts => "已处理的待确认期次",
            Self::Runs => "运行记录",
            Self::RunLogs => "运行日志",
        }
    }
}

/// The moment before which each kind goes, milliseconds since 1970 UTC; `None`: it is kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cut {
    /// Runs, and held parts that were decided.
    pub runs_ms: Option<i64>,
    /// Snapshots, and what only they name.
    pub snapshots_ms: Option<i64>,
    /// Evaluations.
    pub evaluations_ms: Option<i64>,
    /// Attempts.
    pub attempts_ms: Option<i64>,
    /// Delivered events of closed cases.
    pub acknowledged_ms: Option<i64>,
    /// Closed refused rows.
    pub refused_ms: Option<i64>,
    /// Logs of runs.
    pub run_logs_ms: Option<i64>,
}

/// How many are kept at most, the newest; `None`: as many as there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Most {
    /// Runs of all connectors.
    pub runs: Option<u32>,
    /// Snapshots.
    pub snapshots: Option<u32>,
    /// Evaluations of all rules.
    pub evaluations: Option<u32>,
}

impl Cut {
    /// Before when `kind` goes.
    #[must_use]
    pub const fn of(&self, kind: Kept) -> Option<i64> {
        match kind {
            Kept::Snapshots | Kept::Links | Kept::LinkReports | Kept::Files => self.snapshots_ms,
            Kept::Evaluations => self.evaluations_ms,
            Kept::Attempts => self.attempts_ms,
            Kept::Events => self.acknowledged_ms,
            Kept::Refused => self.refused_ms,
            Kept::HeldParts | Kept::Runs => self.runs_ms,
            Kept::RunLogs => self.run_logs_ms,
        }
    }
}

/// How much of a kind goes, or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// What.
    pub kind: Kept,
    /// How many.
    pub rows: u64,
    /// Bytes: of files as they lie on the disk, of rows what their texts take, about.
    pub bytes: u64,
    /// What began or was done before this moment goes; `None`: it is kept for ever.
    pub before_ms: Option<i64>,
}

impl Store {
    /// `cut`, moved to where no more than `most` are younger.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cut_to(&self, cut: Cut, most: &Most) -> Result<Cut> {
        let snapshots = match self.reader {
            Pool::Sqlite(_) => {
                "SELECT CAST(round(unixepoch(substr(snapshot_time, 1, 23), 'subsec') * 1000) AS INTEGER)
                 FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1 OFFSET ?"
            }
            Pool::Postgres(_) => {
                "SELECT round(extract(epoch FROM snapshot_time) * 1000)::bigint
                 FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1 OFFSET ?"
            }
        };
        let runs =
            "SELECT ended_ms FROM run WHERE ended_ms IS NOT NULL ORDER BY ended_ms DESC LIMIT 1 OFFSET ?";
        let evaluations = "SELECT at_ms FROM evaluation ORDER BY at_ms DESC LIMIT 1 OFFSET ?";
        Ok(Cut {
            runs_ms: self.later(cut.runs_ms, runs, most.runs).await?,
            snapshots_ms: self.later(cut.snapshots_ms, snapshots, most.snapshots).await?,
            evaluations_ms: self
                .later(cut.evaluations_ms, evaluations, most.evaluations)
                .await?,
            ..cut
        })
    }

    /// The later of `before_ms` and the moment after the youngest of those that are too many, whose moment `nth` finds.
    async fn later(
        &self,
        before_ms: Option<i64>,
        nth: &'static str,
        most: Option<u32>,
    ) -> Result<Option<i64>> {
        let Some(most) = most else {
            return Ok(before_ms);
        };
        let youngest: Option<i64> = db::query_scalar(nth)
            .bind(most)
            .fetch_optional(&self.reader)
            .await?;
        Ok(before_ms.max(youngest.map(|at_ms| at_ms + 1)))
    }

    /// How much would go of each kind, in the order of [`Kept::ALL`]. Nothing is changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn past_keeping(&self, cut: &Cut, now_ms: i64) -> Result<Vec<Gone>> {
        // One moment for all kinds.
        let mut tx = self.reader.begin().await?;
        let floor = Floor::read(&mut tx, cut, now_ms).await?;
        let mut all = Vec::with_capacity(Kept::ALL.len());
        for kind in Kept::ALL {
            let Some(of) = doomed(kind, cut, &floor) else {
                continue;
            };
            let (rows, bytes): (i64, i64) =
                db::query_as(AssertSqlSafe(of.count())).fetch_one(&mut tx).await?;
            all.push(gone(kind, cut, rows, bytes));
        }
        tx.rollback().await?;
        Ok(all)
    }

    /// Removes what is past keeping of `kind`, [`ROWS_AT_ONCE`] rows in a transaction. What was removed stays removed when a
    /// later one fails. Files lose their names here; whoever calls sweeps them from the disk before runs go.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn let_go(&self, kind: Kept, cut: &Cut, now_ms: i64) -> Result<Gone> {
        let (mut rows, mut bytes) = (0_i64, 0_i64);
        if cut.of(kind).is_none() {
            return Ok(gone(kind, cut, 0, 0));
        }
        loop {
            let mut tx = self.begin().await?;
            // Anew each time: others write between two of these.
            let floor = Floor::read(&mut tx, cut, now_ms).await?;
            let (went, size) = match doomed(kind, cut, &floor) {
                Some(of) => remove(&mut tx, &of).await?,
                None => (0, 0),
            };
            tx.commit().await?;
            rows += went;
            bytes += size;
            if went < i64::from(ROWS_AT_ONCE) {
                return Ok(gone(kind, cut, rows, bytes));
            }
        }
    }

    /// Gives free pages back to the disk, some at a time; bytes given back. A database from before it could do so gives none:
    /// [`Store::vacuum`] teaches it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn give_back(&self) -> Result<u64> {
        // A server does so by itself.
        if matches!(self.writer, Pool::Postgres(_)) || self.number("PRAGMA auto_vacuum").await? != INCREMENTAL
        {
            return Ok(0);
        }
        let page = self.number("PRAGMA page_size").await?;
        let before = self.number("PRAGMA freelist_count").await?;
        let mut free = before;
        while free > 0 {
            let some = format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})");
            // To its end: it frees a page at each step.
            db::query(AssertSqlSafe(some)).fetch_all(&self.writer).await?;
            let left = self.number("PRAGMA freelist_count").await?;
            if left >= free {
                break;
            }
            free = left;
        }
        Ok(u64::try_from((before - free).max(0) * page).unwrap_or_default())
    }

    /// Writes the whole database anew, without gaps, able to give pages back from then on; its bytes before and after. Needs
    /// as much room again; whoever else writes waits.
    ///
    /// # Errors
    /// When the database refuses, or the disk is full; then it is as before.
    pub async fn vacuum(&self) -> Result<(u64, u64)> {
        let before = self.bytes().await?;
        db::query("VACUUM").execute(&self.writer).await?;
        Ok((before, self.bytes().await?))
    }

    /// The database's bytes, and how many of them are in pages that hold nothing; a server does not say.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn room(&self) -> Result<(u64, Option<u64>)> {
        let free = match self.writer {
            Pool::Sqlite(_) => {
                Some(self.number("PRAGMA freelist_count").await? * self.number("PRAGMA page_size").await?)
            }
            Pool::Postgres(_) => None,
        };
        Ok((
            self.bytes().await?,
            free.map(|free| u64::try_from(free).unwrap_or_default()),
        ))
    }

    async fn bytes(&self) -> Result<u64> {
        let bytes = match self.writer {
            Pool::Sqlite(_) => {
                self.number("PRAGMA page_count").await? * self.number("PRAGMA page_size").await?
            }
            Pool::Postgres(_) => self.number("SELECT pg_database_size(current_database())").await?,
        };
        Ok(u64::try_from(bytes).unwrap_or_default())
    }

    async fn number(&self, asked: &'static str) -> Result<i64> {
        Ok(db::query_scalar(asked).fetch_one(&self.writer).await?)
    }
}

fn gone(kind: Kept, cut: &Cut, rows: i64, bytes: i64) -> Gone {
    Gone {
        kind,
        rows: u64::try_from(rows).unwrap_or_default(),
        bytes: u64::try_from(bytes).unwrap_or_default(),
        before_ms: cut.of(kind),
    }
}

/// Removes some of what `of` says: rows and bytes.
async fn remove(tx: &mut Tx, of: &Doomed) -> Result<(i64, i64)> {
    let (keys, rows, bytes): (String, i64, i64) = db::query_as(AssertSqlSafe(of.some(tx, ROWS_AT_ONCE)))
        .fetch_one(&mut *tx)
        .await?;
    if rows == 0 {
        return Ok((0, 0));
    }
    for statement in of.deletes() {
        db::query(AssertSqlSafe(statement))
            .bind(&keys)
            .execute(&mut *tx)
            .await?;
    }
    Ok((rows, bytes))
}
