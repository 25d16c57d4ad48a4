//! Builds the hub from its settings.
//! Here because every command needs some part of it, wired the same way.
//! In: settings. Out: sources, a local hub, or the service to talk to.
//! Not here: what commands do with it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use chrono::NaiveDate;
use hub_engine::{Engine, EngineOptions, IdentityKey, RuleBook};
use hub_runtime::clock::SystemClock;
use hub_runtime::collect::Collector;
use hub_runtime::desk::{Desk, Keys};
use hub_runtime::relay::Relay;
use hub_runtime::remote::{self, Remote};
use hub_runtime::scheduler::{Scheduler, Work};
use hub_runtime::{Hub, Live, Sources, clock};
use hub_store::{Access, Lease, Store};
use hub_web::WrittenOut;
use plugin_host::Host;
use tempfile::TempDir;
use tokio::runtime::{Builder, Handle};
use tokio_util::task::TaskTracker;

use crate::adapter::Adapter;
use crate::book::Book;
use crate::cmd::actor;
use crate::exit::ConfigError;
use crate::log;
use crate::settings::{self, Loaded};

/// Runs `work` on the hub's runtime, with a second one for the engine: a long query must not hold up a health check.
pub(crate) fn with_runtimes<T>(work: impl AsyncFnOnce(Handle) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let engine = Builder::new_multi_thread()
        .thread_name("engine")
        .enable_all()
        .build()?;
    let hub = Builder::new_multi_thread()
        .thread_name("hub")
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = hub.block_on(work(engine.handle().clone()));
    // While there are still threads to do it.
    log::finish();
    // In the background: a plugin that is still being waited for must not hold up the exit; its child dies with us.
    engine.shutdown_background();
    hub.shutdown_background();
    done
}

/// The hub of a configuration directory.
pub(crate) struct App {
    pub(crate) loaded: Loaded,
    pub(crate) sources: Sources,
    pub(crate) engine: Engine,
    pub(crate) book: Arc<RuleBook>,
    /// The same as checks use it.
    tried: Arc<Book>,
    /// The threads the engine computes on.
    pub(crate) threads: Handle,
}

impl App {
    /// Reads the configuration in `dir` and wires the hub; nothing is opened yet.
    pub(crate) fn open(dir: &Path, threads: Handle) -> anyhow::Result<Self> {
        let (loaded, book) = settings::load_whole(dir)?;
        let tried = Book::of(book);
        let (sources, engine) = wire(&loaded, &tried, &threads, &loaded.settings.home.lake_dir)?;
        Ok(Self {
            loaded,
            sources,
            engine,
            book: Arc::clone(&tried.loaded),
            tried,
            threads,
        })
    }

    /// The rules that can be used; tried now unless they were.
    pub(crate) async fn tried_book(&self) -> anyhow::Result<Arc<RuleBook>> {
        let (tried, engine) = (Arc::clone(&self.tried), self.engine.clone());
        let work = async move { tried.admitted(&engine).await };
        Ok(self.threads.spawn(work).await??)
    }

    /// The rules as checks use them.
    pub(crate) fn book_as_used(&self) -> Arc<Book> {
        Arc::clone(&self.tried)
    }

    /// The day that questions and checks are about.
    pub(crate) fn today(&self) -> NaiveDate {
        self.loaded.settings.day(clock::now_ms())
    }

    /// The same sources over a lake of their own, which goes with the folder.
    pub(crate) fn trial(&self) -> anyhow::Result<(TempDir, Sources, Engine)> {
        // Where the hub's own data lies, not where everybody's temporary files do: the rows are about people.
        let data_dir = &self.loaded.settings.home.data_dir;
        let at = || data_dir.display().to_string();
        std::fs::create_dir_all(data_dir).with_context(at)?;
        let mut folder = tempfile::Builder::new();
        let lake = folder.prefix("trial-").tempdir_in(data_dir).with_context(at)?;
        let (sources, engine) = wire(&self.loaded, &self.tried, &self.threads, lake.path())?;
        Ok((lake, sources, engine))
    }

    /// That nothing lies in a file while the configuration names a server: an empty county would be found there.
    fn moved(&self) -> anyhow::Result<()> {
        let home = &self.loaded.settings.home;
        let file = home.data_dir.join("hub.db");
        match &home.server {
            Some(server) if file.exists() => {
                let told = format!(
                    "{}：数据还在这个文件里，而配置写的是 {server}；先迁移：hub database move / \
                     the data is still in this file, and the configuration names {server}: carry it there first, hub database move",
                    file.display()
                );
                Err(ConfigError(told).into())
            }
            _ => Ok(()),
        }
    }

