//! `hub connector preview --explain`: what the hub would make of a source's first rows.
//! Here because an engineer must see header, columns, meaning and refusals before the first run, and fix them in minutes.
//! In: a connector's stream, how many rows. Out: where headers were found, how each column is read, what would be refused.
//! Not here: reading and normalising (runtime's trial); a lake of its own holds the rows, and goes with the command.

use std::collections::BTreeMap;
use std::process::ExitCode;

use arrow_array::Array;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use hub_engine::{Engine, LandedCell, LandedRow, Question};
use hub_model::{ActiveData, FileRef, NewFile, RefusalReason, Schema};
use hub_runtime::{Sample, Trial, clock};
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::cmd::said::{Columns, is_blamed};
use crate::{lang, out};

/// What is printed.
#[derive(Debug, Serialize)]
struct Page {
    connector: String,
    stream: String,
    /// Where its mapping stands.
    mapping: String,
    rows_in: u64,
    accepted: u64,
    rejected: u64,
    filtered: u64,
    /// Where headers were found, a sentence each.
    header: Vec<String>,
    /// What a run would remark.
    remarks: Vec<String>,
    columns: Vec<Found>,
    reads: Vec<Reads>,
    refused: Vec<Refused>,
}

/// A column of the stream, as it stands in the source.
#[derive(Debug, Serialize)]
struct Found {
    column: String,
    letter: String,
    /// The header as found; none when the source has no such column.
    header: Option<String>,
    /// Rows in which it is empty.
    empty: u64,
    /// Its first value, masked.
    sample: Option<String>,
    /// Whether the mapping reads it.
    used: bool,
}

/// A canonical column, with one row's value of it.
#[derive(Debug, Serialize)]
struct Reads {
    table: String,
    column: String,
    /// Columns of the stream it is computed from.
    from: Vec<String>,
    /// What stood in them in the row at `locator`, masked.
    given: Vec<String>,
    /// What it was read as, masked.
    value: Option<String>,
    locator: String,
}

/// A row that would be refused.
#[derive(Debug, Serialize)]
struct Refused {
    locator: String,
    reasons: Vec<Reason>,
}

#[derive(Debug, Serialize)]
struct Reason {
    #[serde(flatten)]
    said: RefusalReason,
    letter: String,
    header: Option<String>,
}

/// Tries the first `rows` rows of `stream` in a lake of its own.
pub(super) async fn run(
    app: &App,
    connector: &str,
    stream: &str,
    rows: u64,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let (lake, sources, engine) = app.trial()?;
    for sample in sources.samples(connector, &[stream], rows).await? {
        let trial = sources.trial(&sample).await?;
        let engine = engine.clone();
        let work = async move { page(&engine, sample, trial).await };
        let page = app.threads.spawn(work).await??;
        out::show(output, &page, text)?;
    }
    drop(lake);
    Ok(ExitCode::SUCCESS)
}

async fn page(engine: &Engine, sample: Sample, trial: Trial) -> anyhow::Result<Page> {
    let landed = landed(engine, &trial).await?;
    let said = Columns::of(&trial.normalised.lineage);
    let reads = reads(engine, &trial, &landed, &said).await?;
    let counts = trial.normalised.rows;
    Ok(Page {
        connector: sample.stream.connector.clone(),
        stream: sample.stream.stream.clone(),
        mapping: sample.origin,
        rows_in: counts.rows_in,
        accepted: counts.accepted,
        rejected: counts.rejected,
        filtered: counts.filtered,
        header: sample.explained,
        remarks: sample.remarks,
        columns: columns(&trial, &landed, &said),
        reads,
        refused: refused(&trial, &landed),
    })
}

/// The rows of a trial as they landed.
pub(super) async fn landed(engine: &Engine, trial: &Trial) -> anyhow::Result<Vec<LandedRow>> {
    let files: Vec<FileRef> = trial.landed.iter().map(file).collect();
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let numbers: Vec<i64> = (0..=i64::try_from(rows).unwrap_or(i64::MAX)).collect();
    Ok(engine.landed_rows(&files, &numbers).await?)
}

/// The canonical files of a trial, as questions look at them.
pub(super) fn canonical(trial: &Trial) -> ActiveData {
    let mut data = ActiveData::default();
    let files = trial.normalised.files.iter();
    for written in files.filter(|file| file.schema == Schema::Main) {
        data.tables
            .entry(written.table.clone())
            .or_default()
            .push(file(written));
    }
    data
}

fn file(file: &NewFile) -> FileRef {
    FileRef {
        path: file.path.clone(),
        rows: file.rows,
    }
}

fn columns(trial: &Trial, landed: &[LandedRow], said: &Columns) -> Vec<Found> {
    let used = |column: &str| {
        let mut computed = trial.normalised.lineage.values().flat_map(BTreeMap::values);
        computed.any(|from| from.iter().any(|source| source == column))
    };
    let of = |name: &String| {
        let cells = || {
            landed
                .iter()
                .flat_map(|row| &row.cells)
                .filter(|cell| cell.column == *name)
        };
        let filled =
            || cells().filter_map(|cell| cell.value.as_deref().filter(|text| !text.trim().is_empty()));
        let place = cells().find(|cell| cell.header.is_some());
        Found {
            column: name.clone(),
            letter: place.map(|cell| cell.letter.clone()).unwrap_or_default(),
            header: place.and_then(|cell| cell.header.clone()),
            empty: (landed.len() - filled().count()) as u64,
            sample: filled().next().map(|text| said.masked(name, text)),
            used: used(name),
        }
    };
    let names = landed.first().map(|row| row.cells.as_slice()).unwrap_or_default();
    names.iter().map(|cell| of(&cell.column)).collect()
}

