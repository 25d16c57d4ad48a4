//! Record linkage on lists whose right answers are known: how right, how many CPU seconds, how much memory.
//! Here because the figures beside Splink's are a promise, and a promise is measured on the machine that runs it.
//! In: folders of `seeds lists`, or `--febrl4` and the folder with `dataset4a.csv` and `dataset4b.csv`. Out: a few lines each.
//! Not here: Splink; `splink_peer.py` runs it on the same folders.
//!
//! `cargo bench -p hub-engine --bench linkage -- D1 D2`; one folder at a time where the peak of memory matters.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

mod usage;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema as ArrowSchema};
use hub_engine::linkage::{
    Band, Columns, Evaluation, Index, Linkage, Links, People, PeopleReader, Schema, evaluate,
};
use usage::{cpu_seconds, peak_mb};

const ROWS_PER_BATCH: usize = 8_192;
const FEBRL4: &str = include_str!("febrl4.toml");

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        if argument == "--febrl4" {
            febrl4(Path::new(&arguments.next().unwrap()));
        } else {
            lists(Path::new(&argument));
        }
    }
}

/// Links the lists of one folder.
fn lists(folder: &Path) {
    let mut clock = Clock::start();
    let register = people(&folder.join("register.csv"));
    let list = people(&folder.join("list.csv"));
    clock.lap("read");
    let index = Index::new(register);
    clock.lap("index");
    let mut linkage = Linkage::new(&index, &list);
    clock.lap("pairs");
    let weights = linkage.learn();
    clock.lap("learn");
    let links = linkage.link(&weights).unwrap();
    clock.lap("link");
    let report = &links.report;
    println!(
        "{}: register {}, list {}",
        folder.display(),
        index.len(),
        report.rows
    );
    println!("  {}", clock.laps());
    println!(
        "  pairs {}, sure {}, skipped {:?}, without a candidate for that {}",
        report.pairs, report.sure, report.skipped, report.unseen
    );
    let truth = truth(&folder.join("truth.csv"));
    judge(&links, &truth);
}

fn judge(links: &Links, truth: &[Option<u64>]) {
    let right = |person: Option<u64>, truth: &Option<u64>| person.is_some() && person == *truth;
    let rows = || links.rows.iter().zip(truth);
    let decisions = rows().filter(|(link, _)| link.person.is_some());
    let decisions = decisions.map(|(link, truth)| (link.odds, right(link.person, truth)));
    show(&Evaluation::of(decisions, truth.iter().flatten().count()));
    for band in [Band::Link, Band::Ask, Band::Leave] {
        let of_band = || rows().filter(|(link, _)| link.band == band);
        let found = of_band()
            .filter(|(link, truth)| right(link.person, truth))
            .count();
        println!(
            "  {band:?}: {} rows, best candidate right in {found}",
            of_band().count()
        );
    }
}

fn show(evaluation: &Evaluation) {
    let best = evaluation.best;
    println!(
        "  F1 {:.4} (P {:.4} R {:.4})  R@P0.999 {:.4}  ceiling R {:.4}",
        best.f1, best.precision, best.recall, evaluation.recall_when_sure, evaluation.ceiling
    );
}

/// FEBRL's fourth set through the schema: the number in a row's id is the person's.
fn febrl4(folder: &Path) {
    let mut clock = Clock::start();
    let side = |file: &str| {
        let mut batches = Vec::new();
        let mut ids = Vec::new();
        read(
            &folder.join(file),
            |batch| batches.push(batch),
            |cells| {
                ids.push(cells[0].split('-').nth(1).unwrap().to_owned());
            },
        );
        (batches, ids)
    };
    let ((left, ids), (right, others)) = (side("dataset4a.csv"), side("dataset4b.csv"));
    let rows: HashMap<&String, usize> = others.iter().zip(0..).collect();
    let answers = ids
        .iter()
        .enumerate()
        .filter_map(|(row, id)| Some((row, *rows.get(id)?)));
    let answers: Vec<(usize, usize)> = answers.collect();
    let schema: Schema = toml::from_str(FEBRL4).unwrap();
    let evaluation = evaluate(&left, &right, &answers, &schema).unwrap();
    clock.lap("all");
    println!("FEBRL4: {} answers, pairs {}", answers.len(), evaluation.pairs);
    println!("  {}", clock.laps());
    show(&evaluation);
}

