//! `hub run …` and `hub check`.
//! Here because running, checking and pushing are told by the same report.
//! In: which connectors. Out: the report; exit 3 when some connector failed or a rule is not used, 6 when something waits for a person.
//! Not here: how a run is carried out.

use std::process::ExitCode;
use std::time::Duration;

use hub_model::RunState;
use hub_runtime::Which;
use hub_runtime::report::Report;
use hub_store::{HeldState, RunRow, StreamRow};
use hub_web::{Moment, RunRequest};
use serde::Serialize;

use crate::app::{App, Local, Writer};
use crate::cli::{Check, Output, Run};
use crate::cmd::{held, report, run_log, storm};
use crate::exit::NotFound;
use crate::{exit, lang, out, progress};

/// How long what lineage waits is told for, once a command has done its work.
pub(super) const LINEAGE: Duration = Duration::from_secs(5);
/// What whoever waits is told is done.
const RUNS: &str = "运行 / running";

pub(super) async fn run(run: Run, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match run {
        Run::Start {
            connector,
            all,
            wait,
            push_wait,
        } => {
            let request = RunRequest {
                connector,
                all,
                wait_seconds: wait.then_some(push_wait),
            };
            start(app, request, output).await
        }
        Run::List { limit } => list(app, limit, output).await,
        Run::Show { run } => show(app, &run, output).await,
        Run::Log { run, follow } => run_log::show(app, &run, follow, output).await,
        Run::Diff { run } => held::diff(app, &run, output).await,
        Run::Approve { held, push_wait } => held::decide(app, held, true, push_wait, output).await,
        Run::Reject { held, undo: true } => held::withdraw(app, held, output).await,
        Run::Reject { held, undo: false } => held::decide(app, held, false, 0, output).await,
    }
}

pub(super) async fn check(
    app: &App,
    command: Option<Check>,
    push_wait: u64,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        Some(Check::Held) => return storm::held(app, output).await,
        Some(Check::Release {
            rule,
            reason,
            actor,
            sure,
        }) => {
            if !storm::meant(app, &rule, sure, output).await? {
                return Ok(ExitCode::SUCCESS);
            }
            return storm::release(app, rule, &reason, actor, push_wait, output).await;
        }
        None => {}
    }
    start(
        app,
        RunRequest {
            connector: None,
            all: false,
            wait_seconds: Some(push_wait),
        },
        output,
    )
    .await
}

async fn start(app: &App, request: RunRequest, output: Output) -> anyhow::Result<ExitCode> {
    if let Some(id) = &request.connector {
        app.sources.connector(id)?;
    }
    let report = match app.writer().await? {
        Writer::Service(service) => {
            let far = async || {
                let moment: Option<Moment> = service.post("/v1/top", &()).await.ok();
                moment.map(|moment| progress::read(&moment.runs))
            };
            let asked = service.post::<Option<Report>>("/v1/run", &request);
            progress::during(RUNS, far, asked).await?
        }
        // Without a service there is nobody to go on in the background: `--wait` or not, it runs here.
        Writer::Local(local) => {
            let far = async || Some(progress::read(&local.hub.under_way()));
            let work = run_here(&local, request.which(), request.wait_seconds);
            let report = progress::during(RUNS, far, work).await?;
            local.hub.now().tell_lineage(LINEAGE).await;
            Some(report)
        }
    };
    let Some(report) = report else {
        let started = serde_json::json!({ "started": true });
        out::show(output, &started, |_| {
            let (started, list) = (lang::pair("已开始 started"), lang::pair("查看 to follow"));
            format!("{started}{}`hub run list` {list}", lang::mark("；"))
        })?;
        return Ok(ExitCode::SUCCESS);
    };
    out::show(output, &report, report::text)?;
    Ok(code(&report))
}

/// Runs, and pushes for at most `push_seconds`.
pub(super) async fn run_here(
    local: &Local,
    which: Which,
    push_seconds: Option<u64>,
) -> anyhow::Result<Report> {
    let mut report = local.hub.now().run(which).await?;
    report.events = local
        .relay
        .drain(Duration::from_secs(push_seconds.unwrap_or_default()))
        .await?;
    Ok(report)
}

