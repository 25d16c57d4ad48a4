//! Record linkage: which row of a department's list is which person of the register.
//! Here because numbers are masked, cut, mistyped or missing, and linking the wrong person is worse than linking none.
//! In: two lists as Arrow batches. Out: links with their certainty, doubts for a clerk, the reasons for both.
//! Not here: SQL, files, clocks; who settles a doubt and what becomes of it.

mod birth;
mod blocks;
mod cells;
mod compare;
mod context;
mod evaluation;
mod explain;
mod frequency;
mod groups;
mod hash;
mod home;
mod index;
mod learn;
mod link;
mod names;
mod number;
mod pairs;
mod people;
mod place;
mod rehearsal;
mod row;
mod score;
mod sets;
mod tables;
#[cfg(test)]
mod tests;
mod weights;

pub use blocks::BLOCK_MAX;
pub use evaluation::{Evaluation, Point};
pub use explain::{CANDIDATES_SHOWN, Candidate, Explanation, Family, Reason, Rival};
pub(crate) use hash::text as text_hash;
pub use index::{CANDIDATES_MAX, Index};
pub use link::{Band, Link, Linkage, Links, Report};
pub use people::{Columns, People, PeopleReader, ROWS_MAX};
pub use sets::{Column, Kind, Schema, SchemaError, evaluate};
pub use weights::{WEIGHTS_FORMAT, Weights, WeightsError};
