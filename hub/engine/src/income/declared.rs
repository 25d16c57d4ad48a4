//! What households declare, taken apart into the form's sub-items.
//! Here because a declaration states totals with some of their parts, and evidence comes by part.
//! In: rows of `declared_income`, one a household and year. Out: the declaration as stated, and its amounts by sub-item.
//! Not here: which of two rows of one year counts (the query), evidence (account).

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use datafusion::error::Result;

use super::item::Item;

/// Asks for the declarations of the households of `condition`. Of two rows of a household's year the last run's first counts, as for rules over the table itself: it comes first, and
/// [`Latest`] lets only it pass.
pub(super) fn query(condition: &str) -> String {
    format!(
        "SELECT household_id, year, net_income_fen, people_year, people_now, \
     wage_fen, business_fen, property_fen, transfer_fen, business_cost_fen, cost_subsidy_fen, \
     public_post_fen, industry_award_fen, asset_dividend_fen, family_planning_fen, low_income_benefit_fen, \
     destitute_support_fen, pension_fen, ecology_fen, other_transfer_fen \
     FROM declared_income WHERE {condition} AND year BETWEEN 1949 AND 2199 \
     ORDER BY household_id, year, _run DESC, _locator"
    )
}

/// Lets the first of a household's declarations of a year pass, when they come one after the other.
#[derive(Debug, Default)]
pub(super) struct Latest(Option<(u64, i16)>);

impl Latest {
    pub(super) fn passes(&mut self, declared: &Declared) -> bool {
        let year = Some((declared.household, declared.year));
        std::mem::replace(&mut self.0, year) != year
    }
}

/// One household's declaration of one year, fen and people; `None` is not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Declared {
    pub(crate) household: u64,
    pub(crate) year: i16,
    /// 纯收入 as stated.
    pub(crate) net: Option<i64>,
    pub(crate) people_year: Option<i64>,
    pub(crate) people_now: Option<i64>,
    pub(crate) wage: Option<i64>,
    pub(crate) business: Option<i64>,
    pub(crate) property: Option<i64>,
    pub(crate) transfer: Option<i64>,
    pub(crate) cost: Option<i64>,
    pub(crate) cost_subsidy: Option<i64>,
}

impl Declared {
    /// The costs less the subsidies earmarked for them; a subsidy larger than the costs is no income (支出合计 of the form).
    pub(crate) fn net_cost(&self) -> Option<i64> {
        let cost = self.cost?;
        Some(cost.saturating_sub(self.cost_subsidy.unwrap_or_default()).max(0))
    }

    /// What the categories come to; `None` unless all are declared.
    pub(crate) fn computed(&self) -> Option<i64> {
        let income = [self.wage?, self.business?, self.property?, self.transfer?];
        let sum = income.into_iter().fold(0_i64, i64::saturating_add);
        Some(sum.saturating_sub(self.net_cost()?))
    }
}

/// Shows `take` every declaration of `batch` with its amounts by sub-item.
pub(super) fn read(batch: &RecordBatch, mut take: impl FnMut(Declared, &[(Item, i64)])) -> Result<()> {
    let ids = batch.column(0).as_primitive::<UInt64Type>();
    let numbers: Vec<_> = (1..batch.num_columns())
        .map(|at| batch.column(at).as_primitive::<Int64Type>())
        .collect();
    for row in 0..batch.num_rows() {
        // `at` counts the columns of the query after the household.
        let value = |at: usize| numbers[at].is_valid(row).then(|| numbers[at].value(row));
        let people = |at: usize| value(at).filter(|people| *people > 0);
        let declared = Declared {
            household: ids.value(row),
            year: value(0)
                .and_then(|year| i16::try_from(year).ok())
                .unwrap_or_default(),
            net: value(1),
            people_year: people(2),
            people_now: people(3),
            wage: value(4),
            business: value(5),
            property: value(6),
            transfer: value(7),
            cost: value(8),
            cost_subsidy: value(9),
        };
        let mut amounts = Vec::with_capacity(14);
        category(
            declared.wage,
            &[(Item::PublicPost, value(10))],
            (Item::OtherWage, None),
            &mut amounts,
        );
        category(
            declared.business,
            &[(Item::IndustryAward, value(11))],
            (Item::OtherBusiness, None),
            &mut amounts,
        );
        category(
            declared.property,
            &[(Item::AssetDividend, value(12))],
            (Item::OtherProperty, None),
            &mut amounts,
        );
        let named = [
            (Item::FamilyPlanning, value(13)),
            (Item::LowIncomeBenefit, value(14)),
            (Item::DestituteSupport, value(15)),
            (Item::Pension, value(16)),
            (Item::Ecology, value(17)),
        ];
        category(
            declared.transfer,
            &named,
            (Item::OtherTransfer, value(18)),
            &mut amounts,
        );
        let costs = [
            (Item::Cost, declared.cost),
            (Item::CostSubsidy, declared.cost_subsidy),
        ];
        amounts.extend(
            costs
                .into_iter()
                .filter_map(|(item, fen)| Some((item, item.signed(fen?)))),
        );
        take(declared, &amounts);
    }
    Ok(())
}

/// A category's named parts, and what its total has beyond them; without a total, what is stated to be the rest.
fn category(
    total: Option<i64>,
    named: &[(Item, Option<i64>)],
    (remainder, stated): (Item, Option<i64>),
    out: &mut Vec<(Item, i64)>,
) {
    let known = named.iter().filter_map(|(item, fen)| Some((*item, (*fen)?)));
    let parts = known.clone().fold(0_i64, |sum, (_, fen)| sum.saturating_add(fen));
    out.extend(known);
    let rest = total.map(|total| total.saturating_sub(parts)).or(stated);
    out.extend(rest.map(|fen| (remainder, fen)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_total_has_beyond_its_parts_is_the_remainder() {
        let split = |total, part, stated| {
            let mut out = Vec::new();
            category(
                total,
                &[(Item::Pension, part)],
                (Item::OtherTransfer, stated),
                &mut out,
            );
            out
        };
        assert_eq!(
            split(Some(10), Some(4), None),
            [(Item::Pension, 4), (Item::OtherTransfer, 6)]
        );
        assert_eq!(split(Some(10), None, None), [(Item::OtherTransfer, 10)]);
        assert_eq!(
            split(Some(3), Some(4), None),
            [(Item::Pension, 4), (Item::OtherTransfer, -1)]
        );
        assert_eq!(
            split(None, Some(4), Some(5)),
            [(Item::Pension, 4), (Item::OtherTransfer, 5)]
        );
        assert_eq!(split(None, Some(4), None), [(Item::Pension, 4)]);
        assert!(split(None, None, None).is_empty());
    }

    #[test]
    fn a_subsidy_lessens_costs_but_is_no_income() {
        let declared = |cost, cost_subsidy| Declared {
            wage: Some(100),
            business: Some(50),
            property: Some(0),
            transfer: Some(0),
            cost,
            cost_subsidy,
            ..Declared::default()
        };
        assert_eq!(declared(Some(30), Some(10)).computed(), Some(130));
        assert_eq!(declared(Some(30), Some(40)).computed(), Some(150));
        assert_eq!(declared(Some(30), None).computed(), Some(120));
        assert_eq!(declared(None, None).computed(), None);
    }
}
