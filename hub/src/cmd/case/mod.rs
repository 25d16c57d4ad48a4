//! `hub case …`: the worklist, one entry whole, and what people do to it.
//! Here because a warning is believed when its cells can be looked up, and over when somebody says so.
//! In: filters, a case's id, an action. Out: lists, a case's page, where a case stands.
//! Not here: which actions there are (model), the page (page).

mod page;

use std::process::ExitCode;

use hub_model::case::{Action, Refused, Transition};
use hub_model::{CaseId, Scope};
use hub_runtime::{ActAsked, Acted, Error};
use hub_store::{CaseFilter, CaseRow};

use crate::app::{App, Writer};
use crate::cli::{Act, Case, CaseList, Output};
use crate::cmd::reveal::actor;
use crate::exit::NotFound;
use crate::{lang, out};

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
            let detail = app
                .reader()
                .await?
                .case_detail(&Scope::whole(), id)
                .await?
                .ok_or_else(none)?;
            out::show(output, &detail, |detail| page::text(detail, &app.book))?;
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
    let rows = app.reader().await?.case_rows(&Scope::whole(), &filter).await?;
    out::show(output, &rows, |rows| {
        let row = |row: &CaseRow| {
            let quiet = if row.quiet_warnings > 0 && row.quiet_warnings == row.open_warnings {
                lang::either("（静）", " (quiet)")
            } else {
                ""
            };
            vec![
                lang::either(row.case.severity.chinese(), row.case.severity.as_str()).to_owned(),
                row.score.map(|score| score.to_string()).unwrap_or_default(),
                format!(
                    "{}{quiet}",
                    lang::either(row.case.state.chinese(), row.case.state.as_str())
                ),
                due(row.due, row.overdue),
                row.case.department.clone(),
                row.case.id.to_string(),
                row.rules.join(","),
                row.sentence.clone(),
            ]
        };
        let header = [
            "级 severity",
            "分 score",
            "状态 state",
            "到期 due",
            "部门 department",
            "编号 case",
            "规则 rules",
            "情况 sentence",
        ];
        out::table(&header, rows.iter().map(row))
    })
}

fn due(due: Option<chrono::NaiveDate>, overdue: bool) -> String {
    let day = due.map(|day| day.to_string()).unwrap_or_default();
    if overdue {
        format!("{day} {}", lang::either("逾期", "overdue"))
    } else {
        day
    }
}

/// Whether what would be done to the case is meant; only what ends a case is asked about.
async fn meant(asked: &Act, app: &App, output: Output) -> anyhow::Result<bool> {
    let ends = matches!(asked.action, Action::Close | Action::Reject);
    if !(asked.sure.dry.dry_run || ends && asked.sure.is_told()) {
        return Ok(true);
    }
    let none = || Error::NoCase {
        asked: asked.case.clone(),
    };
    let id = CaseId::parse(&asked.case).map_err(|_| none())?;
    let detail = app.reader().await?.case_detail(&Scope::whole(), id).await?;
    let state = detail.ok_or_else(none)?.case.state;
    let allowed = Transition::allowed(state);
    // Done before under its key, it may be asked again.
    if !allowed.contains(&asked.action) && asked.key.is_none() {
        let action = asked.action;
        return Err(Error::Case(Refused::NotAllowed {
            state,
            action,
            allowed,
        })
        .into());
    }
    let would = format!(
        "事项 {id} 现为{}，将{} / case {id} is {}, it would be done: {}",
        state.chinese(),
        asked.action.chinese(),
        state.as_str(),
        asked.action.as_str()
    );
    asked.sure.goes_on(output, &would)
}

async fn act(asked: Act, app: &App, output: Output) -> anyhow::Result<()> {
    if !meant(&asked, app, output).await? {
        return Ok(());
    }
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
        Writer::Local(local) => local.hub.now().act(&Scope::whole(), &asked).await?,
    };
    out::show(output, &done, |done| {
        format!(
            "{} {}{colon}{}{comma}{version} {}{comma}{} {due} {}{}",
            done.case,
            lang::either(asked.action.chinese(), asked.action.as_str()),
            lang::both(done.state.chinese(), done.state.as_str()),
            done.version,
            done.department,
            done.due.map_or_else(|| "—".to_owned(), |day| day.to_string()),
            if done.repeated {
                let before = lang::said("此前已办 / done before");
                format!("{}{before}{}", lang::mark("（"), lang::mark("）"))
            } else {
                String::new()
            },
            colon = lang::mark("："),
            comma = lang::mark("，"),
            version = lang::pair("版本 version"),
            due = lang::pair("到期 due")
        )
    })
}
