//! Files cut short, garbled, packed to explode or simply not tables: a sentence each time, never a panic.
//! Here because one bad file among a county's hundred must cost itself and nothing else.
//! In: good files of every format, damaged in seeded ways. Out: rows or an error; no third thing.
//! Not here: what a sentence says in detail (each reader's own tests).

use std::io::Write;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn said(bytes: &[u8]) -> Option<Error> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("成员202310.xlsx"), bytes).unwrap();
    read(&feed(dir.path()), &ReadRequest::new("members"), &recorder()).1
}

#[test]
fn what_is_no_table_is_refused_with_what_to_do() {
    let csv = b"x,y\n".as_slice();
    let packed = |bytes: &[u8]| sample::archive(&[("a", bytes)]);
    for (bytes, expect) in [
        (b"".to_vec(), "是空文件"),
        (b"Rar!\x1A\x07\0".to_vec(), "rar"),
        (b"7z\xBC\xAF\x27\x1C".to_vec(), "7z"),
        (b"\x89PNG\r\n\x1A\n".to_vec(), "图片"),
        (b"\x7FELF\x02\x01\x01\0\0\0".to_vec(), "不是可以识别的表格"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), "已损坏"),
        (b"{\"a\":1}\n".to_vec(), "JSON"),
        (b"<?xml version=\"1.0\"?><a/>".to_vec(), "XML"),
        (csv.to_vec(), "没有找到表头（应含：户编号、姓名）"),
        (packed(b"%PDF-1.7"), "没有可以读取的表格"),
        (packed(b"\"unclosed"), "其中的“a”: 第 1 行有未闭合的引号"),
        (packed(&packed(&packed(csv))), "多层压缩包"),
        (gzip(&gzip(&gzip(csv))), "多层压缩包"),
        (gzip(&vec![b' '; 4 << 20]), "解压后过大"),
        (gzip(csv)[..20].to_vec(), "已损坏"),
        (packed(&vec![b' '; 4 << 20]), "解压后过大"),
        ("户编号,姓名\n1,锟斤拷\n".into(), "乱码"),
    ] {
        let error = said(&bytes).unwrap();
        assert!(error.message().contains(expect), "{expect}: {error}");
        assert!(
            [Category::Data, Category::Schema].contains(&error.category()),
            "{error}"
        );
    }
}

#[test]
fn an_archive_with_a_password_is_told() {
    let mut archive = sample::archive(&[("成员.csv", b"a,b\n")]);
    // The flag of both headers.
    for mark in [b"PK\x03\x04", b"PK\x01\x02"] {
        let at = archive.windows(4).position(|bytes| bytes == mark).unwrap();
        archive[at + if mark[2] == 3 { 6 } else { 8 }] |= 1;
    }
    assert!(said(&archive).unwrap().message().contains("密码"));
}

