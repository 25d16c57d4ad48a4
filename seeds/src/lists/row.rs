//! Row: one line of a department's list about one person.
//! Here because a row is dirty as a whole: who has a masked number often has a masked name.
//! In: a person, the household they say they belong to, a profile's rates. Out: the cells.
//! Not here: who is listed (write.rs), how a cell is spoilt (dirt.rs).

use crate::county::dice::Dice;
use crate::county::{COUNTIES, Sex};

use super::dirt;
use super::person::{Person, phone};
use super::place::{self, Village};
use super::profile::Rates;

/// Columns of the list.
pub(super) const COLUMNS: [&str; 14] = [
    "row_no",
    "household_no",
    "name",
    "sex",
    "birth_date",
    "id_no",
    "relation",
    "head_name",
    "county_name",
    "town_name",
    "village_name",
    "group_no",
    "door_no",
    "phone",
];

/// The household a row says it belongs to.
pub(super) struct Home<'a> {
    /// The register's number of the household: decides group and door.
    pub(super) number: u64,
    pub(super) village: &'a Village,
    /// A neighbouring village, for rows that name the wrong one.
    pub(super) neighbour: &'a Village,
    pub(super) head: &'a str,
    /// Valid numbers of the household's members, the head's first.
    pub(super) ids: &'a [String],
    /// The list's own number of the household.
    pub(super) list_household: u64,
}

/// Phone numbers that people have changed to.
const CHANGED_PHONES: u64 = 50_000_000;

/// The cells of one row, in the order of `COLUMNS`.
pub(super) fn cells(
    row_no: u64,
    person: &Person,
    home: &Home<'_>,
    rates: &Rates,
    dice: &mut Dice,
) -> [String; 14] {
    let (id, is_masked) = id_cell(person, home, rates, dice);
    let (name, head) = names(person, home, rates, is_masked, dice);
    let village = if dice.chance(20) {
        home.neighbour
    } else {
        home.village
    };
    let no_village = dice.chance(rates.no_village);
    let no_door = dice.chance(rates.no_door);
    let (group, door) = (place::group(home.number), place::door(home.number));
    let group = if dice.chance(30) { group % 9 + 1 } else { group };
    let door = if dice.chance(60) { door % 45 + 1 } else { door };
    let sex = if dice.chance(4) {
        other(person.sex)
    } else {
        person.sex
    };
    let birth = if dice.chance(rates.no_birth) {
        String::new()
    } else {
        dirt::birth(person.birth, dice)
    };
    let relation = match dice.below(100) {
        0..=9 => "",
        10 | 11 => dice.pick(&["户主", "之子", "配偶", "其他"]),
        _ => dirt::relation(person.relation, dice),
    };
    [
        row_no.to_string(),
        household_no(row_no, home, rates, dice),
        name,
        if dice.chance(30) { "" } else { sex_word(sex) }.to_owned(),
        birth,
        id,
        relation.to_owned(),
        head,
        COUNTIES[home.village.county].name.to_owned(),
        if dice.chance(30) {
            String::new()
        } else {
            village.town.clone()
        },
        if no_village {
            String::new()
        } else {
            dirt::village(&village.name, dice)
        },
        if no_door {
            String::new()
        } else {
            written_number(group, "组", dice)
        },
        if no_door {
            String::new()
        } else {
            written_number(door, "号", dice)
        },
        phone_cell(row_no, person, rates, dice),
    ]
}

/// The number's cell, and whether it is masked.
fn id_cell(person: &Person, home: &Home<'_>, rates: &Rates, dice: &mut Dice) -> (String, bool) {
    let kind = dice.below(1000);
    let others: Vec<&String> = home.ids.iter().filter(|id| **id != person.id).collect();
    if dice.chance(rates.anothers_id) && !others.is_empty() {
        let which = if dice.chance(700) {
            0
        } else {
            usize::try_from(dice.below(8)).unwrap_or(0)
        };
        return (others[which % others.len()].clone(), false);
    }
    let mut left = kind;
    for (what, rate) in (0..).zip(rates.id) {
        if left < rate {
            return match what {
                0 => (dirt::masked(&person.id, dice), true),
                1 => (dirt::fifteen(&person.id), false),
                2 => (dirt::mistyped(&person.id, dice), false),
                3 => (dirt::cut(&person.id, dice), false),
                _ => (String::new(), false),
            };
        }
        left -= rate;
    }
    (dirt::written(&person.id, dice), false)
}

/// The person's name and the head's; somebody who is the head is written alike in both columns.
fn names(
    person: &Person,
    home: &Home<'_>,
    rates: &Rates,
    is_masked: bool,
    dice: &mut Dice,
) -> (String, String) {
    let mut name = person.name.clone();
    let mut left = dice.below(1000);
    for (what, rate) in (0..).zip(rates.name) {
        if left < rate {
            name = match what {
                0 => dirt::by_ear(&name, dice),
                1 => dirt::traditional(&name),
                2 => dirt::blanks(&name, dice),
                _ => dirt::one_wrong(&name, dice),
            };
            break;
        }
        left -= rate;
    }
    if is_masked && dice.chance(rates.masked_name) {
        name = dirt::masked_name(&person.name, dice);
    }
    let head = if dice.chance(rates.no_head) {
        String::new()
    } else if person.relation == "户主" {
        name.clone()
    } else if dice.chance(25) {
        dirt::by_ear(home.head, dice)
    } else {
        home.head.to_owned()
    };
    (name, head)
}

fn household_no(row_no: u64, home: &Home<'_>, rates: &Rates, dice: &mut Dice) -> String {
    match (rates.household_no, dice.chance(20)) {
        (false, _) => String::new(),
        // Here and there one member stands under a number of their own.
        (true, true) => format!("D{:08}", 50_000_000 + row_no),
        (true, false) => format!("D{:08}", home.list_household),
    }
}

fn phone_cell(row_no: u64, person: &Person, rates: &Rates, dice: &mut Dice) -> String {
    if dice.chance(rates.no_phone) {
        return String::new();
    }
    match dice.below(100) {
        0..=29 => phone(CHANGED_PHONES + row_no % CHANGED_PHONES),
        30..=32 if !person.phone.is_empty() => format!("{}.0", person.phone),
        _ => person.phone.clone(),
    }
}

fn written_number(number: u64, ending: &str, dice: &mut Dice) -> String {
    match dice.below(10) {
        0..=2 => number.to_string(),
        3 => format!("第{number}{ending}"),
        _ => format!("{number}{ending}"),
    }
}

pub(super) fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "男",
        Sex::Female => "女",
    }
}

fn other(sex: Sex) -> Sex {
    match sex {
        Sex::Male => Sex::Female,
        Sex::Female => Sex::Male,
    }
}
