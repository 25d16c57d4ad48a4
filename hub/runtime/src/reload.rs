//! Another configuration while the hub works: all of it, or nothing.
//! Here because a county changes a line by day, and neither a run nor a fire nor an event may be lost over it.
//! In: sources of a configuration that was read and found right. Out: everything that begins from now on goes by it.
//! Not here: reading and judging files (the binary), who asks (web, signals).

use std::sync::Arc;

use futures::future::BoxFuture;
use hub_store::{Adopted, AuditEntry, ConfigurationFiles};
use plugin_host::Host;
use serde::{Deserialize, Serialize};

use crate::collect::Collector;
use crate::relay::Relay;
use crate::scheduler::Scheduler;
use crate::{Live, Result, Sources, clock};

/// By what a configuration was asked for, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReloadAsked {
    /// Who.
    pub actor: String,
    /// `command` or `signal`.
    pub how: &'static str,
}

/// A configuration that holds now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Its hash.
    pub configuration: String,
    /// That of the one before.
    pub before: String,
    /// Whether they differ.
    pub changed: bool,
    /// What there is of each kind.
    pub connectors: usize,
    /// Channels.
    pub channels: usize,
    /// Schedules.
    pub schedules: usize,
    /// Rules.
    pub rules: usize,
    /// How long it took, from the first file to the last thing that goes by it; milliseconds.
    pub took_ms: u64,
}

/// Why a configuration was not taken: the one before goes on, in everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotReloaded {
    /// The hash of the one that goes on.
    pub configuration: String,
    /// What is wrong, each with what is to be done.
    pub reasons: Vec<Reason>,
    /// Whether the fault lies in what is written; else something of ours refused.
    pub written: bool,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Where: the file, when it is about one.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in characters, from 1.
    pub column: Option<u64>,
    /// What is wrong, and what would be right; begins with the place.
    pub message: String,
}

/// How the last reading of the configuration went; the start is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastReload {
    /// Whether what was read was taken.
    pub taken: bool,
    /// When the last that was taken was, in milliseconds since 1970 UTC.
    pub taken_ms: i64,
}

/// Whoever reads configurations for a service.
pub trait Reloads: Send + Sync {
    /// How the last reading went.
    fn last(&self) -> LastReload;

    /// Reads the files anew; all of them hold then, or none.
    fn reload(&self, asked: ReloadAsked) -> BoxFuture<'_, std::result::Result<Reloaded, NotReloaded>>;
}

/// Everything of a service that goes by its configuration.
pub struct Running {
    /// The hub.
    pub hub: Arc<Live>,
    /// Its relay.
    pub relay: Arc<Relay>,
    /// What takes answers.
    pub collector: Arc<Collector>,
    /// What runs by itself.
    pub scheduler: Arc<Scheduler>,
    /// How children are started.
    pub host: Host,
}

impl Running {
    /// Goes by `sources`, whose files these are, in place of the configuration `before`. What is under way ends by the one it began with.
    ///
    /// # Errors
    /// When a channel cannot be used or the store refuses; then nothing changed.
    pub async fn goes_by(
        &self,
        sources: Sources,
        files: &ConfigurationFiles,
        (asked, before): (&ReloadAsked, &str),
    ) -> Result<()> {
        let settings = Arc::clone(&sources.settings);
        let lanes = self.relay.lanes_for(&settings, &self.host)?;
        let definitions = settings.schedules.definitions();
        let audit = AuditEntry {
            actor: asked.actor.clone(),
            action: "configuration.reloaded".to_owned(),
            subject: format!("configuration/{}", files.hash),
            detail: serde_json::json!({ "before": before, "how": asked.how }).to_string(),
        };
        let adopted = Adopted {
            files,
            routes: &settings.routes,
            definitions: &definitions,
            actor: &asked.actor,
            how: asked.how,
            audit: &[audit],
        };
        // What became true between the store's yes and the last of these lines, a new channel or schedule would never hear of.
        let _books = self.hub.books().await;
        let still = self.scheduler.still().await;
        let rows = self
            .hub
            .store
            .adopt_configuration(&adopted, clock::now_ms())
            .await?;
        // From here on nothing can fail.
        self.scheduler
            .goes_by(still, Arc::clone(&settings.schedules), &rows);
        self.relay.goes_by(lanes);
        self.collector.goes_by(&settings, &self.host);
        self.hub.goes_by(sources);
        Ok(())
    }
}
