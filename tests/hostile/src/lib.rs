//! A connector that misbehaves in one way, chosen by its configuration.
//! Here for ever: every fault a plugin can have must stay a reported fault of one run and never the hub's end.
//! In: `{"fault": …}`. Out: two good batches of ten rows, then the fault; or four batches when there is none.
//! Not here: what is expected of each (tests/hostile.rs); faults of the file itself (descriptor.c).

#[allow(unsafe_code, reason = "crashing on purpose")]
mod crash;
#[allow(unsafe_code, reason = "asking whether a signal would be allowed")]
mod reach;

use plugin_api::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::{Batches, Connector, Context, Error, ReadRequest, Spec, StreamSpec};
use std::sync::Arc;
use std::time::Duration;

const GOOD_BATCHES: u64 = 2;
const ALL_BATCHES: u64 = 4;
const ROWS: i64 = 10;

#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Fault {
    None,
    PanicOpen,
    PanicDiscover,
    PanicNext,
    PanicDrop,
    PanicThread,
    PanicThreadAcknowledged,
    NulInError,
    Auth,
    RateLimited,
    WrongSchema,
    Segfault,
    Abort,
    ExitZero,
    StackOverflow,
    Print,
    CorruptOffsets,
    ForgeBodyLength,
    ForgeFrameLength,
    ForgeControl,
    ForgeControlFlood,
    ForgeDone,
    LoopCooperative,
    LoopForever,
    Allocate,
    Grandchild,
    CheckpointAhead,
    LogFlood,
    HugeBatch,
    Environment,
    Secret,
    ReadFile,
    ListFolder,
    WriteFile,
    UseScratch,
    StartProgram,
    Connect,
    SignalHub,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    fault: Fault,
    /// What is reached for: a path, a program, an address.
    #[serde(default)]
    at: String,
}

struct Hostile(Config);

fn schema() -> SchemaRef {
    let fields = [
        Field::new("n", DataType::Int64, false),
        Field::new("s", DataType::Utf8, true),
    ];
    Arc::new(Schema::new(Vec::from(fields)))
}

fn batch(index: u64) -> Result<RecordBatch, Error> {
    let from = i64::try_from(index).unwrap_or_default() * ROWS;
    let numbers = Int64Array::from_iter_values(from..from + ROWS);
    let texts = StringArray::from_iter_values((0..ROWS).map(|row| format!("row {row}")));
    Ok(RecordBatch::try_new(
        schema(),
        vec![Arc::new(numbers) as ArrayRef, Arc::new(texts)],
    )?)
}

impl Connector for Hostile {
    type Config = Config;

    fn spec() -> Spec {
        Spec::new("hostile", env!("CARGO_PKG_VERSION")).title("Hostile")
    }

    fn open(config: Config, _: &Context) -> Result<Self, Error> {
        assert!(config.fault != Fault::PanicOpen, "boom in open");
        Ok(Hostile(config))
    }

    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        assert!(self.0.fault != Fault::PanicDiscover, "boom in discover");
        Ok(vec![StreamSpec::new("rows").primary_key(["n"])])
    }

    fn schema(&mut self, stream: &str, _: &Context) -> Result<SchemaRef, Error> {
        if stream == "rows" {
            Ok(schema())
        } else {
            Err(Error::not_found(format!("no stream {stream:?}")))
        }
    }

    fn read(&mut self, _: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        Ok(Box::new(Reader {
            fault: self.0.fault,
            at: self.0.at.clone(),
            next: 0,
            ctx: ctx.clone(),
        }))
    }
}

