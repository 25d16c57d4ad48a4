//! The assemble stage: income, from dated events and declarations to figures of a household in both windows.
//! Here because rules, questions and a household's page must read one and the same figure.
//! In: the canonical tables a derived table is computed from, and the day asked. Out: the derived tables of the model.
//! Not here: which payments count as one (ADR 11, reconcile) and what rules make of the figures.
//!
//! A derived table is computed when it is first read, not when a statement over it is planned, and once for all that read it
//! in one session. What is held is bounded: a city's households are taken in several passes over the tables, and what was
//! computed of them is spilled.

mod account;
mod assembly;
mod buckets;
mod declared;
mod event;
mod event_bytes;
mod home;
mod item;
mod payments;
mod reconcile;
mod table;
mod window;

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use hub_model::tables::{self, Derived};

use crate::Result;
use crate::computed::{self, Batches, Places};
pub(crate) use account::{Accounts, Figure, Net};
pub(crate) use assembly::Assembly;
pub(crate) use declared::Declared;
pub(crate) use item::Item;
pub(crate) use window::{Period, Window, accounting_year, rolling_period, year_period};

use assembly::{Bounds, Kept};

/// The tables everything is computed from.
pub(crate) const INPUTS: [&str; 4] = ["income_event", "declared_income", "membership", "household"];

/// Registers the derived tables in `context`, computed for `day` from the [`INPUTS`] that stand in `inputs`, which is
/// another session: one that held itself would never go.
pub(crate) fn register(context: &SessionContext, inputs: SessionContext, day: NaiveDate) -> Result<()> {
    register_bounded(context, inputs, day, Bounds::default())
}

fn register_bounded(
    context: &SessionContext,
    inputs: SessionContext,
    day: NaiveDate,
    bounds: Bounds,
) -> Result<()> {
    let assembly = Arc::new(Assembly::new(inputs, day, bounds));
    let add = |table: &'static Derived, read: fn(Arc<Assembly>, Places) -> Batches| {
        let assembly = Arc::clone(&assembly);
        let rows =
            computed::table_by_columns(table.schema(), move |places| read(Arc::clone(&assembly), places));
        context.register_table(table.name, Arc::new(rows))?;
        Ok(())
    };
    add(&tables::INCOME_PAYMENT, Assembly::payments)?;
    add(&tables::HOUSEHOLD_INCOME, |assembly, places| {
        assembly.kept(Kept::Figures, places)
    })?;
    add(&tables::HOUSEHOLD_NET_INCOME, |assembly, places| {
        assembly.kept(Kept::Nets, places)
    })
}

#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod tests;
