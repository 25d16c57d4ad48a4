//! The header among the first rows of a sheet, whatever stands in them.
//! Here because people put titles, units and notes above a table, and a row taken for the header shifts every value.
//! In: rows of cells, tabs between cells. Out: a crash, a broken promise, or nothing.
//! Not here: which header means which column (the kit's own tests).

#![no_main]

use connector_kit::header::{Column, Dictionary, Members, Row};

fn columns() -> Vec<Column> {
    vec![
        Column::new("户编号").also(["家庭编号"]).required(),
        Column::new("姓名").required(),
        Column::new("身份证号"),
        Column::new("金额（元）"),
    ]
}

fn find(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rows: Vec<Row> = (1..)
        .zip(text.lines().take(40))
        .map(|(number, line)| Row {
            number,
            cells: (0..)
                .zip(line.split('\t').take(3_000))
                .filter(|(_, cell)| !cell.trim().is_empty())
                .map(|(column, cell)| (column, cell.to_owned()))
                .collect(),
        })
        .collect();
    let columns = columns();
    let members = Members::new("成员", ["姓名", "身份证号"]);
    for dictionary in [
        Dictionary::new(&columns),
        Dictionary::new(&columns).members(&members),
        Dictionary::new(&columns).fills(&["户编号".to_owned()]),
    ] {
        if let Ok(header) = dictionary.find(&rows) {
            assert!(
                header.body > 0 && header.body <= rows.len(),
                "the body begins outside of the rows"
            );
        }
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| find(bytes));
