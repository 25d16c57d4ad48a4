//! A collector of OpenTelemetry, and the hub that tells it what it does.
//! Here because a hub without OpenTelemetry is what everybody has, and the one with it is another binary.
//! In: `HUB_OTEL`, a Python that knows OTLP. Out: commands of that binary; the spans that came.
//! Not here: what must be in them.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::{PATIENCE, has, poll, python, setting};
use crate::push_channels::secret;
use crate::site::{Site, end};

/// What the collector asks for.
const AUTHORIZATION: &str = "Bearer a%20b+c==";
/// The hub that was built with it.
pub(crate) fn built_with_it() -> Option<PathBuf> {
    let hub = setting("HUB_OTEL").map(PathBuf::from);
    let is_there = hub.as_ref().is_some_and(|hub| hub.is_file());
    has("hub with OpenTelemetry (HUB_OTEL)", is_there)
        .then_some(hub)
        .flatten()
}

/// `hub` at `site` with `arguments`, telling the collector at `address` what it does.
pub(crate) fn traced(hub: &Path, site: &Site, address: SocketAddr, arguments: &[&str]) -> Command {
    let plain = site.command(arguments);
    let mut command = Command::new(hub);
    command.args(plain.get_args()).env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.env("HUB__OTEL__ENDPOINT", format!("http://{address}/v1/traces"));
    command
}

/// Spans, by name.
pub(crate) type Told = BTreeMap<String, Vec<Value>>;

/// A collector that keeps what it is told.
pub(crate) struct Collector {
    child: Child,
    pub(crate) address: SocketAddr,
    spans: PathBuf,
}

impl Collector {
    /// `None` without a Python that knows OTLP.
    pub(crate) fn start(site: &Site) -> Option<Self> {
        // Only to see whether there is such a Python: the collector does not end by itself.
        let module = "opentelemetry.proto.collector.trace.v1.trace_service_pb2";
        python(&[module], "nothing.py", &[])?;
        let (port, spans) = (site.path("collector.port"), site.path("spans.jsonl"));
        let child = Command::new(setting("HUB_PYTHON").unwrap_or_else(|| "python3".to_owned()))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/otel.py"))
            .args([&port, &spans])
            .arg(AUTHORIZATION)
            .stdin(Stdio::null())
            .spawn()
            .expect("a collector");
        let found = poll(PATIENCE, || fs::read_to_string(&port).ok()?.parse::<u16>().ok());
        secret(site, "otel.authorization", AUTHORIZATION);
        Some(Collector {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], found.expect("its port"))),
            spans,
        })
    }

    /// Every span it was told, by name.
    pub(crate) fn told(&self) -> Told {
        let mut told: Told = BTreeMap::new();
        for line in fs::read_to_string(&self.spans).unwrap_or_default().lines() {
            let span: Value = serde_json::from_str(line).expect("a span");
            let name = span["name"].as_str().expect("a name").to_owned();
            told.entry(name).or_default().push(span);
        }
        told
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
