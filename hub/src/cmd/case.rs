//! `hub case …`: the worklist and one entry's evidence.
//! Here because a warning is believed when its cells can be looked up.
//! In: a case's id. Out: sentences, values, cells.
//! Not here: acting on a case.

use std::process::ExitCode;

use hub_model::CaseId;
use hub_store::{CaseDetail, CaseRow};

use crate::app::App;
use crate::cli::{Case, Output};
use crate::exit::NotFound;
use crate::out;

pub(super) async fn run(command: Case, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    match command {
        Case::List { limit } => {
            let rows = store.case_rows(limit).await?;
            out::show(output, &rows, |rows| {
                let row = |case: &CaseRow| {
                    vec![
                        case.case.severity.chinese().to_owned(),
                        case.case.id.to_string(),
                        case.rules.join(","),
                        case.sentence.clone(),
                    ]
                };
                out::table(&["级", "编号 case", "规则 rules", "情况"], rows.iter().map(row))
            })?;
        }
        Case::Show { case } => {
            let none = || {
                NotFound(format!(
                    "没有编号为 {case:?} 的事项；`hub case list` 列出全部 / no such case"
                ))
            };
            let id = CaseId::parse(&case).map_err(|_| none())?;
            let detail = store.case_detail(id).await?.ok_or_else(none)?;
            out::show(output, &detail, text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text(detail: &CaseDetail) -> String {
    let case = &detail.case;
    let mut text = format!(
        "事项 {}  {}  {}级  版本 {}  建立 {}\n",
        case.id,
        case.subject,
        case.severity.chinese(),
        case.version,
        out::time(detail.opened_ms)
    );
    for entry in &detail.warnings {
        let (warning, evidence) = (&entry.warning, &entry.evidence);
        let state = if warning.cleared {
            "数据已不再显示"
        } else {
            "存续"
        };
        text.push_str(&format!(
            "\n[{}] {} {}（{}）\n  {}\n",
            warning.severity.chinese(),
            warning.rule,
            entry.title,
            state,
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
    text
}
