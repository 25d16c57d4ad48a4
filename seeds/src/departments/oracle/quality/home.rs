//! Oracle of what the register says of a household as a whole, and of how it is watched.
//! Here because deadlines and removals are counted from these cells.
//! In: a household as the register has it. Out: the truth of the rules about its type, size, months and removal.
//! Not here: risks (risks.rs), incomes (money.rs).

use super::{Seen, Teller};
use crate::county::Household;

/// The month of the data.
const DATA_MONTH: &str = "202310";

pub(super) fn tell(household: &Household, people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let told = &household.told;
    let watched = household.monitoring.is_some();
    // Of an ordinary household nobody has to know.
    let asked = told.household_type != "一般农户" || watched;
    teller.blank("H-full-type", told.household_type.is_empty());
    // Every household of the county has a place.
    teller.blank("H-full-place", false);
    teller.blank("H-full-house", asked && told.unsafe_house.is_empty());
    teller.blank("H-full-water", asked && told.safe_water.is_empty());
    teller.wrong("H-logic-size", told.people != people.len());
    let hand = |seen: &Seen<'_>| matches!(seen.member.labour, "普通劳动力" | "技能劳动力");
    teller.wrong(
        "H-logic-no-labour",
        household.no_labour && people.iter().any(hand),
    );

    let watch = household.monitoring.as_ref();
    let is = |wanted: &dyn Fn(&crate::county::Monitoring) -> bool| watch.is_some_and(wanted);
    teller.blank("H-full-identified", is(&|watch| watch.since.is_empty()));
    teller.blank(
        "H-full-risk",
        is(&|watch| watch.risks.first().is_none_or(|risk| risk.is_empty())),
    );
    teller.blank("H-full-removed", is(&|watch| watch.told_removed.is_empty()));
    teller.wrong(
        "H-identified-late",
        is(&|watch| watch.since.as_str() > DATA_MONTH),
    );
    teller.wrong(
        "H-monitored-type",
        is(&|watch| match watch.kind {
            "脱贫不稳定户" => told.household_type == "一般农户",
            "边缘易致贫户" => told.household_type == "脱贫户",
            _other => false,
        }),
    );
    // Months are YYYYMM: their order is that of the texts.
    let removed = |watch: &crate::county::Monitoring| watch.told_removed == "是";
    teller.wrong(
        "H-removed-early",
        is(&|watch| removed(watch) && watch.removed.as_ref().is_some_and(|month| *month < watch.since)),
    );
    teller.wrong(
        "H-removed-standing",
        is(&|watch| {
            watch.told_removed == "否"
                && !watch.since.is_empty()
                && watch.removed.as_ref().is_some_and(|month| *month >= watch.since)
        }),
    );
    teller.wrong(
        "H-removed-undated",
        is(&|watch| removed(watch) && watch.removed.is_none()),
    );
    teller.wrong(
        "H-removed-house",
        is(&|watch| removed(watch) && told.unsafe_house == "是"),
    );
    teller.wrong(
        "H-removed-water",
        is(&|watch| removed(watch) && told.safe_water == "否"),
    );
    let twice = |risks: &[&str]| {
        let named = || risks.iter().filter(|risk| !matches!(**risk, "" | "其他"));
        named().any(|risk| named().filter(|other| *other == risk).count() > 1)
    };
    teller.wrong("H-risk-twice", is(&|watch| twice(&watch.risks)));
}
