//! Slips of a declared year: parts that come to more than their whole, sums that do not add up, a cell or a year left out.
//! Here because money that does not add up is the first thing an inspector looks at.
//! In: a household's incomes. Out: the last year of them with one figure wrong, by more than a yuan or by exactly one.
//! Not here: how a year is broken down (../income.rs).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each file makes some of the mistakes; the others are made elsewhere"
)]

use super::Slip::{self, *};
use crate::county::dice::Dice;
use crate::county::household::Household;
use crate::county::income::FEN;

pub(super) fn declared(slip: Slip, household: &mut Household, dice: &mut Dice) {
    let [_, year] = &mut household.incomes;
    // A yuan is let pass.
    let wrong_fen = if dice.chance(750) {
        dice.between(120, 900) * FEN + 37
    } else {
        FEN
    };
    match slip {
        FullIncome => year.left_out = true,
        FullIncomeParts => year.property_blank = true,
        IncomeSum => year.property_fen += wrong_fen,
        IncomePercap => year.per_capita_more_fen = wrong_fen,
        IncomeAward => year.industry_award_fen = year.business_fen + wrong_fen,
        IncomeDividend => year.dividend_fen = year.property_fen + wrong_fen,
        IncomePost => {
            let wage_fen = (year.public_post_fen - wrong_fen).max(0);
            year.business_fen += year.wage_fen - wage_fen;
            year.wage_fen = wage_fen;
        }
        IncomeTransfer => year.pension_fen += wrong_fen,
        _other => {}
    }
}
