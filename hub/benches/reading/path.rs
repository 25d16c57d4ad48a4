//! The way of a stream as a run takes it: a plugin's child, its batches, the lake, the canonical tables.
//! Here because a figure over anything less than the whole way would flatter it.
//! In: a plugin, its options, a stream. Out: landed files, then normalised ones, with what they cost.
//! Not here: the store's transaction, which costs the same however many rows there are.

use std::path::Path;
use std::sync::Arc;

use hub_engine::{Engine, EngineOptions, IdentityKey, NormaliseJob};
use hub_model::{Registries, RunId, StreamId};
use plugin_host::{
    Access, DiscoveredStream, Host, Isolation, Launch, Limits, PluginFile, ReadRequest, Trust, discard_logs,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::measure::{self, Cost};

/// The memory queries get unless configured otherwise.
const MEMORY_BYTES: usize = 768 << 20;

/// A connector's stream and a lake to land it in.
pub(crate) struct Way {
    host: Host,
    launch: Launch,
    stream: DiscoveredStream,
    id: StreamId,
    lake: TempDir,
    engine: Engine,
    threads: Runtime,
    runs: u64,
}

/// A stream that was landed.
pub(crate) struct Landed {
    pub(crate) job: NormaliseJob,
    pub(crate) rows: u64,
    /// Of its Parquet files.
    pub(crate) bytes: u64,
    pub(crate) hub: Cost,
    /// The child's high-water mark.
    pub(crate) child_mb: f64,
}

impl Way {
    /// The stream `name` of the connector in the plugin file `plugin`.
    pub(crate) fn new(plugin: &str, options: Value, name: &str) -> Self {
        let exe = std::env::current_exe().unwrap();
        // The bench lies in `deps` below the folder the workspace's plugins are built into.
        let plugins = exe.parent().and_then(Path::parent).unwrap();
        let file = plugins.join(format!("lib{}.so", plugin.replace('-', "_")));
        let file = PluginFile::open(&file).expect("build the workspace in the same profile first");
        let host = Host {
            exe,
            args: vec!["connector-host".to_owned()],
        };
        let launch = Launch {
            plugin: Arc::new(file.verify(&Trust::default()).unwrap()),
            access: Some(Access::declared(&options)),
            config: options,
            secrets: Default::default(),
            isolation: Isolation::Child,
            limits: Limits::default(),
            log: discard_logs(),
        };
        let streams = host.discover(&launch).unwrap();
        let stream = streams
            .into_iter()
            .find(|stream| stream.spec.name == name)
            .unwrap();
        let lake = tempfile::tempdir().unwrap();
        let engine = Engine::new(EngineOptions {
            lake_dir: lake.path().to_owned(),
            memory_bytes: MEMORY_BYTES,
            partitions: std::thread::available_parallelism().map_or(1, usize::from),
            identity_key: IdentityKey::new([7; 32]),
        });
        Self {
            host,
            launch,
            id: StreamId::new(plugin, name),
            stream,
            lake,
            engine: engine.unwrap(),
            threads: Runtime::new().unwrap(),
            runs: 0,
        }
    }

    fn next_run(&mut self) -> RunId {
        self.runs += 1;
        RunId::new(self.runs, u128::from(self.runs))
    }

    /// Reads the stream to its end into the lake, from which earlier files are removed first.
    pub(crate) fn land(&mut self) -> Landed {
        for old in std::fs::read_dir(self.lake.path()).unwrap() {
            std::fs::remove_dir_all(old.unwrap().path()).unwrap();
        }
        let run = self.next_run();
        let work = || {
            let request = ReadRequest::new(&self.stream.spec.name);
            let mut session = self.host.read(&self.launch, request).unwrap();
            let schema = session.schema();
            let mut landing = self.engine.landing(run, self.id.clone(), &schema);
            while let Some(batch) = session.next().unwrap() {
                landing.write(&batch).unwrap();
            }
            let report = session.finish().unwrap();
            (schema, landing.finish().unwrap().files, report)
        };
        let ((schema, files, report), hub) = measure::cost(work);
        let bytes = files.iter().map(|file| file.bytes).sum();
        let job = NormaliseJob {
            run,
            stream: self.id.clone(),
            mapping: self.stream.spec.mapping.clone().unwrap(),
            origin: "the shipped mapping".to_owned(),
            schema,
            files,
        };
        Landed {
            job,
            rows: report.rows,
            bytes,
            hub,
            child_mb: measure::megabytes(report.peak_rss_bytes.unwrap()),
        }
    }

    /// Normalises landed rows, as a run of its own with nobody known yet.
    pub(crate) fn normalise(&mut self, landed: &Landed) -> Cost {
        let job = NormaliseJob {
            run: self.next_run(),
            ..landed.job.clone()
        };
        let engine = self.engine.clone();
        let work = async move {
            let mut registries = Registries::default();
            engine.normalise(&job, &mut registries).await
        };
        let (done, cost) =
            measure::cost(|| self.threads.block_on(self.threads.spawn(work)).unwrap().unwrap());
        let counts = done.rows;
        assert_eq!(counts.rows_in, landed.rows);
        assert_eq!(counts.accepted + counts.rejected + counts.filtered, landed.rows);
        cost
    }
}
