//! Two lists in CSV files, and how well linkage tells who is who in them.
//! Here because anybody should be able to try the method on sets of their own, public ones too, before they trust it.
//! In: two CSV files, the right answers, a schema file that names the columns. Out: `Judged`.
//! Not here: linkage itself (linkage/), time and memory, the county's own tables.
//!
//! A schema file says either `columns = […]`, what each pair of columns holds, or `[people]`, which columns name a
//! Chinese register's fields; the left list is then looked up in the right one, the register.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_cast::CastOptions;
use arrow_schema::{DataType, Field, Schema as ArrowSchema};
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::csv::reader::Format;
use hub_model::{Mistake, Place, from_toml};
use serde::{Deserialize, Serialize};

use crate::linkage::{self, Column, Columns, Evaluation, Index, Linkage, PeopleReader, Schema};
use crate::{Error, Result};

/// Longest schema file, bytes.
const SCHEMA_BYTES_MAX: u64 = 1 << 16;
const BATCH_ROWS: usize = 8192;

/// What a schema file may say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    /// Column of the left list that the truth's first column names; without it rows count from 1.
    left_key: Option<String>,
    /// The same of the right list, for the truth's second column.
    right_key: Option<String>,
    #[serde(default)]
    one_to_one: bool,
    #[serde(default)]
    columns: Vec<Column>,
    people: Option<Columns>,
}

/// A threshold and what links from there on are worth.
#[derive(Debug, Clone, Serialize)]
pub struct Threshold {
    /// Log-odds (natural) of the weakest link.
    pub odds: f64,
    /// Right links of all links.
    pub precision: f64,
    /// Right links of all right answers.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// How well the lists were linked.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// Rows of the left list.
    pub left: usize,
    /// Rows of the right list.
    pub right: usize,
    /// Right answers.
    pub answers: usize,
    /// Pairs that were compared.
    pub pairs: usize,
    /// By kind of key: how often a row met a block that was too big.
    pub skipped: Vec<(String, u64)>,
    /// Where F1 is best.
    pub best: Threshold,
    /// The most that is found while 999 of 1000 links are right.
    pub recall_at_precision_999: f64,
    /// Share of the right answers found at any threshold.
    pub ceiling: f64,
    /// The curve, from the surest link on.
    pub thresholds: Vec<Threshold>,
}

/// Links `left` to `right` by `schema` and judges it by `truth`, a CSV file of two columns: left key, right key or nothing.
///
/// # Errors
/// A file that cannot be read, or a mistake in the schema, with its place.
pub fn evaluate(left: &Path, right: &Path, truth: &Path, schema: &Path) -> Result<Judged> {
    let file = schema.display().to_string();
    let text = read_schema(schema)?;
    let said: SchemaFile = from_toml(&text, &file)?;
    let wrong = |message: String| {
        Error::Written(Mistake {
            place: Place::of(&file, &text, 0),
            message,
        })
    };
    let (left, right, truth) = (csv(left)?, csv(right)?, csv(truth)?);
    let (lefts, rights) = (rows(&left), rows(&right));
    let left_keys = keys(&left, said.left_key.as_deref()).map_err(&wrong)?;
    let right_keys = keys(&right, said.right_key.as_deref()).map_err(&wrong)?;
    let answers = answers(&truth, &left_keys, &right_keys).map_err(&wrong)?;
    let evaluation = match (said.people, said.columns.is_empty()) {
        (Some(columns), true) => people(&left, &right, &answers, columns),
        (None, false) => {
            let schema = Schema {
                one_to_one: said.one_to_one,
                columns: said.columns,
            };
            linkage::evaluate(&left, &right, &answers, &schema).map_err(|error| wrong(error.to_string()))
        }
        (Some(_), false) | (None, true) => Err(wrong(
            "a schema has either `columns` or `[people]`: what is compared, or a register's field names"
                .to_owned(),
        )),
    }?;
    Ok(judged(lefts, rights, answers.len(), evaluation))
}

fn read_schema(path: &Path) -> Result<String> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(io)?.len();
    if bytes > SCHEMA_BYTES_MAX {
        let source = std::io::Error::other(format!("a schema has at most {SCHEMA_BYTES_MAX} bytes"));
        return Err(io(source));
    }
    std::fs::read_to_string(path).map_err(io)
}

