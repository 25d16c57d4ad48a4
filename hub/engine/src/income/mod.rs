//! The assemble stage: income, from dated events and declarations to figures of a household in both windows.
//! Here because rules, questions and a household's page must read one and the same figure.
//! In: the canonical tables a derived table is computed from, and the day asked. Out: the derived tables of the model.
//! Not here: which payments count as one (ADR 11, reconcile) and what rules make of the figures.
//!
//! A derived table is computed when it is first read, not when a statement over it is planned, and once for all that read it
//! in one session. Events are held as small rows, at most [`EVENTS_MAX`] at a time: more are taken in several passes over
//! the table, each with the households of its own.

mod account;
mod declared;
mod event;
mod home;
mod item;
mod reconcile;
mod table;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_schema::SchemaRef;
use chrono::NaiveDate;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::SessionContext;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use hub_model::tables::{self, Derived};
use rayon::slice::ParallelSliceMut;
use tokio::sync::OnceCell;

use crate::Result;
pub(crate) use account::{Accounts, Figure, Net};
pub(crate) use declared::Declared;
pub(crate) use item::Item;
pub(crate) use window::{Period, Window, accounting_year, rolling_period, year_period};

use account::Accountant;
use declared::Latest;
use event::{Event, Reader, Word};
use reconcile::{Payment, reconcile, together};

/// Most events held at a time: about half a gigabyte.
const EVENTS_MAX: u64 = 8_000_000;
/// Rows of a batch.
const BATCH_ROWS: usize = 8192;
/// The tables everything is computed from.
pub(crate) const INPUTS: [&str; 4] = ["income_event", "declared_income", "membership", "household"];

/// Registers the derived tables in `context`, computed for `day` from the [`INPUTS`] that stand in `inputs`, which is
/// another session: one that held itself would never go.
pub(crate) fn register(context: &SessionContext, inputs: SessionContext, day: NaiveDate) -> Result<()> {
    let assembly = Arc::new(Assembly::new(inputs, day));
    for (table, what) in [
        (&tables::INCOME_PAYMENT, What::Payments),
        (&tables::HOUSEHOLD_INCOME, What::Figures),
        (&tables::HOUSEHOLD_NET_INCOME, What::Nets),
    ] {
        let rows = Arc::new(Rows {
            assembly: Arc::clone(&assembly),
            schema: table.schema(),
            table,
            what,
        });
        let table_of_rows = StreamingTable::try_new(table.schema(), vec![rows])?;
        context.register_table(table.name, Arc::new(table_of_rows))?;
    }
    Ok(())
}

/// Income as of a day, computed when it is asked for.
pub(crate) struct Assembly {
    inputs: SessionContext,
    rolling: Period,
    year: i16,
    accounts: OnceCell<Arc<Accounts>>,
}

impl std::fmt::Debug for Assembly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assembly")
            .field("rolling", &self.rolling)
            .finish_non_exhaustive()
    }
}

impl Assembly {
    /// Over the [`INPUTS`] in `inputs`.
    pub(crate) fn new(inputs: SessionContext, day: NaiveDate) -> Self {
        Self {
            inputs,
            rolling: rolling_period(day),
            year: i16::try_from(accounting_year(day)).unwrap_or(i16::MAX),
            accounts: OnceCell::new(),
        }
    }

    /// Every figure; computed once.
    pub(crate) async fn accounts(&self) -> DataFusionResult<Arc<Accounts>> {
        let accounts = self.accounts.get_or_try_init(|| self.account()).await?;
        Ok(Arc::clone(accounts))
    }

    async fn account(&self) -> DataFusionResult<Arc<Accounts>> {
        let mut accountant = Accountant::new(self.rolling, self.year, self.people_now().await?);
        let (mut rows, mut latest) = (self.query(declared::QUERY).await?, Latest::default());
        while let Some(batch) = rows.next().await {
            declared::read(&batch?, |declared, amounts| {
                if latest.passes(&declared) {
                    accountant.declare(declared, amounts);
                }
            })?;
        }
        let mut reader = self.reader().await?;
        let passes = self.passes().await?;
        for pass in 0..passes {
            let mut payments = Payments::new(self.events(&mut reader, pass, passes).await?);
            while let Some(of_one) = payments.of_household(&reader.words) {
                accountant.pay(&reader.words, &of_one);
            }
        }
        Ok(Arc::new(accountant.finish()))
    }

