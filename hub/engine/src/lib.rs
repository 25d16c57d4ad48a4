//! The engine: the only door to DataFusion and Parquet.
//! Here because columns are what makes a city month fit a modest server, and one crate must pay for the compiler time.
//! In: record batches, mapping SQL, rule files. Out: Parquet files, row counts, findings with their cells.
//! Not here: plugins, HTTP, the control database, the clock. Times and dates are given.

mod alias;
mod assembled;
mod bits;
mod cells;
mod check_cites;
mod check_plans;
#[cfg(test)]
mod check_tests;
mod cited_key;
mod cited_rows;
#[cfg(test)]
mod cited_tests;
mod computed;
mod corrections;
mod cross_check;
mod encoding;
mod engine;
mod error;
mod evidence;
mod flaw;
mod functions;
mod household;
mod id_pages;
mod identity_key;
mod income;
mod landed_rows;
mod landing;
mod lineage;
mod link;
mod link_reader;
mod link_told;
mod link_units;
pub mod linkage;
mod mapping;
mod mention;
mod normalise;
mod parameter_unit;
mod parameters;
mod parquet_file;
mod part;
mod place;
mod profile;
mod query;
mod refused;
mod rule_band;
mod rule_band_file;
mod rule_book;
mod rule_check;
mod rule_example;
mod rule_file;
mod rule_judged;
mod rule_life_file;
mod rule_try;
mod sentence;
mod session;
mod shared;
mod shared_choice;
mod shared_room;
mod snapshot_hash;
mod statements;
mod steps;
mod string_agg;
#[cfg(test)]
mod test_lake;
mod two_lists;

pub use corrections::CarryJob;
pub use engine::{Engine, EngineOptions};
pub use error::Error;
pub use household::{
    Figure as HouseholdFigure, Flag, Household, Member, Net as HouseholdNet, PERSONAL as HOUSEHOLD_PERSONAL,
    Registration, Source,
};
pub use identity_key::IdentityKey;
pub use landed_rows::{LandedCell, LandedRow};
pub use landing::{LandedParts, LandingWriter};
pub use link::{LinkJob, Linked};
pub use link_told::{TOLD_MAX, Told};
pub use normalise::{NormaliseJob, Normalised};
pub use parameters::Parameters;
pub use query::{Answer, Prepared, Question, ROWS_MAX};
pub use rule_band_file::{Band, Test};
pub use rule_book::{PARAMETER_FILES, RuleBook};
pub use rule_file::Rule;
pub use rule_judged::{Condition, JUDGED_MAX, JudgedRow, Judgement, Standing};
pub use sentence::shown;
pub use snapshot_hash::{SnapshotHash, TableHash};
pub use two_lists::{Judged, Threshold, evaluate as evaluate_linkage};

/// Result of an engine operation.
pub type Result<T> = std::result::Result<T, Error>;
