//! What is assembled over a generated city, income and memberships and conflicts: seconds, rows, memory.
//! Here because a city month must fit a modest server, and what is assembled reads its largest tables.
//! In: `--people N` (a million when left out). Out: a few lines; canonical Parquet is written to a temporary folder first.
//! Not here: whether the figures are right (the engine's tests).
//!
//! `cargo bench -p hub-engine --bench assemble -- --people 1000000`; a budget of 10 s and 1.5 GB for a million on two cores.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

mod usage;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray, UInt64Array, new_null_array,
};
use chrono::NaiveDate;
use hub_engine::{Engine, EngineOptions, IdentityKey, Question};
use hub_model::tables;
use hub_model::values::civil_days;
use hub_model::{ActiveData, FileRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use usage::{cpu_seconds, peak_mb};

const PEOPLE: u64 = 1_000_000;
const PEOPLE_PER_HOUSEHOLD: u64 = 3;
const MONTHS: i32 = 12;
const ROWS_PER_BATCH: u64 = 65_536;
const MEMORY_BYTES: usize = 512 << 20;
/// What is asked, after what is assembled for it.
const QUESTIONS: [(&str, &str); 3] = [
    (
        "income",
        "SELECT count(*) AS windows, sum(net_evidenced_fen) AS fen, sum(disputed_fen) AS disputed, \
         sum(\"rows\") AS event_rows FROM household_net_income",
    ),
    (
        "changes",
        "SELECT count(*) AS changes, count(*) FILTER (WHERE kind = 'left') AS gone FROM household_change",
    ),
    (
        "conflicts",
        "SELECT count(*) AS conflicts, count(DISTINCT kind) AS kinds FROM identity_conflict",
    ),
];

/// The columns of some rows of a table that are filled, by name.
type Filled = Vec<(&'static str, ArrayRef)>;

/// A roll: who of a hundred people stands on it each month, and what it says.
struct Roll {
    stream: &'static str,
    category: &'static str,
    item: &'static str,
    of_hundred: std::ops::Range<u64>,
    fen: i64,
}

/// What a city's departments send: two of the rolls tell the same payments, one of them other amounts for some.
const ROLLS: [Roll; 5] = [
    Roll {
        stream: "payer/rolls",
        category: "transfer",
        item: "最低生活保障金",
        of_hundred: 0..10,
        fen: 45_000,
    },
    Roll {
        stream: "payer/pensions",
        category: "transfer",
        item: "养老金",
        of_hundred: 10..25,
        fen: 16_000,
    },
    Roll {
        stream: "spine/work",
        category: "wage",
        item: "务工收入",
        of_hundred: 30..60,
        fen: 320_000,
    },
    Roll {
        stream: "payer/work",
        category: "wage",
        item: "务工收入",
        of_hundred: 45..60,
        fen: 320_000,
    },
    Roll {
        stream: "payer/posts",
        category: "wage",
        item: "公益性岗位收入",
        of_hundred: 60..63,
        fen: 80_000,
    },
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--people");
    let people = at.map_or(PEOPLE, |at| arguments[at + 1].parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let data = city(folder.path(), people);
    let events: u64 = data.tables["income_event"].iter().map(|file| file.rows).sum();
    println!(
        "{people} people, {events} rows of income; written in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let written_mb = peak_mb();
    let (cpu, began) = (cpu_seconds(), Instant::now());
    for (name, question) in QUESTIONS {
        let (cpu, began) = (cpu_seconds(), Instant::now());
        let answer = ask(folder.path(), &data, question);
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        println!("{name}: {answer}; {seconds:.2} s, {cpu:.2} CPU s");
    }
    println!(
        "assembled in {:.2} s, {:.2} CPU s, peak {} MB (of which {written_mb} MB when the files had been written)",
        began.elapsed().as_secs_f64(),
        cpu_seconds() - cpu,
        peak_mb()
    );
}

fn ask(lake: &Path, data: &ActiveData, question: &str) -> String {
    let engine = Engine::new(EngineOptions {
        lake_dir: lake.to_owned(),
        memory_bytes: MEMORY_BYTES,
        partitions: std::thread::available_parallelism().unwrap().get(),
        identity_key: IdentityKey::new([1; 32]),
    })
    .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let question = Question {
        sql: question.to_owned(),
        rows_max: 1,
        reveal: false,
        day: NaiveDate::from_ymd_opt(2023, 11, 20).unwrap(),
    };
    let answer = runtime.block_on(async {
        let prepared = engine.prepare(data, &question).await.unwrap();
        engine.answer(prepared).await.unwrap()
    });
    let batch = &answer.batches()[0];
    let names = answer.schema().fields().iter().map(|field| field.name().clone());
    let values = batch
        .columns()
        .iter()
        .map(|column| arrow_cast::display::array_value_to_string(column, 0).unwrap());
    names
        .zip(values)
        .map(|(name, value)| format!("{name} {value}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Writes the tables income is computed from.
fn city(lake: &Path, people: u64) -> ActiveData {
    let mut data = ActiveData::default();
    let households = people.div_ceil(PEOPLE_PER_HOUSEHOLD);
    let home = |person: u64| person / PEOPLE_PER_HOUSEHOLD + 1;
    let mut add = |table: &str, number: usize, rows: u64, columns: &dyn Fn(&[u64]) -> Filled| {
        let file = write(lake, table, number, rows, columns);
        data.tables.entry(table.to_owned()).or_default().push(file);
    };
    add("household", 0, households, &|rows| {
        vec![
            ("household_id", ids(rows, |row| row + 1)),
            ("household_no", texts(rows, |row| format!("H{row}"))),
            ("people_now", ints(rows, |_| 3)),
            ("_stream", texts(rows, |_| "spine/members".to_owned())),
        ]
    });
    add("membership", 0, people, &|rows| {
        vec![
            ("household_id", ids(rows, home)),
            ("person_id", ids(rows, |row| row + 1)),
            ("household_no", texts(rows, |row| format!("H{}", home(row)))),
            (
                "is_head",
                Arc::new(
                    rows.iter()
                        .map(|row| Some(row % PEOPLE_PER_HOUSEHOLD == 0))
                        .collect::<BooleanArray>(),
                ),
            ),
        ]
    });
    add("person", 0, people, &|rows| {
        vec![
            ("household_id", ids(rows, home)),
            ("person_id", ids(rows, |row| row + 1)),
            // One in a thousand has the number of the one before.
            (
                "id_no",
                texts(rows, |row| format!("{:018}", row - u64::from(row % 1_000 == 999))),
            ),
            ("name", texts(rows, |row| format!("姓名{}", row % 5_000))),
        ]
    });
    for month in 0..MONTHS {
        // One in a hundred leaves in some month of the twelve.
        let stays = |row: u64| row % 100 != 7 || row / 100 % 12 >= u64::try_from(month).unwrap();
        let first = month_of(month).0;
        add(
            "membership_month",
            usize::try_from(month).unwrap(),
            people,
            &|rows| {
                let rows: Vec<u64> = rows.iter().copied().filter(|row| stays(*row)).collect();
                vec![
                    ("household_id", ids(&rows, home)),
                    ("person_id", ids(&rows, |row| row + 1)),
                    ("month", days(&rows, first)),
                    (
                        "relation",
                        texts(&rows, |row| if row % 3 == 0 { "户主" } else { "配偶" }.to_owned()),
                    ),
                    (
                        "is_head",
                        Arc::new(
                            rows.iter()
                                .map(|row| Some(row % 3 == 0))
                                .collect::<BooleanArray>(),
                        ),
                    ),
                    ("_stream", texts(&rows, |_| "spine/members".to_owned())),
                ]
            },
        );
    }
    for year in [2022_u16, 2023] {
        add("declared_income", usize::from(year), households, &|rows| {
            vec![
                ("household_id", ids(rows, |row| row + 1)),
                ("year", ints(rows, |_| i64::from(year))),
                ("net_income_fen", ints(rows, |row| 4_000_000 + small(row % 1_000))),
                ("wage_fen", ints(rows, |_| 3_000_000)),
                ("public_post_fen", ints(rows, |row| small(row % 3) * 10_000)),
                ("business_fen", ints(rows, |_| 900_000)),
                ("business_cost_fen", ints(rows, |_| 300_000)),
                ("property_fen", ints(rows, |_| 0)),
                ("transfer_fen", ints(rows, |_| 400_000)),
                (
                    "low_income_benefit_fen",
                    ints(rows, |row| small(row % 2) * 90_000),
                ),
                ("people_year", ints(rows, |_| 3)),
                ("_run", texts(rows, |_| "R".to_owned())),
            ]
        });
    }
    let mut number = 0;
    for roll in &ROLLS {
        let listed = roll.of_hundred.end - roll.of_hundred.start;
        // The nth row of a month's file is of the nth person who stands on the roll.
        let person = |row: u64| (row / listed) * 100 + roll.of_hundred.start + row % listed;
        for month in 0..MONTHS {
            let (from, to) = month_of(month);
            add("income_event", number, people / 100 * listed, &|rows| {
                vec![
                    ("person_id", ids(rows, |row| person(row) + 1)),
                    (
                        "id_no",
                        texts(rows, |row| format!("34120019700101{:04}", person(row) % 10_000)),
                    ),
                    (
                        "id_text",
                        texts(rows, |row| format!("34120019700101{:04}", person(row) % 10_000)),
                    ),
                    ("name", texts(rows, |row| format!("姓名{}", person(row) % 5_000))),
                    ("category", texts(rows, |_| roll.category.to_owned())),
                    ("item", texts(rows, |_| roll.item.to_owned())),
                    ("amount_fen", ints(rows, |row| roll.fen + small(row % 7) * 1_000)),
                    ("period_from", days(rows, from)),
                    ("period_to", days(rows, to)),
                    ("semantic", texts(rows, |_| "monthly".to_owned())),
                    ("_stream", texts(rows, |_| roll.stream.to_owned())),
                ]
            });
            number += 1;
        }
    }
    data
}

/// First and last day of the nth month of the twelve that end with October 2023.
fn month_of(number: i32) -> (i32, i32) {
    let first =
        |month: i32| civil_days(2022 + month / 12, u32::try_from(month % 12).unwrap() + 1, 1).unwrap();
    (first(10 + number), first(11 + number) - 1)
}

/// Writes `rows` rows of `table`, whose other columns are NULL.
fn write(lake: &Path, table: &str, number: usize, rows: u64, columns: &dyn Fn(&[u64]) -> Filled) -> FileRef {
    let schema = tables::find(table).unwrap().schema();
    let path = format!("{table}-{number}.parquet");
    fs::create_dir_all(lake).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap()))
        .build();
    let file = File::create(lake.join(&path)).unwrap();
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).unwrap();
    for start in (0..rows).step_by(usize::try_from(ROWS_PER_BATCH).unwrap()) {
        let rows: Vec<u64> = (start..rows.min(start + ROWS_PER_BATCH)).collect();
        let given = columns(&rows);
        let count = given.first().map_or(0, |(_, column)| column.len());
        let filled = schema.fields().iter().map(|field| {
            let found = given.iter().find(|(name, _)| *name == field.name());
            found.map_or_else(
                || new_null_array(field.data_type(), count),
                |(_, array)| Arc::clone(array),
            )
        });
        writer
            .write(&RecordBatch::try_new(Arc::clone(&schema), filled.collect()).unwrap())
            .unwrap();
    }
    writer.close().unwrap();
    FileRef { path, rows }
}

fn ids(rows: &[u64], of: impl Fn(u64) -> u64) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(*row))).collect::<UInt64Array>())
}

fn ints(rows: &[u64], of: impl Fn(u64) -> i64) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(*row))).collect::<Int64Array>())
}

fn texts(rows: &[u64], of: impl Fn(u64) -> String) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(*row))).collect::<StringArray>())
}

fn days(rows: &[u64], day: i32) -> ArrayRef {
    Arc::new(rows.iter().map(|_| Some(day)).collect::<Date32Array>())
}

fn small(number: u64) -> i64 {
    i64::try_from(number).unwrap()
}
