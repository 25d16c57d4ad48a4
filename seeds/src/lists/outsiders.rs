//! Outsiders: people of the list whom the register does not know, and who look as if it did.
//! Here because linking nobody to somebody is the costly fault, and these are the people it happens to.
//! In: a registered household and its village. Out: people for the list, with the household they say they belong to.
//! Not here: how often (profile.rs), what happens to their cells (dirt.rs).

use crate::county::dice::{Dice, Purpose};

use super::family::{self, YEAR, birth_in, household};
use super::person::{PREFIXES, Person, phone};
use super::place::{HOUSEHOLDS_PER_VILLAGE, Village};

/// Numbers of households that no register has begin here.
const UNREGISTERED: u64 = 1 << 40;
/// Phone numbers of people who are planted.
const PHONES: u64 = 100_000_000;

/// Why somebody is not in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole household that was never registered.
    Household,
    /// A member of a registered household who was never registered.
    Member,
    /// Has the name of a registered person of the same village.
    Namesake,
    /// Brother or sister of a registered person, of the same household.
    Sibling,
    /// Twin of a registered person, of the same household.
    Twin,
    /// Lives elsewhere.
    Elsewhere,
}

pub(super) const KINDS: [Kind; 6] = [
    Kind::Household,
    Kind::Member,
    Kind::Namesake,
    Kind::Sibling,
    Kind::Twin,
    Kind::Elsewhere,
];

/// People of a household that is not registered; `number` is that of the registered one beside it.
pub(super) fn strangers(seed: u64, number: u64, village: &Village, twins: u32) -> Vec<Person> {
    let mut people = household(seed ^ 0x5EED, UNREGISTERED + number, village, twins);
    for (at, person) in (0..).zip(&mut people) {
        if !person.phone.is_empty() {
            person.phone = phone(PHONES + (number * 8 + at) % PHONES);
        }
    }
    people
}

/// Somebody with the name of a registered person of the village, in a household of their own.
pub(super) fn namesake(seed: u64, number: u64, village: &Village, twins: u32) -> Option<Person> {
    let mut dice = Dice::new(seed, number, Purpose::Outsider);
    let first = number / HOUSEHOLDS_PER_VILLAGE * HOUSEHOLDS_PER_VILLAGE;
    // Households behind this one may not come to be; those before it are there.
    let known = u32::try_from(number - first).ok().filter(|n| *n > 0)?;
    let other = first + u64::from(dice.below(known));
    let mut person = dice.pick_from(household(seed, other, village, twins))?;
    let apart = i32::try_from(dice.between(0, 12)).unwrap_or(1);
    let year = person.birth.year + if dice.chance(500) { apart } else { -apart };
    person.birth = birth_in(year.clamp(1930, YEAR), &mut dice);
    person.prefix = village.county;
    if dice.chance(550) {
        person.relation = "户主";
    }
    if !person.phone.is_empty() {
        person.phone = phone(PHONES + (number * 8 + 7) % PHONES);
    }
    Some(person)
}

/// Whether somebody is a child or grandchild of the head.
pub(super) fn is_child(person: &Person) -> bool {
    matches!(person.relation, "之子" | "之女" | "之孙子" | "之孙女")
}

/// A twin, brother or sister of a child of the household; none when it has no child.
pub(super) fn relative(seed: u64, number: u64, people: &[Person], kind: Kind) -> Option<Person> {
    let mut dice = Dice::new(seed, number, Purpose::Outsider);
    let mut names = Dice::new(seed, number + UNREGISTERED, Purpose::Names);
    let children: Vec<&Person> = people.iter().filter(|person| is_child(person)).collect();
    let child =
        children.get(usize::try_from(dice.below(u32::try_from(children.len()).ok()?.max(1))).ok()?)?;
    Some(if kind == Kind::Twin {
        family::twin(child, &mut dice, &mut names)
    } else {
        family::sibling(child, &mut dice, &mut names)
    })
}

/// Somebody of another village, in no relation to this one.
pub(super) fn elsewhere(seed: u64, number: u64, twins: u32) -> (Village, Vec<Person>) {
    let mut dice = Dice::new(seed, number, Purpose::Outsider);
    let village = Village::new(seed, 1_000_000 + u64::from(dice.below(1_000)));
    let mut people = strangers(seed, number + HOUSEHOLDS_PER_VILLAGE, &village, twins);
    people.truncate(1);
    for person in &mut people {
        person.prefix = dice.below(PREFIXES) as usize;
    }
    (village, people)
}

impl Dice {
    fn pick_from<T>(&mut self, mut items: Vec<T>) -> Option<T> {
        let n = u32::try_from(items.len()).ok().filter(|n| *n > 0)?;
        Some(items.swap_remove(usize::try_from(self.below(n)).ok()?))
    }
}
