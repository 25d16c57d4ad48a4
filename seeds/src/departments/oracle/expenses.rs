//! Expenses: what the rules on illness, new benefits, dwellings and signs for a visit (F01 to F11) should find.
//! Here because an expense weighs only against what is left to live on, and that is another department's figure.
//! In: a family, the rows that arrive. Out: the band of each rule.
//! Not here: school, disaster, insurance, loans and claims, which no stream holds.

use super::civil::{Rolls, Verdict};
use super::family::{Family, View};
use crate::county::FEN;
use crate::departments::calendar::Month;
use crate::departments::life::{Assistance, SERIOUS, STAY, Treated, VISIT, id};
use crate::departments::stream::Stream;

pub(super) const RULES: [(&str, Verdict); 8] = [
    ("F01", stays),
    ("F01-outpatient", visits),
    ("F02", one_stay),
    ("F03", newly_ill),
    ("F07", newly_on_roll),
    ("F07-relief", relieved),
    ("F10", unsafe_dwelling),
    ("F11", many_signs),
];

/// What must be left a head.
const LEFT_FEN: i64 = 10_000 * FEN;

/// A family's treatments of one kind in the year of the last month, as far as their rows arrive.
fn treated<'f>(family: &'f Family, kind: &'static str, view: &View<'_>, year: i32) -> Vec<&'f Treated> {
    let there = |one: &&Treated| {
        let number = id(&family.people[one.member]);
        one.kind == kind
            && one.on.month.year() == year
            && view.arrives(Stream::MedicalExpenses, number, one.on.month)
    };
    family.treated.iter().filter(there).collect()
}

/// Whether so much spent leaves too little, and no health support is in place.
fn weighs(family: &Family, spent_fen: i64) -> bool {
    let income = family.income();
    let helped = family
        .measures
        .iter()
        .any(|measure| measure.group == "健康" && measure.done.is_some());
    !helped && income.net_fen - spent_fen < LEFT_FEN * income.people_year
}

fn over(family: &Family, spent_fen: i64, line_yuan: i64) -> Option<&'static str> {
    (spent_fen > line_yuan * FEN && weighs(family, spent_fen)).then_some("over_line")
}

/// F01: all stays of the year.
fn stays(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let stays = treated(family, STAY, view, rolls.today.month.year());
    let spent = stays.iter().map(|one| one.self_paid_fen()).sum();
    let line = if family.lifted || family.standing {
        5_000
    } else {
        20_000
    };
    over(family, spent, line)
}

/// F02: the dearest stay.
fn one_stay(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let stays = treated(family, STAY, view, rolls.today.month.year());
    let spent = stays.iter().map(|one| one.self_paid_fen()).max()?;
    over(family, spent, if family.standing { 6_000 } else { 10_000 })
}

/// F01-outpatient: the dearest month of visits of one person.
fn visits(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let visits = treated(family, VISIT, view, rolls.today.month.year());
    let month_of = |one: &Treated| (one.member, one.on.month);
    let spent = visits
        .iter()
        .map(|one| {
            let same = visits.iter().filter(|other| month_of(other) == month_of(one));
            same.map(|other| other.self_paid_fen()).sum::<i64>()
        })
        .max()?;
    over(family, spent, 500)
}

const NEW_DAYS: i32 = 60;

/// F03: newly on the list of serious diseases, and no health support of any kind.
fn newly_ill(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let arrives = |one: &&Treated| {
        one.kind == SERIOUS
            && view.arrives(
                Stream::MedicalExpenses,
                id(&family.people[one.member]),
                one.on.month,
            )
    };
    let newly = family.treated.iter().filter(arrives).any(|one| {
        let between = (0..rolls.today.month.since(one.on.month)).map(|month| one.on.month.plus(month).days());
        between.sum::<i32>() + rolls.today.day - one.on.day <= NEW_DAYS
    });
    let helped = family.measures.iter().any(|measure| measure.group == "健康");
    (newly && !helped).then_some("not_helped")
}

/// Months a family counts as new on a roll.
const NEW_MONTHS: i32 = 2;

fn first_and_last(family: &Family, view: &View<'_>) -> Option<(Month, Month)> {
    let months: Vec<Month> = (0..family.people.len())
        .flat_map(|member| family.roll_months(member, view))
        .collect();
    Some((*months.iter().min()?, *months.iter().max()?))
}

/// F07: newly on a benefit's roll, not monitored.
fn newly_on_roll(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let unit = family.assistance.as_ref().filter(|unit| unit.is_benefit())?;
    if family.standing {
        return None;
    }
    let of_county = rolls.months_of(family.unit, &["农村低保", "城市低保", "特困供养"], view.months());
    let (begin, end) = (*of_county.first()?, *of_county.last()?);
    let (first, last) = first_and_last(family, view)?;
    let newly =
        first > begin && end.since(first) < NEW_MONTHS && last == end && end.since(unit.since) <= NEW_MONTHS;
    newly.then_some("newly")
}

/// F07-relief: lately relieved, not monitored.
fn relieved(family: &Family, view: &View<'_>, rolls: &Rolls) -> Option<&'static str> {
    let relief = |unit: &&Assistance| unit.category == "临时救助";
    family.assistance.as_ref().filter(relief)?;
    let (_, last) = first_and_last(family, view)?;
    (!family.standing && rolls.last.since(last) < NEW_MONTHS).then_some("lately")
}

/// F10: an unsafe house or unsafe water, not monitored.
fn unsafe_dwelling(family: &Family, _: &View<'_>, _: &Rolls) -> Option<&'static str> {
    match family.unsafe_dwelling {
        _ if family.standing => None,
        (true, _) => Some("unsafe_house"),
        (false, true) => Some("unsafe_water"),
        (false, false) => None,
    }
}

const SIGNS_MOST: usize = 2;
const MANY_PUPILS: usize = 3;
const WAGES_PERCENT: i64 = 90;

/// F11: more than two of eight signs for a visit, not monitored.
fn many_signs(family: &Family, view: &View<'_>, _: &Rolls) -> Option<&'static str> {
    let [before, now] = &family.incomes;
    let pupils = family
        .people
        .iter()
        .filter(|person| !person.at_school.is_empty() && !person.at_school.contains("学龄前"));
    let severe = |member: usize| family.known_grade(member, view).is_some_and(|grade| grade <= 2);
    let signs = [
        now.net_fen * before.people_year < before.net_fen * now.people_year,
        family.people.iter().any(|person| person.health.contains("大病")),
        (0..family.people.len()).any(severe),
        pupils.count() >= MANY_PUPILS,
        now.net_fen > 0 && now.wage_fen * 100 > now.net_fen * WAGES_PERCENT,
        family.none_works(),
        family.lately_on(Assistance::is_benefit, view),
        family.lately_on(|unit| unit.category == "临时救助", view),
    ];
    let many = signs.into_iter().filter(|sign| *sign).count() > SIGNS_MOST;
    (!family.standing && many).then_some("many_signs")
}
