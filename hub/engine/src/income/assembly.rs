//! Income as of a day: what is read for it, in how many passes, and what of it is kept.
//! Here because a county's figures fit memory and a city's do not, and both must come out the same.
//! In: a session with the tables income is computed from. Out: payments, figures and net incomes in batches; accounts.
//! Not here: how events become payments (payments, reconcile) and payments become figures (account).

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use chrono::NaiveDate;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use futures::{StreamExt, TryStreamExt, stream};
use hub_model::tables::{self, Derived};
use rayon::slice::ParallelSliceMut;
use tokio::sync::OnceCell;

use super::account::{Accountant, Accounts};
use super::buckets::{Buckets, Filling};
use super::declared::{self, Latest};
use super::event::{self, Event, Reader, Word};
use super::payments::Payments;
use super::table;
use super::window::{Period, accounting_year, rolling_period};
use crate::computed::{self, Batches, Places, Spill, Spilling};

/// Most rows held at a time; more are taken in several passes over the tables, each with the households of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// About 200 MB.
    pub(super) events: u64,
    /// With the figures of their households, about 200 MB.
    pub(super) declarations: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            events: 3_000_000,
            declarations: 300_000,
        }
    }
}

/// A pass's number as a place.
fn place(pass: u64) -> usize {
    usize::try_from(pass).unwrap_or(usize::MAX)
}

/// What is kept once it is computed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept {
    Figures,
    Nets,
}

impl Kept {
    const fn table(self) -> &'static Derived {
        match self {
            Self::Figures => &tables::HOUSEHOLD_INCOME,
            Self::Nets => &tables::HOUSEHOLD_NET_INCOME,
        }
    }

    /// The columns at `places` of its rows in some accounts.
    fn batches(
        self,
        places: Places,
        accounts: Arc<Accounts>,
        rolling: Period,
    ) -> impl Iterator<Item = DataFusionResult<RecordBatch>> {
        let count = match self {
            Self::Figures => accounts.figures.len(),
            Self::Nets => accounts.nets.len(),
        };
        computed::batches(count, move |range| match self {
            Self::Figures => {
                let rows = accounts.figures.get(range).unwrap_or_default();
                table::figures(&places, rows, rolling)
            }
            Self::Nets => {
                let rows = accounts.nets.get(range).unwrap_or_default();
                table::nets(&places, rows, &accounts, rolling)
            }
        })
    }
}

/// What is kept, on disk.
struct Spilled {
    figures: Arc<Spill>,
    nets: Arc<Spill>,
}

impl Spilled {
    const fn of(&self, kept: Kept) -> &Arc<Spill> {
        match kept {
            Kept::Figures => &self.figures,
            Kept::Nets => &self.nets,
        }
    }
}

/// Which of how many: the households whose ids leave this remainder.
#[derive(Debug, Clone, Copy)]
struct Pass {
    number: u64,
    of: u64,
}

impl Pass {
    const ALL: Self = Self { number: 0, of: 1 };

    fn all(of: u64) -> std::vec::IntoIter<Self> {
        let all: Vec<Self> = (0..of).map(|number| Self { number, of }).collect();
        all.into_iter()
    }

    /// The condition that a row is of a household of this pass.
    fn condition(self) -> String {
        if self.of == 1 {
            return "household_id IS NOT NULL".to_owned();
        }
        // As what the ids are: else they are made decimals of, row by row.
        format!(
            "household_id % arrow_cast({}, 'UInt64') = arrow_cast({}, 'UInt64')",
            self.of, self.number
        )
    }
}

/// Income as of a day, computed when it is asked for.
pub(crate) struct Assembly {
    inputs: SessionContext,
    rolling: Period,
    year: i16,
    bounds: Bounds,
    passes: OnceCell<u64>,
    accounts: OnceCell<Arc<Accounts>>,
    buckets: OnceCell<Buckets>,
    spilled: OnceCell<Spilled>,
}

impl std::fmt::Debug for Assembly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assembly")
            .field("rolling", &self.rolling)
            .finish_non_exhaustive()
    }
}

impl Assembly {
    /// Over the tables in `inputs`, of few households.
    pub(crate) fn of_few(inputs: SessionContext, day: NaiveDate) -> Self {
        Self::new(inputs, day, Bounds::default())
    }

    pub(super) fn new(inputs: SessionContext, day: NaiveDate, bounds: Bounds) -> Self {
        Self {
            inputs,
            rolling: rolling_period(day),
            year: i16::try_from(accounting_year(day)).unwrap_or(i16::MAX),
            bounds,
            passes: OnceCell::new(),
            accounts: OnceCell::new(),
            buckets: OnceCell::new(),
            spilled: OnceCell::new(),
        }
    }

    /// Every figure, held in memory: for few households. Computed once.
    pub(crate) async fn accounts(&self) -> DataFusionResult<Arc<Accounts>> {
        let accounts = self
            .accounts
            .get_or_try_init(|| async { Ok::<_, DataFusionError>(Arc::new(self.account(Pass::ALL).await?)) });
        Ok(Arc::clone(accounts.await?))
    }

    /// The columns at `places` of the rows of what is kept, as often as they are asked for.
    pub(super) fn kept(self: Arc<Self>, kept: Kept, places: Places) -> Batches {
        let rows = async move {
            if self.passes().await? == 1 {
                let accounts = self.accounts().await?;
                return Ok(stream::iter(kept.batches(places, accounts, self.rolling)).boxed());
            }
            let spilled = self.spilled.get_or_try_init(|| self.spill()).await?;
            Arc::clone(spilled.of(kept)).read(&self.inputs, &places).await
        };
        stream::once(rows).try_flatten().boxed()
    }

