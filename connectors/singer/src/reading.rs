//! One reading of one stream: the tap's messages in, batches and checkpoints out.
//! Here because what may be believed of a tap is decided in one place: order, types, its own state, its end.
//! In: the tap's lines. Out: batches of the stream; a state that holds once they are durable. A tap that fails fails the reading.
//! Not here: values (columns), the process (process). A whole table is held until the tap has ended well; an increment flows.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};

use connector_kit::held::{Held, part};
use connector_kit::worker::{self, Out};
use plugin_api::{Batches, Context, Error, ReadRequest, tracing};
use serde_json::Value;

use crate::catalog::{Method, Stream};
use crate::columns::{Columns, Flaw, is_damaged, schema};
use crate::message::Message;
use crate::options::Options;
use crate::process::{Ask, Tap};
use crate::state::{Boundary, SEEN_MAX, State};

/// Longest line; a schema is one, too.
const LINE_BYTES_MAX: u64 = 4 << 20;
/// Bytes of the pipe read at a time.
const READ_BYTES: usize = 256 << 10;
/// Lines that are no messages; so many, and it is no tap.
const BROKEN_MAX: u64 = 100;
/// Other streams named in a remark.
const OTHERS_MAX: usize = 10;
/// Lines between two signs of life.
const SIGN_LINES: u64 = 256;

/// Starts the tap and reads it.
pub(crate) fn start(
    options: &Options,
    stream: Stream,
    earlier: State,
    request: &ReadRequest,
    ctx: &Context,
) -> Result<Batches, Error> {
    let selected = stream.selected();
    let ask = Ask::Sync {
        catalog: &selected,
        state: earlier.singer.as_ref(),
    };
    let (tap, stdout) = Tap::start(options, ctx, &ask)?;
    let killer = tap.killer();
    let name = stream.name.clone();
    let reading = Reading::new(stream, earlier, request, ctx)?;
    let work = move |out: &mut Out| reading.run(BufReader::with_capacity(READ_BYTES, stdout), tap, out);
    worker::batches(&name, options.patience(), ctx, work, || killer.kill())
}

struct Reading {
    stream: Stream,
    state: State,
    columns: Columns,
    boundary: Boundary,
    /// Of a whole table: everything, until the tap has ended well.
    held: Option<Held>,
    /// What the tap calls the stream, once it has said its schema.
    called: Option<String>,
    others: BTreeSet<String>,
    /// Whether the state said last holds for all rows gathered, and is not saved yet.
    state_is_new: bool,
    number: u64,
    broken: u64,
    again: u64,
    batch_rows: usize,
    batch_bytes: usize,
    ctx: Context,
}

impl Reading {
    fn new(stream: Stream, earlier: State, request: &ReadRequest, ctx: &Context) -> Result<Self, Error> {
        let whole = stream.method == Method::FullTable;
        let key = stream.replication_key.as_deref();
        let part = part(if whole { 0 } else { earlier.readings });
        // A look at a few rows must not wait for all of them.
        let holds = whole && request.max_rows.is_none();
        Ok(Self {
            columns: Columns::new(&stream.columns, key, &format!("{}#", stream.id), part),
            boundary: Boundary::new(earlier.last.clone()),
            held: holds.then(|| Held::new(&schema(&stream.columns))).transpose()?,
            called: None,
            others: BTreeSet::new(),
            state_is_new: false,
            number: 0,
            broken: 0,
            again: 0,
            batch_rows: request.batch_rows.max(1),
            batch_bytes: request.batch_bytes.max(1),
            ctx: ctx.clone(),
            state: earlier,
            stream,
        })
    }

