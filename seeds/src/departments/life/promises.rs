//! Promises: how many households a supplier says it helps, beside how many its list names.
//! Here because the platform prints the promise with the supplier and the list apart from it, and both follow from the same households.
//! In: the lists of all suppliers. Out: `Promises`; most suppliers promise what they keep.
//! Not here: who is on a list (market.rs), what is too little (oracle/).

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::market::{links, may_be_linked};
use crate::county::dice::Purpose;
use crate::departments::PEOPLE_JUDGED_MAX;

/// What the suppliers of a county promise.
pub(crate) struct Promises {
    /// Households on the list of each supplier, by its key; none in a county too large to be judged.
    listed: Option<BTreeMap<u64, i64>>,
}

/// Of a thousand suppliers: promise more than they keep; promise exactly as much more as is let pass.
const SHORT_PER_MILLE: u32 = 140;
const AT_THE_LINE_PER_MILLE: u32 = 300;
/// Promised by whom nobody asks what became of it.
const UNASKED: (i64, i64) = (5, 60);

impl Promises {
    pub(crate) fn of(world: &World) -> Self {
        if world.people > PEOPLE_JUDGED_MAX {
            return Self { listed: None };
        }
        let mut listed: BTreeMap<u64, i64> = BTreeMap::new();
        let mut homes = world.homes();
        while let Some(outline) = homes.next() {
            if may_be_linked(&outline) {
                let links = links(world, &outline);
                let suppliers: BTreeSet<u64> = links.iter().map(|link| link.supplier.key).collect();
                for key in suppliers {
                    *listed.entry(key).or_default() += 1;
                }
            }
        }
        Self { listed: Some(listed) }
    }

    /// Households on a supplier's list.
    pub(crate) fn listed(&self, key: u64) -> i64 {
        self.listed
            .as_ref()
            .and_then(|listed| listed.get(&key))
            .copied()
            .unwrap_or(0)
    }

    /// Households a supplier says it helps.
    pub(crate) fn promised(&self, world: &World, key: u64) -> i64 {
        let mut dice = world.dice(key, Purpose::Promises);
        let (short, at_the_line) = (dice.chance(SHORT_PER_MILLE), dice.chance(AT_THE_LINE_PER_MILLE));
        match self.listed(key) {
            0 => dice.between(UNASKED.0, UNASKED.1),
            listed if short => listed * 5 / 4 + 1 + dice.between(0, 3),
            listed if at_the_line && listed % 4 == 0 => listed / 4 * 5,
            listed => listed,
        }
    }
}
