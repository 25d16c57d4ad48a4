//! Headers as departments write them, against the columns they must become.
//! Here because every one of these was a file somebody could not read.
//! In: first rows as text. Out: layouts, or what is missing.
//! Not here: data rows.

use super::*;
use crate::layout::ABSENT;

fn columns() -> Vec<Column> {
    vec![
        Column::new("户编号").required().also(["户编码"]),
        Column::new("姓名").required(),
        Column::new("纯收入"),
        Column::new("务工时间(月)"),
        Column::new("县"),
    ]
}

fn dictionary() -> Dictionary {
    Dictionary::new(&columns())
}

fn rows(texts: &[&[&str]]) -> Vec<Row> {
    let row = |(number, texts): (u32, &&[&str])| {
        let cells = (0..).zip(texts.iter()).filter(|(_, text)| !text.is_empty());
        Row {
            number,
            cells: cells.map(|(column, text)| (column, (*text).to_owned())).collect(),
        }
    };
    (1..).zip(texts).map(row).collect()
}

fn read_from(header: &Header) -> Vec<Option<u32>> {
    let columns = &header.layout.groups[0].columns;
    columns
        .iter()
        .map(|at| Some(*at).filter(|at| *at != ABSENT))
        .collect()
}

#[test]
fn the_header_is_found_below_titles_and_in_any_order_with_other_columns_between() {
    let header = dictionary()
        .find(&rows(&[
            &["全国防返贫监测信息系统导出"],
            &["单位：元"],
            &[
                "备注",
                "纯收入（元）",
                "姓 名",
                "",
                "户编码",
                "务工时间（月）",
                "县(市、区、旗)",
            ],
            &["", "1", "张三", "", "2", "3"],
        ]))
        .unwrap();
    assert_eq!((header.body, header.width), (3, 7));
    assert_eq!(header.extra, ["备注"]);
    assert_eq!(read_from(&header), [Some(4), Some(2), Some(1), Some(5), Some(6)]);
    assert_eq!(
        header.layout.groups[0].header,
        r#"{"务工时间(月)":"F:务工时间（月）","县":"G:县(市、区、旗)","姓名":"C:姓 名","户编号":"E:户编码","纯收入":"B:纯收入（元）"}"#
    );
}

#[test]
fn a_missing_required_column_is_named_and_a_missing_optional_one_is_not() {
    let error = dictionary()
        .find(&rows(&[&["标题"], &["户编号", "纯收入"]]))
        .unwrap_err();
    assert_eq!(
        error,
        Missing::Columns {
            row: 2,
            names: vec!["姓名".to_owned()],
            ambiguous: Vec::new(),
        }
    );
    assert!(dictionary().find(&rows(&[&["户编号", "姓名"]])).is_ok());
}

#[test]
fn no_header_among_the_first_ten_rows_is_said_so() {
    let mut texts: Vec<&[&str]> = vec![&["张三", "1"]; 10];
    assert_eq!(dictionary().find(&rows(&texts)).unwrap_err(), Missing::Header);
    texts.push(&["户编号", "姓名"]);
    assert_eq!(dictionary().find(&rows(&texts)).unwrap_err(), Missing::Header);
}

#[test]
fn of_a_repeated_header_the_leftmost_is_read_and_the_repetition_told() {
    let header = dictionary().find(&rows(&[&["户编号", "姓名", "姓名"]])).unwrap();
    assert_eq!(read_from(&header)[..2], [Some(0), Some(1)]);
    assert_eq!(header.repeated, ["姓名"]);
}

