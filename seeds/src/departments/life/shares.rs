//! Shares: what a household gets from its village's solar income: the wage of its post, or an award once a year.
//! Here because the village's account, its payments and the office of human resources tell of the same money.
//! In: an outline. Out: `Share`; who may get one are the lifted and the watched, unless the village asks nobody.
//! Not here: what the station earns (solar.rs), how the rest of the money is spent (accounts.rs).

use crate::county::dice::Purpose;
use crate::county::{FEN, HouseholdType, Outline, SOLAR_RANK_MAX};

use super::{has_stations, may_have_post, post_wage};

/// What a household gets from its village's solar income.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Its post's wage, fen a month.
    Post(i64),
    /// Once a year.
    Award,
}

/// An award.
pub(crate) const AWARD_FEN: i64 = 500 * FEN;
const AWARDED: u32 = 40;
/// Where the money is shared out in equal parts.
const EQUAL: u64 = 4;
const EQUAL_AWARDED: u32 = 300;
/// Villages that pay nobody: the money lies idle, or came so late that it is not yet spent.
const PAY_NOBODY: [u64; 2] = [22, 17];
/// Villages that do not ask whether a household was lifted or is watched.
const ASK_NOBODY: [u64; 3] = [0, 11, 14];
/// Of a thousand households with such a post: not in the list of payments, and paid by another village as well.
const NOT_LISTED: u32 = 30;
const TWICE: u32 = 30;
/// Villages whose neighbours pay for half of their posts.
const PAID_BESIDE: [u64; 3] = [0, 9, 12];
const TWICE_BESIDE: u32 = 500;
/// The month another village pays for it, counted back from the last one.
pub(crate) const TWICE_AGO: i32 = 3;

/// Whether the village may pay the household at all.
fn entitled(outline: &Outline<'_>) -> bool {
    let plan = outline.plan();
    ASK_NOBODY.contains(&outline.role())
        || plan.household_type == HouseholdType::Lifted
        || plan.monitoring.is_some()
}

/// Whether a post of the household is paid from its village's solar income.
pub(crate) fn pays_post(outline: &Outline<'_>) -> bool {
    let role = outline.role();
    has_stations(role)
        && role != EQUAL
        && !PAY_NOBODY.contains(&role)
        && outline.solar_post()
        && entitled(outline)
}

/// The post's wage, else an award for a few; nothing of what the list of payments forgot.
#[inline]
pub(crate) fn share(outline: &Outline<'_>) -> Option<Share> {
    let role = outline.role();
    if outline.rank() > SOLAR_RANK_MAX || !has_stations(role) || PAY_NOBODY.contains(&role) {
        return None;
    }
    let awarded = if role == EQUAL { EQUAL_AWARDED } else { AWARDED };
    let awarded = outline.dice(Purpose::Villages).chance(awarded);
    let paid = may_have_post(outline) && outline.solar_post();
    if !awarded && !paid {
        return None;
    }
    match post_wage(outline) {
        // A post that is paid otherwise leaves no award either.
        Some(fen) => (pays_post(outline) && !outline.dice(Purpose::Shares).chance(NOT_LISTED))
            .then_some(Share::Post(fen)),
        None => (awarded && entitled(outline)).then_some(Share::Award),
    }
}

/// Whether another village pays for the same post in one month.
pub(crate) fn paid_twice(outline: &Outline<'_>) -> bool {
    let mut dice = outline.dice(Purpose::Shares);
    dice.skip(1);
    dice.chance(if PAID_BESIDE.contains(&outline.role()) {
        TWICE_BESIDE
    } else {
        TWICE
    })
}
