//! A source: the streams of a connector over whichever transport the site has.
//! Here because five departments and three zero-code connectors differ in their streams, and in nothing else.
//! In: the connector's definition, the site's options. Out: everything a connector has to answer.
//! Not here: what any column means, and which department a stream is from.

use std::sync::Arc;
use std::time::Duration;

use plugin_api::arrow::array::RecordBatch;
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::{Batches, Context, Error, Mode, ReadRequest, Spec, StreamSpec};
use tempfile::TempDir;

use crate::database::DatabaseFetch;
use crate::documents::RecordDocuments;
use crate::feed::{Feed, Taken};
use crate::files::{DropFolder, Pattern};
use crate::header::Column;
use crate::http::client::{Quota, Session};
use crate::http::download;
use crate::http::fetch;
use crate::http::options::{Endpoint, ResponseKind, Server};
use crate::http::quota::shares;
use crate::options::{Local, Options, Transport, refused};
use crate::remote::{ByPeriod, Fetch, RemoteBatches, Shape, State};
use crate::spool::Spool;
use crate::streams::{self, StreamDef};
use crate::table;

/// What a connector is made of.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Id of the connector.
    pub id: &'static str,
    /// Version of the connector.
    pub version: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// One paragraph for people.
    pub description: &'static str,
    /// Its `streams.toml`; empty when streams come from the site's options alone.
    pub streams: &'static str,
    /// Stream, mapping SQL.
    pub mappings: &'static [(&'static str, &'static str)],
    /// The transport unless configured.
    pub transport: Transport,
}

/// A connector at work.
#[derive(Debug)]
pub struct Source {
    streams: Vec<Stream>,
    options: Options,
}

#[derive(Debug)]
struct Stream {
    def: StreamDef,
    /// Where its options stand: `streams.members`.
    at: String,
    mapping: Option<String>,
    columns: Vec<Column>,
    reader: Reader,
}

#[derive(Debug)]
enum Reader {
    Files(Box<Feed>),
    Records { server: Server, endpoint: Endpoint },
    Download { server: Server, endpoint: Endpoint },
    Database,
}

impl Definition {
    /// What the connector says about itself.
    #[must_use]
    pub fn spec(&self) -> Spec {
        let spec = Spec::new(self.id, self.version)
            .title(self.title)
            .description(self.description)
            .network(["*"])
            .modes([Mode::Full, Mode::Incremental]);
        if self.streams.is_empty() {
            spec.streams_dynamic()
        } else {
            spec
        }
    }
}

impl Source {
    /// Checks the options against the definition; nothing is connected to yet.
    ///
    /// # Errors
    /// `config`, naming the option.
    pub fn open(definition: &Definition, mut options: Options) -> Result<Self, Error> {
        let transport = options.check(definition.transport)?;
        let defs = if definition.streams.is_empty() {
            let own = std::mem::take(&mut options.stream);
            if own.is_empty() {
                return Err(refused(
                    "stream",
                    "没有定义数据流，请写 [[connector.options.stream]]",
                ));
            }
            streams::checked(own, "stream")?
        } else if options.stream.is_empty() {
            streams::shipped(definition.streams)?
        } else {
            let said = "这个连接器自带数据流，不能再定义；本地差异请写在 streams 中";
            return Err(refused("stream", said));
        };
        if let Some(name) = options
            .streams
            .keys()
            .find(|name| !defs.iter().any(|def| def.name == **name))
        {
            let known: Vec<&str> = defs.iter().map(|def| def.name.as_str()).collect();
            return Err(refused(
                format_args!("streams.{name}"),
                format!("没有这个数据流，可用：{}", known.join("、")),
            ));
        }
        let path = if definition.streams.is_empty() {
            "stream"
        } else {
            "streams"
        };
        let none = Local::default();
        let mut opened = Vec::with_capacity(defs.len());
        for def in defs {
            let local = options.streams.get(&def.name).unwrap_or(&none);
            if !local.skip {
                let def = local.applied(def)?;
                let at = format!("{path}.{}", def.name);
                def.check(&at)?;
                opened.extend(stream(definition, &options, def, at, transport)?);
            }
        }
        if opened.is_empty() {
            let transport = transport.name();
            return Err(refused(
                "transport",
                format!("没有可以通过 {transport} 读取的数据流"),
            ));
        }
        share_out(&options, &mut opened)?;
        Ok(Self {
            streams: opened,
            options,
        })
    }

