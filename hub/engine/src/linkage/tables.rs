//! Tables of chances: what each cell is worth under each class, and the score of a pair.
//! Here because learning fills them, scoring and explaining read them, and a list is scored with frozen ones.
//! In: counts of cells. Out: logarithms of chances; the log-odds of a pair.
//! Not here: where the counts come from (learn.rs), the stored form (weights.rs).

use super::cells::{ALL, CLASSES, Cell, Class, FIELDS, NUMBER, OTHERS, SILENT, number};
use super::compare::Pair;

/// Cells of a field, at most.
pub(super) const CELLS_MAX: usize = 24;
/// Rows that the chances in the tables count for, beside those seen.
const STRENGTH: f64 = 20.0;
/// How far below what is expected a chance may fall by not having been seen.
const FLOOR: f64 = 0.1;

/// The logarithm of the chance of each cell under each class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tables {
    pub(super) logs: [[[f32; CLASSES]; CELLS_MAX]; FIELDS],
    pub(super) priors: Priors,
}

/// What is expected of a row before it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Priors {
    /// Share of the rows whose person is registered.
    pub(super) registered: f64,
    /// Of the others, the share that has the name of a registered villager by more than chance.
    pub(super) namesake: f64,
    /// Of the others, the share that belongs to a registered household.
    pub(super) household: f64,
}

impl Default for Priors {
    fn default() -> Self {
        Self {
            registered: 0.85,
            namesake: 0.05,
            household: 0.2,
        }
    }
}

/// The register's size, which decides what is a rare coincidence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) people: f64,
    /// People of a household; of a village.
    pub(super) household: f64,
    pub(super) village: f64,
}

/// Counts of cells under one class, in parts of 2^20, so that sums do not depend on their order.
#[derive(Debug, Clone)]
pub(super) struct Counts(Box<[[u64; CELLS_MAX]; FIELDS]>);

impl Default for Counts {
    fn default() -> Self {
        Self(Box::new([[0; CELLS_MAX]; FIELDS]))
    }
}

const PART: f64 = 1_048_576.0;

impl Counts {
    /// Counts a pair's cells in `fields` with a weight of 0 to 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a weight is 0 to 1"
    )]
    pub(super) fn add(&mut self, pair: &Pair, weight: f64, fields: impl Fn(usize) -> bool) {
        let parts = (weight.clamp(0.0, 1.0) * PART) as u64;
        if parts == 0 {
            return;
        }
        for (field, (row, cell)) in self.0.iter_mut().zip(&pair.cells).enumerate() {
            if fields(field)
                && let Some(count) = row.get_mut(usize::from(*cell))
            {
                *count += parts;
            }
        }
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        for (mine, others) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *mine += others;
        }
        self
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    fn of(&self, field: usize, cell: usize) -> f64 {
        self.0
            .get(field)
            .and_then(|row| row.get(cell))
            .map_or(0.0, |parts| *parts as f64 / PART)
    }
}

impl Tables {
    /// The tables learning begins with.
    pub(super) fn expected() -> Self {
        let mut logs = [[[0.0; CLASSES]; CELLS_MAX]; FIELDS];
        for (field, rows) in ALL.iter().zip(&mut logs) {
            for (cell, row) in field.cells.iter().zip(rows) {
                *row = cell.chance.map(f32::ln);
            }
        }
        Self {
            logs,
            priors: Priors::default(),
        }
    }

