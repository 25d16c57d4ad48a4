//! The whole rule book over a city: seconds of each rule, wall, CPU, memory; and DuckDB's over the same files.
//! Here because a check must fit a night and a modest server, and what it costs is spread over more than two hundred rules.
//! In: `--demo DIR` (what `hub demo` left), `--people N` (a million), `--lake DIR` (kept and used again), `--rules A01,B01`,
//! `--memory-mb N` (768), `--duckdb PYTHON`. Out: a few lines, the dearest rules first.
//! Not here: how one county becomes a city (city), whether a rule is right (its examples).
//!
//! `cargo bench -p hub-engine --bench rules -- --demo DIR`; budgets on two cores: a million people 15 s and 1.5 GB,
//! ten million 180 s and 6 GB.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

mod city;
mod seconds;
#[path = "../usage/mod.rs"]
mod usage;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use hub_engine::{Engine, EngineOptions, IdentityKey, RuleBook};
use hub_model::{ActiveData, RuleOutcome, RuleState};
use seconds::Seconds;
use sha2::{Digest, Sha256};
use usage::{cpu_seconds, peak_mb};

const PEOPLE: u64 = 1_000_000;
const MEMORY_MB: usize = 768;
/// How many of the dearest rules are named.
const DEAREST: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let Some(demo) = given("--demo").map(PathBuf::from) else {
        return println!(
            "rules: nothing measured without --demo DIR (hub demo --dir DIR --people 10000 --once)"
        );
    };
    let people = given("--people").map_or(PEOPLE, |people| people.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let lake = given("--lake").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let began = Instant::now();
    let data = runtime.block_on(city::of(&demo.join("data"), &lake, people));
    let rows: u64 = data.tables.values().flatten().map(|file| file.rows).sum();
    println!(
        "{} people, {} households, {rows} canonical rows; there after {:.1} s",
        rows_of(&data, "person"),
        rows_of(&data, "household"),
        began.elapsed().as_secs_f64()
    );
    let mut book = RuleBook::load(&demo.join("config")).unwrap();
    if let Some(wanted) = given("--rules") {
        let wanted: Vec<&str> = wanted.split(',').collect();
        book.rules
            .retain(|rule| wanted.contains(&rule.header.id.as_str()));
    }
    let engine = Engine::new(EngineOptions {
        lake_dir: lake.clone(),
        memory_bytes: given("--memory-mb").map_or(MEMORY_MB, |mb| mb.parse().unwrap()) << 20,
        partitions: std::thread::available_parallelism().unwrap().get(),
        identity_key: IdentityKey::new([1; 32]),
    })
    .unwrap();
    let day = NaiveDate::from_ymd_opt(2023, 11, 6).unwrap();
    let listened = Seconds::listen();
    let (data, book) = (Arc::new(data), Arc::new(book));
    for _ in 0..given("--times").map_or(1, |times| times.parse().unwrap()) {
        check(&runtime, &engine, (&data, &book), day, &listened);
    }
    if let Some(python) = given("--duckdb") {
        duckdb(&python, &demo, &lake, &data, day);
    }
}

fn check(
    runtime: &tokio::runtime::Runtime,
    engine: &Engine,
    (data, book): (&Arc<ActiveData>, &Arc<RuleBook>),
    day: NaiveDate,
    listened: &Seconds,
) {
    let (written_mb, cpu, began) = (peak_mb(), cpu_seconds(), Instant::now());
    let work = engine.cross_check(Arc::clone(data), Arc::clone(book), day, Some(Arc::default()));
    let outcomes = runtime.block_on(work).unwrap();
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let findings = |outcome: &RuleOutcome| outcome.findings.len();
    for outcome in &outcomes {
        if let RuleState::NotComputable { reason } = &outcome.state {
            println!("  {} cannot be computed: {reason}", outcome.rule.id);
        }
    }
    let found: HashMap<String, usize> = outcomes
        .iter()
        .map(|outcome| (outcome.rule.id.to_string(), findings(outcome)))
        .collect();
    let mut dearest = listened.take();
    dearest.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (rule, seconds) in dearest.iter().take(DEAREST) {
        println!(
            "  {rule}: {seconds:.2} s, {} findings",
            found.get(rule).unwrap_or(&0)
        );
    }
    println!(
        "{} rules, {} findings ({}): {seconds:.2} s, {cpu:.2} CPU s, peak {} MB (of which {written_mb} MB before)",
        outcomes.len(),
        found.values().sum::<usize>(),
        digest(&outcomes),
        peak_mb()
    );
}

/// What was found, as one number: the same as long as nothing else is found.
fn digest(outcomes: &[RuleOutcome]) -> String {
    let mut digest = Sha256::new();
    for outcome in outcomes {
        digest.update(outcome.rule.id.as_str());
        digest.update(format!("{:?}", outcome.state));
        for finding in &outcome.findings {
            digest.update(serde_json::to_vec(finding).unwrap());
        }
    }
    hex::encode(digest.finalize()).chars().take(12).collect()
}

/// The same SQL over the same files in DuckDB, where it takes it.
fn duckdb(python: &str, demo: &Path, lake: &Path, data: &ActiveData, day: NaiveDate) {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rules/duckdb_peer.py");
    let tables: HashMap<&String, Vec<PathBuf>> = data
        .tables
        .iter()
        .map(|(table, files)| (table, files.iter().map(|file| lake.join(&file.path)).collect()))
        .collect();
    let list = lake.join("duckdb-tables.json");
    std::fs::write(&list, serde_json::to_vec(&tables).unwrap()).unwrap();
    let mut command = Command::new(python);
    command
        .arg(peer)
        .arg(list)
        .arg(demo.join("config"))
        .arg(day.to_string());
    assert!(command.status().unwrap().success());
}

fn rows_of(data: &ActiveData, table: &str) -> u64 {
    data.tables[table].iter().map(|file| file.rows).sum()
}
