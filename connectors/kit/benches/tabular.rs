//! Rows per CPU second through the kit: delimited text in two encodings, quoted and not, and a workbook beside its parser alone.
//! Here because the speed is a promise, and a promise is measured on the machine that runs it.
//! In: generated files, as many rows as `KIT_BENCH_ROWS` says. Out: divan's table, then rows per CPU second (user and system).
//! Not here: what the hub does with the batches.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use calamine::{DataRef, Reader, Xlsx};
use connector_kit::{Column, DropFolder, Feed, Pattern};
use divan::Bencher;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use plugin_api::ReadRequest;
use plugin_api::testing::Recorder;
use rust_xlsxwriter::Workbook;

const HEADERS: [&str; 18] = [
    "县",
    "乡",
    "村",
    "户编号",
    "人编号",
    "姓名",
    "证件类型",
    "证件号码",
    "与户主关系",
    "民族",
    "文化程度",
    "健康状况",
    "劳动技能",
    "务工时间（月）",
    "联系电话",
    "户类型",
    "风险是否已消除",
    "人均纯收入（元）",
];
const SHEET_COLUMNS: usize = 15;
/// Set for the process that only writes the workbook: its writer takes gigabytes, which would hide what the reader takes.
const MAKE: &str = "KIT_BENCH_MAKE";
/// Set for the process that only reads a workbook's bare cells: other benches compare with it.
const BARE: &str = "KIT_BENCH_BARE";

/// Rows, CPU seconds and wall seconds by name.
static MEASURED: Mutex<Vec<(String, usize, f64, f64)>> = Mutex::new(Vec::new());

fn rows() -> usize {
    static ROWS: OnceLock<usize> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "a bench has no settings loader")]
    *ROWS.get_or_init(|| {
        let rows = std::env::var("KIT_BENCH_ROWS").ok();
        rows.and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000)
    })
}

fn main() {
    #[expect(clippy::disallowed_methods, reason = "a bench has no settings loader")]
    if let Ok(dir) = std::env::var(MAKE) {
        write_workbook(Path::new(&dir));
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "a bench has no settings loader")]
    if let Ok(file) = std::env::var(BARE) {
        bare_cells(Path::new(&file));
        return;
    }
    divan::main();
    let mut measured = MEASURED.lock().unwrap().clone();
    measured.sort_by(|one, other| one.0.cmp(&other.0).then(one.2.total_cmp(&other.2)));
    measured.dedup_by(|later, first| later.0 == first.0);
    println!(
        "\n{:<28}{:>12}{:>10}{:>10}{:>18}",
        "best of each", "rows", "cpu s", "wall s", "rows per cpu s"
    );
    for (name, rows, cpu, wall) in &measured {
        println!(
            "{name:<28}{rows:>12}{cpu:>10.2}{wall:>10.2}{:>18.0}",
            *rows as f64 / cpu
        );
    }
    let cpu = |name: &str| {
        measured
            .iter()
            .find(|(found, ..)| found == name)
            .map(|(_, _, cpu, _)| *cpu)
    };
    if let (Some(bare), Some(ours)) = (cpu("xlsx, calamine alone"), cpu("xlsx, shared strings")) {
        println!(
            "xlsx: {:.2} times the CPU time of calamine's bare cell reader",
            ours / bare
        );
    }
    if let (Some(guard), Some(ours)) = (cpu("xlsx, the guard alone"), cpu("xlsx, shared strings")) {
        println!("xlsx: {:.1} % of it is the guard's", 100.0 * guard / ours);
    }
    println!(
        "peak memory of the whole run: {} MB",
        getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss() / 1024
    );
}

fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

fn measure(bencher: Bencher<'_, '_>, name: &str, read: impl Fn() -> usize) {
    bencher.bench_local(|| {
        let (cpu_before, wall) = (cpu(), std::time::Instant::now());
        let rows = read();
        let line = (
            name.to_owned(),
            rows,
            cpu() - cpu_before,
            wall.elapsed().as_secs_f64(),
        );
        MEASURED.lock().unwrap().push(line);
    });
}

fn cells(number: usize) -> [String; 18] {
    let people = ["王建军", "李秀英", "欧阳海涛", "张伟", "刘桂兰"];
    let pick = |from: &[&str], by: usize| from[number / by % from.len()].to_owned();
    [
        pick(&["颍州区", "颍上县", "阜南县", "临泉县"], 250_000),
        pick(&["柳河镇", "王店孜乡", "袁集镇"], 20_000),
        pick(&["李庄村", "大田社区", "三塔行政村", "闫庙村"], 900),
        format!("34120210{:08}", number / 4),
        format!("34120210{:010}", number),
        pick(&people, 1),
        "居民身份证".to_owned(),
        format!(
            "34120219{:02}{:02}{:02}{:04}",
            40 + number % 60,
            1 + number % 12,
            1 + number % 28,
            number % 10_000
        ),
        pick(&["户主", "配偶", "之子", "之孙女"], 1),
        "汉族".to_owned(),
        pick(&["小学", "初中", "文盲或半文盲", ""], 3),
        pick(&["健康", "长期慢性病", "残疾"], 7),
        pick(&["普通劳动力", "无劳动力", "弱劳动力或半劳动力"], 5),
        (number % 13).to_string(),
        format!("13{:09}", number * 7 % 1_000_000_000),
        pick(&["脱贫户", "一般农户"], 4),
        pick(&["是", "否", ""], 11),
        format!("{}.{:02}", 6_000 + number % 20_000, number % 100),
    ]
}

