//! Solar: the stations that rules P01 to P07 should find, read from what they really earned and what the grid settled.
//! Here because the clauses speak of stations and neighbours; the sheets are only one way to tell of them.
//! In: the world. Out: by rule the numbers of stations.
//! Not here: villages and their money (villages.rs).

use std::collections::BTreeMap;

use super::{Lost, Truths};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::{PRICE, Settlement, Station, World, settled_months, stations};
use crate::departments::stream::Stream;

/// A station compares with so many others at least.
const PEERS_MIN: usize = 5;
const MONTHS_OF_A_YEAR: i32 = 12;
/// Comparable months of each year that decay wants.
const DECAY_MONTHS: usize = 10;
/// Equivalent full hours a month can have at most.
const HOURS_MAX: i64 = 220;
const PAYMENT_DAYS: i64 = 45;
/// The column of the subsidy in the grid's sheets.
const SUBSIDY: &str = "补贴金额";

/// A station with its settlements, the oldest first.
struct Seen {
    station: Station,
    months: Vec<(Month, Settlement)>,
}

impl Seen {
    /// Whole watt-hours for a kilowatt in a month in which it ran.
    fn yields(&self, month: Month) -> Option<i64> {
        let (_, settled) = self.months.iter().find(|(settled, _)| *settled == month)?;
        (settled.energy > 0 && self.station.connected < month.day(1) && self.station.capacity_kw > 0)
            .then(|| settled.energy * 1_000 / self.station.capacity_kw)
    }

    fn last(&self) -> Option<&(Month, Settlement)> {
        self.months.last()
    }

    /// The newest twelve months.
    fn year(&self, last: Month) -> impl Iterator<Item = &(Month, Settlement)> {
        self.months
            .iter()
            .filter(move |(month, _)| last.since(*month) < MONTHS_OF_A_YEAR)
    }
}

/// Days since 1 March of the year 0.
pub(super) fn days(day: Day) -> i64 {
    let (year, month) = (i64::from(day.month.year()), i64::from(day.month.month()));
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + i64::from(day.day) - 1
}

/// The middle one, or what lies between both in the middle.
fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(half.checked_sub(1)?)?;
    Some((lower + upper) / 2)
}

/// What neighbours yield in a month, when there are enough of them.
fn neighbours(county: &[Seen], month: Month) -> Option<i64> {
    let yields: Vec<i64> = county.iter().filter_map(|seen| seen.yields(month)).collect();
    if yields.len() > PEERS_MIN {
        median(yields)
    } else {
        None
    }
}

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in [
        "P01",
        "P02",
        "P03",
        "P04",
        "P05",
        "P06",
        "P07-power",
        "P07-subsidy",
    ] {
        truths.judged(rule);
    }
    let mut counties: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
    for village in world.county.layout.villages() {
        for station in stations(world, &village.place) {
            let months = station.settlements(world, settled_months(world)).collect();
            let county = counties.entry(village.unit_no).or_default();
            county.push(Seen { station, months });
        }
    }
    for county in counties.values() {
        let months = settled_months(world);
        let medians: BTreeMap<Month, i64> = months
            .iter()
            .filter_map(|month| Some((month, neighbours(county, month)?)))
            .collect();
        for seen in county {
            let number = seen.station.number();
            yields(seen, &medians, truths, &number);
            sheets(seen, (world, lost), truths, &number);
            payments(seen, world, truths, &number);
            subsidies(seen, (world, lost), truths, &number);
        }
    }
}

/// P01 to P04.
fn yields(seen: &Seen, medians: &BTreeMap<Month, i64>, truths: &mut Truths, number: &str) {
    let Some((last, settled)) = seen.last() else {
        return;
    };
    let still = settled.energy == 0 && settled.after == settled.before;
    if still && seen.station.connected < last.day(1) {
        truths.expect("P01", number, "stopped");
    }
    let median = medians.get(last).copied();
    if let (Some(median), Some(own)) = (median, seen.yields(*last)) {
        if own * 100 < median * 50 {
            truths.expect("P02", number, "half");
        } else if own * 100 < median * 80 {
            truths.expect("P02", number, "low");
        }
    }
    if settled.energy > HOURS_MAX * seen.station.capacity_kw {
        truths.expect("P04", number, "beyond_hours");
    } else if let (Some(median), Some(own)) = (median, seen.yields(*last)) {
        // In hundredths of a per cent, as a share is told.
        if own * 10_000 / median > 12_500 {
            truths.expect("P04", number, "beyond_peers");
        }
    }
    let share = |from: i32| {
        let months = (from..from + MONTHS_OF_A_YEAR).map(|ago| last.plus(-ago));
        let both: Vec<(i64, i64)> = months
            .filter_map(|month| Some((seen.yields(month)?, *medians.get(&month)?)))
            .collect();
        let (own, theirs) = both
            .iter()
            .fold((0, 0), |sums, both| (sums.0 + both.0, sums.1 + both.1));
        (both.len() >= DECAY_MONTHS).then(|| own * 10_000 / theirs)
    };
    if let (Some(now), Some(before)) = (share(0), share(MONTHS_OF_A_YEAR))
        && before > 0
        && now * 10_000 / before < 8_500
    {
        truths.expect("P03", number, "decayed");
    }
}

