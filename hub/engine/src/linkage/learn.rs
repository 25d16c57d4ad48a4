//! Learns a list's weights from the list itself, without anybody's verdicts.
//! Here because every list is dirty in its own way, and the share of people it has whom nobody registered is its own too.
//! In: pairs, the rehearsal. Out: tables, priors, how far scores can be trusted.
//! Not here: the exam's questions (rehearsal.rs), the arithmetic of tables (tables.rs).

use rayon::prelude::*;

use super::cells::{CLAIM, Class, MATES, NAME, NUMBER};
use super::compare::Pair;
use super::context::{Context, Placement};
use super::groups::Groups;
use super::pairs::{Known, Pairs, Sides};
use super::rehearsal::{Rehearsal, Rehearsed};
use super::score::{best, candidates, place};
use super::tables::{Counts, Size, Tables};

/// Rounds of scoring and counting.
const ROUNDS: usize = 5;
/// Answered rows below which what is scored as sure must teach as well.
const ANSWERED_MIN: usize = 500;
/// Posterior below which a candidate teaches nothing.
const TEACHES: f64 = 0.01;
/// Rows that the household's registered members count for, beside members who are not registered.
const MATES_COUNT: f64 = 50.0;
/// Share of the unregistered whose number the register has wrong: those are registered after all.
const REGISTER_WRONG: f64 = 0.01;

/// A list being learned from.
pub(super) struct Lesson<'a> {
    pub(super) sides: Sides<'a>,
    pub(super) size: Size,
    pub(super) households: &'a Groups,
}

/// What has been learned.
pub(super) struct Learned {
    pub(super) tables: Tables,
    pub(super) trust: Trust,
    /// Rehearsed rows, by the odds of their best candidate, the surest first: odds and whether it was right.
    pub(super) exam: Vec<(f64, bool)>,
    /// Rows whose answer the number tells.
    pub(super) answered: usize,
}

/// How log-odds are brought down to what the exam showed: slope and offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trust {
    pub(super) slope: f64,
    pub(super) offset: f64,
}

