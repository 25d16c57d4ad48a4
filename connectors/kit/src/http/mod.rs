//! HTTP sources: signed, paged, paced, and never believed before they are whole.
//! Here because the departments' gateways differ in everything but this.
//! In: a server and a stream's endpoint from the configuration. Out: spools of raw records, or whole files.
//! Not here: records (record), which columns a stream has.

mod addresses;
mod body;
mod civil;
pub(crate) mod client;
pub(crate) mod download;
mod faults;
pub(crate) mod fetch;
mod home;
pub mod options;
pub(crate) mod paths;
mod plan;
pub(crate) mod quota;
pub mod signing;
#[cfg(test)]
mod tests;
