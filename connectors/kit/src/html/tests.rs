//! Pages that are called workbooks, against the rows a browser shows.
//! Here because no two systems write them alike, and few write them well.
//! In: pages. Out: sheets and rows.
//! Not here: encodings.

use super::*;
use crate::rows::Collected;

fn tables(page: &str) -> Collected {
    let mut rows = Collected::default();
    read(&mut page.as_bytes(), &mut rows).unwrap();
    rows
}

fn row(number: u32, texts: &[&str]) -> (u32, Vec<String>) {
    (number, texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn a_page_is_read_as_a_browser_shows_it() {
    let rows = tables(
        "<html><head><style>td {x:'<td>'}</style></head><body><!-- <td>no</td> --><table border=1>
         <tr><th>户编号</th><TH>姓 名</TH></tr>
         <tr><td x:str>=&quot;01&quot;</td><td>张<b>三</b>&nbsp;</td></tr>
         <tr><td>&nbsp;</td><td></td></tr>
         <tr><td>&#x674e;&#22235;<td>a &amp; b &lt; c &no; &amp;
            d<br>e
         </table></body></html>",
    );
    assert_eq!(rows.sheets, ["-"]);
    assert_eq!(
        rows.rows,
        [
            row(1, &["户编号", "姓 名"]),
            row(2, &["=\"01\"", "张三"]),
            row(4, &["李四", "a & b < c &no; & d\ne"])
        ]
    );
}

#[test]
fn merged_cells_keep_their_place_and_push_the_others_aside() {
    let rows = tables(
        "<table><tr><td rowspan=2>户<td colspan=\"2\">成员<td>备注</tr><tr><td>姓名<td>电话<td>x</tr>
         <tr><td>1<td>2<td>3<td>4</tr></table>",
    );
    assert_eq!(
        rows.rows,
        [
            row(1, &["户", "成员", "", "备注"]),
            row(2, &["", "姓名", "电话", "x"]),
            row(3, &["1", "2", "3", "4"])
        ]
    );
}

#[test]
fn every_table_is_a_sheet_even_one_within_another() {
    let rows = tables(
        "<table><tr><td>版面<table><tr><td>a<td>b</tr><tr><td>1<td>2</tr></table></td></tr><tr><td>脚注</tr></table>
         <table></table><table><tr><td>c</table>",
    );
    assert_eq!(rows.sheets, ["-", "表2", "表3", "表4"]);
    assert_eq!(
        rows.rows,
        [
            row(1, &["版面"]),
            row(1, &["a", "b"]),
            row(2, &["1", "2"]),
            row(1, &["脚注"]),
            row(1, &["c"])
        ]
    );
}

#[test]
fn the_xml_tables_of_excel_2003_are_read_too() {
    let rows = tables(
        "<?xml version=\"1.0\"?><Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">
         <Worksheet ss:Name=\"成员 &amp; 户\"><Table><Column ss:Width=\"3\"/>
         <Row><Cell><Data ss:Type=\"String\">户编号</Data></Cell><Cell ss:Index=\"3\"><Data>姓名</Data></Cell></Row>
         <Row ss:Index=\"4\"><Cell><Data ss:Type=\"String\"> 01</Data></Cell><Cell/><Cell><Data>张三</Data></Cell></Row>
         </Table></Worksheet></Workbook>",
    );
    assert_eq!(rows.sheets, ["成员 & 户"]);
    assert_eq!(
        rows.rows,
        [row(1, &["户编号", "", "姓名"]), row(4, &[" 01", "", "张三"])]
    );
}

#[test]
fn broken_pages_end_somewhere() {
    for page in [
        "<table><tr><td>a<td b=\"c>d",
        "<table><tr><td a='1'b=2 c=3/>x",
        "<<<<>>>><table<tr>",
        "<table><tr><td colspan=99999999999 rowspan=-1>a</td><td>b",
        "<table><tr><td = = ''>a&",
        "<!--",
        "<table><tr><td>&#0;&#xD800;&#99999999;",
    ] {
        tables(page);
    }
    let long = format!("<table><tr><td>{}", "x".repeat(CELL_BYTES_MAX + 1));
    assert!(read(&mut long.as_bytes(), &mut Collected::default()).is_err());
    let unclosed = format!("<table><tr><td>1<td title=\"{}", "x ".repeat(40_000));
    assert_eq!(tables(&unclosed).rows[0].1[0].chars().next(), Some('1'));
}
