//! Canonical tables as their readers see them: an id column holds whom the row was found to speak of.
//! Here because links change while rows do not, and a merge that is undone must leave no trace in a file.
//! In: a table's files, the snapshot's links. Out: the table, its ids followed through the links.
//! Not here: how links are found; masks.

use std::path::Path;
use std::sync::Arc;

use arrow_array::UInt64Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_schema::DataType;
use datafusion::catalog::TableProvider;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::{SessionContext, ident};
use hub_model::tables::{self, Filled, Table};
use hub_model::{ActiveData, Links, Whose};

use crate::id_pages::IdPages;
use crate::{Result, session};

/// How the functions are named; no SQL name can be written so.
const PREFIX: &str = "linked:";

/// The ids of a snapshot that stand for others.
pub(crate) struct Aliases {
    people: Option<ScalarUDF>,
    households: Option<ScalarUDF>,
}

impl Aliases {
    pub(crate) fn new(links: &Links) -> Self {
        Self {
            people: function(links, Whose::Person),
            households: function(links, Whose::Household),
        }
    }

    fn of(&self, filled: Filled) -> Option<&ScalarUDF> {
        match filled {
            Filled::LinkPerson => self.people.as_ref(),
            Filled::LinkHousehold | Filled::LinkUnit => self.households.as_ref(),
            Filled::Required | Filled::Optional | Filled::Hub | Filled::Assembled => None,
        }
    }
}

/// `table` of `data`, as it is read.
pub(crate) fn table(
    context: &SessionContext,
    lake: &Path,
    data: &ActiveData,
    aliases: &Aliases,
    table: &Table,
) -> Result<Arc<dyn TableProvider>> {
    let files = data.tables.get(table.name).map(Vec::as_slice).unwrap_or_default();
    let rows = session::files(table.schema(), lake, files)?;
    if files.is_empty()
        || !table
            .columns
            .iter()
            .any(|column| aliases.of(column.filled).is_some())
    {
        return Ok(rows);
    }
    let columns = table.all_columns().map(|column| match aliases.of(column.filled) {
        Some(function) => function.call(vec![ident(column.name)]).alias(column.name),
        None => ident(column.name),
    });
    Ok(context
        .read_table(rows)?
        .select(columns.collect::<Vec<Expr>>())?
        .into_view())
}

/// Registers every canonical table of `data`, as it is read.
pub(crate) fn register(context: &SessionContext, lake: &Path, data: &ActiveData) -> Result<()> {
    let aliases = Aliases::new(&data.links);
    for each in tables::ALL {
        context.register_table(each.name, table(context, lake, data, &aliases, each)?)?;
    }
    Ok(())
}

/// The function that follows ids of `whose`; none when every id stands for itself.
fn function(links: &Links, whose: Whose) -> Option<ScalarUDF> {
    let aliases = links.aliases(whose);
    if aliases.is_empty() {
        return None;
    }
    let aliases: IdPages = aliases.into_iter().collect();
    let follow = move |args: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let ids = arrays[0].as_primitive::<UInt64Type>();
        let followed: UInt64Array = ids.unary(|id| aliases.of(id).unwrap_or(id));
        Ok(ColumnarValue::Array(Arc::new(followed)))
    };
    Some(create_udf(
        &format!("{PREFIX}{}", whose.as_str()),
        vec![DataType::UInt64],
        DataType::UInt64,
        Volatility::Immutable,
        Arc::new(follow),
    ))
}