    /// All that is kept, pass by pass to disk.
    async fn spill(&self) -> DataFusionResult<Spilled> {
        let begin = |kept: Kept| {
            let table = kept.table();
            Spilling::begin(&self.inputs.runtime_env(), table.schema(), table.name)
        };
        let mut spilling = [
            (Kept::Figures, begin(Kept::Figures)?),
            (Kept::Nets, begin(Kept::Nets)?),
        ];
        for pass in Pass::all(self.passes().await?) {
            let accounts = Arc::new(self.account(pass).await?);
            for (kept, spilling) in &mut spilling {
                let all = (0..kept.table().schema().fields().len()).collect();
                for batch in kept.batches(all, Arc::clone(&accounts), self.rolling) {
                    spilling.write(&batch?)?;
                }
            }
        }
        let [(_, figures), (_, nets)] = spilling;
        Ok(Spilled {
            figures: Arc::new(figures.finish()?),
            nets: Arc::new(nets.finish()?),
        })
    }

    /// The accounts of the households of a pass.
    async fn account(&self, pass: Pass) -> DataFusionResult<Accounts> {
        let mut accountant = Accountant::new(self.rolling, self.year, self.people_now(pass).await?);
        let (mut rows, mut latest) = (
            self.query(&declared::query(&pass.condition())).await?,
            Latest::default(),
        );
        while let Some(batch) = rows.next().await {
            declared::read(&batch?, |declared, amounts| {
                if latest.passes(&declared) {
                    accountant.declare(declared, amounts);
                }
            })?;
        }
        let (words, events) = self.events(pass).await?;
        let mut payments = Payments::new(events);
        while let Some(of_one) = payments.of_household(&words) {
            accountant.pay(&words, &of_one);
        }
        drop(payments);
        Ok(accountant.finish())
    }

    /// The columns at `places` of every payment; not kept.
    pub(super) fn payments(self: Arc<Self>, places: Places) -> Batches {
        let passes = async move {
            let passes = Pass::all(self.passes().await?);
            let of_pass = move |(own, mut passes): (Arc<Self>, std::vec::IntoIter<Pass>)| {
                let places = Arc::clone(&places);
                async move {
                    let Some(pass) = passes.next() else {
                        return Ok::<_, DataFusionError>(None);
                    };
                    let (words, events) = own.events(pass).await?;
                    let batches = Payments::new(events).batches(places, words, own.rolling);
                    Ok(Some((stream::iter(batches), (own, passes))))
                }
            };
            Ok::<_, DataFusionError>(stream::try_unfold((self, passes), of_pass).try_flatten())
        };
        stream::once(passes).try_flatten().boxed()
    }

    /// The sorted events of a pass, and the words they number.
    async fn events(&self, pass: Pass) -> DataFusionResult<(Arc<[Word]>, Vec<Event>)> {
        let (words, mut events) = if pass.of == 1 {
            let (mut reader, mut events) = (self.reader().await?, Vec::new());
            self.read(&mut reader, |event| {
                events.push(event);
                Ok(())
            })
            .await?;
            (reader.words.into(), events)
        } else {
            let buckets = self.buckets.get_or_try_init(|| self.fill(pass.of)).await?;
            (Arc::clone(&buckets.words), buckets.read(place(pass.number))?)
        };
        events.par_sort_unstable();
        Ok((words, events))
    }

    /// Every event, in the file of its pass.
    async fn fill(&self, passes: u64) -> DataFusionResult<Buckets> {
        let mut filling = Filling::begin(&self.inputs.runtime_env(), passes)?;
        let mut reader = self.reader().await?;
        // A household's rows come together, and so do a person's who belongs to none.
        self.read(&mut reader, |event| {
            let mut ids = [event.household, event.person, event.rest].into_iter();
            let owner = ids.find(|id| *id != 0).unwrap_or_default();
            filling.push(place(owner % passes), &event)
        })
        .await?;
        filling.finish(reader.words)
    }

    async fn read(
        &self,
        reader: &mut Reader,
        mut take: impl FnMut(Event) -> DataFusionResult<()>,
    ) -> DataFusionResult<()> {
        for told in event::Told::ALL {
            let mut rows = self.query(&told.query()).await?;
            while let Some(batch) = rows.next().await {
                reader.read(&batch?, told, &mut take)?;
            }
        }
        Ok(())
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

    async fn people_now(&self, pass: Pass) -> DataFusionResult<HashMap<u64, i64>> {
        let sql = format!(
            "SELECT household_id, max(people_now) FROM household WHERE {} AND people_now > 0 GROUP BY household_id",
            pass.condition()
        );
        let mut people = HashMap::new();
        let mut rows = self.query(&sql).await?;
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

    /// In how many passes the tables are taken.
    async fn passes(&self) -> DataFusionResult<u64> {
        let passes = self.passes.get_or_try_init(|| async {
            let events = self.count("income_event").await?.div_ceil(self.bounds.events);
            let declarations = self.count("declared_income").await?;
            Ok::<_, DataFusionError>(events.max(declarations.div_ceil(self.bounds.declarations)).max(1))
        });
        passes.await.copied()
    }

    async fn count(&self, table: &str) -> DataFusionResult<u64> {
        let mut rows = self.query(&format!("SELECT count(*) FROM {table}")).await?;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let counts = batch.column(0).as_primitive::<Int64Type>().values();
            count += counts
                .iter()
                .filter_map(|rows| u64::try_from(*rows).ok())
                .sum::<u64>();
        }
        Ok(count)
    }

    async fn query(&self, sql: &str) -> DataFusionResult<SendableRecordBatchStream> {
        self.inputs.sql(sql).await?.execute_stream().await
    }
}
