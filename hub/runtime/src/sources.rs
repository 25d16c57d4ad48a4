//! The configured sources, as commands ask about them: reachable? which streams? show me rows.
//! Here because these questions need plugins and mappings but no store.
//! In: a connector's id. Out: its streams, its first rows, or its fault.
//! Not here: landing and committing (hub).

use std::sync::Arc;

use arrow_array::RecordBatch;
use plugin_host::{DiscoveredStream, Fault, Host, Launch, Lock};

use crate::port::Engine;
use crate::remarks::Remarks;
use crate::settings::{Connector, Settings};
use crate::trial::first_rows;
use crate::{Error, Result, reading};

/// The configured sources.
#[derive(Clone)]
pub struct Sources {
    /// The settings they stand in.
    pub settings: Arc<Settings>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) host: Host,
}

impl Sources {
    /// The sources of `settings`, whose children `host` starts.
    #[must_use]
    pub fn new(settings: Arc<Settings>, engine: Arc<dyn Engine>, host: Host) -> Self {
        Self {
            settings,
            engine,
            host,
        }
    }

    /// The connector called `id`.
    ///
    /// # Errors
    /// [`Error::NoConnector`], naming those there are.
    pub fn connector(&self, id: &str) -> Result<&Connector> {
        self.settings
            .connectors
            .iter()
            .find(|connector| connector.id == id)
            .ok_or_else(|| Error::NoConnector {
                asked: id.to_owned(),
                known: self
                    .settings
                    .connectors
                    .iter()
                    .map(|connector| connector.id.clone())
                    .collect(),
            })
    }

    /// What is needed to start `connector`: its plugin, checked against the lock file, and its settings.
    ///
    /// # Errors
    /// When the plugin is missing, unlisted or altered.
    pub fn launch(&self, connector: &Connector, run: &str) -> Result<Launch> {
        self.launch_heard(connector, run, &Remarks::default())
    }

    /// The same; what the connector remarks is added to `remarks`.
    pub(crate) fn launch_heard(&self, connector: &Connector, run: &str, remarks: &Remarks) -> Result<Launch> {
        launch(&self.settings, connector, run, remarks)
    }

    /// Whether `id`'s source is there and its credentials work.
    ///
    /// # Errors
    /// Its fault.
    pub async fn check(&self, id: &str) -> Result<()> {
        let launch = self.launch(self.connector(id)?, "check")?;
        let host = self.host.clone();
        tokio::task::spawn_blocking(move || host.check(&launch))
            .await?
            .map_err(|fault| faulty(id, fault))
    }

    /// The streams `id` offers. Every mapping is planned, so that a typo shows before a run.
    ///
    /// # Errors
    /// Its fault, or the mapping's mistake with line and column.
    pub async fn discover(&self, id: &str) -> Result<Vec<DiscoveredStream>> {
        let connector = self.connector(id)?;
        let streams = self.offered(id).await?;
        if let Some(message) = connector.guards.unknown(&streams) {
            return Err(Error::Guard {
                file: connector.file.clone(),
                message,
            });
        }
        for stream in &streams {
            if let Ok((mapping, origin)) = reading::mapping_of(connector, stream) {
                self.engine
                    .check_mapping(Arc::clone(&stream.schema), mapping, origin)
                    .await
                    .map_err(Error::Engine)?;
            }
        }
        Ok(streams)
    }

    /// The streams `id` offers, as its plugin says.
    pub(crate) async fn offered(&self, id: &str) -> Result<Vec<DiscoveredStream>> {
        let launch = self.launch(self.connector(id)?, "discover")?;
        let host = self.host.clone();
        let streams = tokio::task::spawn_blocking(move || host.discover(&launch)).await?;
        streams.map_err(|fault| faulty(id, fault))
    }

    /// The first `rows` rows of `stream`, as the source has them; nothing is landed.
    ///
    /// # Errors
    /// Its fault.
    pub async fn preview(&self, id: &str, stream: &str, rows: u64) -> Result<Vec<RecordBatch>> {
        let launch = self.launch(self.connector(id)?, "preview")?;
        let host = self.host.clone();
        let stream = stream.to_owned();
        let read = move || first_rows(&host, &launch, &stream, rows);
        let read = tokio::task::spawn_blocking(read).await?;
        read.map(|(_, batches)| batches)
            .map_err(|fault| faulty(id, fault))
    }
}

/// What is needed to start `connector` by `settings`; what it remarks is added to `remarks`.
pub(crate) fn launch(
    settings: &Settings,
    connector: &Connector,
    run: &str,
    remarks: &Remarks,
) -> Result<Launch> {
    let lock = Lock::load(&settings.plugins_lock)?;
    let plugin = lock.verify(&connector.plugin, &settings.plugins_dir, &settings.trust)?;
    Ok(Launch {
        plugin: Arc::new(plugin),
        config: connector.options.clone(),
        secrets: connector
            .secrets
            .iter()
            .map(|(name, secret)| (name.clone(), secret.reveal().to_owned()))
            .collect(),
        isolation: connector.isolation,
        limits: connector.limits.clone(),
        access: connector.reach(),
        log: reading::log_sink(&connector.id, run, remarks),
    })
}

pub(crate) fn faulty(id: &str, fault: Fault) -> Error {
    Error::Connector {
        connector: id.to_owned(),
        fault: Box::new(fault),
    }
}
