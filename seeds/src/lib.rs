//! Seeds: the synthetic county as its departments see it, the demo's configuration, simulators of departments and platform.
//! Here because the product must be seen and tested without one real person's data, and with the right answers known.
//! In: a number of people, a seed, a folder, an address. Out: files a department would send, expected findings, services, a receiver.
//! Not here: anything of the hub; seeds know the outside world only.

pub mod config;
pub mod county;
pub mod departments;
mod error;
pub mod lists;
pub mod receiver;
pub mod secret;
pub mod serve;
mod server;
pub mod sources;
pub mod tables;

pub use config::{AS_OF, demo_config, departments_config};
pub use error::Error;
