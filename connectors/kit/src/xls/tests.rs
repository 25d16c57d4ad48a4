//! `.xls` files made by hand: honest ones, and ones that ask for more memory than there is.
//! Here because the parser behind it dies of the latter, and nothing can catch that.
//! In: BIFF records in containers. Out: rows, or sentences.
//! Not here: other formats.

use std::io::Write;

use super::*;
use crate::rows::Collected;
use crate::sample;

const ROWS: &[&[&str]] = &[&["户编号", "姓名"], &["01", "张三"], &[], &["02", "", "李四"]];

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read_all(bytes: &[u8]) -> Result<Collected, String> {
    let workbook =
        inspect(&mut file(bytes), &Limits::default()).map_err(|error| error.message().to_owned())?;
    let mut rows = Collected::default();
    match read(workbook, &mut rows) {
        Ok(_) => Ok(rows),
        Err(Stop::Failed(error)) => Err(error.message().to_owned()),
        Err(Stop::Gone) => unreachable!(),
    }
}

#[test]
fn sheets_and_rows_come_in_their_order() {
    let rows = read_all(&sample::xls(&[("甲镇", ROWS), ("乙镇", &[&["x"]])])).unwrap();
    assert_eq!(rows.sheets, ["甲镇", "乙镇"]);
    let texts: Vec<_> = rows
        .rows
        .iter()
        .map(|(number, texts)| (*number, texts.join("|")))
        .collect();
    let expect = [(1, "户编号|姓名"), (2, "01|张三"), (4, "02||李四"), (1, "x")];
    assert_eq!(texts, expect.map(|(number, text)| (number, text.to_owned())));
}

#[test]
fn a_sheet_that_says_it_is_endless_is_read_as_what_it_is() {
    let mut stream = sample::biff(&[("甲", ROWS)]);
    let at = stream
        .windows(4)
        .position(|bytes| bytes == [0, 2, 14, 0])
        .unwrap()
        + 4;
    stream[at..at + 12].copy_from_slice(&[0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    let rows = read_all(&around(&stream).unwrap()).unwrap();
    assert_eq!(rows.rows.len(), 3);
}

#[test]
fn what_would_take_too_much_memory_is_refused_with_what_to_do() {
    let mut stream = sample::biff(&[("甲", ROWS)]);
    // The last cell, moved to the far corner.
    let at = stream
        .windows(4)
        .rposition(|bytes| bytes == [0xFD, 0, 10, 0])
        .unwrap()
        + 4;
    stream[at..at + 4].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x7F]);
    assert!(
        read_all(&around(&stream).unwrap())
            .unwrap_err()
            .contains("表格过大")
    );
    let limits = Limits {
        xls_bytes: 1_000,
        ..Limits::default()
    };
    let error = inspect(&mut file(&sample::xls(&[("甲", ROWS)])), &limits).unwrap_err();
    assert!(error.message().contains("过大"), "{error}");
}

#[test]
fn passwords_and_other_documents_are_told() {
    let mut stream = sample::biff(&[("甲", ROWS)]);
    stream.splice(20..20, [0x2F, 0, 6, 0, 1, 0, 1, 0, 1, 0]);
    assert!(read_all(&around(&stream).unwrap()).unwrap_err().contains("密码"));
    let name = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let renamed = |to: &str| {
        let mut bytes = sample::xls(&[("甲", ROWS)]);
        let at = bytes
            .windows(16)
            .position(|bytes| bytes == name("Workbook"))
            .unwrap();
        bytes[at..at + to.len() * 2].copy_from_slice(&name(to));
        bytes[at + 64] = u8::try_from(to.len() * 2 + 2).unwrap();
        bytes
    };
    assert!(
        read_all(&renamed("EncryptedPackage"))
            .unwrap_err()
            .contains("密码")
    );
    assert!(read_all(&renamed("WordDocu")).unwrap_err().contains("WPS"));
    assert_eq!(read_all(&renamed("WORKBOOK")).unwrap().rows.len(), 3);
}

#[test]
fn no_mangled_file_brings_the_reader_down() {
    let good = sample::xls(&[("甲镇", ROWS), ("乙镇", ROWS)]);
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    let mut read = 0;
    for round in 0..3_000 {
        let mut bytes = good.clone();
        for _ in 0..=random() % 6 {
            // Mostly where something is: the header, the tables and the first sectors of the stream.
            let at = [
                random() % 600,
                4_096 + random() % 64,
                8_192 + random() % 300,
                12_288 + random() % 700,
            ][random() % 4];
            bytes[at] = [u8::try_from(random() % 256).unwrap(), 0, 0xFF][random() % 3];
        }
        if round % 5 == 0 {
            bytes.truncate(random() % bytes.len());
        }
        let result = std::panic::catch_unwind(|| read_all(&bytes));
        read += usize::from(matches!(result, Ok(Ok(_))));
    }
    assert!(read > 300, "{read}");
}
