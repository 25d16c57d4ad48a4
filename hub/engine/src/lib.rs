//! The engine: the only door to DataFusion and Parquet.
//! Here because columns are what makes a city month fit a modest server, and one crate must pay for the compiler time.
//! In: record batches, mapping SQL, rule files. Out: Parquet files, row counts, findings with their cells.
//! Not here: plugins, HTTP, the control database, the clock. Times and dates are given.

mod encoding;
mod engine;
mod error;
mod evidence;
mod flaw;
mod functions;
mod landing;
mod lineage;
mod link;
pub mod linkage;
mod mapping;
mod normalise;
mod parameters;
mod parquet_file;
mod part;
mod place;
mod query;
mod rule_band;
mod rule_check;
mod rule_example;
mod rule_file;
mod sentence;
mod session;
mod steps;
mod two_lists;

pub use engine::{Engine, EngineOptions};
pub use error::Error;
pub use landing::LandingWriter;
pub use link::IdentityKey;
pub use normalise::{NormaliseJob, Normalised};
pub use parameters::Parameters;
pub use query::{Answer, Prepared, Question, ROWS_MAX};
pub use rule_file::{Band, Rule, RuleBook};
pub use two_lists::{Judged, Threshold, evaluate as evaluate_linkage};

/// Result of an engine operation.
pub type Result<T> = std::result::Result<T, Error>;
