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
mod numbers;
mod push;
mod readiness;
mod reload;
mod retention;
mod schedules;
mod top;

use std::sync::Arc;

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
pub use health::standby;
pub use listen::{Listener, serve};
pub use metrics::{Answered, Service, metrics, told as metrics_text};
pub use push::{CollectRequest, EndpointRequest, ReplayRequest};
pub use readiness::Readiness;
pub use reload::{ReloadProblem, ReloadRequest};
pub use retention::RetainRequest;
pub use schedules::{BackfillRequest, ScheduleRequest};
pub use top::Moment;

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
    let runs = axum::middleware::from_fn_with_state(doors.ready.clone(), api::while_it_runs);
    let api = api::api(Arc::clone(&doors.desk)).layer(runs);
    let watched = axum::middleware::from_fn_with_state(doors.answered.clone(), metrics::watch);
    health::health(doors)
        .merge(api)
        .route_layer(watched)
        .fallback(api::nothing_here)
}
