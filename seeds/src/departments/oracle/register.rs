//! Register: what the rules A02–A15 should find: incomes, monitoring and measures of the households of the national system.
//! Here because what a household declares, how it is watched and what is done for it must fit each other.
//! In: households with their measures, treatments and benefits. Out: the truth of these rules and of indicator K11.
//! Not here: A01, which the county judges itself; what expenses leave (burdens.rs), what measures must fit (fit.rs).

use std::collections::BTreeMap;

use super::burdens::{self, Burden};
use super::evidence::Receipts;
use super::{Lost, Truths, fit};
use crate::county::{FEN, Household, HouseholdType, Outline};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::measures::{Measure, measures};
use crate::departments::life::{Assistance, World, assistance, treatments};
use crate::departments::stream::Stream;

/// The day the rules are asked.
const TODAY: Day = Month::new(2023, 11).day(6);
/// Whole days after the month of recognition within which measures are due, and after which of them somebody is reminded.
const DUE_DAYS: i32 = 10;
const REMINDER_DAYS: i32 = 7;
/// Ends of the months in which income measures and all measures must be done.
const INCOME_MEASURES_DUE: Day = Month::new(2023, 9).day(30);
const MEASURES_DUE: Day = Month::new(2023, 11).day(30);
/// Fen a year and head.
pub(super) const MONITORING_LINE_FEN: i64 = 8_000 * FEN;
const RECOGNISED_MAX_FEN: i64 = 20_000 * FEN;
const WATCHED_MONTHS_MIN: i32 = 6;
const REVIEW_MONTHS: i32 = 12;
const REVIEWED_FROM_YEAR: i32 = 2023;

/// All that these rules ask of one household.
pub(super) struct Facts<'f> {
    pub(super) household: &'f Household,
    pub(super) measures: &'f [Measure],
    pub(super) since: Option<Month>,
    /// Watched, and the risk not removed.
    pub(super) watched: bool,
}

impl Facts<'_> {
    pub(super) fn subject(&self) -> &str {
        &self.household.household_no
    }

    /// Nobody there is able or half able to work.
    fn unable(&self) -> bool {
        let unable = |labour: &str| matches!(labour, "无劳动力" | "丧失劳动力");
        self.household.members.iter().all(|member| unable(member.labour))
    }

    /// Whether the register says that the risk was removed; a month alone does not say so.
    fn told_removed(&self) -> bool {
        let monitoring = self.household.monitoring.as_ref();
        monitoring.is_some_and(|monitoring| monitoring.told_removed == "是")
    }

    fn removed(&self) -> Option<Month> {
        Month::parse(self.household.monitoring.as_ref()?.removed.as_deref()?)
    }

    /// The last day on which the first measures are due.
    pub(super) fn deadline(&self) -> Option<Day> {
        Some(self.since?.plus(1).day(DUE_DAYS))
    }

    /// The first day of the month before it was recognised: what is older was done for other reasons.
    fn counted_from(&self) -> Option<Day> {
        Some(self.since?.plus(-1).day(1))
    }
}

/// The last day the register knows of.
pub(super) fn seen(world: &World) -> Day {
    world.horizon.last.day(31)
}

/// The day the rules are asked.
pub(super) fn today() -> Day {
    TODAY
}

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in [
        "A02",
        "A03",
        "A04",
        "A05",
        "A06",
        "A07",
        "A08",
        "A09",
        "A10",
        "A11",
        "A12-removed",
        "A12-label",
        "A13",
        "A14",
        "A15",
        "A15-net",
        "K11-measures",
    ] {
        truths.judged(rule);
    }
    let mut in_time = BTreeMap::new();
    let mut homes = world.homes();
    // The same people under the numbers other departments know, whatever the register makes of them.
    let mut others = world.homes();
    while let (Some(outline), Some(other)) = (homes.next(), others.next()) {
        household(world, lost, (outline, other), truths, &mut in_time);
    }
    for (place, (due, done)) in in_time {
        // All of them is what is asked for.
        if done < due {
            truths.expect("K11-measures", place, "breach");
        }
    }
}

/// By county, and for all of them: households whose first measures were due, and had them.
type InTime = BTreeMap<&'static str, (u64, u64)>;

fn household(
    world: &World,
    lost: &Lost,
    (outline, other): (Outline<'_>, Outline<'_>),
    truths: &mut Truths,
    in_time: &mut InTime,
) {
    let index = outline.index;
    let sketch = outline.sketch();
    let measures = measures(world, &sketch.outline).unwrap_or_default();
    let assistance = assistance(world, &sketch);
    let treated = treatments(world, index, sketch.people().iter().map(|person| person.health));
    let receipts = (!treated.is_empty()).then(|| Receipts::of(world, &sketch));
    let household = sketch.draw();
    let monitoring = household.monitoring.as_ref();
    let home = Facts {
        household,
        measures: &measures,
        since: monitoring.and_then(|monitoring| Month::parse(&monitoring.since)),
        watched: monitoring.is_some_and(|monitoring| monitoring.told_removed != "是"),
    };
    incomes(&home, truths);
    watching(&home, truths);
    label(world, &home, assistance.as_ref(), lost, truths);
    help(world, &home, lost, truths);
    fit::tell(world, &home, truths);
    if let Some(receipts) = receipts {
        let people = other.sketch().home().members;
        let burden = Burden {
            treated: &treated,
            people,
            evidence: receipts.add_up(lost, people),
        };
        burdens::tell(&home, &burden, lost, truths);
    }
    count(world, &home, in_time);
}

