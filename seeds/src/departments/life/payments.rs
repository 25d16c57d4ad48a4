//! Payments: graduations, and the subsidies human resources pay for work, for vocational schooling and for graduates.
//! Here because who is paid follows from spells and schooling, and the monthly list of migrant workers tells of the same payments.
//! In: a household and its spells. Out: graduates; payments, and that some who should be paid are not.
//! Not here: wages (work.rs, posts.rs), training courses (training.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{FEN, HOUSEHOLD_MAX, Person, Sketch};

use super::posts::larger_unit;
use super::{Spell, World, age};
use crate::departments::calendar::{Day, Month};

/// Youngest and oldest of the graduates the office still asks after.
pub(crate) const GRADUATE_AGES: (u64, u64) = (18, 24);
/// Of a thousand graduates without work: said to have found some; in one county, of all: said to have.
const SAID_EMPLOYED_PER_MILLE: u32 = 650;
const EMPLOYED_WHERE_LATE_PER_MILLE: u32 = 780;

/// A graduate of the last year on the office's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Graduation {
    pub(crate) level: &'static str,
    pub(crate) employed: bool,
    pub(crate) since: Month,
}

/// The level somebody graduated at.
fn graduated(person: &Person) -> Option<&'static str> {
    let of_age = (GRADUATE_AGES.0..=GRADUATE_AGES.1).contains(&age(person.birth_year));
    match person.education {
        "高中" if of_age => Some("中职"),
        "大专" if of_age => Some("高职"),
        _ => None,
    }
}

/// The graduates of a household, by position. Who worked in the year is said to be employed, but in one county whose list comes late.
pub(crate) fn graduations(world: &World, sketch: &Sketch<'_>) -> [Option<Graduation>; HOUSEHOLD_MAX] {
    let mut graduates = [None; HOUSEHOLD_MAX];
    if !sketch.people().iter().any(|person| graduated(person).is_some()) {
        return graduates;
    }
    let mut dice = sketch.outline.dice(Purpose::Graduates);
    let late = sketch.outline.unit() == larger_unit(world, Purpose::Graduates);
    for (person, graduate) in sketch.people().iter().zip(&mut graduates) {
        let Some(level) = graduated(person) else {
            continue;
        };
        let works = person.work_months.unwrap_or(0) > 0;
        let said = dice.chance(SAID_EMPLOYED_PER_MILLE);
        let in_time = dice.chance(EMPLOYED_WHERE_LATE_PER_MILLE);
        let ago = i32::try_from(dice.below(4)).unwrap_or(0);
        *graduate = Some(Graduation {
            level,
            employed: (works || said) && (in_time || !late),
            since: world.horizon.last.plus(-ago),
        });
    }
    graduates
}

/// A payment to the member at a position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payment {
    pub(crate) member: usize,
    pub(crate) kind: &'static str,
    pub(crate) fen: i64,
    pub(crate) day: Day,
    pub(crate) basis: &'static str,
}

/// Payments of a household, and the members whose transport subsidy the list of migrant workers tells of though nobody paid it.
#[derive(Debug, Default)]
pub(crate) struct Paid {
    pub(crate) payments: Vec<Payment>,
    pub(crate) only_told: Vec<usize>,
}

/// Days of the year somebody must have worked far away for.
const FAR_DAYS: i64 = 90;
/// Half a year of contract.
const CONTRACT_DAYS: i64 = 180;
/// Of a thousand of those who should be paid: forgotten. Of those who should not: paid.
const TRANSPORT_FORGOTTEN: u32 = 5;
const GRADUATES_FORGOTTEN: u32 = 160;
const PUPILS_FORGOTTEN: u32 = 35;
const NO_GRADUATES_PAID: u32 = 20;
const IDLE_GRADUATES_PAID: u32 = 200;
const OTHER_PUPILS_PAID: u32 = 45;

/// Throws of `PaymentCases` for each member.
const THROWS: u64 = 7;