/// P05 and P06: what the sheets of twelve months say of themselves.
fn sheets(seen: &Seen, (world, lost): (&World, &Lost), truths: &mut Truths, number: &str) {
    let last = world.horizon.last;
    let beyond_a_kwh = |settled: &Settlement| (settled.after - settled.before - settled.energy).abs() > 1;
    if seen.year(last).any(|(_, settled)| beyond_a_kwh(settled)) {
        truths.expect("P05", number, "contradiction");
    }
    let fen = |energy: i64, price: i64| (energy * price + 50) / 100;
    let fee_wrong = |settled: &Settlement| (fen(settled.energy, PRICE) - settled.fee).abs() > 1;
    let wrong = |settled: &Settlement| {
        let amounts = [
            (fen(settled.subsidy_energy, seen.station.subsidy), settled.subsidy),
            (settled.fee + settled.subsidy, settled.payable),
        ];
        fee_wrong(settled) || amounts.iter().any(|(meant, told)| (meant - told).abs() > 1)
    };
    let miscounted = seen.year(last).any(|(_, settled)| wrong(settled));
    if miscounted {
        truths.expect("P06", number, "miscounted");
    }
    // Of a month whose subsidy was lost only the fee can be counted again.
    let seen_wrong = |month, settled: &Settlement| {
        let emptied = lost.is_empty_in(Stream::Settlements, SUBSIDY, number, month);
        if emptied {
            fee_wrong(settled)
        } else {
            wrong(settled)
        }
    };
    if seen
        .year(last)
        .any(|(month, settled)| seen_wrong(*month, settled))
        != miscounted
    {
        truths.unsure("P06", number);
    }
}

/// P07: what was not paid, and subsidies that never came.
fn payments(seen: &Seen, world: &World, truths: &mut Truths, number: &str) {
    let today = days(world.today());
    let overdue = |month: Month, settled: &Settlement| {
        settled.paid_on.is_none() && settled.payable > 0 && today - days(month.day(31)) > PAYMENT_DAYS
    };
    if seen
        .months
        .iter()
        .any(|(month, settled)| overdue(*month, settled))
    {
        truths.expect("P07-power", number, "unpaid");
    }
}

/// P07-subsidy: none came in twelve months, though something was earned.
fn subsidies(seen: &Seen, (world, lost): (&World, &Lost), truths: &mut Truths, number: &str) {
    let year: Vec<_> = seen.year(world.horizon.last).collect();
    let earned: i64 = year.iter().map(|(_, settled)| settled.energy).sum();
    if seen.station.batch == "否" || year.len() != 12 || earned == 0 {
        return;
    }
    // A subsidy has come when more than the fee was paid; a month not yet paid says nothing, unless nothing is due.
    let paid = |settled: &Settlement| settled.paid_on.map(|_| settled.due() > settled.fee);
    let came = |settled: &Settlement| match settled.subsidy {
        0 => Some(false),
        _ => paid(settled),
    };
    let none = year.iter().all(|(_, settled)| came(settled) == Some(false));
    if none {
        truths.expect("P07-subsidy", number, "no_subsidy");
    }
    // Where the amount was lost only the payment tells.
    let emptied = |month| lost.is_empty_in(Stream::Settlements, SUBSIDY, number, month);
    let seen_none = year.iter().all(|(month, settled)| {
        let came = if emptied(*month) {
            paid(settled)
        } else {
            came(settled)
        };
        came == Some(false)
    });
    if seen_none != none {
        truths.unsure("P07-subsidy", number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        let day = |year, month, day| days(Month::new(year, month).day(day));
        assert_eq!(day(2023, 11, 6) - day(2023, 8, 8), 90);
        assert_eq!(day(2024, 3, 1) - day(2024, 2, 28), 2);
        assert_eq!(day(2023, 4, 5) - day(2023, 3, 6), 30);
    }

    #[test]
    fn a_median_of_two_lies_between_them() {
        assert_eq!(median(vec![5, 1, 3]), Some(3));
        assert_eq!(median(vec![5, 2]), Some(3));
        assert_eq!(median(Vec::new()), None);
    }
}
