//! Turns landed rows into canonical rows, refusals and counts.
//! Here because every row must be accounted for, and a row never raises.
//! In: a stream's landed files and its mapping. Out: canonical files, `RowCounts`, lineage.
//! Not here: policy (rules) and scores (linkage). A part is normalised by itself, so a re-sent month costs one month.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch, StringArray, new_null_array};
use arrow_cast::CastOptions;
use arrow_schema::{DataType, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionContext, ident};
use futures::StreamExt;
use hub_model::tables::{self, Table};
use hub_model::{
    CORRECTS, FileRef, Lineage, NewFile, PartRefusals, Registries, RowCounts, RunId, Schema as LakeSchema,
    StreamId,
};

use crate::corrections::{self, SetAside};
use crate::mapping::{MappedInsert, Mapping};
use crate::mention::Mentions;
use crate::parquet_file::{FileTarget, LakeFile, rows_end};
use crate::part::{self, Part};
use crate::refused::{Reasons, RowKeys};
use crate::statements::{Planned, Statements};
use crate::{Error, IdentityKey, Result};

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
    /// What became of each part's refused rows.
    pub refusals: Vec<PartRefusals>,
}

/// A part to be normalised.
struct PartJob {
    name: String,
    files: Vec<FileRef>,
    /// Whether rows of it correct refused ones.
    is_corrected: bool,
    /// One beyond the last row of the landing: row numbers go through all its parts, whether at hand or not.
    rows: u64,
}

/// One call's tools.
pub(crate) struct Normaliser<'a> {
    pub(crate) context: SessionContext,
    pub(crate) lake: &'a Path,
    pub(crate) mentions: Mentions<'a>,
    pub(crate) key: &'a IdentityKey,
    pub(crate) job: &'a NormaliseJob,
    pub(crate) landed: SchemaRef,
    pub(crate) mapping: Mapping,
    pub(crate) out: Normalised,
}

impl Normaliser<'_> {
    /// Normalises every part of the job.
    pub(crate) async fn run(mut self, registries: &mut Registries) -> Result<Normalised> {
        let rows = rows_end(self.lake, &self.job.files)?.unwrap_or(u64::MAX);
        let mut parts: BTreeMap<&str, PartJob> = BTreeMap::new();
        for file in &self.job.files {
            let part = parts.entry(&file.part).or_insert_with(|| PartJob {
                name: file.part.clone(),
                files: Vec::new(),
                is_corrected: false,
                rows,
            });
            part.is_corrected |= file.corrections > 0;
            part.files.push(FileRef {
                path: file.path.clone(),
                rows: file.rows,
            });
        }
        if parts.is_empty() {
            return Ok(self.out);
        }
        let at_hand = Part::register(&self.context, Arc::clone(&self.landed)).await?;
        let statements = self.statements().await?;
        for part in parts.into_values() {
            self.mentions.next_part();
            let counts = self.part(&part, &at_hand, &statements, registries).await?;
            self.out.rows = self.out.rows.plus(counts);
        }
        Ok(self.out)
    }

    async fn part(
        &mut self,
        job: &PartJob,
        at_hand: &Part,
        statements: &Statements,
        registries: &mut Registries,
    ) -> Result<RowCounts> {
        let part = job.name.as_str();
        let mut numbers = RowKeys::new(self.key, &self.job.stream, part);
        let aside = self.turn_to(job, at_hand, statements, &mut numbers).await?;
        let mut counts = RowCounts {
            rows_in: job.files.iter().map(|file| file.rows).sum(),
            filtered: aside.count,
            ..RowCounts::default()
        };
        let mut reasons = Reasons::default();
        for (table, planned) in &statements.rejected {
            let mut fresh = 0;
            self.write(part, planned, table, registries, |batch| {
                fresh += mark(batch, "row", at_hand);
                reasons.note(batch);
            })
            .await?;
            counts.rejected += fresh;
        }
        if counts.rejected > 0 {
            self.number(&statements.refused, &mut numbers).await?;
        }
        let refused = reasons.refusals(numbers.given());
        let is_refused: BTreeSet<i64> = refused.iter().map(|refusal| refusal.row).collect();
        let corrected = aside.corrected.into_iter();
        self.out.refusals.push(PartRefusals {
            part: part.to_owned(),
            corrected: corrected
                .filter(|(_, row)| !is_refused.contains(row))
                .map(|(key, _)| key)
                .collect(),
            refused,
        });
        for planned in &statements.filtered {
            counts.filtered += self.mark_rows(planned, at_hand).await?;
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

    /// Turns to a part. Where rows of it correct refused ones, each correction takes the place of its row: which rows are
    /// refused is found out without the corrections first.
    async fn turn_to(
        &self,
        job: &PartJob,
        at_hand: &Part,
        statements: &Statements,
        numbers: &mut RowKeys<'_>,
    ) -> Result<SetAside> {
        let (lake, rows, files) = (self.lake, job.rows, job.files.as_slice());
        let Some(corrections) = statements.corrections.as_ref().filter(|_| job.is_corrected) else {
            at_hand.turn_to(lake, files, rows)?;
            return Ok(SetAside::default());
        };
        let own = ident(CORRECTS).is_null();
        at_hand.turn_to_some(&self.context, lake, files, rows, own)?;
        for (_, planned) in &statements.rejected {
            self.mark_rows(planned, at_hand).await?;
        }
        self.number(&statements.refused, numbers).await?;
        at_hand.turn_to(lake, files, rows)?;
        let mut listed = Vec::new();
        let mut found = part::rows(&self.context, corrections).await?;
        while let Some(batch) = found.next().await {
            listed.push(batch?);
        }
        let mut aside = SetAside::of(corrections::listed(&listed)?, numbers.given());
        let kept = part::none_of(std::mem::take(&mut aside.rows));
        at_hand.turn_to_some(&self.context, lake, files, rows, kept)?;
        Ok(aside)
    }

    /// Numbers the refused rows of the part at hand.
    async fn number(&self, refused: &LogicalPlan, numbers: &mut RowKeys<'_>) -> Result<()> {
        let mut rows = part::rows(&self.context, refused).await?;
        while let Some(batch) = rows.next().await {
            numbers.note(&batch?)?;
        }
        numbers.settle();
        Ok(())
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

    /// Marks the rows a statement names, writing nothing; how many were not marked before.
    async fn mark_rows(&self, planned: &Planned, at_hand: &Part) -> Result<u64> {
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
