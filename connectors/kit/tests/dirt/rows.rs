//! The table itself: D01 to D40 in order.
//! Here because it is read by people who ask what becomes of something.
//! In: nothing. Out: `DIRT`.
//! Not here: checking it (dirt.rs). All numbers are made up.

use std::path::Path;

use hub_model::values;
use plugin_api::testing::Recorder;
use serde_json::{Value, json};

use crate::By::{Functions, Reader, Test};
use crate::Dirt;
use crate::support::{column, folder, read};

/// Departments' files with everything planted, read by the whole hub: what is kept and told is counted there row by row.
const WHOLE: Place = (
    "tests/e2e/sources.rs",
    "by_files_every_row_arrives_and_only_what_is_spoilt_is_refused",
);
const LINKAGE: Place = (
    "hub/engine/src/mention.rs",
    "a_person_is_known_by_two_of_number_name_and_place",
);
const GUARDS: Place = (
    "tests/e2e/guards.rs",
    "every_drift_is_held_then_rejected_or_approved_and_the_old_data_stays_meanwhile",
);
/// A test: its file and its name.
type Place = (&'static str, &'static str);

#[rustfmt::skip]
pub(crate) const DIRT: [Dirt; 40] = [
    Dirt { code: "D01", outcome: "repaired", input: "110105491231002", gives: "11010519491231002X upgraded_15", by: Functions(&["id_no"], number) },
    Dirt { code: "D02", outcome: "repaired", input: "１１０１０５１９４９１２３１００２ｘ", gives: "11010519491231002X resident", by: Functions(&["id_no"], number) },
    Dirt { code: "D03", outcome: "refused", input: "3.41221E+17", gives: "- scientific D03 证件号码在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新填写", by: Functions(&["id_kind"], number) },
    Dirt { code: "D04", outcome: "refused", input: "341221196805121000", gives: "- truncated D04 证件号码末几位被表格改成了0，请对照证件核对后以文本重新填写", by: Functions(&["excel_cut"], number) },
    Dirt { code: "D05", outcome: "repaired", input: "=\"11010519491231002X\"", gives: "11010519491231002X resident", by: Functions(&["id_no"], number) },
    Dirt { code: "D06", outcome: "kept", input: "1101**********002X", gives: "- masked 证件号码有几位被遮盖，不能确定是谁，请提供完整号码", by: Functions(&["id_no"], number) },
    Dirt { code: "D07", outcome: "repaired", input: "11010519491231002X43B1", gives: "11010519491231002X disability_card 肢体 3", by: Functions(&["id_no", "disability_kind", "disability_grade"], number) },
    Dirt { code: "D08", outcome: "kept", input: "999999194912310020", gives: "- surrogate_999999 以999999开头的是无证件人员的临时编号，不能用来跨部门比对", by: Functions(&["id_no"], number) },
    Dirt { code: "D09", outcome: "repaired", input: " 王\u{a0}\n五\u{200b}", gives: "王五", by: Functions(&["cn_name"], |t| shown(values::cn_name(t))) },
    Dirt { code: "D10", outcome: "repaired", input: "王\u{e863}|王?", gives: "王䶮|王?", by: Functions(&["cn_name"], |t| each(t, |t| shown(values::cn_name(t)))) },
    Dirt { code: "D11", outcome: "repaired", input: "閆寧|闫宁", gives: "闫宁|闫宁", by: Functions(&["cn_name_key"], |t| each(t, |t| shown(values::cn_name_key(t)))) },
    Dirt { code: "D12", outcome: "repaired", input: "阜(fù)阳村", gives: "阜阳", by: Functions(&["village_key"], |t| shown(values::village_key(t))) },
    Dirt { code: "D13", outcome: "told", input: "太和?厝嗣褚皆?|防貧?！本C合|王?琳", gives: "太和县人民医院、太和地人民医院、太和县人民医在|防貧常”綜合、防貧剑”綜合、防貧海”綜合|-", by: Functions(&["lost_byte"], |t| each(t, |t| shown(values::lost_byte(t).map(|read| read.readings.join("、"))))) },
    Dirt { code: "D14", outcome: "refused", input: "姓名,单位\n甲,锟斤拷\n", gives: "data: 文件“202310.csv”: 含有“锟斤拷”一类的乱码，原文已在转换编码时丢失，无法恢复，请从业务系统重新导出后报送", by: Reader(|t| csv("202310.csv", t.as_bytes())) },
    Dirt { code: "D15", outcome: "repaired", input: "姓名,单位\n欧阳,阜阳市民政局\n", gives: "欧阳|阜阳市民政局", by: Reader(|t| csv("202310.csv", &encoding_rs::GBK.encode(t).0)) },
    Dirt { code: "D16", outcome: "repaired", input: "2023年10月名册\n单位：元\n姓名,单位\n甲,乡\n合计,1\n", gives: "甲|乡; 合计|1 is_footer", by: Reader(|t| csv("202310.csv", t.as_bytes())) },
    Dirt { code: "D17", outcome: "leftmost", input: "姓名,单位,单位\n甲,左,右\n", gives: "甲|左 文件“202310.csv”：表头重复出现，以最左一列为准：单位", by: Reader(remarked) },
    Dirt { code: "D18", outcome: "repaired", input: "户号,姓名,单位\n1,甲,乡\n,乙,乡\n", gives: "1|甲; 1|乙", by: Reader(filled) },
    Dirt { code: "D19", outcome: "repaired", input: "户号,成员1姓名,成员2姓名\n1,甲,乙\n", gives: "1|甲; 1|乙", by: Reader(members) },
    Dirt { code: "D20", outcome: "repaired", input: "甲|乙", gives: "甲 202310.xlsx!甲镇!2; 乙 202310.xlsx!乙镇!2", by: Reader(sheets) },
    Dirt { code: "D21", outcome: "repaired", input: "<html><table><tr><td>姓名</td><td>单位</td></tr><tr><td>甲</td><td>乡</td></tr></table></html>", gives: "甲|乡", by: Reader(|t| csv("202310.xls", t.as_bytes())) },
    Dirt { code: "D22", outcome: "repaired", input: "2023.9|202309|20230901|2023年9月|45170|二〇二三年九月", gives: "2023-09-01|2023-09-01|2023-09-01|2023-09-01|2023-09-01|2023-09-01", by: Functions(&["month"], |t| each(t, |t| day(values::month(t)))) },
    Dirt { code: "D23", outcome: "repaired", input: "1,234.50|716元/月|0.0716万", gives: "123450|71600|71600", by: Functions(&["money_fen"], |t| each(t, |t| shown(values::money_fen(t)))) },
    Dirt { code: "D24", outcome: "refused", input: "姓名,身份证号,累计金额\n甲,1,7160\n", gives: "schema: 文件“202310.csv”: （第 1 行为表头）缺少必需列：月金额。请重新导出并勾选这些列后再报送", by: Reader(cumulative) },
    Dirt { code: "D25", outcome: "repaired", input: "", gives: "", by: Test(WHOLE.0, WHOLE.1) },
    Dirt { code: "D26", outcome: "told", input: "", gives: "", by: Test(WHOLE.0, WHOLE.1) },
    Dirt { code: "D27", outcome: "told", input: "", gives: "", by: Test(WHOLE.0, WHOLE.1) },
    Dirt { code: "D28", outcome: "told", input: "", gives: "", by: Test(WHOLE.0, WHOLE.1) },
    Dirt { code: "D29", outcome: "refused", input: "甲|11010519491231002X", gives: "D29 姓名与证件号码两列填反，请对调后重新报送", by: Functions(&[], swapped) },
    Dirt { code: "D30", outcome: "repaired", input: "", gives: "", by: Test(LINKAGE.0, LINKAGE.1) },
    Dirt { code: "D31", outcome: "repaired", input: "", gives: "", by: Test(WHOLE.0, WHOLE.1) },
    Dirt { code: "D32", outcome: "repaired", input: "颍州|经开区", gives: "341202|341202", by: Functions(&["division_code"], |t| each(t, |t| shown(values::division_code(t)))) },
    Dirt { code: "D33", outcome: "repaired", input: "王店行政村|王店村民委员会", gives: "王店|王店", by: Functions(&["village_key"], |t| each(t, |t| shown(values::village_key(t)))) },
    Dirt { code: "D34", outcome: "repaired", input: "√|否|", gives: "true|false|-", by: Functions(&["yes_no"], |t| each(t, |t| shown(values::yes_no(t)))) },
    Dirt { code: "D35", outcome: "repaired", input: "低保、残疾人补贴；临时救助", gives: "低保|残疾人补贴|临时救助", by: Functions(&["split_values"], |t| values::split_values(t).collect::<Vec<_>>().join("|")) },
    Dirt { code: "D36", outcome: "repaired", input: "13800000000.0|0558-2222222、13900000000|0558-2222222", gives: "13800000000|13900000000|-", by: Functions(&["phone"], |t| each(t, |t| shown(values::phone(t)))) },
    Dirt { code: "D37", outcome: "emptied", input: "-|无|#N/A", gives: "-|-|-", by: Functions(&[], |t| each(t, |t| shown(values::money_fen(t)))) },
    Dirt { code: "D38", outcome: "told", input: "", gives: "", by: Test(WHOLE.0, WHOLE.1) },
    Dirt { code: "D39", outcome: "repaired", input: "姓名,单位\n甲,旧\n", gives: "甲|新", by: Reader(later) },
    Dirt { code: "D40", outcome: "held", input: "", gives: "", by: Test(GUARDS.0, GUARDS.1) },
];

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Several cells, parted by bars.
fn each(cells: &str, show: impl Fn(&str) -> String) -> String {
    cells.split('|').map(show).collect::<Vec<_>>().join("|")
}

