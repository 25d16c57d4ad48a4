//! How alike two values are, in four steps from the same to different.
//! Here because a slip of the pen leaves a name nearly the same, and a slip in a code one character off.
//! In: two values of one kind. Out: a step.
//! Not here: what a step is worth (learn.rs).

use strsim::{jaro_winkler, osa_distance};

use hub_model::values::pinyin_key;

use super::Kind;

/// Steps of likeness.
pub(super) const STEPS: usize = 4;
pub(super) const SAME: u8 = 0;
pub(super) const CLOSE: u8 = 1;
pub(super) const NEAR: u8 = 2;
pub(super) const DIFFERENT: u8 = 3;

/// Jaro-Winkler likeness from which words are close; near.
const WORDS_CLOSE: f64 = 0.92;
const WORDS_NEAR: f64 = 0.82;
/// Differences of two amounts, by the greater one, up to which they are close; near.
const AMOUNT_CLOSE: f64 = 0.01;
const AMOUNT_NEAR: f64 = 0.1;

pub(super) fn likeness(kind: Kind, one: &str, other: &str) -> u8 {
    if one == other {
        return SAME;
    }
    match kind {
        Kind::Category => DIFFERENT,
        Kind::Number => amounts(one, other),
        Kind::Id | Kind::Phone | Kind::Date => match osa_distance(one, other) {
            1 => CLOSE,
            2 => NEAR,
            _ => DIFFERENT,
        },
        Kind::Name if !one.is_ascii() && pinyin_key(one) == pinyin_key(other) => CLOSE,
        Kind::Name | Kind::Text | Kind::Place => match jaro_winkler(one, other) {
            likeness if likeness >= WORDS_CLOSE => CLOSE,
            likeness if likeness >= WORDS_NEAR => NEAR,
            _ => DIFFERENT,
        },
    }
}

fn amounts(one: &str, other: &str) -> u8 {
    let (Ok(a), Ok(b)) = (one.parse::<f64>(), other.parse::<f64>()) else {
        return if osa_distance(one, other) == 1 {
            CLOSE
        } else {
            DIFFERENT
        };
    };
    match (a - b).abs() / a.abs().max(b.abs()).max(f64::MIN_POSITIVE) {
        difference if difference <= AMOUNT_CLOSE => CLOSE,
        difference if difference <= AMOUNT_NEAR => NEAR,
        _ if osa_distance(one, other) == 1 => NEAR,
        _ => DIFFERENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_depends_on_what_is_compared() {
        let table = [
            (Kind::Name, "martha", "marhta", CLOSE),
            (Kind::Name, "王秀兰", "王秀蓝", CLOSE),
            (Kind::Name, "王秀兰", "李建国", DIFFERENT),
            (Kind::Text, "main street", "main street", SAME),
            (Kind::Id, "5304218", "5304281", CLOSE),
            (Kind::Id, "5304218", "5304222", NEAR),
            (Kind::Date, "19680512", "19680521", CLOSE),
            (Kind::Date, "19680512", "19990101", DIFFERENT),
            (Kind::Number, "100", "100.5", CLOSE),
            (Kind::Number, "100", "250", DIFFERENT),
            (Kind::Number, "12a", "12b", CLOSE),
            (Kind::Category, "nsw", "nsx", DIFFERENT),
        ];
        for (kind, one, other, step) in table {
            assert_eq!(likeness(kind, one, other), step, "{one} {other}");
        }
    }
}
