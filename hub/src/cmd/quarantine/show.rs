//! `hub quarantine show`: one refused row, whole.
//! Here because the reason is believed once the cell is seen.
//! In: a row's number. Out: why, where, what stood there, what may have been meant, what became of it.
//! Not here: masks (said), the audit log (reveal).

use std::process::ExitCode;

use hub_model::{RefusalReason, RowKey};
use hub_runtime::clock;
use hub_store::RefusedRow;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::cli::{Output, Reveal};
use crate::cmd::reveal;
use crate::cmd::said::{Columns, Suggestion, is_blamed};
use crate::exit::{NotFound, UsageError};
use crate::{lang, out};

/// What is printed.
#[derive(Debug, Serialize)]
struct Page {
    row: RowKey,
    state: &'static str,
    connector: String,
    stream: String,
    part: String,
    /// `file!sheet!row`, or `request#index`.
    locator: String,
    first_run: String,
    first_at: String,
    last_run: String,
    closed: Option<serde_json::Value>,
    reasons: Vec<Reason>,
    cells: Vec<Cell>,
    suggestions: Vec<Suggestion>,
    masked: bool,
}

#[derive(Debug, Serialize)]
struct Reason {
    #[serde(flatten)]
    said: RefusalReason,
    /// The offending cell's column in the spreadsheet: letters, and the header as found.
    letter: Option<String>,
    header: Option<String>,
}

#[derive(Debug, Serialize)]
struct Cell {
    column: String,
    letter: String,
    header: Option<String>,
    value: Option<String>,
    blamed: bool,
}

pub(super) async fn run(app: &App, row: &str, wanted: &Reveal, output: Output) -> anyhow::Result<ExitCode> {
    let row = row.trim();
    // As it stands in a workbook: with stream and part before it and four digits that check it.
    let digits: String = row
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .take(16)
        .collect();
    let key = RowKey::parse(&digits).map_err(|_| {
        UsageError(
            "退回编号是16位数字和字母 a-f，见 hub quarantine export 的工作簿 / 16 hexadecimal digits"
                .to_owned(),
        )
    })?;
    let store = app.reader().await?;
    let refused = store.refused_row(key).await?.ok_or_else(|| {
        NotFound(format!(
            "没有编号为 {key} 的退回行；hub quarantine list 列出各期 / no such refused row"
        ))
    })?;
    let (files, lineage) = store.landed(&refused.stream, refused.run, &refused.part).await?;
    let (engine, numbers) = (app.engine.clone(), [refused.row]);
    let work = async move { engine.landed_rows(&files, &numbers).await };
    let landed = app.threads.spawn(work).await??.into_iter().next();
    let detail = json!({ "part": refused.part, "columns": "row" });
    let detail = detail.as_object().cloned().unwrap_or_default();
    let subject = format!("{}/{key}", refused.stream);
    let revealed = reveal::recorded(app, wanted, "quarantine", subject, detail).await?;
    let columns = Columns::of(&lineage);
    let shown = |column: &str, value: &str| {
        if revealed {
            value.to_owned()
        } else {
            columns.masked(column, value)
        }
    };
    let mut cells: Vec<Cell> = landed
        .iter()
        .flat_map(|landed| &landed.cells)
        .map(|cell| Cell {
            column: cell.column.clone(),
            letter: cell.letter.clone(),
            header: cell.header.clone(),
            value: cell.value.as_ref().map(|value| shown(&cell.column, value)),
            blamed: is_blamed(&cell.column, cell.header.as_deref(), &refused.reasons),
        })
        .collect();
    // As they stand in the sheet; those it does not have come last.
    cells.sort_by_key(|cell| (cell.header.is_none(), cell.letter.len(), cell.letter.clone()));
    let suggestions = landed
        .iter()
        .flat_map(|landed| columns.suggestions(landed, &refused.reasons))
        .map(|found| Suggestion {
            value: shown(&found.column, &found.value),
            column: found.column,
        })
        .collect();
    let page = page(
        refused,
        landed.map(|landed| landed.locator),
        cells,
        suggestions,
        !revealed,
    );
    out::show(output, &page, text)?;
    if !revealed {
        eprintln!(
            "{}",
            lang::said("已脱敏；须看原值请用 --reveal 理由 / masked: see --reveal")
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn page(
    refused: RefusedRow,
    locator: Option<String>,
    cells: Vec<Cell>,
    suggestions: Vec<Suggestion>,
    masked: bool,
) -> Page {
    let reasons = refused.reasons.into_iter().map(|said| {
        let own = std::slice::from_ref(&said);
        let cell = cells
            .iter()
            .find(|cell| is_blamed(&cell.column, cell.header.as_deref(), own));
        Reason {
            letter: cell.map(|cell| cell.letter.clone()),
            header: cell.and_then(|cell| cell.header.clone()),
            said,
        }
    });
    Page {
        row: refused.key,
        state: if refused.closed.is_some() {
            "closed"
        } else {
            "open"
        },
        connector: refused.stream.connector,
        stream: refused.stream.stream,
        part: refused.part,
        locator: locator.unwrap_or_default(),
        first_run: refused.first_run,
        first_at: clock::rfc3339(refused.first_ms),
        last_run: refused.run.to_string(),
        closed: refused
            .closed
            .map(|(run, at_ms, how)| json!({ "run": run, "at": clock::rfc3339(at_ms), "how": how })),
        reasons: reasons.collect(),
        cells,
        suggestions,
        masked,
    }
}

fn text(page: &Page) -> String {
    let mut text = format!(
        "{} {}/{} {}\n{place} {}\n{first} {} {}\n",
        page.row,
        page.connector,
        page.stream,
        page.part,
        page.locator,
        page.first_at,
        page.first_run,
        place = lang::either("位置", "place"),
        first = lang::pair("首次退回 first refused")
    );
    text.push_str(&match &page.closed {
        None => format!("{}\n", lang::pair("未改正 open")),
        Some(closed) => format!("{} {closed}\n", lang::pair("已改正 closed")),
    });
    for reason in &page.reasons {
        let place = match (&reason.letter, &reason.header) {
            (Some(letter), Some(header)) => format!("{letter}列“{header}”："),
            (_, None) | (None, Some(_)) => String::new(),
        };
        text.push_str(&format!("{} {place}{}\n", reason.said.code, reason.said.reason));
    }
    for suggestion in &page.suggestions {
        let (check, colon) = (lang::either("建议核对", "look whether"), lang::mark("："));
        text.push_str(&format!(
            "{check} {}{colon}{}\n",
            suggestion.column, suggestion.value
        ));
    }
    let row = |cell: &Cell| {
        vec![
            if cell.blamed { "▶" } else { "" }.to_owned(),
            cell.letter.clone(),
            cell.header.clone().unwrap_or_default(),
            cell.column.clone(),
            cell.value.clone().unwrap_or_default(),
        ]
    };
    let header = ["", "列 letter", "表头 header", "数据列 column", "值 value"];
    text.push_str(&out::table(&header, page.cells.iter().map(row)));
    text
}
