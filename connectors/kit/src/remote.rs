//! Remote sources: a stream whose records are fetched, not dropped. Only parts that changed since the last run are handed over.
//! Here because an interface and a database differ in how a part is fetched, and in nothing after that.
//! In: a way to fetch parts, the state of the last run. Out: batches, a checkpoint after each whole part.
//! Not here: fetching (http, database), the records' formats (record).

mod periods;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use plugin_api::arrow::array::RecordBatch;
use plugin_api::{Context, Error, Mode, ReadRequest, tracing};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::feed::Taken;
use crate::header::Column;
use crate::http::client::Quota;
use crate::http::quota::{self, is_used_up};
use crate::record::json::Records;
use crate::record::{Fields, Flaw, Sink};
use crate::remark;
use crate::spool::{Pages, Spool};
use crate::table::{Origin, Table};
pub(crate) use periods::ByPeriod;

/// Most parts a state remembers; the earliest are forgotten first.
const PARTS_REMEMBERED_MAX: usize = 1_000;

/// State of a remote stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Digest of each part's records when it was last taken.
    pub(crate) parts: BTreeMap<String, String>,
    /// Where an incremental query goes on, and how many such parts there were.
    pub(crate) cursor: Option<(String, u64)>,
    /// Requests of the day.
    pub(crate) quota: Quota,
    /// The part at which the day's requests were used up: the next run begins with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left: Option<String>,
}

/// A way to fetch parts.
pub(crate) trait Fetch: Send {
    /// The parts there are now, in order of time.
    fn parts(&mut self, state: &State) -> Result<Vec<String>, Error>;
    /// All records of a part. May change what the state is to remember, also when it fails.
    fn fetch(&mut self, part: &str, state: &mut State) -> Result<Spool, Error>;
}

/// What a stream says about its parts, whatever it is fetched by.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) stream: String,
    pub(crate) columns: Vec<Column>,
    /// Set when a whole reading is taken apart by a column.
    pub(crate) by_period: Option<ByPeriod>,
}

/// Batches of a remote stream, fetched part by part.
pub(crate) struct RemoteBatches {
    shape: Shape,
    fetch: Box<dyn Fetch>,
    waiting: VecDeque<String>,
    /// Fetched, not yet looked at.
    fetched: VecDeque<Fetched>,
    state: State,
    /// The state of the last checkpoint, and after how many batches it held.
    saved: (State, u64),
    /// What the last run left.
    earlier: Option<Value>,
    table: Table,
    open: Option<Open>,
    ready: VecDeque<RecordBatch>,
    handed: u64,
    /// Parts fetched whole in this run.
    whole: u64,
    /// The part whose batches are all handed out once `ready` is empty.
    done: bool,
    rows: u64,
    ctx: Context,
    failed: bool,
}

/// A part and the cursor that goes with it.
struct Fetched {
    part: String,
    spool: Spool,
    cursor: Option<(String, u64)>,
}

struct Open {
    part: String,
    pages: Pages,
    records: Records,
}

