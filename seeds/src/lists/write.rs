//! Writes the register, the list and the truth, household by household.
//! Here because ten million people need no more memory than one household and a counter per day of birth.
//! In: options, a folder. Out: three CSV files in UTF-8 and how many rows each has.
//! Not here: what a row looks like (row.rs), who the people are (family.rs, outsiders.rs).

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::ListOptions;
use super::family::household;
use super::outsiders::{self, KINDS, Kind};
use super::person::{Numbers, Person};
use super::place::{self, Village};
use super::profile::Rates;
use super::row::{self, COLUMNS, Home};
use crate::Error;
use crate::county::COUNTIES;
use crate::county::dice::{Dice, Purpose};

/// Columns of the register.
const REGISTER: [&str; 17] = [
    "person_no",
    "household_no",
    "name",
    "sex",
    "birth_date",
    "id_no",
    "relation",
    "head_name",
    "county_code",
    "county_name",
    "town_code",
    "town_name",
    "village_code",
    "village_name",
    "group_no",
    "door_no",
    "phone",
];
/// Registered households that are on the list, per mille, and members of those.
const LISTED_HOUSEHOLDS: u32 = 300;
const LISTED_MEMBERS: u32 = 570;
/// Rows of the list that are nobody's in the register, per hundred.
const OUTSIDERS: u64 = 15;
/// Rows of the list that say the same person once more, per mille.
const TWICE: u32 = 5;
/// First number of a person.
const PERSON_FIRST: u64 = 1_000_000_001;

/// Rows of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListCounts {
    /// People of the register.
    pub register: u64,
    /// Rows of the list.
    pub list: u64,
    /// Rows of the list whose person is in the register.
    pub known: u64,
}

pub(super) fn generate(dir: &Path, options: ListOptions) -> Result<ListCounts, Error> {
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    let mut writer = Writer {
        seed: options.seed,
        rates: options.profile.rates(),
        numbers: Numbers::new(options.seed),
        register: Csv::create(dir.join("register.csv"), &REGISTER)?,
        list: Csv::create(dir.join("list.csv"), &COLUMNS)?,
        truth: Csv::create(dir.join("truth.csv"), &["row_no", "person_no"])?,
        outsiders: [0; 6],
        known: 0,
    };
    let mut number = 0;
    let mut villages = None;
    while writer.register.rows < options.people {
        let in_village = number / place::HOUSEHOLDS_PER_VILLAGE;
        let (village, neighbour) = match villages.take() {
            Some((village, neighbour)) if number % place::HOUSEHOLDS_PER_VILLAGE != 0 => (village, neighbour),
            _ => (
                Village::of_household(options.seed, number),
                Village::new(options.seed, in_village ^ 1),
            ),
        };
        let left = options.people - writer.register.rows;
        writer.household(number, left, &village, &neighbour)?;
        villages = Some((village, neighbour));
        number += 1;
    }
    writer.finish()
}

struct Writer {
    seed: u64,
    rates: Rates,
    numbers: Numbers,
    register: Csv,
    list: Csv,
    truth: Csv,
    /// Rows of each kind of outsider so far.
    outsiders: [u64; 6],
    known: u64,
}

impl Writer {
    /// One registered household: its rows in the register, its rows in the list, and those who go with it.
    fn household(
        &mut self,
        number: u64,
        left: u64,
        village: &Village,
        neighbour: &Village,
    ) -> Result<(), Error> {
        let mut dice = Dice::new(self.seed, number, Purpose::Links);
        let mut people = household(self.seed, number, village, self.rates.twins);
        people.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let event = self.event(&people, &mut dice);
        let unregistered = match event {
            Some(Kind::Member) if people.len() > 2 => {
                let others = u32::try_from(people.len() - 1).unwrap_or(1);
                Some(1 + dice.below(others) as usize)
            }
            _ => None,
        };
        for person in &mut people {
            person.id = self.numbers.next(person.prefix, person.birth, person.sex);
        }
        self.register(number, &mut people, unregistered, village, &mut dice)?;
        let ids: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
        let head = people
            .first()
            .map(|person| person.name.clone())
            .unwrap_or_default();
        let home = Home {
            number,
            village,
            neighbour,
            head: &head,
            ids: &ids,
            list_household: number,
        };
        if dice.chance(LISTED_HOUSEHOLDS) {
            for person in people.iter().filter(|person| person.registered.is_some()) {
                if dice.chance(LISTED_MEMBERS) {
                    self.row(person, &home)?;
                    if dice.chance(TWICE) {
                        self.row(person, &home)?;
                    }
                }
            }
        }
        if let Some(at) = unregistered {
            self.outsider(Kind::Member, &people[at].clone(), &home)?;
        }
        match event {
            Some(kind @ (Kind::Twin | Kind::Sibling)) => {
                if let Some(mut person) = outsiders::relative(self.seed, number, &people, kind) {
                    person.id = self.numbers.next(person.prefix, person.birth, person.sex);
                    self.outsider(kind, &person, &home)?;
                }
            }
            Some(kind @ (Kind::Household | Kind::Namesake | Kind::Elsewhere)) => {
                self.others(kind, number, village, neighbour)?;
            }
            Some(Kind::Member) | None => {}
        }
        Ok(())
    }

    /// What kind of outsider goes with the next household: the one most wanting that can, now and then.
    fn event(&self, people: &[Person], dice: &mut Dice) -> Option<Kind> {
        let due = (self.list.rows + 1) * OUTSIDERS / 100;
        if self.outsiders.iter().sum::<u64>() >= due || !dice.chance(600) {
            return None;
        }
        let shares = self.rates.outsiders;
        let can = |kind: Kind| match kind {
            Kind::Twin | Kind::Sibling => people.iter().any(outsiders::is_child),
            Kind::Member => people.len() > 2,
            Kind::Household | Kind::Namesake | Kind::Elsewhere => true,
        };
        (0..KINDS.len())
            .filter(|at| shares[*at] > 0 && can(KINDS[*at]))
            .min_by_key(|at| (self.outsiders[*at] + 1) * 1_000_000 / u64::from(shares[*at]))
            .map(|at| KINDS[at])
    }

