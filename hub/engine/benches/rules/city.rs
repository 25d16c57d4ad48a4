//! A city made of one county many times over, other people each time: the canonical and landed files of a demo, multiplied.
//! Here because synthetic rows of one kind find nothing, and a real county's distributions are what joins and groups cost.
//! In: a demo's data folder, how many people. Out: files in a lake, the snapshot that names them.
//! Not here: what the county is like (seeds).
//!
//! Each copy has ids of its own, household, person, station and unit numbers of its own, identity numbers of another
//! division that are as right or wrong as before, and towns, villages and telephones of its own. What is the county's or the city's
//! (standards, figures of indicators) is there once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, SchemaRef};
use hub_model::{ActiveData, FileRef, LOCATOR, Link, Links, values};
use hub_store::{Access, Store};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// Copies within a province, and how far apart their divisions are: a county's own are nearer to each other, so that nobody gets the
/// number of a neighbour born the same day.
const COUNTIES: u64 = 100;
const APART: u64 = 97;
const PROVINCES: [&str; 10] = ["34", "35", "36", "37", "41", "42", "43", "44", "45", "46"];
/// Ids of a copy stand above those of the one before by so much.
const STRIDE: u64 = 10_000_000;
const ROW_GROUP_ROWS: usize = 131_072;
/// Tables of which a city has as many rows as a county.
const ONCE: [&str; 2] = ["assistance_standard", "kpi_input"];
/// Columns that hold somebody's own number.
const IDENTITY: [&str; 3] = ["id_no", "id_text", "head_id_no"];
/// Columns whose texts name places below the county.
const PLACES: [&str; 6] = [
    "town",
    "village",
    "natural_village",
    "address_village",
    "owner",
    "address",
];
/// A copy's number in a place's name, digit by digit.
const DIGITS: [char; 10] = ['天', '地', '玄', '黄', '宇', '宙', '洪', '荒', '日', '月'];

/// The snapshot of a city of about `people`, written to `lake` unless it is there already.
pub(crate) async fn of(demo: &Path, lake: &Path, people: u64) -> ActiveData {
    let store = Store::open(demo, Access::Read).await.unwrap();
    let county = store.active_data().await.unwrap();
    let registered: u64 = county.tables["person"].iter().map(|file| file.rows).sum();
    let copies = people.div_ceil(registered);
    let mark = lake.join(format!("copies-{copies}"));
    let is_there = mark.exists();
    let from = demo.join("lake");
    let multiplied = |files: &[FileRef], copies: u64| -> Vec<FileRef> {
        let files = files.iter().map(|file| {
            if !is_there {
                multiply(&from, lake, file, copies);
            }
            FileRef {
                path: file.path.clone(),
                rows: file.rows * copies,
            }
        });
        files.collect()
    };
    let tables: BTreeMap<_, _> = county
        .tables
        .iter()
        .map(|(table, files)| {
            let copies = if ONCE.contains(&table.as_str()) { 1 } else { copies };
            (table.clone(), multiplied(files, copies))
        })
        .collect();
    let mut landed = county.landed.clone();
    for source in landed.values_mut() {
        source.files = multiplied(&source.files, copies);
    }
    fs::write(mark, "").unwrap();
    ActiveData {
        tables,
        landed,
        links: Arc::new(Links {
            people: links(&county.links.people, copies),
            households: links(&county.links.households, copies),
        }),
        ..ActiveData::default()
    }
}

fn links(of_county: &[Link], copies: u64) -> Vec<Link> {
    let copy = |copy: u64| {
        of_county.iter().map(move |link| Link {
            from: link.from + copy * STRIDE,
            to: link.to + copy * STRIDE,
            ..link.clone()
        })
    };
    (0..copies).flat_map(copy).collect()
}

fn multiply(from: &Path, lake: &Path, file: &FileRef, copies: u64) {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(from.join(&file.path)).unwrap()).unwrap();
    let schema = Arc::clone(reader.schema());
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let path = lake.join(&file.path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).unwrap();
    for number in 0..copies {
        for batch in &batches {
            writer.write(&copy(&schema, batch, number)).unwrap();
        }
    }
    writer.close().unwrap();
}

fn copy(schema: &SchemaRef, batch: &RecordBatch, number: u64) -> RecordBatch {
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| {
            if field.data_type() == &DataType::UInt64 {
                let ids = column.as_primitive::<UInt64Type>();
                let others: UInt64Array = ids.unary(|id| id + number * STRIDE);
                return Arc::new(others) as ArrayRef;
            }
            match other(field.name()) {
                Some(other) if field.data_type() == &DataType::Utf8 => {
                    let texts = column.as_string::<i32>().iter();
                    let others = texts.map(|text| text.map(|text| other(text, number)));
                    Arc::new(others.collect::<StringArray>()) as ArrayRef
                }
                Some(_) | None => Arc::clone(column),
            }
        });
    RecordBatch::try_new(Arc::clone(schema), columns.collect()).unwrap()
}

/// How a text of a column is another in another copy, if it is.
fn other(column: &str) -> Option<fn(&str, u64) -> String> {
    if column == LOCATOR {
        return Some(|text, number| format!("{number}/{text}"));
    }
    if IDENTITY.contains(&column) {
        return Some(identity);
    }
    if column == "phone" {
        return Some(phone);
    }
    if PLACES.contains(&column) {
        return Some(place);
    }
    let is_number = column.ends_with("_no") && column != "card_no" || column.ends_with("uscc");
    is_number.then_some(|text, number| format!("{text}-{number}"))
}

/// The number of somebody born the same day elsewhere; as right or wrong as it was.
fn identity(text: &str, number: u64) -> String {
    let is_digits = |from: usize, to: usize| {
        text.get(from..to)
            .is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()))
    };
    if number == 0 || !is_digits(0, 6) {
        return text.to_owned();
    }
    let (province, rest) = text.split_at(2);
    let (division, tail) = rest.split_at(4);
    let at = PROVINCES.iter().position(|known| *known == province);
    let far = usize::try_from(number / COUNTIES).unwrap();
    let province = at.map_or(province, |at| PROVINCES[(at + far) % PROVINCES.len()]);
    let division: u64 = division.parse().unwrap();
    let moved = format!("{province}{:04}{tail}", (division + number * APART) % 10_000);
    let was_valid = values::id_no(text).is_some();
    let checked = moved.get(..17).filter(|_| was_valid && is_digits(6, 17));
    let mut candidates = checked
        .into_iter()
        .flat_map(|head| "0123456789X".chars().map(move |last| format!("{head}{last}")));
    let valid = candidates.find(|candidate| values::id_no(candidate).is_some());
    valid.unwrap_or(moved)
}

/// Another telephone of the same form; whoever shared one with somebody shares it with the same somebody's copy.
fn phone(text: &str, number: u64) -> String {
    let parts = (text.get(..3), text.get(3..7), text.get(7..));
    let (Some(head), Some(middle), Some(tail)) = parts else {
        return text.to_owned();
    };
    match middle.parse::<u64>() {
        Ok(middle) => format!("{head}{:04}{tail}", (middle + number) % 10_000),
        Err(_) => text.to_owned(),
    }
}

fn place(text: &str, number: u64) -> String {
    if number == 0 {
        return text.to_owned();
    }
    let name: String = number
        .to_string()
        .bytes()
        .map(|digit| DIGITS[usize::from(digit - b'0')])
        .collect();
    let mut out = String::with_capacity(text.len() + 2 * name.len());
    for c in text.chars() {
        if matches!(c, '镇' | '乡' | '村' | '街' | '社') {
            out.push_str(&name);
        }
        out.push(c);
    }
    out
}
