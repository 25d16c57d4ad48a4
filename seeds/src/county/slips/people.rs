//! Slips of a person: a blank or unknown word, a relation or grade that age and sex contradict, an ability nobody has.
//! Here because most rules about the quality of data are about such cells.
//! In: a household's members. Out: the same with one cell of one of them wrong; age and sex are those of the number, never touched.
//! Not here: the number itself (number.rs).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each file makes some of the mistakes; the others are made elsewhere"
)]

use super::Slip::{self, *};
use super::{child, is_child, last};
use crate::county::dice::Dice;
use crate::county::identity::Sex;
use crate::county::member::Member;
use crate::county::person::LIMBS;

/// A child of an earlier household, whose name and number another household gets as well.
#[derive(Debug, Clone, Default)]
pub(in crate::county) struct Lent {
    name: String,
    document_no: String,
    male: bool,
    birth_year: u64,
}

impl Lent {
    /// Keeps a child of these, if there is one.
    pub(in crate::county) fn keep(&mut self, members: &[Member]) {
        let Some(member) = child(members).and_then(|at| members.get(at)) else {
            return;
        };
        self.name.clone_from(&member.name);
        self.document_no.clone_from(&member.document_no);
        (self.male, self.birth_year) = (member.sex == Sex::Male, member.birth_year);
    }

    pub(super) fn is_somebody(&self) -> bool {
        !self.document_no.is_empty()
    }

    /// Gives the number, and perhaps the name with it, to `member`.
    pub(super) fn give(&self, member: &mut Member, with_name: bool) {
        member.document_no.clone_from(&self.document_no);
        if with_name {
            member.name.clone_from(&self.name);
        }
        member.sex = if self.male { Sex::Male } else { Sex::Female };
        member.birth_year = self.birth_year;
        member.relation = child_of(member.relation, self.male);
    }
}

