//! Links two sets: keys, chances learned without labels, every row against its candidates and nobody.
//! Here because it is the people's way in small: one class of others, likeness in steps, counted rareness.
//! In: columns of both sides. Out: for each left row its best right row and the log-odds.
//! Not here: right answers.

use rayon::prelude::*;

use super::super::blocks::{Block, Blocks};
use super::super::hash::{below, both, finish};
use super::super::index::CANDIDATES_MAX;
use super::super::tables::sum_of_logs;
use super::Schema;
use super::columns::Columns;
use super::likeness::{DIFFERENT, SAME, STEPS, likeness};

/// Rounds of scoring and counting.
const ROUNDS: usize = 8;
/// Pairs picked by chance, to see what strangers have in common.
const STRANGERS: usize = 100_000;
/// Rows that what is expected counts for.
const STRENGTH: f64 = 10.0;
/// Where learning begins: chances of the steps when two rows are one.
const EXPECTED: [f64; STEPS] = [0.82, 0.08, 0.03, 0.07];
/// No step: a value is missing.
const SILENT: u8 = u8::MAX;
/// Rows counted beside those seen with a value.
const UNSEEN: f64 = 0.5;

/// A left row beside a right one.
struct Pair {
    right: u32,
    steps: Vec<u8>,
    /// Logarithm of the chance that a stranger has the same values, for those that are the same.
    rare: f64,
}

/// What was linked.
pub(super) struct Linked {
    /// By left row: the best right row and its log-odds.
    pub(super) rows: Vec<Option<(u32, f64)>>,
    pub(super) pairs: usize,
    pub(super) skipped: Vec<(String, u64)>,
}

/// Chances of the steps of each column, when two rows are one and when they are not.
type Chances = Vec<[[f64; STEPS]; 2]>;

pub(super) fn link(left: &Columns, right: &Columns, schema: &Schema) -> Linked {
    let keys = keys(schema);
    let blocks: Vec<Blocks> = keys
        .par_iter()
        .map(|key| Blocks::new((0..right.rows()).map(|row| key.hash(right, row))))
        .collect();
    let found: Vec<(Vec<Pair>, Vec<u64>)> = (0..left.rows())
        .into_par_iter()
        .map(|row| candidates(left, right, &keys, &blocks, row))
        .collect();
    let skipped = keys.iter().enumerate().map(|(at, key)| {
        let times = found.iter().filter_map(|(_, skipped)| skipped.get(at)).sum();
        (key.name(schema), times)
    });
    let skipped = skipped.filter(|(_, times)| *times > 0).collect();
    let pairs: Vec<Vec<Pair>> = found.into_iter().map(|(pairs, _)| pairs).collect();
    let mut chances = first_chances(left, right);
    let mut share = 0.5;
    for _ in 0..ROUNDS {
        let posteriors = score(&pairs, &chances, share, right.rows());
        share = learn(&pairs, &posteriors, &mut chances);
    }
    let posteriors = score(&pairs, &chances, share, right.rows());
    Linked {
        pairs: pairs.iter().map(Vec::len).sum(),
        rows: decide(&pairs, &posteriors, schema.one_to_one),
        skipped,
    }
}

/// A key: a column, two columns, or a column and the beginning of another.
struct Key {
    first: usize,
    second: Option<usize>,
    begins: bool,
}

fn keys(schema: &Schema) -> Vec<Key> {
    let count = schema.columns.len();
    let alone = (0..count).map(|first| Key {
        first,
        second: None,
        begins: false,
    });
    let two = (0..count).flat_map(|first| {
        (0..count)
            .filter(move |second| *second != first)
            .flat_map(move |second| {
                let beginning = Key {
                    first,
                    second: Some(second),
                    begins: true,
                };
                let whole = Key {
                    begins: false,
                    ..beginning
                };
                (first < second).then_some(whole).into_iter().chain([beginning])
            })
    });
    alone.chain(two).collect()
}

impl Key {
    fn hash(&self, columns: &Columns, row: usize) -> u64 {
        let column = |at: usize| columns.0.get(at);
        let first = column(self.first).map_or(0, |values| values.hash(row));
        match self.second.and_then(column) {
            None => both(first, 1),
            Some(values) if self.begins => both(first, values.beginning(row)),
            Some(values) => both(first, values.hash(row)),
        }
    }

    fn name(&self, schema: &Schema) -> String {
        let name = |at: usize| schema.columns.get(at).map_or("", |column| column.left.as_str());
        match self.second {
            None => name(self.first).to_owned(),
            Some(second) if self.begins => format!("{}+{}…", name(self.first), name(second)),
            Some(second) => format!("{}+{}", name(self.first), name(second)),
        }
    }
}

fn candidates(
    left: &Columns,
    right: &Columns,
    keys: &[Key],
    blocks: &[Blocks],
    row: usize,
) -> (Vec<Pair>, Vec<u64>) {
    let mut hits = Vec::new();
    let mut skipped = vec![0; keys.len()];
    for ((key, blocks), skipped) in keys.iter().zip(blocks).zip(&mut skipped) {
        let hash = key.hash(left, row);
        if hash == 0 {
            continue;
        }
        match blocks.find(hash) {
            Block::Rows(rows) => hits.extend(rows.iter().map(|entry| (*entry & 0xFFFF_FFFF) as usize)),
            Block::TooBig => *skipped += 1,
        }
    }
    hits.sort_unstable();
    let mut counted: Vec<(usize, usize)> = hits
        .chunk_by(|a, b| a == b)
        .filter_map(|same| Some((usize::MAX - same.len(), *same.first()?)))
        .collect();
    counted.sort_unstable();
    let rows = counted.iter().take(CANDIDATES_MAX);
    (
        rows.map(|(_, other)| compare(left, right, row, *other)).collect(),
        skipped,
    )
}