fn day(days: Option<i32>) -> String {
    shown(days.map(|days| {
        let (year, month, day) = values::civil_date(days);
        format!("{year:04}-{month:02}-{day:02}")
    }))
}

/// The number of a cell, its kind, a card's disability; else the refusal or the reason.
fn number(cell: &str) -> String {
    let number = values::id_no(cell).map(|number| number.reveal().to_owned());
    let mut says = vec![
        shown(number.as_ref()),
        shown(values::id_kind(cell).map(values::IdKind::as_str)),
    ];
    if let Some(code) = values::id_refusal(Some(cell), None) {
        says.extend([code.to_owned(), shown(values::refusal_reason(code))]);
        assert!(values::excel_cut(cell));
    } else if let Some(reason) = values::id_reason(cell) {
        says.push(reason.to_owned());
    }
    if let Some(kind) = values::disability_kind(cell) {
        says.extend([kind.to_owned(), shown(values::disability_grade(cell))]);
    }
    says.join(" ")
}

/// A certificate number and a name, in each other's place.
fn swapped(cells: &str) -> String {
    let (id, name) = cells.split_once('|').unwrap();
    let code = values::id_refusal(Some(id), Some(name)).unwrap();
    format!("{code} {}", shown(values::refusal_reason(code)))
}

/// The rows a file of one stream gives, or the error.
fn stream(name: &str, bytes: &[u8], mut def: Value, columns: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), bytes).unwrap();
    def["name"] = json!("rolls");
    rows(dir.path(), def, columns, None, &Recorder::default())
}

