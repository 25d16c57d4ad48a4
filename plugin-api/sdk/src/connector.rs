//! The trait an author implements, and the rules of its life.
//! Here as the single page an author must read.
//! In: `Config`, then `ReadRequest`s. Out: stream descriptions, schemas, batches.
//! Not here: how calls arrive (`ffi`), what the hub does with an error.

use crate::{Context, Error, ReadRequest, Spec, StreamSpec};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// What `read` returns: batches in order, ending at the first error. It owns what it needs; keep a clone of the
/// [`Context`] in it to log, to report progress and to leave checkpoints.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>;

/// One way to reach a source.
///
/// The order of calls is `spec`, `open`, then any of `check`, `discover`, `schema` and `read`, one at a time, from
/// changing threads. One stream is read at a time; the hub opens more instances to read more. A panic anywhere is
/// caught, reported as `internal`, and ends the instance, never the hub.
///
/// ```
/// use plugin_api::arrow::{array::RecordBatch, schema::{Schema, SchemaRef}};
/// use plugin_api::*;
///
/// struct Empty;
///
/// impl Connector for Empty {
///     type Config = serde_json::Value;
///     fn spec() -> Spec {
///         Spec::new("empty", "1.0.0")
///     }
///     fn open(_: Self::Config, _: &Context) -> Result<Self, Error> {
///         Ok(Empty)
///     }
///     fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
///         Ok(vec![StreamSpec::new("nothing")])
///     }
///     fn schema(&mut self, _: &str, _: &Context) -> Result<SchemaRef, Error> {
///         Ok(SchemaRef::new(Schema::empty()))
///     }
///     fn read(&mut self, _: &ReadRequest, _: &Context) -> Result<Batches, Error> {
///         Ok(Box::new(std::iter::empty::<Result<RecordBatch, Error>>()))
///     }
/// }
/// ```
pub trait Connector: Sized + Send + 'static {
    /// The configuration. Its JSON Schema is shown to operators; mark secrets with
    /// `#[schemars(extend("x-hub-secret" = true))]` and refuse unknown fields.
    type Config: serde::de::DeserializeOwned + schemars::JsonSchema;

    /// Name, version and what the hub may know without opening anything.
    fn spec() -> Spec;

    /// From configuration to an instance. Cheap: it checks values, not the network.
    ///
    /// # Errors
    /// `config`, naming the field.
    fn open(config: Self::Config, ctx: &Context) -> Result<Self, Error>;

    /// Is the source there, and do the credentials work? May use the network.
    ///
    /// # Errors
    /// `auth`, `permission`, `not_found`, `transient`.
    fn check(&mut self, ctx: &Context) -> Result<(), Error> {
        let _ = ctx;
        Ok(())
    }

    /// The streams this configuration offers.
    ///
    /// # Errors
    /// As for [`Connector::check`].
    fn discover(&mut self, ctx: &Context) -> Result<Vec<StreamSpec>, Error>;

    /// The schema of one stream's batches, with all columns it can give.
    ///
    /// # Errors
    /// `config` or `not_found` for a stream that `discover` does not list.
    fn schema(&mut self, stream: &str, ctx: &Context) -> Result<SchemaRef, Error>;

    /// Starts reading. Every batch must have the columns of [`Connector::schema`], or exactly those of
    /// `request.columns`; the SDK cuts to the requested columns and to `max_rows` where the connector does not.
    ///
    /// # Errors
    /// `config` or `not_found` for an unknown stream, otherwise whatever the source says.
    fn read(&mut self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error>;
}
