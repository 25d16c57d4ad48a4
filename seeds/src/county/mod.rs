//! The synthetic county: households, people and incomes of Fuyang's eight units, none of them real, and what a rule must find.
//! Here because demos, tests and benches need data whose right answers are known, at any size, the same on every machine.
//! In: `Options`. Out: `<dir>/inbox/roster/*.xlsx` as the national system would export them, and `<dir>/truth.json`.
//! Not here: other departments' files (to come), dirt (the files are clean), anything the hub knows.

mod ahead;
mod coverage;
pub(crate) mod dice;
mod entries;
mod household;
pub(crate) mod identity;
mod income;
mod member;
mod person;
pub(crate) mod place;
mod plan;
mod planted;
mod risks;
pub(crate) mod roles;
mod sketch;
mod slips;
mod truth;
mod walk;
mod write;

use std::path::Path;

use place::Layout;

pub(crate) use ahead::HOUSEHOLD_MAX;
pub(crate) use coverage::Coverage;
pub use household::{Household, Told};
pub use identity::{Sex, check_digit};
pub use income::{FEN, Income};
pub use member::Member;
pub(crate) use person::{Person, REFERENCE_YEAR, may_hold_post};
pub use place::{COUNTIES, CountyUnit, Place};
pub(crate) use plan::{Help, Watch};
pub use plan::{HouseholdType, Monitoring, YEARS};
pub(crate) use sketch::{Home, Sketch};
pub use truth::{
    Band, Finding, INCOME_ATTENTION_FEN, JUDGED_YEAR, LOW_INCOME_STANDARD_FEN, MONITORING_LINE_FEN,
    RuleTruth, Severity, Truth, a01,
};
pub(crate) use walk::{Outline, SOLAR_RANK_MAX, Walk};
pub use write::{INCOME_HEADERS, MEMBER_HEADERS};

use crate::Error;

/// Fewest people a county may have: below that some county-level unit would stand empty.
pub const PEOPLE_MIN: u64 = 1_000;
/// Most people a county may have: beyond that ID numbers would repeat.
pub const PEOPLE_MAX: u64 = 10_000_000;

/// Which county.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// People in all, `PEOPLE_MIN..=PEOPLE_MAX`; the county has exactly so many.
    pub people: u64,
    /// The same seed and people give the same county, byte for byte.
    pub seed: u64,
}

/// A county that can be walked as often as needed; it holds no household.
#[derive(Debug, Clone, Copy)]
pub struct County {
    options: Options,
    pub(crate) layout: Layout,
}

/// The county of `options`.
///
/// # Errors
/// When the number of people is out of bounds.
pub fn county(options: Options) -> Result<County, Error> {
    if !(PEOPLE_MIN..=PEOPLE_MAX).contains(&options.people) {
        return Err(Error::People {
            asked: options.people,
            min: PEOPLE_MIN,
            max: PEOPLE_MAX,
        });
    }
    Ok(County::new(options))
}

/// Writes the county's files and its truth below `dir`, replacing those of an earlier run, and returns the truth.
///
/// # Errors
/// When the options are out of bounds or a file cannot be written.
pub fn generate(dir: &Path, options: Options) -> Result<Truth, Error> {
    write::generate(dir, county(options)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashSet};

    fn all(people: u64, seed: u64) -> Vec<Household> {
        county(Options { people, seed }).unwrap().households().collect()
    }

    #[test]
    fn a_county_has_exactly_the_people_asked_for_and_no_number_twice() {
        for people in [1_000, 12_345] {
            let households = all(people, 1);
            let members = || households.iter().flat_map(|household| &household.members);
            assert_eq!(members().count() as u64, people);
            assert_eq!(
                members().map(|m| &m.person_no).collect::<HashSet<_>>().len() as u64,
                people
            );
            // As everybody but the register has them, which may have one wrong.
            let mut ids = HashSet::new();
            let mut walk = county(Options { people, seed: 1 }).unwrap().walk();
            while let Some(outline) = walk.next() {
                for member in outline.sketch().home().members {
                    let id: String = member.document_no.chars().take(18).collect();
                    ids.insert(id);
                }
            }
            assert_eq!(ids.len() as u64, people);
            let numbers: HashSet<_> = households
                .iter()
                .map(|household| &household.household_no)
                .collect();
            assert_eq!(numbers.len(), households.len());
        }
    }

    #[test]
    fn people_are_of_a_believable_age_and_size() {
        // Below the size from which registers have faults.
        let households = all(4_900, 4);
        let mean = 4_900 / households.len();
        assert_eq!(mean, 3);
        for member in households.iter().flat_map(|household| &household.members) {
            assert!(
                (1930..=2023).contains(&member.birth_year),
                "{}",
                member.birth_year
            );
            assert!(member.education.is_empty() != member.at_school.is_empty());
        }
    }

    #[test]
    fn another_seed_is_another_county_and_the_same_seed_the_same() {
        let names = |seed| -> Vec<String> {
            all(1_000, seed)
                .iter()
                .map(|h| h.members[0].name.clone())
                .collect()
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
    }

    #[test]
    fn the_smallest_county_holds_every_band_every_severity_and_every_decoy() {
        for seed in 0..20 {
            let households = all(1_000, seed);
            let findings: Vec<Finding> = households.iter().filter_map(a01).collect();
            let mut kinds = BTreeMap::new();
            for finding in &findings {
                *kinds
                    .entry((finding.band, format!("{:?}", finding.severity)))
                    .or_insert(0) += 1;
            }
            assert!(kinds.len() >= 5, "seed {seed}: {kinds:?}");
            let exactly = |line: i64| {
                households
                    .iter()
                    .any(|h| h.incomes[1].net_fen == line * h.incomes[1].people_year)
            };
            assert!(
                [MONITORING_LINE_FEN, LOW_INCOME_STANDARD_FEN, INCOME_ATTENTION_FEN]
                    .iter()
                    .all(|l| exactly(*l))
            );
            let printed_at_the_line =
                |h: &Household| a01(h).is_some() && h.incomes[1].per_capita_fen() == INCOME_ATTENTION_FEN;
            assert!(households.iter().any(printed_at_the_line), "seed {seed}");
        }
    }

    #[test]
    fn of_the_households_the_rule_looks_at_about_one_in_a_hundred_is_below() {
        let households = all(100_000, 7);
        let watched = |h: &&Household| {
            h.household_type == HouseholdType::Lifted
                || h.monitoring.as_ref().is_some_and(|m| m.removed.is_none())
        };
        let eligible = households.iter().filter(watched).count();
        let found = households.iter().filter_map(a01).count();
        assert!(
            (5..=10).contains(&(1000 * found / eligible)),
            "{found} of {eligible}"
        );
    }
}
