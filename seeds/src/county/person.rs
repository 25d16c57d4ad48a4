//! Person: what is thrown for the people of a household: kinship, age, school, health, ability to work.
//! Here because most of the time that is all anybody asks, and names and numbers cost several times as much.
//! In: the household's size, whether nobody can work. Out: persons, the head first: a pupil has no work months, some disabled have a card.
//! Not here: names, written numbers (member.rs), ID numbers' shape (identity.rs), money (income.rs).

use std::ops::RangeInclusive;

use super::dice::Dice;
use super::identity::{self, Sex, YEARS};

/// The year ages are counted at.
pub(crate) const REFERENCE_YEAR: u64 = 2023;
/// Nobody is born after the reference year: the latest start of a span of `YEARS` birth years.
const EARLIEST_MAX: u64 = REFERENCE_YEAR - YEARS;
const OLDEST_BIRTH_YEAR: u64 = 1930;

/// A member of a household without a name; fields of the same name in `Member` say more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) relation: &'static str,
    /// Carries the head's surname.
    pub(crate) family: bool,
    pub(crate) sex: Sex,
    pub(crate) birth_year: u64,
    /// First registered under the other code of the unit.
    pub(crate) other_prefix: bool,
    pub(crate) ethnicity: &'static str,
    pub(crate) education: &'static str,
    pub(crate) at_school: &'static str,
    pub(crate) health: &'static str,
    pub(crate) labour: &'static str,
    pub(crate) work_months: Option<u64>,
    /// Category (1 to 7) and grade (1 to 4) on the disability card, when there is one.
    pub(crate) card: Option<(u32, u32)>,
}

/// What the members of a household have in common.
#[derive(Clone, Copy)]
pub(crate) struct Common {
    pub(crate) seed: u64,
    /// Ordinal of the household's first person within the unit; each household has eight.
    pub(crate) first_ordinal: u64,
    /// How many there are.
    pub(crate) size: usize,
    pub(crate) no_labour: bool,
}

impl Person {
    pub(crate) const NOBODY: Self = Self {
        relation: "",
        family: false,
        sex: Sex::Male,
        birth_year: 0,
        other_prefix: false,
        ethnicity: "",
        education: "",
        at_school: "",
        health: "",
        labour: "",
        work_months: None,
        card: None,
    };
}

impl Common {
    pub(crate) fn ordinal(&self, position: usize) -> u64 {
        self.first_ordinal + position as u64
    }
}

/// Throws the people of a household one after the other, the head first.
pub(crate) struct Thrower {
    common: Common,
    dice: Dice,
    head_sex: Sex,
    head_from: u64,
    ethnicity: &'static str,
    position: usize,
}

impl Thrower {
    pub(crate) fn new(common: Common, mut dice: Dice) -> Self {
        Self {
            head_sex: throw_head_sex(&mut dice),
            head_from: earliest_of_head(common.no_labour, common.size, &mut dice),
            ethnicity: if dice.chance(985) {
                "汉族"
            } else {
                dice.pick(&["回族", "满族", "蒙古族", "苗族"])
            },
            position: 0,
            common,
            dice,
        }
    }

    /// Makes `person` the next one, where it is: moving one costs as much as throwing it.
    pub(crate) fn throw(&mut self, person: &mut Person) {
        let (common, dice) = (&self.common, &mut self.dice);
        let role = role_of(self.position, common.size, self.head_from);
        let ordinal = common.ordinal(self.position);
        person.relation = role.relation;
        person.family = role.family;
        person.sex = match role.sex {
            Some(sex) => sex,
            None if self.position == 0 => self.head_sex,
            None => self.head_sex.other(),
        };
        person.other_prefix = identity::throws_other_prefix(ordinal, dice);
        person.birth_year = identity::birth_year(common.seed, ordinal, role.earliest(self.head_from));
        person.ethnicity = self.ethnicity;
        describe(person, common.no_labour, dice);
        self.position += 1;
    }
}

