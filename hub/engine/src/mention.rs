//! Mentions: whom a row speaks of, by what the row itself says, as a dense id that stays the same.
//! Here because the same words must always be the same somebody, before anybody asks who that is.
//! In: canonical batches of a part. Out: id columns.
//! Not here: whom of the register a mention means (links, which can be undone), scores and doubt.
//!
//! A person is known by two of three: number, name, place in a household (户编号 and 人编号). Never by a number alone:
//! departments write the head's number in a member's row. So a corrected number or a corrected name stays who it was, and
//! one number under two names is two people until somebody finds out. A row without a valid number and without a place
//! is known by all it says of the person; the same row in another table is known again by its locator.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array};
use hub_model::tables::{Filled, Table};
use hub_model::{Key, LOCATOR, Registries, Registry, values};

use crate::IdentityKey;

/// Columns that tell a person apart where there is neither a valid number nor a place in a household.
const SAID: [&str; 6] = ["id_text", "household_no", "county", "town", "village", "phone"];

/// Most keys of one row.
const KEYS_MAX: usize = 3;

/// The mentions of a part.
pub(crate) struct Mentions<'a> {
    key: &'a IdentityKey,
    /// By locator and what is said of the person: rows without valid number or place that were met in an earlier table.
    met: HashMap<Key, u64>,
}

impl<'a> Mentions<'a> {
    pub(crate) fn new(key: &'a IdentityKey) -> Self {
        Self {
            key,
            met: HashMap::new(),
        }
    }

    /// Forgets the rows of the last part.
    pub(crate) fn next_part(&mut self) {
        self.met.clear();
    }

    /// The ids of a batch of `table`, by the position of the column they belong in.
    pub(crate) fn ids(
        &mut self,
        table: &Table,
        batch: &RecordBatch,
        registries: &mut Registries,
    ) -> Vec<(usize, ArrayRef)> {
        let columns = table.columns.iter().enumerate();
        columns
            .filter_map(|(position, column)| {
                let ids = match column.filled {
                    Filled::LinkHousehold => self.households(batch, &mut registries.households),
                    Filled::LinkUnit => self.units(batch, &mut registries.households),
                    Filled::LinkPerson => self.people(batch, &mut registries.people),
                    Filled::Required | Filled::Optional | Filled::Hub | Filled::Assembled => return None,
                };
                Some((position, ids))
            })
            .collect()
    }

    /// The household of every row, by `household_no`; NULL without one.
    fn households(&self, batch: &RecordBatch, registry: &mut Registry) -> ArrayRef {
        let numbers = Texts::new(batch, "household_no");
        self.each(batch, |row| {
            let number = numbers.get(row)?;
            Some(registry.id_of(&[self.key.key_of(&["household", number])]))
        })
    }

    /// The assistance unit of every row: by its own number within its source, else by its head; NULL without either. A
    /// locator in place of a number is no number: it would be another one next month.
    fn units(&self, batch: &RecordBatch, registry: &mut Registry) -> ArrayRef {
        let [sources, numbers, heads, names, villages] =
            ["_stream", "unit_no", "head_id_no", "head_name", "village"].map(|name| Texts::new(batch, name));
        self.each(batch, |row| {
            let source = sources.get(row).unwrap_or_default();
            let numbered = numbers.get(row).filter(|number| !number.contains('!'));
            let key = match (numbered, heads.get(row)) {
                (Some(number), _) => self.key.key_of(&["unit", source, number]),
                (None, Some(head)) => self.key.key_of(&["unit of", source, head]),
                (None, None) => {
                    let name = names.get(row).and_then(values::cn_name_key)?;
                    let village = villages.get(row).and_then(values::village_key)?;
                    self.key.key_of(&["unit at", source, &name, &village])
                }
            };
            Some(registry.id_of(&[key]))
        })
    }

    /// The person of every row; NULL when the row says nothing of one.
    fn people(&mut self, batch: &RecordBatch, registry: &mut Registry) -> ArrayRef {
        let [numbers, names, households, places, locators] =
            ["id_no", "name", "household_no", "person_no", LOCATOR].map(|name| Texts::new(batch, name));
        let said = SAID.map(|name| Texts::new(batch, name));
        let mut ids = Vec::with_capacity(batch.num_rows());
        let mut keys = Vec::with_capacity(KEYS_MAX);
        for row in 0..batch.num_rows() {
            let name = names.get(row).and_then(values::cn_name_key);
            let place = households.get(row).zip(places.get(row));
            keys.clear();
            self.keys(numbers.get(row), name.as_deref(), place, &mut keys);
            ids.push(if !keys.is_empty() {
                Some(registry.id_of(&keys))
            } else if name.is_some() || said[0].get(row).is_some() {
                Some(self.by_all_it_says(name, &said, locators.get(row), row, registry))
            } else {
                None
            });
        }
        Arc::new(UInt64Array::from(ids))
    }

    /// Two of three, as far as the row has them; a number or a place alone where it has nothing else.
    fn keys(
        &self,
        number: Option<&str>,
        name: Option<&str>,
        place: Option<(&str, &str)>,
        keys: &mut Vec<Key>,
    ) {
        let mut key = |parts: &[&str]| keys.push(self.key.key_of(parts));
        match (number, name, place) {
            (Some(number), Some(name), Some((household, person))) => {
                key(&["number name", number, name]);
                key(&["place number", household, person, number]);
                key(&["place name", household, person, name]);
            }
            (Some(number), Some(name), None) => key(&["number name", number, name]),
            (Some(number), None, Some((household, person))) => {
                key(&["place number", household, person, number]);
            }
            (None, Some(name), Some((household, person))) => key(&["place name", household, person, name]),
            (Some(number), None, None) => key(&["number", number]),
            (None, None, Some((household, person))) => key(&["place", household, person]),
            (None, Some(_) | None, None) => {}
        }
    }

