//! What the hub would make of a source's first rows, before anything runs: header, columns, meaning, refusals.
//! Here because an engineer sets a feed up by looking, and a look must leave nothing behind and show nobody.
//! In: an office's workbook with titles above its header, a column nobody asked for, two rows that cannot be used. Out: JSON, text.
//! Not here: what each kind of dirt is refused for (sources, the dirt table).

use std::fs;

use serde_json::{Value, json};

use crate::office::{CONNECTOR, month_with_dirt, site};

const STREAM: &str = "spent";

fn of<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    let items = list.as_array().expect("a list");
    let found = items.iter().find(|item| item[key] == value);
    found.unwrap_or_else(|| panic!("no {key} {value} in {list}"))
}

#[test]
fn a_look_tells_header_columns_meaning_and_refusals_and_leaves_nothing_behind() {
    let site = site(&[STREAM]);
    month_with_dirt(&site, STREAM);
    let look = ["connector", "preview", CONNECTOR, STREAM, "--explain", "-n", "50"];
    let told = site.ask(&look);
    let counts = ["rows_in", "accepted", "rejected", "filtered"].map(|key| told[key].clone());
    assert_eq!(counts, [12, 10, 2, 0].map(|count| json!(count)), "{told}");
    assert_eq!(
        told["header"],
        json!(["文件“spent-202310.xlsx”工作表“Sheet1”：表头到第 3 行为止"])
    );
    let remarks = told["remarks"].to_string();
    assert!(remarks.contains("有列没有被使用：经办人"), "{remarks}");

    let paid = of(&told["columns"], "column", "个人自付");
    assert_eq!(
        (&paid["letter"], &paid["used"]),
        (&json!("F"), &json!(true)),
        "{paid}"
    );
    assert_eq!(paid["sample"], "310.00", "{paid}");
    let reads = told["reads"].as_array().expect("canonical columns");
    let amount = reads.iter().find(|reads| reads["from"] == json!(["个人自付"]));
    let amount = amount.expect("an amount is read from it");
    assert_eq!(
        (&amount["given"], &amount["value"]),
        (&json!(["310.00"]), &json!("31000")),
        "{amount}"
    );

    let refused = told["refused"].as_array().expect("refusals");
    let [number, sum] = refused.as_slice() else {
        panic!("two rows are refused: {told}")
    };
    assert_eq!(number["locator"], "spent-202310.xlsx!Sheet1!6");
    assert_eq!(number["reasons"][0]["letter"], "B", "{number}");
    assert_eq!(sum["locator"], "spent-202310.xlsx!Sheet1!8");
    assert_eq!(sum["reasons"][0]["header"], "自付金额", "{sum}");

    // Nobody's number or name, in either form.
    let text = site.hub(&look).good().stdout;
    for words in [
        "表头到第 3 行为止",
        "F 自付金额",
        "个人自付=310.00",
        "31000",
        "会退回",
        "spent-202310.xlsx!Sheet1!6",
    ] {
        assert!(text.contains(words), "{words} not in {text}");
    }
    for said in [text, told.to_string()] {
        assert!(
            !said.contains("某乙") && !said.contains("34122119800101"),
            "{said}"
        );
    }

    // Nothing was kept, and the first run brings everything.
    let left = fs::read_dir(site.path("data")).expect("the data folder");
    let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().starts_with("trial-")),
        "{left:?}"
    );
    let report = site.run(CONNECTOR).good().json();
    assert_eq!(report["streams"][0]["rows_in"], 12, "{report}");
}

#[test]
fn a_look_at_a_stream_that_is_not_there_names_the_nearest() {
    let site = site(&[STREAM]);
    let asked = site.hub(&["connector", "preview", CONNECTOR, "spend", "--explain"]);
    let said = asked.ended(4).stderr.clone();
    assert!(said.contains("did you mean \"spent\""), "{said}");
}
