//! What the rest of the list says about a row: where its household's other members were found, and who is taken.
//! Here because a brother is told from his twin by who is already somebody.
//! In: placements of the last round. Out: the cells for mates and claims of a pair.
//! Not here: what those cells are worth; that is learned like the others.

use super::cells::{CLAIM, MATES, SILENT};
use super::compare::Pair;
use super::groups::Groups;
use super::hash::Map;
use super::index::Index;
use super::people::{People, at};

/// Posterior from which a row is placed, for its household's sake.
const PLACED: f64 = 0.95;
/// Posterior from which a row takes its person, so that a weaker row is told.
const TAKEN: f64 = 0.99;

/// Where a row stands after a round: its best candidate, and how sure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    pub(super) person: u32,
    pub(super) posterior: f64,
    /// Log-odds of the candidate against all else.
    pub(super) odds: f64,
}

/// No candidate at all.
pub(super) const NOWHERE: Placement = Placement {
    person: u32::MAX,
    posterior: 0.0,
    odds: f64::NEG_INFINITY,
};

/// The placements of a list.
pub(super) struct Context<'a> {
    index: &'a Index,
    list: &'a People,
    placements: &'a [Placement],
    households: &'a Groups,
    /// By person: the two strongest rows that take it.
    taken: Map<u32, [(f64, u32); 2]>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        index: &'a Index,
        list: &'a People,
        households: &'a Groups,
        placements: &'a [Placement],
    ) -> Self {
        let mut taken = Map::<u32, [(f64, u32); 2]>::default();
        for (placement, row) in placements.iter().zip(0..) {
            if placement.posterior < TAKEN {
                continue;
            }
            let strongest = taken
                .entry(placement.person)
                .or_insert([(f64::NEG_INFINITY, u32::MAX); 2]);
            let claim = (placement.odds, row);
            if claim.0 > strongest[0].0 {
                strongest[1] = strongest[0];
                strongest[0] = claim;
            } else if claim.0 > strongest[1].0 {
                strongest[1] = claim;
            }
        }
        Self {
            index,
            list,
            placements,
            households,
            taken,
        }
    }

    /// Sets the cells of a row's pairs. `rehearsed` rows are compared as if they had not been placed themselves.
    pub(super) fn set(&self, row: usize, pairs: &mut [Pair], rehearsed: bool) {
        let mates = self.mates(row);
        let own = self.placements.get(row).copied().unwrap_or(NOWHERE);
        for pair in pairs {
            let household = self.index.household(pair.person);
            pair.cells[MATES] = match (household, mates.is_empty()) {
                (0, _) | (_, true) => SILENT,
                (household, false) => u8::from(!mates.contains(&household)),
            };
            let strength = if !rehearsed && own.person == pair.person {
                own.odds
            } else {
                f64::NEG_INFINITY
            };
            let claimed = self.taken.get(&pair.person).is_some_and(|rows| {
                let others = rows.iter().find(|(_, other)| *other as usize != row);
                others.is_some_and(|(odds, _)| *odds > strength)
            });
            pair.cells[CLAIM] = u8::from(claimed);
        }
    }

    /// The registered households in which the other rows of the row's household were placed.
    fn mates(&self, row: usize) -> Vec<u32> {
        let members = self.households.of(at(&self.list.household, row));
        let others = members.iter().filter(|other| **other as usize != row);
        let placed = others.filter_map(|other| {
            let placement = self.placements.get(*other as usize)?;
            (placement.posterior >= PLACED).then(|| self.index.household(placement.person))
        });
        placed.filter(|household| *household != 0).collect()
    }
}
