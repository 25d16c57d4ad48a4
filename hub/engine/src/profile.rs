//! Looks at landing rows by their columns: how many, how full, of what kind, how great, under which headers.
//! Here because guards compare periods, and the time to look is when the columns pass by anyway.
//! In: the landed batches of each part. Out: a profile for each part; memory stays that of some counters for each column.
//! Not here: comparing (model). Every cell is counted and digested; kinds and sizes are looked at in a sample of rows.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema};
use datafusion::arrow::compute::filter_record_batch;
use hub_model::guard::{ColumnProfile, Layout, Profile, look, month_of};
use hub_model::{CORRECTS, HEADER, LOCATOR, PART, ROW};
use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

use crate::Result;

/// Rows of a batch whose cells are looked at, about.
const LOOKED_AT_OF_BATCH: usize = 256;
/// Rows of a part after which only every so manyth is looked at, however small the batches are.
const LOOKED_AT_BEFORE_SPARSE: u64 = 20_000;
const SPARSE: usize = 32;
/// Most layouts kept of a part: a county's file may have its own.
const LAYOUTS_MAX: usize = 64;
/// Most header texts looked at for them.
const HEADERS_MAX: usize = 4_096;
/// Digits of a digest.
const DIGEST_DIGITS: usize = 32;

/// The parts of a stream that is landing.
#[derive(Default)]
pub(crate) struct Profiler {
    parts: BTreeMap<String, PartSeen>,
}

#[derive(Default)]
struct PartSeen {
    rows: u64,
    looked_at: u64,
    columns: Vec<ColumnSeen>,
    layouts: Vec<Layout>,
    headers: BTreeSet<String>,
}

struct ColumnSeen {
    /// Its place in a batch.
    at: usize,
    profile: ColumnProfile,
    magnitudes: BTreeMap<i32, u64>,
    months: BTreeMap<u32, u64>,
    content: XxHash64,
}

impl Profiler {
    /// Looks at rows of `part`; at those that correct refused rows it does not.
    pub(crate) fn look(&mut self, part: &str, rows: &RecordBatch) -> Result<()> {
        let own;
        let rows = match rows.column_by_name(CORRECTS) {
            Some(corrects) if corrects.null_count() < corrects.len() => {
                let is_own: BooleanArray = (0..corrects.len())
                    .map(|row| Some(corrects.is_null(row)))
                    .collect();
                own = filter_record_batch(rows, &is_own)?;
                &own
            }
            Some(_) | None => rows,
        };
        if rows.num_rows() == 0 {
            return Ok(());
        }
        if !self.parts.contains_key(part) {
            let seen = PartSeen::of(&rows.schema());
            self.parts.insert(part.to_owned(), seen);
        }
        match self.parts.get_mut(part) {
            Some(seen) => seen.look(rows),
            None => Ok(()),
        }
    }

    /// What each part looked like.
    pub(crate) fn finish(self) -> BTreeMap<String, Profile> {
        let parts = self.parts.into_iter();
        parts.map(|(part, seen)| (part, seen.profile())).collect()
    }
}

impl PartSeen {
    fn of(schema: &Schema) -> Self {
        let special = [ROW, LOCATOR, PART, HEADER, CORRECTS];
        let own = schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| !special.contains(&field.name().as_str()));
        let columns = own.map(|(at, field)| ColumnSeen {
            at,
            profile: ColumnProfile {
                name: field.name().clone(),
                declared: field.data_type().to_string(),
                ..ColumnProfile::default()
            },
            magnitudes: BTreeMap::new(),
            months: BTreeMap::new(),
            content: XxHash64::with_seed(0),
        });
        Self {
            columns: columns.collect(),
            ..Self::default()
        }
    }

    fn look(&mut self, rows: &RecordBatch) -> Result<()> {
        let count = rows.num_rows();
        let step = if self.looked_at < LOOKED_AT_BEFORE_SPARSE {
            count.div_ceil(LOOKED_AT_OF_BATCH)
        } else {
            count.div_ceil(LOOKED_AT_OF_BATCH).max(SPARSE)
        };
        self.rows += count as u64;
        self.looked_at += count.div_ceil(step) as u64;
        for column in &mut self.columns {
            column.look(rows.column(column.at), step)?;
        }
        if let Some(headers) = rows.column_by_name(HEADER) {
            self.headers(headers);
        }
        Ok(())
    }

    fn headers(&mut self, column: &ArrayRef) {
        let Some(headers) = column.as_dictionary_opt::<Int32Type>() else {
            return;
        };
        let Some(texts) = headers.values().as_string_opt::<i32>() else {
            return;
        };
        // Rows of a sheet follow each other: nearly all have the key of the row before.
        let mut keys: Vec<i32> = headers.keys().values().to_vec();
        keys.dedup();
        for key in keys.into_iter().collect::<BTreeSet<i32>>() {
            let Some(text) = usize::try_from(key)
                .ok()
                .filter(|key| *key < texts.len())
                .map(|key| texts.value(key))
            else {
                continue;
            };
            if self.headers.contains(text) || self.headers.len() >= HEADERS_MAX {
                continue;
            }
            self.headers.insert(text.to_owned());
            let Some(layout) = Layout::told(text) else {
                continue;
            };
            if !self.layouts.contains(&layout) && self.layouts.len() < LAYOUTS_MAX {
                self.layouts.push(layout);
            }
        }
    }

    fn profile(self) -> Profile {
        let mut digest = Sha256::new();
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            digest.update((column.profile.name.len() as u64).to_le_bytes());
            digest.update(column.profile.name.as_bytes());
            digest.update(column.profile.filled.to_le_bytes());
            digest.update(column.content.finish().to_le_bytes());
            columns.push(column.profile());
        }
        digest.update(self.rows.to_le_bytes());
        let digest = hex::encode(digest.finalize());
        Profile {
            rows: self.rows,
            digest: digest.chars().take(DIGEST_DIGITS).collect(),
            columns,
            layouts: self.layouts,
        }
    }
}

