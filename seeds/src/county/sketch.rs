//! Sketch: a household's people without names, and from it the household as departments print it or whole.
//! Here because most who are sketched are not printed, and most who are printed are one of a household.
//! In: an outline whose people have been thrown. Out: `Home` with names for those wanted, `Household` with everybody and everything.
//! Not here: how people are thrown (person.rs), which of them a stream prints.

use std::sync::Arc;

use super::dice::Purpose;
use super::household::{Household, Told};
use super::identity::{push_given_phone, push_padded};
use super::member::{self, Member};
use super::person::{Common, Person};
use super::place::Place;
use super::slips;
use super::walk::{Outline, Walk};

/// A household whose people have everything but names and numbers.
pub(crate) struct Sketch<'w> {
    pub(crate) outline: Outline<'w>,
    pub(super) common: Common,
}

impl<'w> Sketch<'w> {
    /// Its people, the head first.
    pub(crate) fn people(&self) -> &[Person] {
        &self.outline.walk.people
    }

    /// The household with everybody and everything in it.
    pub(crate) fn draw(self) -> &'w Household {
        let plan = self.outline.plan();
        let slip = self.outline.slip(&plan);
        let may_slip = self.outline.may_slip();
        let incomes = [0, 1].map(|which| self.outline.income_of(&plan, which));
        let (rank, index) = (self.outline.rank(), self.outline.index);
        let unsafe_dwelling = self.outline.dwelling(&plan);
        let seed = self.outline.walk.options.seed;
        let Walk {
            village,
            household,
            lent,
            ..
        } = self.name(|_| true);
        household.place = Arc::clone(&village.place);
        household.group.clear();
        push_padded(&mut household.group, 1 + rank / 30, 1);
        household.group.push('组');
        household.phone.clear();
        push_given_phone(&mut household.phone, seed, (village.number, village.first), index);
        household.household_type = plan.household_type;
        household.monitoring = plan.monitoring.map(|watch| watch.written());
        household.no_labour = plan.no_labour && !plan.unlabelled;
        household.incomes = incomes;
        household.told = Told::of(plan.household_type, household.members.len(), unsafe_dwelling);
        match slip {
            Some((slip, mut dice)) => slips::make(slip, household, lent, &mut dice),
            None if may_slip => lent.keep(&household.members),
            None => {}
        }
        household
    }

    /// The household with names and numbers for everybody.
    pub(crate) fn home(self) -> Home<'w> {
        self.home_of(|_| true)
    }

    /// The household with names and numbers for those at the positions in `named`; the others' are empty.
    pub(crate) fn home_of(self, named: impl Fn(usize) -> bool) -> Home<'w> {
        let (index, unit) = (self.outline.index, self.outline.unit());
        let walk = self.name(named);
        Home {
            index,
            unit,
            seed: walk.options.seed,
            village: (walk.village.number, walk.village.first),
            household_no: &walk.household.household_no,
            place: &walk.village.place,
            members: &walk.household.members,
        }
    }

    /// Writes the household's number and its members.
    fn name(self, named: impl Fn(usize) -> bool) -> &'w mut Walk {
        let (outline, common) = (self.outline, self.common);
        let rank = outline.rank();
        let mut names = outline.dice(Purpose::Names);
        let Walk {
            village,
            people,
            household,
            spare,
            ..
        } = &mut *outline.walk;
        household.household_no.clear();
        household.household_no.push_str(&village.place.division);
        push_padded(&mut household.household_no, rank, 4);
        let members = &mut household.members;
        while members.len() > people.len() {
            spare.extend(members.pop());
        }
        members.resize_with(people.len(), || spare.pop().unwrap_or_else(Member::nobody));
        let number = (village.unit_no, household.household_no.as_str());
        member::write(&common, number, people, members, (&mut names, named));
        outline.walk
    }
}

/// A household as departments print it: they know numbers and names, but no incomes.
pub(crate) struct Home<'w> {
    pub(crate) index: u64,
    /// Its county-level unit, by position in `COUNTIES`.
    pub(crate) unit: usize,
    seed: u64,
    /// The number of its village and the index of that one's first household.
    village: (u64, u64),
    pub(crate) household_no: &'w str,
    pub(crate) place: &'w Place,
    /// Its people as far as they were sketched, the head first.
    pub(crate) members: &'w [Member],
}

impl Home<'_> {
    /// Appends the phone number.
    pub(crate) fn push_phone(&self, text: &mut String) {
        push_given_phone(text, self.seed, self.village, self.index);
    }
}
