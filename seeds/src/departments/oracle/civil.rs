//! Civil: what the rules on benefits, expenses and collectives (B, F, G) should find in the whole county.
//! Here because all of them are asked of one family after the other, and some compare a family with its county's roll.
//! In: a `World`, the rows that were lost. Out: the truth of the series.
//! Not here: the clauses themselves (benefits.rs, expenses.rs); what no table can answer is not judged.

use std::collections::BTreeMap;

use super::benefits;
use super::expenses;
use super::family::{Family, LOOK_BACK, View};
use super::{Lost, Truths};
use crate::departments::calendar::Month;
use crate::departments::life::World;

/// What a rule says of a family: the band, if it is found.
pub(super) type Verdict = fn(&Family, &View<'_>, &Rolls) -> Option<&'static str>;

/// The rolls of low-income and destitute benefits: rows by county, category and month.
pub(super) struct Rolls {
    rows: BTreeMap<(usize, &'static str), BTreeMap<Month, u64>>,
    pub(super) last: Month,
    pub(super) today: crate::departments::calendar::Day,
}

/// A roll is whole when it has so many per cent of the one before, or hardly fewer rows.
const WHOLE_PERCENT: u64 = 90;
const HARDLY: u64 = 5;

impl Rolls {
    fn of(world: &World) -> Self {
        let mut rolls = Self {
            rows: BTreeMap::new(),
            last: world.horizon.last,
            today: super::family::today(world),
        };
        let mut homes = world.homes();
        while let Some(outline) = homes.next() {
            let county = outline.unit();
            let sketch = outline.sketch();
            let unit = crate::departments::life::assistance(world, &sketch);
            let Some(unit) = unit.filter(|unit| unit.is_benefit()) else {
                continue;
            };
            for category in rolls_of(&unit) {
                let months = rolls.rows.entry((county, category)).or_default();
                for month in world.months.iter().filter(|month| unit.listed(*month)) {
                    *months.entry(month).or_default() += unit.members.len() as u64;
                }
            }
        }
        rolls
    }

    /// The last month of a roll, within those looked back on, and whether that roll is whole.
    pub(super) fn end(&self, county: usize, category: &'static str) -> Option<(Month, bool)> {
        let months = self.rows.get(&(county, category))?;
        let mut latest = months
            .iter()
            .rev()
            .filter(|(month, _)| self.last.since(**month) <= LOOK_BACK);
        let (month, now) = latest.next()?;
        let whole = latest.next().is_none_or(|(_, before)| {
            now * 100 >= before * WHOLE_PERCENT || before.saturating_sub(*now) <= HARDLY
        });
        Some((*month, whole))
    }

    /// Months of `among` in which a county has any roll of one of the categories.
    pub(super) fn months_of(
        &self,
        county: usize,
        categories: &[&'static str],
        among: &[Month],
    ) -> Vec<Month> {
        let has = |month: &Month| {
            categories.iter().any(|category| {
                self.rows
                    .get(&(county, *category))
                    .is_some_and(|months| months.contains_key(month))
            })
        };
        among.iter().copied().filter(has).collect()
    }
}

/// The rolls a unit is on.
pub(super) fn rolls_of(unit: &crate::departments::life::Assistance) -> Vec<&'static str> {
    let mut rolls = vec![unit.category];
    if unit.twice {
        rolls.push(unit.second_category());
    }
    rolls
}

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    let rolls = Rolls::of(world);
    let (all, arriving) = (View::new(world, None), View::new(world, Some(lost)));
    let rules: Vec<(&'static str, Verdict)> = benefits::RULES.into_iter().chain(expenses::RULES).collect();
    for (rule, _) in &rules {
        truths.judged(rule);
    }
    // Nobody feeds what these ask for.
    for rule in ["B14", "B14-orphan", "F04", "F05", "F14"] {
        truths.judged(rule);
    }
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let family = Family::of(world, outline);
        for (rule, verdict) in &rules {
            let band = verdict(&family, &all, &rolls);
            if let Some(band) = band {
                truths.expect(rule, &family.number, band);
            }
            // Of whom the register has in two households both are asked, or neither.
            if verdict(&family, &arriving, &rolls) != band || lost.shares(&family.number) {
                truths.unsure(rule, &family.number);
            }
        }
    }
    benefits::standards(truths);
}
