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

/// An `.xls` of sheets: name and rows of texts. A text is a shared string, an empty one no cell.
pub(crate) fn xls(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    crate::ole::around(&biff(sheets)).unwrap()
}

/// The workbook stream of an `.xls`.
pub(crate) fn biff(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let record = |kind: u16, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap();
        [&kind.to_le_bytes(), &length.to_le_bytes(), content].concat()
    };
    let wide = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let begin = |kind: u8| {
        record(
            0x0809,
            &[0, 6, kind, 0, 0xBB, 0x0D, 0xCC, 0x07, 0, 0, 0, 0, 6, 0, 0, 0],
        )
    };
    let mut texts: Vec<&str> = Vec::new();
    let mut bodies = Vec::new();
    for (_, rows) in sheets {
        let mut body = begin(0x10);
        body.extend(record(0x0200, &[0; 14]));
        for (row, cells) in (0_u16..).zip(rows.iter()) {
            for (column, text) in (0_u16..).zip(cells.iter()).filter(|(_, text)| !text.is_empty()) {
                let index = texts.iter().position(|known| known == text).unwrap_or_else(|| {
                    texts.push(text);
                    texts.len() - 1
                });
                let index = u32::try_from(index).unwrap().to_le_bytes();
                let cell = [
                    &row.to_le_bytes(),
                    &column.to_le_bytes(),
                    &[0, 0],
                    index.as_slice(),
                ]
                .concat();
                body.extend(record(0x00FD, &cell));
            }
        }
        body.extend(record(0x000A, &[]));
        bodies.push(body);
    }
    let count = u32::try_from(texts.len()).unwrap().to_le_bytes();
    let mut strings = [count, count].concat();
    for text in texts {
        strings.extend(u16::try_from(text.encode_utf16().count()).unwrap().to_le_bytes());
        strings.push(1);
        strings.extend(wide(text));
    }
    let bound = |at: usize, name: &str| {
        let characters = u8::try_from(name.encode_utf16().count()).unwrap();
        let at = u32::try_from(at).unwrap().to_le_bytes();
        record(
            0x0085,
            &[&at, [0, 0, characters, 1].as_slice(), &wide(name)].concat(),
        )
    };
    let globals = |at: usize| {
        let mut globals = begin(5);
        globals.extend(record(0x0042, &[0xB0, 0x04]));
        let mut at = at;
        for ((name, _), body) in sheets.iter().zip(&bodies) {
            globals.extend(bound(at, name));
            at += body.len();
        }
        globals.extend(record(0x00FC, &strings));
        globals.extend(record(0x000A, &[]));
        globals
    };
    let length = globals(0).len();
    [globals(length), bodies.concat()].concat()
}
