//! Benefits: what the rules on low-income and destitute benefits and on disability subsidies (B01 to B12) should find.
//! Here because a benefit that is due, paid and declared are three facts, and each rule compares two of them.
//! In: a family, the rows that arrive, its county's rolls. Out: the band of each rule, and the counties whose standards are too low.
//! Not here: assets (B13), which no stream holds.

use super::Truths;
use super::civil::{Rolls, Verdict, rolls_of};
use super::family::{Family, View};
use crate::county::{COUNTIES, FEN};
use crate::departments::calendar::Month;
use crate::departments::life::{Assistance, STANDARDS, id};
use crate::departments::rows::civil::consumption;

pub(super) const RULES: [(&str, Verdict); 13] = [
    ("B01", stopped),
    ("B02", uncovered),
    ("B02-disabled", uncovered_disabled),
    ("B03", misregistered),
    ("B04", differs),
    ("B05", trifle),
    ("B07", too_little_transfer),
    ("B08", paid_after_death),
    ("B09", on_two_rolls),
    ("B10", on_the_edge),
    ("B11", without_care),
    ("B11-living", without_living),
    ("B12", able),
];

const LOW_INCOME: [&str; 2] = ["农村低保", "城市低保"];
/// Grades 1 and 2 are severe.
const SEVERE: u32 = 2;

/// B01: was on a roll, is not on the latest one, and the reason is none that explains it.
fn stopped(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let unit = family.assistance.as_ref().filter(|unit| unit.is_benefit())?;
    let ends: Vec<(Month, bool)> = rolls_of(unit)
        .into_iter()
        .filter_map(|category| rolls.end(family.unit, category))
        .collect();
    let mut band = None;
    for member in &unit.members {
        let months = family.recent_months(*member, view);
        let Some(paid_until) = months.iter().max() else {
            continue;
        };
        let on_now = ends.iter().any(|(end, _)| months.contains(end));
        let whole = ends.iter().any(|(_, whole)| *whole);
        if on_now || !whole || others_go_on(family, unit, view, &ends) {
            continue;
        }
        let reason = unit.stopped.filter(|(last, _)| last == paid_until);
        match reason.map_or("", |(_, reason)| reason) {
            "" => return Some("no_reason"),
            "收入超标" => band = Some("with_reason"),
            _ => {}
        }
    }
    band
}

/// Whether the unit is still on the latest roll: then a number was lost, not a benefit.
fn others_go_on(family: &Family, unit: &Assistance, view: &View<'_>, ends: &[(Month, bool)]) -> bool {
    let on_the_last = |member: &usize| {
        let months = family.recent_months(*member, view);
        ends.iter().any(|(end, _)| months.contains(end))
    };
    unit.members.iter().any(on_the_last)
}

/// Low income by the county's own standard, and no benefit declared.
fn poor_without_benefit(family: &Family) -> bool {
    let income = family.income();
    income.people_year > 0
        && income.subsistence_fen + income.destitute_support_fen == 0
        && income.net_fen < STANDARDS[family.unit].low * FEN * 12 * income.people_year
}

/// B02: nobody can work, poor, on no roll.
fn uncovered(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let found = (family.no_labour || family.none_works())
        && poor_without_benefit(family)
        && !family.lately_on(Assistance::is_benefit, view);
    found.then_some("uncovered")
}

/// B02-disabled: somebody severely disabled and somebody who can work, poor, on no roll.
fn uncovered_disabled(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let severe = |member: usize| {
        family
            .known_grade(member, view)
            .is_some_and(|grade| grade <= SEVERE)
    };
    let found = !family.no_labour
        && !family.none_works()
        && poor_without_benefit(family)
        && (0..family.people.len()).any(severe)
        && !family.lately_on(Assistance::is_benefit, view);
    found.then_some("uncovered")
}

/// B03: the register's measures and the rolls do not agree.
fn misregistered(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    if !family.standing {
        return None;
    }
    let paid = family.lately_on(Assistance::is_benefit, view);
    let support = || {
        family
            .measures
            .iter()
            .filter(|measure| measure.group == "综合保障")
    };
    let says_paid = || {
        support().any(|measure| {
            measure.done.is_some() && (measure.name.contains("低保") || measure.name.contains("特困"))
        })
    };
    if paid && support().count() == 0 {
        Some("unregistered")
    } else if !paid && says_paid() {
        Some("not_on_roll")
    } else {
        None
    }
}

/// What the rolls paid a household in the judged accounting year; by the rows that arrive.
struct Paid {
    /// By month, of those that have any row: the amount, unless the row that says it was lost.
    months: Vec<(Month, Option<i64>)>,
}

