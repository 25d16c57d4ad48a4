//! Prints data: a JSON value or rows for programs, a table for people.
//! Here because data goes to stdout and nothing else does.
//! In: values. Out: stdout.
//! Not here: logs and errors, which go to stderr.

mod rows;

use std::io::{self, Write};
use std::sync::OnceLock;

use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use comfy_table::{ContentArrangement, Table, presets};
use hub_runtime::schedule;
use serde::Serialize;

use crate::cli::{Color, Output};
use crate::exit::UsageError;
use crate::lang;

pub(crate) use rows::{inert, line};

/// Whether lines are coloured: as `--color` says.
static COLOR: OnceLock<Color> = OnceLock::new();

/// From now on lines are coloured as `color` says.
pub(crate) fn color(color: Color) {
    // Once, before anything is shown.
    let _ = COLOR.set(color);
}

/// Whether lines that go to a `terminal`, or elsewhere, are coloured.
pub(crate) fn coloured(terminal: bool) -> bool {
    match COLOR.get() {
        Some(Color::Always) => true,
        Some(Color::Never) => false,
        Some(Color::Auto) | None => {
            let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
            let dumb = set("TERM").is_some_and(|value| value == "dumb");
            terminal && set("NO_COLOR").is_none() && !dumb
        }
    }
}

/// Refuses a format that only `hub query` has, before anything is done.
pub(crate) fn printable(output: Output) -> anyhow::Result<()> {
    if output == Output::Parquet {
        let message = "只有 hub query 能输出 parquet / only `hub query` writes parquet";
        return Err(UsageError(message.to_owned()).into());
    }
    Ok(())
}

/// Prints `value` as JSON or rows, or what `table` makes for people.
pub(crate) fn show<T: Serialize>(
    output: Output,
    value: &T,
    table: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    let text = match output {
        Output::Json => serde_json::to_string_pretty(value)?,
        Output::Table => table(value),
        Output::Jsonl => {
            let rows = rows::rows(&serde_json::to_string(value)?)?;
            let lines: Vec<&str> = rows.iter().map(|row| row.get()).collect();
            // No rows are no lines, not an empty one.
            return print(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        }
        Output::Csv => {
            let rows = rows::rows(&serde_json::to_string(value)?)?;
            return print(&rows::csv(&rows)?);
        }
        Output::Parquet => return printable(output),
    };
    print(&format!("{}\n", text.trim_end()))
}

/// Prints `text` as it is.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    reached(text).map(|_| ())
}

/// Prints `text` as it is; whether anybody still reads.
pub(crate) fn reached(text: &str) -> anyhow::Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader went away (`hub … | head`): nobody is left to tell.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

/// A table with `header`, as it was chosen, and `rows`.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let header: Vec<String> = header.iter().map(|header| lang::pair(header)).collect();
    table_of(&header, rows)
}

/// A table whose `header` is data, and `rows`.
pub(crate) fn table_of(header: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}

/// So many bytes, for people: 3.2 GiB.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut rest, mut unit) = (count, 0, "B");
    for next in UNITS {
        if whole < 1024 {
            break;
        }
        (whole, rest, unit) = (whole / 1024, whole % 1024, next);
    }
    if unit == "B" {
        format!("{whole} B")
    } else {
        format!("{whole}.{} {unit}", rest * 10 / 1024)
    }
}

/// The rows of `batches`, each cell as text; `None` where it is NULL.
pub(crate) fn texts(batches: &[RecordBatch]) -> anyhow::Result<Vec<Vec<Option<String>>>> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in batches {
        let columns = batch.columns().iter();
        let texts: Vec<ArrayFormatter<'_>> = columns
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().zip(&texts);
            let cells = cells.map(|(column, text)| column.is_valid(row).then(|| text.value(row).to_string()));
            rows.push(cells.collect());
        }
    }
    Ok(rows)
}

/// How long `ms` is, for people.
pub(crate) fn span(ms: i64) -> String {
    let (chinese, english) = (schedule::span(ms), schedule::span_english(ms));
    lang::either(&chinese, &english).to_owned()
}

/// `at_ms` as people in China read it.
pub(crate) fn time(at_ms: i64) -> String {
    hub_runtime::clock::said(at_ms)
}
