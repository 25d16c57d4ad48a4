//! Sheets as they are printed: grouped headers, merged heads, members side by side, notes around and rows hidden.
//! Here because a roll is made for the wall of a village office, and the hub wants a person per row.
//! In: workbooks of a real writer, delimited texts. Out: rows of the stream.
//! Not here: which header is found where (header's own tests).

use rust_xlsxwriter::{Format, Workbook};

use super::*;
use crate::header::Members;

fn rolls(dir: &Path) -> Feed {
    let columns = vec![
        Column::new("家庭编号").also(["低保证号"]),
        Column::new("户主姓名").also(["户主"]),
        Column::new("姓名"),
        Column::new("身份证号"),
        Column::new("金额").unit("元").unit("万元"),
    ];
    let patterns = vec![Pattern::new("*低保*").unwrap()];
    let folder = DropFolder {
        dir: dir.to_path_buf(),
        patterns,
        settle: Duration::ZERO,
    };
    Feed::new("members", columns, folder)
        .required(&["姓名", "身份证号"])
        .fill(["家庭编号", "户主姓名"])
        .members(Members::new("成员", ["姓名", "身份证号"]))
}

fn rows(batches: &[RecordBatch]) -> Vec<String> {
    let columns = ["家庭编号", "户主姓名", "姓名", "身份证号", "金额"].map(|column| texts(batches, column));
    let row = |at: usize| {
        columns
            .each_ref()
            .map(|texts| texts[at].replace("NULL", "-"))
            .join(" ")
    };
    (0..columns[0].len()).map(row).collect()
}

#[test]
fn merged_heads_are_filled_down_within_their_household_and_no_further() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let merged = Format::new();
    sheet.merge_range(0, 0, 0, 4, "低保发放花名册", &merged).unwrap();
    sheet.merge_range(1, 0, 2, 0, "低保证号", &merged).unwrap();
    sheet.merge_range(1, 1, 2, 1, "户主", &merged).unwrap();
    sheet.merge_range(1, 2, 1, 3, "保障对象", &merged).unwrap();
    sheet.merge_range(1, 4, 2, 4, "金额(万元)", &merged).unwrap();
    sheet.write_string(2, 2, "姓名").unwrap();
    sheet.write_string(2, 3, "身份证号").unwrap();
    sheet.merge_range(3, 0, 5, 0, "A1", &merged).unwrap();
    sheet.merge_range(3, 1, 5, 1, "张三", &merged).unwrap();
    for (row, name) in [(3, "张三"), (4, "李四"), (5, "张小"), (6, "王五"), (7, "王六")] {
        sheet.write_string(row, 2, name).unwrap();
    }
    sheet.write_string(6, 0, "A2").unwrap();
    sheet.set_row_hidden(4).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("低保202310.xlsx"),
        workbook.save_to_buffer().unwrap(),
    )
    .unwrap();
    let recorder = recorder();
    let (batches, error) = read(&rolls(dir.path()), &ReadRequest::new("members"), &recorder);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        rows(&batches),
        [
            "A1 张三 张三 - -",
            "A1 张三 李四 - -",
            "A1 张三 张小 - -",
            "A2 - 王五 - -",
            "A2 - 王六 - -"
        ]
    );
    let header = &texts(&batches, "_header")[0];
    assert!(header.contains(r#""姓名":"C:保障对象/姓名""#), "{header}");
    assert!(header.contains(r#""金额":"E:金额(万元)""#), "{header}");
}

#[test]
fn members_side_by_side_become_rows_and_the_head_stays() {
    let text = "家庭编号,户主姓名,成员1姓名,成员1身份证号,家庭成员二姓名,家庭成员二身份证号,金额\n\
                A1,张三,张三,1,李四,2,716\nA2,王五,,,王六,6,500\n,,王七,7,,,\nA3,赵八,,,,,897\n";
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("低保202310.csv"), text).unwrap();
    let (batches, error) = read(&rolls(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        rows(&batches),
        [
            "A1 张三 张三 1 716",
            "A1 张三 李四 2 716",
            "A2 王五 王六 6 500",
            "A2 王五 王七 7 -",
            "A3 赵八 - - 897"
        ]
    );
    let headers = texts(&batches, "_header");
    assert!(headers[0].contains(r#""姓名":"C:成员1姓名""#), "{}", headers[0]);
    assert!(
        headers[1].contains(r#""姓名":"E:家庭成员二姓名""#),
        "{}",
        headers[1]
    );
}

#[test]
fn every_sheet_is_read_hidden_ones_too_and_what_was_odd_is_told() {
    let mut workbook = Workbook::new();
    for (name, hidden) in [("甲镇", false), ("乙镇", true), ("说明", false)] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap().set_hidden(hidden);
        if name == "说明" {
            sheet.write_string(0, 0, "填表说明").unwrap();
            continue;
        }
        for (column, text) in (0..).zip(["户编号", "姓名", "姓名", "备注"]) {
            sheet.write_string(0, column, text).unwrap();
        }
        for (column, text) in (0..).zip(["1", name, "重", "无", "", "多"]) {
            sheet.write_string(1, column, text).unwrap();
        }
        sheet.set_row_hidden(1).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("成员202310.xlsx"),
        workbook.save_to_buffer().unwrap(),
    )
    .unwrap();
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts(&batches, "姓名"), ["甲镇", "乙镇"]);
    assert_eq!(texts(&batches, "_locator")[1], "成员202310.xlsx!乙镇!2");
}

#[test]
fn a_unit_nobody_can_take_and_a_header_nobody_can_tell_go_back_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("成员202301.csv", "户编号,姓名,纯收入（万元）\n1,张三,2\n"),
        ("成员202302.csv", "表,,单位：千元\n户编号,姓名,纯收入\n1,张三,2\n"),
        (
            "成员202303.csv",
            "户编号,户主,,成员,\n,姓名,电话,姓名,电话\n1,张三,2,李四,3\n",
        ),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder());
    assert!(batches.is_empty());
    let said = error.unwrap().message().to_owned();
    for part in [
        "文件“成员202301.csv”: 的“纯收入（万元）”单位不符，应以元为单位",
        "文件“成员202302.csv”: 的“单位：千元”单位不符",
        "文件“成员202303.csv”: （第 2 行为表头）的列 姓名 在多个分组下重复出现",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!said.contains("张三"));
}
