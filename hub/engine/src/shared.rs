//! What several rules of one check read: a table, or a step that rules work out alike; held in memory once it is read.
//! Here because two hundred rules read the same few tables, and most of them begin with the same few steps.
//! In: a table or a plan, which columns rules want of it and how often. Out: a table for their plans.
//! Not here: which steps are alike (check_plans), rules.
//!
//! What is held counts against the engine's memory, and against a part of it that what is shared may have at most. A table
//! that does not fit is read by each rule for itself, as if nothing were shared; a step is worked out once in any case, and goes
//! to disk.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arrow_array::{Array, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown};
use datafusion::physical_plan::{ExecutionPlan, execute_stream, execute_stream_partitioned};
use datafusion::prelude::{DataFrame, SessionContext, ident};
use futures::TryStreamExt;
use tokio::task::JoinSet;

use crate::computed::{Spill, Spilling};
use crate::shared_choice::Wanted;
pub(crate) use crate::shared_room::Room;
use crate::shared_room::{Taken, part};

/// Of so many readings on a table or step is held.
const READINGS_MIN: usize = 2;
/// Rows looked at to tell how large a column is.
const SAMPLE_ROWS: usize = 8_192;

/// Where rows come from.
pub(crate) enum Source {
    /// A table of so many rows, read in a session of its own.
    Table(Arc<dyn TableProvider>, SessionContext, u64),
    /// A step: what it is, and the state it is planned with.
    Step(LogicalPlan, Arc<SessionState>),
}

/// A table or step that is shared.
pub(crate) struct Shared {
    schema: SchemaRef,
    source: Source,
    room: Arc<Room>,
    wanted: Mutex<Wanted>,
    /// What a step reads.
    inputs: OnceLock<Vec<Arc<Shared>>>,
    rows: tokio::sync::Mutex<Rows>,
}

#[derive(Clone)]
enum Rows {
    Untried,
    Held(Arc<Held>),
    Spilled(Arc<Spilled>),
    /// They do not fit, are read once, or nobody reads them any more.
    Elsewhere,
}

/// Rows in memory, until the last reader has them.
struct Held {
    /// The columns that are held, by their places in the table.
    columns: Vec<usize>,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    _taken: Vec<Taken>,
}

/// Rows of a step on disk, until the last reader has them.
struct Spilled {
    columns: Vec<usize>,
    rows: Spill,
}

