//! One reading of one stream: a statement in, batches of text and checkpoints out.
//! Here because what a driver gives comes in its own sizes and types, and the hub's batches have theirs.
//! In: the stream's statement, the last value of its cursor. Out: batches; where the next reading goes on.
//! Not here: the driver (driver), types (text). A whole result is held until its last row has come; an increment flows.

use std::sync::Arc;

use adbc_core::sync::Statement;
use connector_kit::database::select;
use connector_kit::held::{Held, part};
use connector_kit::offered::{self, Asked, refused};
use connector_kit::worker::{self, Out};
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, RecordBatchReader, StringArray,
};
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::serde::{Deserialize, Serialize};
use plugin_api::{Batches, Context, Error, Mode, ReadRequest};
use serde_json::{Map, Value};

use crate::cursor::Place;
use crate::driver::{Interrupt, Session, given};
use crate::faults::said;
use crate::options::{Options, StreamDef};
use crate::text;

/// Reasons a row may be refused for, in the order of their headers.
const FLAWS: [&str; 2] = [text::UNDECODABLE, text::TOO_LONG];

/// State of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "plugin_api::serde", default)]
struct State {
    /// Where the cursor was.
    cursor: Option<Place>,
    /// Readings that brought rows: later ones stand beside the first.
    readings: u64,
    /// Of a whole reading: what tells it from another.
    digest: Option<String>,
}

/// The names of the columns a stream has here, without reading a row.
pub(crate) fn columns(options: &Options, stream: &StreamDef, ctx: &Context) -> Result<Vec<String>, Error> {
    let mut session = Session::open(options, &given(options, ctx)?)?;
    let schema = described(&mut session, stream)?;
    let asked = asked(stream, &schema)?;
    Ok(asked.into_iter().map(|asked| asked.name).collect())
}

/// The types of a statement's result. A driver that cannot describe it runs it for no rows.
fn described(session: &mut Session, stream: &StreamDef) -> Result<SchemaRef, Error> {
    let sql = select(&stream.query).unwrap_or_default();
    if let Ok(schema) = session.statement(sql)?.execute_schema() {
        return Ok(Arc::new(schema));
    }
    let mut statement = session.statement(&format!("SELECT * FROM ({sql}) d WHERE 1 = 0"))?;
    let reader = statement.execute().map_err(|fault| said("查询", &fault))?;
    Ok(reader.schema())
}

fn asked(stream: &StreamDef, schema: &SchemaRef) -> Result<Vec<Asked>, Error> {
    let at = format!("stream.{}", stream.name);
    let offered: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let asked = offered::asked(&stream.columns, &offered, &at)?;
    if let Some(cursor) = stream
        .cursor
        .as_ref()
        .filter(|cursor| !offered.contains(&cursor.as_str()))
    {
        return Err(refused(
            format_args!("{at}.cursor"),
            format!("游标列“{cursor}”不在查询结果中，现有列：{}", offered.join("、")),
        ));
    }
    Ok(asked)
}

/// Connects and reads, on a thread of its own.
pub(crate) fn start(
    options: &Options,
    stream: StreamDef,
    request: &ReadRequest,
    ctx: &Context,
) -> Result<Batches, Error> {
    let state = match &request.state {
        Some(state) => State::deserialize(state)
            .map_err(|_| Error::config(format!("流 {} 的状态无法识别", request.stream)))?,
        None => State::default(),
    };
    let state = if stream.cursor.is_some() && request.mode == Mode::Incremental {
        state
    } else {
        State {
            digest: state.digest,
            ..State::default()
        }
    };
    let interrupt = Interrupt::default();
    let reading = Reading {
        given: given(options, ctx)?,
        options: options.clone(),
        state,
        batch_rows: request.batch_rows.max(1),
        batch_bytes: request.batch_bytes.max(1),
        // A look at a few rows must not wait for all of them.
        holds: stream.cursor.is_none() && request.max_rows.is_none(),
        rows: 0,
        interrupt: interrupt.clone(),
        ctx: ctx.clone(),
        stream,
    };
    let name = reading.stream.name.clone();
    let at = name.clone();
    let work = move |out: &mut Out| {
        reading
            .run(out)
            .map_err(|error| error.while_doing(format!("流 {at}")))
    };
    worker::batches(&name, options.patience(), ctx, work, move || interrupt.now())
}

struct Reading {
    options: Options,
    given: Vec<(String, String)>,
    stream: StreamDef,
    state: State,
    batch_rows: usize,
    batch_bytes: usize,
    holds: bool,
    rows: u64,
    interrupt: Interrupt,
    ctx: Context,
}

