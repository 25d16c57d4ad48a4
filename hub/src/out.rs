//! Prints data: a JSON value for programs, a table for people.
//! Here because data goes to stdout and nothing else does.
//! In: values. Out: stdout.
//! Not here: logs and errors, which go to stderr.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::cli::Output;

/// Prints `value` as JSON, or what `table` makes for people.
pub(crate) fn show<T: Serialize>(
    output: Output,
    value: &T,
    table: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    let text = match output {
        Output::Json => serde_json::to_string_pretty(value)?,
        Output::Table => table(value),
    };
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{}", text.trim_end()) {
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

/// `at_ms` as people in China read it.
pub(crate) fn time(at_ms: i64) -> String {
    hub_runtime::clock::rfc3339(at_ms)
        .chars()
        .take(19)
        .collect::<String>()
        .replace('T', " ")
}
