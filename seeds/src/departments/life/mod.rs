//! Life: what happens to a household over the months: work, benefits, posts; all of it follows from the household alone.
//! Here because several departments see the same life, each its own part; their figures must agree unless disagreement is planted.
//! In: a household's sketch. Out: spells of work, an assistance unit, a public-welfare post.
//! Not here: how a department prints it (rows/), which takes names and numbers; villages' accounts (rows/pv.rs).

mod accounts;
mod benefits;
mod cares;
pub(crate) mod market;
pub(crate) mod measures;
pub(crate) mod payments;
mod posts;
pub(crate) mod promises;
mod shares;
mod solar;
pub(crate) mod training;
mod treatment;
mod work;

use crate::county::dice::{Dice, Purpose};
use crate::county::{County, Member, Person, REFERENCE_YEAR, Walk};

use super::calendar::{Day, Months};
use super::dirt::Dirt;

pub(crate) use accounts::{Account, Fund, accounts, each_fund};
pub(crate) use benefits::{Assistance, STANDARDS, assistance, benefit_category};
pub(crate) use cares::{Cared, cares};
pub(crate) use posts::{Post, may_have_post, post, post_wage, with_post_ledger};
pub(crate) use shares::{AWARD_FEN, Share, TWICE_AGO, paid_twice, pays_post, share};
pub(crate) use solar::{
    MULTIPLIER, PRICE, Settlement, Station, has_stations, settled_months, station_village, stations,
    with_history,
};
pub(crate) use treatment::{SERIOUS, STAY, Treated, VISIT, treatments};
pub(crate) use work::{Spell, push_employer, push_employer_code, spells};

/// Everything rows are made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) county: County,
    pub(crate) seed: u64,
    pub(crate) people: u64,
    /// The months payments are made in.
    pub(crate) months: Months,
    /// The months spells of work are laid into, whichever of them are asked for.
    pub(crate) horizon: Months,
    pub(crate) dirt: Dirt,
}

/// Position of the year that is judged among the years of incomes.
pub(crate) const JUDGED: usize = 1;

impl World {
    pub(crate) fn homes(&self) -> Walk {
        self.county.walk()
    }

    /// The day the county is looked at: early in the month after the last one.
    pub(crate) fn today(&self) -> Day {
        self.horizon.last.plus(1).day(6)
    }

    pub(crate) fn dice(&self, index: u64, purpose: Purpose) -> Dice {
        Dice::new(self.seed, index, purpose)
    }
}

/// The ID number of a member: the first 18 characters of the document.
pub(crate) fn id(member: &Member) -> &str {
    member.document_no.get(..18).unwrap_or(&member.document_no)
}

/// Age, in the year the county is seen in, of who was born in `birth_year`.
pub(crate) fn age(birth_year: u64) -> u64 {
    REFERENCE_YEAR.saturating_sub(birth_year)
}

/// Kind (1 to 7) and grade (1 to 4) of somebody disabled: the card's, or thrown when there is no card.
pub(crate) fn disability(person: &Person, dice: &mut Dice) -> Option<(u32, u32)> {
    if person.health != "残疾" {
        return None;
    }
    Some(
        person
            .card
            .unwrap_or_else(|| (1 + dice.below(7), 1 + dice.below(4))),
    )
}

#[cfg(test)]
mod tests {
    use super::JUDGED;
    use crate::county::{JUDGED_YEAR, YEARS};

    #[test]
    fn the_judged_year_is_where_it_is_looked_for() {
        assert_eq!(YEARS[JUDGED], JUDGED_YEAR);
    }
}
