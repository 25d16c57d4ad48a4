//! Roles: what each village is cast for, so that every small county has each case that is one of a village or its station.
//! Here because a county of 10,000 has about twenty villages: a rare case left to dice would be missing in most of them.
//! In: a seed, a village's position. Out: one of 24 roles; any 24 villages in a row, from a multiple of 24 on, have all of them.
//! Not here: what a role does (county/entries.rs, departments/life).

use super::dice::{Dice, Purpose};

/// As many as there are slots of villages.
pub(crate) const ROLES: u64 = 24;

/// Most incomes of the village are whole thousands, of another nearly as many as may be.
pub(crate) const ROUND: u64 = 7;
pub(crate) const LESS_ROUND: u64 = 8;
/// Many households of the village have one wage, in another one fewer than is remarkable.
pub(crate) const ALIKE: u64 = 15;
pub(crate) const LESS_ALIKE: u64 = 16;
/// The incomes of the village crowd above the line.
pub(crate) const CROWDED: u64 = 23;

/// The role of the village at `number`.
pub(crate) fn role(seed: u64, number: u64) -> u64 {
    let turn = Dice::new(seed, number / ROLES, Purpose::Roles).below(24);
    (number + u64::from(turn)) % ROLES
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn any_block_of_villages_has_every_role() {
        for seed in 0..5 {
            let roles: BTreeSet<u64> = (48..72).map(|number| role(seed, number)).collect();
            assert_eq!(roles.len() as u64, ROLES);
        }
    }
}