    /// Looks whether the source can be reached, reading no rows.
    ///
    /// # Errors
    /// The first stream's that cannot be read.
    pub fn check(&self, ctx: &Context) -> Result<(), Error> {
        let mut asked = false;
        for stream in &self.streams {
            match &stream.reader {
                Reader::Files(feed) => feed.check()?,
                // One question tells whether the address, the credentials and the signature hold; more would cost quota.
                Reader::Records { server, endpoint } if !asked => {
                    asked = true;
                    // What the day has seen is not known here; a probe is one request.
                    let mut session = Session::open(server, None, Quota::default(), ctx)?;
                    fetch::probe(&mut session, endpoint, ctx)?;
                }
                Reader::Records { .. } => {}
                Reader::Download { server, .. } => {
                    drop(Session::open(server, None, Quota::default(), ctx)?);
                }
                Reader::Database => self.database(stream, ctx)?.check()?,
            }
        }
        Ok(())
    }

    /// The streams there are.
    #[must_use]
    pub fn discover(&self) -> Vec<StreamSpec> {
        self.streams
            .iter()
            .map(|stream| {
                let mut spec = StreamSpec::new(&stream.def.name)
                    .title(&stream.def.row)
                    .primary_key(stream.def.key.clone())
                    .modes([Mode::Full, Mode::Incremental]);
                if let Some(mapping) = &stream.mapping {
                    spec = spec.mapping(mapping);
                }
                spec
            })
            .collect()
    }

    /// The schema of a stream's batches.
    ///
    /// # Errors
    /// `not_found`.
    pub fn schema(&self, stream: &str) -> Result<SchemaRef, Error> {
        self.stream(stream).map(|stream| table::schema(&stream.columns))
    }

    /// Starts reading a stream.
    ///
    /// # Errors
    /// `not_found`; `config` when the state is not one of this stream; whatever the source says.
    pub fn read(&self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        let stream = self.stream(&request.stream)?;
        let mut request = request.clone();
        if let Some(rows) = self.options.batch_rows {
            request.batch_rows = request.batch_rows.min(rows);
        }
        let remote = |fetch: Box<dyn Fetch>| -> Result<Batches, Error> {
            Ok(Box::new(RemoteBatches::new(
                stream.shape(),
                fetch,
                &request,
                ctx,
            )?))
        };
        match &stream.reader {
            Reader::Files(feed) => feed.read(&request, ctx),
            Reader::Records { server, endpoint } => remote(Box::new(HttpFetch {
                server: server.clone(),
                endpoint: endpoint.clone(),
                session: None,
                ctx: ctx.clone(),
            })),
            Reader::Database => remote(Box::new(self.database(stream, ctx)?)),
            Reader::Download { server, endpoint } => {
                let scratch = tempfile::tempdir()?;
                let quota = Taken::quota_of(request.state.as_ref());
                let mut session = Session::open(server, endpoint.per_day, quota, ctx)?;
                download::all(&mut session, endpoint, scratch.path(), ctx)?;
                // What was fetched for the stream is the stream's, whatever its path is called.
                let folder = DropFolder {
                    dir: scratch.path().to_owned(),
                    patterns: vec![Pattern::new("*")?],
                    settle: Duration::ZERO,
                };
                let mut feed =
                    feed(&stream.def, &stream.at, &stream.columns, folder)?.period_default(fetch::WHOLE);
                if endpoint.per_day.is_some() {
                    feed = feed.quota(session.quota);
                }
                Ok(Box::new(Downloaded {
                    batches: feed.read(&request, ctx)?,
                    _scratch: scratch,
                }))
            }
        }
    }

    fn stream(&self, name: &str) -> Result<&Stream, Error> {
        self.streams
            .iter()
            .find(|stream| stream.def.name == name)
            .ok_or_else(|| {
                let known: Vec<&str> = self
                    .streams
                    .iter()
                    .map(|stream| stream.def.name.as_str())
                    .collect();
                Error::not_found(format!("没有名为“{name}”的数据流，可用：{}", known.join("、")))
            })
    }

    fn database(&self, stream: &Stream, ctx: &Context) -> Result<DatabaseFetch, Error> {
        let (Some(database), Some(query)) = (&self.options.database, &stream.def.database) else {
            return Err(refused(
                format_args!("{}.database", stream.at),
                "应填写 view 或 query",
            ));
        };
        DatabaseFetch::new(database, query, &stream.at, &stream.def.name, ctx)
    }
}

