//! Who is whom and who belonged where, assembled: links as tables, memberships with their validity, what became of
//! households, where sources contradict each other.
//! Here because rules, questions and a household's page must read one and the same answer.
//! In: a session with the canonical tables, unmasked; links; cases; the day. Out: tables of the names in the model.
//! Not here: income.

mod case_rounds;
mod history;
mod history_rows;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use chrono::NaiveDate;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::SessionContext;
use hub_model::tables::{self, Derived};
use hub_model::{Link, Links, Whose};

use crate::Result;
pub(crate) use case_rounds::batch as case_rounds;

/// Derived tables that are SQL over others, in an order in which each comes after what it reads.
const VIEWS: [(&Derived, &str); 2] = [
    (&tables::HOUSEHOLD_CHANGE, include_str!("household_change.sql")),
    (&tables::IDENTITY_CONFLICT, include_str!("identity_conflict.sql")),
];
/// The links of people and of units, as tables.
const LINKS: [(&Derived, Whose); 2] = [
    (&tables::PERSON_LINK, Whose::Person),
    (&tables::HOUSEHOLD_LINK, Whose::Household),
];

/// Registers every derived table in `context`, over no row: enough to plan.
pub(crate) fn register_empty(context: &SessionContext) -> Result<()> {
    for table in tables::DERIVED {
        context.register_table(table.name, Arc::new(EmptyTable::new(table.schema())))?;
    }
    Ok(())
}

/// Registers the tables in `context`, computed when they are read from those of `inputs`, in which they are registered too.
pub(crate) async fn register(
    context: &SessionContext,
    inputs: &SessionContext,
    links: &Links,
    cases: RecordBatch,
    day: NaiveDate,
) -> Result<()> {
    for (table, whose) in LINKS {
        let rows = MemTable::try_new(table.schema(), vec![vec![batch(table, links.of(whose))?]])?;
        add(context, inputs, table, Arc::new(rows))?;
    }
    let rows = MemTable::try_new(tables::CASE_ROUND.schema(), vec![vec![cases]])?;
    add(context, inputs, &tables::CASE_ROUND, Arc::new(rows))?;
    history::register(context, inputs).await?;
    for (table, sql) in VIEWS {
        let view = inputs
            .sql(&sql.replace("$day", &day.to_string()))
            .await?
            .into_view();
        add(context, inputs, table, view)?;
    }
    Ok(())
}

fn add(
    context: &SessionContext,
    inputs: &SessionContext,
    table: &Derived,
    rows: Arc<dyn TableProvider>,
) -> Result<()> {
    inputs.register_table(table.name, Arc::clone(&rows))?;
    context.deregister_table(table.name)?;
    context.register_table(table.name, rows)?;
    Ok(())
}

fn batch(table: &Derived, links: &[Link]) -> Result<RecordBatch> {
    let ids = |id: fn(&Link) -> u64| Arc::new(links.iter().map(id).collect::<UInt64Array>()) as ArrayRef;
    let texts = |text: fn(&Link) -> Option<&str>| {
        Arc::new(links.iter().map(text).collect::<StringArray>()) as ArrayRef
    };
    let permille = links.iter().map(|link| i64::from(link.permille));
    let columns = vec![
        ids(|link| link.from),
        ids(|link| link.to),
        texts(|link| Some(link.standing.as_str())),
        Arc::new(permille.collect::<arrow_array::Int64Array>()),
        texts(|link| link.oddity.map(hub_model::Oddity::as_str)),
        texts(|link| Some(&link.weights)),
    ];
    Ok(RecordBatch::try_new(table.schema(), columns)?)
}

#[cfg(test)]
mod tests;
