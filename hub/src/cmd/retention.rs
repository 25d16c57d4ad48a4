//! `hub retention …`: what is past keeping, listed and removed.
//! Here because disks fill, and nobody removes what they have not seen listed.
//! In: a verb. Out: a row for each kind: how many, how many bytes, before which day.
//! Not here: which rows those are (store), removing them in order (runtime).

use std::process::ExitCode;

use hub_runtime::{Retained, clock};
use hub_store::Gone;
use hub_web::RetainRequest;
use serde_json::json;

use crate::app::{App, Writer};
use crate::cli::{Output, Retention, RetentionCommand};
use crate::cmd::doctor::idle;
use crate::cmd::reveal::actor;
use crate::exit::UsageError;
use crate::{lang, out, progress};

pub(super) async fn run(asked: Retention, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match asked.command {
        Some(_) if asked.dry_run => {
            let message = "--dry-run 写在动词之后 / --dry-run comes after the verb";
            return Err(UsageError(message.to_owned()).into());
        }
        None => {
            list(app, output).await?;
        }
        Some(RetentionCommand::Apply { sure }) if sure.dry.dry_run => {
            list(app, output).await?;
        }
        Some(RetentionCommand::Apply { sure }) => {
            if sure.is_told() {
                let kinds = hub_runtime::plan(&app.reader().await?, &app.loaded.settings).await?;
                let rows: u64 = kinds.iter().map(|kind| kind.rows).sum();
                let would = format!("将清除 {rows} 条，不可恢复 / {rows} rows would go for good");
                if rows > 0 && !sure.goes_on(output, &would)? {
                    return Ok(ExitCode::SUCCESS);
                }
            }
            let asked = RetainRequest { actor: actor() };
            let writer = app.writer().await?;
            let work = async {
                match &writer {
                    Writer::Service(service) => service.post("/v1/retention", &asked).await,
                    Writer::Local(local) => local.hub.now().retain(&asked.actor).await,
                }
            };
            let what = "清除超过保留期的内容 / removing what is past keeping";
            let done: Retained = progress::during(what, progress::unknown, work).await?;
            out::show(output, &done, |done| {
                let (files, bytes) = (done.files_swept, out::bytes(done.given_back_bytes));
                let shrunk = format!("数据库缩小 {bytes} / the database is smaller by {bytes}");
                format!(
                    "{}\n{removed}{semicolon}{swept}{files} {of_files}{comma}{shrunk}",
                    table(&done.kinds),
                    removed = lang::pair("已清除 removed"),
                    semicolon = lang::mark("；"),
                    swept = lang::either("磁盘上删除 ", "from the disk "),
                    of_files = lang::pair("个文件 files"),
                    comma = lang::mark("，"),
                    shrunk = lang::said(&shrunk)
                )
            })?;
        }
        Some(RetentionCommand::Vacuum { dry }) => {
            if dry.dry_run {
                dry.goes_on(output, &rewritten(app).await?)?;
                return Ok(ExitCode::SUCCESS);
            }
            // By whoever holds the lease: a service would not be able to write meanwhile.
            let (before, after) = app.local().await?.hub.store.vacuum().await?;
            out::show(
                output,
                &json!({ "before_bytes": before, "after_bytes": after }),
                |_| {
                    lang::said(&format!(
                        "数据库 {} → {} / the database was {before} bytes, is {after}",
                        out::bytes(before),
                        out::bytes(after)
                    ))
                },
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What writing the database anew would come to; that somebody works on it is told.
async fn rewritten(app: &App) -> anyhow::Result<String> {
    let store = app.reader().await?;
    idle(&app.loaded.settings.home, Some(&store)).await?;
    let (whole, free) = store.room().await?;
    let (whole, free) = (out::bytes(whole), free.map_or_else(|| "—".to_owned(), out::bytes));
    Ok(format!(
        "将重写数据库，现 {whole}，其中空页 {free}；期间须有同样大的剩余空间 / the database would be written anew: {whole}, of it {free} in empty pages; as much room again is needed meanwhile"
    ))
}

/// What would go.
async fn list(app: &App, output: Output) -> anyhow::Result<()> {
    let kinds = hub_runtime::plan(&app.reader().await?, &app.loaded.settings).await?;
    out::show(output, &kinds, |kinds| {
        let free = "以上为将清除的内容，尚未清除；执行：hub retention apply / nothing was removed yet: hub retention apply";
        format!("{}\n{}", table(kinds), lang::said(free))
    })
}

fn table(kinds: &[Gone]) -> String {
    let row = |gone: &Gone| {
        let before = gone.before_ms.map_or_else(
            || lang::pair("永久保留 for ever"),
            |at_ms| clock::day(at_ms).to_string(),
        );
        vec![
            lang::both(gone.kind.chinese(), gone.kind.as_str()),
            gone.rows.to_string(),
            out::bytes(gone.bytes),
            before,
        ]
    };
    let header = ["内容 what", "条数 how many", "约 about", "早于 before"];
    out::table(&header, kinds.iter().map(row))
}