/// Where `columns` are among those that are `kept`; none when one is not.
fn places(kept: &[usize], columns: &[usize]) -> Option<Vec<usize>> {
    let place = |column: &usize| kept.binary_search(column).ok();
    columns.iter().map(place).collect()
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn of(schema: SchemaRef, source: Source, room: &Arc<Room>) -> Self {
        Self {
            schema,
            source,
            room: Arc::clone(room),
            wanted: Mutex::default(),
            inputs: OnceLock::new(),
            rows: tokio::sync::Mutex::new(Rows::Untried),
        }
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a plan reads these of its columns; all without.
    pub(crate) fn will_be_read(&self, columns: Option<&[usize]>) {
        let all = || (0..self.schema.fields().len()).collect();
        let columns = columns.map_or_else(all, <[usize]>::to_vec);
        self.wanted().more(columns);
    }

    /// Notes what a step reads, to be told when the step is worked out.
    pub(crate) fn reads(&self, inputs: Vec<Arc<Shared>>) {
        let _ = self.inputs.set(inputs);
    }

    /// How many readings want which columns.
    pub(crate) fn readings(&self) -> Vec<(Vec<usize>, usize)> {
        self.wanted().columns()
    }

    /// Notes that of its columns these are to be held.
    pub(crate) fn hold(&self, columns: BTreeSet<usize>) {
        self.wanted().hold(columns);
    }

    /// About how many bytes each of `columns` has in memory, by a look at the first rows; nothing of a step.
    pub(crate) async fn bytes(&self, columns: &[usize]) -> Result<Vec<usize>> {
        let Source::Table(table, context, rows) = &self.source else {
            return Ok(Vec::new());
        };
        let first = self
            .select(table, context, columns)?
            .limit(0, Some(SAMPLE_ROWS))?;
        let first = first.collect().await?;
        let seen: usize = first.iter().map(RecordBatch::num_rows).sum();
        let rows = usize::try_from(*rows).unwrap_or(usize::MAX);
        let bytes = |place: usize| -> usize {
            let data = first.iter().map(|batch| batch.column(place).to_data());
            let parts = data.filter_map(|data| data.get_slice_memory_size().ok());
            parts.sum::<usize>().saturating_mul(rows) / seen.max(1)
        };
        Ok((0..columns.len()).map(bytes).collect())
    }

    fn select(
        &self,
        table: &Arc<dyn TableProvider>,
        context: &SessionContext,
        columns: &[usize],
    ) -> Result<DataFrame> {
        let names = columns
            .iter()
            .map(|place| ident(self.schema.field(*place).name()));
        context
            .read_table(Arc::clone(table))?
            .select(names.collect::<Vec<_>>())
    }

    /// Notes that one that was to read it has, or never will. After the last, nothing is held.
    pub(crate) async fn was_read(&self) {
        if self.wanted().one_less() == 0 {
            *self.rows.lock().await = Rows::Elsewhere;
        }
    }

    /// Whether somebody reads it.
    pub(crate) fn is_read(&self) -> bool {
        self.wanted().readings() > 0
    }

    /// The step with nothing but the columns that are read; none of a table.
    pub(crate) fn step(&self) -> Result<Option<LogicalPlan>> {
        let Source::Step(plan, _) = &self.source else {
            return Ok(None);
        };
        let columns: Vec<usize> = self.wanted().held();
        self.project(plan, &columns).map(Some)
    }

    fn project(&self, plan: &LogicalPlan, columns: &[usize]) -> Result<LogicalPlan> {
        let of = |place: &usize| plan.schema().columns().get(*place).cloned();
        let columns = columns.iter().filter_map(of).map(Expr::Column);
        LogicalPlanBuilder::from(plan.clone())
            .project(columns.collect::<Vec<_>>())?
            .build()
    }

    /// What is kept, read now when it was not yet.
    async fn kept(&self) -> Result<Rows> {
        let mut rows = self.rows.lock().await;
        if let Rows::Untried = *rows {
            let (columns, readings) = {
                let wanted = self.wanted();
                (wanted.held(), wanted.readings())
            };
            *rows = match (readings >= READINGS_MIN && !columns.is_empty(), &self.source) {
                (false, _) => Rows::Elsewhere,
                (true, Source::Table(table, context, _)) => self.read(table, context, columns).await?,
                (true, Source::Step(plan, state)) => self.work_out(plan, state, columns).await?,
            };
            if let Rows::Held(_) | Rows::Spilled(_) = *rows {
                for input in self.inputs.get().into_iter().flatten() {
                    Box::pin(input.was_read()).await;
                }
            }
        }
        Ok(rows.clone())
    }

    /// The schema of `columns`.
    fn schema_of(&self, columns: &[usize]) -> SchemaRef {
        let fields = columns
            .iter()
            .map(|place| Arc::clone(&self.schema.fields()[*place]));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// Works `columns` of a step out, into memory or, when they do not fit, to disk.
    async fn work_out(
        &self,
        plan: &LogicalPlan,
        state: &Arc<SessionState>,
        columns: Vec<usize>,
    ) -> Result<Rows> {
        let schema = self.schema_of(&columns);
        let plan = state.optimize(&self.project(plan, &columns)?)?;
        let plan = state
            .query_planner()
            .create_physical_plan(&plan, state.as_ref())
            .await?;
        let mut stream = execute_stream(plan, state.task_ctx())?;
        let runtime = state.runtime_env();
        let mut taken = Taken::none(&self.room, &runtime.memory_pool);
        let mut batches = Vec::new();
        let mut spilling: Option<Spilling> = None;
        while let Some(batch) = stream.try_next().await? {
            let batch = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())?;
            if let Some(spilling) = &mut spilling {
                spilling.write(&batch)?;
                continue;
            }
            let fits = taken.more(batch.get_array_memory_size());
            batches.push(batch);
            if !fits {
                let mut begun = Spilling::begin(runtime, Arc::clone(&schema), "what rules share")?;
                batches.drain(..).try_for_each(|batch| begun.write(&batch))?;
                taken = Taken::none(&self.room, &runtime.memory_pool);
                spilling = Some(begun);
            }
        }
        Ok(match spilling {
            Some(spilling) => Rows::Spilled(Arc::new(Spilled {
                columns,
                rows: spilling.finish()?,
            })),
            None => Rows::Held(Arc::new(Held {
                columns,
                schema,
                batches,
                _taken: vec![taken],
            })),
        })
    }

    /// Reads `columns` of a table into memory, when they fit.
    async fn read(
        &self,
        table: &Arc<dyn TableProvider>,
        context: &SessionContext,
        columns: Vec<usize>,
    ) -> Result<Rows> {
        let frame = self.select(table, context, &columns)?;
        let plan = frame.create_physical_plan().await?;
        let streams = execute_stream_partitioned(plan, context.task_ctx())?;
        let pool = Arc::clone(&context.runtime_env().memory_pool);
        let schema = self.schema_of(&columns);
        let mut parts = JoinSet::new();
        let is_full = Arc::new(AtomicBool::new(false));
        for (number, stream) in streams.into_iter().enumerate() {
            let (schema, is_full) = (Arc::clone(&schema), Arc::clone(&is_full));
            let taken = Taken::none(&self.room, &pool);
            parts.spawn(async move { (number, part(stream, &schema, taken, &is_full).await) });
        }
        let mut read = Vec::new();
        while let Some(part) = parts.join_next().await {
            let (number, part) = part.map_err(|error| DataFusionError::External(Box::new(error)))?;
            let Some(part) = part? else {
                return Ok(Rows::Elsewhere);
            };
            read.push((number, part));
        }
        // In the order of the files, whichever was read first.
        read.sort_by_key(|(number, _)| *number);
        let (batches, taken): (Vec<_>, Vec<_>) = read.into_iter().map(|(_, part)| part).unzip();
        Ok(Rows::Held(Arc::new(Held {
            columns,
            schema,
            batches: batches.concat(),
            _taken: taken,
        })))
    }

    /// The rows where they come from.
    async fn elsewhere(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match &self.source {
            Source::Table(table, ..) => table.scan(state, projection, filters, limit).await,
            Source::Step(plan, own) => {
                let all: Vec<usize> = (0..self.schema.fields().len()).collect();
                let plan = own.optimize(&self.project(plan, projection.unwrap_or(&all))?)?;
                own.query_planner()
                    .create_physical_plan(&plan, own.as_ref())
                    .await
            }
        }
    }
}

#[async_trait]
impl TableProvider for Shared {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// What the table can leave out by itself; a plan filters in any case, as what is held is not filtered.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let Source::Table(table, ..) = &self.source else {
            return Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()]);
        };
        let supported = table.supports_filters_pushdown(filters)?.into_iter();
        Ok(supported
            .map(|supported| match supported {
                TableProviderFilterPushDown::Unsupported => supported,
                TableProviderFilterPushDown::Inexact | TableProviderFilterPushDown::Exact => {
                    TableProviderFilterPushDown::Inexact
                }
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let columns = projection.unwrap_or(&all);
        match self.kept().await? {
            Rows::Held(held) => {
                if let Some(places) = places(&held.columns, columns) {
                    let schema = Arc::clone(&held.schema);
                    let batches = vec![held.batches.clone()];
                    return Ok(MemorySourceConfig::try_new_exec(&batches, schema, Some(places))?);
                }
            }
            Rows::Spilled(spilled) => {
                if let Some(places) = places(&spilled.columns, columns) {
                    return spilled.rows.scan(state, &places).await;
                }
            }
            Rows::Untried | Rows::Elsewhere => {}
        }
        self.elsewhere(state, projection, filters, limit).await
    }
}
