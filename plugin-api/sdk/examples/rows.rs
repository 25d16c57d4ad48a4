//! A source of as many rows as wanted, twelve columns wide, for the host's benches.
//! Here so that transport is measured with a real plugin and nothing else costs time.
//! In: `{"rows": …}`. Out: eight prepared batches, over and over.
//! Not here: parsing, which costs any real connector more than all of this.

use plugin_api::arrow::array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use plugin_api::arrow::array::{ArrayRef, RecordBatch};
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::{Batches, Connector, Context, Error, ReadRequest, Spec, StreamSpec};
use std::sync::Arc;

const BATCH_ROWS: i64 = 8192;
const PREPARED: i64 = 8;

#[derive(serde::Deserialize, plugin_api::schemars::JsonSchema)]
struct Config {
    rows: usize,
}

struct Rows {
    rows: usize,
    prepared: Vec<RecordBatch>,
}

impl Connector for Rows {
    type Config = Config;

    fn spec() -> Spec {
        Spec::new("rows", env!("CARGO_PKG_VERSION"))
    }

    fn open(config: Config, _: &Context) -> Result<Self, Error> {
        let prepared: Result<Vec<RecordBatch>, Error> = (0..PREPARED).map(batch).collect();
        Ok(Rows {
            rows: config.rows,
            prepared: prepared?,
        })
    }

    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        Ok(vec![StreamSpec::new("rows")])
    }

    fn schema(&mut self, stream: &str, _: &Context) -> Result<SchemaRef, Error> {
        match self.prepared.first() {
            Some(first) if stream == "rows" => Ok(first.schema()),
            Some(_) | None => Err(Error::not_found(stream)),
        }
    }

    fn read(&mut self, _: &ReadRequest, _: &Context) -> Result<Batches, Error> {
        let prepared = self.prepared.clone();
        let mut left = self.rows;
        let batches = (0..).map_while(move |index: usize| {
            let batch = prepared.get(index % prepared.len())?;
            let rows = left.min(batch.num_rows());
            left -= rows;
            (rows > 0).then(|| Ok(batch.slice(0, rows)))
        });
        Ok(Box::new(batches))
    }
}

fn batch(index: i64) -> Result<RecordBatch, Error> {
    let rows = index * BATCH_ROWS..(index + 1) * BATCH_ROWS;
    let text = |name: &'static str, nulls: i64| {
        let mut column = StringBuilder::new();
        for row in rows.clone() {
            column.append_option((nulls == 0 || row % nulls != 0).then(|| format!("{name}-{}", row % 9973)));
        }
        (name, Arc::new(column.finish()) as ArrayRef)
    };
    let mut id = Int64Builder::new();
    let mut day = Date32Builder::new();
    let mut at = TimestampMicrosecondBuilder::new();
    let mut amount = Decimal128Builder::new().with_precision_and_scale(18, 2)?;
    let mut price = Decimal128Builder::new().with_precision_and_scale(10, 4)?;
    let mut flag = BooleanBuilder::new();
    let mut share = Float64Builder::new();
    for row in rows.clone() {
        id.append_value(row);
        day.append_option((row % 7 != 0).then(|| i32::try_from(row % 20_000).unwrap_or_default()));
        at.append_value(row * 1_000_003);
        amount.append_option((row % 11 != 0).then(|| i128::from(row) * 37));
        price.append_value(i128::from(row % 100_000));
        flag.append_option((row % 13 != 0).then_some(row % 2 == 0));
        share.append_value(f64::from(i32::try_from(row % 1000).unwrap_or_default()) / 7.0);
    }
    let columns: [(&str, ArrayRef); 12] = [
        ("id", Arc::new(id.finish())),
        text("name", 0),
        text("village", 0),
        text("station", 5),
        text("phone", 3),
        text("remark", 2),
        ("day", Arc::new(day.finish())),
        ("at", Arc::new(at.finish())),
        ("amount", Arc::new(amount.finish())),
        ("price", Arc::new(price.finish())),
        ("flag", Arc::new(flag.finish())),
        ("share", Arc::new(share.finish())),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

plugin_api::export_connector!(Rows);