/// Every column as text, however it looks: a number that identifies keeps its zeros.
fn csv(path: &Path) -> Result<Vec<RecordBatch>> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let (seen, _) = Format::default()
        .with_header(true)
        .infer_schema(&mut file, Some(0))?;
    file.rewind().map_err(io)?;
    let fields = seen.fields().iter().map(|field| {
        Field::new(
            field.name().trim().trim_start_matches('\u{feff}'),
            DataType::Utf8,
            true,
        )
    });
    let schema = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
    let reader = ReaderBuilder::new(schema)
        .with_header(true)
        .with_batch_size(BATCH_ROWS)
        .build_buffered(file)?;
    Ok(reader.collect::<std::result::Result<_, _>>()?)
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// The row of each key, rows counted from 0; without a column a row's key is its number from 1.
fn keys(
    batches: &[RecordBatch],
    column: Option<&str>,
) -> std::result::Result<HashMap<String, usize>, String> {
    let Some(column) = column else {
        return Ok((0..rows(batches))
            .map(|row| ((row + 1).to_string(), row))
            .collect());
    };
    let mut keys = HashMap::new();
    for batch in batches {
        let texts = batch
            .column_by_name(column)
            .ok_or_else(|| format!("no column {column:?} to tell rows by"))?
            .as_string::<i32>();
        for text in texts {
            let row = keys.len();
            keys.insert(text.unwrap_or_default().trim().to_owned(), row);
        }
    }
    if keys.len() < rows(batches) {
        return Err(format!(
            "column {column:?} has a value twice; the truth could mean either row"
        ));
    }
    Ok(keys)
}

fn answers(
    truth: &[RecordBatch],
    left: &HashMap<String, usize>,
    right: &HashMap<String, usize>,
) -> std::result::Result<Vec<(usize, usize)>, String> {
    let mut answers = Vec::new();
    for batch in truth {
        if batch.num_columns() < 2 {
            return Err("the truth has two columns: left key, right key".to_owned());
        }
        let [of, is] = [batch.column(0), batch.column(1)].map(|column| column.as_string::<i32>());
        for row in 0..batch.num_rows() {
            if is.is_null(row) || is.value(row).trim().is_empty() {
                continue;
            }
            let find = |keys: &HashMap<String, usize>, key: &str, side: &str| {
                let found = keys.get(key.trim()).copied();
                found.ok_or_else(|| format!("row {} of the truth names a row the {side} list lacks", row + 1))
            };
            answers.push((
                find(left, of.value(row), "left")?,
                find(right, is.value(row), "right")?,
            ));
        }
    }
    Ok(answers)
}

/// Looks the people of `left` up in the register `right`, whose rows are numbered to be told apart.
fn people(
    left: &[RecordBatch],
    right: &[RecordBatch],
    answers: &[(usize, usize)],
    columns: Columns,
) -> Result<Evaluation> {
    let too_many = || Error::Query(format!("a list has at most {} rows", linkage::ROWS_MAX));
    let mut register = PeopleReader::new(Columns {
        person: ROW.to_owned(),
        ..columns.clone()
    });
    let mut first = 0;
    for batch in right {
        if !register.push(&numbered(batch, first)?) {
            return Err(too_many());
        }
        first += batch.num_rows() as u64;
    }
    let mut list = PeopleReader::new(columns);
    for batch in left {
        if !list.push(batch) {
            return Err(too_many());
        }
    }
    let (index, list) = (Index::new(register.finish()), list.finish());
    let mut work = Linkage::new(&index, &list);
    let weights = work.learn();
    let links = work
        .link(&weights)
        .map_err(|error| Error::Query(error.to_string()))?;
    let mut truth = vec![None; links.rows.len()];
    for (row, person) in answers {
        if let Some(place) = truth.get_mut(*row) {
            *place = Some(*person as u64);
        }
    }
    let decided = links
        .rows
        .iter()
        .zip(&truth)
        .filter(|(link, _)| link.person.is_some());
    let mut evaluation = Evaluation::of(
        decided.map(|(link, truth)| (link.odds, link.person == *truth)),
        answers.len(),
    );
    evaluation.pairs = links.report.pairs;
    evaluation.skipped = links
        .report
        .skipped
        .iter()
        .map(|(key, times)| ((*key).to_owned(), *times))
        .collect();
    Ok(evaluation)
}

/// Name of the column that numbers a register's rows.
const ROW: &str = "_row_of_register";

fn numbered(batch: &RecordBatch, first: u64) -> Result<RecordBatch> {
    let numbers = arrow_array::UInt64Array::from_iter_values(first..first + batch.num_rows() as u64);
    let mut fields: Vec<Arc<Field>> = batch.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(ROW, DataType::UInt64, false)));
    let mut columns = batch.columns().to_vec();
    columns.push(arrow_cast::cast_with_options(
        &numbers,
        &DataType::UInt64,
        &CastOptions::default(),
    )?);
    Ok(RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns)?)
}

fn judged(left: usize, right: usize, answers: usize, evaluation: Evaluation) -> Judged {
    let threshold = |point: &linkage::Point| Threshold {
        odds: point.odds,
        precision: point.precision,
        recall: point.recall,
        f1: point.f1,
    };
    Judged {
        left,
        right,
        answers,
        pairs: evaluation.pairs,
        skipped: evaluation.skipped,
        best: threshold(&evaluation.best),
        recall_at_precision_999: evaluation.recall_when_sure,
        ceiling: evaluation.ceiling,
        thresholds: evaluation.points.iter().map(threshold).collect(),
    }
}
