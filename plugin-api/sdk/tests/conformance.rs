//! A connector under the SDK, called through its own descriptor.
//! Here because the promises of the trait (columns cut, rows cut, errors with their path, panics caught) are the SDK's.
//! In: a small connector. Out: what a hub would see.
//! Not here: child processes; the hostile plugin covers those.

use plugin_api::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::testing::{Recorder, conform, discover, read};
use plugin_api::{Batches, Category, Connector, Context, Cursor, Error, ReadRequest, Spec, StreamSpec};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    batches: i64,
    #[serde(default)]
    trouble: Option<String>,
}

struct Numbers(Config);

fn schema() -> SchemaRef {
    let fields = [
        Field::new("n", DataType::Int64, false),
        Field::new("text", DataType::Utf8, true),
    ];
    Arc::new(Schema::new(Vec::from(fields)))
}

impl Connector for Numbers {
    type Config = Config;
    fn spec() -> Spec {
        Spec::new("numbers", "1.0.0").title("Numbers").network(["*"])
    }
    fn open(config: Config, _: &Context) -> Result<Self, Error> {
        Ok(Numbers(config))
    }
    fn check(&mut self, ctx: &Context) -> Result<(), Error> {
        match self.0.trouble.as_deref() {
            Some("slow") => ctx.sleep(Duration::from_secs(3600)),
            Some("secret") => ctx.secret("absent").map(drop),
            _ => Ok(()),
        }
    }
    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        let stream = StreamSpec::new("numbers")
            .title("数")
            .primary_key(["n"])
            .cursor(Cursor::new(["n"]));
        Ok(vec![stream.mapping("SELECT n FROM numbers")])
    }
    fn schema(&mut self, stream: &str, _: &Context) -> Result<SchemaRef, Error> {
        if stream == "numbers" {
            Ok(schema())
        } else {
            Err(Error::not_found(format!("no stream {stream:?}")))
        }
    }
    fn read(&mut self, _: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        let (ctx, panics) = (ctx.clone(), self.0.trouble.as_deref() == Some("panic"));
        Ok(Box::new((0..self.0.batches).map(move |index| {
            assert!(!panics || index < 1, "boom");
            plugin_api::tracing::info!(index, "batch");
            ctx.checkpoint(
                "numbers",
                u64::try_from(index).unwrap_or_default() + 1,
                &json!({ "n": index }),
            )?;
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(index * 10..index * 10 + 10));
            let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..10).map(|row| row.to_string())));
            Ok(RecordBatch::try_new(schema(), vec![numbers, texts])?)
        })))
    }
}

plugin_api::export_connector!(Numbers);

#[test]
fn a_plain_connector_conforms() {
    let report = conform(hub_descriptor(), &json!({ "batches": 3 }), &Recorder::default());
    assert!(report.passed(), "{report}");
    assert!(report.checks.len() >= 12, "{report}");
    let empty = conform(hub_descriptor(), &json!({ "batches": 0 }), &Recorder::default());
    assert!(empty.passed(), "an empty stream is a stream: {empty}");
}

#[test]
fn streams_carry_their_mapping_and_reads_their_checkpoints_and_log() {
    let host = Recorder::default();
    let streams = discover(hub_descriptor(), &json!({ "batches": 1 }), &host).unwrap();
    assert_eq!(streams[0].0.mapping.as_deref(), Some("SELECT n FROM numbers"));
    let outcome = read(
        hub_descriptor(),
        &json!({ "batches": 2 }),
        &ReadRequest::new("numbers"),
        &host,
    )
    .unwrap();
    assert_eq!(
        outcome.batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
        20
    );
    let after: Vec<u64> = host
        .checkpoints()
        .iter()
        .map(|checkpoint| checkpoint.after_batch)
        .collect();
    assert_eq!(after, [1, 2]);
    assert!(
        host.log().iter().any(|line| line.ends_with("batch index=1")),
        "{:?}",
        host.log()
    );
}

#[test]
fn columns_and_rows_are_cut_for_the_connector() {
    let host = Recorder::default();
    let mut request = ReadRequest::new("numbers");
    request.columns = Some(vec!["text".into(), "n".into()]);
    request.max_rows = Some(13);
    let outcome = read(hub_descriptor(), &json!({ "batches": 5 }), &request, &host).unwrap();
    let names: Vec<&str> = outcome
        .schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, ["text", "n"]);
    let rows: Vec<usize> = outcome.batches.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(rows, [10, 3]);
    assert_eq!(host.checkpoints(), [], "a cut read leaves no checkpoints");
    request.columns = Some(vec!["absent".into()]);
    let error = read(hub_descriptor(), &json!({ "batches": 5 }), &request, &host).unwrap_err();
    assert_eq!(error.category(), Category::Config);
}

#[test]
fn a_bad_configuration_names_its_field() {
    let host = Recorder::default();
    for (config, path) in [
        (json!({ "batches": "three" }), "batches"),
        (json!({ "batches": 1, "surplus": 0 }), "surplus"),
        (json!({}), "batches"),
    ] {
        let error = discover(hub_descriptor(), &config, &host).unwrap_err();
        assert_eq!(error.category(), Category::Config);
        assert!(error.message().contains(path), "{error}");
    }
}

#[test]
fn a_panic_is_an_error_of_the_run_and_ends_the_instance() {
    let host = Recorder::default();
    let config = json!({ "batches": 3, "trouble": "panic" });
    let error = read(hub_descriptor(), &config, &ReadRequest::new("numbers"), &host).unwrap_err();
    assert_eq!(error.category(), Category::Internal);
    assert!(error.message().contains("plugin panicked: boom"), "{error}");
}

#[test]
fn a_waiting_connector_notices_a_cancel_within_50_ms() {
    let host = Recorder::default();
    let context = host.context();
    let mut numbers = Numbers(Config {
        batches: 0,
        trouble: Some("slow".into()),
    });
    let cancelled_at = std::thread::scope(|scope| {
        let stopper = scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(60));
            host.cancel();
            Instant::now()
        });
        let error = numbers.check(&context).unwrap_err();
        assert_eq!(error.category(), Category::Cancelled);
        stopper.join().unwrap()
    });
    // Twice the promise: this machine may be busy.
    assert!(cancelled_at.elapsed() < Duration::from_millis(100));
    numbers.0.trouble = Some("secret".into());
    let error = numbers
        .check(&Recorder::new([("present", "x")]).context())
        .unwrap_err();
    assert_eq!(error.category(), Category::Auth);
}
