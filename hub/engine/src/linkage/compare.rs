//! Puts a list's row beside a registered person: the cell of every field, and how rare the agreement is.
//! Here because what two values have in common depends on what the list's value is: a masked number can only fit or not.
//! In: a row of the list, a row of the register. Out: `Pair`.
//! Not here: what cells are worth (weights), who else of the household was found (context.rs).

use super::birth::BirthLikeness;
use super::cells::{
    BIRTH, DOOR, FIELDS, HEADS, NAME, NUMBER, PHONE, PLACE, RELATION, SEX, SILENT, name, number,
};
use super::frequency::{REGION, region_key};
use super::home;
use super::index::Index;
use super::names::Likeness;
use super::number::{Evidence, Number};
use super::people::at;
use super::row::Row;

/// Days of a year, for the chance of a birthday.
const DAYS: f32 = 365.25;
/// Months of a year.
const MONTHS: f32 = 12.0;
/// People counted beside those seen, so that a name nobody else has is rare but not impossible.
const UNSEEN: f32 = 0.5;
/// People of a village whose names count as much as the country's custom.
const SHRINKAGE: f32 = 100.0;
/// Chance of a digit to be the same.
const DIGIT: f32 = 0.1;

/// A surname is taken for no rarer than this share of the usual one.
const SURNAME_LEAST: f32 = 0.01;
/// A namesake's name is the same, or the department heard it so.
const NAMESAKE_SAME: f32 = 0.97;
const NAMESAKE_SOUND: f32 = 0.03;

/// A row of the list beside a person of the register.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// The register's row.
    pub(super) person: u32,
    /// The cell of each field.
    pub(super) cells: [u8; FIELDS],
    /// Logarithm of the chance of the counted agreements, among strangers, villagers and namesakes.
    pub(super) rare: [f32; 3],
}

/// A row of the list with what the register knows of its number.
pub(super) struct Subject<'a> {
    pub(super) row: Row<'a>,
    /// Registered people with exactly this valid number.
    pub(super) owners: Vec<u32>,
}

/// Compares one row with people.
pub(super) struct Comparer<'a> {
    index: &'a Index,
    subject: &'a Subject<'a>,
}

impl<'a> Comparer<'a> {
    pub(super) const fn new(index: &'a Index, subject: &'a Subject<'a>) -> Self {
        Self { index, subject }
    }

    pub(super) fn compare(&self, person: u32) -> Pair {
        self.compare_in_parts(person).0
    }

    /// The pair, and how much each field has to do with its rareness.
    pub(super) fn compare_in_parts(&self, person: u32) -> (Pair, [[f32; 3]; FIELDS]) {
        let (list, register) = (&self.subject.row, self.index.row(person));
        let mut parts = [[0.0; 3]; FIELDS];
        let mut cells = [SILENT; FIELDS];
        cells[NUMBER] = self.number(person, &register, &mut parts[NUMBER]);
        cells[NAME] = self.name(person, &register, &mut parts[NAME]);
        cells[BIRTH] = self.birth(&register, &mut parts[BIRTH]);
        cells[SEX] = home::sex(list, &register);
        cells[PLACE] = home::place(list, &register);
        cells[DOOR] = home::door(list, &register, cells[PLACE]);
        cells[PHONE] = home::phone(list, &register);
        cells[HEADS] = self.head(person, &register, &mut parts[HEADS]);
        cells[RELATION] = home::relation(list, &register);
        let rare = [0, 1, 2].map(|class| {
            parts[NUMBER][class] + parts[NAME][class] + parts[BIRTH][class] + parts[HEADS][class]
        });
        (Pair { person, cells, rare }, parts)
    }

