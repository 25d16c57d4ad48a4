//! `hub quarantine …`: rows that were refused, why, and the way back.
//! Here because a row nobody looks at again is lost, whatever the counts say.
//! In: filters, a row's number. Out: groups, one row, a workbook for its department.
//! Not here: refusing (mappings), closing (runs).

mod export;
mod show;

use std::process::ExitCode;

use hub_store::{RefusedFilter, RefusedGroup};

use crate::app::App;
use crate::cli::{Output, Quarantine, RefusedOf};
use crate::{lang, out};

pub(super) async fn run(command: Quarantine, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Quarantine::List { connector, of, all } => list(app, filter(connector, of, all), output).await,
        Quarantine::Show { row, reveal } => show::run(app, &row, &reveal, output).await,
        Quarantine::Export {
            connector,
            of,
            out,
            reason,
        } => export::run(app, filter(Some(connector), of, false), &out, reason, output).await,
    }
}

fn filter(connector: Option<String>, of: RefusedOf, closed_too: bool) -> RefusedFilter {
    RefusedFilter {
        connector,
        stream: of.stream,
        code: of.code,
        closed_too,
    }
}

async fn list(app: &App, filter: RefusedFilter, output: Output) -> anyhow::Result<ExitCode> {
    if let Some(id) = &filter.connector {
        app.sources.connector(id)?;
    }
    let groups = app.reader().await?.refused_groups(&filter).await?;
    out::show(output, &groups, |groups| {
        if groups.is_empty() {
            return lang::said("没有退回未改正的行 / no refused row is open");
        }
        let row = |group: &RefusedGroup| {
            vec![
                group.connector.clone(),
                group.stream.clone(),
                group.part.clone(),
                group.code.clone(),
                group.column.clone().unwrap_or_default(),
                group.open.to_string(),
                group.closed.to_string(),
                group.number.clone(),
                group.reason.clone(),
            ]
        };
        out::table(
            &[
                "连接器 connector",
                "数据流 stream",
                "期次 part",
                "代码 code",
                "列 column",
                "未改正 open",
                "已改正 closed",
                "其一编号 number",
                "原因 reason",
            ],
            groups.iter().map(row),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
