//! `hub household …`: one household, whole.
//! Here because a village cadre asks about a family, not about tables.
//! In: a 户编号 or a household's id, a day. Out: who, income in both windows with its cells, flags, open warnings.
//! Not here: how it is computed and masked (engine), acting on its warnings (case).

mod print;

use std::process::ExitCode;

use hub_engine::{HOUSEHOLD_PERSONAL, Household};
use hub_model::{Scope, Subject};
use hub_store::{CaseDetail, CaseWarning};
use serde::Serialize;

use crate::app::App;
use crate::cli::{self, Output};
use crate::cmd::{past, reveal};
use crate::exit::NotFound;
use crate::{lang, out};

/// What is printed.
#[derive(Debug, Serialize)]
struct Page {
    #[serde(flatten)]
    household: Household,
    /// Its open case with the open warnings; `None` when there is none, and for a day of the past.
    case: Option<CaseDetail>,
    /// Whether cases were looked at: of a past day only data is kept.
    cases_known: bool,
    /// Whether personal values are masked.
    masked: bool,
}

pub(super) async fn run(command: cli::Household, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let cli::Household::Show {
        household,
        past,
        reveal: wanted,
    } = command;
    let (data, day) = past::snapshot(app, &past).await?;
    let engine = app.engine.clone();
    let (found, data) = app
        .threads
        .spawn(async move { (engine.find_household(&data, &household).await, data) })
        .await?;
    // What was asked for may be somebody's number: it is not repeated.
    let none =
        || NotFound("没有这一户：请给出户编号，或查询结果中的 household_id / no such household".to_owned());
    let id = found?.ok_or_else(none)?;
    let subject = Subject::household(id.0);
    let detail = serde_json::json!({ "columns": HOUSEHOLD_PERSONAL, "as_of": past.as_of });
    let detail = detail.as_object().cloned().unwrap_or_default();
    let revealed = reveal::recorded(app, &wanted, "household", subject.to_string(), detail).await?;
    let engine = app.engine.clone();
    let work = async move { engine.household(&data, id, day, revealed).await };
    let household = app.threads.spawn(work).await??;
    let page = Page {
        household,
        case: match past.as_of {
            None => open_case(app, subject).await?,
            Some(_) => None,
        },
        cases_known: past.as_of.is_none(),
        masked: !revealed,
    };
    out::show(output, &page, print::text)?;
    if !revealed {
        eprintln!(
            "{}",
            lang::said("已脱敏；须看原值请用 --reveal 理由 / masked: see --reveal")
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The open case of `subject`, with its open warnings.
async fn open_case(app: &App, subject: Subject) -> anyhow::Result<Option<CaseDetail>> {
    let store = app.reader().await?;
    let open = store.open_cases().await?;
    let Some(case) = open.iter().find(|case| case.subject == subject) else {
        return Ok(None);
    };
    let detail = store.case_detail(&Scope::whole(), case.id).await?;
    let is_open = |entry: &CaseWarning| !entry.warning.cleared;
    Ok(detail.map(|detail| CaseDetail {
        warnings: detail.warnings.into_iter().filter(is_open).collect(),
        ..detail
    }))
}
