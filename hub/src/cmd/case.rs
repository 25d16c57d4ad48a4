//! `hub case …`: the worklist, one entry whole, and what people do to it.
//! Here because a warning is believed when its cells can be looked up, and over when somebody says so.
//! In: filters, a case's id, an action. Out: sentences, values, cells, clocks, history; where a case stands.
//! Not here: which actions there are (model).

use std::process::ExitCode;

use hub_model::CaseId;
use hub_model::case::{Clock, ClockKind};
use hub_runtime::{ActAsked, Acted};
use hub_store::{CaseDetail, CaseFilter, CaseRow};

use crate::app::{App, Writer};
use crate::cli::{Act, Case, CaseList, Output};
use crate::cmd::reveal::actor;
use crate::exit::NotFound;
use crate::out;

pub(super) async fn run(command: Case, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Case::List(asked) => list(asked, app, output).await?,
        Case::Show { case } => {
            let none = || {
                NotFound(format!(
                    "没有编号为 {case:?} 的事项；`hub case list` 列出全部 / no such case"
                ))
            };
            let id = CaseId::parse(&case).map_err(|_| none())?;
            let detail = app.reader().await?.case_detail(id).await?.ok_or_else(none)?;
            out::show(output, &detail, text)?;
        }
        Case::Act(asked) => act(*asked, app, output).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(asked: CaseList, app: &App, output: Output) -> anyhow::Result<()> {
    let filter = CaseFilter {
        states: asked.state,
        department: asked.department,
        severity: asked.severity,
        due: asked.due,
        overdue: asked.overdue,
        limit: asked.limit,
    };
    let rows = app.reader().await?.case_rows(&filter).await?;
    out::show(output, &rows, |rows| {
        let row = |row: &CaseRow| {
            let quiet = if row.quiet_warnings > 0 && row.quiet_warnings == row.open_warnings {
                "（静）"
            } else {
                ""
            };
            vec![
                row.case.severity.chinese().to_owned(),
                format!("{}{quiet}", row.case.state.chinese()),
                due(row.due, row.overdue),
                row.case.department.clone(),
                row.case.id.to_string(),
                row.rules.join(","),
                row.sentence.clone(),
            ]
        };
        let header = [
            "级",
            "状态 state",
            "到期 due",
            "部门",
            "编号 case",
            "规则 rules",
            "情况",
        ];
        out::table(&header, rows.iter().map(row))
    })
}

fn due(due: Option<chrono::NaiveDate>, overdue: bool) -> String {
    let day = due.map(|day| day.to_string()).unwrap_or_default();
    if overdue { format!("{day} 逾期") } else { day }
}

async fn act(asked: Act, app: &App, output: Output) -> anyhow::Result<()> {
    let asked = ActAsked {
        case: asked.case,
        action: asked.action,
        actor: asked.actor.unwrap_or_else(actor),
        role: asked.role,
        reason: asked.reason_code,
        text: asked.text,
        measure: asked.measure,
        date: asked.date,
        to: asked.to,
        if_version: asked.if_version,
        key: asked.key,
    };
    let done: Acted = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/case/act", &asked).await?,
        Writer::Local(local) => local.hub.act(&asked).await?,
    };
    out::show(output, &done, |done| {
        format!(
            "{} {}：{} {}，版本 version {}，{}到期 due {}{}",
            done.case,
            asked.action.chinese(),
            done.state.chinese(),
            done.state.as_str(),
            done.version,
            done.department,
            done.due.map_or_else(|| "—".to_owned(), |day| day.to_string()),
            if done.repeated {
                "（此前已办 / done before）"
            } else {
                ""
            }
        )
    })
}

fn text(detail: &CaseDetail) -> String {
    let case = &detail.case;
    let mut text = format!(
        "事项 {}  {}  {}级  {} {}  版本 version {}  第 {} 轮  {}  建立 {}\n",
        case.id,
        case.subject,
        case.severity.chinese(),
        case.state.chinese(),
        case.state.as_str(),
        case.version,
        case.round,
        case.department,
        out::time(detail.opened_ms)
    );
    if let Some(previous) = case.previous {
        text.push_str(&format!("此前事项 previous: {previous}\n"));
    }
    for clock in &case.clocks {
        text.push_str(&format!("{}\n", clock_line(clock)));
    }
    for entry in &detail.warnings {
        let (warning, evidence) = (&entry.warning, &entry.evidence);
        let state = if warning.cleared {
            "数据已不再显示"
        } else {
            "存续"
        };
        let quiet = entry.quiet.as_ref().map(|quiet| format!("，不推送 {quiet}"));
        text.push_str(&format!(
            "\n[{}] {} {}（{}{}）\n  {}\n",
            warning.severity.chinese(),
            warning.rule,
            entry.title,
            state,
            quiet.unwrap_or_default(),
            evidence.sentence
        ));
        text.push_str(&format!("  标准 threshold: {}\n", evidence.threshold));
        let rows = evidence.cells.iter().map(|cell| {
            vec![
                format!("  {}", cell.stream),
                cell.locator.clone(),
                cell.column.clone(),
                cell.header.clone(),
                cell.value.clone(),
            ]
        });
        text.push_str(&out::table(
            &[
                "  来源 source",
                "位置 place",
                "列 column",
                "表头 header",
                "原值 value",
            ],
            rows,
        ));
        text.push('\n');
    }
    if !detail.history.is_empty() {
        text.push_str("\n经过 history\n");
    }
    for record in &detail.history {
        let deed = &record.deed;
        let said = [
            deed.reason.map(|reason| reason.words().1.to_owned()),
            deed.measure.map(|measure| measure.words().1.to_owned()),
            deed.date.map(|date| date.to_string()),
            deed.to.as_ref().map(|to| format!("→ {to}")),
            deed.text.clone(),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        text.push_str(&format!(
            "  {}  第 {} 轮 版本 {}  {} {}：{} → {}  {}\n",
            out::time(record.at_ms),
            record.round,
            record.version,
            deed.actor,
            deed.action.chinese(),
            record.was.chinese(),
            record.state.chinese(),
            said.join("；")
        ));
    }
    text
}

fn clock_line(clock: &Clock) -> String {
    let name = match clock.kind {
        ClockKind::Verify => "核实 verify",
        ClockKind::Handle => "处置 handle",
        ClockKind::Whole => "全程 whole",
    };
    let state = match (clock.ended, clock.stands_since) {
        (Some(day), _) => format!("已完成 done {day}"),
        (None, Some(day)) => format!("停计 stands still since {day}"),
        (None, None) => "计时中 runs".to_owned(),
    };
    let overdue = if clock.is_overdue() {
        "，逾期 overdue"
    } else {
        ""
    };
    let assumed = if clock.assumed {
        "（工作日按周一至周五假定 calendar=assumed）"
    } else {
        ""
    };
    format!(
        "时限 {name}: {} 起，{} 前 due{assumed}；{state}{overdue}",
        clock.since, clock.due
    )
}
