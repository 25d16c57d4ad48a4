//! Which household a person belongs to, for every person of a city.
//! Here because each of tens of millions of rows asks it, and ids that lie together are asked for together.
//! In: memberships. Out: the person's one household, or that there are several.
//! Not here: what becomes of the income of somebody with several (event).

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// People in a page. Ids are dense, so that pages are full and rows of neighbours find theirs in the cache.
const PAGE: u64 = 4_096;
/// Nobody's; registries never give this id.
const NONE: u64 = 0;
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
pub(super) struct Homes {
    pages: HashMap<u64, Box<[u64]>, FixedState>,
}

impl Homes {
    /// Notes that `person` belongs to `household`.
    pub(super) fn settle(&mut self, person: u64, household: u64) {
        let page = self.pages.entry(person / PAGE);
        let page = page.or_insert_with(|| (0..PAGE).map(|_| NONE).collect());
        if let Some(home) = page.get_mut(place(person)) {
            *home = match *home {
                NONE => household,
                home if home == household => home,
                _ => SEVERAL,
            };
        }
    }

    /// Where `person` belongs; `None` when to no household.
    pub(super) fn of(&self, person: u64) -> Option<Home> {
        match *self.pages.get(&(person / PAGE))?.get(place(person))? {
            NONE => None,
            SEVERAL => Some(Home::Several),
            household => Some(Home::One(household)),
        }
    }
}

/// A person's place in their page.
fn place(person: u64) -> usize {
    usize::try_from(person % PAGE).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_household_several_or_none() {
        let mut homes = Homes::default();
        for (person, household) in [(1, 7), (1, 7), (2, 7), (2, 8), (PAGE, 9), (u64::MAX, 4)] {
            homes.settle(person, household);
        }
        assert_eq!(homes.of(1), Some(Home::One(7)));
        assert_eq!(homes.of(2), Some(Home::Several));
        assert_eq!(homes.of(PAGE), Some(Home::One(9)));
        assert_eq!(homes.of(u64::MAX), Some(Home::One(4)));
        assert_eq!((homes.of(0), homes.of(3)), (None, None));
    }
}
