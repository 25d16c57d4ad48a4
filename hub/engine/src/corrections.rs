//! Corrections: rows that were sent back, came again, and take the place of one refused row each.
//! Here because a few corrected rows must add to their period; the period as it stands is neither lost nor counted twice.
//! In: a part's landed rows, what stands of the part already. Out: rows carried over from what stands; rows set aside.
//! Not here: which rows are refused (mapping), how rows are numbered (refused).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::{SessionContext, ident};
use futures::StreamExt;
use hub_model::{CORRECTS, FileRef, NewFile, ROW, RowKey, RunId, Schema as LakeSchema, StreamId};

use crate::bits::Bits;
use crate::engine::{NORMALISE_SECONDS_MAX, within};
use crate::parquet_file::{FileTarget, LakeFile, rows_end};
use crate::{Engine, Result, landing, session};

/// What to carry over.
#[derive(Debug, Clone)]
pub struct CarryJob {
    /// The run that landed the rows.
    pub run: RunId,
    /// Their stream.
    pub stream: StreamId,
    /// Its schema as the connector declares it.
    pub schema: SchemaRef,
    /// Its landed files.
    pub landed: Vec<NewFile>,
    /// Files of the present by part: parts to which corrections came, or in which corrections stand.
    pub standing: BTreeMap<String, Vec<FileRef>>,
}

impl Engine {
    /// Carries over what parts with corrections still need of what stands of them.
    ///
    /// # Errors
    /// When a file cannot be read or written, or it takes too long.
    pub async fn carry(&self, job: &CarryJob) -> Result<Vec<NewFile>> {
        let context = self.context();
        let work = job.run(&context, &self.options.lake_dir);
        within("carrying rows over", NORMALISE_SECONDS_MAX, work).await
    }
}

impl CarryJob {
    /// Writes what each part still needs into files of the run: beside corrections alone the rows they correct; beside the
    /// part's own rows the corrections that stand and did not come again.
    async fn run(&self, context: &SessionContext, lake: &Path) -> Result<Vec<NewFile>> {
        let schema = landing::landed_schema(&self.schema);
        let target = FileTarget {
            schema: LakeSchema::Landing,
            table: landing::table_name(&self.stream),
            stream: self.stream.clone(),
            run: self.run,
        };
        let counted = self.landed.iter().map(|file| file.rows).sum();
        let end = rows_end(lake, &self.landed)?.unwrap_or(counted);
        let mut next = i64::try_from(end).unwrap_or(i64::MAX);
        let mut carried: Vec<NewFile> = Vec::new();
        for (part, files) in &self.standing {
            let came: Vec<&NewFile> = self.landed.iter().filter(|file| file.part == *part).collect();
            let corrections: u64 = came.iter().map(|file| file.corrections).sum();
            let has_own = came.iter().map(|file| file.rows).sum::<u64>() > corrections;
            let mut wanted = match corrections {
                0 => lit(true),
                _ => not_again(&self.corrected(context, &schema, lake, &came).await?),
            };
            if has_own {
                wanted = wanted.and(ident(CORRECTS).is_not_null());
            }
            let standing = session::files(Arc::clone(&schema), lake, files)?;
            let mut rows = context
                .read_table(standing)?
                .filter(wanted)?
                .execute_stream()
                .await?;
            let mut file: Option<LakeFile> = None;
            while let Some(batch) = rows.next().await {
                let batch = renumbered(&batch?, &mut next)?;
                if batch.num_rows() == 0 {
                    continue;
                }
                if file.is_none() {
                    let number = self.landed.len() + carried.len();
                    file = Some(LakeFile::create(lake, &target, part, number, &batch)?);
                }
                if let Some(file) = &mut file {
                    file.write(&batch)?;
                }
            }
            if let Some(file) = file {
                carried.push(file.finish()?);
            }
        }
        Ok(carried)
    }

    /// Numbers of the rows that are corrected by what came.
    async fn corrected(
        &self,
        context: &SessionContext,
        schema: &SchemaRef,
        lake: &Path,
        came: &[&NewFile],
    ) -> Result<BTreeSet<String>> {
        let files: Vec<FileRef> = came
            .iter()
            .map(|file| FileRef {
                path: file.path.clone(),
                rows: file.rows,
            })
            .collect();
        let table = session::files(Arc::clone(schema), lake, &files)?;
        let rows = context
            .read_table(table)?
            .filter(ident(CORRECTS).is_not_null())?
            .select(vec![ident(CORRECTS)])?
            .collect()
            .await?;
        let texts = rows.iter().map(|batch| batch.column(0).as_string::<i32>());
        Ok(texts
            .flat_map(|texts| texts.iter().flatten().map(str::to_owned))
            .collect())
    }
}