impl RemoteBatches {
    pub(crate) fn new(
        shape: Shape,
        mut fetch: Box<dyn Fetch>,
        request: &ReadRequest,
        ctx: &Context,
    ) -> Result<Self, Error> {
        let earlier = match &request.state {
            Some(state) => serde_json::from_value(state.clone())
                .map_err(|_| Error::config(format!("流 {} 的状态无法识别", shape.stream)))?,
            None => State::default(),
        };
        // Everything is read anew, but the day's requests are those of the day.
        let state = if request.mode == Mode::Incremental {
            earlier
        } else {
            State {
                quota: earlier.quota,
                ..State::default()
            }
        };
        let mut waiting: VecDeque<String> = fetch.parts(&state)?.into();
        if let Some(at) = state
            .left
            .as_ref()
            .and_then(|left| waiting.iter().position(|part| part == left))
        {
            waiting.rotate_left(at);
        }
        Ok(Self {
            waiting,
            fetch,
            fetched: VecDeque::new(),
            saved: (state.clone(), 0),
            earlier: request.state.clone(),
            state: State { left: None, ..state },
            table: Table::new(&shape.columns, request.batch_rows, request.batch_bytes),
            shape,
            open: None,
            ready: VecDeque::new(),
            handed: 0,
            whole: 0,
            done: false,
            rows: 0,
            ctx: ctx.clone(),
            failed: false,
        })
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, Error> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                self.handed += 1;
                return Ok(Some(batch));
            }
            if std::mem::take(&mut self.done) {
                self.save(self.state.clone(), self.handed)?;
            }
            self.ctx.ensure_running()?;
            if self.open.is_some() {
                self.page()?;
            } else if let Some(fetched) = self.fetched.pop_front() {
                self.begin(fetched)?;
            } else if let Some(part) = self.waiting.pop_front() {
                self.fetch(part)?;
            } else {
                return Ok(None);
            }
        }
    }

    fn save(&mut self, state: State, after: u64) -> Result<(), Error> {
        if state.quota != Taken::quota_of(self.earlier.as_ref()) {
            // For a host that keeps no batch of this read: what was asked of the source was asked.
            let spent = quota::spent(self.earlier.as_ref(), state.quota);
            self.ctx.checkpoint(&self.shape.stream, 0, &spent)?;
        }
        self.ctx.checkpoint(&self.shape.stream, after, &state)?;
        self.saved = (state, after);
        Ok(())
    }

    /// Fetches a part. When the day's requests are used up after at least one, what is whole counts and the rest waits.
    fn fetch(&mut self, part: String) -> Result<(), Error> {
        let mut state = self.state.clone();
        let fetched = self.fetch.fetch(&part, &mut state);
        // How many requests the day has seen is to be remembered whatever came.
        self.state.quota = state.quota;
        let spool = match fetched {
            Ok(spool) => spool,
            Err(error) if self.whole > 0 && is_used_up(&error) => {
                let left = 1 + self.waiting.len();
                self.ctx.remark(&format!(
                    "今日请求次数已用完，还有 {left} 期没有读取，从 {part} 期起下次继续"
                ));
                self.waiting.clear();
                self.state.left = Some(part);
                self.done = true;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.whole += 1;
        let split = match &self.shape.by_period {
            Some(by_period) => by_period.split(spool)?,
            None => vec![(part, spool)],
        };
        self.fetched = split
            .into_iter()
            .map(|(part, spool)| Fetched {
                part,
                spool,
                cursor: state.cursor.clone(),
            })
            .collect();
        // Nothing but the count may be new.
        self.done = self.state.quota != self.saved.0.quota;
        Ok(())
    }

    /// Begins to hand out a part; of one that has not changed nothing is handed over.
    fn begin(&mut self, fetched: Fetched) -> Result<(), Error> {
        let Fetched { part, spool, cursor } = fetched;
        let records = spool.records();
        let (digest, pages) = spool.finish()?;
        if self.state.parts.get(&part) == Some(&digest) {
            return Ok(());
        }
        if records == 0 {
            tracing::info!(stream = %self.shape.stream, part, "nothing to read");
            if self.state.parts.contains_key(&part) {
                self.ctx
                    .remark(&format!("{part} 期以前有记录，这次一条也没有，原有数据不变"));
            }
            return Ok(());
        }
        self.state.parts.insert(part.clone(), digest);
        while self.state.parts.len() > PARTS_REMEMBERED_MAX {
            self.state.parts.pop_first();
        }
        self.state.cursor = cursor;
        self.open = Some(Open {
            part,
            pages,
            records: Records::new(Fields::new(&self.shape.columns)),
        });
        Ok(())
    }

    fn page(&mut self) -> Result<(), Error> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let Some((locator, page)) = open.pages.next()? else {
            let missing = open.records.found.missing(open.records.fields()).join("、");
            if !missing.is_empty() {
                return Err(Error::schema(format!(
                    "所有记录都缺少必需字段：{missing}。请核对接口或查询，或在配置中给出对应的字段名"
                )));
            }
            let extra: Vec<&str> = open.records.found.extra().collect();
            if !extra.is_empty() {
                let named = remark::list(extra);
                self.ctx
                    .remark(&format!("{} 期有字段没有被任何列使用：{named}", open.part));
            }
            self.open = None;
            self.done = true;
            return Ok(());
        };
        let origin = Origin {
            locator,
            part: open.part.clone(),
            header: String::new(),
        };
        let mut page = page.peekable();
        if let Some((_, first)) = page.peek() {
            open.records.look(first);
        }
        self.table.start(Origin {
            header: open.records.found.header(open.records.fields()),
            ..origin
        });
        let mut sink = TableSink {
            table: &mut self.table,
            ready: &mut self.ready,
        };
        for (number, record) in page {
            sink.row(number)?;
            open.records.record(record, &mut sink);
            self.rows += 1;
        }
        self.ready.extend(self.table.finish()?);
        self.ctx.progress(self.rows, 0, None);
        Ok(())
    }
}

impl Iterator for RemoteBatches {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance().transpose();
        if matches!(next, Some(Err(_))) {
            self.failed = true;
            let (mut saved, after) = self.saved.clone();
            if saved.quota != self.state.quota {
                // What was asked of the source was asked, though nothing came of it.
                saved.quota = self.state.quota;
                let _told_already = self.save(saved, after);
            }
        }
        next
    }
}

/// Rows into a table, full batches aside.
pub(crate) struct TableSink<'t> {
    pub(crate) table: &'t mut Table,
    pub(crate) ready: &'t mut VecDeque<RecordBatch>,
}

impl Sink for TableSink<'_> {
    type Stop = Error;

    fn row(&mut self, number: u32) -> Result<(), Error> {
        self.ready.extend(self.table.row(number)?);
        Ok(())
    }

    fn text(&mut self, column: usize, text: &str) {
        self.table.text(column, text);
    }

    fn flaw(&mut self, flaw: Flaw, _: Option<usize>) {
        self.table.flaw(flaw.code());
    }
}
