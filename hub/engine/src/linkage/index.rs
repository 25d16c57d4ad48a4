//! The register, ready to be asked: blocks, households, villages, and how frequent every name is where.
//! Here because it is built once and kept; every new list is scored against it.
//! In: `People` with ids. Out: candidates of a row, neighbours of a person, frequencies.
//! Not here: weights, and any list.

use rayon::prelude::*;

use super::blocks::{Block, Blocks};
use super::groups::Groups;
use super::hash::Map;
use super::people::{People, at};
use super::place::{Gazetteer, Place};
use super::row::{KEYS, Row, keys};

/// Candidates of one row; a row with more keeps those that share most keys with it.
pub const CANDIDATES_MAX: usize = 64;

/// A register made ready.
pub struct Index {
    pub(super) people: People,
    pub(super) places: Vec<Place>,
    pub(super) gazetteer: Gazetteer,
    blocks: Vec<Blocks>,
    pub(super) households: Groups,
    pub(super) villages: Groups,
    /// Rows in the order of their ids, for picks that do not depend on the order of the register.
    pub(super) by_id: Vec<u32>,
    pub(super) frequency: Frequency,
}

/// How many registered people share what.
pub(super) struct Frequency {
    /// By name entry: the same name; the same sound; the same surname.
    pub(super) name: Vec<u32>,
    pub(super) sound: Vec<u32>,
    pub(super) surname: Vec<u32>,
    /// By name entry of a head: people of households whose head has this name.
    pub(super) head: Vec<u32>,
    /// By row, within the village: the same name, sound, surname, head's name.
    pub(super) local: Vec<[u16; 4]>,
    /// People by year of birth.
    pub(super) year: Map<u32, u32>,
    /// People by the first one to six characters of their numbers, with the county or without (0).
    pub(super) region: Map<u64, u32>,
    /// The chance that two people share a surname: anywhere, and in one village.
    pub(super) surname_mean: [f32; 2],
}

impl Index {
    /// Makes a register ready. People without an id are numbered by their row.
    #[must_use]
    pub fn new(mut people: People) -> Self {
        for (id, row) in people.ids.iter_mut().zip(1..) {
            if *id == 0 {
                *id = row;
            }
        }
        let (gazetteer, places) = Gazetteer::new(&people.places);
        let village = |row: usize| {
            places
                .get(at(&people.place, row) as usize)
                .map_or(0, |place| place.village)
        };
        let rows = people.len();
        let mut by_id: Vec<u32> = (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect();
        by_id.sort_by_key(|row| at(&people.ids, *row as usize));
        let households = Groups::new(&by_id, people.households, |row| at(&people.household, row));
        let villages = Groups::new(&by_id, gazetteer.villages, village);
        let frequency = Frequency::new(&people, &places, &villages);
        let blocks = (0..KEYS)
            .into_par_iter()
            .map(|kind| Blocks::new((0..rows).map(|row| keys(&Row::new(&people, &places, row))[kind].1)));
        let blocks = blocks.collect();
        Self {
            people,
            places,
            gazetteer,
            blocks,
            households,
            villages,
            by_id,
            frequency,
        }
    }

    /// People registered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The id of a row.
    pub(super) fn id(&self, row: u32) -> u64 {
        at(&self.people.ids, row as usize)
    }

    pub(super) fn row(&self, row: u32) -> Row<'_> {
        Row::new(&self.people, &self.places, row as usize)
    }

    pub(super) fn household(&self, row: u32) -> u32 {
        at(&self.people.household, row as usize)
    }

    pub(super) fn village(&self, row: u32) -> u32 {
        self.row_place(row).village
    }

    fn row_place(&self, row: u32) -> Place {
        let place = at(&self.people.place, row as usize) as usize;
        self.places.get(place).copied().unwrap_or_default()
    }

    /// The people who have exactly this valid number; more than one only where the register is wrong.
    pub(super) fn owners(&self, row: &Row<'_>) -> Vec<u32> {
        let (_, key) = keys(row)[0];
        let found = match self.blocks.first() {
            Some(blocks) if key != 0 => blocks.find(key),
            _ => return Vec::new(),
        };
        let Block::Rows(rows) = found else {
            return Vec::new();
        };
        let same =
            |other: &u32| at(&self.people.numbers, *other as usize).characters == row.number.characters;
        let mut owners: Vec<u32> = rows.iter().map(|entry| low(*entry)).filter(same).collect();
        owners.sort_unstable_by_key(|other| self.id(*other));
        owners
    }

    /// Appends to `found` the people who share a key with the row, those with most keys first when there are too many.
    /// Counts skipped blocks by kind.
    pub(super) fn candidates(&self, row: &Row<'_>, found: &mut Vec<u32>, skipped: &mut [u32; KEYS]) {
        let mut hits: Vec<u32> = Vec::new();
        for (kind, key) in keys(row) {
            if key == 0 {
                continue;
            }
            match self.blocks.get(kind).map(|blocks| blocks.find(key)) {
                Some(Block::Rows(rows)) => hits.extend(rows.iter().map(|entry| low(*entry))),
                Some(Block::TooBig) => {
                    if let Some(count) = skipped.get_mut(kind) {
                        *count += 1;
                    }
                }
                None => {}
            }
        }
        hits.sort_unstable();
        let distinct = hits.chunk_by(|a, b| a == b);
        let counted = distinct.filter_map(|same| Some((*same.first()?, same.len())));
        if hits.len() <= CANDIDATES_MAX {
            found.extend(counted.map(|(row, _)| row));
            found.sort_unstable_by_key(|row| self.id(*row));
            return;
        }
        let mut ranked: Vec<(usize, u64, u32)> = counted
            .map(|(row, count)| (usize::MAX - count, self.id(row), row))
            .collect();
        ranked.sort_unstable();
        found.extend(ranked.iter().take(CANDIDATES_MAX).map(|(_, _, row)| *row));
    }

    /// Blocks of each kind that are too big to be looked at, and the people in them.
    #[must_use]
    pub fn too_big(&self) -> Vec<(usize, usize)> {
        self.blocks.iter().map(Blocks::too_big).collect()
    }
}

/// The row in an entry of a block.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the row is the lower half of the entry"
)]
const fn low(entry: u64) -> u32 {
    entry as u32
}
