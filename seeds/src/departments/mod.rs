//! Departments: the same county as five departments see it, each in its own words, files and mistakes.
//! Here because the hub's work is to bring these views together; seeds know what it should arrive at.
//! In: `DepartmentOptions`. Out: `<dir>/inbox/<connector>/` and `<dir>/departments.json`; single feeds for benches.
//! Not here: the roster's members and incomes, which stay clean (county/); the services (serve/).

mod calendar;
mod dirt;
mod feed;
mod files;
mod gbk;
pub(crate) mod life;
mod oracle;
pub(crate) mod output;
pub(crate) mod row;
pub(crate) mod rows;
pub(crate) mod spelling;
mod spoil;
mod stream;
mod truth;
mod uscc;

use std::path::Path;

pub use calendar::{Day, MONTHS_MAX, Month, Months};
pub use dirt::{Dirt, DirtCode, DirtTruth, Outcome, Unit};
pub use feed::{FEED_ROWS_MAX, FeedOptions, feed};
pub use files::TRUTH_FILE;
pub use oracle::{PEOPLE_JUDGED_MAX, RuleTruth};
pub use output::{Encoding, Format, SETTLEMENT_ELEMENTS};
pub use row::Row;
pub use stream::{Column, Kind, Stream};
pub use truth::{DepartmentTruth, StreamTruth};
pub use uscc::check as uscc_check;

use crate::Error;
use crate::county::{Options, county};
use life::World;

/// What the departments' files are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepartmentOptions {
    /// People and seed: the county's own.
    pub county: Options,
    /// The months seen.
    pub months: Months,
    /// How dirty the files are.
    pub dirt: Dirt,
}

impl DepartmentOptions {
    pub(crate) fn world(self) -> Result<World, Error> {
        Ok(World {
            county: county(self.county)?,
            seed: self.county.seed,
            people: self.county.people,
            months: self.months,
            horizon: self.months,
            dirt: self.dirt,
        })
    }
}

/// Writes every department's files and their truth below `dir`, replacing those of an earlier run.
///
/// # Errors
/// When the options are out of bounds or a file cannot be written.
pub fn generate(dir: &Path, options: DepartmentOptions) -> Result<DepartmentTruth, Error> {
    files::generate(dir, &options.world()?)
}

/// Gives every row of a stream to `take`, in order; `take` ends the walk by returning false.
///
/// # Errors
/// When the options are out of bounds.
pub fn each_row(
    options: DepartmentOptions,
    stream: Stream,
    mut take: impl FnMut(&Row) -> bool,
) -> Result<u64, Error> {
    let mut counted = rows::Counted::default();
    rows::walk(&options.world()?, stream, &mut counted, &mut |row, _| {
        Ok(take(row))
    })?;
    Ok(counted.rows)
}
