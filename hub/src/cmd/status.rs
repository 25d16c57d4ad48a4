//! `hub status`: one screen that answers "did last night go well, what is stuck".
//! Here because the person at night reads this first.
//! In: the store. Out: facts.
//! Not here: judging them for a watchdog (`/readyz`).

use std::process::ExitCode;

use hub_store::Status;
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::cmd::schedule::Night;
use crate::out;

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
        text.push_str(&format!("节点 node {node} 在工作 works\n"));
    }
    let Some(loaded) = &whole.status.configuration else {
        return text;
    };
    text.push_str(&format!(
        "配置 configuration {}  {} 载入 loaded\n",
        loaded.hash,
        out::time(loaded.loaded_ms)
    ));
    if loaded.hash != whole.on_disk {
        text.push_str(&format!(
            "配置文件已改动，尚未生效 changed on disk, not loaded: {}；hub plan 查看，hub reload 生效\n",
            whole.on_disk
        ));
    }
    text
}

fn text(status: &Status) -> String {
    let rows = status.last_runs.iter().map(|run| {
        let why = run
            .fault
            .as_ref()
            .map(|fault| format!("{} {}", fault.category, fault.message))
            .unwrap_or_default();
        vec![
            run.connector.clone(),
            run.state.as_str().to_owned(),
            run.ended_ms.map(out::time).unwrap_or_default(),
            why,
        ]
    });
    let mut text = out::table(&["连接器 connector", "上次 last", "结束 ended", "原因 why"], rows);
    for held in &status.held {
        text.push_str(&format!(
            "\n待确认 held  {} {} 期 {} 行: {}；hub run diff {}",
            held.stream,
            held.part,
            held.rows,
            held.why.join("；"),
            held.run_id
        ));
    }
    for held in &status.held_rules {
        text.push_str(&format!(
            "\n待放行 rule held  {}: {}；hub check held",
            held.rule, held.why
        ));
    }
    let outbox = &status.outbox;
    text.push_str(&format!(
        "\n事项 open cases {}（逾期 overdue {}）  预警 open warnings {}（不推送 quiet {}）  退回未改正 refused rows {}\n推送 pending {}  acknowledged {}  dead {}\n上次比对 last check {}\n",
        status.open_cases,
        status.overdue_cases,
        status.open_warnings,
        status.quiet_warnings,
        status.open_refused,
        outbox.pending,
        outbox.acknowledged,
        outbox.dead,
        status.checked_ms.map_or_else(|| "—".to_owned(), out::time)
    ));
    for endpoint in &status.out_of_service {
        text.push_str(&format!(
            "推送{} {}  {}: {}；hub push endpoints\n",
            endpoint.standing.chinese(),
            endpoint.standing.as_str(),
            endpoint.id,
            endpoint.reason.as_deref().unwrap_or_default()
        ));
    }
    for (rule, reason) in &status.not_computable {
        text.push_str(&format!("无法评估 not computable  {rule}: {reason}\n"));
    }
    text
}