    fn number(&self, person: u32, register: &Row<'_>, rare: &mut [f32; 3]) -> u8 {
        let (list, other) = (&self.subject.row.number, &register.number);
        if matches!(other.kind, Evidence::None) || matches!(list.kind, Evidence::None) {
            return SILENT;
        }
        let differing = list.differing(other);
        let near = || list.is_near(other);
        let (fits, cell) = match list.kind {
            Evidence::None => return SILENT,
            Evidence::Valid => return self.valid_number(person, differing, list, other),
            Evidence::Broken => {
                return match () {
                    () if differing == 0 || near() => number::BROKEN_NEAR,
                    () if list.same_origin(other) => number::BROKEN_ORIGIN,
                    () if list.same_birth(other) => number::BROKEN_BIRTH,
                    () => number::BROKEN_OFF,
                };
            }
            Evidence::BirthAndEnding => match () {
                () if differing == 0 => (true, number::BIRTH_ENDING_FITS),
                () if near() => (false, number::BIRTH_ENDING_NEAR),
                () if list.same_birth(other) => (false, number::BIRTH_ENDING_BIRTH),
                () => (false, number::BIRTH_ENDING_OFF),
            },
            Evidence::Birth => match () {
                () if differing == 0 => (true, number::BIRTH_FITS),
                () if list.same_birth(other) => (false, number::BIRTH_ONLY),
                () if near() => (false, number::BIRTH_NEAR),
                () => (false, number::BIRTH_OFF),
            },
            Evidence::Ending => match () {
                () if differing == 0 => (true, number::ENDING_FITS),
                () if differing == 1 => (false, number::ENDING_NEAR),
                () => (false, number::ENDING_OFF),
            },
            Evidence::Little if differing == 0 => (true, number::LITTLE_FITS),
            Evidence::Little => (false, number::LITTLE_OFF),
        };
        if fits {
            self.count_number(list, register, rare);
        }
        cell
    }

    fn valid_number(&self, person: u32, differing: u32, list: &Number, other: &Number) -> u8 {
        if differing == 0 && other.kind == Evidence::Valid {
            return number::EQUAL;
        }
        if differing == 0 || list.is_near(other) {
            return number::NEAR;
        }
        let household = self.index.household(person);
        let owners = &self.subject.owners;
        if household != 0
            && owners
                .iter()
                .any(|owner| self.index.household(*owner) == household)
        {
            return number::MATE;
        }
        match () {
            () if list.same_origin(other) => number::ORIGIN,
            () if list.same_birth(other) => number::BIRTH,
            () if owners.is_empty() => number::ABSENT,
            () => number::OTHERS,
        }
    }

    /// The chance that somebody else's number shows the same characters at the same places.
    fn count_number(&self, list: &Number, register: &Row<'_>, rare: &mut [f32; 3]) {
        let people = self.index.len().max(1) as f32;
        let frequency = &self.index.frequency;
        let shown = REGION.min(list.region_shown() as usize);
        let characters = list.characters.get(..shown).unwrap_or_default();
        let region = |county: u32| {
            frequency
                .region
                .get(&region_key(county, characters))
                .map_or(0, |n| *n) as f32
        };
        let in_county = frequency
            .region
            .get(&region_key(register.place.county, &[]))
            .map_or(0, |n| *n) as f32;
        let anywhere = if shown == 0 {
            1.0
        } else {
            (region(0) + UNSEEN) / (people + UNSEEN)
        };
        let here = match (shown, in_county > 0.0) {
            (0, _) => 1.0,
            (_, true) => (region(register.place.county) + UNSEEN) / (in_county + UNSEEN),
            (_, false) => anywhere,
        };
        let mut rest = 0.0;
        if list.birth_shown() {
            rest += (self.year_share(register.number.birth().map_or(0, year_of)) / DAYS).ln();
        } else if list.year_shown() {
            rest += self.year_share(register.any_birth().year()).ln();
        }
        rest += DIGIT.ln() * list.ending_shown() as f32;
        for (sum, region) in rare.iter_mut().zip([anywhere, here, here]) {
            *sum += region.ln() + rest;
        }
    }

    fn year_share(&self, year: u32) -> f32 {
        let people = self.index.len().max(1) as f32;
        let born = self.index.frequency.year.get(&year).map_or(0, |n| *n) as f32;
        (born + UNSEEN) / (people + UNSEEN)
    }

