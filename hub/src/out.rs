//! Prints data: a JSON value for programs, a table for people.
//! Here because data goes to stdout and nothing else does.
//! In: values. Out: stdout.
//! Not here: logs and errors, which go to stderr.

use std::io::{self, Write};

use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::cli::Output;
use crate::exit::UsageError;

/// Prints `value` as JSON, or what `table` makes for people.
pub(crate) fn show<T: Serialize>(
    output: Output,
    value: &T,
    table: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    let text = match output {
        Output::Json => serde_json::to_string_pretty(value)?,
        Output::Table => table(value),
        Output::Csv | Output::Parquet => {
            let message = "只有 hub query 能输出 csv 和 parquet / only `hub query` prints csv and parquet";
            return Err(UsageError(message.to_owned()).into());
        }
    };
    print(&format!("{}\n", text.trim_end()))
}

/// Prints `text` as it is.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader went away (`hub … | head`): nobody is left to tell.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A table with `header` and `rows`.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
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

/// `at_ms` as people in China read it.
pub(crate) fn time(at_ms: i64) -> String {
    hub_runtime::clock::said(at_ms)
}
