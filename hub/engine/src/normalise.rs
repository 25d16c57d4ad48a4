//! Turns landed rows into canonical rows, refusals and counts.
//! Here because every row must be accounted for, and a row never raises.
//! In: a stream's landed files and its mapping. Out: canonical files, `RowCounts`, lineage.
//! Not here: policy (rules) and scores (linkage). A part is normalised by itself, so a re-sent month costs one month.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow_cast::CastOptions;
use arrow_schema::{DataType, SchemaRef};
use datafusion::logical_expr::{ColumnarValue, LogicalPlan, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::tables::{self, Filled, Table};
use hub_model::{
    FileRef, Lineage, NewFile, ROW, Registries, RowCounts, RunId, Schema as LakeSchema, StreamId,
};

use crate::mapping::{MappedInsert, Mapping, Target};
use crate::parquet_file::{FileTarget, LakeFile};
use crate::{Error, IdentityKey, Result, flaw, lineage, link, session};

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

/// The rows a part loses before the canonical tables see it.
#[derive(Debug, Default, Clone)]
struct RowSet {
    words: Vec<u64>,
    /// Rows there are; a mapping may name no other.
    rows: u64,
    /// How many rows were named that there are not.
    unknown: u64,
}

impl RowSet {
    fn of(rows: u64) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Marks `row`; whether it was not marked before.
    fn insert(&mut self, row: i64) -> bool {
        let Some(row) = usize::try_from(row).ok().filter(|row| (*row as u64) < self.rows) else {
            self.unknown += 1;
            return false;
        };
        if self.words.len() <= row / 64 {
            self.words.resize(row / 64 + 1, 0);
        }
        let fresh = !self.contains(row);
        self.words[row / 64] |= 1 << (row % 64);
        fresh
    }

    fn contains(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// One call's tools.
pub(crate) struct Normaliser<'a> {
    pub(crate) context: SessionContext,
    pub(crate) lake: &'a Path,
    pub(crate) key: &'a IdentityKey,
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
        for (part, files) in parts {
            self.part(part, &files, registries).await?;
        }
        Ok(self.out)
    }

    async fn part(&mut self, part: &str, files: &[FileRef], registries: &mut Registries) -> Result<()> {
        for name in ["landed", "accepted"] {
            self.context.deregister_table(name)?;
        }
        session::register_files(
            &self.context,
            "landed",
            Arc::clone(&self.landed),
            self.lake,
            files,
        )?;
        let mut counts = RowCounts {
            rows_in: files.iter().map(|file| file.rows).sum(),
            ..RowCounts::default()
        };
        let mut refused = RowSet::of(self.job.files.iter().map(|file| file.rows).sum());
        let inserts = self.mapping.inserts.clone();
        // What the connector itself could not trust comes first; the mapping then has its say on the same rows.
        let mut refusals: Vec<(Mapping, MappedInsert)> = Vec::new();
        if let Some(flaws) = flaw::mapping(&self.landed)? {
            refusals.extend(
                flaws
                    .inserts
                    .clone()
                    .into_iter()
                    .map(|insert| (flaws.clone(), insert)),
            );
        }
        refusals.extend(
            inserts
                .iter()
                .map(|insert| (self.mapping.clone(), insert.clone())),
        );
        for (mapping, insert) in &refusals {
            if let Target::Rejected(table) = insert.target {
                let plan = mapping.plan(&self.context, insert).await?;
                let mut fresh = 0;
                self.write(part, insert, table, plan, registries, |batch| {
                    fresh += mark(batch, "row", &mut refused)
                })
                .await?;
                counts.rejected += fresh;
            }
        }
        for insert in &inserts {
            if matches!(insert.target, Target::Filtered) {
                let plan = self.mapping.plan(&self.context, insert).await?;
                counts.filtered += self.mark_filtered(insert, plan, &mut refused).await?;
            }
        }
        if refused.unknown > 0 {
            return Err(self.wrong(format!(
                "the mapping refuses {} rows that do not exist",
                refused.unknown
            )));
        }
        counts.accepted = self.accept(refused).await?;
        self.mapping.create_views(&self.context).await?;
        let mut reached = 0;
        for insert in &inserts {
            if let Target::Canonical(table) = insert.target {
                let plan = self.mapping.plan(&self.context, insert).await?;
                self.note_lineage(table, insert, &plan);
                let mut written = 0;
                self.write(part, insert, table, plan, registries, |batch| {
                    written += batch.num_rows() as u64
                })
                .await?;
                reached = std::cmp::max(reached, written);
            }
        }
        if reached < counts.accepted {
            // Some table must hold every accepted row; a statement with a WHERE of its own would lose rows in silence.
            let accepted = counts.accepted;
            return Err(self.wrong(format!(
                "{accepted} rows were accepted, but no table got more than {reached}"
            )));
        }
        self.out.rows = self.out.rows.plus(counts);
        Ok(())
    }

    fn wrong(&self, message: String) -> Error {
        Error::Batch {
            stream: self.job.stream.to_string(),
            message,
        }
    }

    /// Registers `accepted` and counts it: not by subtraction, or the balance would prove nothing.
    async fn accept(&self, refused: RowSet) -> Result<u64> {
        let usable = move |args: &[ColumnarValue]| {
            let arrays = ColumnarValue::values_to_arrays(args)?;
            let rows = arrays[0].as_primitive::<Int64Type>();
            let usable = |row: i64| usize::try_from(row).is_ok_and(|row| !refused.contains(row));
            Ok(ColumnarValue::Array(Arc::new(
                rows.iter().map(|row| row.map(usable)).collect::<BooleanArray>(),
            )))
        };
        let function = create_udf(
            "_usable",
            vec![DataType::Int64],
            DataType::Boolean,
            Volatility::Immutable,
            Arc::new(usable),
        );
        self.context.register_udf(function);
        let accepted = self
            .context
            .sql(&format!(r#"SELECT * FROM landed WHERE _usable("{ROW}")"#))
            .await?;
        self.context.register_table("accepted", accepted.into_view())?;
        let counted = self
            .context
            .sql("SELECT count(*) FROM accepted")
            .await?
            .collect()
            .await?;
        let count = counted
            .first()
            .map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0));
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn mark_filtered(
        &self,
        insert: &MappedInsert,
        plan: LogicalPlan,
        refused: &mut RowSet,
    ) -> Result<u64> {
        let position = insert
            .columns
            .iter()
            .position(|column| column == "row")
            .unwrap_or_default();
        let mut rows = self
            .context
            .execute_logical_plan(plan)
            .await?
            .execute_stream()
            .await?;
        let mut fresh = 0;
        while let Some(batch) = rows.next().await {
            let column = arrow_cast::cast(batch?.column(position), &DataType::Int64)?;
            fresh += column
                .as_primitive::<Int64Type>()
                .iter()
                .flatten()
                .filter(|row| refused.insert(*row))
                .count() as u64;
        }
        Ok(fresh)
    }

    /// Streams the plan's rows into one file of `table`; no row, no file.
    async fn write(
        &mut self,
        part: &str,
        insert: &MappedInsert,
        table: &'static Table,
        plan: LogicalPlan,
        registries: &mut Registries,
        mut seen: impl FnMut(&RecordBatch),
    ) -> Result<()> {
        let target = FileTarget {
            schema: LakeSchema::Main,
            table: table.name.to_owned(),
            stream: self.job.stream.clone(),
            run: self.job.run,
        };
        let mut rows = self
            .context
            .execute_logical_plan(plan)
            .await?
            .execute_stream()
            .await?;
        let mut file: Option<LakeFile> = None;
        while let Some(batch) = rows.next().await {
            let batch = self.canonical(&batch?, insert, table, registries)?;
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
                    table.schema(),
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
        &self,
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
        let wants = |filled| table.columns.iter().position(|column| column.filled == filled);
        if let Some(position) = wants(Filled::LinkHousehold) {
            columns[position] = link::households(&unlinked, &mut registries.households);
        }
        if let Some(position) = wants(Filled::LinkPerson) {
            columns[position] = link::people(&unlinked, self.key, &mut registries.people);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    fn note_lineage(&mut self, table: &Table, insert: &MappedInsert, plan: &LogicalPlan) {
        let columns = self.out.lineage.entry(table.name.to_owned()).or_default();
        for (index, column) in insert.columns.iter().enumerate() {
            columns.insert(column.clone(), lineage::sources(plan, index));
        }
    }
}

fn mark(batch: &RecordBatch, column: &str, refused: &mut RowSet) -> u64 {
    let Some(rows) = batch.column_by_name(column) else {
        return 0;
    };
    rows.as_primitive::<Int64Type>()
        .iter()
        .flatten()
        .filter(|row| refused.insert(*row))
        .count() as u64
}

fn constant(value: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_once_however_often_it_is_refused() {
        let mut set = RowSet::of(100);
        assert!(set.insert(70) && !set.insert(70) && set.insert(0));
        assert!(set.contains(70) && !set.contains(69) && !set.contains(7000));
        assert!(!set.insert(-1) && !set.insert(1 << 62));
        assert_eq!(set.unknown, 2);
    }
}
