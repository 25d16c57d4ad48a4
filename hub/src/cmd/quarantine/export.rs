//! `hub quarantine export`: open refused rows as a workbook for the department they came from.
//! Here because rows are put right where they came from, and by people who know the families.
//! In: which rows, a new file, why. Out: the file, its owner's alone; an audit entry before anything is written.
//! Not here: the workbook's form (runtime), what comes of a corrected copy (the next run).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use hub_engine::{LandedCell, LandedRow};
use hub_model::{RunId, StreamId};
use hub_runtime::returned::{ROWS_MAX, ReturnedRow, ReturnedWorkbook};
use hub_store::{RefusedFilter, RefusedRow, Store};
use serde_json::json;

use crate::app::App;
use crate::cli::{Output, Reveal};
use crate::cmd::reveal;
use crate::cmd::said::{Columns, is_blamed};
use crate::exit::{NotFound, UsageError};
use crate::{lang, out};

/// What a header is written with where it numbers a member.
const NUMERALS: &str = "一二三四五六七八九十";

/// Rows that stand under the same headers.
#[derive(Debug, Default)]
struct Sheet {
    /// The stream's columns, in the order of the department's, each under its header.
    columns: Vec<(String, String)>,
    rows: Vec<ReturnedRow>,
}

pub(super) async fn run(
    app: &App,
    filter: RefusedFilter,
    file: &Path,
    reason: String,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let connector = filter.connector.clone().unwrap_or_default();
    app.sources.connector(&connector)?;
    check(file)?;
    let store = app.reader().await?;
    let mut rows = store.open_refused(&filter, ROWS_MAX + 1).await?;
    if rows.is_empty() {
        let message = "没有符合条件的退回行，未生成文件 / no refused row is open; nothing was written";
        return Err(NotFound(message.to_owned()).into());
    }
    let is_cut = rows.len() > ROWS_MAX as usize;
    rows.truncate(ROWS_MAX as usize);
    let detail = json!({ "stream": filter.stream, "code": filter.code, "rows": rows.len() });
    let detail = detail.as_object().cloned().unwrap_or_default();
    let wanted = Reveal { reason: Some(reason) };
    reveal::recorded(app, &wanted, "quarantine.export", connector, detail).await?;
    let workbook = ReturnedWorkbook::create(file)?;
    let mut written = match write(app, &store, rows, workbook).await {
        Ok(written) => written,
        Err(error) => {
            // Half a workbook is none; why there is none matters more than that it could not be removed.
            let _removed = std::fs::remove_file(file);
            return Err(error);
        }
    };
    written.cut |= is_cut;
    tell(file, &written, output)
}

/// What can be refused before anybody's rows are looked at.
fn check(file: &Path) -> anyhow::Result<()> {
    if file.extension().is_none_or(|extension| extension != "xlsx") {
        let message = "--out 须是 .xlsx 文件 / --out wants a new .xlsx file";
        return Err(UsageError(message.to_owned()).into());
    }
    let path = || file.display().to_string();
    if file.try_exists().with_context(path)? {
        anyhow::bail!("{} 已存在，不会覆盖 / there is such a file already", path());
    }
    Ok(())
}

fn tell(file: &Path, written: &Written, output: Output) -> anyhow::Result<ExitCode> {
    let told = json!({ "file": file, "rows": written.rows, "gone": written.gone, "cut": written.cut });
    out::show(output, &told, |_| {
        let (path, rows) = (file.display(), written.rows);
        lang::said(&format!(
            "已写入 {path}：{rows} 行。改好后放回原来的报送文件夹，下次运行时采用 / written; a corrected copy goes back into the inbox"
        ))
    })?;
    if written.cut {
        let more = "还有退回的行没有写入：请用 --stream 或 --code 分批导出 / there are more: export by --stream or --code";
        eprintln!("{}", lang::said(more));
    }
    if written.gone > 0 {
        let gone = lang::said("行的原文件已不在，没有写入 / rows whose landed files are gone");
        eprintln!("{} {gone}", written.gone);
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Default)]
struct Written {
    rows: u64,
    /// Rows whose landed files are gone.
    gone: u64,
    /// There are more rows than there was room for.
    cut: bool,
}

async fn write(
    app: &App,
    store: &Store,
    rows: Vec<RefusedRow>,
    mut workbook: ReturnedWorkbook,
) -> anyhow::Result<Written> {
    let mut written = Written::default();
    // In the order they are listed: by stream and part, so that one part is in memory at a time.
    let mut parts: Vec<((StreamId, String), Vec<RefusedRow>)> = Vec::new();
    for row in rows {
        let part = (row.stream.clone(), row.part.clone());
        match parts.last_mut().filter(|(open, _)| *open == part) {
            Some((_, rows)) => rows.push(row),
            None => parts.push((part, vec![row])),
        }
    }
    for ((stream, part), rows) in parts {
        let asked = rows.len() as u64;
        let mut found = 0;
        for sheet in sheets(app, store, &stream, &part, rows).await? {
            found += sheet.rows.len() as u64;
            let titles: Vec<String> = sheet.columns.into_iter().map(|(_, title)| title).collect();
            if !workbook.sheet(&part, &titles)? {
                written.cut = true;
                continue;
            }
            for row in &sheet.rows {
                workbook.row(row)?;
                written.rows += 1;
            }
        }
        written.gone += asked - found;
    }
    workbook.finish()?;
    Ok(written)
}