/// Position of the last of a household's people born in one of `years`; only the head's span of years is thrown.
#[inline]
pub(crate) fn last_born(common: &Common, mut dice: Dice, years: RangeInclusive<u64>) -> Option<usize> {
    throw_head_sex(&mut dice);
    let head_from = earliest_of_head(common.no_labour, common.size, &mut dice);
    (0..common.size).rev().find(|position| {
        let earliest = role_of(*position, common.size, head_from).earliest(head_from);
        let may = earliest <= *years.end() && earliest + YEARS > *years.start();
        may && years.contains(&identity::birth_year(
            common.seed,
            common.ordinal(*position),
            earliest,
        ))
    })
}

fn throw_head_sex(dice: &mut Dice) -> Sex {
    if dice.chance(820) { Sex::Male } else { Sex::Female }
}

fn earliest_of_head(no_labour: bool, size: usize, dice: &mut Dice) -> u64 {
    let years = match (no_labour, size) {
        (true, _) => (1936, 1952),
        (false, 1) => (1942, 1972),
        (false, 2) => (1945, 1980),
        (false, _) => (1952, 1988),
    };
    u64::try_from(dice.between(years.0, years.1)).unwrap_or(1960)
}

#[derive(Clone, Copy)]
struct Role {
    relation: &'static str,
    /// None: the head's own, or its opposite for the spouse.
    sex: Option<Sex>,
    /// The span of birth years starts so many years after the head's.
    years_after_head: i64,
    /// Carries the head's surname.
    family: bool,
}

impl Role {
    /// The first year of the span of birth years.
    fn earliest(&self, head_from: u64) -> u64 {
        head_from
            .saturating_add_signed(self.years_after_head)
            .clamp(OLDEST_BIRTH_YEAR, EARLIEST_MAX)
    }

    const HEAD: Self = Self {
        relation: "户主",
        sex: None,
        years_after_head: 0,
        family: true,
    };
    const SPOUSE: Self = Self {
        relation: "配偶",
        sex: None,
        years_after_head: 0,
        family: false,
    };
    const SON: Self = child("之子", Sex::Male, 22);
    const DAUGHTER: Self = child("之女", Sex::Female, 25);
    const SECOND_SON: Self = child("之子", Sex::Male, 28);
    const FATHER: Self = Self {
        relation: "之父",
        sex: Some(Sex::Male),
        years_after_head: -26,
        family: true,
    };
    const MOTHER: Self = Self {
        relation: "之母",
        sex: Some(Sex::Female),
        years_after_head: -25,
        family: false,
    };
    const DAUGHTER_IN_LAW: Self = Self {
        relation: "之儿媳",
        sex: Some(Sex::Female),
        years_after_head: 23,
        family: false,
    };
    const GRANDSON: Self = child("之孙子", Sex::Male, 46);
    const GRANDDAUGHTER: Self = child("之孙女", Sex::Female, 48);
}

const fn child(relation: &'static str, sex: Sex, years_after_head: i64) -> Role {
    Role {
        relation,
        sex: Some(sex),
        years_after_head,
        family: true,
    }
}

/// Who sits at `position` in a household of `size`: three generations when the head is old, parents when young.
fn role_of(position: usize, size: usize, head_from: u64) -> &'static Role {
    static OLD: [Role; 6] = [
        Role::SPOUSE,
        Role::SON,
        Role::DAUGHTER_IN_LAW,
        Role::GRANDSON,
        Role::GRANDDAUGHTER,
        Role::DAUGHTER,
    ];
    static MIDDLE: [Role; 6] = [
        Role::SPOUSE,
        Role::SON,
        Role::DAUGHTER,
        Role::MOTHER,
        Role::FATHER,
        Role::SECOND_SON,
    ];
    if position == 0 {
        return &Role::HEAD;
    }
    let order = if head_from < 1962 { &OLD } else { &MIDDLE };
    // Two people: a couple when the head is old, otherwise a parent alone with a child.
    if size == 2 && head_from >= 1962 {
        &Role::DAUGHTER
    } else {
        &order[(position - 1) % order.len()]
    }
}

/// Of a thousand who can work and of as many graduates: those who do not.
const IDLE_PER_MILLE: u32 = 15;
const IDLE_GRADUATES_PER_MILLE: u32 = 60;
/// From this age on nobody is given a public-welfare post.
const POST_AGE_MAX: u64 = 70;

