//! Scores the rows of a list: every candidate against the others and against nobody.
//! Here because a pair that looks good alone is worth little beside a better one.
//! In: pairs, tables. Out: posteriors of candidates, the best one's placement.
//! Not here: thresholds (link.rs).

use rayon::prelude::*;

use super::compare::Pair;
use super::context::{NOWHERE, Placement};
use super::index::Index;
use super::pairs::{Known, Pairs};
use super::tables::{Size, Tables, sum_of_logs};

/// Log-odds of a row whose number and name are a registered person's: nothing scored is as sure.
pub(super) const SURE: f64 = 60.0;
/// Log-odds beyond which nothing is surer.
const ODDS_MAX: f64 = 50.0;

/// A candidate and what it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored {
    /// Position among the row's pairs.
    pub(super) at: usize,
    /// Log-odds against nobody.
    pub(super) score: f64,
    /// Chance of being the one, beside the other candidates and nobody.
    pub(super) posterior: f64,
}

/// The candidates of a row with posteriors, the best first; equal ones by id.
pub(super) fn candidates(index: &Index, tables: &Tables, size: Size, pairs: &[Pair]) -> Vec<Scored> {
    let mut scored: Vec<Scored> = pairs
        .iter()
        .enumerate()
        .map(|(at, pair)| Scored {
            at,
            score: tables.score(pair, size),
            posterior: 0.0,
        })
        .collect();
    let id = |scored: &Scored| pairs.get(scored.at).map_or(0, |pair| index.id(pair.person));
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| id(a).cmp(&id(b))));
    let total = sum_of_logs(scored.iter().map(|scored| scored.score).chain([0.0]));
    for candidate in &mut scored {
        candidate.posterior = (candidate.score - total).exp();
    }
    scored
}

/// The best candidate of a row, against all the others and nobody.
pub(super) fn best(pairs: &[Pair], scored: &[Scored]) -> Placement {
    let Some((first, rest)) = scored.split_first() else {
        return NOWHERE;
    };
    let others = sum_of_logs(rest.iter().map(|scored| scored.score).chain([0.0]));
    Placement {
        person: pairs.get(first.at).map_or(u32::MAX, |pair| pair.person),
        posterior: first.posterior,
        odds: (first.score - others).clamp(-ODDS_MAX, ODDS_MAX),
    }
}

/// Places every row.
pub(super) fn place(index: &Index, tables: &Tables, size: Size, pairs: &Pairs) -> Vec<Placement> {
    (0..pairs.rows())
        .into_par_iter()
        .map(|row| {
            let of_row = pairs.of(row);
            match (pairs.known.get(row), of_row.first()) {
                (Some(Known::Sure), Some(pair)) => Placement {
                    person: pair.person,
                    posterior: 1.0,
                    odds: SURE,
                },
                _ => best(of_row, &candidates(index, tables, size, of_row)),
            }
        })
        .collect()
}