/// The days of this year somebody has worked far away, and whether the subsidy for the way is forgotten and told of all the same.
fn transport(world: &World, spell: &Spell, mut cases: Dice) -> (i64, bool, bool) {
    if !spell.place.far {
        return (0, false, false);
    }
    let today = world.today();
    let year = Month::new(today.month.year(), 1).day(1);
    let until = spell.left.unwrap_or(today).min(today);
    let days = until.since(spell.starts.max(year));
    (days, cases.chance(TRANSPORT_FORGOTTEN), cases.chance(500))
}

/// Whether the monthly list of migrant workers says that the subsidy for the way was paid to the member of a spell.
pub(crate) fn told_of_transport(world: &World, sketch: &Sketch<'_>, spell: &Spell) -> bool {
    let mut cases = sketch.outline.dice(Purpose::PaymentCases);
    cases.skip(THROWS * spell.member as u64);
    let (days, forgotten, told) = transport(world, spell, cases);
    days >= FAR_DAYS && (!forgotten || told)
}

/// What a household is paid.
pub(crate) fn payments(
    world: &World,
    sketch: &Sketch<'_>,
    spells: &[Spell],
    graduates: &[Option<Graduation>; HOUSEHOLD_MAX],
) -> Paid {
    let mut dice = sketch.outline.dice(Purpose::Subsidies);
    let mut cases = sketch.outline.dice(Purpose::PaymentCases);
    let mut paid = Paid::default();
    let today = world.today();
    for (member, person) in sketch.people().iter().enumerate() {
        let spell = spells.iter().find(|spell| spell.member == member);
        let (far_days, forgotten, only_told) =
            spell.map_or((0, false, false), |spell| transport(world, spell, cases.clone()));
        cases.skip(2);
        let contract_days = spell.map_or(0, |spell| spell.left.unwrap_or(today).since(spell.starts));
        let insured = spell.is_some_and(|spell| spell.insured);
        let ago = i32::try_from(dice.below(9)).unwrap_or(0);
        let day = world.horizon.last.plus(-ago).day(15);
        // Everything is thrown for everybody: what one is paid does not hang on another payment.
        let graduate_forgotten = cases.chance(GRADUATES_FORGOTTEN);
        let no_graduate_paid = cases.chance(NO_GRADUATES_PAID);
        let idle_graduate_paid = cases.chance(IDLE_GRADUATES_PAID);
        let pupil_forgotten = cases.chance(PUPILS_FORGOTTEN);
        let other_pupil_paid = cases.chance(OTHER_PUPILS_PAID);
        let way_fen = dice.between(3, 5) * 100 * FEN;
        let (steady, founds) = (dice.chance(30), dice.chance(25));
        let mut pay = |kind, fen, basis| {
            paid.payments.push(Payment {
                member,
                kind,
                fen,
                day,
                basis,
            });
        };
        if far_days >= FAR_DAYS && !forgotten {
            pay("跨省交通", way_fen, "跨省务工一次性交通补助");
        }
        if insured && steady {
            pay("稳岗", 1_000 * FEN, "稳岗返还");
        }
        if person.labour == "技能劳动力" && founds {
            pay("一次性创业", 5_000 * FEN, "首次创办小微企业");
        }
        let graduate =
            graduates[member].is_some_and(|graduate| graduate.level == "高职" && graduate.employed);
        let young = (GRADUATE_AGES.0..=GRADUATE_AGES.1).contains(&age(person.birth_year));
        let granted = if graduate && insured && contract_days >= CONTRACT_DAYS {
            !graduate_forgotten
        } else if young && person.education == "初中" {
            no_graduate_paid
        } else {
            young && person.education == "大专" && spell.is_none() && idle_graduate_paid
        };
        if granted {
            pay("高校毕业生就业", 3_000 * FEN, "小微企业吸纳高校毕业生");
        }
        let schooled = if person.at_school.starts_with("中职") || person.at_school.starts_with("高职") {
            !pupil_forgotten
        } else {
            person.at_school.starts_with("普通高中") && other_pupil_paid
        };
        if schooled {
            pay("雨露计划", 1_500 * FEN, "职业教育补助（春季）");
        }
        if far_days >= FAR_DAYS && forgotten && only_told {
            paid.only_told.push(member);
        }
    }
    paid
}