fn compare(left: &Columns, right: &Columns, row: usize, other: usize) -> Pair {
    let mut rare = 0.0;
    let rows = right.rows().max(1) as f64;
    let steps = left.0.iter().zip(&right.0).map(|(a, b)| {
        let (one, two) = (value(&a.of_row, row), value(&b.of_row, other));
        if one == 0 || two == 0 {
            return SILENT;
        }
        let (Some(text), Some(other), Some(kind)) = (a.texts.get(one), b.texts.get(two), a.kind) else {
            return SILENT;
        };
        let step = likeness(kind, text, other);
        if step == SAME {
            let others = f64::from(b.counts.get(two).copied().unwrap_or(1)) - 1.0;
            rare += ((others + UNSEEN) / rows).ln();
        }
        step
    });
    let steps = steps.collect();
    Pair {
        right: u32::try_from(other).unwrap_or(u32::MAX),
        steps,
        rare,
    }
}

fn value(of_row: &[u32], row: usize) -> usize {
    of_row.get(row).map_or(0, |value| *value as usize)
}

/// What strangers have in common, seen on pairs picked by chance.
fn first_chances(left: &Columns, right: &Columns) -> Chances {
    let mut counts = vec![[0.0; STEPS]; left.0.len()];
    let picks = if left.rows() == 0 || right.rows() == 0 {
        0
    } else {
        STRANGERS as u64
    };
    for pick in 0..picks {
        let (row, other) = (
            below(finish(pick), left.rows()),
            below(finish(pick ^ 0xFACE), right.rows()),
        );
        for (count, step) in counts.iter_mut().zip(compare(left, right, row, other).steps) {
            if let Some(count) = count.get_mut(usize::from(step)) {
                *count += 1.0;
            }
        }
    }
    counts
        .iter()
        .map(|counts| {
            let total: f64 = counts.iter().sum();
            [EXPECTED, counts.map(|count| (count + 0.25) / (total + 1.0))]
        })
        .collect()
}

/// Log-odds of every candidate against nobody.
fn score(pairs: &[Vec<Pair>], chances: &Chances, share: f64, people: usize) -> Vec<Vec<f64>> {
    let prior = (share / (1.0 - share) / people.max(1) as f64).ln();
    let one = |pair: &Pair| {
        let weights = pair.steps.iter().zip(chances).map(|(step, [same, other])| {
            let at = usize::from(*step);
            match *step {
                SILENT => 0.0,
                // The chance that a stranger has this very value is counted.
                SAME => same[at].ln(),
                _ => (same[at] / other[at]).ln(),
            }
        });
        prior + weights.sum::<f64>() - pair.rare
    };
    pairs
        .par_iter()
        .map(|row| row.iter().map(one).collect())
        .collect()
}

/// Chances from posteriors; returns the share of rows that have somebody.
fn learn(pairs: &[Vec<Pair>], scores: &[Vec<f64>], chances: &mut Chances) -> f64 {
    let mut counts = vec![[0.0; STEPS]; chances.len()];
    let mut placed = 0.0;
    for (row, scores) in pairs.iter().zip(scores) {
        let total = sum_of_logs(scores.iter().copied().chain([0.0]));
        for (pair, score) in row.iter().zip(scores) {
            let posterior = (score - total).exp();
            placed += posterior;
            for (count, step) in counts.iter_mut().zip(&pair.steps) {
                if let Some(count) = count.get_mut(usize::from(*step)) {
                    *count += posterior;
                }
            }
        }
    }
    for (chances, counts) in chances.iter_mut().zip(&counts) {
        let total: f64 = counts.iter().sum();
        for ((chance, expected), count) in chances[0].iter_mut().zip(EXPECTED).zip(counts) {
            *chance = (STRENGTH * expected + count) / (STRENGTH + total);
        }
    }
    (placed / pairs.len().max(1) as f64).clamp(0.01, 0.99)
}

/// The best candidate of every row against all else; where nobody belongs to two rows, against other rows as well.
fn decide(pairs: &[Vec<Pair>], scores: &[Vec<f64>], one_to_one: bool) -> Vec<Option<(u32, f64)>> {
    let mut rivals = super::super::hash::Map::<u32, [f64; 2]>::default();
    if one_to_one {
        for (pair, score) in pairs.iter().flatten().zip(scores.iter().flatten()) {
            let strongest = rivals.entry(pair.right).or_insert([f64::NEG_INFINITY; 2]);
            if *score > strongest[0] {
                *strongest = [*score, strongest[0]];
            } else if *score > strongest[1] {
                strongest[1] = *score;
            }
        }
    }
    let rows = pairs.par_iter().zip(scores).map(|(row, scores)| {
        let order = |a: &usize, b: &usize| {
            scores[*a]
                .total_cmp(&scores[*b])
                .then_with(|| row[*b].right.cmp(&row[*a].right))
        };
        let best = (0..row.len()).max_by(order)?;
        let others = scores
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != best)
            .map(|(_, score)| *score);
        let claimed = rivals
            .get(&row[best].right)
            .map_or(f64::NEG_INFINITY, |[first, second]| {
                if scores[best] >= *first { *second } else { *first }
            });
        let against = sum_of_logs(others.chain([0.0, claimed]));
        Some((row[best].right, scores[best] - against))
    });
    rows.collect()
}

const _: () = assert!(DIFFERENT as usize + 1 == STEPS);