impl Lesson<'_> {
    /// Learns in rounds; `pairs` are left with the context of the last one.
    pub(super) fn learn(&self, pairs: &mut Pairs) -> Learned {
        let mut rehearsal = Rehearsal::new(self.sides, pairs);
        let mut tables = Tables::expected();
        if rehearsal.answered > 0 {
            let share = rehearsal.registered as f64 / rehearsal.answered as f64;
            tables.priors.registered = share.clamp(0.05, 0.995);
        }
        let mut placements = place(self.sides.index, &tables, self.size, pairs);
        for _ in 0..ROUNDS {
            self.set_context(pairs, &mut rehearsal, &placements);
            self.round(&mut tables, pairs, &rehearsal);
            placements = place(self.sides.index, &tables, self.size, pairs);
        }
        self.set_context(pairs, &mut rehearsal, &placements);
        let exam = self.exam(&tables, &rehearsal);
        Learned {
            trust: Trust::WHOLE.fit(&exam),
            exam,
            tables,
            answered: rehearsal.answered,
        }
    }

    fn set_context(&self, pairs: &mut Pairs, rehearsal: &mut Rehearsal, placements: &[Placement]) {
        let context = Context::new(self.sides.index, self.sides.list, self.households, placements);
        set(&context, pairs);
        rehearsal.rows.par_iter_mut().for_each(|row| {
            let at = row.row as usize;
            let others = [
                &mut row.candidates,
                &mut row.mates,
                &mut row.villagers,
                &mut row.strangers,
            ];
            for pairs in others {
                context.set(at, pairs, true);
            }
            if let Some(truth) = &mut row.truth {
                context.set(at, std::slice::from_mut(truth), true);
            }
        });
    }

    /// One round: counts under the present tables make the next ones.
    fn round(&self, tables: &mut Tables, pairs: &Pairs, rehearsal: &Rehearsal) {
        let few = rehearsal.answered < ANSWERED_MIN;
        let scored = self.count_scored(tables, pairs, few);
        let rows = &rehearsal.rows;
        let count = |each: &(dyn Fn(&Rehearsed, &mut Counts) + Sync)| {
            rows.par_iter()
                .fold(Counts::default, |mut counts, row| {
                    each(row, &mut counts);
                    counts
                })
                .reduce(Counts::default, Counts::merge)
        };
        let all = |pairs: &[Pair], counts: &mut Counts, fields: &dyn Fn(usize) -> bool| {
            for pair in pairs {
                counts.add(pair, 1.0, fields);
            }
        };
        let matched = count(&|row, counts| {
            if let Some(pair) = &row.truth {
                counts.add(pair, 1.0, |field| field != NUMBER && field != NAME);
            }
        });
        let villagers = count(&|row, counts| all(&row.villagers, counts, &|_| true));
        let custom = count(&|row, counts| all(&row.villagers, counts, &|field| field != NAME));
        let strangers = count(&|row, counts| all(&row.strangers, counts, &|_| true));
        let mates = count(&|row, counts| all(&row.mates, counts, &|_| true));
        let (household, namesake, shares) = self.count_outsiders(tables, rows);
        tables.learn(Class::Match, None, &matched.merge(scored));
        tables.learn(Class::Villager, None, &villagers);
        tables.learn(Class::Stranger, None, &strangers);
        tables.learn(Class::Household, Some((&mates, MATES_COUNT)), &household);
        tables.learn_borrowed_numbers();
        tables.learn(Class::Namesake, Some((&custom, MATES_COUNT)), &namesake);
        if let Some((household, namesake)) = shares {
            tables.priors.household = household.clamp(0.005, 0.9);
            tables.priors.namesake = namesake.clamp(0.002, 0.9);
        }
    }

    /// What the rows teach by their posteriors: numbers and names, or everything when too few answers are known.
    fn count_scored(&self, tables: &Tables, pairs: &Pairs, everything: bool) -> Counts {
        let fields = |field: usize| everything || field == NUMBER || field == NAME;
        (0..pairs.rows())
            .into_par_iter()
            .fold(Counts::default, |mut counts, row| {
                let of_row = pairs.of(row);
                if pairs.known.get(row) == Some(&Known::Sure) {
                    for pair in of_row {
                        counts.add(pair, 1.0, fields);
                    }
                    return counts;
                }
                for scored in candidates(self.sides.index, tables, self.size, of_row) {
                    if let Some(pair) = of_row.get(scored.at)
                        && scored.posterior > TEACHES
                    {
                        counts.add(pair, scored.posterior, fields);
                    }
                }
                counts
            })
            .reduce(Counts::default, Counts::merge)
    }

    /// Who those are that are not registered: counts of members of registered households and of namesakes, and the
    /// share of each; none when nobody is known to be unregistered.
    fn count_outsiders(&self, tables: &Tables, rows: &[Rehearsed]) -> (Counts, Counts, Option<(f64, f64)>) {
        let outsiders: Vec<&Rehearsed> = rows.iter().filter(|row| row.truth.is_none()).collect();
        let (household, namesake, sums) = outsiders
            .par_iter()
            .fold(
                || (Counts::default(), Counts::default(), [0_u64; 3]),
                |(mut household, mut namesake, mut sums), row| {
                    let parts = self.parts(tables, &row.candidates);
                    for (pair, part) in row.candidates.iter().zip(&parts) {
                        household.add(pair, part[1], |field| field != CLAIM || pair.cells[MATES] < 2);
                        namesake.add(pair, part[2], |_| true);
                        for (sum, part) in sums.iter_mut().zip(part) {
                            *sum += parts_of(*part);
                        }
                    }
                    (household, namesake, sums)
                },
            )
            .reduce(
                || (Counts::default(), Counts::default(), [0; 3]),
                |a, b| {
                    let sums = [a.2[0] + b.2[0], a.2[1] + b.2[1], a.2[2] + b.2[2]];
                    (a.0.merge(b.0), a.1.merge(b.1), sums)
                },
            );
        let share = |sum: u64| sum as f64 / PARTS / outsiders.len() as f64;
        let shares = (!outsiders.is_empty()).then(|| (share(sums[1]), share(sums[2])));
        (household, namesake, shares)
    }

    /// For each candidate of an unregistered row: the chance that the register has the number wrong and it is the
    /// person, that it is of the person's household, that it is the namesake.
    fn parts(&self, tables: &Tables, pairs: &[Pair]) -> Vec<[f64; 3]> {
        let classes = [Class::Match, Class::Household, Class::Namesake];
        let mut parts: Vec<[f64; 3]> = pairs
            .iter()
            .map(|pair| {
                let chance = |class| tables.chance(pair, class) + tables.prior(class, self.size);
                let background = super::tables::sum_of_logs(
                    [chance(Class::Stranger), chance(Class::Villager)].into_iter(),
                );
                classes.map(|class| {
                    let prior = match class {
                        Class::Match => (REGISTER_WRONG / self.size.people).ln(),
                        Class::Stranger | Class::Villager | Class::Namesake | Class::Household => {
                            tables.prior(class, self.size)
                        }
                    };
                    (tables.chance(pair, class) + prior - background).min(200.0).exp()
                })
            })
            .collect();
        let total: f64 = 1.0 + parts.iter().flatten().sum::<f64>();
        for part in parts.iter_mut().flatten() {
            *part /= total;
        }
        parts
    }

    /// The best candidate of every rehearsed row, the surest first: log-odds, and whether it is the right one.
    fn exam(&self, tables: &Tables, rehearsal: &Rehearsal) -> Vec<(f64, bool)> {
        let mut exam: Vec<(f64, bool)> = rehearsal
            .rows
            .par_iter()
            .filter(|row| !row.candidates.is_empty())
            .map(|row| {
                let scored = candidates(self.sides.index, tables, self.size, &row.candidates);
                let best = best(&row.candidates, &scored);
                let right = row.truth.is_some_and(|truth| truth.person == best.person);
                (best.odds, right)
            })
            .collect();
        exam.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        exam
    }
}

