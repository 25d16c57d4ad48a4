//! The tables of a snapshot as one household sees them: whole, and those income is computed from cut down to its people.
//! Here because a household's page must not assemble a city.
//! In: the files of a snapshot, a household. Out: rows of statements of our own, its accounts.
//! Not here: what the statements ask.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use hub_model::{ActiveData, HouseholdId, Value};

use super::unit;
use crate::income::{Accounts, Assembly, INPUTS};
use crate::rule_band::value;
use crate::{Result, alias, assembled};

/// Most people whose rows are looked at.
const PEOPLE_MAX: usize = 1_000;

/// A row of a statement: values by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row(BTreeMap<String, Value>);

impl Row {
    /// A text, also of a day.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::Bool(_) | Value::Int(_) => None,
        }
    }

    /// A whole number.
    pub(super) fn int(&self, column: &str) -> Option<i64> {
        match self.0.get(column)? {
            Value::Int(int) => Some(*int),
            Value::Null | Value::Bool(_) | Value::Text(_) => None,
        }
    }

    /// A truth.
    pub(super) fn bool(&self, column: &str) -> Option<bool> {
        match self.0.get(column)? {
            Value::Bool(bool) => Some(*bool),
            Value::Null | Value::Int(_) | Value::Text(_) => None,
        }
    }
}

/// The tables of a snapshot, as they are.
pub(crate) struct Tables {
    pub(super) context: SessionContext,
    pub(super) lake: PathBuf,
}

impl Tables {
    /// Registers the canonical tables of `data` in `context`.
    pub(crate) fn new(context: SessionContext, lake: &Path, data: &ActiveData) -> Result<Self> {
        alias::register(&context, lake, data)?;
        Ok(Self {
            context,
            lake: lake.to_owned(),
        })
    }

    /// Registers what is assembled about identity and membership, as of `day`.
    pub(crate) async fn assemble(&self, data: &ActiveData, day: NaiveDate) -> Result<()> {
        let cases = assembled::case_rounds(&data.cases)?;
        assembled::register(&self.context, &self.context, &data.links, cases, day).await
    }

    /// The rows of `sql`.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for batch in self.context.sql(sql).await?.collect().await? {
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                let cells = schema.fields().iter().zip(batch.columns());
                let cells = cells.map(|(field, column)| (field.name().clone(), value(column, row)));
                rows.push(Row(cells.collect()));
            }
        }
        Ok(rows)
    }
}

/// One household among the tables.
pub(crate) struct Room<'a> {
    tables: &'a Tables,
    pub(super) id: HouseholdId,
    pub(super) day: NaiveDate,
    /// Its members that are known, sorted.
    pub(super) people: Vec<u64>,
    /// Those of them who belong to another household too.
    pub(super) elsewhere: Vec<u64>,
    assembly: Assembly,
}

impl<'a> Room<'a> {
    /// The household `id` as of `day`; `inputs` is an empty session for the tables its income is computed from.
    pub(crate) async fn new(
        tables: &'a Tables,
        inputs: SessionContext,
        id: HouseholdId,
        day: NaiveDate,
    ) -> Result<Self> {
        let members = format!(
            "SELECT DISTINCT person_id FROM membership WHERE household_id = {} AND person_id IS NOT NULL
             ORDER BY person_id LIMIT {PEOPLE_MAX}",
            id.0
        );
        let rows = tables.rows(&members).await?;
        let person = |row: &Row| u64::try_from(row.int("person_id")?).ok();
        let mut people: Vec<u64> = rows.iter().filter_map(person).collect();
        if people.is_empty() {
            let rows = tables.rows(&unit::people(id.0)).await?;
            people = rows.iter().filter_map(person).take(PEOPLE_MAX).collect();
        }
        let of_several = format!(
            "SELECT person_id FROM membership WHERE {} GROUP BY person_id HAVING count(DISTINCT household_id) > 1",
            is_one_of("person_id", &people)
        );
        let elsewhere = tables
            .rows(&of_several)
            .await?
            .iter()
            .filter_map(person)
            .collect();
        for name in INPUTS {
            let sql = match name {
                // Everybody's: which connectors feed it decides whose word counts.
                "household" => "SELECT * FROM household".to_owned(),
                "membership" => format!(
                    "SELECT * FROM membership WHERE {}",
                    is_one_of("person_id", &people)
                ),
                "declared_income" => format!("SELECT * FROM declared_income WHERE household_id = {}", id.0),
                other => format!("SELECT * FROM {other} WHERE {}", of_household(id, &people)),
            };
            let rows = tables.context.sql(&sql).await?;
            inputs.register_table(name, rows.into_view())?;
        }
        Ok(Self {
            tables,
            id,
            day,
            people,
            elsewhere,
            assembly: Assembly::of_few(inputs, day),
        })
    }

    /// The rows of `sql`.
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<Row>> {
        self.tables.rows(sql).await
    }

    /// Its accounts; households its people also belong to may be among them.
    pub(super) async fn accounts(&self) -> Result<Arc<Accounts>> {
        Ok(self.assembly.accounts().await?)
    }

    /// The condition that a row is the household's or a member's.
    pub(super) fn owns(&self) -> String {
        of_household(self.id, &self.people)
    }

    /// The condition that `column` is a member's id.
    pub(super) fn is_member(&self, column: &str) -> String {
        is_one_of(column, &self.people)
    }

    /// The session the tables stand in, and the lake below.
    pub(super) fn place(&self) -> (&SessionContext, &Path) {
        (&self.tables.context, &self.tables.lake)
    }
}

fn of_household(id: HouseholdId, people: &[u64]) -> String {
    format!("(household_id = {} OR {})", id.0, is_one_of("person_id", people))
}

fn is_one_of(column: &str, ids: &[u64]) -> String {
    if ids.is_empty() {
        return "false".to_owned();
    }
    let list: Vec<String> = ids.iter().map(u64::to_string).collect();
    format!("{column} IN ({})", list.join(", "))
}