/// The stream over this transport; none when it cannot be had that way and nobody asked for it.
fn stream(
    definition: &Definition,
    options: &Options,
    def: StreamDef,
    at: String,
    transport: Transport,
) -> Result<Option<Stream>, Error> {
    let columns = def.columns();
    let reader = match transport {
        Transport::Files => {
            let Some(inbox) = &options.inbox else {
                return Ok(None);
            };
            let folder = DropFolder {
                dir: inbox.clone(),
                patterns: patterns(&def)?,
                settle: options.settle(),
            };
            let mut feed = feed(&def, &at, &columns, folder)?;
            if def.whole {
                feed = feed.period_default(fetch::WHOLE);
            }
            if let Some(archive) = &options.archive {
                feed = feed.archive(archive);
            }
            Reader::Files(Box::new(feed))
        }
        Transport::Http => {
            let (Some(server), Some(endpoint)) = (&options.http, &def.http) else {
                return Ok(None);
            };
            let (server, endpoint) = (server.clone(), endpoint.clone());
            match endpoint.response {
                ResponseKind::Records => Reader::Records { server, endpoint },
                ResponseKind::File => Reader::Download { server, endpoint },
            }
        }
        Transport::Database => {
            if def.database.is_none() {
                return Ok(None);
            }
            Reader::Database
        }
    };
    let shipped = definition.mappings.iter().find(|(name, _)| *name == def.name);
    let mapping = def
        .mapping
        .clone()
        .or_else(|| shipped.map(|(_, mapping)| (*mapping).to_owned()));
    Ok(Some(Stream {
        def,
        at,
        mapping,
        columns,
        reader,
    }))
}

/// Gives each stream its share of the server's daily limit.
fn share_out(options: &Options, streams: &mut [Stream]) -> Result<(), Error> {
    let mut endpoints: Vec<&mut Endpoint> = streams
        .iter_mut()
        .filter_map(|stream| match &mut stream.reader {
            Reader::Records { endpoint, .. } | Reader::Download { endpoint, .. } => Some(endpoint),
            Reader::Files(_) | Reader::Database => None,
        })
        .collect();
    let named: Vec<Option<u64>> = endpoints.iter().map(|endpoint| endpoint.per_day).collect();
    let most = options.http.as_ref().and_then(|server| server.per_day);
    let shares = shares(most, &named)?;
    for (endpoint, share) in endpoints.iter_mut().zip(shares) {
        endpoint.per_day = share;
    }
    Ok(())
}

impl Stream {
    fn shape(&self) -> Shape {
        // What was asked for month by month is the month's; a column takes apart only what came whole.
        let whole = match &self.reader {
            Reader::Records { endpoint, .. } => endpoint.period.is_none(),
            Reader::Database => true,
            Reader::Files(_) | Reader::Download { .. } => false,
        };
        let period = self.def.period.as_ref().filter(|_| whole);
        let column = period.and_then(|name| self.columns.iter().find(|column| column.name == *name));
        Shape {
            stream: self.def.name.clone(),
            at: self.at.clone(),
            columns: self.columns.clone(),
            by_period: column.map(ByPeriod::new),
            volume: self.def.volume.clone(),
        }
    }
}

/// A feed of the stream's files in `folder`.
fn feed(def: &StreamDef, at: &str, columns: &[Column], folder: DropFolder) -> Result<Feed, Error> {
    let documents = RecordDocuments::new(&def.name, columns, def.xml.as_deref(), def.json.as_deref())?;
    let mut feed = Feed::new(&def.name, columns.to_vec(), folder).records(Arc::new(documents));
    if let Some(period) = &def.period {
        feed = feed.period_column(period);
    }
    if let Some(volume) = &def.volume {
        feed = feed.volume(volume.clone(), at);
    }
    Ok(match def.members() {
        Some(members) => feed.members(members),
        None => feed,
    })
}

/// The names of the stream's files; every file when it names none.
fn patterns(def: &StreamDef) -> Result<Vec<Pattern>, Error> {
    if def.files.is_empty() {
        return Ok(vec![Pattern::new("*")?]);
    }
    def.files.iter().map(|text| Pattern::new(text)).collect()
}

/// Fetches months or everything from an interface.
struct HttpFetch {
    server: Server,
    endpoint: Endpoint,
    session: Option<Session>,
    ctx: Context,
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
struct Downloaded {
    batches: Batches,
    _scratch: TempDir,
}

impl Iterator for Downloaded {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}
