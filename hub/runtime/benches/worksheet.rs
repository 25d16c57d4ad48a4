//! What a worksheet costs: seconds and memory of writing one as large as a sheet may be.
//! Here because an office waits while it is written, and a county may dispatch a whole month at once.
//! In: `--rows N` (50,000). Out: one line.
//! Not here: choosing the cases (store), reading it back (a child with the plugin that reads tables).
//!
//! `cargo bench -p hub-runtime --bench worksheet`; a budget of 5 s for 50,000 rows.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

use std::time::Instant;

use chrono::NaiveDate;
use hub_model::{CaseId, CaseState, CitedCell, RuleId, Severity, Subject};
use hub_runtime::worksheet::{Seal, write};
use hub_store::{SheetRow, SheetWarning};
use nix::sys::resource::{UsageWho, getrusage};

const ROWS: u64 = 50_000;
/// Rows cited for a warning, two cells each.
const ROWS_CITED: u64 = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--rows");
    let given = at.and_then(|at| arguments.get(at + 1));
    let rows: u64 = given.map_or(ROWS, |rows| rows.parse().unwrap());
    let rows: Vec<SheetRow> = (0..rows).map(row).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.xlsx");
    let day = NaiveDate::from_ymd_opt(2023, 11, 6).unwrap();
    let before = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss();
    let began = Instant::now();
    write(&path, ("民政", day), &rows, &Seal::new(&[7; 32]), false).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let after = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss();
    println!(
        "{} rows: {seconds:.2} s, {} MB on the disk, peak memory {} MB, {} MB of it the rows",
        rows.len(),
        std::fs::metadata(&path).unwrap().len() >> 20,
        after >> 10,
        before >> 10
    );
}

/// As large as what the shipped rules say.
fn row(nth: u64) -> SheetRow {
    let cells = (0..ROWS_CITED).flat_map(|row| {
        [("F", "纯收入"), ("K", "年度家庭人口数")].map(|(column, header)| CitedCell {
            stream: "national/income".into(),
            locator: format!("收入_202310.xlsx!Sheet1!{}", nth * ROWS_CITED + row + 2),
            column: column.into(),
            header: header.into(),
            value: (600_000 + nth % 1_000).to_string(),
        })
    });
    SheetRow {
        case: CaseId::new(1_700_000_000_000, nth.into()),
        version: 2,
        subject: Subject::household(nth + 1),
        severity: Severity::Orange,
        state: CaseState::Dispatched,
        department: "民政".into(),
        due: NaiveDate::from_ymd_opt(2023, 11, 20),
        place: "颍州区/柳河镇/双桥村".into(),
        warnings: vec![SheetWarning {
            rule: RuleId::parse("A01").unwrap(),
            sentence: format!(
                "颍州区柳河镇双桥村，户编号{nth:018}：2023年度家庭纯收入6000元，3人人均不足8000元，低于防返贫监测线。\
                 请10个工作日内入户核实，符合条件的按程序纳入监测。"
            ),
            cells: cells.collect(),
        }],
    }
}
