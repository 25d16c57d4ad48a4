//! `hub snapshot …`: what can be said of a snapshot as a whole.
//! Here because two hubs, or one before and after a replay, compare one line instead of their lakes.
//! In: a day. Out: one hash, and the hash of every table that has rows.
//! Not here: what the hash covers (engine, `snapshot_hash`).

use std::process::ExitCode;

use hub_engine::SnapshotHash;

use crate::app::App;
use crate::cli::{Output, Snapshot};
use crate::cmd::past;
use crate::{lang, out};

pub(super) async fn run(command: Snapshot, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let Snapshot::Hash { past } = command;
    let (data, _) = past::snapshot(app, &past).await?;
    let engine = app.engine.clone();
    let hash = app
        .threads
        .spawn(async move { engine.snapshot_hash(&data).await })
        .await??;
    out::show(output, &hash, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(hash: &SnapshotHash) -> String {
    let rows = hash.tables.iter().filter(|table| table.rows > 0);
    let rows = rows.map(|table| {
        vec![
            table.table.to_owned(),
            table.rows.to_string(),
            table.sha256.clone(),
        ]
    });
    format!(
        "{} sha256  {}\n\n{}",
        lang::either("快照", "snapshot"),
        hash.sha256,
        out::table(&["表 table", "行 rows", "sha256"], rows)
    )
}
