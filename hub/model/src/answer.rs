//! What people answered warnings, and what that says of a rule, of a source, and of a line.
//! Here because a rule that is often wrong should be known by its figures before it is known by its reputation.
//! In: answers, measures of answered warnings. Out: counts, precision, a line that would have spared people the false ones.
//! Not here: reading answers (store); changing a line, which a person does.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::Reason;

/// Answers a line wants before another is suggested.
const ANSWERS_MIN: usize = 20;
/// Of a hundred true warnings, how many another line must still find.
const TRUE_KEPT_PERCENT_MIN: usize = 95;
/// Of a hundred false warnings, how many another line must spare to be worth a change.
const FALSE_SPARED_PERCENT_MIN: usize = 20;

/// How warnings were answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Answers {
    /// Verified as true.
    pub verified: u64,
    /// Rejected.
    pub rejected: u64,
    /// Of the rejected, how many for which reason.
    pub rejected_because: BTreeMap<Reason, u64>,
}

impl Answers {
    /// Counts one: true when `rejected` is none.
    pub fn count(&mut self, rejected: Option<Reason>) {
        self.count_many(rejected, 1);
    }

    /// Counts `times` equal ones.
    pub fn count_many(&mut self, rejected: Option<Reason>, times: u64) {
        match rejected {
            None => self.verified += times,
            Some(reason) => {
                self.rejected += times;
                *self.rejected_because.entry(reason).or_default() += times;
            }
        }
    }

    /// How many were given.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.verified + self.rejected
    }

    /// True ones of a thousand; none without answers.
    #[must_use]
    pub fn precision_permille(&self) -> Option<u32> {
        let permille = (self.verified * 1000).checked_div(self.total())?;
        u32::try_from(permille).ok()
    }
}

/// On which side of a line subjects are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those below it.
    Below,
    /// Those above it.
    Above,
}

/// An answered warning's measure, and whether it was true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// What the rule compared with the line.
    pub measure: i64,
    /// Whether it was verified.
    pub is_true: bool,
}

/// Another line, for a person to weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SuggestedLine {
    /// The line.
    pub line: i64,
    /// True warnings it would still have found.
    pub true_kept: usize,
    /// All true warnings.
    pub true_all: usize,
    /// False warnings it would have spared people.
    pub false_spared: usize,
    /// All false warnings.
    pub false_all: usize,
}

impl SuggestedLine {
    /// The strictest line, in whole `step`s, that keeps 95 % of the true warnings; none where there are too few answers, or it
    /// would spare too few false ones. It is never laxer than the line that stood: nothing is known of who was not found.
    #[must_use]
    pub fn of(side: Side, step: i64, answers: &[Measured]) -> Option<Self> {
        // How far on the found side, so that greater is graver for both sides.
        let depth = |measure: i64| match side {
            Side::Below => measure.checked_neg(),
            Side::Above => Some(measure),
        };
        let depths = |wanted: bool| -> Vec<i64> {
            let those = answers.iter().filter(|answer| answer.is_true == wanted);
            let mut depths: Vec<i64> = those.filter_map(|answer| depth(answer.measure)).collect();
            depths.sort_unstable();
            depths
        };
        let (true_ones, false_ones) = (depths(true), depths(false));
        if true_ones.len() + false_ones.len() < ANSWERS_MIN {
            return None;
        }
        let lost = true_ones.len() * (100 - TRUE_KEPT_PERCENT_MIN) / 100;
        // Found is who lies strictly beyond the line: it stands a step before the shallowest that is kept.
        let line = true_ones
            .get(lost)?
            .checked_sub(1)?
            .div_euclid(step)
            .checked_mul(step)?;
        let beyond = |depths: &[i64]| depths.len() - depths.partition_point(|depth| *depth <= line);
        let suggested = Self {
            line: depth(line)?,
            true_kept: beyond(&true_ones),
            true_all: true_ones.len(),
            false_spared: false_ones.len() - beyond(&false_ones),
            false_all: false_ones.len(),
        };
        let is_worth_it = suggested.false_spared * 100 >= suggested.false_all * FALSE_SPARED_PERCENT_MIN;
        (suggested.false_spared > 0 && is_worth_it).then_some(suggested)
    }
}

/// The middle one of `values`; of an even number, the smaller of the two; none of none.
#[must_use]
pub fn median<T: Copy + Ord>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(true_ones: &[i64], false_ones: &[i64]) -> Vec<Measured> {
        let of = |is_true| {
            move |measure: &i64| Measured {
                measure: *measure,
                is_true,
            }
        };
        let (true_ones, false_ones) = (true_ones.iter().map(of(true)), false_ones.iter().map(of(false)));
        true_ones.chain(false_ones).collect()
    }

    #[test]
    fn precision_is_what_was_verified_of_what_was_answered() {
        let mut answers = Answers::default();
        assert_eq!(answers.precision_permille(), None);
        for rejected in [None, None, Some(Reason::DataWrong)] {
            answers.count(rejected);
        }
        assert_eq!((answers.total(), answers.precision_permille()), (3, Some(666)));
        assert_eq!(answers.rejected_because, BTreeMap::from([(Reason::DataWrong, 1)]));
    }

    #[test]
    fn a_line_is_suggested_that_keeps_the_true_and_spares_the_false() {
        // Incomes in fen below a line of 1,000,000: the true ones lie deep, most false ones just under it.
        let true_ones: Vec<i64> = (0..20).map(|nth| 300_000 + nth * 20_000).collect();
        let false_ones = [950_000, 960_000, 970_000, 980_000, 500_000];
        let suggested = SuggestedLine::of(Side::Below, 100, &measured(&true_ones, &false_ones)).unwrap();
        // One true warning in twenty may be lost: the shallowest, 680,000.
        assert_eq!(
            suggested,
            SuggestedLine {
                line: 660_100,
                true_kept: 19,
                true_all: 20,
                false_spared: 4,
                false_all: 5
            }
        );
        // The same mirrored: days above a line.
        let mirrored: Vec<Measured> = measured(&true_ones, &false_ones)
            .iter()
            .map(|answer| Measured {
                measure: -answer.measure,
                ..*answer
            })
            .collect();
        let suggested = SuggestedLine::of(Side::Above, 100, &mirrored).unwrap();
        assert_eq!((suggested.line, suggested.false_spared), (-660_100, 4));
    }

    #[test]
    fn no_line_is_suggested_from_few_answers_or_where_true_and_false_lie_together() {
        let many: Vec<i64> = (0..30).collect();
        assert_eq!(
            SuggestedLine::of(Side::Below, 1, &measured(&many[..9], &[100; 10])),
            None
        );
        assert_eq!(
            SuggestedLine::of(Side::Below, 1, &measured(&[], &[100; 50])),
            None
        );
        assert_eq!(SuggestedLine::of(Side::Below, 1, &measured(&many, &many)), None);
        assert_eq!(SuggestedLine::of(Side::Below, 1, &measured(&many, &[])), None);
        assert_eq!(
            SuggestedLine::of(Side::Above, 1, &measured(&[i64::MIN; 30], &[0; 30])),
            None
        );
    }

    #[test]
    fn the_middle_of_an_even_number_is_the_smaller() {
        assert_eq!(
            (median::<u64>(&[]), median(&[3, 1]), median(&[9, 1, 5])),
            (None, Some(1), Some(5))
        );
    }
}
