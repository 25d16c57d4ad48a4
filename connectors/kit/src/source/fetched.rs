//! What comes over HTTP: records part by part, and files in a folder that lasts as long as they are read.
//! Here because both outlive the call that begins them.
//! In: a server and an endpoint; batches of a folder. Out: spools; the batches.
//! Not here: which stream is read how (opened.rs).

use plugin_api::arrow::array::RecordBatch;
use plugin_api::{Batches, Context, Error};
use tempfile::TempDir;

use crate::http::client::Session;
use crate::http::fetch;
use crate::http::options::{Endpoint, Server};
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

/// Batches of files that lie in a folder of their own until they are read.
pub(super) struct Downloaded {
    batches: Batches,
    _scratch: TempDir,
}

impl Downloaded {
    pub(super) fn new(batches: Batches, scratch: TempDir) -> Self {
        Self {
            batches,
            _scratch: scratch,
        }
    }
}

impl Iterator for Downloaded {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}
