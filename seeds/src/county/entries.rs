//! Entries: incomes that were entered wrongly or made to fit: round ones, equal ones, ones just above a line, ones in a wrong unit.
//! Here because rules that look at figures alone need some that are wrong on paper, beside others that stand just on the line.
//! In: a plan, an income, the household's place and dice. Out: the same, changed for few; rule A01 finds no more and no fewer.
//! Not here: judging (departments/oracle); the parts of an income (income.rs).

use super::dice::Purpose;
use super::income::{FEN, Income};
use super::plan::{HouseholdType, Net, Plan};
use super::roles::{ALIKE, CROWDED, LESS_ALIKE, LESS_ROUND, ROUND};
use super::truth::{INCOME_ATTENTION_FEN, JUDGED_YEAR};
use super::walk::Outline;

/// Position of the judged year among the years of incomes.
const JUDGED: usize = 1;
/// Plans that are comfortably above every line begin here.
const COMFORTABLE_FEN: i64 = 11_500 * FEN;
const THOUSAND_FEN: i64 = 1_000 * FEN;
/// Of ten thousand households: so many of a village that rounds, and of one that rounds less.
const ROUND_RATE: u32 = 4_500;
const LESS_ROUND_RATE: u32 = 2_200;
/// Of ten thousand of a village whose incomes crowd above the line.
const CROWDED_RATE: u32 = 2_000;
/// Of ten thousand households, wherever they live: those that come to stand a hair above the line.
const JUMP: std::ops::Range<u32> = 9_000..9_025;
/// The wage many have.
const ALIKE_FEN: i64 = 20_000 * FEN;
/// By their rank in the village.
const ALIKE_RANKS: std::ops::Range<u64> = 5..17;
const LESS_ALIKE_RANKS: std::ops::Range<u64> = 5..9;

fn yuan(yuan: i64) -> Net {
    Net {
        per_capita_fen: yuan * FEN,
        more_fen: 0,
    }
}

fn watched(plan: &Plan) -> bool {
    plan.household_type == HouseholdType::Lifted || plan.monitoring.is_some()
}

fn comfortable(plan: &Plan) -> bool {
    plan.net[JUDGED].per_capita_fen >= COMFORTABLE_FEN
}

/// Below the line, and nobody's concern.
fn poor(plan: &Plan) -> bool {
    !watched(plan) && plan.net[JUDGED].per_capita_fen < INCOME_ATTENTION_FEN
}

/// Changes the net incomes of some.
pub(super) fn plan(plan: &mut Plan, outline: &Outline<'_>) {
    if !outline.unscripted() {
        return;
    }
    let mut dice = outline.dice(Purpose::Entries);
    let at = dice.below(10_000);
    if comfortable(plan) {
        let round_rate = match outline.role() {
            ROUND => ROUND_RATE,
            LESS_ROUND => LESS_ROUND_RATE,
            _ => 0,
        };
        if at < round_rate {
            let people = i64::try_from(outline.people).unwrap_or(1) + plan.people_year_more;
            let net = &mut plan.net[JUDGED];
            net.more_fen -= (net.per_capita_fen * people.max(1) + net.more_fen) % THOUSAND_FEN;
        } else if outline.role() == CROWDED && at < CROWDED_RATE {
            let now = dice.between(10_000, 10_490);
            plan.net = [yuan(dice.between(10_000, now)), yuan(now)];
        } else if JUMP.contains(&at) {
            let (before, width) = (dice.between(9_000, 9_990), dice.between(0, 99));
            plan.net = [
                yuan(before),
                // The first of them to the fen on the line, the last as far above it as is no longer near.
                yuan(match at - JUMP.start {
                    0..=1 => 10_000,
                    21..=24 => 10_100,
                    _ => 10_000 + width,
                }),
            ];
        }
    } else if poor(plan) && at < 500 {
        let now = if at < 400 {
            dice.between(2_500, 3_990)
        } else {
            4_000
        };
        plan.net = [yuan(now * 95 / 100), yuan(now)];
    }
}

/// In a village where wages are alike some earn the very same; what is over, their business brings.
pub(super) fn earn_alike(income: &mut Income, outline: &Outline<'_>) {
    let ranks = match outline.role() {
        ALIKE => ALIKE_RANKS,
        LESS_ALIKE => LESS_ALIKE_RANKS,
        _ => return,
    };
    if income.year == JUDGED_YEAR && ranks.contains(&outline.rank()) && income.wage_fen >= ALIKE_FEN {
        income.business_fen += income.wage_fen - ALIKE_FEN;
        income.wage_fen = ALIKE_FEN;
        if income.public_post_fen > 0 {
            income.public_post_fen = ALIKE_FEN * 30 / 100;
        }
    }
}

/// Enters `income` wrongly for some: what departments know of them stays as it was earned.
pub(super) fn declare(income: &mut Income, plan: &Plan, outline: &Outline<'_>) {
    if income.year != JUDGED_YEAR || !outline.unscripted() {
        return;
    }
    let mut dice = outline.dice(Purpose::Entries);
    dice.skip(8);
    let at = dice.below(10_000);
    if poor(plan) {
        // Said to be past the line, by wages nobody has seen.
        if at < 1_500 && income.wage_fen > 0 {
            let more = dice.between(10_200, 11_500) * FEN * income.people_year - income.net_fen;
            income.wage_fen += more;
            income.net_fen += more;
        }
        return;
    }
    if !comfortable(plan) {
        return;
    }
    if income.public_post_fen > 0 && (1_000..1_400).contains(&at) && outline.solar_post() {
        income.public_post_fen = 0;
    }
    match at {
        0..=9 => without_cost(income, i64::MAX),
        10..=13 => without_cost(income, THOUSAND_FEN),
        14..=21 => pay_little(income, 200 * FEN),
        22..=25 => pay_little(income, 300 * FEN),
        26..=31 => pay_much(income, 300_000 * FEN + dice.between(1, 90_000) * FEN),
        32..=35 => pay_much(income, 300_000 * FEN),
        36..=47 => draw_little(income, 50 * FEN),
        48..=52 => draw_little(income, 88 * FEN),
        53..=60 => award_little(income, 80 * FEN),
        61..=64 => award_little(income, 100 * FEN),
        _ => {}
    }
}

/// Only what is left of a business was entered, `most_fen` of it at most; the rest as wages.
fn without_cost(income: &mut Income, most_fen: i64) {
    let left = income.business_fen - income.business_cost_fen;
    if left < THOUSAND_FEN {
        return;
    }
    income.business_fen = left.min(most_fen);
    income.wage_fen += left - income.business_fen;
    (income.business_cost_fen, income.industry_award_fen) = (0, 0);
}

/// The wage of a month in place of a year's; the rest was entered as business.
fn pay_little(income: &mut Income, fen: i64) {
    if income.wage_fen > fen && income.public_post_fen == 0 {
        income.business_fen += income.wage_fen - fen;
        income.wage_fen = fen;
    }
}

fn pay_much(income: &mut Income, fen: i64) {
    if income.wage_fen > 0 && income.wage_fen < fen {
        income.net_fen += fen - income.wage_fen;
        income.wage_fen = fen;
    }
}

fn draw_little(income: &mut Income, fen: i64) {
    if income.pension_fen > fen {
        income.other_transfer_fen += income.pension_fen - fen;
        income.pension_fen = fen;
    }
}

fn award_little(income: &mut Income, fen: i64) {
    let both = income.family_planning_fen + income.other_transfer_fen;
    if both > fen {
        income.other_transfer_fen = both - fen;
        income.family_planning_fen = fen;
    }
}
