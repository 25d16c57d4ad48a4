//! Rehearsal: rows whose valid number tells the answer, compared again as if it were damaged like other rows' numbers.
//! Here because a list carries its own exam: what is learned and how sure one may be is measured on it, without labels.
//! In: a list's pairs. Out: rows with a known answer, their candidates, and people they are surely not.
//! Not here: what is learned from them (learn.rs).

use rayon::prelude::*;

use super::compare::{Comparer, Pair};
use super::hash::{below, finish};
use super::number::{Evidence, Number};
use super::pairs::{Known, Pairs, Sides};
use super::people::at;
use super::row::KEYS;

/// Rows that are rehearsed, about.
const ROWS_MAX: usize = 30_000;
/// People of the same village, and of others, with whom each is compared.
const VILLAGERS: u64 = 3;
const STRANGERS: u64 = 3;
/// Tries to pick somebody of another village.
const TRIES: u64 = 4;

/// A row with a known answer.
pub(super) struct Rehearsed {
    pub(super) row: u32,
    /// The registered person; none when the row's person is not registered.
    pub(super) truth: Option<Pair>,
    /// Who would have been looked at.
    pub(super) candidates: Vec<Pair>,
    /// Other registered members of the person's household.
    pub(super) mates: Vec<Pair>,
    pub(super) villagers: Vec<Pair>,
    pub(super) strangers: Vec<Pair>,
}

/// The rehearsal of a list.
pub(super) struct Rehearsal {
    pub(super) rows: Vec<Rehearsed>,
    /// Rows of the list whose answer is known, and how many of those are registered.
    pub(super) answered: usize,
    pub(super) registered: usize,
}

impl Rehearsal {
    pub(super) fn new(sides: Sides<'_>, pairs: &Pairs) -> Self {
        let known = |row: usize| pairs.known.get(row).copied().unwrap_or(Known::Open);
        let answered: Vec<u32> = (0..pairs.rows())
            .filter(|row| known(*row) != Known::Open)
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        let registered = answered
            .iter()
            .filter(|row| known(**row as usize) == Known::Sure)
            .count();
        let donors = donors(sides);
        // A share of the rows by their content, so that their order does not matter.
        let share =
            u64::try_from(u128::from(u64::MAX) * ROWS_MAX as u128 / answered.len().max(ROWS_MAX) as u128);
        let share = share.unwrap_or(u64::MAX);
        let chosen = answered.par_iter().filter_map(|row| {
            let chance = finish(sides.list.content(*row as usize) ^ 0x5EED);
            (chance <= share).then(|| rehearse(sides, pairs, &donors, *row as usize, chance))
        });
        Self {
            rows: chosen.collect(),
            answered: answered.len(),
            registered,
        }
    }
}

/// Numbers of the list that are not valid, in an order of their own; what befell them befalls the rehearsed.
fn donors(sides: Sides<'_>) -> Vec<Number> {
    let rows = 0..sides.list.len();
    let broken = rows.filter(|row| at(&sides.list.numbers, *row).kind != Evidence::Valid);
    let mut donors: Vec<(u64, Number)> = broken
        .map(|row| (finish(sides.list.content(row)), at(&sides.list.numbers, row)))
        .collect();
    donors.sort_by_key(|(order, number)| (*order, number.hash()));
    donors.into_iter().map(|(_, number)| number).collect()
}

fn rehearse(sides: Sides<'_>, pairs: &Pairs, donors: &[Number], row: usize, chance: u64) -> Rehearsed {
    let index = sides.index;
    let like = donors
        .get(below(chance, donors.len()))
        .copied()
        .unwrap_or(Number::NONE);
    let number = at(&sides.list.numbers, row).damaged(&like, finish(chance));
    let subject = sides.damaged(row, number);
    let comparer = Comparer::new(index, &subject);
    let compare = |people: &[u32]| people.iter().map(|person| comparer.compare(*person)).collect();
    let truth = match pairs.known.get(row) {
        Some(Known::Sure) => pairs.of(row).first().map(|pair| pair.person),
        _ => None,
    };
    let mut found = Vec::new();
    index.candidates(&subject.row, &mut found, &mut [0; KEYS]);
    let (mut mates, mut villagers, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(person) = truth {
        let (household, village) = (index.household(person), index.village(person));
        let others = |other: &&u32| **other != person;
        mates.extend(index.households.of(household).iter().filter(others));
        let villagers_all = index.villages.of(village);
        for pick in 0..VILLAGERS {
            let other = villagers_all.get(below(finish(chance ^ pick), villagers_all.len()));
            villagers.extend(other.filter(|other| index.household(**other) != household || household == 0));
        }
        for pick in 0..STRANGERS * TRIES {
            let other = index
                .by_id
                .get(below(finish(chance ^ pick ^ 0xFA), index.by_id.len()));
            let far = other.filter(|other| village == 0 || index.village(**other) != village);
            if (strangers.len() as u64) < STRANGERS {
                strangers.extend(far.filter(|other| **other != person));
            }
        }
    }
    Rehearsed {
        row: u32::try_from(row).unwrap_or(u32::MAX),
        truth: truth.map(|person| comparer.compare(person)),
        candidates: compare(&found),
        mates: compare(&mates),
        villagers: compare(&villagers),
        strangers: compare(&strangers),
    }
}
