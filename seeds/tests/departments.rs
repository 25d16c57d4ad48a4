//! The departments' folders: every kind of dirt is there and counted, the same options give the same bytes, people are valid and made up.
//! Here because readers, mappings and rules are judged by these files and their truth.
//! In: a county of twenty thousand people in a temporary folder. Out: files, rows, truth.
//! Not here: whether a connector can read them (the connectors' own tests).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use seeds::county::{Options, check_digit, county};
use seeds::departments::{
    DepartmentOptions, DepartmentTruth, Dirt, DirtCode, Encoding, FeedOptions, Format, Months, Stream,
    each_row, feed, generate, uscc_check,
};

fn options(people: u64, dirt: Dirt) -> DepartmentOptions {
    DepartmentOptions {
        county: Options { people, seed: 42 },
        months: Months::DEFAULT,
        dirt,
    }
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for connector in fs::read_dir(dir.join("inbox")).unwrap() {
        let connector = connector.unwrap();
        for file in fs::read_dir(connector.path()).unwrap() {
            let file = file.unwrap();
            let name = format!(
                "{}/{}",
                connector.file_name().into_string().unwrap(),
                file.file_name().into_string().unwrap()
            );
            found.insert(name, fs::read(file.path()).unwrap());
        }
    }
    found
}

/// All sheets' cells of a workbook as one text.
fn workbook(bytes: &[u8]) -> String {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.contains("worksheets/") || name.contains("sharedStrings") {
            entry.read_to_string(&mut text).unwrap();
        }
    }
    text
}

#[test]
fn every_kind_of_dirt_is_there_and_the_files_are_the_ones_the_truth_lists() {
    let dir = tempfile::tempdir().unwrap();
    let truth = generate(dir.path(), options(20_000, Dirt::DEFAULT)).unwrap();
    for code in DirtCode::ALL {
        assert!(truth.dirt[&code.name()].count > 0, "{code:?}: {:?}", truth.dirt);
    }
    for (stream, truth) in &truth.streams {
        assert!(truth.rows > 0, "{stream}");
    }
    let written = files(dir.path());
    assert_eq!(
        written.keys().collect::<Vec<_>>(),
        truth.files.keys().collect::<Vec<_>>()
    );
    for rule in ["B01", "B04", "B08", "B09", "B11", "M01", "M02", "P01", "P08"] {
        assert!(truth.cases.contains_key(rule), "{rule}: {:?}", truth.cases.keys());
    }
    // Rules that no stream feeds as yet: they are asked all the same, and find nobody.
    let unfed = ["B14", "B14-orphan", "F04", "F05", "F14"];
    for (rule, told) in &truth.rules {
        assert!(
            told.planted.is_empty() || !unfed.contains(rule),
            "{rule} finds {}",
            told.planted.len()
        );
        assert!(told.planted.len() <= 60, "{rule} finds {}", told.planted.len());
    }
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("departments.json")).unwrap()).unwrap();
    assert_eq!(json["dirt"]["D03"]["outcome"], "rejected");
    assert_eq!(json["months"], "202211-202310");
    layouts(&written);
}

/// Each county's roll is laid out in its own way.
fn layouts(written: &BTreeMap<String, Vec<u8>>) {
    let roll = |code: &str, extension: &str| {
        &written[&format!("civil-affairs/benefit_rolls-202309-{code}.{extension}")]
    };
    let titled = workbook(roll("341202", "xlsx"));
    assert!(titled.contains("发放花名册") && titled.contains("合计") && titled.contains("填报人"));
    let across = workbook(roll("341203", "xlsx"));
    assert!(across.contains("成员1姓名") && across.contains("成员7身份证号") && !across.contains(">姓名<"));
    assert!(workbook(roll("341204", "xlsx")).contains("<mergeCell "));
    assert!(workbook(roll("341225", "xlsx")).contains("hidden=\"1\""));
    assert!(
        roll("341222", "csv").starts_with(&[0xBC, 0xD2, 0xCD, 0xA5]),
        "GBK: 家庭"
    );
    assert!(roll("341226", "xls").starts_with(b"<html>"));
    assert!(roll("341282", "csv").starts_with(&[0xFF, 0xFE]));
    assert!(written.contains_key("civil-affairs/benefit_rolls-202310-341202-最终版2（改）.xlsx"));
    let lost = &written["human-resources/training-202310-补充名单.csv"];
    assert!(String::from_utf8_lossy(lost).contains("锟斤拷"));
    let settlements = &written["pv-grid/settlements-202310-341221.zip"];
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(settlements)).unwrap();
    let mut xml = String::new();
    zip.by_index(0).unwrap().read_to_string(&mut xml).unwrap();
    assert!(
        xml.contains("<settlements>")
            && xml.contains("<settlement><fdhh>3412")
            && xml.contains("<swdj>0.3844</swdj>")
    );
}

