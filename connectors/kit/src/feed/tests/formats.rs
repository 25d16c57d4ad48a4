//! One table in every format, encoding and packing: the rows must be the same to the letter.
//! Here because a department changes its export and nobody tells; nothing behind the kit may notice.
//! In: the same rows, written by real writers where there are any. Out: batches, compared cell by cell.
//! Not here: broken files (hostile.rs).

use std::io::Write;

use encoding_rs::{GB18030, GBK};
use flate2::write::GzEncoder;

use super::*;

const ROWS: &[&[&str]] = &[
    &["二〇二三年十月成员表"],
    &["姓名", "户编号", "备注", "纯收入（元）"],
    &["张三", "0012", "无", "8592.50"],
    &["买买提·艾力", "0013", "", "0"],
    &["李 四", "", "x,y", ""],
];

/// Cells with commas quoted.
fn delimited(delimiter: char, end: &str) -> String {
    let cell = |text: &&str| {
        if text.contains(delimiter) {
            format!("\"{text}\"")
        } else {
            (*text).to_owned()
        }
    };
    let line = |row: &&[&str]| {
        row.iter()
            .map(cell)
            .collect::<Vec<_>>()
            .join(&delimiter.to_string())
    };
    ROWS.iter().map(|row| line(row) + end).collect()
}

fn html() -> String {
    let row = |row: &&[&str]| {
        let cells: String = row.iter().map(|text| format!("<td>{text}</td>")).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = ROWS.iter().map(row).collect();
    format!("<html><meta charset=gb2312><table border=1>{rows}</table></html>")
}

fn xlsx(constant_memory: bool) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = if constant_memory {
        workbook.add_worksheet_with_constant_memory().unwrap()
    } else {
        workbook.add_worksheet()
    };
    for (number, row) in (0..).zip(ROWS) {
        for (column, text) in (0..).zip(row.iter()).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(number, column, *text).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xFEFF);
    mark.into_iter()
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

#[test]
fn the_same_rows_come_out_of_every_format_encoding_and_packing() {
    let (csv, xls) = (delimited(',', "\r\n"), sample::xls(&[("表一", ROWS)]));
    let gbk = |text: &str| GBK.encode(text).0.into_owned();
    let with_mark = [b"\xEF\xBB\xBF", csv.as_bytes()].concat();
    let entries: [(&str, &[u8]); 3] = [
        ("../说明.pdf", b"%PDF-1.7"),
        ("folder/../成员.csv", csv.as_bytes()),
        ("__MACOSX/._成员.csv", b"junk"),
    ];
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("UTF-8", csv.clone().into_bytes()),
        ("UTF-8 with a mark", with_mark),
        ("GBK", gbk(&csv)),
        ("GB18030", GB18030.encode(&csv).0.into_owned()),
        ("UTF-16 LE", utf16(&csv, true, u16::to_le_bytes)),
        ("UTF-16 BE", utf16(&csv, true, u16::to_be_bytes)),
        ("UTF-16 LE, no mark", utf16(&csv, false, u16::to_le_bytes)),
        ("UTF-16 BE, no mark", utf16(&csv, false, u16::to_be_bytes)),
        ("tabs", delimited('\t', "\n").into_bytes()),
        ("semicolons, GBK", gbk(&delimited(';', "\n"))),
        ("bars, old line ends", delimited('|', "\r").into_bytes()),
        ("page, UTF-8", html().into_bytes()),
        ("page, GBK", gbk(&html())),
        ("xls", xls.clone()),
        ("xlsx, shared strings", xlsx(false)),
        ("xlsx, inline strings", xlsx(true)),
        (
            "xlsx by hand",
            sample::workbook(&[("表一", &sample::sheet(ROWS))]),
        ),
        ("gzip of csv", gzip(&gbk(&csv))),
        ("gzip of xlsx", gzip(&xlsx(false))),
        ("zip of csv among others", sample::archive(&entries)),
        ("zip of xls", sample::archive(&[("a.xls", &xls)])),
        (
            "gzip of zip of xlsx",
            gzip(&sample::archive(&[("a.xlsx", &xlsx(false))])),
        ),
        (
            "zip of gzip of csv",
            sample::archive(&[("a.csv.gz", &gzip(csv.as_bytes()))]),
        ),
    ];
    let mut expect: Option<Vec<RecordBatch>> = None;
    for (what, bytes) in files {
        let dir = tempfile::tempdir().unwrap();
        // Named wrongly on purpose: what a file is, its content says.
        fs::write(dir.path().join("成员202310.xls"), bytes).unwrap();
        let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
        assert!(error.is_none(), "{what}: {error:?}");
        assert_eq!(
            texts(&batches, "姓名"),
            ["张三", "买买提·艾力", "李 四"],
            "{what}"
        );
        let locators: Vec<String> = texts(&batches, "_locator");
        assert!(
            locators.iter().all(|locator| locator.split('!').count() == 3),
            "{locators:?}"
        );
        assert!(locators[2].ends_with("!5"), "{locators:?}");
        // All but the locator.
        let cells: Vec<RecordBatch> = batches
            .iter()
            .map(|batch| batch.project(&[0, 1, 2, 4, 5]).unwrap())
            .collect();
        match &expect {
            Some(expect) => assert_eq!(cells, *expect, "{what}"),
            None => expect = Some(cells),
        }
    }
}

