//! Income: what a household earned in an accounting year, to the fen, broken down as the roster breaks it down.
//! Here because the parts must add up to the net income that was planned; a rule is tried at the very fen of its threshold.
//! In: the net income wanted, the people counted, whether anybody works. Out: all columns of one household-year.
//! Not here: which income a household is meant to have (plan.rs); whether it is a finding (truth.rs).

use super::dice::Dice;

/// Least pension of a year: the basic one of a resident.
const PENSION_FEN_MIN: i64 = 1_000 * FEN;
/// Least award of a year for family planning: one person's.
const FAMILY_PLANNING_FEN_MIN: i64 = 960 * FEN;

/// Fen in a yuan.
pub const FEN: i64 = 100;

/// One household-year. All amounts in fen; `net = wage + business + property + transfer - business_cost`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Income {
    /// Accounting year: 1 October of the year before to 30 September.
    pub year: i64,
    /// 工资性收入.
    pub wage_fen: i64,
    /// 公益性岗位收入, part of the wage.
    pub public_post_fen: i64,
    /// 生产经营性收入.
    pub business_fen: i64,
    /// 产业奖励, part of the business income.
    pub industry_award_fen: i64,
    /// 生产经营性支出.
    pub business_cost_fen: i64,
    /// 财产性收入.
    pub property_fen: i64,
    /// 资产收益扶贫分红, part of the property income.
    pub dividend_fen: i64,
    /// 转移性收入: the sum of the six below.
    pub transfer_fen: i64,
    /// 计划生育金.
    pub family_planning_fen: i64,
    /// 最低生活保障金.
    pub subsistence_fen: i64,
    /// 特困人员救助供养金.
    pub destitute_support_fen: i64,
    /// 养老金或离退休金.
    pub pension_fen: i64,
    /// 生态补偿金.
    pub ecology_fen: i64,
    /// 其他转移性收入.
    pub other_transfer_fen: i64,
    /// 纯收入.
    pub net_fen: i64,
    /// 当前家庭人口数: people on the day of the export.
    pub people_now: i64,
    /// 年度家庭人口数: people the accounting year is divided by.
    pub people_year: i64,
    /// 人均纯收入 is written so much too high.
    pub per_capita_more_fen: i64,
    /// 财产性收入 is not filled in.
    pub property_blank: bool,
    /// The register lacks the year.
    pub left_out: bool,
}

impl Income {
    /// 人均纯收入 as the roster prints it: rounded half up to a fen. No rule may compare this figure, only `net_fen`.
    pub fn per_capita_fen(&self) -> i64 {
        (2 * self.net_fen + self.people_year).div_euclid(2 * self.people_year)
    }
}

/// How many throws a year takes.
#[inline]
pub(crate) fn throws(no_labour: bool) -> u64 {
    if no_labour { 9 } else { 11 }
}

/// Throws of a year before the one for a post.
const THROWS_BEFORE_POST: u64 = 6;
/// Of a thousand households; those of which nobody can hold one have none.
const POST_PER_MILLE: u32 = 240;

/// Whether `break_down` with these dice throws a post for a household that can work.
#[inline]
pub(crate) fn throws_post(mut dice: Dice) -> bool {
    dice.skip(THROWS_BEFORE_POST);
    dice.chance(POST_PER_MILLE)
}

