//! ADBC: any database with an ADBC driver, by configuration alone.
//! Here because a driver that speaks Arrow exists for databases the kit has none for, and a driver is one more library.
//! In: a driver's path, its options, streams with their queries and mappings. Out: those streams, every column as text.
//! Not here: PostgreSQL, MySQL and SQLite without a driver to install (the `database` connector); what a column means.
//!
//! A reading is one statement of one connection, on a thread of its own: `driver` opens it, `text` makes texts of what comes,
//! `reading` cuts batches, `cursor` remembers where it was.

mod cursor;
mod driver;
mod faults;
mod options;
mod reading;
mod text;

use connector_kit::offered::no_stream;
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::{Batches, Connector, Context, Error, Mode, ReadRequest, Spec, StreamSpec};

use options::{Options, StreamDef};

/// The connector.
pub struct Adbc(Options);

impl Adbc {
    fn stream(&self, name: &str) -> Result<&StreamDef, Error> {
        let found = self.0.stream.iter().find(|stream| stream.name == name);
        let known = || self.0.stream.iter().map(|stream| stream.name.as_str());
        found.ok_or_else(|| no_stream(name, known()))
    }
}

impl Connector for Adbc {
    type Config = Options;

    fn spec() -> Spec {
        Spec::new("adbc", env!("CARGO_PKG_VERSION"))
            .title("ADBC 驱动（零代码）")
            .description("通过任意 ADBC 驱动读取数据库中的查询，只读。")
            .streams_dynamic()
            .network(["*"])
            .modes([Mode::Full, Mode::Incremental])
    }

    fn open(config: Options, _: &Context) -> Result<Self, Error> {
        config.check()?;
        Ok(Self(config))
    }

    fn check(&mut self, ctx: &Context) -> Result<(), Error> {
        for stream in &self.0.stream {
            reading::columns(&self.0, stream, ctx)?;
        }
        Ok(())
    }

    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        let specs = self.0.stream.iter().map(|stream| {
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
        let stream = self.stream(stream)?;
        Ok(text::schema(&reading::columns(&self.0, stream, ctx)?))
    }

    fn read(&mut self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        let stream = self.stream(&request.stream)?.clone();
        reading::start(&self.0, stream, request, ctx)
    }
}

plugin_api::export_connector!(Adbc);