    /// Every payment, in batches of `table`; not kept.
    fn payments(
        self: Arc<Self>,
        table: &'static Derived,
    ) -> impl Stream<Item = DataFusionResult<RecordBatch>> {
        let passes = async move {
            let (reader, passes) = (self.reader().await?, self.passes().await?);
            Ok::<_, DataFusionError>(
                stream::try_unfold((self, reader, 0), move |(own, mut reader, pass)| async move {
                    if pass == passes {
                        return Ok::<_, DataFusionError>(None);
                    }
                    let events = own.events(&mut reader, pass, passes).await?;
                    let (words, rolling) = (reader.words.clone(), own.rolling);
                    let batches = Payments::new(events).batches(table, words, rolling);
                    Ok::<_, DataFusionError>(Some((stream::iter(batches), (own, reader, pass + 1))))
                })
                .try_flatten(),
            )
        };
        stream::once(passes).try_flatten()
    }

    /// The sorted events of one of several passes.
    async fn events(&self, reader: &mut Reader, pass: u64, passes: u64) -> DataFusionResult<Vec<Event>> {
        let mut events = Vec::new();
        let mut rows = self
            .query(&format!("SELECT {} FROM income_event", event::COLUMNS))
            .await?;
        // A household's rows come together, and so do a person's who belongs to none.
        let of_pass = |event: &Event| {
            let owner = [event.household, event.person, event.rest]
                .into_iter()
                .find(|id| *id != 0);
            owner.unwrap_or_default() % passes == pass
        };
        while let Some(batch) = rows.next().await {
            reader.read(&batch?, of_pass, &mut events)?;
        }
        events.par_sort_unstable();
        Ok(events)
    }

    /// A reader that knows who belongs where and which connectors are the spine.
    async fn reader(&self) -> DataFusionResult<Reader> {
        let mut reader = Reader::default();
        let spine = "SELECT DISTINCT split_part(_stream, '/', 1) FROM household WHERE _stream IS NOT NULL";
        let mut rows = self.query(spine).await?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let names = arrow_cast::cast(batch.column(0), &arrow_schema::DataType::Utf8)?;
            reader
                .spine
                .extend(names.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        let members = "SELECT person_id, household_id FROM membership \
                       WHERE person_id IS NOT NULL AND household_id IS NOT NULL";
        let mut rows = self.query(members).await?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let [people, households] = [0, 1].map(|at| batch.column(at).as_primitive::<UInt64Type>());
            for (person, household) in people.values().iter().zip(households.values()) {
                reader.homes.settle(*person, *household);
            }
        }
        Ok(reader)
    }

    async fn people_now(&self) -> DataFusionResult<HashMap<u64, i64>> {
        let sql = "SELECT household_id, max(people_now) FROM household \
                   WHERE household_id IS NOT NULL AND people_now > 0 GROUP BY household_id";
        let mut people = HashMap::new();
        let mut rows = self.query(sql).await?;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let households = batch.column(0).as_primitive::<UInt64Type>().values().iter();
            people.extend(
                households.copied().zip(
                    batch
                        .column(1)
                        .as_primitive::<Int64Type>()
                        .values()
                        .iter()
                        .copied(),
                ),
            );
        }
        Ok(people)
    }

    /// In how many passes the events are taken.
    async fn passes(&self) -> DataFusionResult<u64> {
        let mut rows = self.query("SELECT count(*) FROM income_event").await?;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let counts = batch.column(0).as_primitive::<Int64Type>();
            count += counts
                .values()
                .iter()
                .copied()
                .filter_map(|rows| u64::try_from(rows).ok())
                .sum::<u64>();
        }
        Ok(count.div_ceil(EVENTS_MAX).max(1))
    }

    async fn query(&self, sql: &str) -> DataFusionResult<SendableRecordBatchStream> {
        self.inputs.sql(sql).await?.execute_stream().await
    }
}

