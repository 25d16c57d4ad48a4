//! A feed read the way the hub reads it: batches, checkpoints, a second run, bad files among good ones.
//! Here because these are the promises every file connector inherits.
//! In: hand-made workbooks in a temporary folder. Out: rows with their locators, states, errors.
//! Not here: one module's own details.

mod folder;
mod formats;
mod hostile;
mod returned;
mod shapes;
mod told;

use std::fs;
use std::path::Path;
use std::time::Duration;

use plugin_api::arrow::array::{Array, DictionaryArray, RecordBatch, StringArray, types::Int32Type};
use plugin_api::testing::Recorder;
use plugin_api::{Category, Error, Mode, ReadRequest};
use serde_json::{Value, json};

use super::Feed;
use crate::files::{DropFolder, Pattern};
use crate::header::Column;
use crate::sample;

fn feed(dir: &Path) -> Feed {
    let columns = vec![
        Column::new("户编号").required(),
        Column::new("姓名").required(),
        Column::new("纯收入"),
    ];
    let patterns = vec![Pattern::new("*成员*").unwrap()];
    Feed::new(
        "members",
        columns,
        DropFolder {
            dir: dir.to_path_buf(),
            patterns,
            settle: Duration::ZERO,
        },
    )
}

fn drop_file(dir: &Path, name: &str, rows: &[&[&str]]) {
    fs::write(
        dir.join(name),
        sample::workbook(&[("表一", &sample::sheet(rows))]),
    )
    .unwrap();
}

fn recorder() -> Recorder {
    Recorder::default()
}

fn read(feed: &Feed, request: &ReadRequest, recorder: &Recorder) -> (Vec<RecordBatch>, Option<Error>) {
    let mut batches = Vec::new();
    for batch in feed.read(request, &recorder.context()).unwrap() {
        match batch {
            Ok(batch) => batches.push(batch),
            Err(error) => return (batches, Some(error)),
        }
    }
    (batches, None)
}

fn texts(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let of = |batch: &RecordBatch| -> Vec<String> {
        let array = batch.column_by_name(column).unwrap();
        match array.as_any().downcast_ref::<StringArray>() {
            Some(array) => array
                .iter()
                .map(|text| text.unwrap_or("NULL").to_owned())
                .collect(),
            None => {
                let array = array
                    .as_any()
                    .downcast_ref::<DictionaryArray<Int32Type>>()
                    .unwrap();
                let array = array.downcast_dict::<StringArray>().unwrap();
                array.into_iter().map(|text| text.unwrap().to_owned()).collect()
            }
        }
    };
    batches.iter().flat_map(of).collect()
}

fn incremental(state: Option<Value>) -> ReadRequest {
    let mut request = ReadRequest::new("members");
    (request.mode, request.state) = (Mode::Incremental, state);
    request
}

#[test]
fn every_row_comes_with_its_place_its_period_and_its_headers() {
    let dir = tempfile::tempdir().unwrap();
    let name = "2023年10月成员.xlsx";
    drop_file(
        dir.path(),
        name,
        &[
            &["标题"],
            &["姓名", "备注", "户编号"],
            &["张三", "x", "01"],
            &[],
            &["", "仅备注"],
        ],
    );
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(error.is_none());
    assert_eq!(texts(&batches, "户编号"), ["01", "NULL"]);
    assert_eq!(texts(&batches, "纯收入"), ["NULL", "NULL"]);
    assert_eq!(
        texts(&batches, "_locator"),
        [format!("{name}!表一!3"), format!("{name}!表一!5")]
    );
    assert_eq!(texts(&batches, "_part"), ["202310", "202310"]);
    assert_eq!(
        texts(&batches, "_header")[0],
        r#"{"姓名":"A:姓名","户编号":"C:户编号"}"#
    );
}

#[test]
fn a_sheet_longer_than_the_header_search_and_a_batch_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let numbers: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    let rows: Vec<[&str; 2]> = std::iter::once(["户编号", "姓名"])
        .chain(numbers.iter().map(|number| [number.as_str(), "甲"]))
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 2]>::as_slice).collect();
    drop_file(dir.path(), "成员202310.xlsx", &rows);
    let mut request = ReadRequest::new("members");
    request.batch_rows = 64;
    let (batches, _) = read(&feed(dir.path()), &request, &recorder());
    assert_eq!(batches.len(), 16);
    assert_eq!(texts(&batches, "户编号"), numbers);
}

#[test]
fn what_was_taken_is_not_read_again_and_a_new_version_of_a_file_is() {
    let dir = tempfile::tempdir().unwrap();
    drop_file(
        dir.path(),
        "成员202309.xlsx",
        &[&["户编号", "姓名"], &["1", "甲"]],
    );
    drop_file(
        dir.path(),
        "成员202310.xlsx",
        &[&["户编号", "姓名"], &["2", "乙"]],
    );
    let first = recorder();
    let (batches, _) = read(&feed(dir.path()), &incremental(None), &first);
    assert_eq!(texts(&batches, "户编号"), ["1", "2"]);
    let checkpoints = first.checkpoints();
    assert_eq!(
        checkpoints.iter().map(|c| c.after_batch).collect::<Vec<_>>(),
        [1, 2]
    );
    let state = checkpoints[1].state.clone();
    assert_eq!(state["files"].as_object().unwrap().len(), 2);

    fs::rename(
        dir.path().join("成员202309.xlsx"),
        dir.path().join("成员202309（改名）.xlsx"),
    )
    .unwrap();
    let (batches, error) = read(&feed(dir.path()), &incremental(Some(state.clone())), &recorder());
    assert!(batches.is_empty() && error.is_none());

    drop_file(
        dir.path(),
        "成员202310.xlsx",
        &[&["户编号", "姓名"], &["2", "乙"], &["3", "丙"]],
    );
    let third = recorder();
    let (batches, _) = read(&feed(dir.path()), &incremental(Some(state.clone())), &third);
    assert_eq!(texts(&batches, "户编号"), ["2", "3"]);
    assert_eq!(
        third.checkpoints()[0].state["files"].as_object().unwrap().len(),
        3
    );
    let mut full = incremental(Some(state));
    full.mode = Mode::Full;
    assert_eq!(read(&feed(dir.path()), &full, &recorder()).0.len(), 2);
}