impl Reading {
    fn run(mut self, out: &mut Out) -> Result<(), Error> {
        let mut session = Session::open(&self.options, &self.given)?;
        let sql = self.options.sql(&self.stream, self.state.cursor.is_some());
        let mut statement = session.interruptible(&sql, &self.interrupt)?;
        if let Some(place) = &self.state.cursor {
            statement
                .bind(place.parameter()?)
                .map_err(|fault| said("绑定游标", &fault))?;
        }
        let reader = statement.execute().map_err(|fault| said("查询", &fault))?;
        out.sign(0)?;
        let source = reader.schema();
        let asked = asked(&self.stream, &source)?;
        let picked = picked(&asked, &source)?;
        let shape = Shape::new(&asked, &self.stream.name, part(self.state.readings));
        let mut held = self.holds.then(|| Held::new(&shape.schema)).transpose()?;
        let cursor = self
            .stream
            .cursor
            .as_ref()
            .and_then(|name| source.index_of(name).ok());
        for batch in reader {
            let batch = batch.map_err(|error| {
                let fault = adbc_core::error::Error::from(error);
                said("读取", &fault)
            })?;
            if let Some(index) = cursor {
                self.state.cursor = Place::last_of(batch.column(index))?.or(self.state.cursor);
            }
            let texts = shape.texts(&batch, &picked, self.rows)?;
            self.rows += texts.num_rows() as u64;
            out.sign(texts.num_rows() as u64)?;
            for cut in self.cuts(&texts) {
                match &mut held {
                    Some(held) => held.push(&cut)?,
                    None => out.batch(cut)?,
                }
            }
        }
        self.finish(held, out)
    }

    /// Pieces of the size the hub asked for.
    fn cuts(&self, batch: &RecordBatch) -> Vec<RecordBatch> {
        let rows = batch.num_rows();
        let per_row = batch.get_array_memory_size() / rows.max(1);
        let most = (self.batch_bytes / per_row.max(1)).clamp(1, self.batch_rows);
        (0..rows)
            .step_by(most)
            .map(|from| batch.slice(from, most.min(rows - from)))
            .collect()
    }

    fn finish(self, held: Option<Held>, out: &mut Out) -> Result<(), Error> {
        if self.rows == 0 {
            if self.state.digest.is_some() {
                self.ctx.remark("以前有记录，这次一条也没有，原有数据不变");
            }
            return Ok(());
        }
        let mut state = State {
            readings: self.state.readings + 1,
            ..self.state
        };
        if let Some(held) = held {
            let (digest, batches) = held.finish()?;
            if state.digest.as_ref() == Some(&digest) {
                return Ok(());
            }
            for batch in batches {
                out.batch(batch?)?;
            }
            state = State {
                digest: Some(digest),
                ..State::default()
            };
        }
        out.checkpoint(serde_json::to_value(&state)?)
    }
}

/// Where the columns stand; those without a text are refused.
fn picked(asked: &[Asked], source: &SchemaRef) -> Result<Vec<usize>, Error> {
    let of = |asked: &Asked| {
        let index = source.index_of(&asked.source)?;
        let of = source.field(index).data_type();
        if text::has_text(of) {
            return Ok(index);
        }
        Err(Error::unsupported(format!(
            "列“{}”的类型 {of} 不能读取，请在 query 中转换成文本，或不选这一列",
            asked.source
        )))
    };
    asked.iter().map(of).collect()
}

/// What all batches of a reading have in common.
struct Shape {
    schema: SchemaRef,
    /// The header of good rows, then that of each flaw.
    headers: ArrayRef,
    part: ArrayRef,
    stream: String,
}

impl Shape {
    fn new(asked: &[Asked], stream: &str, part: String) -> Self {
        let names: Vec<String> = asked.iter().map(|asked| asked.name.clone()).collect();
        let places = asked
            .iter()
            .map(|asked| (asked.name.clone(), format!(":{}", asked.source).into()));
        let good: Map<String, Value> = places.collect();
        let flawed = FLAWS.map(|code| {
            let mut header = good.clone();
            header.insert("_flaw".into(), code.into());
            Value::Object(header).to_string()
        });
        let good = Value::Object(good).to_string();
        let headers: Vec<String> = std::iter::once(good).chain(flawed).collect();
        Self {
            schema: text::schema(&names),
            headers: Arc::new(StringArray::from(headers)),
            part: Arc::new(StringArray::from(vec![part])),
            stream: stream.to_owned(),
        }
    }

    /// A batch of the driver as one of ours; `before` rows came earlier.
    fn texts(&self, batch: &RecordBatch, picked: &[usize], before: u64) -> Result<RecordBatch, Error> {
        let rows = batch.num_rows();
        let mut keys = vec![0_i32; rows];
        let mut flaw = |row: usize, code: &'static str| {
            let key = FLAWS.iter().zip(1..).find(|(known, _)| **known == code);
            if let (Some(at), Some((_, key))) = (keys.get_mut(row), key) {
                *at = key;
            }
        };
        let mut arrays = Vec::with_capacity(picked.len() + 3);
        for index in picked {
            arrays.push(text::of(batch.column(*index), &mut flaw)?);
        }
        let locators = (before + 1..)
            .take(rows)
            .map(|number| format!("{}#{number}", self.stream));
        arrays.push(Arc::new(StringArray::from_iter_values(locators)));
        arrays.push(dictionary(vec![0; rows], &self.part)?);
        arrays.push(dictionary(keys, &self.headers)?);
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }
}

fn dictionary(keys: Vec<i32>, values: &ArrayRef) -> Result<ArrayRef, Error> {
    let keys = Int32Array::from(keys);
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(
        keys,
        Arc::clone(values),
    )?))
}
