//! Oracle of declared years: what is missing, and what does not add up.
//! Here because every rule about income stands on these figures.
//! In: a household's incomes as the register has them. Out: the truth of the rules about its last declared year.
//! Not here: whether the income is low (county/truth.rs).

use super::Teller;
use crate::county::{FEN, Household};

/// The last year that is closed.
const CLOSED_YEAR: i64 = 2023;
/// What a sum may be off by.
const LET_PASS_FEN: i64 = FEN;

pub(super) fn tell(household: &Household, teller: &mut Teller<'_>) {
    let declared = || household.incomes.iter().filter(|income| !income.left_out);
    let asked = household.told.household_type != "一般农户" || household.monitoring.is_some();
    let missing = asked && declared().all(|income| income.year != CLOSED_YEAR);
    teller.tell("H-full-income", "missing", missing);
    let Some(year) = declared().max_by_key(|income| income.year) else {
        return;
    };
    teller.wrong("H-full-income-parts", year.property_blank);
    let more = |part: i64, whole: i64| part - whole > LET_PASS_FEN;
    teller.wrong("H-income-award", more(year.industry_award_fen, year.business_fen));
    teller.wrong(
        "H-income-dividend",
        !year.property_blank && more(year.dividend_fen, year.property_fen),
    );
    teller.wrong("H-income-post", more(year.public_post_fen, year.wage_fen));
    let transfers = year.family_planning_fen
        + year.subsistence_fen
        + year.destitute_support_fen
        + year.pension_fen
        + year.ecology_fen
        + year.other_transfer_fen;
    teller.wrong("H-income-transfer", more(transfers, year.transfer_fen));
    let sum =
        year.wage_fen + year.business_fen + year.property_fen + year.transfer_fen - year.business_cost_fen;
    let off = (year.net_fen - sum).abs() > LET_PASS_FEN;
    teller.wrong("H-income-sum", !year.property_blank && off);
    let written = year.per_capita_fen() + year.per_capita_more_fen;
    let off = (written * year.people_year - year.net_fen).abs() > LET_PASS_FEN * year.people_year;
    teller.wrong("H-income-percap", off);
}