#[test]
fn a_bad_byte_costs_one_row_and_says_so_in_its_header() {
    for encode in [
        |text: &str| text.as_bytes().to_vec(),
        |text: &str| GBK.encode(text).0.into_owned(),
    ] {
        let text = "户编号,姓名\n1,张三\n2,李四\n3,王五\n".to_owned() + &"4,赵六\n".repeat(20);
        let mut bytes = encode(&text);
        let at = bytes.windows(3).position(|window| window == b"\n2,").unwrap() + 3;
        bytes[at] = 0xFF;
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("成员202310.csv"), bytes).unwrap();
        let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
        assert!(error.is_none(), "{error:?}");
        let headers = texts(&batches, "_header");
        let flawed: Vec<bool> = headers
            .iter()
            .map(|header| header.contains(r#""_flaw":"D14""#))
            .collect();
        assert_eq!(flawed.iter().filter(|flawed| **flawed).count(), 1);
        assert!(flawed[1]);
        assert_eq!(texts(&batches, "户编号")[..3], ["1", "2", "3"]);
        assert_eq!(texts(&batches, "姓名")[2], "王五");
    }
}

#[test]
fn entries_of_an_archive_are_named_in_locators_and_only_the_streams_own_are_read() {
    let table = delimited(',', "\n");
    let other = "户编号,姓名\n9,别的\n";
    let dir = tempfile::tempdir().unwrap();
    let archive = sample::archive(&[
        ("收入.csv", other.as_bytes()),
        ("甲镇/成员!甲.csv", table.as_bytes()),
        ("乙镇/成员.xlsx", &xlsx(false)),
    ]);
    fs::write(dir.path().join("全县成员202310.zip"), archive).unwrap();
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(error.is_none(), "{error:?}");
    let locators = texts(&batches, "_locator");
    assert_eq!(locators.len(), 6);
    assert_eq!(locators[0], "全县成员202310.zip/甲镇/成员！甲.csv!-!3");
    assert_eq!(locators[3], "全县成员202310.zip/乙镇/成员.xlsx!Sheet1!3");
}

#[test]
fn numbers_texts_and_guards_of_cells_are_landed_as_the_kit_promises() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(["户编号", "姓名", "纯收入"]) {
        sheet.write_string(0, column, header).unwrap();
    }
    let id_as_number: f64 = "341221196805121216".parse().unwrap();
    sheet.write_number(1, 0, id_as_number).unwrap();
    sheet.write_string(1, 1, "'张三").unwrap();
    sheet.write_number(1, 2, 8592.5).unwrap();
    sheet.write_string(2, 0, "=\"341221196805121216\"").unwrap();
    sheet.write_string(2, 1, " 李四 ").unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("成员202310.xlsx"),
        workbook.save_to_buffer().unwrap(),
    )
    .unwrap();
    let csv = "户编号,姓名,纯收入\n\"=\"\"341221196805121216\"\"\",李四,1\n='5',\"=\"\"\",'\n";
    fs::write(dir.path().join("成员202311.csv"), csv).unwrap();
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        texts(&batches, "户编号"),
        [
            "3.412211968051212E+17",
            "341221196805121216",
            "341221196805121216",
            "='5'"
        ]
    );
    assert_eq!(texts(&batches, "姓名"), ["张三", " 李四 ", "李四", "=\""]);
    assert_eq!(texts(&batches, "纯收入"), ["8592.5", "NULL", "1", "NULL"]);
}
