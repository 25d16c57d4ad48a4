//! Rows recorded once and tried again where their source is not.
//! Here because a recording must hold nobody, and a mapping that changed must be told row by row.
//! In: an office's workbook with dirt, a mapping made wrong. Out: files of a tape, exit codes, differences.
//! Not here: how each kind of value is replaced (model).

use std::fs;

use crate::office::{CONNECTOR, month_with_dirt, number, site};
use crate::site::Site;

const STREAM: &str = "spent";

fn tape(site: &Site) -> String {
    site.path("tape").display().to_string()
}

/// A site with a tape of its office.
fn recorded() -> Site {
    let site = site(&[STREAM]);
    month_with_dirt(&site, STREAM);
    let told = site.ask(&["connector", "record", CONNECTOR, "--out", &tape(&site)]);
    let stream = &told["streams"][0];
    assert_eq!(
        (&stream["rows"], &stream["accepted"], &stream["rejected"]),
        (&12.into(), &10.into(), &2.into()),
        "{told}"
    );
    assert!(
        stream["differs"].is_null(),
        "a tape behaves as what it was made of: {told}"
    );
    assert_eq!(
        stream["scrambled"],
        serde_json::json!(["姓名", "证件号码"]),
        "{told}"
    );
    site
}

#[test]
fn a_tape_holds_nobody_and_is_never_overwritten() {
    let site = recorded();
    let files = ["tape.json", "spent.rows.jsonl", "spent.expected.json"];
    for name in files {
        let text = site.read(&format!("tape/{name}"));
        for nth in 0..12 {
            assert!(!text.contains(&number(nth)), "number {nth} in {name}");
        }
        assert!(
            !["某甲", "某乙", "某丙", "某丁"]
                .iter()
                .any(|known| text.contains(known)),
            "a name in {name}"
        );
    }
    let rows = site.read("tape/spent.rows.jsonl");
    assert_eq!(rows.lines().count(), 12);
    // What tells nobody is as it was, dirt included, and each cell's place.
    for words in [
        "310.00",
        "待定",
        "3.41221E+17",
        "F:自付金额",
        "spent-202310.xlsx!Sheet1!4",
    ] {
        assert!(rows.contains(words), "{words} not in {rows}");
    }
    site.hub(&["connector", "record", CONNECTOR, "--out", &tape(&site)])
        .ended(2);
}

#[test]
fn a_changed_mapping_is_told_row_by_row_until_it_is_taken_over() {
    let site = recorded();
    let replay = ["connector", "replay", &tape(&site)];
    let told = site.ask(&replay);
    assert_eq!(told["streams"][0]["differences"], 0, "{told}");

    // The source is gone, and so is nothing.
    fs::remove_dir_all(site.path("inbox/medical")).expect("the inbox");
    fs::create_dir(site.path("inbox/medical")).expect("an empty one");
    site.hub(&replay).good();

    let about: serde_json::Value = serde_json::from_str(&site.read("tape/tape.json")).expect("JSON");
    let mapping = about["streams"][0]["mapping"].as_str().expect("a mapping");
    let wrong = mapping.replace(
        "money_fen(\"报销金额\"), money_fen(\"个人自付\")",
        "money_fen(\"个人自付\"), money_fen(\"报销金额\")",
    );
    assert_ne!(wrong, mapping, "{mapping}");
    fs::create_dir_all(site.path(&format!("config/mappings/{CONNECTOR}"))).expect("a folder");
    site.write(&format!("config/mappings/{CONNECTOR}/{STREAM}.sql"), &wrong);
    let ended = site.hub(&replay);
    let said = ended.ended(1).stdout.clone();
    assert!(
        said.contains("expense_event.self_paid_fen spent-202310.xlsx!Sheet1!4: 31000 → 62000"),
        "{said}"
    );
    assert!(
        said.contains(&format!("mappings/{CONNECTOR}/{STREAM}.sql")),
        "{said}"
    );

    let update = site.ask(&[&replay[..], &["--update"]].concat());
    assert_eq!(update["updated"], true, "{update}");
    site.hub(&replay).good();
    fs::remove_file(site.path(&format!("config/mappings/{CONNECTOR}/{STREAM}.sql"))).expect("removed");
    site.hub(&replay).ended(1);
}

#[test]
fn a_tape_works_where_its_connector_is_not_set_up_and_says_what_is_wrong_with_it() {
    let site = recorded();
    fs::remove_file(site.path(&format!("config/connectors/{CONNECTOR}.toml"))).expect("removed");
    let replay = ["connector", "replay", &tape(&site)];
    let said = site.hub(&replay).good().stdout.clone();
    assert!(said.contains("录制时的映射"), "{said}");
    let rows = site
        .read("tape/spent.rows.jsonl")
        .replacen("\"_row\"", "_row", 1)
        .replacen('{', "[", 1);
    site.write("tape/spent.rows.jsonl", &rows);
    let said = site.hub(&replay).ended(1).stderr;
    assert!(said.contains("spent.rows.jsonl:1"), "{said}");
}