/// Sorted events, turned into payments piece by piece.
struct Payments {
    events: Vec<Event>,
    at: usize,
}

impl Payments {
    fn new(events: Vec<Event>) -> Self {
        Self { events, at: 0 }
    }

    /// The next payments: all of a household; of those that belong to none, some.
    fn of_household(&mut self, words: &[Word]) -> Option<Vec<Payment>> {
        let household = self.events.get(self.at)?.household;
        let mut payments = Vec::new();
        while self
            .events
            .get(self.at)
            .is_some_and(|event| event.household == household)
        {
            self.next(words, &mut payments);
            if household == 0 && payments.len() >= BATCH_ROWS {
                break;
            }
        }
        Some(payments)
    }

    /// Adds the payments of the next person and item.
    fn next(&mut self, words: &[Word], payments: &mut Vec<Payment>) {
        let rest = self.events.get(self.at..).unwrap_or_default();
        let Some(first) = rest.first() else { return };
        let nobody = (first.household, first.person) == (0, 0);
        // Nobody's rows are never the same payment unless they repeat each other.
        let alike = |event: &Event| {
            if nobody {
                event == first
            } else {
                together(event, first)
            }
        };
        let end = rest.iter().position(|event| !alike(event)).unwrap_or(rest.len());
        let named = words
            .get(usize::from(first.word))
            .is_some_and(|word| word.names_a_payment);
        reconcile(rest.get(..end).unwrap_or_default(), named, payments);
        self.at += end;
    }

    fn batches(
        mut self,
        table: &'static Derived,
        words: Vec<Word>,
        rolling: Period,
    ) -> impl Iterator<Item = DataFusionResult<RecordBatch>> {
        std::iter::from_fn(move || {
            let mut payments = Vec::new();
            while self.at < self.events.len() && payments.len() < BATCH_ROWS {
                self.next(&words, &mut payments);
            }
            (!payments.is_empty()).then(|| table::payments(table, &payments, &words, rolling))
        })
    }
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy)]
enum What {
    Payments,
    Figures,
    Nets,
}

/// The rows of one derived table.
#[derive(Debug)]
struct Rows {
    assembly: Arc<Assembly>,
    table: &'static Derived,
    what: What,
    schema: SchemaRef,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (assembly, table) = (Arc::clone(&self.assembly), self.table);
        let schema = Arc::clone(&self.schema);
        match self.what {
            What::Payments => Box::pin(RecordBatchStreamAdapter::new(schema, assembly.payments(table))),
            What::Figures => {
                let batch = |accounts: &Accounts, at: usize, table, rolling| {
                    let rows = accounts.figures.get(at..).unwrap_or_default();
                    table::figures(table, rows.get(..BATCH_ROWS).unwrap_or(rows), rolling)
                };
                let rows = batches(assembly, table, |accounts| accounts.figures.len(), batch);
                Box::pin(RecordBatchStreamAdapter::new(schema, rows))
            }
            What::Nets => {
                let batch = |accounts: &Accounts, at: usize, table, rolling| {
                    let rows = accounts.nets.get(at..).unwrap_or_default();
                    table::nets(table, rows.get(..BATCH_ROWS).unwrap_or(rows), accounts, rolling)
                };
                let rows = batches(assembly, table, |accounts| accounts.nets.len(), batch);
                Box::pin(RecordBatchStreamAdapter::new(schema, rows))
            }
        }
    }
}

/// The `count` rows of the accounts, batch by batch.
fn batches(
    assembly: Arc<Assembly>,
    table: &'static Derived,
    count: fn(&Accounts) -> usize,
    batch: fn(&Accounts, usize, &'static Derived, Period) -> DataFusionResult<RecordBatch>,
) -> impl Stream<Item = DataFusionResult<RecordBatch>> {
    let all = async move {
        let accounts = assembly.accounts().await?;
        let rolling = assembly.rolling;
        let starts = (0..count(&accounts)).step_by(BATCH_ROWS);
        Ok::<_, DataFusionError>(stream::iter(
            starts.map(move |at| batch(&accounts, at, table, rolling)),
        ))
    };
    stream::once(all).try_flatten()
}

#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod tests;
