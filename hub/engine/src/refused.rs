//! Numbers refused rows, and collects why they were refused.
//! Here because a row that goes back must be known again, also when its file was read anew or sent under another name.
//! In: rows of a part as they landed, refusals as they are written. Out: `RowKey`s; `PartRefusals`.
//! Not here: which rows are refused (mapping, flaw) and what a correction does (corrections).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use hub_model::{CORRECTS, HEADER, LOCATOR, PART, ROW, Refusal, RefusalReason, RowKey, StreamId};

use crate::{IdentityKey, Result};

/// Most reasons kept of one row.
const REASONS_MAX: usize = 8;
/// Longest reason kept, characters.
const REASON_CHARS_MAX: usize = 300;

/// Gives the refused rows of a part their numbers.
pub(crate) struct RowKeys<'a> {
    key: &'a IdentityKey,
    stream: String,
    part: String,
    /// Rows that have no number yet.
    noted: Vec<(i64, Said)>,
    /// How many rows that say the same were numbered.
    seen: HashMap<u64, u64>,
    /// Numbers given, by row.
    given: HashMap<i64, RowKey>,
}

impl<'a> RowKeys<'a> {
    pub(crate) fn new(key: &'a IdentityKey, stream: &StreamId, part: &str) -> Self {
        Self {
            key,
            stream: stream.to_string(),
            part: part.to_owned(),
            noted: Vec::new(),
            seen: HashMap::new(),
            given: HashMap::new(),
        }
    }

    /// The rows that have a number.
    pub(crate) fn given(&self) -> &HashMap<i64, RowKey> {
        &self.given
    }

    /// Takes rows as they landed. A correction goes by the number of the row it corrects; any other row by what it says, so
    /// that neither its place nor the file's name matters, and rows that say the same are counted through.
    pub(crate) fn note(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let mut own: Vec<(&str, StringArray)> = columns
            .filter(|(field, _)| ![ROW, LOCATOR, PART, HEADER].contains(&field.name().as_str()))
            .map(|(field, column)| {
                let texts = arrow_cast::cast(column, &DataType::Utf8)?;
                Ok((field.name().as_str(), texts.as_string::<i32>().clone()))
            })
            .collect::<Result<_>>()?;
        // In whichever order the columns are declared.
        own.sort_by(|one, other| one.0.cmp(other.0));
        let Some(numbers) = batch.column_by_name(ROW) else {
            return Ok(());
        };
        let numbers = numbers.as_primitive::<Int64Type>();
        for at in 0..batch.num_rows() {
            self.noted.push((numbers.value(at), self.said(&own, at)));
        }
        Ok(())
    }

    /// Numbers the rows taken since, in their order. A number that was given stays.
    pub(crate) fn settle(&mut self) {
        let mut noted = std::mem::take(&mut self.noted);
        noted.sort_unstable();
        for (row, said) in noted {
            if self.given.contains_key(&row) {
                continue;
            }
            let key = match said {
                Said::Corrects(key) => key,
                Said::Own(bits) => self.next(bits),
            };
            self.given.insert(row, key);
        }
    }

    fn said(&self, own: &[(&str, StringArray)], at: usize) -> Said {
        let mut parts: Vec<&str> = vec!["refused row", &self.stream, &self.part];
        for (name, texts) in own.iter().filter(|(_, texts)| texts.is_valid(at)) {
            if *name == CORRECTS {
                // Text that is no number corrects nothing; the row is one of its own then.
                if let Ok(key) = RowKey::parse(texts.value(at)) {
                    return Said::Corrects(key);
                }
                continue;
            }
            parts.extend([*name, texts.value(at)]);
        }
        Said::Own(self.bits(&parts))
    }

    fn next(&mut self, bits: u64) -> RowKey {
        let before = self.seen.entry(bits).or_default();
        *before += 1;
        match *before {
            1 => RowKey::new(bits),
            nth => RowKey::new(self.bits(&["again", &bits.to_string(), &nth.to_string()])),
        }
    }

    fn bits(&self, parts: &[&str]) -> u64 {
        let key = self.key.key_of(parts);
        key.iter()
            .take(8)
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Corrects(RowKey),
    Own(u64),
}

/// Why rows of a part were refused.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    /// Each reason once: most rows are refused for one of a few.
    known: BTreeSet<Arc<RefusalReason>>,
    by_row: BTreeMap<i64, Vec<Arc<RefusalReason>>>,
}

