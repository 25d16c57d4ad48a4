//! Archives no honest writer writes, against the guard.
//! Here because each of them has killed a reader somewhere.
//! In: archives made by hand. Out: sentences.
//! Not here: reading what passes.

use super::*;
use crate::sample;
use std::io::Write;

fn inspected(bytes: &[u8]) -> Result<Content, String> {
    inspected_by(bytes, &Limits::default())
}

fn inspected_by(bytes: &[u8], limits: &Limits) -> Result<Content, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    zip(&mut file, limits, &mut |_| Ok(())).map_err(|error| error.message().to_owned())
}

#[test]
fn a_plain_workbook_passes() {
    let sheet = sample::sheet(&[&["户编号", "姓名"], &["1", "张三"]]);
    let plain = Content::Workbook(Hidden::default());
    assert_eq!(inspected(&sample::workbook(&[("成员", &sheet)])), Ok(plain));
    let hiding = sheet
        .replace("<row r=\"2\"", "<row r=\"2\" hidden=\"1\"")
        .replace(
            "<sheetData>",
            "<cols><col min=\"1\" max=\"2\" hidden=\"true\"/><col hidden=\"0\"/></cols><sheetData>",
        );
    let hidden = Content::Workbook(Hidden { rows: 1, columns: 1 });
    assert_eq!(inspected(&sample::workbook(&[("成员", &hiding)])), Ok(hidden));
}

#[test]
fn other_archives_are_told_apart() {
    for (parts, expect) in [
        (&["成员.csv"][..], Ok(Content::Files)),
        (
            &["word/document.xml", "[Content_Types].xml"],
            Err("文字或演示文档"),
        ),
        (&["mimetype", "content.xml"], Err("开放文档")),
        (&["xl/workbook.bin"], Err("xlsb")),
    ] {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|name| (*name, b"<a/>".as_slice())).collect();
        match (inspected(&sample::archive(&parts)), expect) {
            (Ok(content), Ok(expect)) => assert_eq!(content, expect),
            (Err(said), Err(expect)) => assert!(said.contains(expect), "{said}"),
            (content, _) => panic!("{content:?}"),
        }
    }
    assert!(inspected(b"PK\x03\x04cut off").unwrap_err().contains("已损坏"));
}

#[test]
fn a_part_that_inflates_without_end_is_refused() {
    let blank = vec![b' '; 3 << 20];
    let said = inspected(&sample::archive(&[("xl/worksheets/sheet1.xml", &blank)])).unwrap_err();
    assert!(said.contains("解压后过大"), "{said}");
    let limits = Limits {
        inflated_bytes: 1_000,
        ..Limits::default()
    };
    let sheet = sample::sheet(&[["户编号"].as_slice(); 100]);
    assert!(
        inspected_by(&sample::workbook(&[("成员", &sheet)]), &limits)
            .unwrap_err()
            .contains("解压后过大")
    );
}

#[test]
fn shared_strings_that_promise_more_than_they_hold_are_refused() {
    for count in ["4294967295", "99999999999999999999999", "300"] {
        let part = format!("<sst uniqueCount = '{count}'><si><t>a</t></si></sst>");
        let said = inspected(&sample::archive(&[("xl/sharedStrings.xml", part.as_bytes())])).unwrap_err();
        assert!(said.contains("共享字符串"), "{said}");
    }
    let honest = b"<sst uniqueCount=\"1\"><si><t>a</t></si></sst>";
    assert_eq!(
        inspected(&sample::archive(&[("xl/sharedStrings.xml", honest)])),
        Ok(Content::Workbook(Hidden::default()))
    );
}

#[test]
fn a_document_type_is_refused_and_so_is_a_hidden_root() {
    let part = b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><worksheet/>";
    assert!(
        inspected(&sample::archive(&[("xl/worksheets/sheet1.xml", part)]))
            .unwrap_err()
            .contains("文档类型")
    );
    let hidden = format!("<!--{}--><!DOCTYPE a><worksheet/>", "x".repeat(5_000));
    let hidden = sample::archive(&[("xl/worksheets/sheet1.xml", hidden.as_bytes())]);
    assert!(inspected(&hidden).unwrap_err().contains("已损坏"));
}

#[test]
fn two_parts_of_one_name_and_too_many_parts_are_refused() {
    let mut twice = sample::archive(&[("xl/aaaa.xml", b"<a/>"), ("xl/bbbb.xml", b"<b/>")]);
    while let Some(at) = twice.windows(4).position(|bytes| bytes == b"bbbb") {
        twice[at..at + 4].copy_from_slice(b"aaaa");
    }
    assert!(inspected(&twice).unwrap_err().contains("重名"));
    let names: Vec<String> = (0..2_001).map(|index| format!("xl/{index}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), b"<a/>".as_slice()))
        .collect();
    assert!(
        inspected(&sample::archive(&parts))
            .unwrap_err()
            .contains("部件过多")
    );
}

#[test]
fn a_text_longer_than_any_cell_is_refused() {
    // Not compressible, so that only its length gives it away.
    let mut state = 1_u32;
    let mut noise = Vec::from(*b"<worksheet><t>");
    noise.extend((0..2 << 20).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + u8::try_from(state >> 28).unwrap_or(0)
    }));
    assert!(
        inspected(&sample::archive(&[("xl/worksheets/sheet1.xml", &noise)]))
            .unwrap_err()
            .contains("超长")
    );
}

#[test]
fn a_damaged_part_is_found_before_anything_is_read() {
    let sheet = sample::sheet(&[["户编号", "姓名"].as_slice(); 50]);
    let mut bytes = sample::workbook(&[("成员", &sheet)]);
    let at = bytes
        .windows(10)
        .position(|bytes| bytes == b"sheet1.xml")
        .unwrap()
        + 40;
    bytes[at] ^= 0x55;
    assert!(inspected(&bytes).unwrap_err().contains("已损坏"));
}
