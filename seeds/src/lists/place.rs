//! Place: the village a household of the lists lives in, from the household's number alone.
//! Here because lists are streamed and yet namesakes must be found in the same village.
//! In: a household's number. Out: county, town, village with codes and names, group, door.
//! Not here: people. Counties are real, everything below them is made up.

use crate::county::COUNTIES;
use crate::county::dice::{Dice, Purpose};
use crate::county::place::{TOWN_STEMS, VILLAGE_SUFFIXES, VILLAGE_SURNAMES};

use super::names::Lineages;

/// Households of one village; with about 3.3 people each, a village has some 1,300.
pub(super) const HOUSEHOLDS_PER_VILLAGE: u64 = 400;
const VILLAGES_PER_TOWN: u64 = 10;
const HOUSEHOLDS_PER_GROUP: u64 = 45;

/// A village and what its people have in common.
#[derive(Debug, Clone)]
pub(super) struct Village {
    /// Number of the village, over all counties.
    pub(super) number: u64,
    pub(super) county: usize,
    pub(super) town_code: String,
    pub(super) town: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) lineages: Lineages,
}

impl Village {
    /// Village `number`; neighbours in number are neighbours in the same town, towns go round the counties.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let (town_no, in_town) = (number / VILLAGES_PER_TOWN, number % VILLAGES_PER_TOWN);
        let counties = COUNTIES.len() as u64;
        let county = index(town_no % counties, COUNTIES.len());
        let town_of_county = town_no / counties;
        let unit = &COUNTIES[county];
        let stem = TOWN_STEMS[index(town_of_county + 7 * (town_no % counties), TOWN_STEMS.len())];
        let ending = if town_of_county % 4 == 3 { "乡" } else { "镇" };
        let town_code = format!("{}{:03}", unit.code, 100 + town_of_county);
        let code = format!("{town_code}{:03}", 200 + in_town);
        let surname = VILLAGE_SURNAMES[index(in_town * 5 + town_no, VILLAGE_SURNAMES.len())];
        let suffix = VILLAGE_SUFFIXES[index(in_town + town_no, VILLAGE_SUFFIXES.len())];
        let again = town_of_county / TOWN_STEMS.len() as u64;
        let before = if again > 0 { "新" } else { "" };
        Self {
            number,
            county,
            town: format!("{before}{stem}{ending}"),
            name: format!("{surname}{suffix}村"),
            town_code,
            code,
            lineages: Lineages::of_village(&mut Dice::new(seed, number, Purpose::Villages)),
        }
    }

    /// The village of a household.
    pub(super) fn of_household(seed: u64, household: u64) -> Self {
        Self::new(seed, household / HOUSEHOLDS_PER_VILLAGE)
    }
}

/// The group of a household within its village, from 1.
pub(super) fn group(household: u64) -> u64 {
    1 + household % HOUSEHOLDS_PER_VILLAGE / HOUSEHOLDS_PER_GROUP
}

/// The door of a household within its group, from 1.
pub(super) fn door(household: u64) -> u64 {
    1 + household % HOUSEHOLDS_PER_VILLAGE % HOUSEHOLDS_PER_GROUP
}

fn index(n: u64, len: usize) -> usize {
    usize::try_from(n).unwrap_or(0) % len
}
