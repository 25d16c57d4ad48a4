//! `hub push collect`: a round for answers by hand.
//! Here because whoever sets up a folder or a table wants to see now what becomes of the first answer.
//! In: a channel, or none for all. Out: what each round came to; exit 1 when one could not be made, 3 when something was refused.
//! Not here: taking answers (runtime).

use std::process::ExitCode;
use std::sync::Arc;

use hub_runtime::Error;
use hub_runtime::collect::Collected;
use hub_runtime::relay::no_endpoint;
use hub_web::CollectRequest;
use tokio_util::task::TaskTracker;

use crate::app::{App, Writer};
use crate::ask::Dry;
use crate::cli::Output;
use crate::{exit, lang, out};

const NOBODY: &str =
    "没有通道收答复：channels.toml 的 file、table 通道可写 answers / no channel takes answers";

pub(super) async fn run(
    app: &App,
    endpoint: Option<String>,
    dry: Dry,
    output: Output,
) -> anyhow::Result<ExitCode> {
    if !dry.goes_on(output, &collected(app, endpoint.as_deref())?)? {
        return Ok(ExitCode::SUCCESS);
    }
    let rounds: Vec<Collected> = match app.writer().await? {
        Writer::Service(service) => {
            let asked = CollectRequest { endpoint };
            service.post("/v1/push/collect", &asked).await?
        }
        Writer::Local(local) => {
            let desk = app.desk(&local, TaskTracker::new());
            let collector = app.collector(&local, Arc::clone(&desk))?;
            collector.collect(endpoint.as_deref()).await?
        }
    };
    out::show(output, &rounds, |rounds| table(rounds))?;
    if rounds.iter().any(|round| round.trouble.is_some()) {
        return Ok(exit::failed("有通道没有收完 / a round could not be made"));
    }
    let refused = rounds.iter().any(|round| round.refused + round.files_refused > 0);
    Ok(match refused {
        true => ExitCode::from(exit::PARTIAL),
        false => ExitCode::SUCCESS,
    })
}

/// What a round would come to; that no channel of that name takes answers is told.
fn collected(app: &App, endpoint: Option<&str>) -> Result<String, Error> {
    let channels = app.loaded.settings.channels.iter();
    let all: Vec<(&str, String)> = channels
        .filter_map(|channel| Some((channel.id.as_str(), channel.answers_lie()?)))
        .collect();
    let is_meant = |(id, _): &&(&str, String)| endpoint.is_none_or(|asked| *id == asked);
    let meant: Vec<&(&str, String)> = all.iter().filter(is_meant).collect();
    if let Some(asked) = endpoint.filter(|_| meant.is_empty()) {
        return Err(no_endpoint(asked, all.iter().map(|(id, _)| *id)));
    }
    if meant.is_empty() {
        return Ok(NOBODY.to_owned());
    }
    let lie: Vec<String> = meant.iter().map(|(id, lie)| format!("{id}（{lie}）")).collect();
    let ids: Vec<&str> = meant.iter().map(|(id, _)| *id).collect();
    Ok(format!(
        "将收取并逐条办理各通道留下的答复：{} / answers left with {} would be taken and done",
        lie.join("、"),
        ids.join(", ")
    ))
}

fn table(rounds: &[Collected]) -> String {
    if rounds.is_empty() {
        return lang::said(NOBODY);
    }
    let rows = rounds.iter().map(|round| {
        let numbers = [
            round.done,
            round.repeated,
            round.refused,
            round.files,
            round.files_refused,
        ];
        std::iter::once(round.endpoint.clone())
            .chain(numbers.map(|number| number.to_string()))
            .chain([lang::said(round.trouble.as_deref().unwrap_or_default())])
            .collect()
    });
    let header = [
        "端点 endpoint",
        "已办理 done",
        "此前已办 repeated",
        "未采用 refused",
        "已收文件 files",
        "未收文件 files refused",
        "原因 why",
    ];
    out::table(&header, rows)
}