impl Paid {
    fn of(family: &Family, categories: &[&str], view: &View<'_>) -> Self {
        let months = accounting_months(family, view);
        let Some(unit) = &family.assistance else {
            return Self { months: Vec::new() };
        };
        let entries = rolls_of(unit)
            .into_iter()
            .filter(|category| categories.contains(category))
            .count();
        let mut paid = Vec::new();
        for month in months
            .into_iter()
            .filter(|month| entries > 0 && unit.listed(*month))
        {
            let arrives = |member: &usize| {
                let number = id(&family.people[*member]);
                view.arrives(crate::departments::stream::Stream::BenefitRolls, number, month)
            };
            let there = unit.members.iter().filter(|member| arrives(member)).count();
            if there == 0 {
                continue;
            }
            let amount = if unit.per_person {
                Some(unit.monthly_fen * i64::try_from(there).unwrap_or(0))
            } else {
                (family.repeats || arrives(&unit.head)).then_some(unit.monthly_fen)
            };
            let entries = i64::try_from(entries).unwrap_or(1);
            paid.push((month, amount.map(|amount| amount * entries)));
        }
        Self { months: paid }
    }

    /// The year's sum, and what it may be at most when `missing` months more were paid.
    fn sums(&self, missing: i64) -> Option<(i64, i64)> {
        let amounts: Vec<i64> = self
            .months
            .iter()
            .map(|(_, amount)| *amount)
            .collect::<Option<_>>()?;
        let sum: i64 = amounts.iter().sum();
        let highest = amounts.iter().max().copied().unwrap_or(0);
        let span = match (self.months.first(), self.months.last()) {
            (Some((first, _)), Some((last, _))) => i64::from(last.since(*first)) + 1,
            _ => 0,
        };
        let gaps = span - i64::try_from(amounts.len()).unwrap_or(0);
        Some((sum, sum + highest * (missing + gaps)))
    }
}

/// The months seen of the accounting year, October to September.
fn accounting_months(family: &Family, view: &View<'_>) -> Vec<Month> {
    let year = i32::try_from(family.income().year).unwrap_or(0);
    let (first, last) = (Month::new(year - 1, 10), Month::new(year, 9));
    view.months()
        .iter()
        .copied()
        .filter(|month| (first..=last).contains(month))
        .collect()
}

const GAP_FEN: i64 = 100 * FEN;
const GAP_PERCENT: i64 = 5;
const WIDE: i64 = 3_000;

/// B04: the allowance as declared against what was paid; a month nobody has a roll of may have been paid.
fn differs(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let declared = family.income().subsistence_fen;
    let loaded = rolls.months_of(family.unit, &LOW_INCOME, &accounting_months(family, view));
    let missing = 12 - i64::try_from(loaded.len()).unwrap_or(0);
    let (paid, most) = Paid::of(family, &LOW_INCOME, view).sums(missing)?;
    let difference = (paid - declared).max(declared - most).max(0);
    let larger = declared.max(paid);
    if difference <= GAP_FEN.max(larger * GAP_PERCENT / 100) {
        return None;
    }
    Some(if difference * 10_000 / larger > WIDE {
        "wide"
    } else {
        "beyond"
    })
}

const LEAST_BENEFIT_FEN: i64 = 200 * FEN;

/// B05: paid and no transfer income, or an allowance too small for a year.
fn trifle(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let income = family.income();
    let all = ["农村低保", "城市低保", "特困供养"];
    let months = Paid::of(family, &all, view).months;
    let paid: i64 = months.iter().filter_map(|(_, amount)| *amount).sum();
    if income.transfer_fen == 0 && paid > 0 {
        return Some("no_transfer");
    }
    let small = |fen: i64| fen > 0 && fen < LEAST_BENEFIT_FEN;
    (small(income.subsistence_fen) && !small(paid)).then_some("too_small")
}

/// B07: destitute at home, and less transfer income than the lower of the two standards for those months.
fn too_little_transfer(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let unit = family.assistance.as_ref()?;
    if unit.category != "特困供养" || unit.care != "分散供养" {
        return None;
    }
    let year = accounting_months(family, view);
    let months: usize = unit
        .members
        .iter()
        .map(|member| {
            let on = family.roll_months(*member, view);
            on.iter().filter(|month| year.contains(month)).count()
        })
        .sum();
    let standard = STANDARDS[family.unit];
    let least = standard.destitute.min(standard.destitute_before) * FEN * i64::try_from(months).unwrap_or(0);
    (family.income().transfer_fen < least).then_some("too_low")
}