struct Reader {
    fault: Fault,
    at: String,
    next: u64,
    ctx: Context,
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        self.next += 1;
        if index == GOOD_BATCHES {
            match misbehave(self.fault, &self.at, &self.ctx) {
                Ok(None) => {}
                Ok(Some(batch)) => return Some(Ok(batch)),
                Err(error) => return Some(Err(error)),
            }
        }
        if index >= ALL_BATCHES {
            return None;
        }
        let checkpoint = self.ctx.checkpoint("rows", index + 1, &(index + 1));
        Some(checkpoint.and_then(|()| batch(index)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        assert!(self.fault != Fault::PanicDrop, "boom in drop");
    }
}

/// The fault itself; where it returns, the stream goes on.
fn misbehave(fault: Fault, at: &str, ctx: &Context) -> Result<Option<RecordBatch>, Error> {
    match fault {
        Fault::None | Fault::PanicOpen | Fault::PanicDiscover | Fault::PanicDrop => {}
        Fault::PanicNext => panic!("boom in next"),
        Fault::PanicThread => panicking_thread(),
        Fault::PanicThreadAcknowledged => {
            panicking_thread();
            ctx.acknowledge_panics();
        }
        Fault::NulInError => return Err(Error::data("before\0after")),
        Fault::Auth => return Err(Error::auth("token expired").with_vendor_code(401)),
        Fault::RateLimited => {
            return Err(Error::rate_limited("slow down", Some(Duration::from_secs(30))));
        }
        Fault::WrongSchema => {
            let other: ArrayRef = Arc::new(Int64Array::from(vec![1]));
            return Ok(Some(RecordBatch::try_from_iter([("other", other)])?));
        }
        Fault::Segfault => crash::segfault(),
        Fault::Abort => std::process::abort(),
        Fault::ExitZero => std::process::exit(0),
        Fault::StackOverflow => {
            crash::overflow_the_stack(0);
        }
        Fault::Print => crash::print(),
        Fault::CorruptOffsets => return Ok(Some(crash::corrupt_batch(schema()))),
        Fault::ForgeBodyLength => crash::forge_body_length(),
        Fault::ForgeFrameLength => crash::forge_frame_length(),
        Fault::ForgeControl => crash::forge_control(b"{\"type\":\"surprise\"}\n"),
        Fault::ForgeControlFlood => crash::forge_control(&vec![b'x'; 8 << 20]),
        Fault::ForgeDone => {
            crash::forge_control(b"{\"type\":\"done\",\"batches\":1000,\"rows\":1000}\n");
            std::process::exit(0);
        }
        Fault::LoopCooperative => {
            ctx.sleep(Duration::from_secs(3600))?;
        }
        Fault::LoopForever => loop {
            std::thread::sleep(Duration::from_millis(1));
        },
        Fault::Allocate => crash::allocate_without_end(),
        Fault::Grandchild => crash::leave_a_grandchild(),
        Fault::CheckpointAhead => ctx.checkpoint("rows", 1000, &1000)?,
        Fault::LogFlood => {
            for line in 0..50_000 {
                plugin_api::tracing::info!(line, "flood");
            }
        }
        Fault::HugeBatch => {
            let texts: ArrayRef = Arc::new(StringArray::from_iter_values([" ".repeat(80 << 20)]));
            let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
            return Ok(Some(RecordBatch::try_new(schema(), vec![numbers, texts])?));
        }
        Fault::Environment => plugin_api::tracing::info!("{}", crash::surroundings()),
        Fault::Secret => {
            let secret = ctx.secret("token")?;
            plugin_api::tracing::info!(length = secret.expose().len(), "granted");
            ctx.secret("other")?;
        }
        Fault::ReadFile => reached(reach::read(at)),
        Fault::ListFolder => reached(reach::list(at)),
        Fault::WriteFile => reached(reach::write(at)),
        Fault::UseScratch => reached(reach::scratch()),
        Fault::StartProgram => reached(reach::start(at)),
        Fault::Connect => reached(reach::connect(at)),
        Fault::SignalHub => reached(reach::signal_the_hub()),
    }
    Ok(None)
}

fn reached(result: std::io::Result<()>) {
    plugin_api::tracing::info!("{}", reach::told(result));
}

fn panicking_thread() {
    let thread = std::thread::spawn(|| panic!("boom in a thread"));
    // Swallowed, as careless authors do.
    let _ = thread.join();
}

plugin_api::export_connector!(Hostile);
