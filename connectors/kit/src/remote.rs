//! Remote sources: a stream whose records are fetched, not dropped. Only parts that changed since the last run are handed over.
//! Here because an interface and a database differ in how a part is fetched, and in nothing after that.
//! In: a way to fetch parts, the state of the last run. Out: batches, a checkpoint after each whole part.
//! Not here: fetching (http, database), the records' formats (record).

use std::collections::{BTreeMap, VecDeque};

use plugin_api::arrow::array::RecordBatch;
use plugin_api::{Context, Error, Mode, ReadRequest, tracing};
use serde::{Deserialize, Serialize};

use crate::header::Column;
use crate::http::client::Quota;
use crate::record::json::Records;
use crate::record::{Fields, Flaw, Sink};
use crate::spool::{Pages, Spool};
use crate::table::{Origin, Table};

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
}

/// A way to fetch parts.
pub(crate) trait Fetch: Send {
    /// The parts there are now, in order of time.
    fn parts(&mut self, state: &State) -> Result<Vec<String>, Error>;
    /// All records of a part. May change what the state is to remember.
    fn fetch(&mut self, part: &str, state: &mut State) -> Result<Spool, Error>;
}

/// Batches of a remote stream, fetched part by part.
pub(crate) struct RemoteBatches {
    stream: String,
    fetch: Box<dyn Fetch>,
    waiting: VecDeque<String>,
    state: State,
    columns: Vec<Column>,
    table: Table,
    open: Option<Open>,
    ready: VecDeque<RecordBatch>,
    handed: u64,
    /// The part whose batches are all handed out once `ready` is empty.
    done: bool,
    rows: u64,
    ctx: Context,
    failed: bool,
}

struct Open {
    part: String,
    pages: Pages,
    records: Records,
}

impl RemoteBatches {
    pub(crate) fn new(
        stream: &str,
        columns: &[Column],
        mut fetch: Box<dyn Fetch>,
        request: &ReadRequest,
        ctx: &Context,
    ) -> Result<Self, Error> {
        let state: State = match (&request.state, request.mode) {
            (Some(state), Mode::Incremental) => serde_json::from_value(state.clone())
                .map_err(|_| Error::config(format!("流 {stream} 的状态无法识别")))?,
            _ => State::default(),
        };
        Ok(Self {
            stream: stream.to_owned(),
            waiting: fetch.parts(&state)?.into(),
            fetch,
            state,
            columns: columns.to_vec(),
            table: Table::new(columns, request.batch_rows, request.batch_bytes),
            open: None,
            ready: VecDeque::new(),
            handed: 0,
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
                self.ctx.checkpoint(&self.stream, self.handed, &self.state)?;
            }
            self.ctx.ensure_running()?;
            if self.open.is_some() {
                self.page()?;
            } else if let Some(part) = self.waiting.pop_front() {
                self.begin(part)?;
            } else {
                return Ok(None);
            }
        }
    }

    /// Fetches a part; of one that has not changed nothing is handed over.
    fn begin(&mut self, part: String) -> Result<(), Error> {
        let mut state = self.state.clone();
        let spool = self.fetch.fetch(&part, &mut state)?;
        let records = spool.records();
        let (digest, pages) = spool.finish()?;
        let known = state.parts.get(&part) == Some(&digest);
        if known || records == 0 {
            if records == 0 {
                tracing::info!(stream = %self.stream, part, "nothing to read");
            }
            // How many requests the day has seen is to be remembered whatever came.
            if state.quota != self.state.quota {
                self.state.quota = state.quota;
                self.done = true;
            }
            return Ok(());
        }
        state.parts.insert(part.clone(), digest);
        while state.parts.len() > PARTS_REMEMBERED_MAX {
            state.parts.pop_first();
        }
        self.state = state;
        self.open = Some(Open {
            part,
            pages,
            records: Records::new(Fields::new(&self.columns)),
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
                tracing::info!(stream = %self.stream, fields = %extra.join("、"), count = extra.len(), "undeclared fields not read");
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
        let (mut page, mut number) = (page.peekable(), 0_u32);
        if let Some(first) = page.peek() {
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
        for record in page {
            sink.row(number)?;
            open.records.record(record, &mut sink);
            number += 1;
        }
        self.ready.extend(self.table.finish()?);
        self.rows += u64::from(number);
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
        self.failed = matches!(next, Some(Err(_)));
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