    fn run(mut self, mut lines: impl BufRead, tap: Tap, out: &mut Out) -> Result<(), Error> {
        let mut line = Vec::new();
        let mut count = 0_u64;
        loop {
            line.clear();
            if (&mut lines)
                .take(LINE_BYTES_MAX + 1)
                .read_until(b'\n', &mut line)?
                == 0
            {
                break;
            }
            count += 1;
            if line.len() as u64 > LINE_BYTES_MAX {
                return Err(self.at(Error::data(format!(
                    "第 {count} 行超过 {} MB",
                    LINE_BYTES_MAX >> 20
                ))));
            }
            let before = self.number;
            let text = String::from_utf8_lossy(&line);
            self.line(text.trim_ascii(), out)
                .map_err(|error| self.at(error))?;
            if count.is_multiple_of(SIGN_LINES) || self.number == before {
                out.sign(0)?;
            }
        }
        tap.end().map_err(|error| self.at(error))?;
        self.finish(out).map_err(|error| self.at(error))
    }

    fn at(&self, error: Error) -> Error {
        error.while_doing(format!("流 {}", self.stream.name))
    }

    fn line(&mut self, line: &str, out: &mut Out) -> Result<(), Error> {
        match Message::of(line) {
            Some(Message::Record { stream, record }) => {
                match &self.called {
                    Some(called) if *called == stream => {}
                    None => {
                        return Err(Error::schema(
                            "tap 在 SCHEMA 之前发出了 RECORD，不符合 Singer 协议，请升级或更换 tap",
                        ));
                    }
                    Some(_) => return Ok(()),
                }
                self.record(record.get(), is_damaged(line));
                if self.columns.rows() >= self.batch_rows || self.columns.bytes() >= self.batch_bytes {
                    self.flush(out)?;
                }
                Ok(())
            }
            Some(Message::Schema { stream, schema }) => self.schema(&stream, schema.get()),
            Some(Message::State { value }) => {
                self.state.singer = Some(serde_json::from_str(value.get())?);
                self.state_is_new = true;
                // Half a batch is worth a checkpoint; less waits for more.
                if self.columns.rows() * 2 >= self.batch_rows {
                    self.flush(out)?;
                }
                Ok(())
            }
            Some(Message::ActivateVersion { stream, version }) => self.version(&stream, version),
            Some(Message::Batch) => Err(Error::unsupported(
                "tap 以文件成批交付（BATCH），这里只读 RECORD：请在 config 中去掉 batch_config",
            )),
            Some(Message::Other) => Ok(()),
            None if line.is_empty() => Ok(()),
            None => self.broken(line),
        }
    }

    fn record(&mut self, record: &str, damaged: bool) {
        if self.boundary.taken(record) {
            self.again += 1;
            return;
        }
        self.number += 1;
        self.state_is_new = false;
        let key = self.columns.record(record, damaged, self.number);
        if let Some(key) = key {
            self.boundary.take(record, key);
        }
    }

    /// A line that is no message counts as a row to be refused: nothing a source said is passed over in silence.
    fn broken(&mut self, line: &str) -> Result<(), Error> {
        self.broken += 1;
        if self.broken > BROKEN_MAX {
            return Err(Error::schema(format!(
                "tap 的输出中有 {} 行以上不是 Singer 消息，请在命令行核对它的输出",
                BROKEN_MAX
            )));
        }
        self.number += 1;
        self.state_is_new = false;
        let flaw = if is_damaged(line) {
            Flaw::Undecodable
        } else {
            Flaw::NotARecord
        };
        self.columns.nothing(flaw, self.number);
        Ok(())
    }

