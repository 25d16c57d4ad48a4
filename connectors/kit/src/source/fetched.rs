//! What comes over HTTP: records part by part, and files in a folder that lasts as long as they are read.
//! Here because both outlive the call that begins them.
//! In: a server and an endpoint; batches of a folder. Out: spools; the batches.
//! Not here: which stream is read how (opened.rs).

use plugin_api::arrow::array::RecordBatch;
use plugin_api::{Batches, Context, Error, ReadRequest};
use tempfile::TempDir;

use crate::feed::{Feed, Taken};
use crate::http::client::Session;
use crate::http::options::{Endpoint, Server};
use crate::http::{download, fetch, quota};
use crate::remote::{Fetch, State};
use crate::spool::Spool;

/// Fetches months or everything from an interface.
pub(super) struct HttpFetch {
    server: Server,
    endpoint: Endpoint,
    session: Option<Session>,
    ctx: Context,
}

impl HttpFetch {
    pub(super) fn new(server: &Server, endpoint: &Endpoint, ctx: &Context) -> Self {
        Self {
            server: server.clone(),
            endpoint: endpoint.clone(),
            session: None,
            ctx: ctx.clone(),
        }
    }
}

impl Fetch for HttpFetch {
    fn parts(&mut self, _: &State) -> Result<Vec<String>, Error> {
        fetch::parts(&self.endpoint)
    }

    fn fetch(&mut self, part: &str, state: &mut State) -> Result<Spool, Error> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.server, self.endpoint.per_day, state.quota, &self.ctx)?,
        };
        let spool = fetch::fetch(&mut session, &self.endpoint, part, &self.ctx);
        if self.endpoint.per_day.is_some() {
            state.quota = session.quota;
        }
        self.session = Some(session);
        spool
    }
}

/// Batches of files that are fetched when the first is asked for, into a folder that lasts as long as they are read.
pub(super) struct Downloaded {
    server: Server,
    endpoint: Endpoint,
    feed: Feed,
    request: ReadRequest,
    ctx: Context,
    ended: bool,
    batches: Option<Batches>,
    /// Dropped after the batches that are read from it.
    scratch: TempDir,
}

impl Downloaded {
    /// What `endpoint` lists, fetched into `scratch`, over which `feed` reads.
    pub(super) fn new(
        server: &Server,
        endpoint: &Endpoint,
        feed: Feed,
        scratch: TempDir,
        request: &ReadRequest,
        ctx: &Context,
    ) -> Self {
        Self {
            server: server.clone(),
            endpoint: endpoint.clone(),
            feed,
            request: request.clone(),
            ctx: ctx.clone(),
            ended: false,
            batches: None,
            scratch,
        }
    }

    fn begin(&mut self) -> Result<Batches, Error> {
        let per_day = self.endpoint.per_day;
        let earlier = Taken::quota_of(self.request.state.as_ref());
        let mut session = Session::open(&self.server, per_day, earlier, &self.ctx)?;
        let fetched = download::all(&mut session, &self.endpoint, self.scratch.path(), &self.ctx);
        let feed = self.feed.clone();
        let feed = match per_day {
            Some(_) => {
                // Said whatever came of it: what was asked of the source was asked.
                let spent = quota::spent(self.request.state.as_ref(), session.quota);
                self.ctx.checkpoint(&self.request.stream, 0, &spent)?;
                feed.quota(session.quota)
            }
            None => feed,
        };
        fetched?;
        feed.read(&self.request, &self.ctx)
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, Error> {
        let batches = match self.batches.take() {
            Some(batches) => batches,
            None => self.begin()?,
        };
        self.batches.insert(batches).next().transpose()
    }
}

impl Iterator for Downloaded {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