    /// Takes the lease and opens the hub for writing.
    pub(crate) async fn local(&self) -> anyhow::Result<Local> {
        self.moved()?;
        let settings = &self.loaded.settings;
        for folder in [&settings.home.data_dir, &settings.home.lake_dir] {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let lease = Lease::take(&settings.home, &settings.node).await?;
        log::keep_runs(&settings.home.data_dir);
        let store = Store::open(&settings.home, Access::Write).await?.under(&lease);
        let fingerprint = IdentityKey::new(self.loaded.identity_key).fingerprint();
        store.adopt_identity(&fingerprint, clock::now_ms()).await?;
        let files = &self.loaded.files;
        store
            .record_configuration(files, (&actor(), "start"), clock::now_ms())
            .await?;
        let relay = Relay::new(store.clone(), &self.loaded.settings, &host()?)?;
        let hub = Live::new(Hub::start(self.sources.clone(), store.clone()).await?);
        relay.write_out(Arc::new(WrittenOut(Arc::clone(&hub))));
        let work = Arc::clone(&hub) as Arc<dyn Work>;
        let plan = Arc::clone(&self.loaded.settings.schedules);
        Ok(Local {
            scheduler: Scheduler::new(store, plan, work, Arc::new(SystemClock)),
            hub,
            relay,
            lease,
        })
    }

    /// The local hub, or the running service when it holds the lease.
    pub(crate) async fn writer(&self) -> anyhow::Result<Writer> {
        match self.local().await {
            Ok(local) => Ok(Writer::Local(local)),
            Err(error) if matches!(error.downcast_ref(), Some(hub_store::Error::Held { .. })) => {
                let socket = remote::socket(&self.loaded.settings.home.data_dir);
                // A socket nobody answers was left by a hub that died; whoever holds the lease now is no service.
                let answered = std::os::unix::net::UnixStream::connect(&socket).is_ok();
                if answered {
                    Ok(Writer::Service(Remote::new(socket)?))
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Where departments' programs ask, and where their credentials are made.
    pub(crate) fn desk(&self, local: &Local, tasks: TaskTracker) -> Arc<Desk> {
        let keys = Keys::of_site(&self.loaded.identity_key);
        Desk::new(Arc::clone(&local.hub), keys, tasks)
    }

    /// What takes the answers that departments leave in files and tables, through `desk`.
    pub(crate) fn collector(&self, local: &Local, desk: Arc<Desk>) -> anyhow::Result<Arc<Collector>> {
        let store = local.hub.store.clone();
        Ok(Collector::new(desk, store, &self.loaded.settings, &host()?))
    }

    /// The store, for reading; none before anything was ever written.
    pub(crate) async fn reader_if_any(&self) -> anyhow::Result<Option<Store>> {
        match self.reader().await {
            Err(error) if matches!(error.downcast_ref(), Some(hub_store::Error::Missing { .. })) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// The store, for reading.
    pub(crate) async fn reader(&self) -> anyhow::Result<Store> {
        self.moved()?;
        Ok(Store::open(&self.loaded.settings.home, Access::Read).await?)
    }
}

/// How children are started.
pub(crate) fn host() -> anyhow::Result<Host> {
    Ok(Host {
        exe: std::env::current_exe()?,
        args: vec!["connector-host".to_owned()],
    })
}

/// The sources of a configuration, and the engine over `lake` that they feed.
fn wire(
    loaded: &Loaded,
    book: &Arc<Book>,
    threads: &Handle,
    lake: &Path,
) -> anyhow::Result<(Sources, Engine)> {
    let engine = Engine::new(EngineOptions {
        lake_dir: lake.to_owned(),
        memory_bytes: loaded.engine_memory_bytes,
        partitions: std::thread::available_parallelism().map_or(1, usize::from),
        identity_key: IdentityKey::new(loaded.identity_key),
    })?;
    Ok((sources(loaded, book, &engine, threads)?, engine))
}

/// The sources of a configuration, that feed `engine`.
pub(crate) fn sources(
    loaded: &Loaded,
    book: &Arc<Book>,
    engine: &Engine,
    threads: &Handle,
) -> anyhow::Result<Sources> {
    let adapter = Adapter {
        engine: engine.clone(),
        book: Arc::clone(book),
        threads: threads.clone(),
        places: Arc::new(loaded.places.clone()),
    };
    Ok(Sources::new(
        Arc::new(loaded.settings.clone()),
        Arc::new(adapter),
        host()?,
    ))
}

/// A hub that holds the lease.
pub(crate) struct Local {
    pub(crate) hub: Arc<Live>,
    pub(crate) relay: Arc<Relay>,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) lease: Lease,
}

/// Who writes.
pub(crate) enum Writer {
    /// This process.
    Local(Local),
    /// The service that holds the lease.
    Service(Remote),
}
