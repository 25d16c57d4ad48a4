//! Who belonged to which household from which export to which: months without a gap between two exports are one spell.
//! Here because a city's year of exports is tens of millions of rows, and every change of a household is read off them.
//! In: `membership_month`, ids followed through the links. Out: rows of `membership_history`; who became head when.
//! Not here: what kind of change two spells make (household_change.sql).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, UInt64Type};
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::tables;
use rayon::slice::ParallelSliceMut;
use tokio::sync::OnceCell;

use super::add;
use super::history_rows::{head_columns, spell_columns, table};
use crate::{Result, session};

/// Most rows held at a time: about 400 MB.
const ROWS_MAX: usize = 16_000_000;
/// The table of new heads; only `household_change` reads it.
const NEW_HEAD: &str = "new_head_told";
const SOURCE: &str = "membership_month";
const COMPLETE: &str = "household_id IS NOT NULL AND person_id IS NOT NULL AND month IS NOT NULL";

/// Registers `membership_history`, and in `inputs` who became head, computed from its `membership_month` when read.
pub(super) async fn register(context: &SessionContext, inputs: &SessionContext) -> Result<()> {
    // A session of its own: one that held a table that holds it would never go.
    let partitions = inputs.copied_config().target_partitions();
    let own = session::context(&inputs.runtime_env(), partitions);
    own.register_table(SOURCE, inputs.table_provider(SOURCE).await?)?;
    let told = Arc::new(Told {
        source: own,
        found: OnceCell::new(),
    });
    let spells = tables::MEMBERSHIP_HISTORY.schema();
    let rows = table(&told, spells, |found| found.spells.len(), spell_columns);
    add(context, inputs, &tables::MEMBERSHIP_HISTORY, Arc::new(rows))?;
    let heads = Arc::new(Schema::new(vec![
        Field::new("month", DataType::Date32, true),
        Field::new("person_id", DataType::UInt64, true),
        Field::new("household_id", DataType::UInt64, true),
    ]));
    let rows = table(&told, heads, |found| found.heads.len(), head_columns);
    inputs.deregister_table(NEW_HEAD)?;
    inputs.register_table(NEW_HEAD, Arc::new(rows))?;
    Ok(())
}

/// A row of an export, as small as it can be held, in the order in which spells are read off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    household: u64,
    person: u64,
    stream: u16,
    /// Which export of its stream, from 0.
    nth: u16,
    relation: u16,
    head: Head,
}

/// What an export says of who is head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Head {
    Untold,
    No,
    Yes,
}

/// An unbroken membership.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spell {
    pub(super) household: u64,
    pub(super) person: u64,
    pub(super) from: i32,
    pub(super) until: Option<i32>,
    pub(super) from_the_first: bool,
    /// Number of the relation at its end; that of no relation is none.
    pub(super) relation: u16,
    pub(super) head: Head,
}

/// Somebody who became head.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewHead {
    pub(super) month: i32,
    pub(super) person: u64,
    pub(super) household: u64,
}

/// All that is told.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spells: Vec<Spell>,
    pub(super) heads: Vec<NewHead>,
    pub(super) words: Words,
}

/// Streams with the months of their exports, and relations, by number.
#[derive(Debug, Default)]
pub(super) struct Words {
    streams: Vec<(String, Vec<i32>)>,
    pub(super) relations: Vec<String>,
}

/// Computed once, when it is first read.
pub(super) struct Told {
    source: SessionContext,
    found: OnceCell<Arc<Found>>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}

impl Told {
    pub(super) async fn found(&self) -> DataFusionResult<Arc<Found>> {
        let found = self.found.get_or_try_init(|| self.find()).await?;
        Ok(Arc::clone(found))
    }

    async fn find(&self) -> DataFusionResult<Arc<Found>> {
        let (mut found, count) = (Found::default(), self.exports().await?);
        found.words.streams = count.0;
        let passes = count.1.div_ceil(ROWS_MAX).max(1) as u64;
        for pass in 0..passes {
            let mut rows = Vec::new();
            let mut batches = self
                .query(&format!(
                    "SELECT arrow_cast(_stream, 'Dictionary(Int32, Utf8)'), arrow_cast(relation, 'Dictionary(Int32, Utf8)'), \
                     household_id, person_id, month, is_head FROM {SOURCE} WHERE {COMPLETE}"
                ))
                .await?;
            while let Some(batch) = batches.next().await {
                found.words.read(&batch?, |row| {
                    if row.household % passes == pass {
                        rows.push(row);
                    }
                });
            }
            rows.par_sort_unstable();
            for of_household in rows.chunk_by(|a, b| a.household == b.household) {
                found.household(of_household);
            }
        }
        Ok(Arc::new(found))
    }

