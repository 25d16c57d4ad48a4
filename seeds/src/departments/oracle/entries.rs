//! Entries: what rules of range and of invented figures (H-range, H-round, H-identical, H-crowding, H-jump, H-divergence, H-village) should find.
//! Here because they look at what was declared, and at whole villages of it.
//! In: households as the roster has them, the work departments know of. Out: by rule households and villages (县/乡/村).
//! Not here: how the figures came to be so (county/entries.rs).

use std::collections::BTreeMap;

use super::villages::name;
use super::{Lost, Truths};
use crate::county::{FEN, Income};
use crate::departments::calendar::Month;
use crate::departments::life::{World, id, post, spells, station_village, stations};
use crate::departments::stream::Stream;

const LINE_FEN: i64 = 10_000 * FEN;
const ERROR_LINE_FEN: i64 = 4_000 * FEN;
const VILLAGE_MIN: usize = 20;
const ALIKE_MIN: usize = 5;
const CROWD_MIN: usize = 10;
/// Where departments tell of wages.
const WAGES: [Stream; 3] = [Stream::MigrantWork, Stream::PublicPosts, Stream::Distributions];

/// The figures of a village.
#[derive(Default)]
struct Village {
    households: usize,
    round: usize,
    wages: BTreeMap<i64, usize>,
    above: usize,
    below: usize,
}

impl Village {
    fn take(&mut self, income: &Income) {
        self.households += 1;
        let people = income.people_year;
        self.round += usize::from(income.net_fen > 0 && income.net_fen % (1_000 * FEN) == 0);
        if income.wage_fen > income.public_post_fen {
            *self.wages.entry(income.wage_fen).or_default() += 1;
        }
        let between = |low: i64, high: i64| (low * people..high * people).contains(&income.net_fen);
        self.above += usize::from(between(LINE_FEN, LINE_FEN + 500 * FEN));
        self.below += usize::from(between(LINE_FEN - 500 * FEN, LINE_FEN));
    }

    fn judge(&self, name: &str, truths: &mut Truths) {
        if self.households >= VILLAGE_MIN && self.round * 10_000 / self.households > 3_000 {
            truths.expect("H-round", name, "round");
        }
        if self.wages.values().any(|same| *same >= ALIKE_MIN) {
            truths.expect("H-identical", name, "identical");
        }
        if self.above >= CROWD_MIN && self.above * 100 >= (self.above + self.below) * 90 {
            truths.expect("H-crowding", name, "crowded");
        }
    }
}

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in [
        "H-range-capita",
        "H-range-wage",
        "H-range-cost",
        "H-range-transfer",
        "H-jump",
        "H-divergence",
        "H-round",
        "H-identical",
        "H-crowding",
        "H-village-blank",
        "H-village-empty",
    ] {
        truths.judged(rule);
    }
    let mut villages: BTreeMap<String, Village> = BTreeMap::new();
    let mut homes = world.homes();
    let mut registers = world.homes();
    while let (Some(outline), Some(register)) = (homes.next(), registers.next()) {
        // As the register has them.
        let [before, now] = &register.sketch().draw().incomes;
        if now.left_out {
            continue;
        }
        let village = name(outline.place());
        let is_near = now.net_fen >= LINE_FEN * now.people_year;
        let sketch = outline.sketch();
        // Only of those past the line it matters who tells of their wages.
        let told = is_near.then(|| told(world, &sketch)).flatten();
        let home = sketch.home();
        figures(before, now, truths, home.household_no);
        if told.is_some_and(|told| is_unproven(now, told)) {
            truths.expect("H-divergence", home.household_no, "unproven");
        }
        let numbers = || home.members.iter().map(id);
        let is_blank = |stream| lost.amount(stream, numbers());
        if lost.any(&WAGES, numbers()) || is_blank(Stream::MigrantWork) || is_blank(Stream::Employment) {
            truths.unsure("H-divergence", home.household_no);
        }
        villages.entry(village).or_default().take(now);
    }
    for (name, village) in &villages {
        village.judge(name, truths);
    }
    for village in world.county.layout.villages() {
        let listed = station_village(world, &village.place);
        if listed != village.place.village && !stations(world, &village.place).is_empty() {
            let place = &village.place;
            let name = [place.county.name, &place.town, listed].join("/");
            truths.expect("H-village-empty", &name, "empty");
        }
    }
}

/// What one household declares.
fn figures(before: &Income, now: &Income, truths: &mut Truths, household: &str) {
    if now.net_fen < ERROR_LINE_FEN * now.people_year {
        truths.expect("H-range-capita", household, "too_low");
    }
    match now.wage_fen {
        fen if fen > 300_000 * FEN => truths.expect("H-range-wage", household, "too_large"),
        fen if fen > 0 && fen < 300 * FEN => truths.expect("H-range-wage", household, "too_small"),
        _ => {}
    }
    if now.business_fen - now.industry_award_fen > 1_000 * FEN && now.business_cost_fen == 0 {
        truths.expect("H-range-cost", household, "no_cost");
    }
    let transfers = [
        (now.pension_fen, 88),
        (now.family_planning_fen, 100),
        (now.destitute_support_fen, 200),
    ];
    if transfers
        .iter()
        .any(|(fen, least)| (1..least * FEN).contains(fen))
    {
        truths.expect("H-range-transfer", household, "too_small");
    }
    let was_below = before.net_fen < LINE_FEN * before.people_year;
    let line = LINE_FEN * now.people_year;
    if was_below && (line..line + 100 * FEN * now.people_year).contains(&now.net_fen) {
        truths.expect("H-jump", household, "jumped");
    }
}

/// Wages of the accounting year departments tell of, when they tell of more than a post's.
fn told(world: &World, sketch: &crate::county::Sketch<'_>) -> Option<i64> {
    let first = Month::new(2022, 10);
    let year: Vec<Month> = (0..12).map(|month| first.plus(month)).collect();
    let seen = |month: &&Month| world.horizon.contains(**month);
    let spells = spells(world, sketch);
    let worked: i64 = year
        .iter()
        .filter(seen)
        .flat_map(|month| spells.iter().filter(|spell| spell.covers(*month)))
        .map(|spell| spell.told_fen)
        .sum();
    // The ledger of posts begins a month earlier.
    let ledger = |month: &&Month| **month >= world.horizon.first.plus(-1) && **month <= world.horizon.last;
    let held: i64 = post(world, sketch).map_or(0, |post| {
        let paid = year.iter().filter(ledger).filter(|month| post.paid_in(**month));
        paid.map(|month| post.paid_fen(*month)).sum()
    });
    (worked > 0).then_some(worked + held)
}

/// Past the line only by wages nobody tells of.
fn is_unproven(income: &Income, told: i64) -> bool {
    let gap = income.wage_fen - told;
    gap * 100 > income.wage_fen * 30 && (income.net_fen - gap) / income.people_year < LINE_FEN
}