/// Months a roll needs to hear of a death.
const GRACE: i32 = 1;

/// B08: the roll says who died, and goes on paying.
fn paid_after_death(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let unit = family.assistance.as_ref()?;
    let died = unit.died?;
    let paid = family.recent_months(unit.head, view);
    let last = paid.iter().max().filter(|last| **last > died)?;
    (last.since(died) > GRACE).then_some("still_paid")
}

/// B09: on two rolls in the last month both of them have.
fn on_two_rolls(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let unit = family.assistance.as_ref().filter(|unit| unit.twice)?;
    let ends = rolls_of(unit)
        .into_iter()
        .filter_map(|category| rolls.end(family.unit, category));
    let common = ends.map(|(month, _)| month).min()?;
    let on = |member: &usize| family.recent_months(*member, view).contains(&common);
    unit.members.iter().any(on).then_some("twice")
}

/// B10: on the edge's roll or that of rigid expenses, below the county's standard, never monitored.
fn on_the_edge(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let edge = |unit: &Assistance| matches!(unit.category, "低保边缘" | "刚性支出困难");
    let income = family.income();
    let line = STANDARDS[family.unit].low * 12 * FEN * income.people_year;
    let found =
        !family.monitored && income.people_year > 0 && income.net_fen < line && family.lately_on(edge, view);
    found.then_some("near_line")
}

/// Whether a member is on a roll of destitute people.
fn is_destitute(family: &Family, member: usize, view: &View<'_>) -> bool {
    let destitute = family
        .assistance
        .as_ref()
        .is_some_and(|unit| unit.category == "特困供养");
    destitute && !family.recent_months(member, view).is_empty()
}

/// Whether a subsidy of the last months came for a member.
fn lately_subsidised(family: &Family, member: usize, view: &View<'_>, rolls: &Rolls) -> bool {
    family
        .subsidy_months(member, view)
        .iter()
        .any(|month| rolls.last.since(*month) <= super::family::LOOK_BACK)
}

/// B11: severely disabled, not destitute, no nursing subsidy.
fn without_care(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let due = |cared: &crate::departments::life::Cared| {
        family
            .known_grade(cared.member, view)
            .is_some_and(|grade| grade <= SEVERE)
            && !is_destitute(family, cared.member, view)
            && !(cared.care && lately_subsidised(family, cared.member, view, rolls))
    };
    family.cared.iter().any(due).then_some("unpaid")
}

/// B11-living: disabled and on the low-income roll, no living subsidy.
fn without_living(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let unit = family.assistance.as_ref()?;
    let due = |cared: &crate::departments::life::Cared| {
        LOW_INCOME.contains(&unit.category)
            && family.known_grade(cared.member, view).is_some()
            && !family.recent_months(cared.member, view).is_empty()
            && !(cared.living && lately_subsidised(family, cared.member, view, rolls))
    };
    family.cared.iter().any(due).then_some("unpaid")
}

const WORKING_AGE: std::ops::Range<i32> = 18..60;

/// B12: destitute though of working age, healthy and able.
fn able(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let doubtful = |member: usize| {
        let person = &family.people[member];
        is_destitute(family, member, view)
            && person.health == "健康"
            && person.at_school.is_empty()
            && matches!(person.labour, "普通劳动力" | "技能劳动力")
            && WORKING_AGE.contains(&age(id(person), rolls))
    };
    (0..family.people.len()).any(doubtful).then_some("in_doubt")
}

/// Whole years on the day the rules are asked, by the ID number.
fn age(number: &str, rolls: &Rolls) -> i32 {
    let part = |from: usize, to: usize| -> i32 {
        number
            .get(from..to)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0)
    };
    let today = (rolls.today.month.month(), rolls.today.day);
    let before_birthday = today < (part(10, 12), part(12, 14));
    rolls.today.month.year() - part(6, 10) - i32::from(before_birthday)
}

/// B06, B06-ratio: the counties whose standards rise too slowly or are too low.
pub(super) fn standards(truths: &mut Truths) {
    truths.judged("B06");
    truths.judged("B06-ratio");
    for (unit, (county, standard)) in COUNTIES.iter().zip(STANDARDS).enumerate() {
        if standard.destitute * 12 * 100 < consumption(unit) * 60 {
            truths.expect("B06", county.name, "low_support");
        } else if standard.low * 1_000 < standard.low_before * 1_045 {
            truths.expect("B06", county.name, "slow_growth");
        }
        if standard.destitute * 10 < standard.low * 13 {
            truths.expect("B06-ratio", county.name, "below_principle");
        }
    }
}