#[test]
fn no_damage_to_any_format_brings_the_reader_down() {
    let rows: Vec<Vec<String>> = (0..60)
        .map(|number| {
            vec![
                format!("{number:04}"),
                "张三,\"李\"".to_owned(),
                format!("{number}.5"),
            ]
        })
        .collect();
    let rows: Vec<Vec<&str>> = rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let mut table: Vec<&[&str]> = vec![&["户编号", "姓名", "纯收入"]];
    table.extend(rows.iter().map(Vec::as_slice));
    let line = |row: &&[&str]| {
        let cells: Vec<String> = row
            .iter()
            .map(|text| format!("\"{}\"", text.replace('"', "\"\"")))
            .collect();
        cells.join(",") + "\n"
    };
    let csv: String = table.iter().map(line).collect();
    let html: String = table
        .iter()
        .map(|row| {
            format!(
                "<tr>{}</tr>",
                row.iter()
                    .map(|text| format!("<td>{text}</td>"))
                    .collect::<String>()
            )
        })
        .collect();
    let html = format!("<table>{html}</table>");
    let plain: Vec<Vec<&str>> = table
        .iter()
        .map(|row| row.iter().map(|text| text.split(',').next().unwrap()).collect())
        .collect();
    let plain: Vec<&[&str]> = plain.iter().map(Vec::as_slice).collect();
    let xlsx = sample::workbook(&[("表", &sample::sheet(&plain))]);
    let utf16: Vec<u8> = csv.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let good: Vec<Vec<u8>> = vec![
        encoding_rs::GBK.encode(&csv).0.into_owned(),
        csv.clone().into_bytes(),
        [b"\xFF\xFE".to_vec(), utf16].concat(),
        html.into_bytes(),
        sample::xls(&[("表", &plain)]),
        gzip(&xlsx),
        sample::archive(&[("成员.csv", csv.as_bytes()), ("成员.xlsx", &xlsx)]),
        xlsx,
    ];
    let mut state = 11_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let dir = tempfile::tempdir().unwrap();
    let feed = feed(dir.path());
    let (mut whole, mut refused) = (0, 0);
    for round in 0..1_600 {
        let mut bytes = good[round % good.len()].clone();
        for _ in 0..random(4) {
            let at = random(bytes.len());
            bytes[at] = [u8::try_from(random(256)).unwrap(), b'"', b'<', 0][random(4)];
        }
        match random(4) {
            0 => bytes.truncate(random(bytes.len())),
            1 => {
                let (from, length) = (random(bytes.len()), random(200));
                let to = bytes.len().min(from + length);
                bytes.drain(from..to);
            }
            _ => {}
        }
        fs::write(dir.path().join("成员202310.xlsx"), &bytes).unwrap();
        match read(&feed, &ReadRequest::new("members"), &recorder()).1 {
            None => whole += 1,
            Some(error) => {
                assert!(
                    [Category::Data, Category::Schema].contains(&error.category()),
                    "{round}: {error}"
                );
                assert!(!error.message().contains("张三"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(whole > 200 && refused > 200, "{whole} {refused}");
}

#[test]
fn no_damage_inside_a_workbook_brings_the_reader_down() {
    let rows: Vec<[String; 2]> = (0..30)
        .map(|number| [format!("{number:03}"), "张三".to_owned()])
        .collect();
    let mut table: Vec<Vec<&str>> = vec![vec!["户编号", "姓名"]];
    table.extend(rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    let table: Vec<&[&str]> = table.iter().map(Vec::as_slice).collect();
    // Values of every kind behind the texts, with styles, rows and columns that are not there.
    let odd = "<row r=\"40\"><c r=\"A40\" t=\"str\"><v>0</v></c><c r=\"B40\" s=\"9\"><v>1e15</v></c><c r=\"C40\" t=\"b\"><v>1</v></c>\
               <c r=\"D40\" t=\"e\"><v>#REF!</v></c><c r=\"E40\"><f t=\"shared\" si=\"0\">A1+1</f><v>2</v></c></row></sheetData>";
    let good = sample::sheet(&table).replace("</sheetData>", odd);
    let mut state = 5_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let dir = tempfile::tempdir().unwrap();
    let feed = feed(dir.path());
    let mut whole = 0;
    for _ in 0..600 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..=random(3) {
            // Mostly in the odd row, where the numbers and kinds are.
            let at = if random(3) == 0 {
                random(bytes.len())
            } else {
                bytes.len() - 1 - random(300)
            };
            bytes[at] = [b'9', b'-', b'0', b's', b'A', b' ', b'<', 0xFF][random(8)];
        }
        let xml = String::from_utf8_lossy(&bytes);
        fs::write(
            dir.path().join("成员202310.xlsx"),
            sample::workbook(&[("表", &xml)]),
        )
        .unwrap();
        match read(&feed, &ReadRequest::new("members"), &recorder()).1 {
            None => whole += 1,
            Some(error) => {
                assert!(
                    [Category::Data, Category::Schema].contains(&error.category()),
                    "{error}"
                );
            }
        }
    }
    assert!(whole > 100, "{whole}");
}
