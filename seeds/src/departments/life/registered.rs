//! Registered: what the register has as measures of support, beside the benefits a household gets.
//! Here because the register names a benefit as a measure, and must do so for those who get it and for nobody else, but for a few.
//! In: a watched household's measures as its risks ask for them. Out: the same, fitted to the rolls.
//! Not here: the other measures (measures.rs), the rolls (benefits.rs).

use super::benefit_category;
use crate::county::Outline;
use crate::county::dice::Purpose;

const SUPPORT: &str = "综合保障";
const LOW_INCOME: (&str, &str) = (SUPPORT, "农村低保");
const DESTITUTE: (&str, &str) = (SUPPORT, "特困人员救助供养");
const CARE: (&str, &str) = (SUPPORT, "养老服务");
const BESIDE: (&str, &str) = ("社会", "结对帮扶");
/// Of a thousand watched households: the benefit they get is not registered; one is registered that nobody gets.
const UNREGISTERED: u32 = 200;
const NOT_ON_ROLL: u32 = 150;

/// Fits `measures` to the rolls; a household without any is left alone.
pub(crate) fn register(outline: &Outline<'_>, measures: &mut Vec<(&'static str, &'static str)>) {
    if measures.is_empty() {
        return;
    }
    let mut dice = outline.dice(Purpose::Registered);
    let (unregistered, not_on_roll) = (dice.chance(UNREGISTERED), dice.chance(NOT_ON_ROLL));
    match benefit_category(outline) {
        Some(_) if unregistered => {
            measures.retain(|(group, _)| *group != SUPPORT);
            if measures.is_empty() {
                measures.push(BESIDE);
            }
        }
        Some(category) => {
            measures.retain(|measure| *measure != LOW_INCOME);
            measures.push(if category == "特困供养" {
                DESTITUTE
            } else {
                LOW_INCOME
            });
        }
        None if not_on_roll => {}
        None => {
            for measure in measures.iter_mut().filter(|measure| **measure == LOW_INCOME) {
                *measure = CARE;
            }
        }
    }
}
