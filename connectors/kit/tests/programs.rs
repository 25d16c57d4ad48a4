//! Tables that real programs saved: LibreOffice Calc, openpyxl, xlwt; with both of Excel's calendars.
//! Here because a reader tried only against its own writer proves nothing.
//! In: the files of `fixtures`, which `fixtures/make.py` made. Out: the same rows from each, to the letter.
//! Not here: Excel and WPS themselves, which do not run here; broken files (the kit's own tests).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::{Path, PathBuf};

use plugin_api::testing::Recorder;
use serde_json::json;

use support::{column, folder, read};

const IDS: [&str; 3] = ["34122119900101001X", "341221199101010025", "341221199201010030"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The fixture alone in a folder.
fn dropped(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(fixtures().join(name), dir.path().join(name)).unwrap();
    dir
}

fn rolls(dir: &Path) -> connector_kit::Source {
    let columns = [
        "户主姓名",
        "姓名",
        "身份证号",
        "月保障金额",
        "享受起始日期",
        "发放月份",
    ];
    folder(
        dir,
        json!({"name": "rolls", "required": ["身份证号"], "fill": ["户主姓名"], "columns": columns}),
    )
}

#[test]
fn every_program_and_both_calendars_give_the_same_rows() {
    for name in [
        "openpyxl-202310.xlsx",
        "openpyxl-1904-202310.xlsx",
        "xlwt-202310.xls",
        "xlwt-1904-202310.xls",
        "calc-202310.xls",
        "calc-1904-202310.xls",
        "calc-202310.xlsx",
        "calc-1904-202310.xlsx",
        "calc-gb18030-202310.csv",
        "calc-gbk-202310.csv",
        "calc-202310.html",
    ] {
        let dir = dropped(name);
        let recorder = Recorder::default();
        let (batches, error) = read(&rolls(dir.path()), "rolls", None, &recorder);
        assert!(error.is_none(), "{name}: {error:?}");
        // A row that was hidden, as the second is in the books of 1904, is read like the others.
        // The row of totals comes too: whether a row is one is the mapping's to say.
        assert_eq!(column(&batches, "身份证号")[..3], IDS, "{name}");
        assert_eq!(column(&batches, "身份证号").len(), 4, "{name}");
        assert_eq!(
            column(&batches, "享受起始日期")[..3],
            ["2021-03-01", "2000-02-29", "1999-12-31"],
            "{name}"
        );
        assert_eq!(
            column(&batches, "月保障金额"),
            ["716.5", "716.5", "1433", "2866"],
            "{name}"
        );
        assert_eq!(
            column(&batches, "户主姓名")[..2],
            ["欧阳建国", "欧阳建国"],
            "{name}"
        );
        // Code page 936 has no 㛃: the program wrote a question mark, and it stays one.
        let rare = if name.contains("gbk") { "王?" } else { "王㛃" };
        assert_eq!(
            column(&batches, "姓名")[..3],
            ["欧阳建国", "阿依古丽·买买提", rare],
            "{name}"
        );
        assert_eq!(column(&batches, "_part"), ["202310"; 4], "{name}");
        let place = column(&batches, "_locator").swap_remove(1);
        let sheet = if name.ends_with('s') || name.ends_with('x') {
            "城南镇"
        } else {
            "-"
        };
        assert_eq!(place, format!("{name}!{sheet}!4"));
    }
}

#[test]
fn an_open_document_is_refused_with_what_to_do() {
    let dir = dropped("calc-202310.ods");
    let (batches, error) = read(&rolls(dir.path()), "rolls", None, &Recorder::default());
    assert!(batches.is_empty());
    let error = error.unwrap();
    assert!(
        error.message().contains(".ods") && error.message().contains("另存为 .xlsx"),
        "{error}"
    );
}