/// The rows of a part by the headers they stand under: amounts in yuan and in ten thousand are not one column.
async fn sheets(
    app: &App,
    store: &Store,
    stream: &StreamId,
    part: &str,
    rows: Vec<RefusedRow>,
) -> anyhow::Result<Vec<Sheet>> {
    let mut by_run: BTreeMap<RunId, BTreeMap<i64, RefusedRow>> = BTreeMap::new();
    for row in rows {
        by_run.entry(row.run).or_default().insert(row.row, row);
    }
    let mut sheets: BTreeMap<Vec<(String, String)>, Sheet> = BTreeMap::new();
    for (run, refused) in by_run {
        let (files, lineage) = store.landed(stream, run, part).await?;
        let numbers: Vec<i64> = refused.keys().copied().collect();
        let engine = app.engine.clone();
        let work = async move { engine.landed_rows(&files, &numbers).await };
        let columns = Columns::of(&lineage);
        for landed in app.threads.spawn(work).await?? {
            let Some(refused) = refused.get(&landed.row) else {
                continue;
            };
            let titled = landed
                .cells
                .iter()
                .filter_map(|cell| Some((cell.column.clone(), cell.header.clone()?)));
            let sheet = sheets.entry(titled.collect()).or_insert_with(|| Sheet {
                columns: ordered(&landed.cells),
                rows: Vec::new(),
            });
            let row = returned(&landed, refused, &columns, &sheet.columns);
            sheet.rows.push(row);
        }
    }
    Ok(sheets.into_values().collect())
}

/// The columns the department's sheet has, as they stand in it, each with the header it goes back under.
fn ordered(cells: &[LandedCell]) -> Vec<(String, String)> {
    let mut found: Vec<(&LandedCell, String)> = cells
        .iter()
        .filter_map(|cell| Some((cell, title(&cell.column, cell.header.as_deref()?))))
        .collect();
    // AA comes after Z; of records, which have no letters, the stream's order stays.
    found.sort_by_key(|(cell, _)| (cell.letter.len(), cell.letter.clone()));
    found
        .into_iter()
        .map(|(cell, title)| (cell.column.clone(), title))
        .collect()
}

/// The department's own header; the stream's name with the same unit, where the header was put together from a group, or
/// numbers a member: here a row is one person, and the header one row.
fn title(column: &str, header: &str) -> String {
    let numbers = |text: &str| text.chars().any(|c| c.is_numeric() || NUMERALS.contains(c));
    if !header.contains(['/', '\n']) && (numbers(column) || !numbers(header)) {
        return header.to_owned();
    }
    let bracketed = |text: &str| text.ends_with([')', '）']);
    match header.rfind(['(', '（']).and_then(|at| header.get(at..)) {
        Some(unit) if bracketed(unit) && !bracketed(column) => format!("{column}{unit}"),
        Some(_) | None => column.to_owned(),
    }
}

fn returned(
    landed: &LandedRow,
    refused: &RefusedRow,
    columns: &Columns,
    titles: &[(String, String)],
) -> ReturnedRow {
    let cell = |column: &str| landed.cells.iter().find(|cell| cell.column == column);
    let title = |column: &str| {
        titles
            .iter()
            .find(|(known, _)| known == column)
            .map(|(_, title)| title.as_str())
    };
    let blamed = |column: &str| {
        let header = cell(column).and_then(|cell| cell.header.as_deref());
        is_blamed(column, header, &refused.reasons)
    };
    let suggestions = columns.suggestions(landed, &refused.reasons);
    let suggested = suggestions.iter().map(|found| {
        let column = title(&found.column).unwrap_or(&found.column);
        format!("{column}：{}", found.value)
    });
    let reasons = refused
        .reasons
        .iter()
        .map(|reason| format!("{} {}", reason.code, reason.reason));
    let positions = titles.iter().enumerate();
    ReturnedRow {
        cells: titles
            .iter()
            .map(|(column, _)| {
                cell(column)
                    .and_then(|cell| cell.value.clone())
                    .unwrap_or_default()
            })
            .collect(),
        blamed: positions
            .filter(|(_, (column, _))| {
                blamed(column) || suggestions.iter().any(|found| found.column == *column)
            })
            .map(|(position, _)| position)
            .collect(),
        reason: reasons.collect::<Vec<_>>().join("；"),
        suggestion: suggested.collect::<Vec<_>>().join("；"),
        place: landed.locator.clone(),
        number: refused.key.written(&refused.stream.stream, &refused.part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_back_under_its_own_header_unless_the_header_was_put_together() {
        for (column, header, expect) in [
            ("证件号码", "身份证号码", "身份证号码"),
            ("金额", "金额（万元）", "金额（万元）"),
            ("纯收入", "收入/纯收入(元)", "纯收入(元)"),
            ("纯收入", "收入/纯收入", "纯收入"),
            ("姓名", "成员2姓名", "姓名"),
            ("姓名", "成员二姓名", "姓名"),
            ("2023年收入", "2023年收入", "2023年收入"),
            ("采购总额(万元)", "采购/总额(万元)", "采购总额(万元)"),
        ] {
            assert_eq!(title(column, header), expect, "{header}");
        }
    }

    #[test]
    fn columns_stand_as_they_stood() {
        let cell = |column: &str, letter: &str| LandedCell {
            column: column.to_owned(),
            letter: letter.to_owned(),
            header: Some(column.to_owned()),
            value: None,
        };
        let cells = [cell("丙", "AA"), cell("甲", "A"), cell("乙", "Z")];
        let columns: Vec<String> = ordered(&cells).into_iter().map(|(column, _)| column).collect();
        assert_eq!(columns, ["甲", "乙", "丙"]);
    }
}