/// The relation of a child or grandchild for a boy or a girl.
pub(super) fn child_of(relation: &'static str, boy: bool) -> &'static str {
    match (relation, boy) {
        ("之子" | "之女", true) => "之子",
        ("之子" | "之女", false) => "之女",
        ("之孙子" | "之孙女", true) => "之孙子",
        ("之孙子" | "之孙女", false) => "之孙女",
        (other, _) => other,
    }
}

pub(super) fn people(slip: Slip, members: &mut [Member], dice: &mut Dice) {
    relations(slip, members);
    abilities(slip, members);
    schools(slip, members);
    let elder = last(members, |m| m.birth_year <= 1985 && !m.education.is_empty());
    let everybody = members.len() - 1;
    let (at, cell): (Option<usize>, fn(&mut Member)) = match slip {
        FullEthnicity => (Some(everybody), |m| m.ethnicity = ""),
        WordEthnicity => (Some(everybody), |m| m.ethnicity = "本地人"),
        FullHealth => (child(members), |m| m.health = ""),
        WordHealth => (child(members), |m| m.health = "一般"),
        FullLabour => (child(members), |m| m.labour = ""),
        WordLabour => (child(members), |m| m.labour = "在校学生"),
        FullName => (child(members), |m| m.name.clear()),
        FullRelation => (child(members), |m| m.relation = ""),
        WordRelation => (child(members), |m| m.relation = "小孩"),
        WordEducation => (elder, |m| m.education = "私塾"),
        FullSchooling => {
            // Too young for school, past it, or of an age at which somebody may be out of school for a reason.
            let years = if dice.chance(750) {
                2018..=2023
            } else {
                2008..=2015
            };
            let young = last(members, |m| is_child(m) && years.contains(&m.birth_year));
            let old = last(members, |m| m.birth_year < 1953);
            (young.or(old), |m| (m.at_school, m.education) = ("", ""))
        }
        _other => return,
    };
    if let Some(member) = at.and_then(|at| members.get_mut(at)) {
        cell(member);
    }
}

/// Who is whose.
fn relations(slip: Slip, members: &mut [Member]) {
    let Some((head_sex, head_year)) = members.first().map(|head| (head.sex, head.birth_year)) else {
        return;
    };
    let spouse = last(members, |m| m.relation == "配偶");
    let other = |m: &Member| m.relation != "配偶";
    let found = match slip {
        HeadNone if members.len() > 1 => Some((0, "其他")),
        HeadTwo => spouse.map(|at| (at, "户主")),
        SpouseTwo => {
            let second = last(members, |m| other(m) && m.sex != head_sex && m.birth_year < 1996);
            second.map(|at| (at, "配偶")).filter(|_| spouse.is_some())
        }
        SpouseSex => {
            last(members, |m| other(m) && m.sex == head_sex && m.birth_year < 1998).map(|at| (at, "配偶"))
        }
        AgeSpouse => {
            last(members, |m| other(m) && m.sex != head_sex && m.birth_year > 2003).map(|at| (at, "配偶"))
        }
        AgeParent => last(members, |m| other(m) && m.birth_year > head_year).map(|at| {
            (
                at,
                if members[at].sex == Sex::Male {
                    "之父"
                } else {
                    "之母"
                },
            )
        }),
        AgeOffspring => last(members, |m| m.birth_year < head_year).map(|at| {
            (
                at,
                if members[at].sex == Sex::Male {
                    "之子"
                } else {
                    "之女"
                },
            )
        }),
        RelationSex => child(members).map(|at| {
            let member = &members[at];
            (at, child_of(member.relation, member.sex == Sex::Female))
        }),
        _other => None,
    };
    let Some((at, relation)) = found else { return };
    if let (SpouseSex | AgeSpouse, Some(spouse)) = (slip, spouse) {
        members[spouse].relation = "其他";
    }
    members[at].relation = relation;
}

/// Per mille of those of whom it can be said.
const DISABLED_LABOUR: u32 = 400;
const DISABLED_HEALTH: u32 = 220;

/// The mistake made about somebody disabled, where there is one: they are too few to leave it to the rates of all mistakes.
pub(super) fn of_the_disabled(members: &[Member], dice: &mut Dice) -> Option<Slip> {
    if severely_disabled(members).is_some() && dice.chance(DISABLED_LABOUR) {
        return Some(DisabledLabour);
    }
    (slightly_disabled(members).is_some() && dice.chance(DISABLED_HEALTH)).then_some(DisabledHealth)
}

/// Whether a disability card's kind and grade are `wanted`.
fn carded(member: &Member, wanted: impl Fn(u32, u32) -> bool) -> bool {
    let codes = member.document_no.chars().skip(18);
    let mut codes = codes.filter_map(|code| code.to_digit(10));
    matches!((codes.next(), codes.next()), (Some(kind), Some(grade)) if wanted(kind, grade))
}

fn idle(member: &Member) -> bool {
    member.work_months.is_none_or(|months| months == 0)
}

/// Somebody else works, so that nobody counts on whom it befalls.
fn others_work(members: &[Member]) -> bool {
    members.iter().any(|member| member.work_months > Some(0))
}

fn severely_disabled(members: &[Member]) -> Option<usize> {
    let severe = |m: &Member| idle(m) && carded(m, |kind, grade| kind == LIMBS && grade <= 2);
    last(members, severe).filter(|_| others_work(members))
}

fn slightly_disabled(members: &[Member]) -> Option<usize> {
    last(members, |m| {
        (m.birth_year < 1962 || m.birth_year > 2007) && idle(m) && carded(m, |_, grade| grade > 2)
    })
}

/// Who can work.
fn abilities(slip: Slip, members: &mut [Member]) {
    let others_work = others_work(members);
    let well = |m: &Member| m.health == "健康" && m.at_school.is_empty();
    let weak = |m: &Member| m.labour == "弱劳动力或半劳动力" && idle(m);
    let student = |m: &Member| (2002..=2006).contains(&m.birth_year) && !m.at_school.is_empty();
    let found: Option<(usize, &'static str)> = match slip {
        AgeLabourChild => child(members).map(|at| (at, "弱劳动力或半劳动力")),
        AgeLostChild => child(members).map(|at| (at, "丧失劳动力")),
        LabourStudent => last(members, student).map(|at| (at, "普通劳动力")),
        AgeLabourOld if others_work => {
            last(members, |m| m.birth_year < 1964 && weak(m)).map(|at| (at, "普通劳动力"))
        }
        LabourAbleLost | LabourAbleNone if others_work => {
            let lost = if slip == LabourAbleLost {
                "丧失劳动力"
            } else {
                "无劳动力"
            };
            let grown = |m: &Member| (1965..2001).contains(&m.birth_year) && well(m) && weak(m);
            members.iter().rposition(grown).map(|at| (at, lost))
        }
        DisabledLabour => severely_disabled(members).map(|at| (at, "普通劳动力")),
        _other => None,
    };
    if let Some((at, labour)) = found {
        members[at].labour = labour;
    }
    match slip {
        WorkUnable => {
            let unable = |m: &Member| m.labour == "无劳动力" && (student(m) || m.birth_year < 1950);
            if let Some(at) = last(members, unable) {
                members[at].work_months = Some(2);
            }
        }
        DisabledHealth => {
            if let Some(at) = slightly_disabled(members) {
                members[at].health = "健康";
            }
        }
        _other => {}
    }
}

/// Who is at which school. Each span of years ends with one in which it only looks wrong for some.
fn schools(slip: Slip, members: &mut [Member]) {
    let (years, grade) = match slip {
        SchoolPreschool => (2013..=2016, "学前教育"),
        SchoolPrimary => (2005..=2007, "小学"),
        SchoolJunior => (2012..=2015, "七年级"),
        SchoolSenior => (2009..=2013, "普通高中一年级"),
        SchoolCollege => (2006..=2009, "本科一年级"),
        SchoolMaster => (2004..=2006, "硕士研究生及以上"),
        LogicSchoolBoth => (2008..=2016, ""),
        SchoolLow => (2000..=2006, ""),
        _other => return,
    };
    // Who learns a trade is paid aid for it, and who pays would miss the school.
    let aided = |m: &Member| {
        ["中职", "高职", "技师"]
            .iter()
            .any(|kind| m.at_school.starts_with(kind))
    };
    let pupil = |m: &Member| {
        !aided(m)
            && m.at_school.is_empty() == (slip == SchoolLow)
            && years.contains(&m.birth_year)
            && m.health == "健康"
    };
    let Some(member) = last(members, pupil).and_then(|at| members.get_mut(at)) else {
        return;
    };
    if grade.is_empty() {
        member.education = "小学";
    } else {
        member.at_school = grade;
    }
}