#[test]
fn the_same_options_give_the_same_bytes_and_an_earlier_run_leaves_nothing_behind() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made =
        |dir: &Path, people| -> DepartmentTruth { generate(dir, options(people, Dirt::DEFAULT)).unwrap() };
    made(one.path(), 3_000);
    let truth = made(one.path(), 2_000);
    assert_eq!(truth, made(two.path(), 2_000));
    assert!(files(one.path()) == files(two.path()));
}

#[test]
fn clean_files_hold_no_dirt_and_the_same_people() {
    let dir = tempfile::tempdir().unwrap();
    let truth = generate(dir.path(), options(2_000, Dirt::CLEAN)).unwrap();
    assert!(truth.dirt.values().all(|dirt| dirt.count == 0));
    assert!(truth.streams.values().all(|stream| stream.rejected == 0));
    let known: HashSet<String> = county(options(2_000, Dirt::CLEAN).county)
        .unwrap()
        .households()
        .flat_map(|household| household.members)
        .map(|member| member.document_no.chars().take(18).collect())
        .collect();
    for stream in Stream::ALL {
        let ids: Vec<usize> = (0..stream.columns().len())
            .filter(|column| {
                ["aac147", "证件号码", "身份证号", "户主身份证号"].contains(&stream.columns()[*column].name)
            })
            .collect();
        let codes: Vec<usize> = (0..stream.columns().len())
            .filter(|column| {
                let name = stream.columns()[*column].name;
                name == "aab998" || name.contains("信用代码")
            })
            .collect();
        each_row(options(2_000, Dirt::CLEAN), stream, |row| {
            for id in &ids {
                let (first_17, last) = row.cell(*id).split_at(17);
                assert!(known.contains(row.cell(*id)) && last.starts_with(check_digit(first_17)));
            }
            for code in codes.iter().filter(|code| !row.cell(**code).is_empty()) {
                let (first_17, last) = row.cell(*code).split_at(17);
                assert!(last.starts_with(uscc_check(first_17)), "{}", stream.name());
            }
            true
        })
        .unwrap();
    }
}

#[test]
fn what_stations_earn_is_settled_and_villages_spend_no_more() {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut readings = BTreeMap::new();
    let (mut rows, mut misfits) = (0, 0);
    each_row(options(2_000, Dirt::CLEAN), Stream::Settlements, |row| {
        let kwh = (number(row.cell(3)) - number(row.cell(2))) * 100.0;
        rows += 1;
        misfits += u32::from((kwh - number(row.cell(5))).abs() > 0.1);
        if let Some(before) = readings.insert(row.cell(0).to_owned(), row.cell(3).to_owned()) {
            assert_eq!(before, row.cell(2), "a reading goes on where the last one ended");
        }
        true
    })
    .unwrap();
    // One month each of the stations cast for it: settled beyond the meter by much or by a kWh, or not at all.
    assert_eq!((rows > 900, misfits), (true, 3), "{rows}");
    each_row(options(2_000, Dirt::CLEAN), Stream::VillageAccounts, |row| {
        let parts: f64 = (7..=11).map(|column| number(row.cell(column))).sum();
        assert!(
            (number(row.cell(6)) - parts).abs() < 0.001 && number(row.cell(11)) >= 0.0,
            "{row:?}"
        );
        true
    })
    .unwrap();
}

#[test]
fn a_feed_has_exactly_the_rows_asked_for_in_any_format() {
    let dir = tempfile::tempdir().unwrap();
    let made = |stream, rows, format, encoding| {
        let path = dir.path().join("feed");
        let options = FeedOptions {
            stream,
            rows,
            format,
            encoding,
            seed: 1,
            dirt: Dirt::DEFAULT,
        };
        assert_eq!(feed(&path, options).unwrap(), rows);
        fs::read(&path).unwrap()
    };
    let csv = String::from_utf8(made(Stream::Employment, 5_000, Format::Csv, Encoding::Utf8)).unwrap();
    assert!(csv.starts_with("aac147,aac003,"));
    assert_eq!(csv.matches("\r\n").count(), 5_001);
    let json = String::from_utf8(made(Stream::Standards, 40, Format::Ndjson, Encoding::Utf8)).unwrap();
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 40, "a county has sixteen, so it takes three");
    let xml = String::from_utf8(made(Stream::Settlements, 100, Format::Xml, Encoding::Utf8)).unwrap();
    assert_eq!(xml.matches("<settlement>").count(), 100);
    assert!(workbook(&made(Stream::Orders, 50, Format::Xlsx, Encoding::Utf8)).contains("订单编号"));
    let gbk = made(Stream::BenefitRolls, 100, Format::Csv, Encoding::Gbk);
    assert!(gbk.starts_with(&[0xBC, 0xD2]));
    let none = FeedOptions {
        stream: Stream::Orders,
        rows: 0,
        format: Format::Csv,
        encoding: Encoding::Utf8,
        seed: 1,
        dirt: Dirt::CLEAN,
    };
    assert!(feed(&dir.path().join("none"), none).is_err());
}
