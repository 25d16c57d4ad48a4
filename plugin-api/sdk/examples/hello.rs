//! The smallest whole connector: one stream with one row. Build it with `cargo build -p plugin-api --example hello`.
use plugin_api::{arrow::array::*, arrow::schema::SchemaRef, *};

struct Hello(RecordBatch);

impl Connector for Hello {
    type Config = serde_json::Map<String, serde_json::Value>;
    fn spec() -> Spec {
        Spec::new("hello", env!("CARGO_PKG_VERSION")).title("Hello")
    }
    fn open(_: Self::Config, _: &Context) -> Result<Self, Error> {
        Ok(Hello(record_batch!(("greeting", Utf8, ["hello"]))?))
    }
    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        Ok(vec![StreamSpec::new("greetings")])
    }
    fn schema(&mut self, stream: &str, _: &Context) -> Result<SchemaRef, Error> {
        let known = (stream == "greetings").then(|| self.0.schema());
        known.ok_or_else(|| Error::not_found(stream))
    }
    fn read(&mut self, _: &ReadRequest, _: &Context) -> Result<Batches, Error> {
        Ok(Box::new(std::iter::once(Ok(self.0.clone()))))
    }
}
plugin_api::export_connector!(Hello);