/// Breaks `net_fen` (not negative) down into its parts.
pub(crate) fn break_down(
    year: i64,
    net_fen: i64,
    (people_now, people_year): (i64, i64),
    no_labour: bool,
    dice: &mut Dice,
) -> Income {
    let mut income = Income {
        year,
        net_fen,
        people_now,
        people_year,
        ..Income::default()
    };
    income.property_fen = percent(net_fen, dice.between(0, 6));
    income.dividend_fen = percent(income.property_fen, dice.between(0, 100));
    income.transfer_fen = if no_labour {
        net_fen - income.property_fen
    } else {
        percent(net_fen, dice.between(6, 24))
    };
    let rest = net_fen - income.property_fen - income.transfer_fen;
    // Business costs part of what it brings; the wage is what is still missing, so the sum is exact.
    let business_net = percent(rest, dice.between(0, 50));
    income.business_cost_fen = percent(business_net, dice.between(20, 80));
    income.business_fen = business_net + income.business_cost_fen;
    income.industry_award_fen = if dice.chance(250) {
        percent(income.business_fen, 10)
    } else {
        0
    };
    income.wage_fen = rest - business_net;
    income.public_post_fen = if dice.chance(POST_PER_MILLE) {
        percent(income.wage_fen, 30)
    } else {
        0
    };
    split_transfer(&mut income, no_labour, dice);
    income
}

fn split_transfer(income: &mut Income, no_labour: bool, dice: &mut Dice) {
    let total = income.transfer_fen;
    if no_labour && income.people_now == 1 {
        // Who lives alone and cannot work is on destitute support, not on the low-income allowance.
        income.destitute_support_fen = percent(total, 60);
    } else if no_labour {
        income.subsistence_fen = percent(total, 60);
    } else if dice.chance(90) {
        income.subsistence_fen = percent(total, 50);
    }
    // Nobody is paid a pension or an award of less than its rate.
    income.pension_fen = at_least(PENSION_FEN_MIN, percent(total, dice.between(5, 25)));
    income.ecology_fen = if dice.chance(300) { percent(total, 5) } else { 0 };
    let planned = if dice.chance(80) { percent(total, 8) } else { 0 };
    income.family_planning_fen = at_least(FAMILY_PLANNING_FEN_MIN, planned);
    income.other_transfer_fen = total
        - income.subsistence_fen
        - income.destitute_support_fen
        - income.pension_fen
        - income.ecology_fen
        - income.family_planning_fen;
}

/// An amount that is not below `min_fen`, else none.
fn at_least(min_fen: i64, amount_fen: i64) -> i64 {
    if amount_fen < min_fen { 0 } else { amount_fen }
}

/// So many per cent of an amount, cut down to a whole fen.
fn percent(amount_fen: i64, percent: i64) -> i64 {
    amount_fen * percent / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::county::dice::Purpose;

    #[test]
    fn the_parts_add_up_to_the_net_income_whatever_it_is() {
        for net in [0, 1, 99, 799_999, 3_000_000, 12_345_678] {
            for no_labour in [false, true] {
                for index in 0..50 {
                    let mut dice = Dice::new(3, index, Purpose::Incomes);
                    let i = break_down(2023, net, (3, 3), no_labour, &mut dice);
                    let sum =
                        i.wage_fen + i.business_fen + i.property_fen + i.transfer_fen - i.business_cost_fen;
                    assert_eq!(sum, net);
                    assert!(i.other_transfer_fen >= 0 && i.wage_fen >= 0);
                }
            }
        }
    }

    #[test]
    fn a_year_takes_the_throws_it_says_and_a_post_is_foreseen() {
        for no_labour in [false, true] {
            for index in 0..500 {
                let before = Dice::new(3, index, Purpose::Incomes);
                let (mut broken, mut skipped) = (before.clone(), before.clone());
                let income = break_down(2023, 5_000_000, (2, 2), no_labour, &mut broken);
                skipped.skip(throws(no_labour));
                assert_eq!(broken.below(1_000_000), skipped.below(1_000_000));
                assert!(income.public_post_fen == 0 || !no_labour && throws_post(before));
            }
        }
    }

    #[test]
    fn the_printed_figure_rounds_half_up() {
        let income = |net_fen, people_year| Income {
            net_fen,
            people_year,
            ..Income::default()
        };
        assert_eq!(income(2_999_999, 3).per_capita_fen(), 1_000_000);
        assert_eq!(income(5, 2).per_capita_fen(), 3);
        assert_eq!(income(4, 3).per_capita_fen(), 1);
    }
}
