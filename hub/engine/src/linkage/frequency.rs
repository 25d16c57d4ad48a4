//! How frequent names, surnames, births and regions are in the register, everywhere and in each village.
//! Here because 本村同名三人 and 全县仅此一人 are different pieces of evidence.
//! In: the register's columns and villages. Out: counts by name and by person.
//! Not here: what a count is worth (compare.rs).

use super::groups::Groups;
use super::hash::{Map, both};
use super::index::Frequency;
use super::people::{People, at};
use super::place::Place;

/// The key of a region's first characters, within a county or anywhere (0).
pub(super) fn region_key(county: u32, characters: &[u8]) -> u64 {
    let digits = characters
        .iter()
        .fold(1_u64, |key, byte| key << 8 | u64::from(*byte));
    both(digits, u64::from(county) + 1)
}

/// Characters of the region in a number.
pub(super) const REGION: usize = 6;

impl Frequency {
    pub(super) fn new(people: &People, places: &[Place], villages: &Groups) -> Self {
        let mut by_hash = Map::<u64, u32>::default();
        let mut heads = Map::<u64, u32>::default();
        for row in 0..people.len() {
            let name = people.names.get(at(&people.name, row));
            for hash in [name.key, name.sound ^ SOUND, name.surname ^ SURNAME] {
                *by_hash.entry(hash).or_default() += 1;
            }
            *heads
                .entry(people.names.get(at(&people.head, row)).key)
                .or_default() += 1;
        }
        let entries = people.names.len();
        let each = |hash: &dyn Fn(u32) -> u64, counts: &Map<u64, u32>| -> Vec<u32> {
            (0..entries)
                .map(|entry| counts.get(&hash(entry)).copied().unwrap_or(0))
                .collect()
        };
        let name = |entry: u32| people.names.get(entry);
        let (year, region) = births_and_regions(people, places);
        let mut frequency = Self {
            name: each(&|entry| name(entry).key, &by_hash),
            sound: each(&|entry| name(entry).sound ^ SOUND, &by_hash),
            surname: each(&|entry| name(entry).surname ^ SURNAME, &by_hash),
            head: each(&|entry| name(entry).key, &heads),
            local: vec![[0; 4]; people.len()],
            year,
            region,
            surname_mean: [0.0; 2],
        };
        let within = frequency.count_villages(people, villages);
        let total = people.len().max(1) as f64;
        let sharing = |row| u64::from(at(&frequency.surname, at(&people.name, row) as usize));
        let anywhere: u64 = (0..people.len()).map(sharing).sum();
        frequency.surname_mean = [narrow(anywhere as f64 / total / total), within];
        frequency
    }

    /// Counts within each village; the mean chance of sharing a surname there.
    fn count_villages(&mut self, people: &People, villages: &Groups) -> f32 {
        let mut counts = Map::<u64, u16>::default();
        let (mut shared, mut pairs) = (0_u64, 0_u64);
        for village in 1..=villages.count() {
            counts.clear();
            let members = villages.of(village);
            for row in members {
                for hash in local_hashes(people, *row as usize) {
                    let count = counts.entry(hash).or_default();
                    *count = count.saturating_add(1);
                }
            }
            for row in members {
                let hashes = local_hashes(people, *row as usize);
                let local = hashes.map(|hash| counts.get(&hash).copied().unwrap_or(0));
                shared += u64::from(local[2].saturating_sub(1));
                pairs += members.len().saturating_sub(1) as u64;
                if let Some(place) = self.local.get_mut(*row as usize) {
                    *place = local;
                }
            }
        }
        narrow(shared as f64 / pairs.max(1) as f64)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a chance, of which seven digits are plenty"
)]
const fn narrow(chance: f64) -> f32 {
    chance as f32
}

const SOUND: u64 = 0x5107_0000_0000_0000;
const SURNAME: u64 = 0x50_0000_0000_0000;
const HEAD: u64 = 0x4EAD_0000_0000_0000;

fn local_hashes(people: &People, row: usize) -> [u64; 4] {
    let name = people.names.get(at(&people.name, row));
    let head = people.names.get(at(&people.head, row));
    [
        name.key,
        name.sound ^ SOUND,
        name.surname ^ SURNAME,
        head.key ^ HEAD,
    ]
}

fn births_and_regions(people: &People, places: &[Place]) -> (Map<u32, u32>, Map<u64, u32>) {
    let mut year = Map::<u32, u32>::default();
    let mut region = Map::<u64, u32>::default();
    for row in 0..people.len() {
        let birth = at(&people.births, row);
        let number = at(&people.numbers, row);
        let of_number = number.birth().map(super::birth::Birth::of_digits);
        let known = if birth.is_known() { Some(birth) } else { of_number };
        if let Some(birth) = known {
            *year.entry(birth.year()).or_default() += 1;
        }
        let county = places
            .get(at(&people.place, row) as usize)
            .map_or(0, |place| place.county);
        for shown in 0..=REGION.min(number.region_shown() as usize) {
            let characters = number.characters.get(..shown).unwrap_or_default();
            *region.entry(region_key(0, characters)).or_default() += 1;
            if county != 0 {
                *region.entry(region_key(county, characters)).or_default() += 1;
            }
        }
    }
    (year, region)
}
