//! Life: what happens to a household over the months: work, benefits, posts; all of it follows from the household alone.
//! Here because several departments see the same life, each its own part; their figures must agree unless disagreement is planted.
//! In: a household and its index. Out: spells of work, an assistance unit, a public-welfare post.
//! Not here: how a department prints it (rows/), villages and suppliers (rows/pv.rs, rows/market.rs).

mod benefits;
mod posts;
mod solar;
mod work;

use crate::county::dice::{Dice, Purpose};
use crate::county::{County, Household, Income, JUDGED_YEAR, Member, Outline, REFERENCE_YEAR, Walk};

use super::calendar::Months;
use super::dirt::Dirt;

pub(crate) use benefits::{Assistance, assistance};
pub(crate) use posts::{may_have_post, post};
pub(crate) use solar::{MULTIPLIER, PRICE, Station, station};
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

/// A household with its number and where it stands.
pub(crate) struct Home<'w> {
    pub(crate) index: u64,
    pub(crate) household: &'w Household,
    /// Its county-level unit, by position in `COUNTIES`.
    pub(crate) unit: usize,
    /// Its rank within the village, from 1.
    pub(crate) rank: u64,
}

impl World {
    pub(crate) fn homes(&self) -> Walk {
        self.county.walk()
    }

    pub(crate) fn dice(&self, index: u64, purpose: Purpose) -> Dice {
        Dice::new(self.seed, index, purpose)
    }
}

impl<'w> Home<'w> {
    pub(crate) fn of(outline: Outline<'w>) -> Self {
        Self {
            index: outline.index,
            unit: outline.unit(),
            rank: outline.rank(),
            household: outline.draw(),
        }
    }

    /// The income of the year that is judged.
    pub(crate) fn income(&self) -> Option<&Income> {
        self.household
            .incomes
            .iter()
            .find(|income| income.year == JUDGED_YEAR)
    }
}

/// The ID number of a member: the first 18 characters of the document.
pub(crate) fn id(member: &Member) -> &str {
    member.document_no.get(..18).unwrap_or(&member.document_no)
}

/// Age in the year the county is seen in.
pub(crate) fn age(member: &Member) -> u64 {
    REFERENCE_YEAR.saturating_sub(member.birth_year)
}

/// Kind (1 to 7) and grade (1 to 4) of a disabled member: the card's, or thrown when there is no card.
pub(crate) fn disability(member: &Member, dice: &mut Dice) -> Option<(usize, usize)> {
    if member.health != "残疾" {
        return None;
    }
    let digit = |at: usize| {
        let text = member.document_no.get(at..=at)?;
        text.parse::<usize>().ok()
    };
    match (digit(18), digit(19)) {
        (Some(kind), Some(grade)) => Some((kind, grade)),
        _no_card => Some((1 + dice.below(7) as usize, 1 + dice.below(4) as usize)),
    }
}
