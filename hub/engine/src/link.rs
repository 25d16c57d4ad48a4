//! The link stage: natural keys become dense, stable ids.
//! Here because joins on `u64` are worth two to three times joins on an 18-character text.
//! In: a batch with `household_no`, and with `id_no` or `person_no` where a person is meant. Out: id columns.
//! Not here: scores and doubt. A person is known by a valid number; without one, by place in the household.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array};
use hmac::{Hmac, KeyInit, Mac};
use hub_model::Registry;
use sha2::Sha256;

/// Bytes of the blind index that are kept: 128 bits, no collision among ten million people.
const INDEX_BYTES: usize = 16;

/// The key of the blind index. Whoever has it can find out whether a known number is in the hub.
#[derive(Clone)]
pub struct IdentityKey(
    /// The key taken in already, which is half the work of so short a message.
    Hmac<Sha256>,
);

impl IdentityKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(&bytes);
        Self(keyed.unwrap_or_else(|_| unreachable!("HMAC takes any key length")))
    }

    fn index_of(&self, parts: &[&str]) -> [u8; INDEX_BYTES] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let mut index = [0; INDEX_BYTES];
        index
            .iter_mut()
            .zip(mac.finalize().into_bytes())
            .for_each(|(to, from)| *to = from);
        index
    }
}

impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityKey(..)")
    }
}

/// The household id of every row, from `household_no`; NULL where that is NULL.
pub(crate) fn households(batch: &RecordBatch, registry: &mut Registry) -> ArrayRef {
    let numbers = text(batch, "household_no");
    Arc::new(
        numbers
            .iter()
            .map(|no| no.map(|no| registry.id_of(no.as_bytes())))
            .collect::<UInt64Array>(),
    )
}

/// The person id of every row: by `id_no` when it is valid, else by `household_no` and `person_no`; NULL without either.
pub(crate) fn people(batch: &RecordBatch, key: &IdentityKey, registry: &mut Registry) -> ArrayRef {
    let (ids, households, numbers) = (
        text(batch, "id_no"),
        text(batch, "household_no"),
        text(batch, "person_no"),
    );
    let id_of = |row: usize| -> Option<u64> {
        let index = match (value(&ids, row), value(&households, row), value(&numbers, row)) {
            (Some(id), _, _) => key.index_of(&["id", id]),
            (None, Some(household), Some(person)) => key.index_of(&["no", household, person]),
            _ => return None,
        };
        Some(registry.id_of(&index))
    };
    Arc::new((0..batch.num_rows()).map(id_of).collect::<UInt64Array>())
}

fn text(batch: &RecordBatch, name: &str) -> StringArray {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_string_opt::<i32>().cloned())
        .unwrap_or_else(|| StringArray::new_null(batch.num_rows()))
}

fn value(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

#[cfg(test)]
mod tests {
    use arrow_schema::{DataType, Field, Schema};

    use super::*;
    use hub_model::Registries;

    #[test]
    fn a_person_is_the_same_in_two_households_when_the_number_is() {
        let field = |name| Field::new(name, DataType::Utf8, true);
        let schema = Arc::new(Schema::new(vec![
            field("household_no"),
            field("id_no"),
            field("person_no"),
        ]));
        let column = |values: [Option<&str>; 4]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
        let batch = RecordBatch::try_new(
            schema,
            vec![
                column([Some("h1"), Some("h2"), Some("h1"), None]),
                column([Some("11010519491231002X"), Some("11010519491231002X"), None, None]),
                column([Some("1"), Some("9"), Some("2"), Some("1")]),
            ],
        )
        .unwrap();
        let mut registries = Registries::default();
        let household = households(&batch, &mut registries.households);
        let person = people(&batch, &IdentityKey::new([7; 32]), &mut registries.people);
        let ids = |array: &ArrayRef| {
            array
                .as_primitive::<arrow_array::types::UInt64Type>()
                .iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&household), [Some(1), Some(2), Some(1), None]);
        assert_eq!(ids(&person), [Some(1), Some(1), Some(2), None]);
    }
}
