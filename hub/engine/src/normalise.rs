//! Turns landed rows into canonical rows, refusals and counts.
//! Here because every row must be accounted for, and a row never raises.
//! In: a stream's landed files and its mapping. Out: canonical files, `RowCounts`, lineage.
//! Not here: policy (rules) and scores (linkage). A part is normalised by itself, so a re-sent month costs one month.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch, StringArray, new_null_array};
use arrow_cast::CastOptions;
use arrow_schema::{DataType, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::tables::{self, Table};
use hub_model::{FileRef, Lineage, NewFile, Registries, RowCounts, RunId, Schema as LakeSchema, StreamId};

use crate::mapping::{MappedInsert, Mapping, Target};
use crate::mention::Mentions;
use crate::parquet_file::{FileTarget, LakeFile};
use crate::part::{self, Part};
use crate::steps::Steps;
use crate::{Error, Result, flaw, lineage};

/// What to normalise.
#[derive(Debug, Clone)]
pub struct NormaliseJob {
    /// The run that landed the rows.
    pub run: RunId,
    /// Their stream.
    pub stream: StreamId,
    /// Its mapping.
    pub mapping: String,
    /// Where the mapping stands, for errors.
    pub origin: String,
    /// Its schema as the connector declares it.
    pub schema: SchemaRef,
    /// Its landed files.
    pub files: Vec<NewFile>,
}

/// What became of the rows.
#[derive(Debug, Clone, Default)]
pub struct Normalised {
    /// Every row, accounted for.
    pub rows: RowCounts,
    /// Canonical files, synced.
    pub files: Vec<NewFile>,
    /// Which source columns each canonical column came from.
    pub lineage: Lineage,
}

/// A statement that was planned once and is run over every part.
struct Planned {
    insert: MappedInsert,
    plan: LogicalPlan,
}

/// The statements of a mapping by what they fill, in the order they are run.
struct Statements {
    rejected: Vec<(&'static Table, Planned)>,
    filtered: Vec<Planned>,
    steps: Steps,
    canonical: Vec<(&'static Table, Planned)>,
    /// `SELECT count(*) FROM accepted`
    count: LogicalPlan,
}

/// One call's tools.
pub(crate) struct Normaliser<'a> {
    pub(crate) context: SessionContext,
    pub(crate) lake: &'a Path,
    pub(crate) mentions: Mentions<'a>,
    pub(crate) job: &'a NormaliseJob,
    pub(crate) landed: SchemaRef,
    pub(crate) mapping: Mapping,
    pub(crate) out: Normalised,
}

impl Normaliser<'_> {
    /// Normalises every part of the job.
    pub(crate) async fn run(mut self, registries: &mut Registries) -> Result<Normalised> {
        let mut parts: BTreeMap<&str, Vec<FileRef>> = BTreeMap::new();
        for file in &self.job.files {
            parts.entry(&file.part).or_default().push(FileRef {
                path: file.path.clone(),
                rows: file.rows,
            });
        }
        if parts.is_empty() {
            return Ok(self.out);
        }
        let at_hand = Part::register(&self.context, Arc::clone(&self.landed)).await?;
        let statements = self.statements().await?;
        // Row numbers go through all parts of a stream.
        let rows = self.job.files.iter().map(|file| file.rows).sum();
        for (part, files) in parts {
            self.mentions.next_part();
            at_hand.turn_to(self.lake, &files, rows)?;
            let rows_in = files.iter().map(|file| file.rows).sum();
            let counts = self
                .part(part, rows_in, &at_hand, &statements, registries)
                .await?;
            self.out.rows = self.out.rows.plus(counts);
        }
        Ok(self.out)
    }

    /// Plans every statement: what the connector itself could not trust first, then the mapping's own.
    async fn statements(&mut self) -> Result<Statements> {
        let count = self.context.sql("SELECT count(*) FROM accepted").await?;
        let mut statements = Statements {
            rejected: Vec::new(),
            filtered: Vec::new(),
            steps: Steps::new(self.lake, self.job.run),
            canonical: Vec::new(),
            count: part::optimised(&self.context, count.logical_plan())?,
        };
        let flaws = flaw::mapping(&self.landed)?;
        let mapping = self.mapping.clone();
        let canonical = |insert: &&MappedInsert| matches!(insert.target, Target::Canonical(_));
        for mapping in flaws.iter().chain([&mapping]) {
            for insert in mapping.inserts.iter().filter(|insert| !canonical(insert)) {
                let planned = self.planned(mapping, insert).await?;
                match insert.target {
                    Target::Rejected(table) => statements.rejected.push((table, planned)),
                    Target::Filtered | Target::Canonical(_) => statements.filtered.push(planned),
                }
            }
        }
        // After the refusals: whether a row is accepted cannot depend on what was.
        let views = mapping.create_views(&self.context).await?;
        for insert in mapping.inserts.iter().filter(canonical) {
            // Only through the views' own plans can a column be followed to where it came from.
            self.note_lineage(insert, &mapping.plan(&self.context, insert).await?);
        }
        for (name, plan) in &views {
            statements.steps.add(&self.context, name, plan)?;
        }
        for insert in mapping.inserts.iter() {
            if let Target::Canonical(table) = insert.target {
                let planned = self.planned(&mapping, insert).await?;
                statements.canonical.push((table, planned));
            }
        }
        Ok(statements)
    }

    async fn planned(&self, mapping: &Mapping, insert: &MappedInsert) -> Result<Planned> {
        let plan = mapping.plan(&self.context, insert).await?;
        Ok(Planned {
            insert: insert.clone(),
            plan: part::optimised(&self.context, &plan)?,
        })
    }

    async fn part(
        &mut self,
        part: &str,
        rows_in: u64,
        at_hand: &Part,
        statements: &Statements,
        registries: &mut Registries,
    ) -> Result<RowCounts> {
        let mut counts = RowCounts {
            rows_in,
            ..RowCounts::default()
        };
        for (table, planned) in &statements.rejected {
            let mut fresh = 0;
            self.write(part, planned, table, registries, |batch| {
                fresh += mark(batch, "row", at_hand)
            })
            .await?;
            counts.rejected += fresh;
        }
        for planned in &statements.filtered {
            counts.filtered += self.mark_filtered(planned, at_hand).await?;
        }
        let unknown = at_hand.refused().unknown;
        if unknown > 0 {
            return Err(self.wrong(format!("the mapping refuses {unknown} rows that do not exist")));
        }
        counts.accepted = self.count(&statements.count).await?;
        statements.steps.take(&self.context).await?;
        let mut reached = 0;
        for (table, planned) in &statements.canonical {
            let mut written = 0;
            self.write(part, planned, table, registries, |batch| {
                written += batch.num_rows() as u64
            })
            .await?;
            reached = std::cmp::max(reached, written);
        }
        if reached < counts.accepted {
            // Some table must hold every accepted row; a statement with a WHERE of its own would lose rows in silence.
            let accepted = counts.accepted;
            return Err(self.wrong(format!(
                "{accepted} rows were accepted, but no table got more than {reached}"
            )));
        }
        Ok(counts)
    }

    fn wrong(&self, message: String) -> Error {
        Error::Batch {
            stream: self.job.stream.to_string(),
            message,
        }
    }

    /// Counts the accepted rows: not by subtraction, or the balance would prove nothing.
    async fn count(&self, plan: &LogicalPlan) -> Result<u64> {
        let mut counted = part::rows(&self.context, plan).await?;
        let count = match counted.next().await {
            Some(batch) => batch?.column(0).as_primitive::<Int64Type>().value(0),
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn mark_filtered(&self, planned: &Planned, at_hand: &Part) -> Result<u64> {
        let names = &planned.insert.columns;
        let position = names
            .iter()
            .position(|column| column == "row")
            .unwrap_or_default();
        let mut rows = part::rows(&self.context, &planned.plan).await?;
        let mut fresh = 0;
        while let Some(batch) = rows.next().await {
            let column = arrow_cast::cast(batch?.column(position), &DataType::Int64)?;
            fresh += mark_all(column.as_primitive::<Int64Type>(), at_hand);
        }
        Ok(fresh)
    }

    /// Streams the plan's rows into one file of `table`; no row, no file.
    async fn write(
        &mut self,
        part: &str,
        planned: &Planned,
        table: &'static Table,
        registries: &mut Registries,
        mut seen: impl FnMut(&RecordBatch),
    ) -> Result<()> {
        let target = FileTarget {
            schema: LakeSchema::Main,
            table: table.name.to_owned(),
            stream: self.job.stream.clone(),
            run: self.job.run,
        };
        let mut rows = part::rows(&self.context, &planned.plan).await?;
        let mut file: Option<LakeFile> = None;
        while let Some(batch) = rows.next().await {
            let batch = self.canonical(&batch?, &planned.insert, table, registries)?;
            if batch.num_rows() == 0 {
                continue;
            }
            seen(&batch);
            if file.is_none() {
                file = Some(LakeFile::create(
                    self.lake,
                    &target,
                    part,
                    self.out.files.len(),
                    &batch,
                )?);
            }
            if let Some(file) = &mut file {
                file.write(&batch)?;
            }
        }
        if let Some(file) = file {
            self.out.files.push(file.finish()?);
        }
        Ok(())
    }

    /// `batch`, whose columns are named by the INSERT, in the table's schema, linked and with provenance.
    fn canonical(
        &mut self,
        batch: &RecordBatch,
        insert: &MappedInsert,
        table: &Table,
        registries: &mut Registries,
    ) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let given = |name: &str| insert.columns.iter().position(|column| column == name);
        let schema = table.schema();
        let strict = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for (column, field) in table.all_columns().zip(schema.fields()) {
            columns.push(match given(column.name) {
                Some(position) => {
                    arrow_cast::cast_with_options(batch.column(position), field.data_type(), &strict)?
                }
                None if column.name == tables::STREAM => constant(&self.job.stream.to_string(), rows),
                None if column.name == tables::RUN => constant(&self.job.run.to_string(), rows),
                None => new_null_array(field.data_type(), rows),
            });
        }
        let unlinked = RecordBatch::try_new(Arc::clone(&schema), columns.clone())?;
        for (position, ids) in self.mentions.ids(table, &unlinked, registries) {
            columns[position] = ids;
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    fn note_lineage(&mut self, insert: &MappedInsert, plan: &LogicalPlan) {
        let Target::Canonical(table) = insert.target else {
            return;
        };
        let columns = self.out.lineage.entry(table.name.to_owned()).or_default();
        for (index, column) in insert.columns.iter().enumerate() {
            columns.insert(column.clone(), lineage::sources(plan, index));
        }
    }
}

fn mark(batch: &RecordBatch, column: &str, at_hand: &Part) -> u64 {
    batch
        .column_by_name(column)
        .map_or(0, |rows| mark_all(rows.as_primitive::<Int64Type>(), at_hand))
}

fn mark_all(rows: &PrimitiveArray<Int64Type>, at_hand: &Part) -> u64 {
    let mut refused = at_hand.refused();
    rows.iter().flatten().filter(|row| refused.insert(*row)).count() as u64
}

fn constant(value: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows)))
}