fn rows(dir: &Path, def: Value, columns: &[&str], state: Option<Value>, recorder: &Recorder) -> String {
    let (batches, error) = read(&folder(dir, def), "rolls", state, recorder);
    if let Some(error) = error {
        return error.to_string();
    }
    let columns: Vec<Vec<String>> = columns.iter().map(|name| column(&batches, name)).collect();
    let count = columns.first().map_or(0, Vec::len);
    let row = |row: usize| {
        let cells: Vec<&str> = columns.iter().map(|column| column[row].as_str()).collect();
        let footer = if values::is_footer(cells[0]) {
            " is_footer"
        } else {
            ""
        };
        format!("{}{footer}", cells.join("|"))
    };
    (0..count).map(row).collect::<Vec<_>>().join("; ")
}

fn csv(name: &str, bytes: &[u8]) -> String {
    let def = json!({"required": ["姓名", "单位"], "columns": ["姓名", "单位"]});
    stream(name, bytes, def, &["姓名", "单位"])
}

fn rolls() -> Value {
    json!({"name": "rolls", "required": ["姓名", "单位"], "columns": ["姓名", "单位"]})
}

/// The rows, and what was remarked of the header.
fn remarked(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("202310.csv"), text).unwrap();
    let recorder = Recorder::default();
    let rows = rows(dir.path(), rolls(), &["姓名", "单位"], None, &recorder);
    let log = recorder.log();
    let remark = log
        .iter()
        .filter_map(|line| line.split_once("remark: "))
        .find(|(_, said)| said.contains("表头"));
    format!("{rows} {}", remark.unwrap().1)
}

/// A stream that needs a month's amount.
fn cumulative(text: &str) -> String {
    let columns = ["姓名", "身份证号", "月金额"];
    let def = json!({"required": columns, "columns": columns});
    stream("202310.csv", text.as_bytes(), def, &columns)
}

fn filled(text: &str) -> String {
    let def = json!({"required": ["姓名"], "fill": ["户号"], "columns": ["户号", "姓名", "单位"]});
    stream("202310.csv", text.as_bytes(), def, &["户号", "姓名"])
}

fn members(text: &str) -> String {
    let def = json!({"required": ["户号"], "columns": ["户号", "姓名"],
                     "members": {"prefix": "成员", "columns": ["姓名"]}});
    stream("202310.csv", text.as_bytes(), def, &["户号", "姓名"])
}

/// A sheet for each town, the second hidden.
fn sheets(names: &str) -> String {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (number, name) in (0_u32..).zip(names.split('|')) {
        let sheet = workbook.add_worksheet().set_name(format!("{name}镇")).unwrap();
        for (row, cells) in (0_u32..).zip([["姓名", "单位"], [name, "乡"]]) {
            for (column, cell) in (0_u16..).zip(cells) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
        if number > 0 {
            sheet.set_hidden(true);
        }
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let def = json!({"required": ["姓名"], "columns": ["姓名"]});
    stream("202310.xlsx", &bytes, def, &["姓名", "_locator"]).replace('|', " ")
}

/// A first version and a corrected one of the same month.
fn later(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("名册202310.csv"), text).unwrap();
    std::fs::write(dir.path().join("名册202310更正2.csv"), text.replace('旧', "新")).unwrap();
    rows(dir.path(), rolls(), &["姓名", "单位"], None, &Recorder::default())
}