    /// Learns a class's chances: what is expected counts for `STRENGTH` rows, then each of the counts in turn, the
    /// earlier ones for as many rows as `strength` says.
    pub(super) fn learn(&mut self, class: Class, earlier: Option<(&Counts, f64)>, counts: &Counts) {
        for (at, field) in ALL.iter().enumerate() {
            let kinds = field.cells.iter().map(|cell| cell.kind).max().unwrap_or(0);
            for kind in 0..=kinds {
                let cells = || {
                    field
                        .cells
                        .iter()
                        .enumerate()
                        .filter(|(_, cell)| cell.kind == kind)
                };
                let total = |counts: &Counts| cells().map(|(cell, _)| counts.of(at, cell)).sum::<f64>();
                let (seen, seen_earlier) = (total(counts), earlier.map_or(0.0, |(counts, _)| total(counts)));
                for (position, cell) in cells() {
                    let first = expected(cell, class);
                    let base = match earlier {
                        None => first,
                        Some((counts, _)) => mixed(first, STRENGTH, counts.of(at, position), seen_earlier),
                    };
                    let strength =
                        earlier.map_or(STRENGTH, |(_, strength)| STRENGTH + strength.min(seen_earlier));
                    let chance = mixed(base, strength, counts.of(at, position), seen).max(first * FLOOR);
                    self.set(at, position, class, cell, chance);
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a logarithm of a chance")]
    fn set(&mut self, field: usize, position: usize, class: Class, cell: &Cell, chance: f64) {
        let fixed = cell.counted && !matches!(class, Class::Match | Class::Household);
        let place = self.logs.get_mut(field).and_then(|rows| rows.get_mut(position));
        if let Some(chances) = place
            && let Some(log) = chances.get_mut(class as usize)
            && !fixed
        {
            *log = chance.max(1e-12).ln() as f32;
        }
    }

    /// A department writes another member's number in the row of somebody who is not registered as often as in the row
    /// of somebody who is. Which member's it is, head or not, is even.
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm of a chance")]
    pub(super) fn learn_borrowed_numbers(&mut self) {
        let borrowed = self.log(NUMBER, number::MATE, Class::Match);
        for cell in [number::EQUAL, number::MATE] {
            let place = self
                .logs
                .get_mut(NUMBER)
                .and_then(|rows| rows.get_mut(usize::from(cell)));
            if let Some(chances) = place {
                chances[Class::Household as usize] = (borrowed - std::f64::consts::LN_2) as f32;
            }
        }
    }

    /// The logarithm of the chance of a field's cell under a class; 0 when the field is silent.
    pub(super) fn log(&self, field: usize, cell: u8, class: Class) -> f64 {
        if cell == SILENT {
            return 0.0;
        }
        let chances = self.logs.get(field).and_then(|rows| rows.get(usize::from(cell)));
        chances.map_or(0.0, |chances| f64::from(chances[class as usize]))
    }

    /// The logarithm of the chance of all of a pair's cells under a class.
    pub(super) fn chance(&self, pair: &Pair, class: Class) -> f64 {
        let cells = pair.cells.iter().enumerate();
        let sum: f64 = cells.map(|(field, cell)| self.log(field, *cell, class)).sum();
        let rare = match class {
            Class::Stranger => pair.rare[0],
            Class::Villager => pair.rare[1],
            Class::Namesake => pair.rare[2],
            Class::Match | Class::Household => 0.0,
        };
        sum + f64::from(rare)
    }

    /// The logarithm of the chance that somebody who is not registered stands so to a registered person.
    pub(super) fn prior(&self, class: Class, size: Size) -> f64 {
        let share = match class {
            Class::Match | Class::Stranger => 1.0,
            Class::Villager => size.village / size.people,
            Class::Namesake => self.priors.namesake / size.people,
            Class::Household => self.priors.household * size.household / size.people,
        };
        share.max(f64::MIN_POSITIVE).ln()
    }

    /// The logarithm of the chance of a pair's cells when its row's person is not registered.
    pub(super) fn nobody(&self, pair: &Pair, size: Size) -> f64 {
        sum_of_logs(
            OTHERS
                .iter()
                .map(|class| self.chance(pair, *class) + self.prior(*class, size)),
        )
    }

    /// The log-odds that the pair is one person, against the row's person not being registered.
    pub(super) fn score(&self, pair: &Pair, size: Size) -> f64 {
        let registered = self.priors.registered.clamp(0.01, 0.99);
        let prior = (registered / size.people.max(1.0) / (1.0 - registered)).ln();
        prior + self.chance(pair, Class::Match) - self.nobody(pair, size)
    }
}

fn expected(cell: &Cell, class: Class) -> f64 {
    f64::from(cell.chance[class as usize])
}

fn mixed(expected: f64, strength: f64, count: f64, total: f64) -> f64 {
    (strength * expected + count) / (strength + total)
}

/// ln(e^a + e^b + …), without overflow.
pub(super) fn sum_of_logs(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + logs.map(|log| (log - most).exp()).sum::<f64>().ln()
}
