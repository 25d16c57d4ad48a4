//! Reads the two sides of the link stage: the register's people, and all the others that rows speak of.
//! Here because what a table can say of a person depends on the columns it has, and one way of writing somebody counts once.
//! In: canonical tables as they landed. Out: people as the comparison wants them, their ids, who said which household number.
//! Not here: comparing.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::tables::{self, Filled, Table};
use hub_model::{PlaceNames, values};

use crate::bits::Bits;
use crate::linkage::{Columns, PeopleReader};
use crate::{Error, Result};

/// Tables that are the register's own: what others are compared with.
const REGISTERED: [&str; 3] = ["person", "membership", "membership_month"];
/// The name of the column that tells a list's rows of one household together.
pub(super) const HOUSEHOLD: &str = "_household";
/// The register's people with their homes and heads.
pub(super) const REGISTER: &str = "
SELECT p.person_id, p.household_no AS _household, p.household_no, p.name, coalesce(p.id_no, p.id_text) AS id_no, p.relation,
       p.sex, CAST(p.birth_date AS VARCHAR) AS birth_date, p.phone, h.county, h.town, h.village, h.village_group,
       d.name AS head_name
FROM person p
LEFT JOIN household h ON h.household_id = p.household_id
LEFT JOIN (SELECT household_id, min(name) AS name FROM person WHERE relation = '户主' GROUP BY household_id) d
  ON d.household_id = p.household_id
WHERE p.person_id IS NOT NULL";

/// Columns that tell a household apart within a list, the best first.
const LISTED_BY: [&str; 3] = ["unit_no", "household_no", "household_hint"];
/// Columns that tell where somebody lives, or how to reach them.
const LIVING: [&str; 5] = ["household_no", "phone", "county", "town", "village"];

/// The tables whose rows speak of people, those first that say most of them: somebody is read once, where they are first
/// met, and a source's row may stand in several tables.
pub(super) fn tables_of_people() -> Vec<&'static Table> {
    let mut found: Vec<_> = tables::ALL
        .into_iter()
        .filter(|table| speaks_of_people(table))
        .collect();
    let said = |table: &&Table| {
        LISTED_BY
            .iter()
            .chain(&LIVING)
            .filter(|name| has(table, name))
            .count()
    };
    found.sort_by_key(|table| std::cmp::Reverse(said(table)));
    found
}

fn has(table: &Table, name: &str) -> bool {
    table.columns.iter().any(|column| column.name == name)
}

/// Whether the link stage looks up whom the rows of `table` speak of.
fn speaks_of_people(table: &Table) -> bool {
    !REGISTERED.contains(&table.name)
        && table
            .columns
            .iter()
            .any(|column| column.filled == Filled::LinkPerson)
}

/// What a table's rows say of their people, by the names the comparison knows.
pub(super) fn list_sql(table: &Table) -> String {
    let said = |names: &[&'static str]| {
        let said = names.iter().copied().filter(|name| has(table, name));
        said.collect::<Vec<_>>()
    };
    let homes = said(&LISTED_BY);
    let home = if homes.is_empty() {
        "CAST(NULL AS VARCHAR)".to_owned()
    } else {
        format!("_stream || '|' || coalesce({})", homes.join(", "))
    };
    let rest: String = said(&LIVING).iter().map(|name| format!(", {name}")).collect();
    format!(
        "SELECT person_id, coalesce(id_no, id_text) AS id_no, name, {home} AS {HOUSEHOLD}{rest} FROM {} WHERE person_id IS NOT NULL",
        table.name
    )
}

/// A household's number and a name in it, as one number.
type Home = u64;

/// Reads the people of one side, each once.
pub(super) struct Reader {
    pub(super) people: PeopleReader,
    pub(super) ids: Vec<u64>,
    pub(super) seen: Bits,
    /// Household numbers and names that were said, by mention.
    pub(super) claims: Vec<(u64, Home)>,
    /// Filled with who has which household number and name; none when two have.
    pub(super) homes: Option<HashMap<Home, Option<u64>>>,
}

impl Reader {
    pub(super) fn new(columns: Columns, places: &PlaceNames) -> Self {
        Self {
            people: PeopleReader::with_places(columns, places.clone()),
            ids: Vec::new(),
            seen: Bits::default(),
            claims: Vec::new(),
            homes: None,
        }
    }

    pub(super) async fn read(&mut self, context: &SessionContext, sql: &str) -> Result<()> {
        let mut rows = context.sql(sql).await?.execute_stream().await?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let ids = batch.column(0).as_primitive::<UInt64Type>();
            let fresh: BooleanArray = ids
                .values()
                .iter()
                .map(|id| Some(self.seen.insert(*id)))
                .collect();
            let batch = filter_record_batch(&batch, &fresh)?;
            self.ids
                .extend(batch.column(0).as_primitive::<UInt64Type>().values());
            self.note_homes(&batch);
            if !self.people.push(&batch) {
                return Err(Error::Query(format!(
                    "more than {} people to link",
                    crate::linkage::ROWS_MAX
                )));
            }
        }
        Ok(())
    }

    fn note_homes(&mut self, batch: &RecordBatch) {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .and_then(|column| column.as_string_opt::<i32>())
        };
        let (Some(numbers), Some(names)) = (column("household_no"), column("name")) else {
            return;
        };
        let ids = batch.column(0).as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            if numbers.is_null(row) || names.is_null(row) {
                continue;
            }
            let Some(name) = values::cn_name_key(names.value(row)) else {
                continue;
            };
            let home = crate::linkage::text_hash(&format!("{}|{name}", numbers.value(row)));
            let id = ids.value(row);
            match &mut self.homes {
                None => self.claims.push((id, home)),
                Some(homes) => {
                    homes
                        .entry(home)
                        .and_modify(|known| *known = known.filter(|known| *known == id))
                        .or_insert(Some(id));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roll_that_says_where_somebody_lives_is_read_before_the_payments_made_of_it() {
        let order: Vec<_> = tables_of_people().iter().map(|table| table.name).collect();
        let place = |name: &str| order.iter().position(|known| *known == name);
        assert!(place("assistance_payment") < place("income_event"), "{order:?}");
        assert_eq!(place("person"), None);
    }
}
