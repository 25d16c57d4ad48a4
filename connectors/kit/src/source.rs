//! A source: the streams of a connector over whichever transport the site has.
//! Here because five departments and three zero-code connectors differ in their streams, and in nothing else.
//! In: the connector's definition, the site's options. Out: everything a connector has to answer.
//! Not here: what any column means, and which department a stream is from.

mod fetched;
mod opened;

use std::time::Duration;

use plugin_api::arrow::schema::SchemaRef;
use plugin_api::{Batches, Context, Error, Mode, ReadRequest, Spec, StreamSpec};

use crate::database::{self, DatabaseFetch, Exchange};
use crate::files::DropFolder;
use crate::http::client::{Quota, Session};
use crate::http::fetch;
use crate::offered::no_stream;
use crate::options::{Local, Options, Transport, refused};
use crate::remote::{Fetch, RemoteBatches};
use crate::streams;
use crate::table;
use fetched::{Downloaded, HttpFetch};
use opened::{Reader, Stream, feed, share_out, stream};

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
        if let Some(exchange) = &options.exchange {
            if definition.transport != Transport::Database || !definition.streams.is_empty() {
                return Err(refused("exchange", "只有 database 连接器能做库表交换"));
            }
            exchange.check(options.database.as_ref())?;
            return Ok(Self {
                streams: Vec::new(),
                options,
            });
        }
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
        if let Some((exchange, database)) = self.exchange() {
            let probe = Exchange {
                probe: true,
                ..exchange.clone()
            };
            return probe.run(database, ctx).map(|_| ());
        }
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
        if self.options.exchange.is_some() {
            return vec![StreamSpec::new(database::STREAM).title("库表交换")];
        }
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
        if self.options.exchange.is_some() && stream == database::STREAM {
            return Ok(database::schema());
        }
        self.stream(stream).map(|stream| table::schema(&stream.columns))
    }

    /// Starts reading a stream.
    ///
    /// # Errors
    /// `not_found`; `config` when the state is not one of this stream; whatever the source says.
    pub fn read(&self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        if let Some((exchange, database)) = self.exchange()
            && request.stream == database::STREAM
        {
            let batch = exchange.run(database, ctx)?;
            return Ok(Box::new(std::iter::once(Ok(batch))));
        }
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
            Reader::Records { server, endpoint } => remote(Box::new(HttpFetch::new(server, endpoint, ctx))),
            Reader::Database => remote(Box::new(self.database(stream, ctx)?)),
            Reader::Download { server, endpoint } => {
                let scratch = tempfile::tempdir()?;
                // What was fetched for the stream is the stream's, whatever its path is called.
                let folder = DropFolder {
                    dir: scratch.path().to_owned(),
                    patterns: Vec::new(),
                    settle: Duration::ZERO,
                };
                let feed = feed(&stream.def, &stream.columns, folder)?.period_default(fetch::WHOLE);
                Ok(Box::new(Downloaded::new(
                    server, endpoint, feed, scratch, &request, ctx,
                )))
            }
        }
    }

    /// What is exchanged, and with which database.
    fn exchange(&self) -> Option<(&Exchange, &database::Database)> {
        self.options.exchange.as_ref().zip(self.options.database.as_ref())
    }

    fn stream(&self, name: &str) -> Result<&Stream, Error> {
        let found = self.streams.iter().find(|stream| stream.def.name == name);
        let known = || self.streams.iter().map(|stream| stream.def.name.as_str());
        found.ok_or_else(|| no_stream(name, known()))
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
