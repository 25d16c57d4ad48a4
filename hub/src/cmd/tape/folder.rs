//! A tape as it lies in a folder: one file about it, and for each stream its rows and what became of them.
//! Here because a tape is kept beside the mapping it tests, is reviewed by people, and differs line by line.
//! In: samples and outcomes. Out: `tape.json`, `STREAM.rows.jsonl` (a row a line), `STREAM.expected.json`; the same read back.
//! Not here: what is written down (scramble) and compared (outcome).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hub_runtime::{Sample, clock};
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::app::App;
use crate::exit::UsageError;

/// The form of the files.
const FORMAT: u32 = 1;
const ABOUT: &str = "tape.json";
/// Largest file of a tape that is read.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// A row: column to text; what is NULL is left out.
type Row = BTreeMap<String, String>;

#[derive(Debug)]
pub(super) struct Tape {
    pub(super) connector: String,
    plugin: String,
    /// The day it was recorded.
    recorded: String,
    pub(super) streams: Vec<Recorded>,
}

/// A stream's rows, and what became of them.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) stream: String,
    columns: Vec<ColumnType>,
    pub(super) mapping: String,
    pub(super) origin: String,
    pub(super) rows: Vec<Row>,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnType {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: u32,
    connector: String,
    plugin: String,
    recorded: String,
    streams: Vec<AboutStream>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AboutStream {
    stream: String,
    columns: Vec<ColumnType>,
    mapping: String,
    origin: String,
}

impl Tape {
    /// A tape of `connector` without a stream yet.
    pub(super) fn new(app: &App, connector: &str) -> anyhow::Result<Self> {
        Ok(Self {
            connector: connector.to_owned(),
            plugin: app.sources.connector(connector)?.plugin.clone(),
            recorded: clock::day(clock::now_ms()).to_string(),
            streams: Vec::new(),
        })
    }

    /// Writes a new folder.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        if dir.try_exists().with_context(|| dir.display().to_string())? {
            let message = format!(
                "{} 已存在，不会覆盖 / there is such a folder already",
                dir.display()
            );
            return Err(UsageError(message).into());
        }
        fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        self.rewrite(dir)
    }

    /// Writes the files of a folder that is there.
    pub(super) fn rewrite(&self, dir: &Path) -> anyhow::Result<()> {
        let about = About {
            format: FORMAT,
            connector: self.connector.clone(),
            plugin: self.plugin.clone(),
            recorded: self.recorded.clone(),
            streams: self.streams.iter().map(Recorded::about).collect(),
        };
        for recorded in &self.streams {
            let lines = recorded.rows.iter().map(serde_json::to_string);
            let mut lines = lines.collect::<Result<Vec<_>, _>>()?.join("\n");
            lines.push('\n');
            put(dir, &recorded.rows_file(), &lines)?;
            put(dir, &recorded.expected_file(), &pretty(&recorded.outcome)?)?;
        }
        put(dir, ABOUT, &pretty(&about)?)
    }

    /// Reads a folder back.
    pub(super) fn read(dir: &Path) -> anyhow::Result<Self> {
        let about: About = parsed(dir, ABOUT)?;
        if about.format != FORMAT {
            let at = dir.join(ABOUT);
            anyhow::bail!(
                "{}: 格式 {1} 不认识，应为 {FORMAT} / format {1}, {FORMAT} is known",
                at.display(),
                about.format
            );
        }
        let mut streams = Vec::with_capacity(about.streams.len());
        for stream in about.streams {
            let mut recorded = Recorded {
                stream: stream.stream,
                columns: stream.columns,
                mapping: stream.mapping,
                origin: stream.origin,
                rows: Vec::new(),
                outcome: Outcome::default(),
            };
            recorded.outcome = parsed(dir, &recorded.expected_file())?;
            let name = recorded.rows_file();
            for (at, line) in (1..).zip(text(dir, &name)?.lines()) {
                let place = || format!("{}:{at}", dir.join(&name).display());
                recorded
                    .rows
                    .push(serde_json::from_str(line).with_context(place)?);
            }
            streams.push(recorded);
        }
        Ok(Self {
            connector: about.connector,
            plugin: about.plugin,
            recorded: about.recorded,
            streams,
        })
    }
}

impl Recorded {
    /// The rows of `sample`, which became `outcome`.
    pub(super) fn of(sample: &Sample, outcome: Outcome) -> anyhow::Result<Self> {
        let fields = sample.schema.fields().iter();
        let columns = fields.map(|field| ColumnType {
            name: field.name().clone(),
            kind: field.data_type().to_string(),
        });
        let mut rows = Vec::new();
        for batch in &sample.batches {
            let texts: Vec<ArrayRef> = batch
                .columns()
                .iter()
                .map(|column| arrow_cast::cast(column, &DataType::Utf8))
                .collect::<Result<_, _>>()?;
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                let cells = schema.fields().iter().zip(&texts);
                let held = cells.filter(|(_, texts)| texts.is_valid(row));
                rows.push(
                    held.map(|(field, texts)| {
                        (
                            field.name().clone(),
                            texts.as_string::<i32>().value(row).to_owned(),
                        )
                    })
                    .collect(),
                );
            }
        }
        Ok(Self {
            stream: sample.stream.stream.clone(),
            columns: columns.collect(),
            mapping: sample.mapping.clone(),
            origin: sample.origin.clone(),
            rows,
            outcome,
        })
    }

    /// The columns, as the connector declared them.
    pub(super) fn schema(&self) -> anyhow::Result<SchemaRef> {
        let field = |column: &ColumnType| -> anyhow::Result<Field> {
            let kind: DataType = column
                .kind
                .parse()
                .with_context(|| format!("{ABOUT}: {}", column.name))?;
            Ok(Field::new(&column.name, kind, true))
        };
        let fields: Vec<Field> = self.columns.iter().map(field).collect::<anyhow::Result<_>>()?;
        Ok(Arc::new(Schema::new(fields)))
    }

    /// The rows as one batch.
    pub(super) fn batch(&self) -> anyhow::Result<RecordBatch> {
        let schema = self.schema()?;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let texts: StringArray = self.rows.iter().map(|row| row.get(field.name())).collect();
            arrays.push(arrow_cast::cast(&texts, field.data_type())?);
        }
        Ok(RecordBatch::try_new(schema, arrays)?)
    }

    fn about(&self) -> AboutStream {
        AboutStream {
            stream: self.stream.clone(),
            columns: self.columns.clone(),
            mapping: self.mapping.clone(),
            origin: self.origin.clone(),
        }
    }

    fn rows_file(&self) -> String {
        format!("{}.rows.jsonl", self.stream)
    }

    fn expected_file(&self) -> String {
        format!("{}.expected.json", self.stream)
    }
}

fn pretty<T: Serialize>(value: &T) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn put(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = dir.join(name);
    fs::write(&path, text).with_context(|| path.display().to_string())
}

fn text(dir: &Path, name: &str) -> anyhow::Result<String> {
    let path = dir.join(name);
    let at = || path.display().to_string();
    let size = fs::metadata(&path).with_context(at)?.len();
    if size > FILE_BYTES_MAX {
        anyhow::bail!(
            "{}: {size} 字节，最多 {FILE_BYTES_MAX} / larger than a tape's file may be",
            at()
        );
    }
    fs::read_to_string(&path).with_context(at)
}

fn parsed<T: for<'de> Deserialize<'de>>(dir: &Path, name: &str) -> anyhow::Result<T> {
    let at = || dir.join(name).display().to_string();
    serde_json::from_str(&text(dir, name)?).with_context(at)
}
