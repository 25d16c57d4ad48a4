//! The columns of one set, normalised: every value once, and which one a row has.
//! Here because two rows are compared value by value, and most values come many times.
//! In: Arrow batches, a schema. Out: values as they are compared, hashes of values and of their beginnings.
//! Not here: how alike two values are (likeness.rs).

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use hub_model::values;

use super::super::hash::{self, Map};
use super::super::people::ROWS_MAX;
use super::{Column, Kind, Schema, SchemaError};

/// Characters of a value that are compared.
const VALUE_MAX: usize = 256;
/// Characters of the beginning of a value that make a key.
const BEGINNING: usize = 3;

/// One column: distinct values, and the value of each row; 0 is no value.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) kind: Option<Kind>,
    pub(super) texts: Vec<String>,
    pub(super) hashes: Vec<u64>,
    pub(super) beginnings: Vec<u64>,
    /// How many rows have it.
    pub(super) counts: Vec<u32>,
    pub(super) of_row: Vec<u32>,
}

impl Values {
    /// The hash of a row's value, 0 for none.
    pub(super) fn hash(&self, row: usize) -> u64 {
        self.of_row
            .get(row)
            .and_then(|value| self.hashes.get(*value as usize))
            .copied()
            .unwrap_or(0)
    }

    /// The hash of the beginning of a row's value, 0 for none.
    pub(super) fn beginning(&self, row: usize) -> u64 {
        self.of_row
            .get(row)
            .and_then(|value| self.beginnings.get(*value as usize))
            .copied()
            .unwrap_or(0)
    }
}

/// The columns of one set, in the order of the schema.
pub(super) struct Columns(pub(super) Vec<Values>);

impl Columns {
    pub(super) fn read(
        batches: &[RecordBatch],
        schema: &Schema,
        name: impl Fn(&Column) -> &String,
    ) -> Result<Self, SchemaError> {
        if batches.iter().map(RecordBatch::num_rows).sum::<usize>() > ROWS_MAX {
            return Err(SchemaError::Rows);
        }
        let columns = schema.columns.iter().map(|column| {
            let mut values = Values {
                kind: Some(column.kind),
                texts: vec![String::new()],
                hashes: vec![0],
                beginnings: vec![0],
                counts: vec![0],
                of_row: Vec::new(),
            };
            let mut known = Map::<u64, u32>::default();
            for batch in batches {
                let array = batch
                    .column_by_name(name(column))
                    .and_then(|array| array.as_string_opt::<i32>());
                let array = array.ok_or_else(|| SchemaError::Missing {
                    name: name(column).clone(),
                })?;
                for row in 0..array.len() {
                    let cell = if array.is_valid(row) { array.value(row) } else { "" };
                    let value = values.add(cell, column.kind, &mut known);
                    values.of_row.push(value);
                }
            }
            Ok(values)
        });
        columns.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn rows(&self) -> usize {
        self.0.first().map_or(0, |values| values.of_row.len())
    }
}

impl Values {
    fn add(&mut self, cell: &str, kind: Kind, known: &mut Map<u64, u32>) -> u32 {
        let Some(text) = normalised(cell, kind) else {
            return 0;
        };
        let hash = hash::text(&text);
        let value = *known.entry(hash).or_insert_with(|| {
            let beginning: String = text.chars().take(BEGINNING).collect();
            self.beginnings.push(hash::text(&beginning));
            self.hashes.push(hash);
            self.texts.push(text.chars().take(VALUE_MAX).collect());
            self.counts.push(0);
            u32::try_from(self.texts.len() - 1).unwrap_or(0)
        });
        if let Some(count) = self.counts.get_mut(value as usize) {
            *count += 1;
        }
        value
    }
}

/// A value as it is compared; none when nothing is left of it.
fn normalised(cell: &str, kind: Kind) -> Option<Cow<'_, str>> {
    let folded = || values::text_clean(cell).map(|text| Cow::Owned(text.to_lowercase()));
    match kind {
        Kind::Name => values::cn_name_key(cell),
        Kind::Place => values::village_key(cell).map(|key| Cow::Owned(key.to_lowercase())),
        Kind::Phone => values::phone(cell).or_else(folded),
        Kind::Date => {
            let day = values::cn_date(cell)
                .filter(|_| values::date_precision(cell) == Some(values::Precision::Day));
            day.map_or_else(folded, |day| {
                let (year, month, day) = values::civil_date(day);
                Some(Cow::Owned(format!("{year:04}{month:02}{day:02}")))
            })
        }
        Kind::Id | Kind::Text | Kind::Number | Kind::Category => folded(),
    }
}