/// One accepted row of each canonical table.
async fn reads(
    engine: &Engine,
    trial: &Trial,
    landed: &[LandedRow],
    said: &Columns,
) -> anyhow::Result<Vec<Reads>> {
    let data = canonical(trial);
    let mut reads = Vec::new();
    for table in data.tables.keys() {
        let question = Question {
            sql: format!("SELECT * FROM {table} LIMIT 1"),
            rows_max: 1,
            reveal: false,
            day: clock::day(clock::now_ms()),
        };
        let answer = engine.answer(engine.prepare(&data, &question).await?).await?;
        let Some(batch) = answer.batches().first() else {
            continue;
        };
        let options = FormatOptions::default();
        let value = |column: &str| -> anyhow::Result<Option<String>> {
            let Some(array) = batch.column_by_name(column).filter(|array| array.is_valid(0)) else {
                return Ok(None);
            };
            Ok(Some(
                ArrayFormatter::try_new(array, &options)?.value(0).to_string(),
            ))
        };
        let locator = value(hub_model::LOCATOR)?.unwrap_or_default();
        let row = landed.iter().find(|row| row.locator == locator);
        let cell = |name: &str| row.and_then(|row| row.cells.iter().find(|cell| cell.column == name));
        let given = |name: &String| {
            let text = cell(name)
                .and_then(|cell| cell.value.as_deref())
                .unwrap_or_default();
            said.masked(name, text)
        };
        let computed = trial.normalised.lineage.get(table);
        // In the table's own order.
        for field in batch.schema().fields() {
            let from = computed.and_then(|computed| computed.get(field.name()));
            let from = from.filter(|from| !from.is_empty() && !field.name().starts_with('_'));
            let Some(from) = from else {
                continue;
            };
            reads.push(Reads {
                table: table.clone(),
                column: field.name().clone(),
                given: from.iter().map(given).collect(),
                from: from.clone(),
                value: value(field.name())?,
                locator: locator.clone(),
            });
        }
    }
    Ok(reads)
}

fn refused(trial: &Trial, landed: &[LandedRow]) -> Vec<Refused> {
    let parts = trial.normalised.refusals.iter();
    let mut refused: Vec<_> = parts.flat_map(|part| &part.refused).collect();
    refused.sort_by_key(|refusal| refusal.row);
    let rows = refused.into_iter().map(|refusal| {
        let row = landed.iter().find(|row| row.row == refusal.row);
        let cell = |reason: &RefusalReason| -> Option<&LandedCell> {
            let blamed = |cell: &&LandedCell| {
                is_blamed(&cell.column, cell.header.as_deref(), std::slice::from_ref(reason))
            };
            row?.cells.iter().find(blamed)
        };
        let reasons = refusal.reasons.iter().map(|reason| Reason {
            letter: cell(reason).map(|cell| cell.letter.clone()).unwrap_or_default(),
            header: cell(reason).and_then(|cell| cell.header.clone()),
            said: (**reason).clone(),
        });
        Refused {
            locator: row.map(|row| row.locator.clone()).unwrap_or_default(),
            reasons: reasons.collect(),
        }
    });
    rows.collect()
}

fn text(page: &Page) -> String {
    let (read, accepted, rejected, filtered) = (page.rows_in, page.accepted, page.rejected, page.filtered);
    let counts = format!(
        "读 {read} 行，采用 {accepted}，退回 {rejected}，略过 {filtered} / {read} rows read, {accepted} accepted, {rejected} refused, {filtered} left out"
    );
    let colon = lang::mark("：");
    let mut lines = vec![format!(
        "{}/{}{colon}{}",
        page.connector,
        page.stream,
        lang::said(&counts)
    )];
    let line = |of: &str, said: &String| format!("{}{colon}{said}", lang::pair(of));
    lines.push(line("映射 mapping", &page.mapping));
    lines.extend(page.header.iter().map(|said| line("表头 header", said)));
    lines.extend(page.remarks.iter().map(|said| line("说明 remark", said)));
    let columns = page.columns.iter().map(|found| {
        let place = match (&found.header, found.letter.as_str()) {
            (None, _) => format!(
                "{}{}{}",
                lang::mark("（").trim_start(),
                lang::pair("无此列 absent"),
                lang::mark("）")
            ),
            (Some(header), "") => header.clone(),
            (Some(header), letter) => format!("{letter} {header}"),
        };
        let used = if found.used {
            String::new()
        } else {
            lang::pair("不用 unused")
        };
        let sample = found.sample.clone().unwrap_or_default();
        vec![found.column.clone(), place, found.empty.to_string(), sample, used]
    });
    lines.push(out::table(
        &["列 column", "所在 found at", "空 empty", "例 sample", ""],
        columns,
    ));
    let reads = page.reads.iter().map(|reads| {
        let given = reads.from.iter().zip(&reads.given);
        let given: Vec<String> = given.map(|(from, given)| format!("{from}={given}")).collect();
        vec![
            format!("{}.{}", reads.table, reads.column),
            given.join("；"),
            reads.value.clone().unwrap_or_default(),
        ]
    });
    lines.push(out::table(
        &["规范列 canonical", "原值 from", "读作 read as"],
        reads,
    ));
    let refused = page.refused.iter().flat_map(|row| {
        row.reasons.iter().map(|reason| {
            let cell = reason
                .header
                .as_ref()
                .map(|header| format!("{} {header}", reason.letter));
            vec![
                row.locator.clone(),
                reason.said.code.clone(),
                cell.unwrap_or_default().trim().to_owned(),
                reason.said.reason.clone(),
            ]
        })
    });
    if page.rejected > 0 {
        lines.push(out::table(
            &["会退回 refused", "原因 code", "单元格 cell", "说明 why"],
            refused,
        ));
    }
    lines.join("\n")
}