/// Whether somebody can and may hold a public-welfare post: able, not working away, not too old.
#[inline]
pub(crate) fn may_hold_post(person: &Person) -> bool {
    let able = person.labour != "无劳动力" && person.labour != "丧失劳动力";
    able && person.work_months.unwrap_or(0) == 0
        && REFERENCE_YEAR.saturating_sub(person.birth_year) < POST_AGE_MAX
}
/// Category of a disability of the limbs.
pub(super) const LIMBS: u32 = 4;

/// What follows from age and chance: school, health, ability to work, and a card for some of the disabled.
fn describe(person: &mut Person, no_labour: bool, dice: &mut Dice) {
    let age = REFERENCE_YEAR.saturating_sub(person.birth_year);
    person.at_school = school(age, dice);
    let pupil = !person.at_school.is_empty();
    person.education = if pupil { "" } else { schooling(age, dice) };
    person.health = match dice.below(1000) {
        0..=49 => "残疾",
        50..=99 if age > 45 => "患有大病",
        100..=279 if age > 45 => "长期慢性病",
        _ => "健康",
    };
    person.labour = labour(age, pupil, person.health, no_labour, dice);
    let works = person.labour == "普通劳动力" || person.labour == "技能劳动力";
    person.work_months = works.then(|| {
        // Of those who left school with a degree lately more are still looking.
        let graduate = (18..=24).contains(&age) && matches!(person.education, "高中" | "大专");
        if dice.chance(
            1000 - if graduate {
                IDLE_GRADUATES_PER_MILLE
            } else {
                IDLE_PER_MILLE
            },
        ) {
            u64::from(4 + dice.below(9))
        } else {
            0
        }
    });
    let carded = person.health == "残疾" && dice.chance(985);
    person.card = carded.then(|| {
        let (kind, grade) = (1 + dice.below(7), 1 + dice.below(4));
        // Whose limbs are severely disabled is nobody's full hand.
        let severe = kind == LIMBS && grade <= 2 && works;
        (kind, if severe { grade + 2 } else { grade })
    });
}

fn school(age: u64, dice: &mut Dice) -> &'static str {
    match age {
        0..=2 => "学龄前儿童",
        3..=5 => "学前教育",
        6..=11 => "小学",
        12 => "七年级",
        13 => "八年级",
        14 => "九年级",
        15..=17 if dice.chance(550) => {
            ["普通高中一年级", "普通高中二年级", "普通高中三年级"][year_of(age, 15)]
        }
        15..=17 => ["中职一年级", "中职二年级", "中职三年级"][year_of(age, 15)],
        18..=20 if dice.chance(350) => {
            ["高职高专一年级", "高职高专二年级", "高职高专三年级"][year_of(age, 18)]
        }
        18..=21 if dice.chance(300) => {
            ["本科一年级", "本科二年级", "本科三年级", "本科四年级"][year_of(age, 18)]
        }
        _ => "",
    }
}

fn year_of(age: u64, first: u64) -> usize {
    usize::try_from(age - first).unwrap_or(0)
}

fn schooling(age: u64, dice: &mut Dice) -> &'static str {
    match age {
        60.. => dice.pick_early(&["文盲或半文盲", "小学", "初中"]),
        40..=59 => dice.pick(&["小学", "初中", "初中", "初中", "高中"]),
        0..=39 => dice.pick(&["初中", "初中", "初中", "高中", "大专", "本科及以上"]),
    }
}

fn labour(age: u64, pupil: bool, health: &str, no_labour: bool, dice: &mut Dice) -> &'static str {
    match age {
        // Nobody below working age has lost what they never had; the year counts one more than the birthdays do.
        0..=16 => "无劳动力",
        _ if health == "残疾" && (no_labour || dice.chance(600)) => "丧失劳动力",
        _ if no_labour || pupil => "无劳动力",
        75.. => "无劳动力",
        // Past working age for nearly the whole year.
        60 => "弱劳动力或半劳动力",
        61..=74 => dice.pick(&["弱劳动力或半劳动力", "弱劳动力或半劳动力", "无劳动力"]),
        17..=59 => dice.pick_early(&[
            "普通劳动力",
            "普通劳动力",
            "普通劳动力",
            "技能劳动力",
            "弱劳动力或半劳动力",
        ]),
    }
}
