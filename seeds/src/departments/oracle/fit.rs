//! Fit: what the rules A08, A09 and A10 should find: measures that do not fit the household they are for.
//! Here because who could work must be helped to work, and each risk needs an answer of its own kind.
//! In: watched households and their measures. Out: the truth of these rules.
//! Not here: whether measures are there in time and done (register.rs).

use super::Truths;
use super::register::{Facts, seen, today};
use crate::county::Member;
use crate::departments::calendar::{Day, Month};
use crate::departments::life::World;

/// Weak labour counts until so many months of age.
const WEAK_MONTHS_MAX: i32 = 60 * 12;

/// Risks, the kinds of measures one of which answers each, and what it is called when none does.
const ANSWERS: [(&str, &[&str], &str); 5] = [
    ("因病", &["健康", "社会"], "illness"),
    ("因学", &["教育", "义务教育"], "schooling"),
    ("因残", &["综合保障", "社会"], "disability"),
    ("因安全住房", &["住房", "搬迁"], "housing"),
    ("因安全饮水", &["饮水"], "water"),
];

pub(super) fn develops(group: &str) -> bool {
    ["产业", "就业", "公益性岗位", "金融"].contains(&group)
}

pub(super) fn tell(world: &World, home: &Facts<'_>, truths: &mut Truths) {
    let just_recognised = home.deadline().is_some_and(|deadline| deadline >= seen(world));
    if !home.watched || just_recognised || home.measures.is_empty() {
        return;
    }
    let has = |groups: &[&str]| {
        home.measures
            .iter()
            .any(|measure| groups.contains(&measure.group))
    };
    let developing = home.measures.iter().any(|measure| develops(measure.group));
    let supported = home.measures.iter().all(|measure| measure.group == "综合保障");
    let able = home.household.members.iter().any(able);
    if able && supported {
        truths.expect("A09", home.subject(), "support_alone");
    } else if able && !developing {
        truths.expect("A08", home.subject(), "no_developing_measure");
    }
    let risks = home
        .household
        .monitoring
        .iter()
        .flat_map(|monitoring| &monitoring.risks);
    let risks: Vec<&str> = risks.copied().collect();
    let unanswered = ANSWERS
        .iter()
        .find(|(risk, groups, _)| risks.contains(risk) && !has(groups));
    if let Some((_, _, band)) = unanswered {
        truths.expect("A10", home.subject(), band);
    }
}

/// Whether somebody who has left school could earn something.
fn able(member: &Member) -> bool {
    member.at_school.is_empty()
        && match member.labour {
            "普通劳动力" | "技能劳动力" => true,
            "弱劳动力或半劳动力" => {
                born(member).is_some_and(|born| today().month.since(born.month) < WEAK_MONTHS_MAX)
            }
            _ => false,
        }
}

/// The first day of the month of birth in an ID number.
fn born(member: &Member) -> Option<Day> {
    let year = member.document_no.get(6..10)?.parse().ok()?;
    let month = member.document_no.get(10..12)?.parse().ok()?;
    Some(Month::new(year, month).day(1))
}
