//! A whole connector: one stream of two rows. `open` gets the options, `read` hands out batches; the rest is names.
use plugin_api::{arrow::array::*, arrow::schema::SchemaRef, *};
const MAPPING: &str = include_str!("../mapping/figures.sql");
struct Figures(RecordBatch);

impl Connector for Figures {
    type Config = serde_json::Map<String, serde_json::Value>;
    fn spec() -> Spec {
        Spec::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }
    fn open(_: Self::Config, _: &Context) -> Result<Self, Error> {
        Ok(Figures(record_batch!(("数值", Utf8, ["12", "无"]))?))
    }
    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        Ok(vec![StreamSpec::new("figures").mapping(MAPPING)])
    }
    fn schema(&mut self, stream: &str, _: &Context) -> Result<SchemaRef, Error> {
        let known = (stream == "figures").then(|| self.0.schema());
        known.ok_or_else(|| Error::not_found(stream))
    }
    fn read(&mut self, _: &ReadRequest, _: &Context) -> Result<Batches, Error> {
        Ok(Box::new(std::iter::once(Ok(self.0.clone()))))
    }
}
plugin_api::export_connector!(Figures);
