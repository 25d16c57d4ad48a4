//! Singer: any tap that speaks the Singer protocol, by configuration alone.
//! Here because hundreds of sources have a tap already, and a tap is a program that writes JSON lines.
//! In: a tap's path, its configuration, streams with their mappings. Out: those streams, with types as the tap declares them.
//! Not here: what a column means to the hub (the mapping), installing taps.
//!
//! A reading is one process of the tap with one stream selected: `process` starts it, `reading` turns its messages into
//! batches by way of `columns`, `state` is what the next reading begins with.

mod catalog;
mod columns;
mod message;
mod options;
mod process;
mod reading;
mod said;
mod state;

use connector_kit::offered::no_stream;
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::{Batches, Connector, Context, Error, Mode, ReadRequest, Spec, StreamSpec};

use catalog::{Catalog, Method, Stream};
use options::Options;

/// The connector.
pub struct Singer {
    options: Options,
    streams: Option<Vec<Stream>>,
}

impl Singer {
    /// The streams offered; the tap is asked once.
    fn streams(&mut self, ctx: &Context) -> Result<&[Stream], Error> {
        let streams = match self.streams.take() {
            Some(streams) => streams,
            None => Catalog::of(&self.options, ctx)?.streams(&self.options)?,
        };
        Ok(self.streams.insert(streams))
    }

    fn stream(&mut self, name: &str, ctx: &Context) -> Result<Stream, Error> {
        let streams = self.streams(ctx)?;
        let found = streams.iter().find(|stream| stream.name == name);
        let known = || streams.iter().map(|stream| stream.name.as_str());
        found.cloned().ok_or_else(|| no_stream(name, known()))
    }
}

impl Connector for Singer {
    type Config = Options;

    fn spec() -> Spec {
        Spec::new("singer", env!("CARGO_PKG_VERSION"))
            .title("Singer tap（零代码）")
            .description("运行任意 Singer tap，读取其数据流；增量位置由平台保存。")
            .streams_dynamic()
            .network(["*"])
            .modes([Mode::Full, Mode::Incremental])
    }

    fn open(config: Options, _: &Context) -> Result<Self, Error> {
        config.check()?;
        Ok(Self {
            options: config,
            streams: None,
        })
    }

    fn check(&mut self, ctx: &Context) -> Result<(), Error> {
        self.streams(ctx).map(|_| ())
    }

    fn discover(&mut self, ctx: &Context) -> Result<Vec<StreamSpec>, Error> {
        let specs = self.streams(ctx)?.iter().map(|stream| {
            let spec = StreamSpec::new(&stream.name)
                .title(&stream.row)
                .primary_key(stream.key.clone())
                .modes([Mode::Full, Mode::Incremental]);
            match &stream.mapping {
                Some(mapping) => spec.mapping(mapping),
                None => spec,
            }
        });
        Ok(specs.collect())
    }

    fn schema(&mut self, stream: &str, ctx: &Context) -> Result<SchemaRef, Error> {
        Ok(columns::schema(&self.stream(stream, ctx)?.columns))
    }

    fn read(&mut self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        let stream = self.stream(&request.stream, ctx)?;
        let earlier = match stream.method {
            Method::Incremental if request.mode == Mode::Incremental => state::State::of(request)?,
            Method::FullTable | Method::Incremental => state::State::of(request)?.digest_only(),
        };
        reading::start(&self.options, stream, earlier, request, ctx)
    }
}

plugin_api::export_connector!(Singer);
