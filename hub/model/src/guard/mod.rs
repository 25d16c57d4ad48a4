//! Guards: whether a delivery of a stream may take the place of what stands, or a person must look first.
//! Here because an export cut short, or one in 万元, reads like news about people, and nothing in a row tells.
//! In: what a part looks like by its columns, what approved parts looked like, bounds. Out: drifts, told in sentences.
//! Not here: looking at columns (engine), holding and approving (runtime, store), the files bounds are written in.

mod bounds;
mod compare;
mod drift;
mod kinds;
mod learn;
mod period;
mod profile;
#[cfg(test)]
mod tests;

pub use bounds::{Bounds, BoundsWritten, Reaction, Sameness};
pub use compare::History;
pub use drift::{Deviation, Drift};
pub use kinds::{Kind, Looked, look};
pub use learn::{PERIODS_LOOKED_AT_MAX, PERIODS_LOOKED_AT_MIN, Suggestion, suggest};
pub use profile::{ColumnProfile, Heading, Layout, Profile, about, month_of};