/// 0, or 3 when some connector failed or a rule file is not used, or 6 when something that was read waits for a person.
pub(super) fn code(report: &Report) -> ExitCode {
    let whole = report.failed.is_empty() && report.rules.refused.is_empty();
    match (whole, report.held.is_empty()) {
        (false, _) => ExitCode::from(exit::PARTIAL),
        (true, false) => ExitCode::from(exit::HELD),
        (true, true) => ExitCode::SUCCESS,
    }
}

async fn list(app: &App, limit: u32, output: Output) -> anyhow::Result<ExitCode> {
    let runs = app.reader().await?.runs(limit).await?;
    out::show(output, &runs, |runs| {
        let rows = runs.iter().map(|run| {
            let why = match (&run.fault, run.state) {
                (Some(fault), _) => format!("{}: {}", fault.category, lang::said(&fault.message)),
                (None, RunState::Held) => format!(
                    "{}{}hub run diff {}",
                    lang::either("待确认", "held"),
                    lang::mark("；"),
                    run.run_id
                ),
                (None, _) => String::new(),
            };
            vec![
                run.run_id.clone(),
                run.connector.clone(),
                run.state.as_str().to_owned(),
                out::time(run.started_ms),
                why,
            ]
        });
        out::table(
            &[
                "编号 run",
                "连接器 connector",
                "状态 state",
                "开始 started",
                "原因 why",
            ],
            rows,
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A run and what it brought.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    run: RunRow,
    streams: Vec<StreamRow>,
    /// Parts it held, whatever became of them.
    held: Vec<HeldPart>,
}

/// A part a run held.
#[derive(Serialize)]
struct HeldPart {
    stream: String,
    part: String,
    rows: u64,
    state: HeldState,
}

/// That there is no such run.
pub(super) fn none(id: &str) -> NotFound {
    let (none, list) = (
        lang::pair("没有运行 no run"),
        lang::either("hub run list 列出最近的运行", "see hub run list"),
    );
    NotFound(format!("{none} {id}{}{list}", lang::mark("；")))
}

async fn show(app: &App, id: &str, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let run = store.run(id).await?.ok_or_else(|| none(id))?;
    let streams = store.run_streams(id).await?;
    let held = store.held_of(id).await?.into_iter().map(|row| HeldPart {
        stream: row.stream.stream,
        part: row.held.part,
        rows: row.held.profile.rows,
        state: row.state,
    });
    let shown = Shown {
        run,
        streams,
        held: held.collect(),
    };
    out::show(output, &shown, |shown| {
        let rows = shown.streams.iter().map(|stream| {
            let rows = stream.rows;
            let numbers = [rows.rows_in, rows.accepted, rows.rejected, rows.filtered];
            std::iter::once(stream.stream.clone())
                .chain(numbers.map(|n| n.to_string()))
                .collect()
        });
        let run = &shown.run;
        let mut text = format!(
            "{} {} {} {}\n",
            run.run_id,
            run.connector,
            run.state.as_str(),
            out::time(run.started_ms)
        );
        text.push_str(&out::table(
            &[
                "数据流 stream",
                "读入 in",
                "接收 accepted",
                "退回 rejected",
                "略过 filtered",
            ],
            rows,
        ));
        if let Some(fault) = &run.fault {
            let failed = lang::pair("失败 failed");
            text.push_str(&format!(
                "\n{failed}: {} ({}): {}",
                fault.category,
                fault.cause,
                lang::said(&fault.message)
            ));
        }
        for held in &shown.held {
            text.push_str(&format!(
                "\n{was}: {} {} {part} {} {rows}{comma}{}{semicolon}hub run diff {}",
                held.stream,
                held.part,
                held.rows,
                held.state.as_str(),
                run.run_id,
                was = lang::pair("待确认过 was held"),
                part = lang::either("期", "part"),
                rows = lang::either("行", "rows"),
                comma = lang::mark("，"),
                semicolon = lang::mark("；")
            ));
        }
        for remark in &run.remarks {
            text.push_str(&format!("\n{}: {remark}", lang::pair("备注 remark")));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}