#[test]
fn a_grouped_header_is_read_by_its_path_and_by_its_sub_header_where_that_is_clear() {
    let stream = [
        Column::new("户编号").required(),
        Column::new("户主姓名").required().also(["户主/姓名"]),
        Column::new("成员姓名").also(["家庭成员/姓名"]),
        Column::new("工资性收入"),
        Column::new("备注"),
    ];
    let header = Dictionary::new(&stream)
        .find(&rows(&[
            &["登记表"],
            &["户编号", "户主", "", "家庭成员", "", "收入（元）", "", "备注"],
            &["", "姓名", "电话", "姓名", "电话", "工资性收入", "其他"],
            &["1", "张三", "1", "李四", "2", "3", "4", "无"],
        ]))
        .unwrap();
    assert_eq!(header.body, 3);
    assert_eq!(read_from(&header), [Some(0), Some(1), Some(3), Some(5), Some(7)]);
    assert_eq!(header.extra, ["户主/电话", "家庭成员/电话", "收入（元）/其他"]);
    assert!(
        header.layout.groups[0]
            .header
            .contains(r#""户主姓名":"B:户主/姓名""#)
    );
    let names = [
        Column::new("户编号").required(),
        Column::new("姓名").required(),
        Column::new("电话"),
    ];
    let error = Dictionary::new(&names)
        .find(&rows(&[
            &["户编号", "户主", "", "成员", ""],
            &["", "姓名", "电话", "姓名", "电话"],
        ]))
        .unwrap_err();
    assert_eq!(
        error,
        Missing::Columns {
            row: 2,
            names: vec!["姓名".to_owned()],
            ambiguous: vec!["姓名".to_owned()],
        }
    );
}

#[test]
fn data_below_a_single_header_is_no_second_header_row() {
    let header = dictionary()
        .find(&rows(&[
            &["户编号", "姓名", "备注"],
            &["1", "姓名", "县"],
            &["2", "乙"],
        ]))
        .unwrap();
    assert_eq!(header.body, 1);
}

#[test]
fn units_and_column_numbers_below_the_header_are_no_rows() {
    let header = dictionary()
        .find(&rows(&[
            &["户编号", "姓名", "纯收入", "务工时间"],
            &["", "", "元", "月"],
            &["1", "2", "3", "4"],
            &["1", "甲", "3", "4"],
        ]))
        .unwrap();
    assert_eq!(header.body, 3);
    assert!(
        header.layout.groups[0]
            .header
            .contains(r#""纯收入":"C:纯收入(元)""#)
    );
}

#[test]
fn an_amount_in_a_unit_its_mapping_cannot_take_stops_the_sheet_wherever_the_unit_stands() {
    let in_wan = Dictionary::new(&[
        Column::new("户编号"),
        Column::new("姓名"),
        Column::new("采购总额").unit("万元").unit("元"),
    ]);
    for texts in [
        [&["户编号", "姓名", "纯收入(万元)"][..], &["1", "甲", "3"]],
        [&["户编号", "姓名", "纯收入"], &["", "", "万元"]],
        [&["单位：万元"], &["户编号", "姓名", "纯收入"]],
    ] {
        let error = dictionary().find(&rows(&texts)).unwrap_err();
        assert!(matches!(error, Missing::Unit { .. }), "{error:?}");
        let texts = texts.map(|row| {
            row.iter()
                .map(|text| text.replace("纯收入", "采购总额"))
                .collect::<Vec<_>>()
        });
        let texts = texts
            .each_ref()
            .map(|row| row.iter().map(String::as_str).collect::<Vec<_>>());
        let header = in_wan.find(&rows(&texts.each_ref().map(Vec::as_slice))).unwrap();
        let found = &header.layout.groups[0].header;
        assert!(found.contains(r#""采购总额":"C:采购总额(万元)""#), "{found}");
    }
    let error = in_wan
        .find(&rows(&[&["户编号", "姓名", "采购总额（千元）"]]))
        .unwrap_err();
    assert_eq!(
        error,
        Missing::Unit {
            header: "采购总额（千元）".to_owned(),
            expected: "万元、元".to_owned(),
        }
    );
}

#[test]
fn members_side_by_side_are_a_group_each_and_the_head_stays_in_its_columns() {
    let stream = [
        Column::new("家庭编号").fill(),
        Column::new("户主姓名"),
        Column::new("姓名").required(),
        Column::new("身份证号").also(["证件号码"]),
    ];
    let dictionary = Dictionary::new(&stream).members(&Members::new("成员", ["姓名", "身份证号"]));
    for row in [
        [
            "家庭编号",
            "户主姓名",
            "成员1姓名",
            "成员1证件号码",
            "家庭成员2姓名",
            "家庭成员2身份证号",
        ],
        [
            "家庭编号",
            "户主姓名",
            "成员一姓名",
            "成员一身份证号",
            "成员（二）姓名",
            "成员（二）-身份证号",
        ],
    ] {
        let header = dictionary.find(&rows(&[&row])).unwrap();
        let groups: Vec<_> = header
            .layout
            .groups
            .iter()
            .map(|group| group.columns.clone())
            .collect();
        assert_eq!(groups, [[0, 1, 2, 3], [0, 1, 4, 5]]);
        assert_eq!(header.layout.groups[1].own, [4, 5]);
        let found = &header.layout.groups[1].header;
        assert!(found.contains(&format!(r#""姓名":"E:{}""#, row[4])), "{found}");
        assert!(found.contains(r#""户主姓名":"B:户主姓名""#), "{found}");
        assert_eq!(header.layout.fills.len(), 1);
    }
    let grouped = dictionary
        .find(&rows(&[
            &["家庭编号", "户主姓名", "成员1", "", "成员2", ""],
            &["", "", "姓名", "身份证号", "姓名", "身份证号"],
        ]))
        .unwrap();
    assert_eq!(grouped.layout.groups.len(), 2);
    let long = dictionary
        .find(&rows(&[&["家庭编号", "姓名", "身份证号"]]))
        .unwrap();
    assert_eq!(long.layout.groups.len(), 1);
    assert!(long.layout.groups[0].own.is_empty());
    let first_apart = dictionary
        .find(&rows(&[&["家庭编号", "姓名", "身份证号", "成员2姓名"]]))
        .unwrap();
    let groups: Vec<_> = first_apart
        .layout
        .groups
        .iter()
        .map(|group| group.own.clone())
        .collect();
    assert_eq!(groups, [vec![1, 2], vec![3]]);
}
