//! What is known of ids, for people who must decide whether two of them are one: what rows said, and why a row came out as it did.
//! Here because a doubt is settled by looking at both records, and at the reasons, side by side.
//! In: ids of a snapshot. Out: for each, one row that speaks of it, masked unless revealed; an explanation.
//! Not here: verdicts, and whether a reveal was recorded (the caller).

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use datafusion::prelude::SessionContext;
use hub_model::tables::{self, Filled, Mask, Table};
use serde::Serialize;

use crate::Result;
use crate::link::{LinkJob, Sides};
use crate::linkage::Explanation;

/// Most ids that are told of at once.
pub const TOLD_MAX: usize = 1_000;

/// What one row says of a person or unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The id the row was given.
    pub id: u64,
    /// Where the row stands: `connector/stream file!sheet!row`.
    pub place: String,
    /// The name, as it came; masked unless revealed.
    pub name: String,
    /// The number, as it came; masked unless revealed.
    pub number: String,
    /// County, town and village, as far as the row says.
    pub home: String,
}

/// One row for each of `ids`, by id, the register's before others; ids no row has are left out. `context` reads rows as they
/// landed.
pub(crate) async fn told(context: &SessionContext, ids: &[u64], reveal: bool) -> Result<BTreeMap<u64, Told>> {
    let mut wanted: Vec<u64> = ids.iter().copied().take(TOLD_MAX).collect();
    let mut found = BTreeMap::new();
    for table in tables::ALL {
        let Some(sql) = sql(table, &wanted) else {
            continue;
        };
        for batch in context.sql(&sql).await?.collect().await? {
            read(&batch, reveal, &mut found)?;
        }
        wanted.retain(|id| !found.contains_key(id));
        if wanted.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Rows of `table` that have one of `ids`; none when the table names nobody.
fn sql(table: &Table, ids: &[u64]) -> Option<String> {
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    let id = match table
        .columns
        .iter()
        .find(|column| column.filled == Filled::LinkPerson)
    {
        Some(column) if has("name") && has("id_text") => column.name,
        Some(_) => return None,
        None => {
            table
                .columns
                .iter()
                .find(|column| column.filled == Filled::LinkUnit)?
                .name
        }
    };
    let or_null = |name: &str| {
        if has(name) {
            name.to_owned()
        } else {
            "NULL".to_owned()
        }
    };
    let (name, number) = if has("id_text") {
        ("name".to_owned(), "coalesce(id_text, id_no)".to_owned())
    } else {
        (or_null("head_name"), or_null("head_id_no"))
    };
    let home = ["county", "town", "village"].map(or_null).join(", ");
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    Some(format!(
        "SELECT {id}, min(concat_ws(' ', _stream, _locator)), min(CAST({name} AS VARCHAR)), min(CAST({number} AS VARCHAR)),
                min(concat_ws('', {home})) FROM {} WHERE {id} IN ({}) GROUP BY {id}",
        table.name,
        ids.join(", ")
    ))
}

fn read(batch: &RecordBatch, reveal: bool, found: &mut BTreeMap<u64, Told>) -> Result<()> {
    let ids = batch.column(0).as_primitive::<UInt64Type>();
    let columns = batch.columns().iter().skip(1);
    let texts = columns.map(|column| arrow_cast::cast(column, &DataType::Utf8));
    let texts: Vec<ArrayRef> = texts.collect::<std::result::Result<_, _>>()?;
    let text = |column: usize, row: usize, mask: Option<Mask>| {
        let Some(texts) = texts.get(column).and_then(|texts| texts.as_string_opt::<i32>()) else {
            return String::new();
        };
        let text = if texts.is_valid(row) { texts.value(row) } else { "" };
        match mask {
            Some(mask) if !reveal && !text.is_empty() => mask.text(text),
            Some(_) | None => text.to_owned(),
        }
    };
    for row in 0..batch.num_rows() {
        let id = ids.value(row);
        found.entry(id).or_insert_with(|| Told {
            id,
            place: text(0, row, None),
            name: text(1, row, Some(Mask::Name)),
            number: text(2, row, Some(Mask::Number)),
            home: text(3, row, None),
        });
    }
    Ok(())
}

/// Why the rows of mention `id` came out as they did; `None` when no row of the departments has that id.
pub(crate) fn explain(sides: &Sides, job: &LinkJob, id: u64) -> Result<Option<Explanation>> {
    let Some(row) = sides.mentions.iter().position(|mention| *mention == id) else {
        return Ok(None);
    };
    let compared = sides.compare(job)?;
    Ok(Some(compared.work.explain(&compared.calibrated, row)?))
}