    /// The months of each stream's exports, and how many rows there are.
    async fn exports(&self) -> DataFusionResult<(Vec<(String, Vec<i32>)>, usize)> {
        let sql = format!(
            "SELECT coalesce(_stream, ''), month, count(*) FROM {SOURCE} WHERE month IS NOT NULL GROUP BY 1, 2"
        );
        let (mut streams, mut count) = (BTreeMap::<String, Vec<i32>>::new(), 0);
        let mut batches = self.query(&sql).await?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let names = arrow_cast::cast(batch.column(0), &DataType::Utf8)?;
            let months = batch.column(1).as_primitive::<Date32Type>();
            let rows = batch.column(2).as_primitive::<arrow_array::types::Int64Type>();
            for (name, month) in names.as_string::<i32>().iter().zip(months.values()) {
                streams
                    .entry(name.unwrap_or_default().to_owned())
                    .or_default()
                    .push(*month);
            }
            let rows = rows
                .values()
                .iter()
                .filter_map(|rows| usize::try_from(*rows).ok());
            count += rows.sum::<usize>();
        }
        for months in streams.values_mut() {
            months.sort_unstable();
        }
        Ok((streams.into_iter().collect(), count))
    }

    async fn query(&self, sql: &str) -> DataFusionResult<SendableRecordBatchStream> {
        self.source.sql(sql).await?.execute_stream().await
    }
}

impl Words {
    /// Shows `take` every row of a batch.
    fn read(&mut self, batch: &RecordBatch, mut take: impl FnMut(Row)) {
        let texts = |at: usize| batch.column(at).as_dictionary::<Int32Type>();
        let (streams, relations) = (texts(0), texts(1));
        let [households, people] = [2, 3].map(|at| batch.column(at).as_primitive::<UInt64Type>());
        let months = batch.column(4).as_primitive::<Date32Type>();
        let heads = batch.column(5).as_boolean();
        let of_stream = |name: Option<&str>| {
            let place = self
                .streams
                .iter()
                .position(|(known, _)| known == name.unwrap_or_default());
            place.unwrap_or_default()
        };
        let names: &StringArray = streams.values().as_string();
        let stream_of: Vec<usize> = names.iter().map(of_stream).collect();
        let nobody = of_stream(None);
        let names: &StringArray = relations.values().as_string();
        let relation_of: Vec<u16> = names.iter().map(|name| self.relation(name)).collect();
        for row in 0..batch.num_rows() {
            let stream = streams.key(row).map_or(nobody, |key| stream_of[key]);
            let exports = self.streams.get(stream).map(|(_, months)| months.as_slice());
            let nth = exports.and_then(|exports| exports.binary_search(&months.value(row)).ok());
            take(Row {
                household: households.value(row),
                person: people.value(row),
                stream: number(stream),
                nth: number(nth.unwrap_or_default()),
                relation: relations.key(row).map_or(u16::MAX, |key| relation_of[key]),
                head: match heads.is_valid(row).then(|| heads.value(row)) {
                    None => Head::Untold,
                    Some(false) => Head::No,
                    Some(true) => Head::Yes,
                },
            });
        }
    }

    /// The number of a relation; further ones than can be numbered are none.
    fn relation(&mut self, name: Option<&str>) -> u16 {
        let Some(name) = name else { return u16::MAX };
        let place = self.relations.iter().position(|known| known == name);
        number(place.unwrap_or_else(|| {
            self.relations.push(name.to_owned());
            self.relations.len() - 1
        }))
    }

    fn month(&self, stream: u16, nth: usize) -> Option<i32> {
        self.streams.get(usize::from(stream))?.1.get(nth).copied()
    }
}

fn number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

impl Found {
    /// Takes the sorted rows of one household.
    fn household(&mut self, rows: &[Row]) {
        let mut heads: Vec<(i32, u64)> = Vec::new();
        for of_person in rows.chunk_by(|a, b| (a.person, a.stream) == (b.person, b.stream)) {
            let mut open: Option<(u16, Row)> = None;
            for month in of_person.chunk_by(|a, b| a.nth == b.nth) {
                let Some(row) = self.said(month) else { continue };
                if row.head == Head::Yes {
                    heads.extend(
                        self.words
                            .month(row.stream, row.nth.into())
                            .map(|month| (month, row.person)),
                    );
                }
                open = match open {
                    Some((first, last)) if last.nth + 1 == row.nth => Some((first, row)),
                    before => {
                        self.close(before);
                        Some((row.nth, row))
                    }
                };
            }
            self.close(open);
        }
        let Some(household) = rows.first().map(|row| row.household) else {
            return;
        };
        // Of two heads of one month the one whose id is smaller counts, so that an order of rows decides nothing.
        heads.sort_unstable();
        heads.dedup_by_key(|(month, _)| *month);
        let changed = heads.windows(2).filter(|pair| pair[0].1 != pair[1].1);
        self.heads.extend(changed.map(|pair| NewHead {
            month: pair[1].0,
            person: pair[1].1,
            household,
        }));
    }

    /// What the rows of one person in one export say together.
    fn said(&self, rows: &[Row]) -> Option<Row> {
        let relation = rows.iter().map(|row| row.relation).min_by_key(|relation| {
            let name = self.words.relations.get(usize::from(*relation));
            (name.is_none(), name)
        })?;
        let head = rows.iter().map(|row| row.head).max()?;
        Some(Row {
            relation,
            head,
            ..*rows.first()?
        })
    }

    fn close(&mut self, spell: Option<(u16, Row)>) {
        let Some((first, last)) = spell else { return };
        let Some(from) = self.words.month(last.stream, first.into()) else {
            return;
        };
        self.spells.push(Spell {
            household: last.household,
            person: last.person,
            from,
            until: self.words.month(last.stream, usize::from(last.nth) + 1),
            from_the_first: first == 0,
            relation: last.relation,
            head: last.head,
        });
    }
}