    fn schema(&mut self, stream: &str, schema: &str) -> Result<(), Error> {
        let ours = self.stream.called.iter().any(|name| name == stream);
        match &self.called {
            Some(called) if called == stream => {}
            Some(called) if !ours => {
                if !self.stream.called.contains(called) {
                    return Err(Error::schema("tap 送出了不止一个数据流，无法判断哪个是所要的"));
                }
                if self.others.len() < OTHERS_MAX {
                    self.others.insert(stream.to_owned());
                }
                return Ok(());
            }
            Some(_) | None => self.called = Some(stream.to_owned()),
        }
        let schema: Value = serde_json::from_str(schema)?;
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Ok(());
        };
        let gone = |column: &&crate::columns::Column| !properties.contains_key(&column.property);
        let gone: Vec<&str> = self
            .stream
            .columns
            .iter()
            .filter(gone)
            .map(|column| column.property.as_str())
            .collect();
        if gone.is_empty() || properties.is_empty() {
            return Ok(());
        }
        Err(Error::schema(format!(
            "来源不再有字段：{}。请核对来源，或修改 columns",
            gone.join("、")
        )))
    }

    /// A tap that begins a table anew says so by a new version: what was taken of the old one would stand there twice.
    fn version(&mut self, stream: &str, version: i64) -> Result<(), Error> {
        if self.called.as_deref().is_some_and(|called| called != stream) {
            return Ok(());
        }
        let earlier = self.state.version.replace(version);
        if self.stream.method == Method::Incremental && earlier.is_some_and(|earlier| earlier != version) {
            return Err(Error::schema(
                "来源的表已重建（版本号改变），增量无法衔接：请改为 replication = \"full\"，或另建一个数据流名称从头读取",
            ));
        }
        Ok(())
    }

    /// Hands over what was gathered, and the state when it holds.
    fn flush(&mut self, out: &mut Out) -> Result<(), Error> {
        if let Some(batch) = self.columns.take()? {
            out.sign(batch.num_rows() as u64)?;
            match &mut self.held {
                Some(held) => held.push(&batch)?,
                None => out.batch(batch)?,
            }
        }
        if self.state_is_new && self.stream.method == Method::Incremental && out.batches() > 0 {
            out.checkpoint(self.state_now().to_json()?)?;
            self.state_is_new = false;
        }
        Ok(())
    }

    /// The state with all rows gathered so far.
    fn state_now(&self) -> State {
        State {
            readings: self.state.readings + u64::from(self.number > 0),
            last: self.boundary.last(),
            ..self.state.clone()
        }
    }

    /// After the tap has ended well.
    fn finish(&mut self, out: &mut Out) -> Result<(), Error> {
        if self.called.is_none() {
            return Err(Error::schema(format!(
                "tap 正常结束，却没有送出流 {} 的 SCHEMA：它可能不认 {} 参数，请试 catalog_argument = \"properties\"",
                self.stream.id, "--catalog"
            )));
        }
        // What came after the last STATE is taken by its rows, whether the tap says another or not.
        self.state_is_new = self.number > 0 || self.state_is_new;
        self.flush(out)?;
        self.remark();
        let Some(held) = self.held.take() else {
            if self.state_is_new && self.number == 0 && self.stream.method == Method::Incremental {
                out.checkpoint(self.state_now().to_json()?)?;
            }
            return Ok(());
        };
        let (digest, batches) = held.finish()?;
        if self.number == 0 && self.state.digest.is_some() {
            self.ctx.remark("以前有记录，这次一条也没有，原有数据不变");
        }
        if self.number == 0 || self.state.digest.as_ref() == Some(&digest) {
            return Ok(());
        }
        for batch in batches {
            out.batch(batch?)?;
        }
        let state = State {
            digest: Some(digest),
            ..State::default()
        };
        out.checkpoint(state.to_json()?)
    }

    fn remark(&self) {
        let say = |sentence: String| self.ctx.remark(&sentence);
        if self.broken > 0 {
            say(format!(
                "tap 的输出中有 {} 行不是 Singer 消息，各作为一行退回",
                self.broken
            ));
        }
        if self.again > 0 {
            // Every increment begins so: nothing a person has to know.
            tracing::info!(stream = %self.stream.name, rows = self.again, "rows taken before came again");
        }
        if !self.others.is_empty() {
            let names: Vec<&str> = self.others.iter().map(String::as_str).collect();
            say(format!(
                "tap 还送出了没有要的数据流：{}，没有取用",
                names.join("、")
            ));
        }
        if self.boundary.overflowed {
            say(format!(
                "增量字段的最后一个值有超过 {SEEN_MAX} 行，下次可能重复读到其中一些；请选更细的字段"
            ));
        }
        if self.stream.method == Method::Incremental && self.stream.replication_key.is_none() {
            say("不知道增量所依据的字段，tap 重读的行无法辨认；请写 replication_key".to_owned());
        }
    }
}
