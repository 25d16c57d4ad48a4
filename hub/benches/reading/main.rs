//! What reading costs from a department's file or service to the lake, in CPU seconds of hub and child together.
//! Here because the speed is a promise, and a promise is measured over the whole way, with real plugins in real children.
//! In: figures to measure (`csv`, `normalise`, `rest`, `xml`, `xlsx`; all without one), `HUB_BENCH_ROWS`, `HUB_BENCH_PYTHON`
//! (an interpreter with duckdb). Out: one table of figures, budgets and ratios.
//! Not here: judging; a figure below its budget is printed, nothing fails.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

mod figures;
mod material;
mod measure;
mod pages;
mod path;
mod peers;

use std::process::ExitCode;

use figures::Figure;

/// The hub's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The word by which this program, started again, serves pages.
const SERVE: &str = "serve-pages";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // A plugin's child is this program again, as it is the hub itself elsewhere.
        ["connector-host", ..] => return plugin_host::child_main(),
        [SERVE, records] => pages::serve(records.as_ref()),
        _ => {}
    }
    if words.contains(&"--test") {
        return ExitCode::SUCCESS;
    }
    let asked: Vec<&str> = words.into_iter().filter(|word| !word.starts_with("--")).collect();
    let wanted = |name: &str| asked.is_empty() || asked.contains(&name);
    let mut figures: Vec<Figure> = Vec::new();
    // First, as what normalising has held is not given back at once and would count as memory of landing.
    if wanted("csv") {
        figures.extend(figures::csv());
    }
    if wanted("rest") {
        figures.extend(figures::rest());
    }
    if wanted("xml") {
        figures.extend(figures::xml());
    }
    if wanted("xlsx") {
        figures.extend(figures::xlsx());
    }
    if wanted("normalise") {
        figures.extend(figures::normalise());
    }
    println!("\n{}", figures::table(&figures));
    ExitCode::SUCCESS
}
