//! Family: the people of one household, from the household's number alone.
//! Here because namesakes, brothers and twins are found by walking to another household without keeping any.
//! In: seed, a household's number, its village. Out: people with names, births, relations; the head first.
//! Not here: numbers of people (given in order, person.rs), who is registered (write.rs).

use crate::county::Sex;
use crate::county::dice::{Dice, Purpose};

use super::names::{self, Bearing};
use super::person::{Birth, PREFIXES, Person, phone};
use super::place::Village;

/// The year the lists are of.
pub(super) const YEAR: i32 = 2023;
const OLDEST: i32 = 1928;
/// Phone numbers set aside for one household.
const PHONES: u64 = 8;

/// Makes the people of a household.
pub(super) struct Maker<'a> {
    village: &'a Village,
    dice: Dice,
    names: Dice,
    twins: u32,
    people: Vec<Person>,
}

/// The household with this number.
pub(super) fn household(seed: u64, number: u64, village: &Village, twins: u32) -> Vec<Person> {
    let mut maker = Maker {
        village,
        dice: Dice::new(seed, number, Purpose::Family),
        names: Dice::new(seed, number, Purpose::Names),
        twins,
        people: Vec::with_capacity(8),
    };
    maker.make();
    let Maker {
        mut people, mut dice, ..
    } = maker;
    let shared = phone(number * PHONES);
    for (position, person) in (1..PHONES).zip(&mut people) {
        // Most give the household's phone, adults often one of their own, some none.
        let adult = YEAR - person.birth.year >= 16;
        person.phone = match dice.below(100) {
            0..=4 => String::new(),
            5..=44 if adult => phone(number * PHONES + position),
            _ => shared.clone(),
        };
    }
    people
}

impl Maker<'_> {
    fn make(&mut self) {
        let family = self.village.lineages.surname(&mut self.names);
        let head_sex = if self.dice.chance(850) {
            Sex::Male
        } else {
            Sex::Female
        };
        let year = OLDEST.max(YEAR - self.number(26, 84));
        self.add("户主", family, head_sex, year);
        let married = self.dice.chance(if year > 1995 { 450 } else { 760 });
        if married {
            let birth = year + self.number(-4, 5);
            self.spouse_of(head_sex, birth, "配偶");
        }
        let children = if married {
            self.dice.weighted(&[(0, 12), (1, 38), (2, 36), (3, 14)], 100)
        } else {
            self.dice.weighted(&[(0, 70), (1, 22), (2, 8)], 100)
        };
        let first = year + self.number(21, 29);
        self.children(family, first, children, ("之子", "之女"));
        if year < 1972 && self.dice.chance(350) {
            let birth = year + self.number(22, 30);
            self.spouse_of(Sex::Male, birth, "之儿媳");
            let grandchildren = self.dice.weighted(&[(0, 15), (1, 45), (2, 40)], 100);
            let first = year + self.number(45, 54);
            self.children(family, first, grandchildren, ("之孙子", "之孙女"));
        }
        if year > 1962 && self.dice.chance(280) {
            let parent = year - self.number(21, 32);
            if self.dice.chance(550) {
                self.add("之父", family, Sex::Male, parent);
            }
            if self.dice.chance(700) {
                let surname = names::surname_of_country(&mut self.names);
                self.add("之母", surname, Sex::Female, parent + 2);
            }
        }
    }

    /// Children of one couple, one to six years apart, now and then two at once. `relations` of sons and daughters.
    fn children(&mut self, surname: &str, first: i32, count: u32, relations: (&'static str, &'static str)) {
        let mut year = first;
        let shares = self.dice.chance(450);
        let mut elder = None;
        for _ in 0..count {
            if year > YEAR {
                return;
            }
            let son = self.dice.chance(535);
            let (sex, relation) = if son {
                (Sex::Male, relations.0)
            } else {
                (Sex::Female, relations.1)
            };
            // Grown-up daughters have mostly married into another household.
            let left = !son && YEAR - year > 27 && self.dice.chance(750);
            if !left {
                let at = self.add(relation, surname, sex, year);
                if let Some(elder) = elder
                    && shares
                    && self.dice.chance(800)
                {
                    self.share_character(elder, at);
                }
                elder = Some(at);
                if self.dice.chance(self.twins) {
                    self.people
                        .push(twin(&self.people[at].clone(), &mut self.dice, &mut self.names));
                }
            }
            year += self.number(1, 6);
        }
    }

    /// The younger takes over the first given character of the elder.
    fn share_character(&mut self, elder: usize, younger: usize) {
        let given = |name: &str| name.chars().rev().take(2).last();
        let Some(character) = given(&self.people[elder].name) else {
            return;
        };
        let name: Vec<char> = self.people[younger].name.chars().collect();
        if name.len() >= 3
            && self.people[elder].name.chars().count() == name.len()
            && name.last() != self.people[elder].name.chars().last().as_ref()
        {
            let mut changed = name;
            let at = changed.len() - 2;
            changed[at] = character;
            self.people[younger].name = changed.into_iter().collect();
        }
    }

    fn spouse_of(&mut self, sex: Sex, year: i32, relation: &'static str) {
        let surname = names::surname_of_country(&mut self.names);
        let other = if sex == Sex::Male { Sex::Female } else { Sex::Male };
        self.add(relation, surname, other, year);
    }

    fn add(&mut self, relation: &'static str, surname: &str, sex: Sex, year: i32) -> usize {
        let year = year.clamp(OLDEST - 20, YEAR);
        let birth = birth_in(year, &mut self.dice);
        let keeps = self.village.lineages.keeps_generations(surname);
        let share = match (sex, year < 1988) {
            (Sex::Male, true) => 620,
            (Sex::Male, false) => 260,
            (Sex::Female, _) => 90,
        };
        let generation =
            (keeps && self.names.chance(share)).then(|| names::generation(self.village.number, year));
        let mut name = surname.to_owned();
        let bearing = Bearing {
            sex,
            year,
            generation,
            shared: None,
        };
        names::push_given_name(&mut name, bearing, &mut self.names);
        let county = self.village.county;
        let prefix = match self.dice.below(100) {
            0..=11 => self.dice.below(PREFIXES) as usize,
            12..=24 if year < 1985 => 8 + county,
            _ => county,
        };
        self.people.push(Person {
            name,
            sex,
            birth,
            relation,
            prefix,
            id: String::new(),
            phone: String::new(),
            registered: None,
        });
        self.people.len() - 1
    }

    fn number(&mut self, low: i64, high: i64) -> i32 {
        i32::try_from(self.dice.between(low, high)).unwrap_or(0)
    }
}

