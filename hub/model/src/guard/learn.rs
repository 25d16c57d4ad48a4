//! What past periods suggest the bounds of a stream should be.
//! Here because a bound nobody ever looked at is either deaf or cries wolf, and the figures to set it by are kept anyway.
//! In: approved profiles, the bounds in force. Out: suggestions with their reasons; a person writes them, nobody else.
//! Not here: applying them. Nothing in the hub does.

use serde::{Deserialize, Serialize};

use super::compare::kind_change_percent;
use super::period::{Told, told};
use super::{Bounds, History, Profile, Sameness};

/// Most periods that are looked at, the latest.
pub const PERIODS_LOOKED_AT_MAX: usize = 12;
/// With fewer no figure is suggested.
pub const PERIODS_LOOKED_AT_MIN: usize = 4;
/// Percent a suggested bound leaves above what was seen, and at least.
const ROOM_PERCENT: u64 = 50;
const ROOM_MIN: u64 = 5;
/// A suggestion this near to what is set is none.
const NEAR: u64 = 5;

/// A bound that past periods suggest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The bound's key.
    pub key: String,
    /// What it is.
    pub now: String,
    /// What it might be.
    pub suggested: String,
    /// Why, in a sentence.
    pub why: String,
}

/// What the latest periods of `history` suggest in place of `bounds`.
#[must_use]
pub fn suggest(history: &History, bounds: &Bounds) -> Vec<Suggestion> {
    let mut periods: Vec<&Profile> = history
        .parts
        .iter()
        .rev()
        .filter(|(part, profile)| matches!(told(part), Told::Period(_)) && profile.rows >= bounds.rows_min)
        .map(|(_, profile)| profile)
        .take(PERIODS_LOOKED_AT_MAX)
        .collect();
    periods.reverse();
    let seen = Seen::of(&periods);
    let count = periods.len();
    let mut found = Vec::new();
    if seen.same > 0 && bounds.same_content != Sameness::Allow {
        found.push(Suggestion {
            key: "same_content".to_owned(),
            now: bounds.same_content.as_str().to_owned(),
            suggested: Sameness::Allow.as_str().to_owned(),
            why: format!(
                "最近 {count} 期中有 {} 期与上一期逐行相同；如这是不常变动的底册，可以放行",
                seen.same
            ),
        });
    }
    if count < PERIODS_LOOKED_AT_MIN {
        return found;
    }
    let percents = [
        (
            "rows_fall_percent_max",
            "行数最多下降",
            seen.fall,
            bounds.rows_fall_percent_max,
        ),
        (
            "empty_percent_rise_max",
            "空值占比最多上升",
            seen.emptied,
            bounds.empty_percent_rise_max,
        ),
        (
            "kind_change_percent_max",
            "内容类型最多变动",
            seen.retyped,
            bounds.kind_change_percent_max,
        ),
    ];
    for (key, what, most, set) in percents {
        let suggested = (most + (most * ROOM_PERCENT / 100).max(ROOM_MIN)).min(100);
        if suggested.abs_diff(set) > NEAR {
            found.push(Suggestion {
                key: key.to_owned(),
                now: set.to_string(),
                suggested: suggested.to_string(),
                why: format!("最近 {count} 期中{what} {most}%，留出余量为 {suggested}%"),
            });
        }
    }
    found
}

/// The greatest differences between one period and the next.
#[derive(Default)]
struct Seen {
    fall: u64,
    emptied: u64,
    retyped: u64,
    same: u64,
}

impl Seen {
    fn of(periods: &[&Profile]) -> Self {
        let mut seen = Self::default();
        for pair in periods.windows(2) {
            let [before, now] = pair else { continue };
            let fall = before.rows.saturating_sub(now.rows) * 100;
            seen.fall = seen.fall.max(fall.div_ceil(before.rows.max(1)));
            seen.same += u64::from(before.digest == now.digest);
            for column in &before.columns {
                let Some(found) = now.column(&column.name) else {
                    continue;
                };
                let (was, is) = (column.empty_percent(before.rows), found.empty_percent(now.rows));
                seen.emptied = seen.emptied.max(is.saturating_sub(was));
                if column.looked_at() > 0 && found.looked_at() > 0 {
                    seen.retyped = seen.retyped.max(kind_change_percent(column, found));
                }
            }
        }
        seen
    }
}
