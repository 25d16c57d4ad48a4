//! Linkage as its users know it: families, namesakes, broken numbers, lists in any order.
//! Here because each of these has once been linked wrongly by a method that looked good on average.
//! In: a handful of people, or a made-up county of a few thousand. Out: who is linked, asked about, left.
//! Not here: parts by themselves (they are tested where they stand), figures on big lists (the bench).

#![expect(clippy::string_slice, reason = "numbers of certificates are ASCII")]

mod county;
mod families;
mod hostile;
mod order;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use super::*;

/// Columns of the test's lists, in the order of a row's cells.
const COLUMNS: [&str; 14] = [
    "person_id",
    "household_no",
    "name",
    "sex",
    "birth_date",
    "id_no",
    "relation",
    "head_name",
    "county",
    "town",
    "village",
    "village_group",
    "door",
    "phone",
];

/// A person's cells by column; columns that are not named are empty.
pub(crate) type Cells = Vec<(&'static str, String)>;

/// `person! { name: "张三", … }`.
macro_rules! person {
    ($($column:ident: $value:expr),* $(,)?) => {
        vec![$((stringify!($column), String::from($value))),*]
    };
}
pub(crate) use person;

pub(crate) fn people(rows: &[Cells]) -> People {
    let mut reader = PeopleReader::new(Columns::default());
    assert!(reader.push(&batch(rows)));
    reader.finish()
}

pub(crate) fn batch(rows: &[Cells]) -> RecordBatch {
    let cell = |row: &Cells, column: &str| {
        row.iter()
            .find(|(name, _)| *name == column)
            .map(|(_, value)| value.clone())
    };
    let arrays = COLUMNS.iter().map(|column| {
        let cells: StringArray = rows.iter().map(|row| cell(row, column)).collect();
        Arc::new(cells) as ArrayRef
    });
    let fields: Vec<Field> = COLUMNS
        .iter()
        .map(|name| Field::new(*name, DataType::Utf8, true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.collect()).unwrap()
}

/// Whom each row is linked to under the expected weights, and what is to be done with it.
pub(crate) fn linked(register: &[Cells], list: &[Cells]) -> Vec<(Option<u64>, Band)> {
    let index = Index::new(people(register));
    let list = people(list);
    let links = Linkage::new(&index, &list).link(&Weights::expected()).unwrap();
    links.rows.iter().map(|link| (link.person, link.band)).collect()
}

/// The person a row is linked to without asking.
pub(crate) fn surely(outcome: &(Option<u64>, Band)) -> Option<u64> {
    outcome.0.filter(|_| outcome.1 == Band::Link)
}