/// A day of that year.
pub(super) fn birth_in(year: i32, dice: &mut Dice) -> Birth {
    let month = i32::try_from(dice.between(1, 12)).unwrap_or(1);
    let days = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = i32::try_from(dice.between(1, days)).unwrap_or(1);
    Birth { year, month, day }
}

/// A twin: the same day, place and phone, mostly the same sex and a name of one other character.
pub(super) fn twin(elder: &Person, dice: &mut Dice, names: &mut Dice) -> Person {
    let mut twin = elder.clone();
    let male = elder.sex == Sex::Male;
    if dice.chance(300) {
        twin.sex = if male { Sex::Female } else { Sex::Male };
        twin.relation = match elder.relation {
            "之子" => "之女",
            "之女" => "之子",
            "之孙子" => "之孙女",
            "之孙女" => "之孙子",
            other => other,
        };
    }
    let surname: String = elder.name.chars().take(1).collect();
    let kept = elder
        .name
        .chars()
        .nth(1)
        .filter(|_| elder.name.chars().count() > 2);
    for _ in 0..8 {
        let mut name = surname.clone();
        let bearing = Bearing {
            sex: twin.sex,
            year: elder.birth.year,
            generation: None,
            shared: kept.filter(|_| dice.chance(800)),
        };
        names::push_given_name(&mut name, bearing, names);
        if name != elder.name {
            twin.name = name;
            break;
        }
    }
    twin.id.clear();
    twin.registered = None;
    twin
}

/// A brother or sister one to six years older or younger.
pub(super) fn sibling(of: &Person, dice: &mut Dice, names: &mut Dice) -> Person {
    let mut sibling = twin(of, dice, names);
    let apart = i32::try_from(dice.between(1, 6)).unwrap_or(1);
    let year = if dice.chance(500) {
        of.birth.year + apart
    } else {
        of.birth.year - apart
    };
    sibling.birth = birth_in(year.min(YEAR), dice);
    sibling
}
