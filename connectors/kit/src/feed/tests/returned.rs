//! Workbooks of refused rows that return corrected, beside the files they came from.
//! Here because a clerk renames such a file, and a handful of rows must never pass for a month.
//! In: hand-made workbooks in the hub's form. Out: rows with part, place and the number of the row each corrects.
//! Not here: what the hub does with them.

use sha2::{Digest, Sha256};

use super::*;

fn number(stream: &str, part: &str, digits: &str) -> String {
    let text = format!("{stream}/{part}/{digits}");
    let sum = hex::encode(Sha256::digest(&text));
    format!("{text}{}", sum.chars().take(4).collect::<String>())
}

fn drop_returned(dir: &Path, name: &str, rows: &[&[&str]]) {
    let mut all: Vec<&[&str]> = vec![
        &["请改正标黄的单元格"],
        &["户编号", "姓名", "退回原因", "原位置", "退回编号"],
    ];
    all.extend(rows);
    let sheet = sample::sheet(&all);
    fs::write(dir.join(name), sample::workbook(&[("退回1 202310", &sheet)])).unwrap();
}

#[test]
fn corrected_rows_belong_to_their_period_whatever_their_file_is_called() {
    let dir = tempfile::tempdir().unwrap();
    drop_file(
        dir.path(),
        "成员202310.xlsx",
        &[&["户编号", "姓名"], &["01", "张三"], &["02", "李四"]],
    );
    let (first, second) = (
        number("members", "202310", "00000000000000a1"),
        number("members", "202309", "00000000000000a2"),
    );
    // Called like a later version of the month's file, and like one of no month at all.
    drop_returned(
        dir.path(),
        "成员202310更正.xlsx",
        &[
            &["03", "王五", "D04", "成员202310.xlsx!表一!9", &first],
            &["", "制表人"],
            &["04", "赵六", "D04", "甲.xlsx/成员202309.xlsx!表一!7", &second],
        ],
    );
    drop_returned(dir.path(), "退回.xlsx", &[&["05", "", "", "", &first]]);
    let recorder = recorder();
    let (batches, error) = read(&feed(dir.path()), &incremental(None), &recorder);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts(&batches, "户编号"), ["01", "02", "03", "04", "05"]);
    assert_eq!(
        texts(&batches, "_part"),
        ["202310", "202310", "202310", "202309", "202310"]
    );
    assert_eq!(
        texts(&batches, "_corrects"),
        [
            "NULL",
            "NULL",
            "00000000000000a1",
            "00000000000000a2",
            "00000000000000a1"
        ]
    );
    assert_eq!(
        texts(&batches, "_locator")[2..],
        [
            "成员202310更正.xlsx/成员202310.xlsx!退回1 202310!3",
            "成员202310更正.xlsx/成员202309.xlsx!退回1 202310!5",
            "退回.xlsx!退回1 202310!3",
        ]
    );
    // Nothing is new: nothing is read, the month least of all.
    let state = recorder.checkpoints().pop().map(|checkpoint| checkpoint.state);
    let (batches, error) = read(&feed(dir.path()), &incremental(state), &super::recorder());
    assert!(error.is_none() && batches.is_empty(), "{error:?}");
}

#[test]
fn rows_of_another_stream_are_left_to_it_and_a_number_that_was_changed_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = number("rolls", "202310", "00000000000000a1");
    drop_returned(dir.path(), "退回.xlsx", &[&["03", "王五", "", "", &foreign]]);
    let (batches, error) = read(&feed(dir.path()), &incremental(None), &recorder());
    assert!(error.is_none() && batches.is_empty(), "{error:?}");
    let changed = number("members", "202310", "00000000000000a1").replace("a1", "a2");
    drop_returned(dir.path(), "退回.xlsx", &[&["03", "王五", "", "", &changed]]);
    let (batches, error) = read(&feed(dir.path()), &incremental(None), &recorder());
    let message = error.unwrap().message().to_owned();
    assert!(
        batches.is_empty() && message.contains("第 3 行的“退回编号”"),
        "{message}"
    );
    // A name alone makes no such workbook, and the stream's patterns do not know it.
    drop_file(dir.path(), "退回.xlsx", &[&["户编号", "姓名"], &["01", "张三"]]);
    let (batches, error) = read(&feed(dir.path()), &incremental(None), &recorder());
    assert!(error.is_none() && batches.is_empty(), "{error:?}");
}
