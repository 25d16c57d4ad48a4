//! The hub's doors: health, numbers and the departments' API on TCP, commands on a Unix socket.
//! Here because everything that speaks HTTP inwards stands behind the same limits.
//! In: a running hub, its relay. Out: two routers and a bounded accept loop.
//! Not here: what the commands do (runtime), DataFusion, plugins.

mod api;
mod cases;
mod control;
mod credentials;
mod full;
mod health;
mod listen;
mod metrics;
mod push;
mod reload;
mod retention;
mod schedules;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use hub_runtime::Live;
use hub_runtime::collect::Collector;
use hub_runtime::desk::Desk;
use hub_runtime::relay::Relay;
use hub_runtime::reload::Reloads;
use hub_runtime::scheduler::Scheduler;
use tokio_util::task::TaskTracker;

pub use cases::{EndRequest, ReleaseRequest};
pub use control::{
    DecideRequest, EXPORTED, JudgeRequest, REVEALED, RunRequest, UndoRequest, WithdrawRequest, control,
};
pub use full::WrittenOut;
pub use listen::{Listener, serve};
pub use metrics::{Answered, metrics, told as metrics_text};
pub use push::{CollectRequest, EndpointRequest, ReplayRequest};
pub use reload::{ReloadProblem, ReloadRequest};
pub use retention::RetainRequest;
pub use schedules::{BackfillRequest, ScheduleRequest};

/// What the doors open onto.
#[derive(Clone)]
pub struct Doors {
    /// The hub.
    pub hub: Arc<Live>,
    /// Where departments' programs ask.
    pub desk: Arc<Desk>,
    /// Its relay.
    pub relay: Arc<Relay>,
    /// What takes answers that are left in files and tables.
    pub collector: Arc<Collector>,
    /// What runs connectors without anybody asking.
    pub scheduler: Arc<Scheduler>,
    /// Who reads the files anew.
    pub reloads: Arc<dyn Reloads>,
    /// Tasks that outlive the request that began them; joined at shutdown.
    pub tasks: TaskTracker,
    /// Whether it may take work.
    pub ready: Readiness,
    /// Requests that were answered.
    pub answered: Answered,
}

/// What is answered on the network.
pub fn public(doors: Doors) -> Router {
    let api = api::api(Arc::clone(&doors.desk));
    let watched = axum::middleware::from_fn_with_state(doors.answered.clone(), metrics::watch);
    health::health(doors)
        .merge(api)
        .route_layer(watched)
        .fallback(api::nothing_here)
}

/// Whether rules are planned and the hub is not about to stop.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    planned: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
}

impl Readiness {
    /// Rules and examples have been checked.
    pub fn planned(&self) {
        self.planned.store(true, Ordering::Release);
    }

    /// The hub is draining.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Why the hub is not ready; empty when it is.
    #[must_use]
    pub fn reasons(&self) -> Vec<&'static str> {
        let mut reasons = Vec::new();
        if !self.planned.load(Ordering::Acquire) {
            reasons.push("rules are still being planned");
        }
        if self.stopping.load(Ordering::Acquire) {
            reasons.push("the hub is stopping");
        }
        reasons
    }
}
