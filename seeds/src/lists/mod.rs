//! Two lists of the same people: a county's register, a department's list of some of them, and who is who.
//! Here because record linkage can only be judged where the right answers are known and the dirt is as in life.
//! In: `ListOptions`. Out: `<dir>/register.csv`, `<dir>/list.csv`, `<dir>/truth.csv`; nobody in them exists.
//! Not here: how the two are linked, and the departments' monthly files (departments).

mod dirt;
mod family;
mod names;
mod outsiders;
mod person;
mod place;
mod profile;
mod row;
mod write;

use std::path::Path;

pub use profile::Profile;
pub use write::ListCounts;

use crate::Error;
use crate::county::{PEOPLE_MAX, PEOPLE_MIN};

/// Which lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListOptions {
    /// People of the register, `PEOPLE_MIN..=PEOPLE_MAX`; it has exactly so many. The list has about a fifth of them.
    pub people: u64,
    /// The same seed, people and profile give the same files, byte for byte.
    pub seed: u64,
    /// How dirty the list is.
    pub profile: Profile,
}

/// Writes the three files below `dir`, replacing those of an earlier run.
///
/// # Errors
/// When the number of people is out of bounds or a file cannot be written.
pub fn generate(dir: &Path, options: ListOptions) -> Result<ListCounts, Error> {
    if !(PEOPLE_MIN..=PEOPLE_MAX).contains(&options.people) {
        return Err(Error::People {
            asked: options.people,
            min: PEOPLE_MIN,
            max: PEOPLE_MAX,
        });
    }
    write::generate(dir, options)
}
