//! Workbooks made by hand, for the kit's own tests.
//! Here because a test of a reader must be able to write what no honest writer writes.
//! In: sheets as XML, parts as bytes. Out: the bytes of an archive.
//! Not here: anything outside tests.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// An archive of parts.
pub(crate) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A sheet's XML with inline texts; an empty text is no cell.
pub(crate) fn sheet(rows: &[&[&str]]) -> String {
    let mut xml = String::from("<worksheet><sheetData>");
    for (number, row) in (1..).zip(rows) {
        xml.push_str(&format!("<row r=\"{number}\">"));
        for (column, text) in (0..).zip(row.iter()).filter(|(_, text)| !text.is_empty()) {
            let letters = crate::header::letters(column);
            xml.push_str(&format!(
                "<c r=\"{letters}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"
            ));
        }
        xml.push_str("</row>");
    }
    xml + "</sheetData></worksheet>"
}

/// A workbook of sheets: name and XML.
pub(crate) fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut list = String::new();
    let mut rels = String::new();
    for (id, (name, _)) in (1..).zip(sheets) {
        list.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"rId{id}\"/>"
        ));
        rels.push_str(&format!(
            "<Relationship Id=\"rId{id}\" Type=\"{RELS}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        ));
    }
    let root = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{RELS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let workbook =
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELS}\"><sheets>{list}</sheets></workbook>");
    let rels = format!("<Relationships xmlns=\"{PACKAGE}\">{rels}</Relationships>");
    let paths: Vec<String> = (1..=sheets.len())
        .map(|id| format!("xl/worksheets/sheet{id}.xml"))
        .collect();
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
    ];
    parts.extend(
        paths
            .iter()
            .zip(sheets)
            .map(|(path, (_, xml))| (path.as_str(), xml.as_bytes())),
    );
    archive(&parts)
}