impl ColumnSeen {
    fn look(&mut self, column: &ArrayRef, step: usize) -> Result<()> {
        if let Some(texts) = column.as_string_opt::<i32>() {
            self.texts(texts, step);
            return Ok(());
        }
        // Of columns that are no text, which few sources have: what they say when written out.
        match arrow_cast::cast(column, &DataType::Utf8) {
            Ok(texts) => self.texts(texts.as_string::<i32>(), step),
            // Nested values are counted and no more.
            Err(_) => self.profile.filled += (column.len() - column.null_count()) as u64,
        }
        Ok(())
    }

    fn texts(&mut self, texts: &StringArray, step: usize) {
        let offsets = texts.value_offsets();
        let empty = offsets.windows(2).filter(|pair| pair[0] == pair[1]).count();
        // A null is nearly always of no length; one that is not is counted with the empty all the same.
        let hidden = match texts.nulls() {
            Some(nulls) if nulls.null_count() > empty => nulls.null_count() - empty,
            Some(_) | None => 0,
        };
        self.profile.filled += (texts.len() - empty - hidden) as u64;
        if let (Some(first), Some(last)) = (offsets.first(), offsets.last()) {
            let range = usize::try_from(*first).unwrap_or(0)..usize::try_from(*last).unwrap_or(0);
            self.content
                .write(texts.value_data().get(range).unwrap_or_default());
        }
        for row in (0..texts.len()).step_by(step) {
            if texts.is_null(row) {
                continue;
            }
            let Some(looked) = look(texts.value(row)) else {
                continue;
            };
            if let Some(count) = self.profile.kinds.get_mut(looked.kind as usize) {
                *count += 1;
            }
            if let Some(month) = looked.month {
                *self.months.entry(month).or_default() += 1;
            }
            if let Some(magnitude) = looked.magnitude {
                self.profile.numbers += 1;
                *self.magnitudes.entry(magnitude).or_default() += 1;
            }
        }
    }

    fn profile(self) -> ColumnProfile {
        let half = self.profile.numbers.div_ceil(2);
        let mut passed = 0;
        let median = self.magnitudes.iter().find(|(_, count)| {
            passed += **count;
            passed >= half
        });
        ColumnProfile {
            magnitude: median.map(|(magnitude, _)| *magnitude),
            month: month_of(&self.months),
            ..self.profile
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::Int64Array;
    use arrow_array::builder::StringDictionaryBuilder;
    use arrow_schema::Field;

    use super::*;

    fn batch(texts: Vec<Option<&str>>, corrects: Vec<Option<&str>>) -> RecordBatch {
        let mut headers = StringDictionaryBuilder::<Int32Type>::new();
        for row in 0..texts.len() {
            headers.append_value(if row == 0 {
                r#"{"金额":"B:金额（元）","_flaw":"D14"}"#
            } else {
                r#"{"金额":"B:金额（元）"}"#
            });
        }
        let numbers = Int64Array::from_iter_values(0..texts.len() as i64);
        let headers: ArrayRef = Arc::new(headers.finish());
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("金额", Arc::new(StringArray::from(texts))),
            ("次", Arc::new(numbers)),
            (HEADER, headers),
            (CORRECTS, Arc::new(StringArray::from(corrects))),
        ];
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let columns = columns.into_iter().map(|(_, array)| array).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    }

    fn of(batches: &[RecordBatch]) -> Profile {
        let mut profiler = Profiler::default();
        for batch in batches {
            profiler.look("202310", batch).unwrap();
        }
        profiler.finish().remove("202310").unwrap()
    }

    #[test]
    fn a_part_is_counted_by_its_columns_and_corrections_are_not() {
        let texts = vec![Some("716.00"), None, Some(""), Some("720"), Some("无"), Some("9")];
        let corrects = vec![None, None, None, None, None, Some("00000000000000ff")];
        let profile = of(&[batch(texts, corrects)]);
        assert_eq!(profile.rows, 5);
        let amount = profile.column("金额").unwrap();
        assert_eq!((amount.filled, amount.kinds), (3, [1, 1, 0, 1]));
        assert_eq!((amount.numbers, amount.magnitude), (2, Some(285)));
        let number = profile.column("次").unwrap();
        assert_eq!((number.filled, number.declared.as_str()), (5, "Int64"));
        assert_eq!(profile.layouts.len(), 1, "{:?}", profile.layouts);
        assert_eq!(profile.layouts[0].header("金额"), Some("金额（元）"));
    }

    #[test]
    fn the_digest_is_that_of_the_rows_however_they_were_cut_into_batches() {
        let texts = vec![Some("甲"), None, Some("乙丙"), Some("丁")];
        let whole = batch(texts, vec![None; 4]);
        let cut = [whole.slice(0, 1), whole.slice(1, 3)];
        assert_eq!(of(std::slice::from_ref(&whole)).digest, of(&cut).digest);
        let other = batch(vec![Some("甲"), None, Some("乙丙"), Some("戊")], vec![None; 4]);
        assert_ne!(of(&[whole]).digest, of(&[other]).digest);
    }

    #[test]
    fn a_part_of_corrections_alone_has_no_profile() {
        let mut profiler = Profiler::default();
        let rows = batch(vec![Some("1")], vec![Some("00000000000000ff")]);
        profiler.look("202310", &rows).unwrap();
        assert!(profiler.finish().is_empty());
    }
}
