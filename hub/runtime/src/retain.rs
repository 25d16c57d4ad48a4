//! The end of keeping: what the county no longer wants kept goes, and is seen before.
//! Here because disks fill, and law bounds how long what is about people is kept.
//! In: how long each kind is kept. Out: what would go; what went, with an entry in the audit log.
//! Not here: which rows those are (store), when this is done (schedules).

use hub_store::{AuditEntry, Cut, Gone, Kept, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::backup;
use crate::settings::Settings;
use crate::{Error, Hub, Result, breaker, clock, run_log, storm, sweep};

// What runs and evaluations are judged by is always kept.
const _: () = assert!(breaker::FAULTS <= hub_store::RUNS_KEPT);
const _: () = assert!(storm::EVALUATIONS <= hub_store::EVALUATIONS_KEPT);

/// What went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retained {
    /// By kind, in the order of [`Kept::ALL`]; logs last.
    pub kinds: Vec<Gone>,
    /// Files that were removed from the disk.
    pub files_swept: u64,
    /// Bytes by which the database became smaller.
    pub given_back_bytes: u64,
}

/// What would go now by `settings`, by kind. Nothing is changed.
///
/// # Errors
/// When the store refuses.
pub async fn plan(store: &Store, settings: &Settings) -> Result<Vec<Gone>> {
    let now_ms = clock::now_ms();
    planned(store, settings, &cut(store, settings, now_ms).await?, now_ms).await
}

async fn planned(store: &Store, settings: &Settings, cut: &Cut, now_ms: i64) -> Result<Vec<Gone>> {
    let mut kinds = store.past_keeping(cut, now_ms).await?;
    kinds.push(logs(settings, cut, false).await?);
    Ok(kinds)
}

/// The logs that are past keeping; they go when `remove` says so.
async fn logs(settings: &Settings, cut: &Cut, remove: bool) -> Result<Gone> {
    let kind = Kept::RunLogs;
    let (data_dir, before_ms) = (settings.home.data_dir.clone(), cut.of(kind));
    let most = settings.retention.most_logs();
    let walked = tokio::task::spawn_blocking(move || {
        let (mut rows, mut bytes) = (0, 0);
        for (path, size) in run_log::past(&data_dir, before_ms, most)? {
            if remove {
                std::fs::remove_file(&path)?;
            }
            rows += 1;
            bytes += size;
        }
        Ok::<_, std::io::Error>((rows, bytes))
    });
    let (rows, bytes) = walked.await?.map_err(|source| Error::Io {
        path: run_log::folder(&settings.home.data_dir),
        source,
    })?;
    Ok(Gone {
        kind,
        rows,
        bytes,
        before_ms,
    })
}

async fn cut(store: &Store, settings: &Settings, now_ms: i64) -> Result<Cut> {
    let by_age = settings.retention.cut(settings.day(now_ms));
    Ok(store.cut_to(by_age, &settings.retention.most()).await?)
}

impl Hub {
    /// Removes what is past keeping, for `actor`. No run is under way meanwhile; deeds and pushes go on between two
    /// transactions. Where nothing is past keeping, nothing is written, not even to the audit log.
    ///
    /// # Errors
    /// [`crate::Error::Unfit`] while a backup is being made; when store or disk refuse: what went until then is gone, the rest
    /// is as it was, and goes the next time.
    pub async fn retain(&self, actor: &str) -> Result<Retained> {
        self.retain_begun(actor, None).await
    }

    /// The same; `begun` is told when it is its turn.
    pub(crate) async fn retain_begun(
        &self,
        actor: &str,
        begun: Option<oneshot::Sender<()>>,
    ) -> Result<Retained> {
        let _turn = self.shared.turn.lock().await;
        if let Some(begun) = begun {
            // Whoever does not listen any more does not want to know.
            let _ = begun.send(());
        }
        self.newest().retain_now(actor).await
    }

    async fn retain_now(&self, actor: &str) -> Result<Retained> {
        let settings = &self.sources.settings;
        let _no_backup = backup::alone(settings.home.locks())?;
        let now_ms = clock::now_ms();
        let cut = cut(&self.store, settings, now_ms).await?;
        let planned = planned(&self.store, settings, &cut, now_ms).await?;
        let mut done = Retained {
            kinds: Vec::with_capacity(planned.len()),
            files_swept: 0,
            given_back_bytes: 0,
        };
        if planned.iter().all(|kind| kind.rows == 0) {
            done.kinds = planned;
            return Ok(done);
        }
        // Before anything goes: a hub that dies in between has said what it was about to do.
        self.audit_retention(actor, "retention.begun", &planned, None)
            .await?;
        for kind in Kept::ALL {
            if kind == Kept::Runs {
                // Whose file it is, the sweep tells by its run.
                done.files_swept = sweep::orphans(&self.store).await?;
            }
            done.kinds.push(self.store.let_go(kind, &cut, now_ms).await?);
        }
        done.kinds.push(logs(settings, &cut, true).await?);
        done.given_back_bytes = self.store.give_back().await?;
        self.audit_retention(actor, "retention.applied", &done.kinds, Some(done.files_swept))
            .await?;
        tracing::info!(
            files = done.files_swept,
            bytes = done.given_back_bytes,
            "what was past keeping is gone"
        );
        Ok(done)
    }

    async fn audit_retention(
        &self,
        actor: &str,
        action: &str,
        kinds: &[Gone],
        files_swept: Option<u64>,
    ) -> Result<()> {
        let mut detail: serde_json::Map<String, serde_json::Value> = kinds
            .iter()
            .filter(|gone| gone.rows > 0)
            .map(|gone| {
                let before = gone.before_ms.map(|at_ms| clock::day(at_ms).to_string());
                let told = serde_json::json!({ "rows": gone.rows, "bytes": gone.bytes, "before": before });
                (gone.kind.as_str().to_owned(), told)
            })
            .collect();
        if let Some(files_swept) = files_swept {
            detail.insert("files_swept".to_owned(), files_swept.into());
        }
        let entry = AuditEntry {
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: "retention".to_owned(),
            detail: serde_json::Value::Object(detail).to_string(),
        };
        Ok(self.store.record(&[entry], clock::now_ms()).await?)
    }
}