#[test]
fn a_part_with_a_new_file_is_read_with_all_its_files_because_it_is_replaced_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    drop_file(
        dir.path(),
        "成员202309.xlsx",
        &[&["户编号", "姓名"], &["0", "甲"]],
    );
    drop_file(
        dir.path(),
        "成员202310甲县.xlsx",
        &[&["户编号", "姓名"], &["1", "甲"]],
    );
    let first = recorder();
    read(&feed(dir.path()), &incremental(None), &first);
    let state = first.checkpoints().pop().unwrap().state;
    drop_file(
        dir.path(),
        "成员202310乙县.xlsx",
        &[&["户编号", "姓名"], &["2", "乙"]],
    );
    drop_file(
        dir.path(),
        "成员202310乙县（副本）.xlsx",
        &[&["户编号", "姓名"], &["2", "乙"]],
    );
    let second = recorder();
    let (batches, error) = read(&feed(dir.path()), &incremental(Some(state)), &second);
    assert!(error.is_none());
    assert_eq!(texts(&batches, "户编号"), ["2", "1"]);
    assert_eq!(
        second.checkpoints().pop().unwrap().state["files"]
            .as_object()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn bad_files_are_named_after_the_good_ones_are_read() {
    let dir = tempfile::tempdir().unwrap();
    drop_file(
        dir.path(),
        "成员202308.xlsx",
        &[&["户编号", "纯收入"], &["1", "2"]],
    );
    fs::write(dir.path().join("成员202309.xlsx"), b"%PDF-1.7").unwrap();
    drop_file(
        dir.path(),
        "成员202310.xlsx",
        &[&["户编号", "姓名"], &["2", "乙"]],
    );
    drop_file(dir.path(), "成员.xlsx", &[&["户编号", "姓名"], &["3", "丙"]]);
    let recorder = recorder();
    let (batches, error) = read(&feed(dir.path()), &incremental(None), &recorder);
    assert_eq!(texts(&batches, "户编号"), ["2"]);
    let error = error.unwrap();
    assert_eq!(error.category(), Category::Schema);
    for said in [
        "文件“成员.xlsx”: 文件名中没有数据期次",
        "文件“成员202308.xlsx”: 工作表“表一”（第 1 行为表头）缺少必需列：姓名",
        "文件“成员202309.xlsx”: 是 PDF 文件",
    ] {
        assert!(error.message().contains(said), "{error}");
    }
    assert_eq!(recorder.checkpoints().len(), 1);
}

#[test]
fn a_workbook_without_a_header_is_refused_and_a_note_sheet_beside_the_table_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let table = sample::sheet(&[&["户编号", "姓名"], &["1", "甲"]]);
    let note = sample::sheet(&[["填表说明"].as_slice(); 12]);
    fs::write(
        dir.path().join("成员202310.xlsx"),
        sample::workbook(&[("说明", &note), ("成员", &table)]),
    )
    .unwrap();
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(error.is_none());
    assert_eq!(texts(&batches, "_locator"), ["成员202310.xlsx!成员!2"]);
    fs::write(
        dir.path().join("成员202310.xlsx"),
        sample::workbook(&[("说明", &note)]),
    )
    .unwrap();
    let (_, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(
        error
            .unwrap()
            .message()
            .contains("没有找到表头（应含：户编号、姓名）")
    );
}

#[test]
fn a_cancelled_read_ends_and_a_dropped_one_leaves_no_thread() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<&[&str]> = std::iter::once(["户编号", "姓名"].as_slice())
        .chain([["1", "甲"].as_slice(); 500])
        .collect();
    drop_file(dir.path(), "成员202310.xlsx", &rows);
    let recorder = recorder();
    let mut request = ReadRequest::new("members");
    request.batch_rows = 10;
    let mut batches = feed(dir.path()).read(&request, &recorder.context()).unwrap();
    assert_eq!(batches.next().unwrap().unwrap().num_rows(), 10);
    recorder.cancel();
    let error = batches.find_map(Result::err).unwrap();
    assert_eq!(error.category(), Category::Cancelled);
    drop(
        feed(dir.path())
            .read(&request, &super::tests::recorder().context())
            .unwrap(),
    );
}

#[test]
fn a_state_of_another_kind_is_a_matter_of_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let request = incremental(Some(json!({ "files": 3 })));
    let error = feed(dir.path())
        .read(&request, &recorder().context())
        .err()
        .unwrap();
    assert_eq!(error.category(), Category::Config);
}