fn people(path: &Path) -> People {
    let name = str::to_owned;
    let mut reader = PeopleReader::new(Columns {
        person: name("person_no"),
        county: name("county_name"),
        town: name("town_name"),
        village: name("village_name"),
        group: name("group_no"),
        door: name("door_no"),
        ..Columns::default()
    });
    read(path, |batch| assert!(reader.push(&batch)), |_| {});
    reader.finish()
}

fn truth(path: &Path) -> Vec<Option<u64>> {
    let mut truth = Vec::new();
    read(path, |_| {}, |cells| truth.push(cells[1].parse().ok()));
    truth
}

/// Reads a CSV file without line breaks in cells, batch by batch and row by row.
fn read(path: &Path, mut batch: impl FnMut(RecordBatch), mut row: impl FnMut(&[String])) {
    let mut lines = BufReader::with_capacity(1 << 18, File::open(path).unwrap());
    let mut line = String::new();
    let mut cells: Vec<String> = Vec::new();
    lines.read_line(&mut line).unwrap();
    split(&line, &mut cells);
    let fields = cells.iter().map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
    let mut columns: Vec<StringBuilder> = cells.iter().map(|_| StringBuilder::new()).collect();
    let mut rows = 0;
    loop {
        line.clear();
        let ended = lines.read_line(&mut line).unwrap() == 0;
        if !ended {
            split(&line, &mut cells);
            row(&cells);
            for (column, cell) in columns.iter_mut().zip(&cells) {
                column.append_option(Some(cell).filter(|cell| !cell.is_empty()));
            }
            rows += 1;
        }
        if rows == ROWS_PER_BATCH || ended {
            rows = 0;
            let arrays = columns
                .iter_mut()
                .map(|column| Arc::new(column.finish()) as ArrayRef);
            batch(RecordBatch::try_new(Arc::clone(&schema), arrays.collect()).unwrap());
        }
        if ended {
            return;
        }
    }
}

/// The cells of a line; quotes around a cell and doubled ones in it are taken off.
fn split(line: &str, cells: &mut Vec<String>) {
    let mut at = 0;
    let (mut quoted, mut before) = (false, ',');
    let mut cell = |at: usize, c: Option<char>| {
        if cells.len() <= at {
            cells.push(String::new());
        }
        match c {
            Some(c) => cells[at].push(c),
            None => cells[at].clear(),
        }
    };
    cell(0, None);
    for c in line.trim_end_matches(['\n', '\r']).chars() {
        match c {
            '"' if quoted || before == ',' => quoted = !quoted,
            '"' if before == '"' => {
                cell(at, Some('"'));
                quoted = true;
            }
            ',' if !quoted => {
                at += 1;
                cell(at, None);
            }
            ' ' if !quoted && before == ',' => continue,
            c => cell(at, Some(c)),
        }
        before = c;
    }
}

/// CPU seconds, lap by lap.
struct Clock {
    last: f64,
    first: f64,
    laps: Vec<(&'static str, f64)>,
}

impl Clock {
    fn start() -> Self {
        let now = cpu_seconds();
        Self {
            last: now,
            first: now,
            laps: Vec::new(),
        }
    }

    fn lap(&mut self, name: &'static str) {
        let now = cpu_seconds();
        self.laps.push((name, now - self.last));
        self.last = now;
    }

    fn laps(&self) -> String {
        let peak = peak_mb() as f64 / 1024.0;
        let laps: Vec<String> = self
            .laps
            .iter()
            .map(|(name, seconds)| format!("{name} {seconds:.2}"))
            .collect();
        let all = self.last - self.first;
        format!("CPU s: {}, all {all:.2}; peak {peak:.3} GB", laps.join(", "))
    }
}