    /// Those who have a household of their own, which the register does not know.
    fn others(
        &mut self,
        kind: Kind,
        number: u64,
        village: &Village,
        neighbour: &Village,
    ) -> Result<(), Error> {
        let twins = self.rates.twins;
        let (place, mut people) = match kind {
            Kind::Elsewhere => outsiders::elsewhere(self.seed, number, twins),
            Kind::Namesake => {
                let person = outsiders::namesake(self.seed, number, village, twins);
                (village.clone(), person.into_iter().collect())
            }
            Kind::Household | Kind::Member | Kind::Sibling | Kind::Twin => (
                village.clone(),
                outsiders::strangers(self.seed, number, village, twins),
            ),
        };
        for person in &mut people {
            person.id = self.numbers.next(person.prefix, person.birth, person.sex);
        }
        let ids: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
        let head = match people.first() {
            // A namesake who is no head belongs to a head of whom the list knows the name only.
            Some(person) if person.relation == "户主" || people.len() > 1 => person.name.clone(),
            _ => outsiders::strangers(self.seed, number + 7, village, twins)
                .first()
                .map(|person| person.name.clone())
                .unwrap_or_default(),
        };
        let home = Home {
            number: number.wrapping_mul(7919) % 1_000_003,
            village: &place,
            neighbour,
            head: &head,
            ids: &ids,
            list_household: 80_000_000 + number,
        };
        for person in people.iter().take(3) {
            self.outsider(kind, person, &home)?;
        }
        Ok(())
    }

    fn outsider(&mut self, kind: Kind, person: &Person, home: &Home<'_>) -> Result<(), Error> {
        if let Some(at) = KINDS.iter().position(|known| *known == kind) {
            self.outsiders[at] += 1;
        }
        self.row(person, home)
    }

    /// The register's rows of one household.
    fn register(
        &mut self,
        number: u64,
        people: &mut [Person],
        unregistered: Option<usize>,
        village: &Village,
        dice: &mut Dice,
    ) -> Result<(), Error> {
        let rank = number % place::HOUSEHOLDS_PER_VILLAGE;
        let household_no = format!("{}{rank:04}", village.code);
        let head = people
            .first()
            .map(|person| person.name.clone())
            .unwrap_or_default();
        for (at, person) in people.iter_mut().enumerate() {
            if Some(at) == unregistered {
                continue;
            }
            person.registered = Some(PERSON_FIRST + self.register.rows);
            let id = match dice.below(1000) {
                0..=3 => String::new(),
                4 | 5 => super::dirt::mistyped(&person.id, dice),
                _ => person.id.clone(),
            };
            let unit = &COUNTIES[village.county];
            let (group, door) = (place::group(number), place::door(number));
            self.register.row(&[
                &person.registered.unwrap_or_default().to_string(),
                &household_no,
                &person.name,
                row::sex_word(person.sex),
                &person.birth.iso(),
                &id,
                person.relation,
                &head,
                unit.code,
                unit.name,
                &village.town_code,
                &village.town,
                &village.code,
                &village.name,
                &format!("{group}组"),
                &format!("{door}号"),
                &person.phone,
            ])?;
        }
        Ok(())
    }

    fn row(&mut self, person: &Person, home: &Home<'_>) -> Result<(), Error> {
        let row_no = self.list.rows + 1;
        let mut dice = Dice::new(self.seed, row_no, Purpose::ListRow);
        let cells = row::cells(row_no, person, home, &self.rates, &mut dice);
        self.list.row(&cells)?;
        self.known += u64::from(person.registered.is_some());
        let known = person
            .registered
            .map(|number| number.to_string())
            .unwrap_or_default();
        self.truth.row(&[row_no.to_string(), known])
    }

    fn finish(self) -> Result<ListCounts, Error> {
        let counts = ListCounts {
            register: self.register.rows,
            list: self.list.rows,
            known: self.known,
        };
        for csv in [self.register, self.list, self.truth] {
            csv.finish()?;
        }
        Ok(counts)
    }
}

/// A CSV file being written.
struct Csv {
    path: PathBuf,
    out: BufWriter<File>,
    line: String,
    rows: u64,
}

impl Csv {
    fn create(path: PathBuf, header: &[&str]) -> Result<Self, Error> {
        let file = File::create(&path).map_err(|source| Error::io(&path, source))?;
        let mut csv = Self {
            path,
            out: BufWriter::with_capacity(1 << 18, file),
            line: String::new(),
            rows: 0,
        };
        csv.row(header)?;
        csv.rows = 0;
        Ok(csv)
    }

    /// No cell holds a comma, a quote or a line break, but numbers in a formula's quotes.
    fn row<T: AsRef<str>>(&mut self, cells: &[T]) -> Result<(), Error> {
        self.line.clear();
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.line.push(',');
            }
            let cell = cell.as_ref();
            if cell.contains('"') {
                self.line.push('"');
                self.line.push_str(&cell.replace('"', "\"\""));
                self.line.push('"');
            } else {
                self.line.push_str(cell);
            }
        }
        self.line.push('\n');
        self.rows += 1;
        let written = self.out.write_all(self.line.as_bytes());
        written.map_err(|source| Error::io(&self.path, source))
    }

    fn finish(mut self) -> Result<(), Error> {
        self.out.flush().map_err(|source| Error::io(&self.path, source))
    }
}