/// A folder with one file, made once.
fn folder(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    let dir = DIR.get_or_init(|| tempfile::tempdir().unwrap()).path().join(name);
    if !dir.exists() {
        fs::create_dir(&dir).unwrap();
        make(&dir);
    }
    dir
}

fn csv(name: &str, encode: fn(String) -> Vec<u8>, quoted: bool) -> PathBuf {
    folder(name, |dir| {
        let mut out = BufWriter::new(File::create(dir.join("members-202310.csv")).unwrap());
        let mut line = |cells: &[String]| {
            let cells = if quoted {
                format!("\"{}\"", cells.join("\",\""))
            } else {
                cells.join(",")
            };
            out.write_all(&encode(cells + "\r\n")).unwrap();
        };
        line(&HEADERS.map(str::to_owned));
        for number in 0..rows() {
            line(&cells(number));
        }
    })
}

fn workbook() -> PathBuf {
    folder("xlsx", |dir| {
        let itself = std::env::current_exe().unwrap();
        let status = std::process::Command::new(itself)
            .env(MAKE, dir)
            .status()
            .unwrap();
        assert!(status.success());
    })
}

fn write_workbook(dir: &Path) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(HEADERS.iter().take(SHEET_COLUMNS)) {
        sheet.write_string(0, column, *header).unwrap();
    }
    for number in 0..rows().min(1_000_000) {
        let row = u32::try_from(number + 1).unwrap();
        for (column, text) in (0..).zip(cells(number).iter().take(SHEET_COLUMNS)) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    workbook.save(dir.join("members-202310.xlsx")).unwrap();
}

fn read(dir: &Path, columns: usize) -> usize {
    let columns = HEADERS
        .iter()
        .take(columns)
        .map(|header| Column::new(*header))
        .collect();
    let folder = DropFolder {
        dir: dir.to_path_buf(),
        patterns: vec![Pattern::new("*").unwrap()],
        settle: Duration::ZERO,
    };
    let feed = Feed::new("members", columns, folder);
    let recorder = Recorder::default();
    let batches = feed
        .read(&ReadRequest::new("members"), &recorder.context())
        .unwrap();
    batches.map(|batch| batch.unwrap().num_rows()).sum()
}

fn gbk(text: String) -> Vec<u8> {
    encoding_rs::GBK.encode(&text).0.into_owned()
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn csv_utf8(bencher: Bencher<'_, '_>) {
    let dir = csv("utf8", String::into_bytes, false);
    measure(bencher, "csv, UTF-8", || read(&dir, HEADERS.len()));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn csv_gbk(bencher: Bencher<'_, '_>) {
    let dir = csv("gbk", gbk, false);
    measure(bencher, "csv, GBK", || read(&dir, HEADERS.len()));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn csv_quoted(bencher: Bencher<'_, '_>) {
    let dir = csv("quoted", String::into_bytes, true);
    measure(bencher, "csv, all quoted", || read(&dir, HEADERS.len()));
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn xlsx_calamine_alone(bencher: Bencher<'_, '_>) {
    let file = workbook().join("members-202310.xlsx");
    measure(bencher, "xlsx, calamine alone", || bare_cells(&file));
}

/// Reads every cell and does nothing with it.
fn bare_cells(file: &Path) -> usize {
    let mut xlsx: Xlsx<_> = Xlsx::new(BufReader::new(File::open(file).unwrap())).unwrap();
    let sheet = xlsx.sheet_names()[0].clone();
    let mut reader = xlsx.worksheet_cells_reader(&sheet).unwrap();
    let (mut rows, mut bytes) = (0, 0);
    while let Some(cell) = reader.next_cell().unwrap() {
        rows = rows.max(cell.get_position().0);
        if let DataRef::SharedString(text) = cell.get_value() {
            bytes += text.len();
        }
    }
    divan::black_box(bytes);
    rows as usize
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn xlsx_guard_alone(bencher: Bencher<'_, '_>) {
    let file = workbook().join("members-202310.xlsx");
    measure(bencher, "xlsx, the guard alone", || {
        assert!(connector_kit::fuzzing::passes(&mut File::open(&file).unwrap()));
        rows()
    });
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn xlsx_shared_strings(bencher: Bencher<'_, '_>) {
    let dir = workbook();
    measure(bencher, "xlsx, shared strings", || read(&dir, SHEET_COLUMNS));
}