/// Rows that are no corrections of these.
fn not_again(corrected: &BTreeSet<String>) -> Expr {
    let list = corrected.iter().map(|number| lit(number.as_str())).collect();
    ident(CORRECTS).is_null().or(ident(CORRECTS).in_list(list, true))
}

/// `batch` with row numbers from `next` on.
fn renumbered(batch: &RecordBatch, next: &mut i64) -> Result<RecordBatch> {
    let rows = i64::try_from(batch.num_rows()).unwrap_or(0);
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(*next..*next + rows));
    *next += rows;
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| {
            if field.name() == ROW {
                return Ok(Arc::clone(&numbers));
            }
            Ok(arrow_cast::cast(column, field.data_type())?)
        });
    Ok(RecordBatch::try_new(
        Arc::clone(&schema),
        columns.collect::<Result<_>>()?,
    )?)
}

/// Rows of a part that do not count, because another stands in their place, or because they would stand in no row's place.
#[derive(Debug, Default)]
pub(crate) struct SetAside {
    pub(crate) rows: Bits,
    /// How many there are.
    pub(crate) count: u64,
    /// Numbers of refused rows whose corrections count.
    pub(crate) corrected: BTreeMap<RowKey, i64>,
}

impl SetAside {
    /// What `corrections` (row, number of the row it corrects) do to refused rows, whose numbers are given by row. Of two
    /// corrections of one row the later row counts. One of a row that is not there or not refused any more does not count:
    /// the part was sent anew since.
    pub(crate) fn of(mut corrections: Vec<(i64, String)>, refused: &HashMap<i64, RowKey>) -> Self {
        corrections.sort_unstable();
        let places: HashMap<RowKey, i64> = refused.iter().map(|(row, key)| (*key, *row)).collect();
        let mut aside = Self::default();
        for (row, text) in corrections {
            match RowKey::parse(&text).ok().filter(|key| places.contains_key(key)) {
                None => aside.set(row),
                Some(key) => {
                    if let Some(earlier) = aside.corrected.insert(key, row) {
                        aside.set(earlier);
                    }
                }
            }
        }
        let replaced: Vec<i64> = aside
            .corrected
            .keys()
            .filter_map(|key| places.get(key))
            .copied()
            .collect();
        for row in replaced {
            aside.set(row);
        }
        aside
    }

    fn set(&mut self, row: i64) {
        if u64::try_from(row).is_ok_and(|row| self.rows.insert(row)) {
            self.count += 1;
        }
    }
}

/// Row and number of each correction in batches of `_row`, `_corrects`.
pub(crate) fn listed(batches: &[RecordBatch]) -> Result<Vec<(i64, String)>> {
    let mut found = Vec::new();
    for batch in batches {
        let rows = arrow_cast::cast(batch.column(0), &DataType::Int64)?;
        let rows = rows.as_primitive::<arrow_array::types::Int64Type>();
        let texts = batch.column(1).as_string::<i32>();
        for at in (0..batch.num_rows()).filter(|at| texts.is_valid(*at)) {
            found.push((rows.value(at), texts.value(at).to_owned()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_takes_the_place_of_its_row_and_of_no_other() {
        let refused: HashMap<i64, RowKey> = [(3, RowKey::new(30)), (4, RowKey::new(40))].into();
        let number = |bits| RowKey::new(bits).to_string();
        let corrections = vec![
            (12, number(30)),
            (10, number(30)),
            (11, number(99)),
            (13, "oops".to_owned()),
        ];
        let aside = SetAside::of(corrections, &refused);
        let rows: Vec<u64> = (0..20).filter(|row| aside.rows.contains(*row)).collect();
        assert_eq!(rows, [3, 10, 11, 13]);
        assert_eq!(aside.count, 4);
        assert_eq!(
            aside.corrected.into_iter().collect::<Vec<_>>(),
            [(RowKey::new(30), 12)]
        );
    }
}