    fn name(&self, person: u32, register: &Row<'_>, rare: &mut [f32; 3]) -> u8 {
        let Some(likeness) = self.subject.row.name.likeness(register.name) else {
            return SILENT;
        };
        let frequency = &self.index.frequency;
        let entry = at(&self.index.people.name, person as usize) as usize;
        let local = frequency
            .local
            .get(person as usize)
            .copied()
            .unwrap_or_default()
            .map(f32::from);
        let [same, sound, surname] =
            [&frequency.name, &frequency.sound, &frequency.surname].map(|counts| at(counts, entry) as f32);
        let people = self.index.len().max(1) as f32;
        let villagers = self.index.villages.of(register.place.village).len() as f32;
        // How many others have it, and what the country's custom makes of the village's surnames.
        let chance = |others: f32, here: f32| {
            let custom = local[2].max(UNSEEN) / villagers.max(1.0) * (others + UNSEEN) / surname.max(1.0);
            let anywhere = (others + UNSEEN) / people;
            let village = (here + SHRINKAGE * custom) / (villagers - 1.0 + SHRINKAGE).max(1.0);
            (anywhere.ln(), village.min(1.0).ln())
        };
        let [mean, mean_here] = frequency.surname_mean.map(|mean| mean.max(f32::MIN_POSITIVE));
        let shared = (
            (surname / people / mean).max(SURNAME_LEAST).ln(),
            (local[2] / villagers.max(1.0) / mean_here)
                .max(SURNAME_LEAST)
                .ln(),
        );
        let covered = self.subject.row.name.is_covered();
        let (cell, (anywhere, village)) = match likeness {
            Likeness::Same => (name::SAME, chance(same - 1.0, local[0] - 1.0)),
            Likeness::Sound => (name::SOUND, chance(sound - same, local[1] - local[0])),
            Likeness::Covered if covered => (name::COVERED_FITS, shared),
            Likeness::Covered => (name::REGISTER_COVERED, (0.0, 0.0)),
            Likeness::Surname if covered => (name::COVERED_SURNAME, shared),
            Likeness::Different if covered => (name::COVERED_DIFFERENT, (0.0, 0.0)),
            Likeness::NearSound => (name::NEAR_SOUND, shared),
            Likeness::OneCharacter => (name::ONE_CHARACTER, shared),
            Likeness::Rearranged => (name::REARRANGED, shared),
            Likeness::Surname => (name::SURNAME, shared),
            Likeness::Different => (name::DIFFERENT, (0.0, 0.0)),
        };
        rare[0] += anywhere;
        rare[1] += village;
        rare[2] += match cell {
            name::SAME => NAMESAKE_SAME.ln(),
            name::SOUND => NAMESAKE_SOUND.ln(),
            _ => 0.0,
        };
        cell
    }

    fn birth(&self, register: &Row<'_>, rare: &mut [f32; 3]) -> u8 {
        let list = &self.subject.row;
        // What the number says already is not said again.
        if list.number.birth().map(super::birth::Birth::of_digits) == Some(list.birth) {
            return SILENT;
        }
        let other = register.any_birth();
        let Some(likeness) = list.birth.likeness(other) else {
            return SILENT;
        };
        let parts = match likeness {
            BirthLikeness::SameDay => DAYS,
            BirthLikeness::SameMonth => MONTHS,
            BirthLikeness::OnePart
            | BirthLikeness::Lunar
            | BirthLikeness::SameYear
            | BirthLikeness::NextYear
            | BirthLikeness::OtherDay
            | BirthLikeness::YearOfMonth
            | BirthLikeness::OtherMonth
            | BirthLikeness::YearOfYear
            | BirthLikeness::OtherYear => 0.0,
        };
        if parts > 0.0 {
            let chance = (self.year_share(other.year()) / parts).ln();
            for sum in rare {
                *sum += chance;
            }
        }
        likeness as u8
    }

    fn head(&self, person: u32, register: &Row<'_>, rare: &mut [f32; 3]) -> u8 {
        let list = &self.subject.row;
        if list.is_head {
            return SILENT;
        }
        let Some(likeness) = list.head.likeness(register.head) else {
            return SILENT;
        };
        match likeness {
            Likeness::Same => {
                let frequency = &self.index.frequency;
                let entry = at(&self.index.people.head, person as usize) as usize;
                let mates = self.index.households.of(self.index.household(person)).len() as f32;
                let people = self.index.len().max(1) as f32;
                let villagers = self.index.villages.of(register.place.village).len() as f32;
                let others = (at(&frequency.head, entry) as f32 - mates).max(0.0) + UNSEEN;
                let local = frequency.local.get(person as usize).map_or(0, |local| local[3]);
                let here = (f32::from(local) - mates).max(0.0) + UNSEEN;
                let chances = [
                    others / people,
                    here / villagers.max(1.0),
                    here / villagers.max(1.0),
                ];
                for (sum, chance) in rare.iter_mut().zip(chances) {
                    *sum += chance.min(1.0).ln();
                }
                0
            }
            Likeness::Sound | Likeness::NearSound | Likeness::Covered => 1,
            Likeness::OneCharacter | Likeness::Rearranged => 2,
            Likeness::Surname => 3,
            Likeness::Different => 4,
        }
    }
}

fn year_of(digits: [u8; 8]) -> u32 {
    super::birth::Birth::of_digits(digits).year()
}
