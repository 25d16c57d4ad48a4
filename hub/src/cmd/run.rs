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
use crate::cmd::{held, run_log, storm};
use crate::exit::NotFound;
use crate::{exit, out, progress};

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
            "已开始 started；`hub run list` 查看 to follow".to_owned()
        })?;
        return Ok(ExitCode::SUCCESS);
    };
    out::show(output, &report, text)?;
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

/// The report for people.
pub(super) fn text(report: &Report) -> String {
    let rows = report.streams.iter().map(|stream| {
        let name = format!("{}/{}", stream.connector, stream.stream);
        let numbers =
            [stream.rows_in, stream.accepted, stream.rejected, stream.filtered].map(|n| n.to_string());
        std::iter::once(name)
            .chain(numbers)
            .chain([format!("{:.1}", stream.seconds)])
            .collect()
    });
    let mut text = out::table(
        &[
            "数据流 stream",
            "读入 in",
            "接收 accepted",
            "退回 rejected",
            "略过 filtered",
            "秒 s",
        ],
        rows,
    );
    for failed in &report.failed {
        text.push_str(&format!(
            "\n失败 failed  {}: {} ({}): {}",
            failed.connector, failed.fault.category, failed.fault.cause, failed.fault.message
        ));
        for line in failed.fault.log_tail.iter().rev().take(5).rev() {
            text.push_str(&format!("\n    {line}"));
        }
    }
    for held in &report.held {
        text.push_str(&format!(
            "\n待确认 held  {}/{} {} 期 {} 行: {}；hub run diff {}",
            held.connector,
            held.stream,
            held.part,
            held.rows,
            held.why.join("；"),
            held.run
        ));
    }
    for said in &report.rejected_again {
        text.push_str(&format!("\n已驳回 rejected before  {said}"));
    }
    for held in &report.held_rules {
        text.push_str(&format!(
            "\n待放行 rule held  {}: {}；hub check held",
            held.rule, held.why
        ));
    }
    let (rules, warnings, events) = (&report.rules, &report.warnings, &report.events);
    text.push_str(&format!(
        "\n户 households {}  人 people {}\n规则 rules: {} 已评估 evaluated, {} 无法评估 not computable, {} 命中 findings",
        report.households, report.people, rules.evaluated, rules.not_computable, rules.findings
    ));
    for refused in &rules.refused {
        text.push_str(&format!(
            "\n    未采用 not used  {}: {}",
            refused.rule, refused.why
        ));
    }
    for note in &rules.notes {
        text.push_str(&format!("\n    {note}"));
    }
    text.push_str(&format!(
        "\n预警 warnings: {} 新增 opened, {} 变化 changed, {} 消除 cleared, {} 不变 kept, {} 不推送 quiet",
        warnings.opened, warnings.changed, warnings.cleared, warnings.kept, warnings.quiet
    ));
    let cases = &report.cases;
    text.push_str(&format!(
        "\n事项 cases: {} 重新打开 reopened, {} 自动办结 closed, {} 提醒 reminded, 其中 {} 逾期 overdue",
        cases.reopened, cases.closed, cases.reminded, cases.overdue
    ));
    text.push_str(&format!(
        "\n推送 events: {} 已发 sent, {} 已确认 acknowledged, {} 放弃 dead, {} 待发 pending\n用时 {:.1} s",
        events.sent, events.acknowledged, events.dead, events.pending, report.seconds
    ));
    text
}

async fn list(app: &App, limit: u32, output: Output) -> anyhow::Result<ExitCode> {
    let runs = app.reader().await?.runs(limit).await?;
    out::show(output, &runs, |runs| {
        let rows = runs.iter().map(|run| {
            let why = match (&run.fault, run.state) {
                (Some(fault), _) => format!("{}: {}", fault.category, fault.message),
                (None, RunState::Held) => format!("待确认；hub run diff {}", run.run_id),
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

async fn show(app: &App, id: &str, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let run = store
        .run(id)
        .await?
        .ok_or_else(|| NotFound(format!("没有运行 no run {id}；hub run list 列出最近的运行")))?;
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
            text.push_str(&format!(
                "\n失败 failed: {} ({}): {}",
                fault.category, fault.cause, fault.message
            ));
        }
        for held in &shown.held {
            text.push_str(&format!(
                "\n待确认过 was held: {} {} 期 {} 行，{}；hub run diff {}",
                held.stream,
                held.part,
                held.rows,
                held.state.as_str(),
                run.run_id
            ));
        }
        for remark in &run.remarks {
            text.push_str(&format!("\n备注 remark: {remark}"));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}