/// A02, A03, A04, A13.
fn incomes(home: &Facts<'_>, truths: &mut Truths) {
    let household = home.household;
    let [before, now] = &household.incomes;
    let below_line = now.net_fen < MONITORING_LINE_FEN * now.people_year;
    if household.household_type == HouseholdType::Lifted || home.watched {
        // Of each year a head's income, times the people of both years.
        let (was, is) = (before.net_fen * now.people_year, now.net_fen * before.people_year);
        let fall = was - is;
        if fall > 0 && (was <= 0 || fall * 100 > was * 20) {
            truths.expect("A02", home.subject(), "fell_far");
        } else if fall > 0 && fall * 100 > was {
            truths.expect("A02", home.subject(), "fell");
        }
    }
    if below_line && household.monitoring.is_none() {
        truths.expect("A03", home.subject(), "below_line_not_monitored");
    }
    if below_line && home.told_removed() {
        truths.expect("A04", home.subject(), "removed_below_line");
    }
    let Some(since) = home.since else { return };
    let sudden = household
        .monitoring
        .as_ref()
        .is_some_and(|monitoring| monitoring.kind == "突发严重困难户");
    if !home.watched || sudden || since.year() < REVIEWED_FROM_YEAR {
        return;
    }
    // An accounting year ends on 30 September: in October the year itself was the last one that was over.
    let over = since.plus(3).year() - 1;
    let year = household
        .incomes
        .iter()
        .find(|income| income.year == i64::from(over));
    if year.is_some_and(|income| income.net_fen.div_euclid(income.people_year) > RECOGNISED_MAX_FEN) {
        truths.expect("A13", home.subject(), "high");
    }
}

/// A11, A12-removed.
fn watching(home: &Facts<'_>, truths: &mut Truths) {
    let removed = home.removed();
    let long_ago = removed.is_some_and(|removed| TODAY.month.since(removed) > REVIEW_MONTHS);
    if !home.told_removed() || long_ago {
        return;
    }
    let watched = removed
        .zip(home.since)
        .map(|(removed, since)| removed.since(since));
    if watched.is_some_and(|months| (0..WATCHED_MONTHS_MIN).contains(&months)) {
        truths.expect("A11", home.subject(), "too_soon");
    }
    if home.unable() {
        truths.expect("A12-removed", home.subject(), "removed_without_labour");
    }
}

/// A12-label.
fn label(world: &World, home: &Facts<'_>, unit: Option<&Assistance>, lost: &Lost, truths: &mut Truths) {
    let last = world.horizon.last;
    let paid = unit.is_some_and(|unit| {
        matches!(unit.category, "农村低保" | "城市低保" | "特困供养")
            && (unit.listed(last) || unit.listed(last.plus(-1)))
    });
    if !home.watched || !paid || home.household.no_labour || !home.unable() {
        return;
    }
    truths.expect("A12-label", home.subject(), "unlabelled");
    let numbers = home.household.members.iter().map(|member| &*member.document_no);
    if lost.any(
        &[Stream::BenefitRolls],
        numbers.map(|number| number.get(..18).unwrap_or(number)),
    ) || lost.shares(home.subject())
    {
        truths.unsure("A12-label", home.subject());
    }
}

/// A05, A06, A07.
fn help(world: &World, home: &Facts<'_>, lost: &Lost, truths: &mut Truths) {
    if !home.watched {
        return;
    }
    let counted_from = home.counted_from();
    let last_step = |measure: &Measure| {
        measure
            .planned
            .max(measure.asked)
            .max(measure.done.unwrap_or(measure.planned))
    };
    let helped = home
        .measures
        .iter()
        .any(|measure| Some(last_step(measure)) >= counted_from);
    if let (false, Some(since), Some(deadline)) = (helped, home.since, home.deadline()) {
        if deadline < seen(world) {
            truths.expect("A05", home.subject(), "late");
        } else if TODAY <= deadline && days_since(TODAY, since) >= REMINDER_DAYS {
            truths.expect("A05", home.subject(), "soon");
        }
    }
    let open = |measure: &&Measure| measure.done.is_none();
    for measure in home.measures.iter().filter(open) {
        if fit::develops(measure.group) && measure.planned <= INCOME_MEASURES_DUE {
            truths.expect("A06", home.subject(), "long_overdue");
        }
        // Twenty-four days are left: more than fifteen, less than thirty.
        if measure.planned <= MEASURES_DUE {
            truths.expect("A07", home.subject(), "due_first");
        }
    }
    // A cell that lost its 否 says nothing about whether it is done.
    if lost.any(&[Stream::Measures], [home.subject()]) {
        truths.unsure("A06", home.subject());
        truths.unsure("A07", home.subject());
    }
}

/// Days from the last one of `month` to `day`, which is in the same or the next month.
fn days_since(day: Day, month: Month) -> i32 {
    match day.month.since(month) {
        0 => day.day - month.days(),
        months => day.day + (1..months).map(|later| month.plus(later).days()).sum::<i32>(),
    }
}

/// K11-measures.
fn count(world: &World, home: &Facts<'_>, in_time: &mut InTime) {
    let (Some(since), Some(deadline), Some(from)) = (home.since, home.deadline(), home.counted_from()) else {
        return;
    };
    if since < TODAY.month.plus(-12) || deadline >= seen(world) {
        return;
    }
    let planned = home.measures.iter().map(|measure| measure.planned);
    let first = planned.filter(|planned| *planned >= from).min();
    let done = first.is_some_and(|first| first <= deadline);
    for place in [home.household.place.county.name, "全市"] {
        let (all, good) = in_time.entry(place).or_default();
        *all += 1;
        *good += u64::from(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_the_last_one_of_a_month() {
        assert_eq!(days_since(TODAY, Month::new(2023, 10)), 6);
        assert_eq!(days_since(TODAY, Month::new(2023, 9)), 37);
        assert_eq!(days_since(Month::new(2023, 10).day(31), Month::new(2023, 10)), 0);
    }
}
