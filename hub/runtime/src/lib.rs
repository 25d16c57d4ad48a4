//! The runtime: when and why things happen.
//! Here because reading, checking, committing and pushing must happen in one order, and survive a kill between any two.
//! In: settings, a store, an engine behind a port, plugins. Out: runs, warnings, pushes.
//! Not here: DataFusion (it sees [`port::Engine`]), axum, the files settings are written in.

pub mod backup;
pub mod channels;
pub mod checked;
pub mod clock;
pub mod collect;
pub mod desk;
pub mod pinned;
pub mod port;
pub mod relay;
pub mod reload;
pub mod remote;
pub mod report;
pub mod returned;
pub mod run_log;
pub mod schedule;
pub mod scheduler;
pub mod settings;
pub mod spans;
pub mod workbook;
pub mod worksheet;

mod act;
mod breaker;
mod carry;
mod cases;
mod check;
mod cloud_event;
mod decide;
mod error;
mod full;
mod guards;
mod hub;
mod lineage;
mod linking;
mod live;
mod quiet;
mod rank;
mod reading;
mod recorded;
mod remarks;
mod retain;
mod rota;
mod secret;
mod sources;
mod stop;
mod storm;
mod sweep;
mod trial;
pub mod under_way;
mod whole;

pub use act::{ActAsked, Acted};
pub use decide::DecisionAsked;
pub use error::Error;
pub use full::{FullCase, FullCases};
pub use guards::Guards;
pub use hub::{Hub, Which};
pub use lineage::Told;
pub use live::Live;
pub use quiet::{ExemptAsked, SilenceAsked};
pub use retain::{Retained, plan};
pub use secret::Secret;
pub use sources::Sources;
pub use stop::{Stop, StopReason};
pub use trial::{Sample, Trial};

/// Result of a runtime operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;
