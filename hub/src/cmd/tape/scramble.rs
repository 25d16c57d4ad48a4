//! Makes rows nobody's: personal values are replaced, equal ones by equal ones, over all streams of a tape.
//! Here because a tape leaves the county's network, lies in a repository, and is read by people who must not know.
//! In: samples, what their mappings say of each column. Out: samples of the same form; which columns were replaced.
//! Not here: how a value is replaced (model's `StandIns`). What no mapping reads is replaced too: nobody has said what it holds.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use hub_engine::LandedRow;
use hub_model::tables::Mask;
use hub_model::values::StandIns;
use hub_model::{CORRECTS, HEADER, LOCATOR, PART};
use hub_runtime::Sample;

use crate::cmd::said::{Columns, Kind};

/// Shorter values are too common to be searched for in other columns.
const NAME_CHARS_MIN: usize = 2;
const SECRET_BYTES_MIN: usize = 4;
/// Columns of the connector that say where a row stood.
const PLACES: [&str; 4] = [CORRECTS, HEADER, LOCATOR, PART];

/// Replaces values; knows whom the rows name.
#[derive(Debug, Default)]
pub(super) struct Scrambler {
    stand_ins: StandIns,
    /// Names with their length, the longest first: one may be the beginning of another. Numbers are known by their form.
    names: BTreeSet<(Reverse<usize>, String)>,
    secrets: Vec<String>,
}

impl Scrambler {
    /// Takes up the names in `landed`.
    pub(super) fn know(&mut self, columns: &Columns, landed: &[LandedRow]) {
        for cell in landed.iter().flat_map(|row| &row.cells) {
            if columns.kind(&cell.column) != Kind::Personal(Mask::Name) {
                continue;
            }
            let text = cell.value.as_deref().unwrap_or_default().trim();
            let length = text.chars().count();
            if length >= NAME_CHARS_MIN {
                self.names.insert((Reverse(length), text.to_owned()));
            }
        }
    }

    /// Secrets of the connector: whatever holds one is not written down.
    pub(super) fn keep_out(&mut self, secrets: impl Iterator<Item = String>) {
        self.secrets
            .extend(secrets.filter(|secret| secret.len() >= SECRET_BYTES_MIN));
    }

    /// `sample` with stand-ins, every column a text; the names of the columns that were replaced.
    pub(super) fn sample(
        &mut self,
        sample: Sample,
        columns: &Columns,
    ) -> anyhow::Result<(Sample, Vec<String>)> {
        let mut replaced = BTreeSet::new();
        let mut batches = Vec::with_capacity(sample.batches.len());
        for batch in &sample.batches {
            let mut arrays: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                let texts = arrow_cast::cast(array, &DataType::Utf8)?;
                let kind = if PLACES.contains(&field.name().as_str()) {
                    Kind::Plain
                } else {
                    columns.kind(field.name())
                };
                let mut changed = false;
                let texts = texts.as_string::<i32>().iter().map(|text| {
                    let text = text?;
                    let stand_in = self.value(kind, text);
                    changed |= stand_in != text;
                    Some(stand_in)
                });
                let texts: StringArray = texts.collect();
                if changed {
                    replaced.insert(field.name().clone());
                }
                // Back to the column's own type; what no longer fits it is gone.
                arrays.push(arrow_cast::cast(&texts, array.data_type())?);
            }
            let fields: Vec<Field> = batch
                .schema()
                .fields()
                .iter()
                .map(|field| field.as_ref().clone().with_nullable(true))
                .collect();
            batches.push(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?);
        }
        let sample = Sample { batches, ..sample };
        Ok((sample, replaced.into_iter().collect()))
    }

    fn value(&mut self, kind: Kind, text: &str) -> String {
        if self.secrets.iter().any(|secret| text.contains(secret.as_str())) {
            return String::new();
        }
        match kind {
            Kind::Personal(mask) => self.stand_ins.personal(mask, text),
            Kind::Unknown => self.stand_ins.personal(Mask::Hidden, text),
            Kind::Plain => {
                let mut text = text.to_owned();
                // A name in a remark is a name: any of them, wherever it stands.
                for (_, name) in &self.names {
                    if text.contains(name.as_str()) {
                        text = text.replace(name.as_str(), &self.stand_ins.personal(Mask::Name, name));
                    }
                }
                self.stand_ins.plain(&text)
            }
        }
    }
}
