//! `hub status`: one screen that answers "did last night go well, what is stuck".
//! Here because the person at night reads this first.
//! In: the store. Out: facts.
//! Not here: judging them for a watchdog (`/readyz`).

use std::process::ExitCode;

use hub_store::Status;
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::cmd::report;
use crate::cmd::schedule::Night;
use crate::{lang, out};

/// Everything, on one screen.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    status: Status,
    schedules: Night,
    /// The hash of the configuration as its files are now; another one than the loaded one waits for `hub reload`.
    on_disk: String,
}

pub(super) async fn run(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let whole = Whole {
        status: store.status().await?,
        schedules: Night::load(&app.loaded.settings.schedules, &store).await?,
        on_disk: app.loaded.files.hash.clone(),
    };
    out::show(output, &whole, |whole| {
        format!(
            "{}{}{}",
            text(&whole.status),
            configuration(whole),
            whole.schedules.text()
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn configuration(whole: &Whole) -> String {
    let mut text = String::new();
    if let Some(node) = &whole.status.node {
        let (of, works) = (lang::pair("节点 node"), lang::pair("在工作 works"));
        text.push_str(&format!("{of} {node} {works}\n"));
    }
    let Some(loaded) = &whole.status.configuration else {
        return text;
    };
    text.push_str(&format!(
        "{configuration} {}  {} {when}\n",
        loaded.hash,
        out::time(loaded.loaded_ms),
        configuration = lang::pair("配置 configuration"),
        when = lang::pair("载入 loaded")
    ));
    if loaded.hash != whole.on_disk {
        text.push_str(&format!(
            "{differs}: {}{semicolon}{todo}\n",
            whole.on_disk,
            differs = lang::pair("配置文件已改动，尚未生效 changed on disk, not loaded"),
            semicolon = lang::mark("；"),
            todo = lang::either("hub plan 查看，hub reload 生效", "see hub plan, then hub reload")
        ));
    }
    text
}

fn text(status: &Status) -> String {
    let rows = status.last_runs.iter().map(|run| {
        let why = run
            .fault
            .as_ref()
            .map(|fault| format!("{} {}", fault.category, lang::said(&fault.message)))
            .unwrap_or_default();
        vec![
            run.connector.clone(),
            run.state.as_str().to_owned(),
            run.ended_ms.map(out::time).unwrap_or_default(),
            why,
        ]
    });
    let mut text = out::table(&["连接器 connector", "上次 last", "结束 ended", "原因 why"], rows);
    let semicolon = lang::mark("；");
    for held in &status.held {
        let stream = held.stream.to_string();
        text.push_str(&report::held_part(
            (&stream, &held.part),
            held.rows,
            &held.why,
            &held.run_id,
        ));
    }
    for held in &status.held_rules {
        text.push_str(&report::held_rule(&held.rule, &held.why));
    }
    text.push_str(&counts(status));
    for endpoint in &status.out_of_service {
        let standing = lang::both(endpoint.standing.chinese(), endpoint.standing.as_str());
        text.push_str(&format!(
            "{push}{standing}  {}: {}{semicolon}hub push endpoints\n",
            endpoint.id,
            lang::said(endpoint.reason.as_deref().unwrap_or_default()),
            push = lang::either("推送", "push ")
        ));
    }
    for (rule, reason) in &status.not_computable {
        let cannot = lang::pair("无法评估 not computable");
        text.push_str(&format!("{cannot}  {rule}: {}\n", lang::said(reason)));
    }
    text
}

fn counts(status: &Status) -> String {
    let outbox = &status.outbox;
    let (open, close) = (lang::mark("（"), lang::mark("）"));
    format!(
        "\n{cases} {}{open}{overdue} {}{close}  {warnings} {}{open}{quiet} {}{close}  {refused} {}\n{pending} {}  {taken} {}  {dead} {}\n{checked} {}\n",
        status.open_cases,
        status.overdue_cases,
        status.open_warnings,
        status.quiet_warnings,
        status.open_refused,
        outbox.pending,
        outbox.acknowledged,
        outbox.dead,
        status.checked_ms.map_or_else(|| "—".to_owned(), out::time),
        cases = lang::pair("事项 open cases"),
        overdue = lang::pair("逾期 overdue"),
        warnings = lang::pair("预警 open warnings"),
        quiet = lang::pair("不推送 quiet"),
        refused = lang::pair("退回未改正 refused rows"),
        pending = lang::pair("推送待发 pending"),
        taken = lang::pair("已确认 acknowledged"),
        dead = lang::pair("放弃 dead"),
        checked = lang::pair("上次比对 last check")
    )
}
