//! Cells of landed rows: looked up by where a row was read from, with the column letter and header they stood under.
//! Here because what is cited must be found again in the department's own file.
//! In: the stream, the run and the locators of rows, canonical columns. Out: the cells those were computed from.
//! Not here: which rows are cited (evidence). Rows whose landed file is gone have none.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use hub_model::{ActiveData, CitedCell, HEADER, LOCATOR, LandedSource, RunId, StreamId, Value};

use crate::rule_band::value;
use crate::{Result, sentence, session};

/// A landed row: of its wanted columns the letters and headers, which rows of a file have in common, and the values.
struct Shown {
    places: Arc<[(String, String)]>,
    values: Vec<String>,
}

/// Columns of a canonical table that are cited of some rows of one stream and run.
pub(crate) struct Wanted<'w> {
    pub(crate) table: &'w str,
    pub(crate) columns: Vec<&'w str>,
    pub(crate) locators: Vec<&'w str>,
}

/// For each of `wanted`, the cells of each of its locators, in their order; all are looked up in one reading.
pub(crate) async fn look_up(
    context: &SessionContext,
    lake: &Path,
    data: &ActiveData,
    (stream, run): (&str, &str),
    wanted: &[Wanted<'_>],
) -> Result<Vec<Vec<Vec<CitedCell>>>> {
    let Some(source) = landed(data, stream, run) else {
        let none = |wanted: &Wanted<'_>| vec![Vec::new(); wanted.locators.len()];
        return Ok(wanted.iter().map(none).collect());
    };
    let columns_of = |wanted: &Wanted<'_>| source_columns(source, wanted.table, &wanted.columns);
    let all: BTreeSet<String> = wanted.iter().flat_map(columns_of).collect();
    let all: Vec<String> = all.into_iter().collect();
    let locators: BTreeSet<&str> = wanted
        .iter()
        .flat_map(|wanted| &wanted.locators)
        .copied()
        .collect();
    let found = landed_rows(context, lake, source, &all, locators).await?;
    let cell = |locator: &str, shown: &Shown, place: usize| {
        let (column, header) = shown.places.get(place)?;
        Some(CitedCell {
            stream: stream.to_owned(),
            locator: locator.to_owned(),
            column: column.clone(),
            header: header.clone(),
            value: shown.values.get(place)?.clone(),
        })
    };
    let of_one = |wanted: &Wanted<'_>| {
        let columns = columns_of(wanted);
        let places: Vec<usize> = columns
            .iter()
            .filter_map(|column| all.binary_search(column).ok())
            .collect();
        let cells = |locator: &&str| {
            let row = found.get(*locator);
            let cells = row.map(|row| places.iter().filter_map(|place| cell(locator, row, *place)));
            cells.into_iter().flatten().collect()
        };
        wanted.locators.iter().map(cells).collect()
    };
    Ok(wanted.iter().map(of_one).collect())
}

/// How many rows landed of a stream in a run.
pub(crate) fn landed_rows_of(data: &ActiveData, stream: &str, run: &str) -> u64 {
    let files = landed(data, stream, run).map(|source| source.files.iter());
    files.into_iter().flatten().map(|file| file.rows).sum()
}

fn landed<'a>(data: &'a ActiveData, stream: &str, run: &str) -> Option<&'a LandedSource> {
    let (connector, name) = stream.split_once('/')?;
    data.landed
        .get(&(StreamId::new(connector, name), RunId::parse(run).ok()?))
}

fn source_columns(source: &LandedSource, table: &str, columns: &[&str]) -> Vec<String> {
    let lineage = source.lineage.get(table);
    let columns: BTreeSet<_> = columns
        .iter()
        .filter_map(|column| lineage?.get(*column))
        .flatten()
        .cloned()
        .collect();
    columns.into_iter().collect()
}

/// For each cited locator, its cells: column letter, header, value.
async fn landed_rows(
    context: &SessionContext,
    lake: &Path,
    source: &LandedSource,
    columns: &[String],
    locators: BTreeSet<&str>,
) -> Result<HashMap<String, Shown>> {
    let wanted = RecordBatch::try_new(
        Arc::new(Schema::new(vec![Field::new("locator", DataType::Utf8, false)])),
        vec![Arc::new(StringArray::from_iter_values(locators))],
    )?;
    for name in ["_landed", "_wanted"] {
        context.deregister_table(name)?;
    }
    // A header is longer than a row: it stays what the rows have in common.
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = columns
        .iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .chain([
            Field::new(LOCATOR, DataType::Utf8, true),
            Field::new(HEADER, dictionary, true),
        ]);
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    session::register_files(context, "_landed", schema, lake, &source.files)?;
    context.register_table(
        "_wanted",
        Arc::new(MemTable::try_new(wanted.schema(), vec![vec![wanted]])?),
    )?;
    let list: String = columns
        .iter()
        .map(|name| format!(", l.\"{}\"", name.replace('"', "\"\"")))
        .collect();
    let sql = format!(
        "SELECT l.{LOCATOR}, l.{HEADER}{list} FROM _landed l JOIN _wanted w ON l.{LOCATOR} = w.locator"
    );
    let mut found = HashMap::new();
    // Rows of one file have one header, as a rule.
    let (mut header, mut places) = (String::new(), places_in("", columns));
    let mut rows = context.sql(&sql).await?.execute_stream().await?;
    while let Some(batch) = rows.try_next().await? {
        let locators = batch.column(0).as_string::<i32>();
        let headers = batch.column(1).as_dictionary::<Int32Type>();
        let texts = headers.values().as_string::<i32>();
        for row in 0..batch.num_rows() {
            let text = headers.key(row).filter(|key| texts.is_valid(*key));
            let text = text.map_or("", |key| texts.value(key));
            if text != header {
                text.clone_into(&mut header);
                places = places_in(text, columns);
            }
            let values = batch.columns().iter().skip(2).map(|column| {
                let cell = value(column, row);
                if cell == Value::Null {
                    String::new()
                } else {
                    sentence::shown("", Some(&cell))
                }
            });
            let shown = Shown {
                places: Arc::clone(&places),
                values: values.collect(),
            };
            found.insert(locators.value(row).to_owned(), shown);
        }
    }
    Ok(found)
}

/// The letter and the header of each of `columns` by `header`, which is what landed beside the rows.
fn places_in(header: &str, columns: &[String]) -> Arc<[(String, String)]> {
    let places: BTreeMap<String, String> = serde_json::from_str(header).unwrap_or_default();
    let place = |name: &String| {
        let place = places.get(name).and_then(|place| place.split_once(':'));
        let (letter, title) = place.unwrap_or(("", name));
        (letter.to_owned(), title.to_owned())
    };
    columns.iter().map(place).collect()
}
