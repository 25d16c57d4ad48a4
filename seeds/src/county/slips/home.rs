//! Slips of a household: what is said of it as a whole, and how it is watched.
//! Here because a month, a type or a yes that is missing stops rules about deadlines and removals.
//! In: a household. Out: the same with one cell blank or wrong.
//! Not here: its people (people.rs, number.rs), its incomes (money.rs), risks that fit nobody (../risks.rs).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each file makes some of the mistakes; the others are made elsewhere"
)]

use super::Slip::{self, *};
use crate::county::dice::Dice;
use crate::county::household::Household;
use crate::county::plan::HouseholdType;

/// A household nobody watches.
pub(super) fn home(slip: Slip, household: &mut Household) {
    let hand = household
        .members
        .iter()
        .any(|member| matches!(member.labour, "普通劳动力" | "技能劳动力"));
    let told = &mut household.told;
    match slip {
        // Of an ordinary household nobody asks for it.
        FullHouse => told.unsafe_house = "",
        FullWater => told.safe_water = "",
        FullType if household.household_type == HouseholdType::Ordinary => told.household_type = "",
        LogicSize => told.people += 1,
        LogicNoLabour if hand => household.no_labour = true,
        _other => {}
    }
}

/// One that is watched, or was.
pub(super) fn watched(slip: Slip, household: &mut Household, dice: &mut Dice) {
    let lifted = household.household_type == HouseholdType::Lifted;
    let Some(watch) = &mut household.monitoring else {
        return;
    };
    let stands = watch.removed.is_none();
    match slip {
        FullIdentified => watch.since.clear(),
        FullRisk => {
            if let Some(risk) = watch.risks.first_mut() {
                *risk = "";
            }
        }
        FullRemoved if stands => watch.told_removed = "",
        MonitoredType if watch.kind != "突发严重困难户" => {
            watch.kind = if lifted {
                "边缘易致贫户"
            } else {
                "脱贫不稳定户"
            };
        }
        RemovedEarly if !stands => {
            // A year too early, or in the very month.
            let years = if dice.chance(750) { 1 } else { 0 };
            watch.removed = earlier(&watch.since, years);
        }
        // Where the risk stands, it is one more reason for it.
        RemovedHouse => household.told.unsafe_house = "是",
        RemovedWater => household.told.safe_water = "否",
        RemovedStanding if stands => {
            let years = if dice.chance(250) { 1 } else { 0 };
            // Removed once and recognised again, or removed and not said so.
            watch.removed = if years == 1 {
                earlier(&watch.since, 1)
            } else {
                Some("202306".to_owned())
            };
        }
        RemovedUndated if !stands => watch.removed = None,
        IdentifiedLate if stands => "202311".clone_into(&mut watch.since),
        RiskTwice => {
            if let Some(risk) = watch.risks.first().copied() {
                watch.risks.truncate(1);
                watch.risks.push(risk);
            }
        }
        _other => {}
    }
}

/// The month so many years before `month` (YYYYMM).
fn earlier(month: &str, years: u64) -> Option<String> {
    let number: u64 = month.parse().ok()?;
    Some((number - 100 * years).to_string())
}
