//! Which household a person belongs to, for every person of a city.
//! Here because income of a person counts in the household, and each of tens of millions of rows asks for it.
//! In: memberships. Out: the person's one household, or that there are several.
//! Not here: what becomes of the income of somebody with several (event).

use crate::id_pages::IdPages;

/// Stands for several households.
const SEVERAL: u64 = u64::MAX;

/// Where a person belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    One(u64),
    Several,
}

/// The homes of everybody.
#[derive(Debug, Default)]
pub(super) struct Homes(IdPages);

impl Homes {
    /// Notes that `person` belongs to `household`.
    pub(super) fn settle(&mut self, person: u64, household: u64) {
        self.0.change(person, |home| match home {
            None => household,
            Some(home) if home == household => home,
            Some(_) => SEVERAL,
        });
    }

    /// Where `person` belongs; `None` when to no household.
    pub(super) fn of(&self, person: u64) -> Option<Home> {
        match self.0.of(person)? {
            SEVERAL => Some(Home::Several),
            household => Some(Home::One(household)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_household_several_or_none() {
        let mut homes = Homes::default();
        for (person, household) in [(1, 7), (1, 7), (2, 7), (2, 8), (4_096, 9), (u64::MAX, 4)] {
            homes.settle(person, household);
        }
        assert_eq!(homes.of(1), Some(Home::One(7)));
        assert_eq!(homes.of(2), Some(Home::Several));
        assert_eq!(homes.of(4_096), Some(Home::One(9)));
        assert_eq!(homes.of(u64::MAX), Some(Home::One(4)));
        assert_eq!((homes.of(0), homes.of(3)), (None, None));
    }
}
