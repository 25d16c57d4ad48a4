//! Member: the people of one household: who they are to the head, how old, at school or at work, how well.
//! Here because a roster row must hang together: a pupil has no work months, a disabled person may carry a 20-character card.
//! In: the household's size, head's generation, whether nobody can work. Out: members, the head first, in place of earlier ones.
//! Not here: ID numbers' shape (identity.rs), money (income.rs).

use super::dice::Dice;
use super::identity::{self, Sex, YEARS};

/// The year ages are counted at.
pub(crate) const REFERENCE_YEAR: u64 = 2023;
/// Nobody is born after the reference year: the latest start of a span of `YEARS` birth years.
const EARLIEST_MAX: u64 = REFERENCE_YEAR - YEARS;
const OLDEST_BIRTH_YEAR: u64 = 1930;

/// One person of a household, in the roster's own words.
#[derive(Debug, Clone)]
pub struct Member {
    /// Roster's number of the person.
    pub person_no: String,
    /// Full name.
    pub name: String,
    /// Kind of document: 居民身份证 or 残疾人证.
    pub document_kind: &'static str,
    /// The document's number: 18 characters, or 20 for a disability card (18 + category + grade).
    pub document_no: String,
    /// Relation to the head, one of the roster's 28 values.
    pub relation: &'static str,
    /// Sex.
    pub sex: Sex,
    /// Year of birth.
    pub birth_year: u64,
    /// Ethnic group.
    pub ethnicity: &'static str,
    /// Schooling of those who left school; empty for pupils.
    pub education: &'static str,
    /// Grade of those at school; empty for the others.
    pub at_school: &'static str,
    /// State of health.
    pub health: &'static str,
    /// Ability to work.
    pub labour: &'static str,
    /// Months worked away in the year, 0 to 12; none for those who cannot work.
    pub work_months: Option<u64>,
}

/// What the members of a household have in common.
pub(crate) struct Common<'a> {
    pub(crate) seed: u64,
    pub(crate) household_no: &'a str,
    pub(crate) unit_no: usize,
    /// Ordinal of the household's first person within the unit; each household has eight.
    pub(crate) first_ordinal: u64,
    pub(crate) no_labour: bool,
}

impl Member {
    /// A place in the household, with room for a number and the two characters a disability card has more.
    pub(crate) fn nobody() -> Self {
        Self {
            person_no: String::with_capacity(20),
            name: String::with_capacity(12),
            document_kind: "",
            document_no: String::with_capacity(20),
            relation: "",
            sex: Sex::Male,
            birth_year: 0,
            ethnicity: "",
            education: "",
            at_school: "",
            health: "",
            labour: "",
            work_months: None,
        }
    }
}

/// Makes `members` the household's people, the head first.
pub(crate) fn draw(common: &Common<'_>, members: &mut [Member], dice: &mut Dice, names: &mut Dice) {
    let size = members.len();
    let head_sex = if dice.chance(820) { Sex::Male } else { Sex::Female };
    let head_from = earliest_of_head(common.no_labour, size, dice);
    let family = identity::surname(names);
    let ethnicity = if dice.chance(985) {
        "汉族"
    } else {
        dice.pick(&["回族", "满族", "蒙古族", "苗族"])
    };
    for (position, member) in members.iter_mut().enumerate() {
        let role = if position == 0 {
            Role::HEAD
        } else {
            role_of(position, size, head_from)
        };
        let sex = match role.sex {
            Some(sex) => sex,
            None if role.relation == "配偶" => head_sex.other(),
            None => head_sex,
        };
        let earliest = head_from
            .saturating_add_signed(role.years_after_head)
            .clamp(OLDEST_BIRTH_YEAR, EARLIEST_MAX);
        let ordinal = common.first_ordinal + position as u64;
        member.document_no.clear();
        let (id, unit) = (&mut member.document_no, common.unit_no);
        member.birth_year = identity::push_id_number(id, common.seed, unit, ordinal, sex, earliest, dice);
        member.name.clear();
        member.name.push_str(if role.family {
            family
        } else {
            identity::surname(names)
        });
        identity::push_given_name(&mut member.name, sex, names);
        member.person_no.clear();
        member.person_no.push_str(common.household_no);
        identity::push_padded(&mut member.person_no, position as u64 + 1, 2);
        (member.relation, member.sex, member.ethnicity) = (role.relation, sex, ethnicity);
        describe(member, common.no_labour, dice);
    }
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
    /// None: the head's sex, or its opposite for the spouse.
    sex: Option<Sex>,
    /// The span of birth years starts so many years after the head's.
    years_after_head: i64,
    /// Carries the head's surname.
    family: bool,
}

impl Role {
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

/// Who sits at `position` (1 on) in a household of `size`: three generations when the head is old, parents when young.
fn role_of(position: usize, size: usize, head_from: u64) -> Role {
    const OLD: [Role; 6] = [
        Role::SPOUSE,
        Role::SON,
        Role::DAUGHTER_IN_LAW,
        Role::GRANDSON,
        Role::GRANDDAUGHTER,
        Role::DAUGHTER,
    ];
    const MIDDLE: [Role; 6] = [
        Role::SPOUSE,
        Role::SON,
        Role::DAUGHTER,
        Role::MOTHER,
        Role::FATHER,
        Role::SECOND_SON,
    ];
    let order = if head_from < 1962 { OLD } else { MIDDLE };
    // Two people: a couple when the head is old, otherwise a parent alone with a child.
    if size == 2 && head_from >= 1962 {
        Role::DAUGHTER
    } else {
        order[(position - 1) % order.len()]
    }
}

/// What follows from age and chance: school, health, ability to work, and a card for some of the disabled.
fn describe(member: &mut Member, no_labour: bool, dice: &mut Dice) {
    let age = REFERENCE_YEAR.saturating_sub(member.birth_year);
    member.at_school = school(age, dice);
    let pupil = !member.at_school.is_empty();
    member.education = if pupil { "" } else { schooling(age, dice) };
    member.health = match dice.below(1000) {
        0..=49 => "残疾",
        50..=99 if age > 45 => "患有大病",
        100..=279 if age > 45 => "长期慢性病",
        _ => "健康",
    };
    member.labour = labour(age, pupil, member.health, no_labour, dice);
    let works = member.labour == "普通劳动力" || member.labour == "技能劳动力";
    member.work_months = works.then(|| {
        if dice.chance(700) {
            u64::from(4 + dice.below(9))
        } else {
            0
        }
    });
    member.document_kind = "居民身份证";
    if member.health == "残疾" && dice.chance(600) {
        member.document_kind = "残疾人证";
        let (category, grade) = (1 + dice.below(7), 1 + dice.below(4));
        identity::push_padded(&mut member.document_no, u64::from(category * 10 + grade), 2);
    }
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
        _ if health == "残疾" && (no_labour || dice.chance(600)) => "丧失劳动力",
        _ if no_labour || pupil => "无劳动力",
        0..=15 | 75.. => "无劳动力",
        60..=74 => dice.pick(&["弱劳动力或半劳动力", "弱劳动力或半劳动力", "无劳动力"]),
        16..=59 => dice.pick_early(&[
            "普通劳动力",
            "普通劳动力",
            "普通劳动力",
            "技能劳动力",
            "弱劳动力或半劳动力",
        ]),
    }
}
