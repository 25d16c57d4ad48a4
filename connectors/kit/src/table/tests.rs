//! The table against what its callers give it: single fields, whole rows, merged and unfolded ones, damaged ones.
//! Here because every format ends in it, so a row lost here is lost everywhere.
//! In: rows. Out: batches.
//! Not here: where rows come from.

use plugin_api::arrow::array::DictionaryArray;
use plugin_api::arrow::array::types::Int32Type;

use super::*;
use crate::layout::{ABSENT, Fill};
use crate::rows::{Span, span};

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let array = batch.column_by_name(column).unwrap();
    let of = |array: &StringArray| -> Vec<String> {
        array
            .iter()
            .map(|text| text.unwrap_or("NULL").to_owned())
            .collect()
    };
    match array.as_any().downcast_ref::<StringArray>() {
        Some(array) => of(array),
        None => {
            let array = array
                .as_any()
                .downcast_ref::<DictionaryArray<Int32Type>>()
                .unwrap();
            let array = array.downcast_dict::<StringArray>().unwrap();
            array.into_iter().map(|text| text.unwrap().to_owned()).collect()
        }
    }
}

fn table(rows_max: usize, bytes_max: usize) -> Table {
    let mut table = Table::new(&[Column::new("甲"), Column::new("乙")], rows_max, bytes_max);
    table.start(Origin {
        locator: "a.xlsx!一!".into(),
        part: "2023".into(),
        header: "{}".into(),
    });
    table
}

fn record(table: &mut Table, number: u32, cells: &[&str]) {
    let mut text = String::new();
    let spans: Vec<Span> = cells
        .iter()
        .map(|cell| {
            text.push_str(cell);
            span(text.len() - cell.len(), text.len())
        })
        .collect();
    let cells = Cells {
        text: &text,
        spans: &spans,
    };
    assert!(table.record(number, cells).unwrap().is_none());
}

fn group(columns: [u32; 2], own: &[u32], header: &str) -> Group {
    Group {
        columns: columns.to_vec(),
        own: own.to_vec(),
        header: header.to_owned(),
    }
}

#[test]
fn gaps_are_null_repeated_cells_count_once_and_locators_follow_the_sheet() {
    let mut table = table(10, 1 << 20);
    for (row, column, text) in [(1, 0, "x"), (1, 0, "second"), (4, 1, "y")] {
        assert!(table.row(row).unwrap().is_none());
        table.text(column, text);
    }
    let batch = table.finish().unwrap().unwrap();
    assert_eq!(texts(&batch, "甲"), ["x", "NULL"]);
    assert_eq!(texts(&batch, "乙"), ["NULL", "y"]);
    assert_eq!(texts(&batch, "_locator"), ["a.xlsx!一!2", "a.xlsx!一!5"]);
    assert!(table.finish().unwrap().is_none());
}

#[test]
fn batches_are_cut_at_rows_and_at_bytes() {
    for (rows_max, bytes_max, expect) in [(2, 1 << 20, vec![2, 2, 1]), (100, 1, vec![1, 1, 1, 1, 1])] {
        let mut table = table(rows_max, bytes_max);
        let mut sizes = Vec::new();
        for row in 0..5 {
            sizes.extend(table.row(row).unwrap().map(|batch| batch.num_rows()));
            table.text(0, "x");
        }
        sizes.extend(table.finish().unwrap().map(|batch| batch.num_rows()));
        assert_eq!(sizes, expect);
    }
}

#[test]
fn discarding_leaves_nothing_behind() {
    let mut table = table(10, 1 << 20);
    table.row(0).unwrap();
    table.text(0, "x");
    table.discard();
    table.start(Origin::default());
    table.row(7).unwrap();
    table.text(1, "y");
    let batch = table.finish().unwrap().unwrap();
    assert_eq!(batch.num_rows(), 1);
    assert_eq!(batch.column(0).null_count(), 1);
    assert_eq!(texts(&batch, "_locator"), ["8"]);
}

#[test]
fn members_side_by_side_become_rows_and_a_household_without_any_keeps_its_row() {
    let mut table = table(10, 1 << 20);
    let layout = Layout {
        groups: vec![
            group([0, 1], &[1], r#"{"乙":"B"}"#),
            group([0, 2], &[2], r#"{"乙":"C"}"#),
        ],
        fills: vec![Fill::new(0, 0)],
    };
    table.start_sheet("f!s!".into(), "2023".into(), layout);
    record(&mut table, 3, &["户", "父", "子"]);
    record(&mut table, 4, &["", "", "女"]);
    record(&mut table, 5, &["二户", "", " "]);
    let batch = table.finish().unwrap().unwrap();
    assert_eq!(texts(&batch, "甲"), ["户", "户", "户", "二户"]);
    assert_eq!(texts(&batch, "乙"), ["父", "子", "女", "NULL"]);
    assert_eq!(texts(&batch, "_locator"), ["f!s!3", "f!s!3", "f!s!4", "f!s!5"]);
    let (first, second) = (r#"{"乙":"B"}"#, r#"{"乙":"C"}"#);
    assert_eq!(texts(&batch, "_header"), [first, second, second, first]);
}

#[test]
fn a_row_with_bytes_that_were_no_text_is_marked_and_its_neighbours_are_not() {
    let mut table = table(10, 1 << 20);
    let layout = Layout {
        groups: vec![group([0, ABSENT], &[], r#"{"甲":"A:甲"}"#)],
        fills: Vec::new(),
    };
    table.start_sheet("f!s!".into(), "2023".into(), layout);
    record(&mut table, 1, &["张三", "\u{FFFD}"]);
    record(&mut table, 2, &["张\u{FFFD}", ""]);
    let batch = table.finish().unwrap().unwrap();
    let headers = texts(&batch, "_header");
    assert_eq!(headers, [r#"{"甲":"A:甲"}"#, r#"{"甲":"A:甲","_flaw":"D14"}"#]);
    table.start(Origin {
        header: "{}".into(),
        ..Origin::default()
    });
    table.row(0).unwrap();
    table.flaw("D17");
    let batch = table.finish().unwrap().unwrap();
    assert_eq!(texts(&batch, "_header"), [r#"{"_flaw":"D17"}"#]);
}

#[test]
fn what_was_replaced_twice_over_stops_the_file() {
    let mut table = table(10, 1 << 20);
    table.row(0).unwrap();
    table.text(0, "锟斤拷三");
    let error = table.finish().unwrap_err();
    assert_eq!(error.category(), plugin_api::Category::Data);
    assert!(error.message().contains("乱码"), "{error}");
}