    fn by_all_it_says(
        &mut self,
        name: Option<Cow<'_, str>>,
        said: &[Texts; SAID.len()],
        locator: Option<&str>,
        row: usize,
        registry: &mut Registry,
    ) -> u64 {
        let name = name.unwrap_or_default();
        let number = said[0].get(row).and_then(values::text_clean).unwrap_or_default();
        let met = locator.map(|locator| self.key.key_of(&["row", locator, &name, &number]));
        if let Some(id) = met.and_then(|met| self.met.get(&met)) {
            return *id;
        }
        let mut parts = vec!["said", &name, &number];
        parts.extend(
            said.iter()
                .skip(1)
                .map(|column| column.get(row).unwrap_or_default()),
        );
        let id = registry.id_of(&[self.key.key_of(&parts)]);
        if let Some(met) = met {
            self.met.insert(met, id);
        }
        id
    }

    fn each(&self, batch: &RecordBatch, id_of: impl FnMut(usize) -> Option<u64>) -> ArrayRef {
        Arc::new((0..batch.num_rows()).map(id_of).collect::<UInt64Array>())
    }
}

/// A text column, or none.
struct Texts(Option<StringArray>);

impl Texts {
    fn new(batch: &RecordBatch, name: &str) -> Self {
        let column = batch.column_by_name(name);
        Self(column.and_then(|column| column.as_string_opt::<i32>().cloned()))
    }

    fn get(&self, row: usize) -> Option<&str> {
        let array = self.0.as_ref()?;
        array.is_valid(row).then(|| array.value(row))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::types::UInt64Type;
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    const NUMBER: &str = "11010519491231002X";
    const OTHER: &str = "110105194912310038";

    /// The person ids of rows of `columns`.
    fn people(
        mentions: &mut Mentions<'_>,
        registries: &mut Registries,
        columns: &[(&str, &[&str])],
    ) -> Vec<Option<u64>> {
        let fields: Vec<_> = columns
            .iter()
            .map(|(name, _)| Field::new(*name, DataType::Utf8, true))
            .collect();
        let cells = columns.iter().map(|(_, cells)| {
            let cells = cells.iter().map(|cell| (!cell.is_empty()).then_some(*cell));
            Arc::new(cells.collect::<StringArray>()) as ArrayRef
        });
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), cells.collect()).unwrap();
        let ids = mentions.people(&batch, &mut registries.people);
        ids.as_primitive::<UInt64Type>().iter().collect()
    }

    #[test]
    fn a_person_is_known_by_two_of_number_name_and_place() {
        let key = IdentityKey::new([7; 32]);
        let (mut mentions, mut registries) = (Mentions::new(&key), Registries::default());
        let ids = people(
            &mut mentions,
            &mut registries,
            &[
                ("household_no", &["h1", "h2", "h1", "h1", "h1", "h1", ""]),
                ("person_no", &["1", "9", "1", "1", "2", "", ""]),
                ("id_no", &[NUMBER, NUMBER, OTHER, NUMBER, NUMBER, NUMBER, ""]),
                ("name", &["王秀英", "王秀英", "王秀英", "王秀瑛", "王强", "", ""]),
            ],
        );
        assert_eq!(ids[1], ids[0], "number and name, in another household");
        assert_eq!(ids[2], ids[0], "place and name: the number was corrected");
        assert_eq!(ids[3], ids[0], "place and number: the name was corrected");
        assert_ne!(
            ids[4], ids[0],
            "the head's number in a member's row is not the head"
        );
        assert!(ids[5].is_some() && ids[5] != ids[0], "never by a number alone");
        assert_eq!(ids[6], None);
        let rows = people(
            &mut mentions,
            &mut registries,
            &[("id_no", &[NUMBER, OTHER]), ("name", &["王秀英", "王秀英"])],
        );
        assert_eq!(
            rows,
            [ids[0], ids[0]],
            "both numbers are the person's, with the name"
        );
    }

    #[test]
    fn a_row_without_a_number_is_the_same_in_every_table_and_every_month() {
        let key = IdentityKey::new([7; 32]);
        let (mut mentions, mut registries) = (Mentions::new(&key), Registries::default());
        let payment: &[(&str, &[&str])] = &[
            ("name", &["李梅", "李梅"]),
            ("id_text", &["341221********1234", "341221********1234"]),
            ("village", &["张庄", "王庄"]),
            (LOCATOR, &["a.xlsx!1!5", "a.xlsx!1!6"]),
        ];
        let paid = people(&mut mentions, &mut registries, payment);
        assert_ne!(paid[0], paid[1], "namesakes of two villages");
        let without_village: &[(&str, &[&str])] = &[payment[0], payment[1], payment[3]];
        assert_eq!(
            people(&mut mentions, &mut registries, without_village),
            paid,
            "known by its row"
        );
        mentions.next_part();
        let next_month: &[(&str, &[&str])] = &[
            payment[0],
            payment[1],
            payment[2],
            (LOCATOR, &["b.xlsx!1!9", "b.xlsx!1!2"]),
        ];
        assert_eq!(
            people(&mut mentions, &mut registries, next_month),
            paid,
            "known by what it says"
        );
    }
}