impl Reasons {
    /// Notes the refusals of a batch of `rejected`.
    pub(crate) fn note(&mut self, batch: &RecordBatch) {
        let Some(rows) = batch
            .column_by_name("row")
            .and_then(|rows| rows.as_primitive_opt::<Int64Type>())
        else {
            return;
        };
        let texts = ["code", "column", "reason"].map(|name| {
            let column = batch.column_by_name(name);
            column.and_then(|column| column.as_string_opt::<i32>())
        });
        let text = |texts: Option<&StringArray>, at: usize| {
            texts
                .filter(|texts| texts.is_valid(at))
                .map(|texts| texts.value(at).chars().take(REASON_CHARS_MAX).collect::<String>())
        };
        for at in (0..batch.num_rows()).filter(|at| rows.is_valid(*at)) {
            let [code, column, reason] = texts.map(|texts| text(texts, at));
            let reason = RefusalReason {
                code: code.unwrap_or_default(),
                column,
                reason: reason.unwrap_or_default(),
            };
            let kept = match self.known.get(&reason) {
                Some(known) => Arc::clone(known),
                None => {
                    let kept = Arc::new(reason);
                    self.known.insert(Arc::clone(&kept));
                    kept
                }
            };
            let reasons = self.by_row.entry(rows.value(at)).or_default();
            if reasons.len() < REASONS_MAX && !reasons.contains(&kept) {
                reasons.push(kept);
            }
        }
    }

    /// The refused rows that have a number, in order.
    pub(crate) fn refusals(self, numbers: &HashMap<i64, RowKey>) -> Vec<Refusal> {
        let refused = self.by_row.into_iter().filter_map(|(row, reasons)| {
            let key = *numbers.get(&row)?;
            Some(Refusal { key, row, reasons })
        });
        refused.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array};
    use arrow_schema::{Field, Schema};

    use super::*;

    fn batch(first: i64, columns: &[(&str, &[&str])]) -> RecordBatch {
        let mut fields = vec![Field::new(ROW, DataType::Int64, false)];
        let rows = i64::try_from(columns[0].1.len()).unwrap();
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(first..first + rows))];
        for (name, cells) in columns {
            fields.push(Field::new(*name, DataType::Utf8, true));
            let cells = cells.iter().map(|cell| (!cell.is_empty()).then_some(*cell));
            arrays.push(Arc::new(cells.collect::<StringArray>()));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
    }

    fn numbered(part: &str, batches: &[RecordBatch]) -> Vec<RowKey> {
        let key = IdentityKey::new([7; 32]);
        let mut keys = RowKeys::new(&key, &StreamId::new("c", "s"), part);
        for batch in batches {
            keys.note(batch).unwrap();
        }
        keys.settle();
        let given: BTreeMap<i64, RowKey> = keys.given().iter().map(|(row, key)| (*row, *key)).collect();
        given.into_values().collect()
    }

    #[test]
    fn a_row_is_known_by_what_it_says_wherever_it_stands() {
        let first = numbered(
            "202310",
            &[batch(0, &[("甲", &["a", "b", "a"]), ("乙", &["", "1", ""])])],
        );
        assert!(first[0] != first[1] && first[0] != first[2]);
        let moved = batch(
            40,
            &[
                (LOCATOR, &["x!y!9", "x!y!10"]),
                ("丙", &["", ""]),
                ("乙", &["", "1"]),
                ("甲", &["a", "b"]),
            ],
        );
        assert_eq!(numbered("202310", &[moved]), first[..2]);
        let turned = numbered("202310", &[batch(7, &[("甲", &["b", "a"]), ("乙", &["1", ""])])]);
        assert_eq!([turned[1], turned[0]], first[..2]);
        assert_ne!(
            numbered("202311", &[batch(0, &[("甲", &["a"]), ("乙", &[""])])])[0],
            first[0]
        );
    }

    #[test]
    fn a_correction_goes_by_the_number_of_the_row_it_corrects() {
        let given = numbered(
            "202310",
            &[batch(
                0,
                &[("甲", &["a", "b"]), (CORRECTS, &["00000000000000ff", "oops"])],
            )],
        );
        assert_eq!(given[0], RowKey::new(255));
        let own = numbered("202310", &[batch(0, &[("甲", &["b"])])]);
        assert_eq!(given[1], own[0]);
    }
}
