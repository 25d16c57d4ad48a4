//! The hub as it is now: whoever asks gets it by the configuration that holds at this moment.
//! Here because a configuration is changed while the hub works, and what is under way keeps the one it began with.
//! In: sources of a configuration, each taking the place of those before. Out: a [`Hub`] for one piece of work.
//! Not here: reading a configuration, what else goes by it (reload).

use std::sync::{Arc, PoisonError, RwLock};

use hub_model::route::Routes;
use hub_store::Store;
use tokio::sync::{Mutex, Semaphore};

use crate::lineage::Lineage;
use crate::under_way::UnderWay;
use crate::{Hub, Sources, full};

/// What every hub of one store shares, whatever configuration it goes by.
pub(crate) struct Shared {
    /// Runs and checks are serial: two diffs over the same warnings would both be right and together wrong.
    pub(crate) turn: Mutex<()>,
    /// Warnings and cases are read, changed and committed by one at a time; a person need not wait for a whole run.
    pub(crate) books: Mutex<()>,
    /// Looks at personal data.
    pub(crate) looks: Semaphore,
    /// Whom runs are told to.
    pub(crate) lineage: Lineage,
    /// What is being read.
    pub(crate) under_way: UnderWay,
    /// By what whoever begins now goes.
    newest: RwLock<Sources>,
}

impl Shared {
    /// Of a hub that begins with `sources` and tells its runs to `lineage`.
    pub(crate) fn new(sources: Sources, lineage: Lineage) -> Arc<Self> {
        Arc::new(Self {
            turn: Mutex::new(()),
            books: Mutex::new(()),
            looks: Semaphore::new(full::LOOKS_AT_ONCE),
            lineage,
            under_way: UnderWay::default(),
            newest: RwLock::new(sources),
        })
    }

    fn newest(&self) -> Sources {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Hub {
    /// The same hub by the configuration that holds now: for what had to wait, and is to begin.
    pub(crate) fn newest(&self) -> Self {
        Self {
            sources: self.shared.newest(),
            store: self.store.clone(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Where events go that become true now, whichever configuration found them: a channel that came meanwhile would miss them.
    /// The caller holds the books.
    pub(crate) fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.shared.newest().settings.routes)
    }
}

/// The hub, by the configuration of the moment.
pub struct Live {
    /// Its store.
    pub store: Store,
    hub: Hub,
}

impl Live {
    /// `hub`, until other sources come.
    #[must_use]
    pub fn new(hub: Hub) -> Arc<Self> {
        Arc::new(Self {
            store: hub.store.clone(),
            hub,
        })
    }

    /// The hub by the configuration that holds now; it keeps that one, so nobody holds on to it longer than one piece of work.
    #[must_use]
    pub fn now(&self) -> Hub {
        self.hub.newest()
    }

    /// What begins from now on goes by `sources`.
    pub(crate) fn goes_by(&self, sources: Sources) {
        *self
            .hub
            .shared
            .newest
            .write()
            .unwrap_or_else(PoisonError::into_inner) = sources;
    }

    /// Until this is dropped, no case and no warning changes.
    pub(crate) async fn books(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.hub.shared.books.lock().await
    }
}
