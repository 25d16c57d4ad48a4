//! How good links are, where the right answers are known.
//! Here because a threshold is chosen by looking at what it costs on either side.
//! In: every decided row's log-odds and whether its person is the right one; how many right answers there are. Out: `Evaluation`.
//! Not here: time and memory; whoever runs it measures those.

/// Points of the curve that are kept.
const POINTS_MAX: usize = 200;
/// The precision at which links may be made without asking anybody.
const SURE: f64 = 0.999;

/// What links from some threshold on are worth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Log-odds of the weakest link.
    pub odds: f64,
    /// Right links of all links.
    pub precision: f64,
    /// Right links of all right answers.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// How good links are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// The curve, from the surest link on.
    pub points: Vec<Point>,
    /// Where F1 is best.
    pub best: Point,
    /// The most that is found while 999 of 1000 links are right; 0 when that never happens.
    pub recall_when_sure: f64,
    /// Share of the right answers that are found at all, at any threshold.
    pub ceiling: f64,
    /// Pairs that were compared.
    pub pairs: usize,
    /// By kind of key: how often a row met a block that was too big.
    pub skipped: Vec<(String, u64)>,
}

impl Evaluation {
    /// Judges decisions: log-odds, and whether the answer is right. `answers` is the number of rows that have one.
    #[must_use]
    pub fn of(decisions: impl IntoIterator<Item = (f64, bool)>, answers: usize) -> Self {
        let mut decisions: Vec<(f64, bool)> = decisions.into_iter().collect();
        decisions.sort_by(|a, b| b.0.total_cmp(&a.0));
        let answers = answers.max(1) as f64;
        let mut evaluation = Self::default();
        let every = decisions.len().div_ceil(POINTS_MAX).max(1);
        let (mut right, mut all, mut kept) = (0, 0, 0);
        // Equal odds stand or fall together.
        for equal in decisions.chunk_by(|a, b| a.0 == b.0) {
            all += equal.len();
            right += equal.iter().filter(|(_, right)| *right).count();
            let found = right as f64;
            let (precision, recall) = (found / all as f64, found / answers);
            let f1 = if right > 0 {
                2.0 * precision * recall / (precision + recall)
            } else {
                0.0
            };
            let odds = equal.first().map_or(0.0, |(odds, _)| *odds);
            let point = Point {
                odds,
                precision,
                recall,
                f1,
            };
            if f1 > evaluation.best.f1 {
                evaluation.best = point;
            }
            if precision >= SURE {
                evaluation.recall_when_sure = evaluation.recall_when_sure.max(recall);
            }
            if all >= kept {
                evaluation.points.push(point);
                kept = all + every;
            }
        }
        evaluation.ceiling = right as f64 / answers;
        evaluation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_judged_from_the_surest_link_on() {
        let decisions = [
            (9.0, true),
            (8.0, true),
            (3.0, false),
            (5.0, true),
            (1.0, true),
            (1.0, false),
        ];
        let evaluation = Evaluation::of(decisions, 5);
        assert_eq!(evaluation.recall_when_sure, 0.6);
        assert_eq!(evaluation.ceiling, 0.8);
        assert_eq!((evaluation.best.odds, evaluation.best.precision), (5.0, 1.0));
        assert_eq!(evaluation.points.len(), 5);
        assert_eq!(Evaluation::of([], 0), Evaluation::default());
    }
}