const PARTS: f64 = 1_048_576.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of one"
)]
fn parts_of(part: f64) -> u64 {
    (part.clamp(0.0, 1.0) * PARTS) as u64
}

/// Sets mates and claims of every row's pairs.
pub(super) fn set(context: &Context<'_>, pairs: &mut Pairs) {
    let ranges: Vec<_> = (0..pairs.rows()).map(|row| pairs.range(row).len()).collect();
    let mut rest = pairs.all.as_mut_slice();
    let mut slices = Vec::with_capacity(ranges.len());
    for length in ranges {
        let (row, others) = rest.split_at_mut(length.min(rest.len()));
        slices.push(row);
        rest = others;
    }
    slices
        .into_par_iter()
        .enumerate()
        .for_each(|(row, of_row)| context.set(row, of_row, false));
}

impl Trust {
    pub(super) const WHOLE: Self = Self {
        slope: 1.0,
        offset: 0.0,
    };

    /// Newton's steps for two parameters, held near what they were where the exam is short. Rows whose log-odds are no number,
    /// such as those of a register's household without a place, teach nothing.
    pub(super) fn fit(self, exam: &[(f64, bool)]) -> Self {
        const STEPS: usize = 25;
        const HELD: f64 = 4.0;
        let mut trust = self;
        for _ in 0..STEPS {
            let (mut g0, mut g1) = (
                HELD * (trust.offset - self.offset),
                HELD * (trust.slope - self.slope),
            );
            let (mut h00, mut h01, mut h11) = (HELD, 0.0, HELD);
            for (odds, right) in exam.iter().filter(|(odds, _)| odds.is_finite()) {
                let expected = trust.posterior(*odds);
                let error = expected - f64::from(u8::from(*right));
                let weight = expected * (1.0 - expected);
                g0 += error;
                g1 += error * odds;
                h00 += weight;
                h01 += weight * odds;
                h11 += weight * odds * odds;
            }
            let determinant = h00 * h11 - h01 * h01;
            if determinant <= 1e-9 {
                break;
            }
            trust.offset -= ((h11 * g0 - h01 * g1) / determinant).clamp(-2.0, 2.0);
            trust.slope =
                (trust.slope - ((h00 * g1 - h01 * g0) / determinant).clamp(-0.5, 0.5)).clamp(0.1, 3.0);
        }
        trust
    }

    /// What log-odds are worth as a chance.
    pub(super) fn posterior(self, odds: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * odds + self.offset)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_that_are_no_number_teach_nothing() {
        let clear = [(3.0, true), (-3.0, false), (2.0, true), (-1.0, false)];
        let mut exam = clear.to_vec();
        exam.extend([
            (f64::INFINITY, true),
            (f64::NEG_INFINITY, false),
            (f64::NAN, true),
        ]);
        let (with, without) = (Trust::WHOLE.fit(&exam), Trust::WHOLE.fit(&clear));
        assert!(with.slope.is_finite() && with.offset.is_finite());
        assert_eq!((with.slope, with.offset), (without.slope, without.offset));
    }
}
